"""Test-time augmentation: encode an image and its shifted copies, keep the best drawing."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb.choices import check_count
from vecnb.images import PIXEL
from vecnb.models.codec import LineCode

# (right, down), in pixels: nowhere, then to each side, then to each corner
SHIFTS = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1))


def check_n_augmentations(n_augmentations: int) -> int:
    """Return a number of copies of an image that `best_of_augmentations` can make.

    Raises:
        TypeError: it is not an integer.
        ValueError: it is not 1 to 9.
    """
    return check_count("n_augmentations", n_augmentations, 1, len(SHIFTS))


def best_of_augmentations(
    images: Tensor,
    n_augmentations: int,
    encode: Callable[[Tensor], LineCode],
    draw: Callable[[LineCode], Tensor],
) -> LineCode:
    """Encode images as they are and shifted by a pixel each way; keep the code whose drawing is nearest.

    An encoder that misses a stroke in one copy finds it in another, and the error of the drawing tells which
    is better, without a label.

    Args:
        images: [B, 1, 28, 28] in [0, 1].
        n_augmentations: how many copies, 1 (the images alone) to 9.
        encode, draw: of the model.
    Returns:
        One code an image, its lines moved back.
    """
    if n_augmentations == 1:  # there is nothing to choose from
        return encode(images)
    codes, errors = [], []
    for right, down in SHIFTS[:n_augmentations]:
        code = encode(shift(images, right, down))
        back = code.lines.new_tensor([right, down] * (code.lines.shape[-1] // 2)) * PIXEL
        codes.append(code._replace(lines=code.lines - back))
        errors.append((draw(codes[-1]) - images).square().mean((1, 2, 3)))
    best, every = torch.stack(errors).argmin(0), torch.arange(len(images), device=images.device)
    return LineCode(*(torch.stack(part)[best, every] for part in zip(*codes, strict=True)))


def shift(images: Tensor, right: int, down: int) -> Tensor:
    """Images [B, 1, H, W] moved by whole pixels; what leaves the canvas is lost, what enters is 0."""
    side = max(abs(right), abs(down))
    height, width = images.shape[-2:]
    padded = F.pad(images, (side, side, side, side))
    return padded[..., side - down : side - down + height, side - right : side - right + width]
