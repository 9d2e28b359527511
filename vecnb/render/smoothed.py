"""A soft edge out of hard drawings only: the mean raster of a crowd of pens of different widths."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.render import render_hard

# The logistic distribution in fourteen parts, finer in the middle; a pen stands in the middle of each.
EDGES = torch.tensor([-7, -5, -4, -3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3, 4, 5, 7])
PENS = (EDGES[1:] + EDGES[:-1]) / 2
SHARES = torch.sigmoid(EDGES).diff() / torch.sigmoid(EDGES).diff().sum()


def render_smoothed(lines: Tensor, stroke_width: Tensor, sharpness: Tensor) -> Tensor:
    """What a crowd of hard pens draws on average, when their widths scatter around the stroke's.

    Implements {eq}`eq-crowd` in book/03_variational_autoencoder.md: a pen of half width w/2 − Λ/k, with Λ
    logistic, leaves ink at a distance d with probability σ(k (w/2 − d)), which is the edge presence of
    chapter 2. All pens of an image share their Λ, so that the mean of their unions is the union of means.

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2) in the unit square.
        stroke_width: [B, N], w >= 0, unit-square lengths.
        sharpness: [B], k > 0, per unit-square length.
    Returns:
        [B, 1, 28, 28] in [0, 1], without gradient.
    Raises:
        TypeError, ValueError: as `render_hard`.
    """
    crowd = len(PENS)
    spread = 2 * PENS.to(lines)[:, None, None] / sharpness[:, None]  # [pens, B, 1]
    width = (stroke_width - spread).clamp_min(0)
    rasters = render_hard(lines.repeat(crowd, 1, 1), stroke_width=width.flatten(0, 1))
    mean = torch.tensordot(SHARES.to(rasters), rasters.view(crowd, -1, 1, 28, 28), 1)
    return mean.clamp(0, 1)  # the shares add up to 1 but for a rounding
