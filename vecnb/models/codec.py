"""Codes: what every model of lines says of an image, how to read it, and the best of several attempts."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vecnb.images import PIXEL
from vecnb.render import STROKE_WIDTH

MAX_WIDTH = 5 * PIXEL  # of a learnt stroke
SHARPNESS_RANGE = (2 / PIXEL, 8 / PIXEL)  # an edge 2.2 pixels to half a pixel soft (10 % to 90 %)
# Where lines begin that nobody has trained yet, as many as are needed: the strokes of an eight as a display
# has them, but with one long stroke on the right.
SEVEN_SEGMENT_INIT = (
    (0.58, 0.23, 0.38, 0.30),  # top
    (0.45, 0.55, 0.63, 0.49),  # middle
    (0.44, 0.81, 0.60, 0.72),  # bottom
    (0.37, 0.55, 0.39, 0.40),  # upper left
    (0.64, 0.63, 0.65, 0.39),  # right
    (0.38, 0.60, 0.40, 0.76),  # lower left
)


class LineCode(NamedTuple):
    """What an encoder says of an image: R_I of thesis 2.2, and how to draw it."""

    lines: Tensor  # [B, N, 4], (x1, y1, x2, y2) in the unit square
    width: Tensor  # [B, N], stroke widths in unit-square units
    sharpness: Tensor  # [B], of the edge, per unit-square length


def n_parameters(n_lines: int, *, learnt_stroke: bool) -> int:
    """How many numbers say N lines: their coordinates and, for a learnt pen, N widths and one sharpness."""
    return 5 * n_lines + 1 if learnt_stroke else 4 * n_lines


def decode_parameters(numbers: Tensor, n_lines: int) -> LineCode:
    """What the numbers of a network mean: lines on the canvas, and the pen that draws them.

    Args:
        numbers: [B, `n_parameters`] in (0, 1). Without numbers for a pen, every stroke is 2.5 pixels wide and
            its edge as sharp as the middle of SHARPNESS_RANGE.
    """
    lines = numbers[:, : 4 * n_lines].unflatten(1, (n_lines, 4))
    low, high = SHARPNESS_RANGE
    if numbers.shape[1] == n_parameters(n_lines, learnt_stroke=False):
        width = torch.full_like(lines[..., 0], STROKE_WIDTH)
        return LineCode(lines, width, torch.full_like(numbers[:, 0], (low + high) / 2))
    width = MAX_WIDTH * numbers[:, 4 * n_lines : -1]
    return LineCode(lines, width, low + (high - low) * numbers[:, -1])


def encode_parameters(code: LineCode) -> Tensor:
    """The numbers [B, `n_parameters`] that `decode_parameters` reads as this code of a learnt pen."""
    low, high = SHARPNESS_RANGE
    sharpness = (code.sharpness - low) / (high - low)
    return torch.cat([code.lines.flatten(1), code.width / MAX_WIDTH, sharpness[:, None]], 1)


def init_output_bias(network: nn.Sequential, n_lines: int) -> None:
    """Let a network that gives a code begin near SEVEN_SEGMENT_INIT, drawn with a pen in the middle of its range.

    Which stroke of a digit a line is for is settled in the first hundred steps, by where it happens to lie,
    and never again: bad starts cost a point of accuracy.

    Args:
        network: its last layer, in front of the sigmoid, is linear, with `n_parameters` outputs.
        n_lines: N; beyond six the lines begin again with the first.
    """
    lines = torch.tensor([SEVEN_SEGMENT_INIT[line % len(SEVEN_SEGMENT_INIT)] for line in range(n_lines)])
    bias = network[-1].get_parameter("bias")
    with torch.no_grad():
        bias.zero_()
        bias[: 4 * n_lines] = torch.logit(lines).flatten()


def normal_noise(n: int, size: int, seed: int) -> Tensor:
    """n samples of a standard normal, [n, size], a function of the seed alone."""
    return torch.randn(n, size, generator=torch.Generator().manual_seed(seed))
