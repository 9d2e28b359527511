"""From lines to pixels: the differentiable renderer, in three pure steps, and the hard rasteriser."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from vecnb.strokes import Strokes, check_lines

STROKE_WIDTH = 2.5 / 28  # ours: an MNIST stroke is 2 to 3 pixels wide
SHARPNESS = 100.0  # ours: an edge falls from 90 % to 10 % within 4.4 / 100 of the square, 1.2 MNIST pixels


def pixel_grid(
    height: int, width: int, *, dtype: torch.dtype = torch.float32, device: torch.device | str | None = None
) -> Tensor:
    """Centres of the pixels of a height × width image that covers the unit square.

    Convention: unit square, x right, y down; pixel (i, j) has its centre at ((j + .5)/W, (i + .5)/H).

    Args:
        height, width: canvas size in pixels, >= 1.
    Returns:
        [H, W, 2], last axis (x, y).
    Raises:
        ValueError: height or width is below 1.
    """
    if height < 1 or width < 1:
        raise ValueError(f"a canvas needs at least one pixel each way, not {height} × {width}")
    y = (torch.arange(height, dtype=dtype, device=device) + 0.5) / height
    x = (torch.arange(width, dtype=dtype, device=device) + 0.5) / width
    return torch.stack(torch.meshgrid(x, y, indexing="xy"), dim=-1)


def squared_distance(lines: Tensor, grid: Tensor) -> Tensor:
    """Squared distance from every pixel centre to every line segment.

    Implements d_p (thesis 2.3; {eq}`eq-squared-distance` in book/02_line_renderer.md). It can be
    differentiated once.
    Convention: unit square, x right, y down; a zero-length line is a point.

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2).
        grid: [H, W, 2] float, (x, y) of pixel centres.
    Returns:
        [B, N, H, W], squared unit-square lengths, >= 0, differentiable in lines.
    Raises:
        TypeError: lines is not a floating-point tensor.
        ValueError: lines is not [B, N, 4], or holds a non-finite value; grid is not [H, W, 2], or its x
            changes down a column, or its y along a row.
    """
    check_lines(lines)
    if grid.ndim != 3 or grid.shape[-1] != 2:
        raise ValueError(f"grid must have shape [H, W, 2] = (x, y), not {list(grid.shape)}")
    px, py = grid[:1, :, 0], grid[:, :1, 1]
    if not bool(((grid[..., 0] == px) & (grid[..., 1] == py)).all()):
        raise ValueError("grid is not a grid: x must be the same down each column, y along each row")
    return _SquaredDistance.apply(lines, px, py)


class _SquaredDistance(torch.autograd.Function):
    """d_p and, by hand, its gradient: cheaper than autograd's, and finite at every singular point.

    x and y stay separate tensors, so no array ever has a trailing axis of two; all are [B, N, H, W] but
    for the coordinates. t* carries no gradient ({eq}`eq-envelope` in book/02_line_renderer.md): where it is
    free, the distance is stationary in it; where it is clamped, it is constant.
    """

    @staticmethod
    def forward(ctx, lines: Tensor, px: Tensor, py: Tensor) -> Tensor:
        x1, y1, x2, y2 = lines[..., None, None].unbind(2)  # each [B, N, 1, 1]; px is [1, W], py is [H, 1]
        dx, dy = x2 - x1, y2 - y1
        # A zero-length line has dx = dy = 0: t_hat is then 0 / tiny = 0, its first (and only) point.
        length2 = (dx * dx + dy * dy).clamp_min(torch.finfo(lines.dtype).tiny)
        t_hat = (px - x1) * (dx / length2) + (py - y1) * (dy / length2)
        t_star = t_hat.clamp_(0, 1)
        gap_x = (t_star * dx).add_(x1 - px)
        gap_y = (t_star * dy).add_(y1 - py)
        ctx.save_for_backward(t_star, gap_x, gap_y)
        return torch.addcmul(gap_x * gap_x, gap_y, gap_y)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:
        t_star, gap_x, gap_y = ctx.saved_tensors
        pulls = []
        for gap in (gap_x, gap_y):
            pull = (grad * gap).mul_(2)
            total, at_end = pull.sum((-2, -1)), pull.mul_(t_star).sum((-2, -1))
            pulls.append((total - at_end, at_end))  # (1 − t*) of the pull goes to the start, t* to the end
        (x1, x2), (y1, y2) = pulls
        return torch.stack((x1, y1, x2, y2), dim=-1), None, None


def presence(dist2: Tensor, alpha: float | Tensor) -> Tensor:
    """The thesis's presence of a line at a pixel, a Gaussian bump across the line.

    Implements ω_p = exp(−α d_p) (thesis 2.3; {eq}`eq-presence` in book/02_line_renderer.md).

    Args:
        dist2: [B, N, H, W], squared unit-square lengths, >= 0.
        alpha: > 0, per squared unit-square length (`alpha_from_width` converts from a stroke width);
            scalar, [B] or [B, N].
    Returns:
        [B, N, H, W] in [0, 1], 1 on the line.
    Raises:
        ValueError: alpha has another shape.
    """
    return torch.exp(-_per_line(alpha, dist2) * dist2)


def edge_presence(dist2: Tensor, stroke_width: float | Tensor, sharpness: float | Tensor) -> Tensor:
    """Our presence: a stroke of constant ink with a soft edge.

    Implements ω_p = σ(k (w/2 − d)) ({eq}`eq-edge-presence` in book/02_line_renderer.md).

    Args:
        dist2: [B, N, H, W], squared unit-square lengths, >= 0.
        stroke_width: w >= 0, unit-square lengths; scalar, [B] or [B, N].
        sharpness: k > 0, per unit-square length; scalar, [B] or [B, N].
    Returns:
        [B, N, H, W] in (0, 1), 1/2 on the stroke's edge.
    Raises:
        ValueError: stroke_width or sharpness has another shape.
    """
    # sqrt has no slope at 0; a floor far below any distance of interest gives it the slope 0 there.
    dist = dist2.clamp_min(torch.finfo(dist2.dtype).tiny).sqrt()
    return torch.sigmoid(_per_line(sharpness, dist2) * (_per_line(stroke_width, dist2) / 2 - dist))


def _per_line(value: float | Tensor, dist2: Tensor) -> float | Tensor:
    """A scalar as it is; [B] as [B, 1, 1, 1]; [B, N] as [B, N, 1, 1]: ready for dist2 [B, N, H, W]."""
    if not isinstance(value, Tensor) or value.ndim == 0:
        return value
    if value.shape not in (dist2.shape[:1], dist2.shape[:2]):
        batch, n = dist2.shape[:2]
        raise ValueError(
            f"a width, sharpness or alpha is a scalar, [{batch}] or [{batch}, {n}], not {list(value.shape)}"
        )
    return value[(...,) + (None,) * (4 - value.ndim)]


def alpha_from_width(stroke_width: float) -> float:
    """The α whose bump exp(−α d²) is `stroke_width` wide at half its height, in the same unit of length."""
    return 4 * math.log(2) / stroke_width**2


def width_from_alpha(alpha: float) -> float:
    """Full width at half height of exp(−α d²), in the unit of length in which α was given."""
    return 2 * math.sqrt(math.log(2) / alpha)


def compose(presence: Tensor, mode: str = "max") -> Tensor:
    """One image from the presences of its lines.

    Implements {eq}`eq-compose` in book/02_line_renderer.md.

    Args:
        presence: [B, N, H, W] in [0, 1].
        mode: "max", the strongest line; or "soft_or", 1 − ∏(1 − ω).
    Returns:
        [B, 1, H, W] in [0, 1]; zeros if N = 0.
    Raises:
        ValueError: another mode.
    """
    if mode not in ("max", "soft_or"):
        raise ValueError(f'mode must be "max" or "soft_or", not {mode!r}')
    if presence.shape[1] == 0:
        return presence.new_zeros(presence.shape[0], 1, *presence.shape[2:])
    if mode == "max":
        return presence.amax(dim=1, keepdim=True)
    # a or b = a + b − ab, one line after the other: exact, and unlike a quotient of products, safe at ω = 1.
    image = presence[:, 0]
    for ink in presence.unbind(1)[1:]:
        image = image + ink * (1 - image)
    return image[:, None]


def render_soft(
    lines: Tensor | Strokes,
    height: int = 28,
    width: int = 28,
    *,
    stroke_width: float | Tensor | None = None,
    sharpness: float | Tensor = SHARPNESS,
    alpha: float | Tensor | None = None,
    mode: str = "max",
) -> Tensor:
    """Differentiable drawing of lines: distance, presence, composition.

    Implements r(·) (thesis (2); {eq}`eq-renderer` in book/02_line_renderer.md).
    With `alpha`, the thesis's presence; otherwise the edge presence.
    Convention: unit square, x right, y down, whatever the canvas: a non-square one stretches its strokes.

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2), or Strokes, which bring their widths.
        height, width: canvas size in pixels.
        stroke_width: unit-square lengths, scalar, [B] or [B, N]; without it STROKE_WIDTH.
        sharpness: of the edge, per unit-square length; scalar, [B] or [B, N].
        alpha: per squared unit-square length; scalar, [B] or [B, N]. Excludes stroke_width.
        mode: composition, "max" or "soft_or".
    Returns:
        [B, 1, H, W] in [0, 1], ink = 1, differentiable in lines, stroke_width, sharpness and alpha.
    Raises:
        TypeError: lines is not a floating-point tensor.
        ValueError: wrong shape, a non-finite coordinate, two widths at once, an unknown mode.
    """
    if isinstance(lines, Strokes):
        if stroke_width is not None or alpha is not None:
            raise ValueError("Strokes bring their own width: give neither stroke_width nor alpha")
        stroke_width, lines = lines.width, lines.lines
    if alpha is not None and stroke_width is not None:
        raise ValueError("give stroke_width (edge presence) or alpha (the thesis's presence), not both")
    dist2 = squared_distance(lines, pixel_grid(height, width, dtype=lines.dtype, device=lines.device))
    if alpha is not None:
        return compose(presence(dist2, alpha), mode)
    stroke_width = STROKE_WIDTH if stroke_width is None else stroke_width
    return compose(edge_presence(dist2, stroke_width, sharpness), mode)
