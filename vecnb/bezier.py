"""Bézier curves of any degree, their control points in one row: a higher degree, and a polyline nearby."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def elevate(curves: Tensor, degree: int) -> Tensor:
    """The same curves with control points of a higher degree.

        >>> elevate(torch.tensor([0.0, 0.0, 1.0, 0.5]), 2)
        tensor([0.0000, 0.0000, 0.5000, 0.2500, 1.0000, 0.5000])

    Args:
        curves: [..., 2(d + 1)], d >= 0.
        degree: not below d.
    Returns:
        [..., 2(degree + 1)], differentiable in curves; end points stay the same numbers.
    """
    points = curves.unflatten(-1, (-1, 2))
    while (count := points.shape[-2]) <= degree:
        share = torch.arange(1, count, dtype=points.dtype, device=points.device)[:, None] / count
        first, inner, last = points[..., :1, :], points[..., 1:, :], points[..., -1:, :]
        points = torch.cat([first, inner + share * (points[..., :-1, :] - inner), last], -2)
    return points.flatten(-2)


def flatten(points: Tensor, tolerance: float) -> Tensor:
    """A polyline from one end of a curve to the other, nowhere further from the curve than the tolerance.

    The distance of a curve of degree d from n chords of equal steps in t is at most d(d - 1)/8n² times its
    largest second difference.

        >>> flatten(torch.tensor([[0.0, 0.0], [0.5, 1.0], [1.0, 0.0]]), 0.2)
        tensor([[0.0000, 0.0000],
                [0.5000, 0.5000],
                [1.0000, 0.0000]])

    Args:
        points: [d + 1, 2] float, its control points, d >= 1.
        tolerance: > 0, in the unit of the points.
    Returns:
        [n + 1, 2], the end points the same numbers; of a line, the line itself.
    """
    degree = len(points) - 1
    bend = points.diff(n=2, dim=0).norm(dim=1).max().item() if degree > 1 else 0.0
    count = max(1, math.ceil(math.sqrt(degree * (degree - 1) / 8 * bend / tolerance)))
    t = torch.linspace(0, 1, count + 1, dtype=points.dtype, device=points.device)[1:-1, None]
    weights = [math.comb(degree, k) * t**k * (1 - t) ** (degree - k) for k in range(degree + 1)]
    inner = torch.cat(weights, 1) @ points
    return torch.cat([points[:1], inner, points[-1:]])
