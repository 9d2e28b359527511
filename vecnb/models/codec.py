"""The code: what every model of lines says of an image, as the numbers of a network and as lines."""

from __future__ import annotations

from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from vecnb.choices import check_count
from vecnb.images import PIXEL
from vecnb.render import STROKE_WIDTH

Degree = Literal[1, 2, 3]  # of the Bézier curves that strokes follow: lines, quadratics, cubics

MAX_WIDTH = 5 * PIXEL  # of a learnt stroke
SHARPNESS_RANGE = (2 / PIXEL, 8 / PIXEL)  # an edge 2.2 pixels to half a pixel soft (10 % to 90 %)
# Where lines begin before training, as many as are needed: the segments of an eight on a seven-segment
# display, but with one long segment on the right.
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

    lines: Tensor  # [B, N, 4], (x1, y1, x2, y2) in the unit square; of curves [B, N, 6] or [B, N, 8]
    width: Tensor  # [B, N], stroke widths in unit-square units
    sharpness: Tensor  # [B], of the edge, per unit-square length


def n_parameters(n_lines: int, *, learnt_stroke: bool, degree: Degree = 1) -> int:
    """How many numbers say N lines: their coordinates and, for learnt strokes, N widths and one sharpness.

    >>> n_parameters(5, learnt_stroke=True)
    26
    >>> n_parameters(5, learnt_stroke=True, degree=2), n_parameters(7, learnt_stroke=True)
    (36, 36)
    """
    coordinates = 2 * (degree + 1) * n_lines
    return coordinates + n_lines + 1 if learnt_stroke else coordinates


def decode_parameters(numbers: Tensor, n_lines: int, *, learnt_stroke: bool, degree: Degree = 1) -> LineCode:
    """What the numbers of a network mean: lines on the canvas, and the strokes that draw them.

        >>> code = decode_parameters(torch.full((1, 26), 0.5), 5, learnt_stroke=True)
        >>> code.lines.shape, round(28 * code.width[0, 0].item(), 3)  # in pixels, the middle of 0 to 5
        (torch.Size([1, 5, 4]), 2.5)

    Args:
        numbers: [B, `n_parameters`] in (0, 1).
        n_lines: N.
        learnt_stroke: whether the numbers say widths and sharpness; otherwise every stroke is 2.5 pixels
            wide and its edge as sharp as the middle of SHARPNESS_RANGE.
        degree: of the curves. The ends of a curve are said as those of a line; a control point by how far it
            is from its place on the straight line between them, at most a square's side in x and y: ½ says
            nowhere, and all ½ a line.
    Raises:
        ValueError: so many numbers do not say N lines.
    """
    expected = n_parameters(n_lines, learnt_stroke=learnt_stroke, degree=degree)
    if numbers.shape[1] != expected:
        kind = "lines" if degree == 1 else f"curves of degree {degree}"
        raise ValueError(f"{n_lines} {kind} are said by {expected} numbers, not by {numbers.shape[1]}")
    coordinates = 2 * (degree + 1) * n_lines
    lines = _control_points(numbers[:, :coordinates].unflatten(1, (n_lines, -1)), degree)
    low, high = SHARPNESS_RANGE
    if not learnt_stroke:
        width = torch.full_like(lines[..., 0], STROKE_WIDTH)
        return LineCode(lines, width, torch.full_like(numbers[:, 0], (low + high) / 2))
    width = MAX_WIDTH * numbers[:, coordinates:-1]
    return LineCode(lines, width, low + (high - low) * numbers[:, -1])


def _control_points(numbers: Tensor, degree: Degree) -> Tensor:
    """Curves [B, N, 2·degree + 2] of numbers in (0, 1), each row in the order of its control points."""
    if degree == 1:
        return numbers
    start, *between, end = numbers.split(2, dim=-1)
    chord = [torch.lerp(start, end, place / degree) for place in range(1, degree)]
    between = [place + 2 * number - 1 for place, number in zip(chord, between, strict=True)]
    return torch.cat([start, *between, end], dim=-1)


def encode_parameters(code: LineCode) -> Tensor:
    """The numbers [B, `n_parameters`] that `decode_parameters` reads as this code of lines."""
    low, high = SHARPNESS_RANGE
    sharpness = (code.sharpness - low) / (high - low)
    return torch.cat([code.lines.flatten(1), code.width / MAX_WIDTH, sharpness[:, None]], 1)


def init_output_bias(network: nn.Sequential, n_lines: int, degree: Degree = 1) -> None:
    """Let a network that gives a code begin near SEVEN_SEGMENT_INIT, widths in the middle of their range.

    Curves begin straight.

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
        coordinates = bias[: 2 * (degree + 1) * n_lines].view(n_lines, -1)
        coordinates[:, :2], coordinates[:, -2:] = torch.logit(lines).split(2, dim=1)


def normal_noise(n: int, size: int, seed: int) -> Tensor:
    """Samples of a standard normal, a function of the seed alone.

    Args:
        n: how many, >= 0.
        size: of each.
        seed: 0 to 2⁶⁴ − 1.
    Returns:
        [n, size] float32, on the CPU.
    Raises:
        TypeError: n or seed is not an integer.
        ValueError: n or seed is out of range.
    """
    return torch.randn(check_count("n", n, 0), size, generator=seeded_generator(seed))


def seeded_generator(seed: int) -> torch.Generator:
    """A generator of random numbers on the CPU.

    Raises:
        TypeError, ValueError: seed is not an integer from 0 to 2⁶⁴ − 1.
    """
    return torch.Generator().manual_seed(check_count("seed", seed, 0, 2**64 - 1))
