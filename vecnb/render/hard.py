"""From lines and curves to pixels without a gradient: the rasteriser of thesis 3.4, in Rust."""

from __future__ import annotations

from typing import overload

import numpy as np
import torch
from torch import Tensor

from vecnb.drawing import Drawing
from vecnb.extension import raster
from vecnb.render.soft import STROKE_WIDTH
from vecnb.strokes import Strokes


@overload
def render_hard(
    lines: Tensor | Strokes | Drawing,
    height: int = 28,
    width: int = 28,
    *,
    stroke_width: float | Tensor | np.ndarray | None = None,
    antialias: bool = True,
    threads: int | None = None,
) -> Tensor: ...


@overload
def render_hard(
    lines: np.ndarray,
    height: int = 28,
    width: int = 28,
    *,
    stroke_width: float | Tensor | np.ndarray | None = None,
    antialias: bool = True,
    threads: int | None = None,
) -> np.ndarray: ...


def render_hard(
    lines: Tensor | np.ndarray | Strokes | Drawing,
    height: int = 28,
    width: int = 28,
    *,
    stroke_width: float | Tensor | np.ndarray | None = None,
    antialias: bool = True,
    threads: int | None = None,
) -> Tensor | np.ndarray:
    """Drawing of lines and curves as strokes, without gradient: the raster of thesis 3.4, in Rust.

    Antialiased, a pixel holds the share of it that the stroke covers. Of curves and of a `Drawing` that is
    exact, but for an outline that is at most .02 pixels from where it should be. Of lines it is exact along
    straight edges; near the ends of lines, on square pixels, wrong by at most .14, on average by less than
    .04 (on pixels twice as long as wide by at most .21, four times .38). Aliased, it is 1 where the pixel's
    centre is inside the stroke, edge included. Where strokes overlap, the larger value stays; one that
    crosses itself is no darker there. The bits do not depend on threads or on the rest of the batch. Ctrl-C
    stops a long rendering.
    Convention: unit square, x right, y down; on a non-square canvas strokes stretch with it. A Drawing does
    not stretch: all of its canvas is shown in the middle of the image, as large as its shape allows.

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2), a tensor on any device, an array, or Strokes, which bring
            their widths; of quadratic curves [B, N, 6], of cubic ones [B, N, 8], as of `check_curves`. Their
            caps are round. Or a Drawing, one image, with its own widths, caps and joins. Computed from
            float32. Coordinates may be anything finite.
        height, width: canvas size in pixels, 1 to 32768.
        stroke_width: full width, unit-square lengths, 0 (no ink) to 1e6; scalar, [B] or [B, N]; without it
            STROKE_WIDTH.
        threads: how many the call uses at most, 1 to 256, and no more than cores that the process may use;
            None is all of these.
    Returns:
        [B, 1, H, W] float32 in [0, 1], ink = 1; of the kind of lines, on their device, detached; of a Drawing
        a tensor [1, 1, H, W] on the CPU.
    Raises:
        TypeError: lines is neither tensor nor array; lines or stroke_width is not floating-point.
        ValueError: a wrong shape; a non-finite coordinate or a stroke width out of range, with its index;
            a canvas or a number of threads out of range; Strokes or a Drawing together with stroke_width.
        MemoryError: the images do not fit into memory.
    Example:
        >>> lines = np.array([[[0.25, 0.5, 0.75, 0.5]]])
        >>> render_hard(lines, 4, 4, stroke_width=0.25, antialias=False)[0, 0]
        array([[0., 0., 0., 0.],
               [0., 1., 1., 0.],
               [0., 1., 1., 0.],
               [0., 0., 0., 0.]], dtype=float32)
    """
    if isinstance(lines, Strokes | Drawing) and stroke_width is not None:
        raise ValueError("Strokes bring their own width, and so does a Drawing: do not give stroke_width")
    if isinstance(lines, Drawing):
        return _drawn(lines, height, width, antialias, threads)
    if isinstance(lines, Strokes):
        stroke_width, lines = lines.width, lines.lines
    if not isinstance(lines, (Tensor, np.ndarray)):
        raise TypeError(f"lines must be a torch tensor or a NumPy array, not a {type(lines).__name__}")
    widths = float(stroke_width) if isinstance(stroke_width, int) else stroke_width
    widths = STROKE_WIDTH if widths is None else widths
    render = raster.render_curves if lines.shape[-1:] in ((6,), (8,)) else raster.render
    images = render(
        _float32("lines", lines), height, width, _float32("stroke_width", widths), antialias, threads
    )
    return torch.from_numpy(images).to(lines.device) if isinstance(lines, Tensor) else images


def _drawn(drawing: Drawing, height: int, width: int, antialias: bool, threads: int | None) -> Tensor:
    paths = [
        (_float32("points", path.points), path.width, path.degree, path.closed) for path in drawing.paths
    ]
    canvas, style = (drawing.width, drawing.height), (drawing.cap, drawing.join)
    return torch.from_numpy(raster.render_paths(paths, canvas, *style, height, width, antialias, threads))


def _float32(name: str, values: float | Tensor | np.ndarray) -> np.ndarray:
    """Floating-point values as a float32 array that Rust can read, in whatever order; copied if need be."""
    if isinstance(values, Tensor):
        if not values.is_floating_point():
            raise TypeError(f"{name} must hold floating-point numbers, not {values.dtype}")
        values = values.float().numpy(force=True)
    array = np.asarray(values)
    if array.dtype == np.float32 and array.flags.aligned:
        return array
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must hold floating-point numbers, not {array.dtype}")
    with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinite: Rust refuses it
        return np.require(array, np.float32, "A")
