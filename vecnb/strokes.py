"""The line tensor and Strokes (lines with a width): checks, and export as SVG."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def check_lines(lines: Tensor) -> Tensor:
    """Return `lines` unchanged if it is a valid line tensor, else say what is wrong and where.

    Convention: unit square, x right, y down; coordinates may lie outside the square.

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2).
    Returns:
        `lines` itself.
    Raises:
        TypeError: lines is not a floating-point tensor.
        ValueError: lines is not [B, N, 4], or holds a non-finite value (named as lines[b, n]).
    """
    if not isinstance(lines, Tensor) or not lines.is_floating_point():
        kind = f"{lines.dtype} tensor" if isinstance(lines, Tensor) else type(lines).__name__
        raise TypeError(f"lines must be a floating-point torch tensor, not a {kind}")
    if lines.ndim != 3 or lines.shape[-1] != 4:
        raise ValueError(f"lines must have shape [B, N, 4] = (x1, y1, x2, y2), not {list(lines.shape)}")
    # One sum instead of one test per number: an infinity or a NaN anywhere survives into the sum of x - x.
    if not bool(torch.isfinite((lines - lines).sum())):
        image, line, _ = (~torch.isfinite(lines)).nonzero()[0].tolist()
        values = [round(value, 4) for value in lines[image, line].tolist()]
        raise ValueError(f"lines[{image}, {line}] = {values} is not finite")
    return lines


@dataclass(frozen=True, eq=False)
class Strokes:
    """Lines with a stroke width each: what every model of the book returns, and what the renderers take.

    Convention: unit square, x right, y down; a width of 1/28 is one MNIST pixel.

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2).
        width: [B, N] float, full stroke widths >= 0, in the unit of the coordinates.
    Raises:
        TypeError, ValueError: as `check_lines`; or width is not [B, N], finite and >= 0.
    """

    lines: Tensor
    width: Tensor

    def __post_init__(self):
        check_lines(self.lines)
        if not isinstance(self.width, Tensor) or self.width.shape != self.lines.shape[:2]:
            shape = list(getattr(self.width, "shape", [])) or type(self.width).__name__
            raise ValueError(f"width must be a tensor of shape {list(self.lines.shape[:2])}, not {shape}")
        bad = ~(torch.isfinite(self.width) & (self.width >= 0))
        if bad.any():
            image, line = bad.nonzero()[0].tolist()
            raise ValueError(f"width[{image}, {line}] = {self.width[image, line]:g} is not finite and >= 0")

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index) -> Strokes:
        """Some of the images: `index` is a slice, a list or a mask over the batch; an integer keeps B = 1.

        Raises:
            IndexError: there is no such image in the batch (which also ends a loop over the images).
        """
        index = [range(len(self))[index]] if isinstance(index, int) else index
        return Strokes(self.lines[index], self.width[index])

    def to_svg(self, image: int = 0, size: int = 280) -> str:
        """One image of the batch as a self-contained SVG document.

        Args:
            image: its index in the batch.
            size: side of the picture, in CSS pixels.
        Returns:
            The document's text; coordinates stay in the unit square, through its viewBox.
        Raises:
            IndexError: there is no such image in the batch.
        """
        lines, width = self.lines[image].tolist(), self.width[image].tolist()
        strokes = "".join(
            f'<line x1="{x1:.4f}" y1="{y1:.4f}" x2="{x2:.4f}" y2="{y2:.4f}" stroke-width="{w:.4f}"/>'
            for (x1, y1, x2, y2), w in zip(lines, width, strict=True)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 1 1">'
            f'<rect width="1" height="1" fill="white"/>'
            f'<g stroke="black" stroke-linecap="round">{strokes}</g></svg>'
        )


def tile(strokes: Strokes, columns: int) -> Strokes:
    """Many drawings as one: row by row on a square sheet, each in a cell of 1/columns of its side.

    Args:
        strokes: B drawings of N lines; those beyond columns² lie below the sheet.
        columns: >= 1.
    Returns:
        One drawing of B·N lines, in their order.
    """
    place = torch.arange(len(strokes), device=strokes.lines.device)
    corner = torch.stack([place % columns, place // columns], 1).repeat(1, 2)[:, None]  # (x, y, x, y)
    lines = (strokes.lines + corner) / columns
    return Strokes(lines.reshape(1, -1, 4), strokes.width.reshape(1, -1) / columns)
