"""Windows of drawings to learn from: pixels of scribbles and of digits, and how they are degraded."""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from vecnb.drawing import Drawing, Path
from vecnb.images import SIDE
from vecnb.render import render_hard

CANVAS = 84  # pixels of the side of a drawing that windows are cut from
FROM_A_DRAWING = 8  # windows
PENS = (1.5, 4.5)  # pixels
CIRCLE = 0.5523  # how far a cubic curve's inner points go along the tangents of a quarter of a circle

Points = NDArray[np.float64]


def windows(digits: Tensor, count: int, seed: int) -> Tensor:
    """Windows of drawings, one half of random scribbles, one half of digits turned, scaled and side by side.

        >>> windows(torch.zeros(8, 1, 28, 28), 4, seed=0).shape
        torch.Size([4, 1, 28, 28])

    Args:
        digits: [M, 1, 28, 28] in [0, 1], M >= 1.
        count: how many windows.
    Returns:
        [count, 1, 28, 28] in [0, 1]: pixels, and nothing of what they were drawn with.
    """
    random = np.random.default_rng(seed)
    scribbled = count // 2
    drawings = -(-scribbled // FROM_A_DRAWING)
    cut = [cut_windows(scribble(random), FROM_A_DRAWING, random) for _ in range(drawings)]
    parts = [torch.cat(cut)[:scribbled]] if cut else []
    return torch.cat([*parts, digit_windows(digits, count - scribbled, random)])


def scribble(random: np.random.Generator) -> Tensor:
    """[1, 1, CANVAS, CANVAS], lines, curves and rings of one pen, many of which begin where others are."""
    width = random.uniform(*PENS)
    strokes: list[Points] = []
    for _ in range(random.integers(6, 20)):
        if strokes and random.random() < 0.6:  # a corner or a junction
            chosen = strokes[random.integers(len(strokes))]
            start = chosen[random.choice([0, -1])] if random.random() < 0.5 else chosen.mean(0)
        else:
            start = random.uniform(0, CANVAS, 2)
        strokes.append(ring(start, random) if random.random() < 0.1 else curve(start, random))
    paths = [Path(torch.from_numpy(points).float(), width, 3) for points in strokes]
    return render_hard(Drawing(tuple(paths), CANVAS, CANVAS), CANVAS, CANVAS)


def curve(start: Points, random: np.random.Generator) -> Points:
    """[4, 2], a cubic curve: two of five are straight, one of two leads along an axis or a diagonal."""
    angle = random.uniform(0, 2 * math.pi)
    if random.random() < 0.5:
        angle = math.pi / 4 * round(angle / (math.pi / 4))
    end = start + random.uniform(6, 50) * np.array([math.cos(angle), math.sin(angle)])
    bend = 0.0 if random.random() < 0.4 else 0.3 * np.linalg.norm(end - start)
    inner = start + np.outer([1 / 3, 2 / 3], end - start) + random.normal(0, 1, (2, 2)) * bend
    return np.stack([start, *inner, end])


def ring(middle: Points, random: np.random.Generator) -> Points:
    """[13, 2], an ellipse as four cubic curves."""
    quarter = np.array([(1, 0), (1, CIRCLE), (CIRCLE, 1)])
    turns = [quarter @ np.linalg.matrix_power(np.array([[0, 1], [-1, 0]]), turn) for turn in range(4)]
    return middle + np.concatenate([*turns, quarter[:1]]) * random.uniform(3, 16, 2)


def cut_windows(drawing: Tensor, count: int, random: np.random.Generator) -> Tensor:
    """[count, 1, 28, 28], from a drawing: of twice as many random places those with the most ink."""
    places = random.integers(0, drawing.shape[-1] - SIDE + 1, (2 * count, 2))
    cut = torch.cat([drawing[..., y : y + SIDE, x : x + SIDE] for x, y in places])
    return cut[cut.sum((1, 2, 3)).argsort(descending=True, stable=True)[:count]]


def digit_windows(digits: Tensor, count: int, random: np.random.Generator) -> Tensor:
    """[count, 1, 28, 28], each somewhere in four digits that are put together, turned and scaled."""
    chosen = digits[torch.from_numpy(random.integers(0, len(digits), (count, 4)))]
    pages = chosen.view(count, 2, 2, SIDE, SIDE).permute(0, 1, 3, 2, 4).reshape(count, 1, 2 * SIDE, 2 * SIDE)
    angle, scale, right, down = random.uniform(
        [-math.pi / 4, 0.7, -0.4, -0.4], [math.pi / 4, 1.3, 0.4, 0.4], (count, 4)
    ).T
    cos, sin = np.cos(angle) / scale / 2, np.sin(angle) / scale / 2  # a window is half as wide as a page
    maps = np.stack([np.stack([cos, -sin, right], 1), np.stack([sin, cos, down], 1)], 1)
    grid = F.affine_grid(torch.from_numpy(maps).float(), [count, 1, SIDE, SIDE], align_corners=False)
    return F.grid_sample(pages, grid, align_corners=False)


def degrade(images: Tensor, uniform: Tensor, noise: Tensor) -> Tensor:
    """Each image as a bad lens or sensor gives it: softer, of another contrast, noisy, or black and white.

    Args:
        images: [B, 1, H, W] in [0, 1].
        uniform: [4, B] in [0, 1), how much of each.
        noise: [B, 1, H, W], standard normal.
    Returns:
        The same shape and range.
    """
    softness, contrast, strength, bilevel = uniform[..., None, None, None]
    kernel = torch.tensor([1.0, 4, 6, 4, 1]).to(images) / 16
    soft = F.conv2d(images, torch.outer(kernel, kernel)[None, None], padding=2)
    soft = F.conv2d(soft, torch.outer(kernel, kernel)[None, None], padding=2)
    degraded = torch.lerp(images, soft, softness) * (1 - 0.2 * contrast)
    degraded = torch.where(bilevel < 0.15, (degraded > 0.4).to(degraded), degraded)
    return (degraded + 0.15 * strength.square() * noise).clamp(0, 1)
