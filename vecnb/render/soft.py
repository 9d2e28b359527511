"""The differentiable renderer, in three pure steps: distance (`distance.py`), presence, composition.

All three at once, in one pass, are in `fused.py`; `render_soft` takes it where it can.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, Literal

import torch
from torch import Tensor

from vecnb.checks import check_curves, peek
from vecnb.choices import check_choice, check_count
from vecnb.render.distance import by_autograd, pixel_centres, squared_distance_to_pixels
from vecnb.render.fused import MAX_SIDE, render_fused
from vecnb.strokes import Strokes

STROKE_WIDTH = 2.5 / 28  # ours: an MNIST stroke is 2 to 3 pixels wide
SHARPNESS = 100.0  # ours: an edge falls from 90 % to 10 % within 4.4 / 100 of the square, 1.2 MNIST pixels
LONG = (
    8.0  # unit-square lengths: where float32 still holds a hundred-thousandth of a pixel of a 28 × 28 canvas
)

Mode = Literal["max", "soft_or"]


def presence(dist2: Tensor, alpha: float | Tensor) -> Tensor:
    """The thesis's presence of a line at a pixel, a Gaussian bump across the line.

    Implements ω_p = exp(−α d_p) (thesis 2.3; {eq}`eq-presence` in book/02_line_renderer.md).

        >>> presence(torch.tensor([0.0, 0.01]).view(1, 1, 1, 2), alpha=math.log(2) / 0.01).flatten()
        tensor([1.0000, 0.5000])

    Args:
        dist2: [B, N, H, W], squared unit-square lengths, >= 0.
        alpha: > 0, per squared unit-square length (`alpha_from_width` converts from a stroke width);
            scalar, [B] or [B, N].
    Returns:
        [B, N, H, W] in [0, 1], 1 on the line.
    Raises:
        TypeError: alpha is neither a number nor a floating-point tensor.
        ValueError: alpha has another shape, or is not finite and > 0.
    """
    _check_parameters(dist2, alpha=alpha)
    return torch.exp(-_per_line(alpha) * dist2)


def edge_presence(dist2: Tensor, stroke_width: float | Tensor, sharpness: float | Tensor) -> Tensor:
    """Our presence: a stroke of constant ink with a soft edge.

    Implements ω_p = σ(k (w/2 − d)) ({eq}`eq-edge-presence` in book/02_line_renderer.md); a stroke of width 0
    has no ink.

        >>> dist2 = torch.tensor([0.0, 0.05**2, 1.0]).view(1, 1, 1, 3)  # in the middle, on the edge, far away
        >>> edge_presence(dist2, stroke_width=0.1, sharpness=100.0).flatten()
        tensor([0.9933, 0.5000, 0.0000])

    Args:
        dist2: [B, N, H, W], squared unit-square lengths, >= 0.
        stroke_width: w >= 0, unit-square lengths; scalar, [B] or [B, N].
        sharpness: k > 0, per unit-square length; scalar, [B] or [B, N].
    Returns:
        [B, N, H, W] in [0, 1], 1/2 on the stroke's edge.
    Raises:
        TypeError: stroke_width or sharpness is neither a number nor a floating-point tensor.
        ValueError: one of them has another shape, or is not finite, negative, or a sharpness of 0.
    """
    _check_parameters(dist2, stroke_width=stroke_width, sharpness=sharpness)
    dist = _root(dist2) if by_autograd() else _Root.apply(dist2)
    return torch.sigmoid(_per_line(sharpness) * (_half_width(_per_line(stroke_width), dist2) - dist))


def _half_width(stroke_width: float | Tensor, dist2: Tensor) -> float | Tensor:
    """w/2; for w = 0, which is no ink, a number that makes σ(k (w/2 − d)) zero for any d and k."""
    no_ink = -torch.finfo(dist2.dtype).max / 2
    if isinstance(stroke_width, Tensor):
        no_ink = max(no_ink, -torch.finfo(stroke_width.dtype).max / 2)
        return torch.where(stroke_width > 0, stroke_width / 2, no_ink)
    return stroke_width / 2 if stroke_width > 0 else no_ink


def _root(dist2: Tensor) -> Tensor:
    """√d_p, 0 with the slope 0 where d_p is nought but for rounding: all its derivatives are finite."""
    positive = dist2 > torch.finfo(dist2.dtype).eps ** 2
    return torch.where(positive, torch.where(positive, dist2, 1.0).sqrt(), 0.0)


class _Root(torch.autograd.Function):
    """The same in fewer passes over the pixels: a floor far below any distance that matters has slope 0."""

    @staticmethod
    def forward(ctx: Any, dist2: Tensor) -> Tensor:
        dist = dist2.clamp_min(torch.finfo(dist2.dtype).tiny).sqrt_()
        ctx.save_for_backward(dist2, dist)
        return dist

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        dist2, dist = ctx.saved_tensors
        floor = torch.finfo(dist2.dtype).tiny
        if torch.is_grad_enabled():  # create_graph=True
            floor = torch.finfo(dist2.dtype).eps ** 2
            dist = torch.where(dist2 >= floor, dist2, 1.0).sqrt()
        return torch.where(dist2 >= floor, grad / (2 * dist), 0.0)


def _check_parameters(dist2: Tensor, **parameters: float | Tensor) -> None:
    """Refuse a stroke width below 0, a sharpness or alpha that is not above 0, and shapes that do not fit."""
    batch, n = dist2.shape[:2]
    good: Tensor | None = None
    for name, value in parameters.items():
        if isinstance(value, Tensor) and value.is_floating_point():
            if value.ndim and value.shape not in (dist2.shape[:1], dist2.shape[:2]):
                raise ValueError(f"{name} is a scalar, [{batch}] or [{batch}, {n}], not {list(value.shape)}")
            fits = _in_range(name, value).all()
            good = fits if good is None else good & fits
        elif isinstance(value, Real) and not isinstance(value, bool):
            if not _in_range(name, torch.tensor(float(value), dtype=torch.float64)):
                raise ValueError(_out_of_range(name, value))
        else:
            kind = f"{value.dtype} tensor" if isinstance(value, Tensor) else type(value).__name__
            remedy = f"torch.as_tensor({name}, dtype=torch.float32) makes one"
            raise TypeError(
                f"{name} must be a number or a floating-point torch tensor, not a {kind}: {remedy}"
            )
    if good is not None and peek(good) is False:
        for name, value in parameters.items():
            if isinstance(value, Tensor) and not (fits := _in_range(name, value)).all():
                place = (~fits).nonzero()[0].tolist()
                index = str(place) if place else ""
                raise ValueError(_out_of_range(name + index, value[tuple(place)].item()))


def _in_range(name: str, value: Tensor) -> Tensor:
    """Which numbers are finite and above 0, or 0 if a stroke width."""
    limits = torch.finfo(value.dtype)
    return value.clamp(0 if name == "stroke_width" else limits.tiny, limits.max) == value


def _out_of_range(name: str, value: float) -> str:
    return f"{name} = {value:g} is not finite and {'>= 0' if name.startswith('stroke_width') else '> 0'}"


def _per_line(value: float | Tensor) -> float | Tensor:
    """A scalar as it is; [B] as [B, 1, 1, 1]; [B, N] as [B, N, 1, 1]: ready for dist2 [B, N, H, W]."""
    if not isinstance(value, Tensor) or value.ndim == 0:
        return value
    return value[(...,) + (None,) * (4 - value.ndim)]


def alpha_from_width(stroke_width: float) -> float:
    """The α whose bump exp(−α d²) is `stroke_width` wide at half its height, in the same unit of length.

    Raises:
        ValueError: stroke_width is not above 0.
    """
    if not stroke_width > 0:
        raise ValueError(f"stroke_width must be above 0, not {stroke_width}")
    return 4 * math.log(2) / stroke_width**2


def width_from_alpha(alpha: float) -> float:
    """Full width at half height of exp(−α d²), in the unit of length in which α was given.

        >>> round(28 * width_from_alpha(alpha_from_width(2.5 / 28)), 3)
        2.5

    Raises:
        ValueError: alpha is not above 0.
    """
    if not alpha > 0:
        raise ValueError(f"alpha must be above 0, not {alpha}")
    return 2 * math.sqrt(math.log(2) / alpha)


def compose(presence: Tensor, mode: Mode = "max") -> Tensor:
    """One image from the presences of its lines.

    Implements {eq}`eq-compose` in book/02_line_renderer.md.

        >>> two = torch.tensor([0.5, 0.5]).view(1, 2, 1, 1)  # two lines at one pixel
        >>> compose(two).item(), compose(two, "soft_or").item()
        (0.5, 0.75)

    Args:
        presence: [B, N, H, W] in [0, 1].
        mode: "max", the strongest line; or "soft_or", 1 − ∏(1 − ω).
    Returns:
        [B, 1, H, W] in [0, 1]; zeros if N = 0.
    Raises:
        ValueError: another mode.
    """
    check_choice("mode", mode, Mode)
    if presence.shape[1] == 0:
        return presence.new_zeros(presence.shape[0], 1, *presence.shape[2:])
    if mode == "max":
        return presence.amax(dim=1, keepdim=True)
    # a or b = a + b − ab, one line after the other: exact, and unlike a quotient of products, safe at ω = 1.
    image = presence[:, 0]
    for intensity in presence.unbind(1)[1:]:
        image = image + intensity * (1 - image)
    return image[:, None]


def render_soft(
    lines: Tensor | Strokes,
    height: int = 28,
    width: int = 28,
    *,
    stroke_width: float | Tensor | None = None,
    sharpness: float | Tensor = SHARPNESS,
    alpha: float | Tensor | None = None,
    mode: Mode = "max",
) -> Tensor:
    """Differentiable drawing of lines: distance, presence, composition.

    Implements r(·) (thesis (2); {eq}`eq-renderer` in book/02_line_renderer.md).
    With `alpha`, the thesis's presence; otherwise the edge presence, which draws nothing for a width of 0.
    Convention: unit square, x right, y down, whatever the canvas: a non-square one stretches its strokes.

    First and second derivatives are exact, through autograd and `torch.func` (grad, jvp, vmap, jacrev,
    jacfwd, hessian), and `torch.compile(fullgraph=True)` compiles it; values are not checked while it
    compiles or maps.

    float32 on the CPU is drawn in one pass in Rust, which looks only at pixels that a stroke reaches: the
    same values to 1e-5 (of curves, which it draws as chords at most 1/128 pixel away, to a hundredth), the
    same bits for any number of threads and whatever else is in the batch. Any other type or device, second
    derivatives and `torch.func` take the steps above, one after the other.

        >>> lines = torch.tensor([[[0.2, 0.5, 0.8, 0.5]]], requires_grad=True)  # one line, from left to right
        >>> image = render_soft(lines, 4, 4)
        >>> image.shape
        torch.Size([1, 1, 4, 4])
        >>> image[0, 0, 0].sum().backward()  # the ink of the top row
        >>> bool((lines.grad[0, 0, [1, 3]] < 0).all())  # grows as the line moves up
        True

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2), any finite numbers; of Bézier curves [B, N, 6] or [B, N, 8];
            or Strokes, which bring their widths.
        height, width: canvas size in pixels, >= 1.
        stroke_width: >= 0, unit-square lengths, scalar, [B] or [B, N]; without it STROKE_WIDTH.
        sharpness: > 0, of the edge, per unit-square length; scalar, [B] or [B, N].
        alpha: > 0, per squared unit-square length; scalar, [B] or [B, N]. Excludes stroke_width.
        mode: composition, "max" or "soft_or".
    Returns:
        [B, 1, H, W] in [0, 1], ink = 1, differentiable in lines, stroke_width, sharpness and alpha.
    Raises:
        TypeError: lines is not a floating-point tensor; a width, sharpness or alpha is neither a number nor
            one; height or width is not an integer.
        ValueError: wrong shape, a value that is not finite or out of its range, two widths at once, an
            unknown mode, a canvas without pixels.
    """
    if isinstance(lines, Strokes):
        if stroke_width is not None or alpha is not None:
            raise ValueError("Strokes bring their own width: give neither stroke_width nor alpha")
        stroke_width, lines = lines.width, lines.lines
    if alpha is not None and stroke_width is not None:
        raise ValueError("give stroke_width (edge presence) or alpha (the thesis's presence), not both")
    check_curves(lines)
    if not torch.compiler.is_compiling():  # a traced size need not be a Python integer
        height, width = check_count("height", height), check_count("width", width)
    stroke_width = STROKE_WIDTH if stroke_width is None and alpha is None else stroke_width
    if _is_fused(lines, height, width, stroke_width, sharpness, alpha):
        return _draw_fused(lines, height, width, stroke_width, sharpness, alpha, mode)
    return draw_by_steps(lines, height, width, stroke_width, sharpness, alpha, mode)


def draw_by_steps(
    lines: Tensor,
    height: int,
    width: int,
    stroke_width: float | Tensor | None,
    sharpness: float | Tensor,
    alpha: float | Tensor | None,
    mode: Mode,
) -> Tensor:
    """`render_soft` of checked lines as it is derived: distance, presence, composition."""
    px = pixel_centres("width", width, lines.dtype, lines.device)
    py = pixel_centres("height", height, lines.dtype, lines.device)
    dist2 = squared_distance_to_pixels(lines, px[None, :], py[:, None])
    if alpha is not None:
        return compose(presence(dist2, alpha), mode)
    assert stroke_width is not None
    return compose(edge_presence(dist2, stroke_width, sharpness), mode)


def _is_fused(lines: Tensor, height: int, width: int, *parameters: float | Tensor | None) -> bool:
    """Whether the pass in Rust can draw this: float32 on the CPU, outside `torch.func`, MAX_SIDE² pixels."""
    if torch._C._are_functorch_transforms_active() or not (height <= MAX_SIDE and width <= MAX_SIDE):
        return False
    tensors = [lines, *(value for value in parameters if isinstance(value, Tensor))]
    return all(value.dtype == torch.float32 and value.device.type == "cpu" for value in tensors)


def _draw_fused(
    lines: Tensor,
    height: int,
    width: int,
    stroke_width: float | Tensor | None,
    sharpness: float | Tensor,
    alpha: float | Tensor | None,
    mode: Mode,
) -> Tensor:
    """`render_soft` in one pass, with a parameter of its own for each line."""
    check_choice("mode", mode, Mode)
    if alpha is not None:
        _check_parameters(lines, alpha=alpha)
        slopes = _of_each_line(alpha, lines)
        return render_fused(lines, slopes, slopes, height, width, True, mode == "soft_or")[0]
    assert stroke_width is not None
    _check_parameters(lines, stroke_width=stroke_width, sharpness=sharpness)
    widths, slopes = (_of_each_line(value, lines) for value in (stroke_width, sharpness))
    return render_fused(lines, widths, slopes, height, width, False, mode == "soft_or")[0]


def _of_each_line(value: float | Tensor, lines: Tensor) -> Tensor:
    """A scalar, [B] or [B, N] as [B, N]."""
    if not isinstance(value, Tensor):
        return lines.new_full(lines.shape[:2], value)
    return (value[:, None] if value.ndim == 1 else value).expand(lines.shape[:2])
