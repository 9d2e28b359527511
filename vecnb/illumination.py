"""The background of an unevenly lit picture, and what stands out from it: functions of [H, W] tensors."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

LARGEST = 1024  # pixels: larger pictures are reduced first, by a whole factor
SMALL = 112  # pixels: a picture of no more is not smoothed, its strokes are hardly wider than the noise


def reduce(picture: Tensor) -> Tensor:
    """A picture of at most 1,024 pixels a side, means of square blocks of a larger one."""
    factor = -(-max(picture.shape) // LARGEST)
    return picture if factor == 1 else F.avg_pool2d(picture[None], factor, ceil_mode=True)[0]


def smooth(picture: Tensor) -> Tensor:
    """A picture with less noise, the means of 3 × 3 pixels; a small one as it is."""
    if min(picture.shape) <= SMALL:
        return picture
    return F.avg_pool2d(picture[None], 3, stride=1, padding=1, count_include_pad=False)[0]


def contrasts(picture: Tensor) -> tuple[float, float]:
    """How much darker and how much lighter than its background, along the border, a picture is: each >= 0."""
    picture = smooth(picture)
    above = picture - fit_background(picture, is_border(picture))[0]
    return max(0.0, -float(above.min())), max(0.0, float(above.max()))


def is_border(picture: Tensor) -> Tensor:
    """A mask of the outermost pixels, a twenty-fifth of the smaller side."""
    rim = max(1, min(picture.shape) // 25)
    mask = torch.ones_like(picture, dtype=torch.bool)
    mask[rim:-rim, rim:-rim] = False
    return mask


def fit_background(picture: Tensor, where: Tensor) -> tuple[Tensor, float]:
    """The background of a picture, unevenly lit: a quadratic in x and y; and the deviation of its noise.

    Args:
        where: [H, W] booleans, pixels most of which belong to the background; those farther from the
            quadratic than three deviations are left out, and it is fitted again.
    """
    y, x = (torch.linspace(-1, 1, side, dtype=torch.double) for side in picture.shape)
    rows, columns = where.nonzero().T[:, :: max(1, int(where.sum()) // 10_000)]  # so many pixels are enough
    u, v, values = x[columns], y[rows], picture[rows, columns].double()
    basis = torch.stack([torch.ones_like(u), u, v, u * u, u * v, v * v], -1)
    weights = torch.zeros(6, dtype=torch.double)
    weights[0] = values.median()
    for _ in range(6):
        off = (values - basis @ weights).abs()
        noise = 1.4826 * float(off.median())  # of a normal distribution, whatever the outliers are
        near = basis[off <= 3 * noise + 1e-6]
        moments = near.T @ values[off <= 3 * noise + 1e-6, None]
        weights = torch.linalg.lstsq(near.T @ near, moments, driver="gelsd").solution[:, 0]
    c, cx, cy, cxx, cxy, cyy = weights.float()
    x, y = x.float()[None, :], y.float()[:, None]
    return ((c + cx * x + cxx * x * x) + (cy * y + cyy * y * y) + (cxy * y) * x).clamp(0, 1), noise
