"""Codes: what every model of lines says of an image, how to read it, and the best of several attempts."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb.models.images import PIXEL
from vecnb.render import STROKE_WIDTH

MAX_WIDTH = 5 * PIXEL  # of a learnt stroke
SHARPNESS_RANGE = (2 / PIXEL, 8 / PIXEL)  # an edge 2.2 pixels to half a pixel soft (10 % to 90 %)
MOVES = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1))  # (right, down), in pixels


class LineCode(NamedTuple):
    """What an encoder says of an image: R_I of thesis 2.2, and how to draw it."""

    lines: Tensor  # [B, N, 4], (x1, y1, x2, y2) in the unit square
    width: Tensor  # [B, N], stroke widths in unit-square units
    sharpness: Tensor  # [B], of the edge, per unit-square length


def code_length(n_lines: int, *, learnt_pen: bool) -> int:
    """How many numbers say N lines: their coordinates and, for a learnt pen, N widths and one sharpness."""
    return 5 * n_lines + 1 if learnt_pen else 4 * n_lines


def read_code(numbers: Tensor, n_lines: int) -> LineCode:
    """What the numbers of a network mean: lines on the canvas, and the pen that draws them.

    Args:
        numbers: [B, `code_length`] in (0, 1). Without numbers for a pen, every stroke is 2.5 pixels wide and
            its edge as sharp as the middle of SHARPNESS_RANGE.
    """
    lines = numbers[:, : 4 * n_lines].unflatten(1, (n_lines, 4))
    low, high = SHARPNESS_RANGE
    if numbers.shape[1] == code_length(n_lines, learnt_pen=False):
        width = torch.full_like(lines[..., 0], STROKE_WIDTH)
        return LineCode(lines, width, torch.full_like(numbers[:, 0], (low + high) / 2))
    width = MAX_WIDTH * numbers[:, 4 * n_lines : -1]
    return LineCode(lines, width, low + (high - low) * numbers[:, -1])


def standard_noise(n: int, size: int, seed: int) -> Tensor:
    """n samples of a standard normal, [n, size], a function of the seed alone."""
    return torch.randn(n, size, generator=torch.Generator().manual_seed(seed))


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
