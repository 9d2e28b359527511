"""The ground of a picture, unevenly lit, and what stands out from it: plain functions of [H, W] tensors."""

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
    """How much darker and how much lighter than the ground along its border a picture becomes, each >= 0."""
    picture = smooth(picture)
    above = picture - fit_ground(picture, is_border(picture))[0]
    return max(0.0, -float(above.min())), max(0.0, float(above.max()))


def is_border(picture: Tensor) -> Tensor:
    """A mask of the outermost pixels, a twenty-fifth of the smaller side."""
    rim = max(1, min(picture.shape) // 25)
    mask = torch.ones_like(picture, dtype=torch.bool)
    mask[rim:-rim, rim:-rim] = False
    return mask


def fit_ground(picture: Tensor, where: Tensor) -> tuple[Tensor, float]:
    """The ground of a picture, unevenly lit: a quadratic in x and y; and the deviation of its noise.

    Args:
        where: [H, W] booleans, pixels most of which belong to the ground; those farther from the quadratic
            than three deviations are left out, and it is fitted again.
    """
    y, x = torch.meshgrid(
        *(torch.linspace(-1, 1, side, dtype=torch.double) for side in picture.shape), indexing="ij"
    )
    terms = torch.stack([torch.ones_like(x), x, y, x * x, x * y, y * y], -1)
    step = max(1, int(where.sum()) // 20_000)  # so many pixels are enough
    basis, values = terms[where][::step], picture[where][::step].double()
    quadratic = torch.zeros(6, dtype=torch.double)
    quadratic[0] = values.median()
    noise = torch.tensor(0.0)
    for _ in range(6):
        off = (values - basis @ quadratic).abs()
        noise = 1.4826 * off.median()  # of a normal distribution, whatever the outliers are
        near = off <= 3 * noise + 1e-6
        quadratic = torch.linalg.lstsq(basis[near], values[near, None], driver="gelsd").solution[:, 0]
    return (terms @ quadratic).float().clamp(0, 1), float(noise)
