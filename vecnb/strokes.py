"""Strokes, a batch of drawings of lines or curves with a width: parts of it, and files."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb import formats
from vecnb.bezier import elevate
from vecnb.checks import check_curves, check_floats, peek
from vecnb.files import write_atomically


@dataclass(frozen=True, eq=False)
class Strokes:
    """Lines with a stroke width each: what every model of the book returns, and what the renderers take.

    In the place of lines there may be quadratic or cubic Bézier curves, all of one degree.
    Convention: unit square, x right, y down; a width of 1/28 is one MNIST pixel, one of 0 is no ink.

        >>> strokes = Strokes(torch.rand(8, 5, 4), torch.full((8, 5), 2.5 / 28))  # 8 drawings of 5 lines
        >>> len(strokes), len(strokes[2:4]), len(strokes[0])  # an integer keeps the axis of the batch
        (8, 2, 1)
        >>> len(Strokes.cat([strokes, strokes[0]]))
        9

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2); of curves [B, N, 6], (x1, y1, cx, cy, x2, y2), or [B, N, 8],
            (x1, y1, cx1, cy1, cx2, cy2, x2, y2).
        width: [B, N] float, full stroke widths >= 0, in the unit of the coordinates, on the device of lines.
    Raises:
        TypeError: lines or width is not a floating-point tensor.
        ValueError: as `check_curves`; or width is not [B, N], finite and >= 0, or on another device.
    """

    lines: Tensor
    width: Tensor

    def __post_init__(self) -> None:
        check_curves(self.lines)
        shape = list(self.lines.shape[:2])
        if not isinstance(self.width, Tensor):
            raise TypeError(
                f"width must be a floating-point tensor of shape {shape}, not a {type(self.width).__name__}"
            )
        check_floats("width", self.width)
        if list(self.width.shape) != shape:
            raise ValueError(f"width must be a tensor of shape {shape}, not {list(self.width.shape)}")
        if self.width.device != self.lines.device:
            raise ValueError(f"lines are on {self.lines.device}, width is on {self.width.device}")
        if peek(((self.width >= 0) & torch.isfinite(self.width)).all()) is False:
            image, line = (~((self.width >= 0) & torch.isfinite(self.width))).nonzero()[0].tolist()
            raise ValueError(f"width[{image}, {line}] = {self.width[image, line]:g} is not finite and >= 0")

    # A batch

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Strokes]:
        """The drawings one after the other, each as Strokes with B = 1."""
        return (self[place] for place in range(len(self)))

    def __getitem__(
        self, index: int | slice | Sequence[int] | Sequence[bool] | Tensor | np.ndarray
    ) -> Strokes:
        """Some of the drawings, as a batch again.

        Args:
            index: over the batch: an integer of any kind, which keeps B = 1; a slice; integers or booleans as
                a list, a tensor [K] or an array.
        Raises:
            IndexError: there is no such drawing, or a mask is not as long as the batch.
            TypeError: index is none of these.
        """
        if isinstance(index, slice):
            return Strokes(self.lines[index], self.width[index])
        if not isinstance(index, Sequence | Tensor | np.ndarray):
            return self[[self._place(index)]]
        places = torch.as_tensor(index, device=self.lines.device)
        if places.ndim == 0:
            return self[[self._place(places.item())]]
        if places.ndim != 1 or isinstance(index, tuple | str) or (places.is_floating_point() and len(places)):
            raise TypeError(f"Strokes are indexed by integers or booleans [K], not by {index!r}")
        if places.dtype != torch.bool:
            places = torch.tensor([self._place(place) for place in places.tolist()], dtype=torch.long)
        return Strokes(self.lines[places], self.width[places])

    def _place(self, index: Any) -> int:
        """The place in the batch of an integer of any kind."""
        if isinstance(index, bool | np.bool_):
            raise TypeError("Strokes cannot be indexed by a single True or False")
        try:
            return range(len(self))[operator.index(index)]
        except IndexError:
            raise IndexError(f"there is no drawing {index} in a batch of {len(self)}") from None
        except TypeError:
            raise TypeError(f"Strokes cannot be indexed by a {type(index).__name__}") from None

    def to(self, *args: Any, **kwargs: Any) -> Strokes:
        """The same strokes on another device, or of another floating-point dtype; arguments as `Tensor.to`.

        >>> Strokes(torch.rand(1, 2, 4), torch.rand(1, 2)).to(torch.float64).width.dtype
        torch.float64
        """
        return Strokes(self.lines.to(*args, **kwargs), self.width.to(*args, **kwargs))

    @classmethod
    def cat(cls, parts: Sequence[Strokes]) -> Strokes:
        """Several batches as one; drawings of fewer lines are filled up with lines of width 0.

        Where degrees differ, all curves get control points of the highest.

        Raises:
            ValueError: there are no parts.
        """
        if not parts:
            raise ValueError("there are no strokes to put together")
        most, numbers = (max(part.lines.shape[axis] for part in parts) for axis in (1, 2))
        short = [most - part.lines.shape[1] for part in parts]
        curves = [elevate(part.lines, numbers // 2 - 1) for part in parts]
        lines = [F.pad(part, (0, 0, 0, n)) if n else part for part, n in zip(curves, short, strict=True)]
        width = [F.pad(part.width, (0, n)) if n else part.width for part, n in zip(parts, short, strict=True)]
        return cls(torch.cat(lines), torch.cat(width))

    # Files

    def to_svg(
        self, image: int = 0, size: float = 280, *, background: bool = True, padding: float = 0.0
    ) -> str:
        """One drawing of the batch as a self-contained SVG document.

        Numbers have as many digits as give the same single-precision numbers again (`from_svg`). A line of
        width 0 is left out; a line of no length is a filled circle, which programs that follow paths keep;
        a curve is a path with round caps and joins.

            >>> dot = Strokes(torch.full((1, 1, 4), 0.5), torch.full((1, 1), 0.25))
            >>> dot.to_svg(background=False)
            '<svg xmlns="http://www.w3.org/2000/svg" width="280" height="280" viewBox="0 0 1 1"><g \
stroke="black" stroke-linecap="round"><circle cx="0.5" cy="0.5" r="0.125" stroke="none"/></g></svg>'

        Args:
            image: its index in the batch.
            size: side of the picture, in CSS pixels, > 0.
            background: whether there is white behind the strokes.
            padding: empty space around the unit square, in its units, >= 0.
        Returns:
            The document's text; coordinates stay in the unit square, through its viewBox.
        Raises:
            IndexError: there is no such drawing in the batch.
            TypeError, ValueError: size or padding is not a number, or out of its range.
        """
        one = self[image]
        return formats.svg(one.lines[0], one.width[0], size, background=background, padding=padding)

    def save_svg(
        self,
        path: str | PathLike[str],
        image: int = 0,
        size: float = 280,
        *,
        background: bool = True,
        padding: float = 0.0,
    ) -> None:
        """Write `to_svg` into a file, in UTF-8; a file of that name is replaced as a whole.

        Raises:
            OSError: the folder cannot be written.
            IndexError, TypeError, ValueError: as `to_svg`.
        """
        text = self.to_svg(image, size, background=background, padding=padding)
        write_atomically(Path(path), text.encode())

    @classmethod
    def from_svg(cls, text: str) -> Strokes:
        """The drawing of a document that `to_svg` wrote, B = 1, in single precision.

            >>> strokes = Strokes(torch.rand(1, 5, 4), torch.full((1, 5), 2.5 / 28))
            >>> torch.equal(Strokes.from_svg(strokes.to_svg()).lines, strokes.lines)
            True

        Args:
            text: of the document; a file's is `Path(...).read_text(encoding="utf-8")`.
        Returns:
            Curves of the highest degree in the document; lines, where all are lines or dots.
        Raises:
            ValueError: text is not SVG, or holds what `to_svg` does not write, a polygon for instance.
        """
        return cls._from_numbers(formats.read_svg(text))

    def to_json(self) -> str:
        """The whole batch as JSON: {"lines": [[[x1, y1, x2, y2], …], …], "width": [[w, …], …]}; curves alike.

        Raises:
            ValueError: N = 0, whose shape JSON cannot tell.
        """
        return formats.json_text(self.lines, self.width)

    @classmethod
    def from_json(cls, text: str) -> Strokes:
        """Strokes of JSON that `to_json`, or a hand, wrote, in single precision.

            >>> Strokes.from_json('{"lines": [[0.2, 0.5, 0.8, 0.5]], "width": 0.1}').width
            tensor([[0.1000]])

        Args:
            text: an object with "lines", nested lists [B, N, 4] (of curves 6 or 8), or [N, 4] of a single
                drawing; and "width", a number, or lists [B, N], or [N] of a single drawing.
        Raises:
            ValueError: text is not that; or as Strokes.
        """
        lines, width = formats.read_json(text)
        return cls(lines, width)

    def to_stroke3(self, image: int = 0) -> Tensor:
        """One drawing as the sequence of pen movements of sketch-rnn ("stroke-3").

        Lost are the widths, and the lines of width 0. A line that begins where the last one ends is joined.
        A curve becomes a polyline, nowhere further from it than half a thousandth of the unit square.

            >>> corner = torch.tensor([[[0.0, 0.0, 0.5, 0.0], [0.5, 0.0, 0.5, 0.25]]])
            >>> Strokes(corner, torch.full((1, 2), 0.1)).to_stroke3()
            tensor([[0.0000, 0.0000, 0.0000],
                    [0.5000, 0.0000, 0.0000],
                    [0.0000, 0.2500, 1.0000]])

        Returns:
            [M, 3], (Δx, Δy, 1 if the pen is lifted after this point), in unit-square lengths; the first point
            counts from (0, 0).
        Raises:
            IndexError: there is no such drawing in the batch.
        """
        one = self[image]
        return formats.stroke3(one.lines[0], one.width[0])

    @classmethod
    def from_stroke3(cls, points: Tensor | np.ndarray | Sequence[Sequence[float]], width: float) -> Strokes:
        """The lines between the points of a stroke-3 sequence, B = 1, all of one width, in single precision.

        Coordinates are taken as they are: those of Quick, Draw!, for instance, are divided by 255 before.
        Lost is which lines were drawn in one go. A pen that is set down and lifted at one point leaves a dot.

        Args:
            points: [M, 3], as of `to_stroke3`.
            width: of every line, in unit-square lengths, >= 0.
        Raises:
            ValueError: points is not [M, 3]; or as Strokes.
        """
        return cls._from_numbers(formats.read_stroke3(points, width))

    @classmethod
    def _from_numbers(cls, rows: Sequence[Sequence[float]]) -> Strokes:
        """Strokes of one drawing's rows, each of control points and a width."""
        numbers = torch.tensor(rows, dtype=torch.float32).reshape(1, len(rows), -1 if rows else 5)
        return cls(numbers[..., :-1], numbers[..., -1])


def tile(strokes: Strokes, columns: int) -> Strokes:
    """Many drawings as one: row by row on a square, each in a cell of 1/columns of its side.

        >>> tile(Strokes(torch.rand(9, 5, 4), torch.rand(9, 5)), 3).lines.shape
        torch.Size([1, 45, 4])

    Args:
        strokes: B drawings of N lines; those beyond columns² lie below the square.
        columns: >= 1.
    Returns:
        One drawing of B·N lines, in their order.
    """
    place = torch.arange(len(strokes), device=strokes.lines.device)
    numbers = strokes.lines.shape[-1]
    corner = torch.stack([place % columns, place // columns], 1).repeat(1, numbers // 2)[:, None]  # (x, y, …)
    lines = (strokes.lines + corner) / columns
    return Strokes(lines.reshape(1, -1, numbers), strokes.width.reshape(1, -1) / columns)
