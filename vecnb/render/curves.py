"""Squared distances of pixels from quadratic and cubic Bézier curves, differentiable twice."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from vecnb.checks import peek

FAR = 8.0  # unit-square lengths: beyond, single precision has too few digits for a pixel
BOUND = 1e15  # unit-square lengths: as far as a control point counts; its square is finite
PIECES = {2: 1, 3: 6}  # of a curve of that degree, each searched from both its ends
STEPS = {2: 10, 3: 6}  # of Newton from each end


def squared_distance_to_curves(curves: Tensor, px: Tensor, py: Tensor, *, by_autograd: bool) -> Tensor:
    """`squared_distance` of checked curves of degree 2 or 3 to the pixels at px [1, W] and py [H, 1].

    Args:
        curves: [B, N, 6] or [B, N, 8].
        by_autograd: whether `torch.func` or `torch.compile` is at work.
    Returns:
        [B, N, H, W].
    """
    dtype, precise = curves.dtype, torch.promote_types(curves.dtype, torch.float32)
    if curves.device.type != "mps" and peek((curves.abs() > FAR).any()):
        precise = torch.float64
    curves = curves.to(precise).clamp(-BOUND, BOUND)
    px, py = px.to(precise), py.to(precise)
    if not by_autograd:
        return _SquaredDistance.apply(curves, px, py).to(dtype)
    t_star = one_more_step(curves, nearest_parameter(curves, px, py), px, py)
    gap_x, gap_y = gaps(curves, t_star, px, py)
    return torch.addcmul(gap_x * gap_x, gap_y, gap_y).to(dtype)


def nearest_parameter(curves: Tensor, px: Tensor, py: Tensor) -> Tensor:
    """t* in [0, 1] of each curve's nearest point to each pixel, [B, N, H, W], without a gradient.

    Newton's method on q(t), {eq}`eq-curve-slope` in book/02_line_renderer.md. For a quadratic, q is a cubic
    that rises, perhaps falls, and rises again: from t = 0 the steps climb to the minimum of the distance on
    its first rise, from t = 1 to that on its last, and there is no other. For a cubic the same is done in
    several pieces of the curve. Of all that is found, the ends included, the nearest is taken.
    """
    curves = curves.detach()
    slope = stationarity(curves, px, py)
    rise = [k * coefficient for k, coefficient in enumerate(slope)][1:]
    degree = curves.shape[-1] // 2 - 1
    t_star = torch.zeros_like(slope[0])
    least = torch.full_like(t_star, torch.inf)
    for piece in range(PIECES[degree]):
        low, high = piece / PIECES[degree], (piece + 1) / PIECES[degree]
        for end in (low, high):
            t = torch.full_like(t_star, end)
            for _ in range(STEPS[degree]):
                t = newton_step(slope, rise, t).clamp(low, high)
            gap_x, gap_y = gaps(curves, t, px, py)
            dist2 = torch.addcmul(gap_x * gap_x, gap_y, gap_y)
            t_star = torch.where(dist2 < least, t, t_star)
            least = torch.minimum(dist2, least)
    return t_star


def newton_step(slope: list[Tensor], rise: list[Tensor], t: Tensor) -> Tensor:
    """One step of Newton's method on q where q rises, which is where a minimum is; elsewhere none."""
    steepness = horner(rise, t)
    rises = steepness > torch.finfo(t.dtype).tiny
    return torch.where(rises, t - horner(slope, t) / torch.where(rises, steepness, 1.0), t)


def one_more_step(curves: Tensor, t_star: Tensor, px: Tensor, py: Tensor) -> Tensor:
    """t* as a function of the curves: one more step of Newton's, which moves nothing but has a derivative."""
    slope = stationarity(curves, px, py)
    rise = [k * coefficient for k, coefficient in enumerate(slope)][1:]
    t_star = t_star.detach()
    interior = (t_star > 0) & (t_star < 1)
    return torch.where(interior, newton_step(slope, rise, t_star), t_star)


def stationarity(curves: Tensor, px: Tensor, py: Tensor) -> list[Tensor]:
    """The coefficients of q(t) = ⟨s(t) − p, s'(t)⟩, from the constant one, ready for [B, N, H, W].

    Those of t⁰ to t^(degree − 1) depend on the pixel, the others on the curve alone.
    """
    x, y = powers(curves, 0), powers(curves, 1)
    degree = len(x) - 1
    gap_x, gap_y = [x[0] - px, *x[1:]], [y[0] - py, *y[1:]]
    coefficients = []
    for power in range(2 * degree):
        terms = [
            k * (gap_x[power + 1 - k] * x[k] + gap_y[power + 1 - k] * y[k])
            for k in range(1, degree + 1)
            if 0 <= power + 1 - k <= degree
        ]
        coefficients.append(sum(terms[1:], start=terms[0]))
    return coefficients


def powers(curves: Tensor, axis: int) -> list[Tensor]:
    """The coefficients of x(t) (axis 0) or y(t) (axis 1), from the constant one, each [B, N, 1, 1]."""
    points = curves[..., axis::2, None, None].unbind(2)
    if len(points) == 3:
        start, control, end = points
        return [start, 2 * (control - start), start - 2 * control + end]
    start, first, second, end = points
    return [
        start,
        3 * (first - start),
        3 * (start - 2 * first + second),
        end - start + 3 * (first - second),
    ]


def horner(coefficients: list[Tensor], t: Tensor) -> Tensor:
    """The value at t of a polynomial with these coefficients, from the constant one."""
    value = coefficients[-1] * torch.ones_like(t)
    for coefficient in coefficients[-2::-1]:
        value = torch.addcmul(coefficient, value, t)
    return value


def shares(t: Tensor, degree: int) -> list[Tensor]:
    """How much of the point at t is each control point: Bernstein's polynomials, which add up to 1."""
    return [math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]


def gaps(curves: Tensor, t: Tensor, px: Tensor, py: Tensor) -> tuple[Tensor, Tensor]:
    """s(t) − p in x and in y, each [B, N, H, W]."""
    weights = shares(t, curves.shape[-1] // 2 - 1)
    along = []
    for axis, pixel in ((0, px), (1, py)):
        points = curves[..., axis::2, None, None].unbind(2)
        first, *rest = (weight * point for weight, point in zip(weights, points, strict=True))
        along.append(sum(rest, start=first - pixel))
    return along[0], along[1]


class _SquaredDistance(torch.autograd.Function):
    """d_p of curves and, by hand, its gradient ({eq}`eq-curve-gradient` in book/02_line_renderer.md).

    In the first derivative t* is a constant, as it is for lines. In the second it is a function of the curve:
    where one may follow, one more step carries its derivative.
    """

    @staticmethod
    def forward(ctx: Any, curves: Tensor, px: Tensor, py: Tensor) -> Tensor:
        t_star = nearest_parameter(curves, px, py)
        gap_x, gap_y = gaps(curves, t_star, px, py)
        ctx.save_for_backward(curves, px, py, t_star, gap_x, gap_y)
        return torch.addcmul(gap_x * gap_x, gap_y, gap_y)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        curves, px, py, t_star, gap_x, gap_y = ctx.saved_tensors
        if torch.is_grad_enabled():  # create_graph=True
            t_star = one_more_step(curves, t_star, px, py)
            gap_x, gap_y = gaps(curves, t_star, px, py)
        weights = shares(t_star, curves.shape[-1] // 2 - 1)
        pull_x, pull_y = 2 * grad * gap_x, 2 * grad * gap_y
        pulls = [(pull * weight).sum((-2, -1)) for weight in weights for pull in (pull_x, pull_y)]
        return torch.stack(pulls, dim=-1), None, None
