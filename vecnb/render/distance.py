"""Squared distances of pixels from lines and curves, differentiable twice, and the places of the pixels."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from vecnb.checks import check_curves, peek
from vecnb.choices import check_count
from vecnb.render.curves import squared_distance_to_curves

FAR = 8.0  # unit-square lengths: up to here float32 gives a distance to a millionth


def pixel_grid(
    height: int, width: int, *, dtype: torch.dtype = torch.float32, device: torch.device | str | None = None
) -> Tensor:
    """Centres of the pixels of a height × width image that covers the unit square.

    Convention: unit square, x right, y down; pixel (i, j) has its centre at ((j + .5)/W, (i + .5)/H).

        >>> pixel_grid(2, 4)[1, 0]  # second row, first column
        tensor([0.1250, 0.7500])

    Args:
        height, width: canvas size in pixels, >= 1.
    Returns:
        [H, W, 2], last axis (x, y).
    Raises:
        TypeError: height or width is not an integer.
        ValueError: height or width is below 1.
    """
    y, x = pixel_centres("height", height, dtype, device), pixel_centres("width", width, dtype, device)
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def pixel_centres(side: str, pixels: int, dtype: torch.dtype, device: torch.device | str | None) -> Tensor:
    """Of the pixels along one side, [pixels]."""
    if not torch.compiler.is_compiling():  # a traced size need not be a Python integer
        check_count(side, pixels)
    return (torch.arange(pixels, dtype=dtype, device=device) + 0.5) / pixels


def squared_distance(lines: Tensor, grid: Tensor) -> Tensor:
    """Squared distance from every pixel centre to every line segment, or Bézier curve.

    Implements d_p (thesis 2.3; {eq}`eq-squared-distance` in book/02_line_renderer.md, for curves
    {eq}`eq-curve-slope`). It can be differentiated twice, in either mode, under `torch.func` too.
    Convention: unit square, x right, y down; a zero-length line is a point.

        >>> line = torch.tensor([[[0.0, 0.25, 1.0, 0.25]]])  # along y = 1/4
        >>> squared_distance(line, pixel_grid(2, 2)).flatten()  # rows at 1/4 and 3/4
        tensor([0.0000, 0.0000, 0.2500, 0.2500])
        >>> arch = torch.tensor([[[0.0, 1.0, 0.5, 0.0, 1.0, 1.0]]])  # half-way at (1/2, 1/2)
        >>> squared_distance(arch, pixel_grid(1, 1)).item()
        0.0

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2), any finite numbers; of curves [B, N, 6] or [B, N, 8], the
            control points in their order.
        grid: [H, W, 2] float, (x, y) of pixel centres.
    Returns:
        [B, N, H, W], squared unit-square lengths, >= 0 and finite, differentiable in lines.
    Raises:
        TypeError: lines is not a floating-point tensor.
        ValueError: lines has another shape, or holds a non-finite value; grid is not [H, W, 2], or its x
            changes down a column, or its y along a row.
    """
    if grid.ndim != 3 or grid.shape[-1] != 2:
        raise ValueError(f"grid must have shape [H, W, 2] = (x, y), not {list(grid.shape)}")
    px, py = grid[:1, :, 0], grid[:, :1, 1]
    if peek(((grid[..., 0] == px) & (grid[..., 1] == py)).all()) is False:
        raise ValueError("grid is not a grid: x must be the same down each column, y along each row")
    return squared_distance_to_pixels(check_curves(lines), px, py)


def squared_distance_to_pixels(lines: Tensor, px: Tensor, py: Tensor) -> Tensor:
    """`squared_distance` of checked lines to the pixels whose x is px [1, W] and whose y is py [H, 1]."""
    if lines.shape[-1] > 4:
        return squared_distance_to_curves(lines, px, py, by_autograd=by_autograd())
    if peek((lines.abs() > FAR).any()) is not False:
        lines = _bring_near(lines, px, py)
    if by_autograd():
        _, gap_x, gap_y = _nearest_points(lines, px, py)
        return torch.addcmul(gap_x * gap_x, gap_y, gap_y)
    return _SquaredDistance.apply(lines, px, py)


def _bring_near(lines: Tensor, px: Tensor, py: Tensor) -> Tensor:
    """Long lines cut to what lies about the pixels: their distances from all pixels stay what they are.

    A product of coordinates of 10⁵ leaves float32 no digit for a pixel. In float64 the products of float32
    numbers are exact: there a line is its unit direction u, its signed distance from the origin, and the
    places s = p·u of its ends, of which only what is farther than any pixel is cut.
    """
    exact = (lines.cpu() if lines.device.type == "mps" else lines).double().clamp(-1e100, 1e100)
    x1, y1, x2, y2 = exact.unbind(-1)
    is_long = ((x2 - x1).abs() > FAR) | ((y2 - y1).abs() > FAR)
    dx, dy = (
        torch.where(is_long, x2 - x1, 1.0),
        torch.where(is_long, y2 - y1, 0.0),
    )  # a point has no direction
    length = torch.hypot(dx, dy)
    ux, uy = dx / length, dy / length
    offset = (x1 * y2 - x2 * y1) / length
    start, end = x1 * ux + y1 * uy, x2 * ux + y2 * uy
    reach = 2 * torch.stack([px.abs().amax(), py.abs().amax()]).amax().clamp_min(1).to(exact)
    start, end = (
        torch.maximum(start, torch.minimum(-reach, end - reach)),
        torch.minimum(end, torch.maximum(reach, start + reach)),
    )
    foot_x, foot_y = offset * uy, -offset * ux
    cut = torch.stack([foot_x + start * ux, foot_y + start * uy, foot_x + end * ux, foot_y + end * uy], -1)
    bound = math.sqrt(torch.finfo(lines.dtype).max) / 4  # its square is finite in the dtype of lines
    return torch.where(is_long[..., None], cut, exact).clamp(-bound, bound).to(lines)


def _nearest_points(lines: Tensor, px: Tensor, py: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """t* in [0, 1] of each line's nearest point to each pixel, and its gap in x and y: each [B, N, H, W].

    x and y stay separate tensors, so no array has a trailing axis of two.
    """
    x1, y1, x2, y2 = lines[..., None, None].unbind(2)  # each [B, N, 1, 1]; px is [1, W], py is [H, 1]
    dx, dy = x2 - x1, y2 - y1
    length2 = dx * dx + dy * dy
    length2 = torch.where(length2 > torch.finfo(lines.dtype).tiny, length2, 1.0)  # a point has t_hat = 0
    ux, uy = dx / length2, dy / length2
    t_hat = (px - x1) * ux + (py - y1) * uy
    t_star = t_hat.clamp(0, 1) if by_autograd() else t_hat.clamp_(0, 1)  # vmap has no rule for clamp_
    gap_x = (t_star * dx).add_(x1 - px)
    gap_y = (t_star * dy).add_(y1 - py)
    return t_star, gap_x, gap_y


class _SquaredDistance(torch.autograd.Function):
    """d_p and, by hand, its gradient: cheaper than autograd's, and finite at every singular point.

    In the first derivative t* is a constant ({eq}`eq-envelope` in book/02_line_renderer.md): where it is
    free, the distance is stationary in it; where it is clamped, it does not move. In the second it is not:
    where one may follow, the nearest points are computed again, as a function of the lines.
    """

    @staticmethod
    def forward(ctx: Any, lines: Tensor, px: Tensor, py: Tensor) -> Tensor:
        t_star, gap_x, gap_y = _nearest_points(lines, px, py)
        ctx.save_for_backward(lines, px, py, t_star, gap_x, gap_y)
        return torch.addcmul(gap_x * gap_x, gap_y, gap_y)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        lines, px, py, t_star, gap_x, gap_y = ctx.saved_tensors
        if torch.is_grad_enabled():  # create_graph=True
            t_star, gap_x, gap_y = _nearest_points(lines, px, py)
        pulls = []
        for gap in (gap_x, gap_y):
            pull = (grad * gap).mul_(2)
            total, at_end = pull.sum((-2, -1)), pull.mul_(t_star).sum((-2, -1))
            pulls.append((total - at_end, at_end))  # (1 − t*) of the pull goes to the start, t* to the end
        (x1, x2), (y1, y2) = pulls
        return torch.stack((x1, y1, x2, y2), dim=-1), None, None


def by_autograd() -> bool:
    """Whether `torch.func` or `torch.compile` is at work, which differentiate plain operations themselves."""
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()
