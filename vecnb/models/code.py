"""What every model of lines says of an image, and the best of several attempts to say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb.models.images import PIXEL

MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))  # (right, down), in pixels


class LineCode(NamedTuple):
    """What an encoder says of an image: R_I of thesis 2.2, and how to draw it."""

    lines: Tensor  # [B, N, 4], (x1, y1, x2, y2) in the unit square
    width: Tensor  # [B, N], stroke widths in unit-square units
    sharpness: Tensor  # [B], of the edge, per unit-square length


def check_views(views: int) -> int:
    """Return `views` unchanged if an image can be looked at so many times.

    Raises:
        ValueError: it cannot.
    """
    if not 1 <= views <= len(MOVES):
        raise ValueError(f"views must be 1 to {len(MOVES)}, not {views}")
    return views


def best_of_views(
    images: Tensor,
    views: int,
    encode: Callable[[Tensor], LineCode],
    draw: Callable[[LineCode], Tensor],
) -> LineCode:
    """Encode images as they are and moved by a pixel to each side; keep the code whose drawing is nearest.

    An encoder that misses a stroke here finds it there, and the drawing tells which is which: nobody has to
    know the digit.

    Args:
        images: [B, 1, 28, 28] in [0, 1].
        views: how many copies, 1 (the images alone) to 5.
        encode, draw: of the model.
    Returns:
        One code an image, its lines moved back.
    """
    codes, errors = [], []
    for right, down in MOVES[:views]:
        code = encode(move(images, right, down))
        back = code.lines.new_tensor([right, down, right, down]) * PIXEL
        codes.append(code._replace(lines=code.lines - back))
        errors.append((draw(codes[-1]) - images).square().mean((1, 2, 3)))
    best, every = torch.stack(errors).argmin(0), torch.arange(len(images), device=images.device)
    return LineCode(*(torch.stack(part)[best, every] for part in zip(*codes, strict=True)))


def move(images: Tensor, right: int, down: int) -> Tensor:
    """Images [B, 1, H, W] moved by whole pixels; what leaves the canvas is lost, what enters is paper."""
    side = max(abs(right), abs(down))
    height, width = images.shape[-2:]
    padded = F.pad(images, (side, side, side, side))
    return padded[..., side - down : side - down + height, side - right : side - right + width]
