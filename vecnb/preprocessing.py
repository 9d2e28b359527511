"""A digit as MNIST's makers would have stored it, and a warning of one that is not.

MNIST: the digit is scaled, keeping its shape, until its longer side fills 20 pixels; edges turn grey; then
its centre of mass is moved to the centre of the 28 × 28 pixels. In the 10,000 test digits the longer side is
exactly 20 pixels (9,997 of them; 19 the others) and the centre of mass is always less than half a pixel from
the centre of pixel (14, 14): they were moved by whole pixels, and so are ours. The widgets' twin for strokes
is js/lib/mnist.js; tests/js/mnist.json holds both to the same pictures.
"""

from __future__ import annotations

import math
import warnings

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb.illumination import contrasts, fit_background, is_border, reduce, smooth
from vecnb.images import SIDE, as_batch

BOX = 20  # pixels that a digit's longer side fills
MARGIN = (SIDE - BOX) // 2
ROUNDING = 1e-3  # pixels: a symmetric digit is not moved by a rounding error


def to_mnist(images: Tensor | np.ndarray) -> Tensor:
    """Digits of any size, drawn or photographed, as MNIST was made.

    The digit is cut out, scaled, keeping its shape, until its longer side fills 20 pixels, and moved by whole
    pixels until its centre of mass lies in the middle of 28 × 28. Before, uneven light and noise of the
    background are taken away, and the ink is made full. A digit of MNIST stays what it is.
    The page must fill the picture, and the digit must be alone on it.

        >>> page = torch.zeros(300, 200)
        >>> page[40:240, 150:170] = 1  # a large "1" in a corner
        >>> digit = to_mnist(page)[0, 0]
        >>> digit.any(1).sum().item(), digit.any(0).sum().item()  # rows and columns of ink
        (20, 2)

    Args:
        images: as of `as_images`, but of any size; ink = 1 (`load_image`).
    Returns:
        [B, 1, 28, 28] float32 in [0, 1], ink = 1, on the device of the images.
    Raises:
        TypeError, ValueError: as `as_images`; or an image has no ink.
    """
    batch = as_batch(images)
    digits = torch.zeros(len(batch), 1, SIDE, SIDE)
    for place, image in enumerate(batch[:, 0].detach().cpu().float()):
        image = reduce(image)
        darker, lighter = contrasts(image)
        intensity = clean(image)
        hint = "the background seems to be 1 and the ink 0: to_mnist(1 - images)"
        inverted = darker > 1.5 * lighter
        if not intensity.any():
            raise ValueError(f"image {place} has no ink" + (f"; {hint}" if inverted else ""))
        if inverted:
            warnings.warn(f"image {place}: {hint}", stacklevel=2)
        digits[place, 0] = fit_digit(intensity)[0]
    return digits.to(batch.device)


def fit_digit(intensity: Tensor) -> tuple[Tensor, float, tuple[float, float]]:
    """The ink of an image as a digit of MNIST, and where that lies on the image.

        >>> page = torch.zeros(100, 100)
        >>> page[20:60, 50:54] = 1  # a "1", 40 pixels high
        >>> digit, side, corner = fit_digit(page)
        >>> digit.shape, side, corner
        (torch.Size([28, 28]), 2.0, (24.0, 12.0))

    Args:
        intensity: [H, W] float32, nothing but the digit; somewhere above 0.
    Returns:
        The digit [28, 28]; the side of its pixels, and (x, y) of its top left corner, in pixels of the image.
    """
    rows, columns = (intensity.any(axis).nonzero() for axis in (1, 0))
    (top, bottom), (left, right) = ((int(side[0]), int(side[-1]) + 1) for side in (rows, columns))
    scale = BOX / max(bottom - top, right - left)
    down, across = _resampling(bottom - top, scale), _resampling(right - left, scale)
    digit = down @ intensity[top:bottom, left:right] @ across.T
    centred, x, y = _centre(digit / digit.max())
    return centred, 1 / scale, (left - x / scale, top - y / scale)


def clean(image: Tensor) -> Tensor:
    """The ink of an image [H, W], made full, on a background of exactly 0."""
    background, noise = _background(image)
    if noise > 0:
        image = smooth(image)
        background, noise = _background(image)
    light = (1 - background).clamp_min(0.05)  # falls on ink and background alike
    intensity = ((image - background - 4 * noise) / light).clamp_min(0)
    if not intensity.max() > max(4 * noise, 0.02):
        return torch.zeros_like(image)
    full = intensity[intensity > intensity.max() / 2].quantile(0.9)
    intensity = (intensity / full).clamp_max(1)
    edge = 0.1 if noise > 0 else 0.0  # on a clean background every trace of ink counts, as it does in MNIST
    return intensity * _connected(intensity > 0.5, intensity > edge)


def _background(image: Tensor) -> tuple[Tensor, float]:
    """The background [H, W] under the ink, fitted to the pixels that are nearer to it, and its noise."""
    above = image - fit_background(image, is_border(image))[0]
    return fit_background(image, above <= above.max() / 2)


def _connected(seeds: Tensor, mask: Tensor) -> Tensor:
    """The pixels of a mask [H, W] that are joined to a seed, by sides or corners."""
    found = (seeds & mask).float()
    while True:
        grown = F.max_pool2d(found[None], 3, stride=1, padding=1)[0] * mask
        if torch.equal(grown, found):
            return found
        found = grown


def _resampling(pixels: int, scale: float) -> Tensor:
    """The matrix [scaled pixels, pixels] that scales a line of pixels: by means, or if larger linearly."""
    scaled = max(1, math.ceil(pixels * scale - 1e-9))
    edges = torch.arange(scaled + 1, dtype=torch.float64)[:, None] / scale
    start = torch.arange(pixels, dtype=torch.float64)
    if scale <= 1:
        covered = torch.minimum(edges[1:], start + 1) - torch.maximum(edges[:-1], start)
        return (covered.clamp_min(0) * scale).float()
    middle = (edges[1:] + edges[:-1]) / 2
    near = (1 - (middle - (start + 0.5)).abs()).clamp_min(0)
    return (near / near.sum(1, keepdim=True)).float()


def _centre(digit: Tensor) -> tuple[Tensor, int, int]:
    """A digit [h, w], at most 20 × 20, on [28, 28], its centre of mass within half a pixel of that of pixel
    (14, 14); and (x, y) of the pixel on which its first one then lies."""
    canvas = F.pad(digit, (MARGIN, SIDE - MARGIN - digit.shape[1], MARGIN, SIDE - MARGIN - digit.shape[0]))
    at = torch.arange(SIDE) + 0.5
    down, right = (
        int(torch.ceil(SIDE / 2 - ROUNDING - (mass * at).sum() / mass.sum()))
        for mass in (canvas.sum(1), canvas.sum(0))
    )
    # The margin is wider than any shift.
    return canvas.roll((down, right), (0, 1)), MARGIN + right, MARGIN + down


# What the models know


def warn_unlike_mnist(images: Tensor, stacklevel: int = 2) -> None:
    """Warn once of a batch of which more than a tenth does not look like MNIST, with the remedy.

    The bounds lie beyond all 60,000 training digits of MNIST: their border's mean is at most .03, their
    largest value at least .99, their longer side 18 to 20 pixels, and their centre of mass within .52 pixels
    of the middle. Images without any ink do not count.

    Args:
        images: [B, 1, 28, 28] float in [0, 1].
    """
    found = dict.fromkeys(_UNLIKE, 0)
    for part in images.detach().split(1000):
        for name, unlike in _compare(part[:, 0].float()).items():
            found[name] += int(unlike.sum())
    total = sum(found.values())
    if total > 0.1 * len(images):
        most = max(found, key=lambda name: found[name])
        warnings.warn(
            f"{total} of {len(images)} images do not look like MNIST, which the models were trained on: "
            f"{_UNLIKE[most]}",
            stacklevel=stacklevel,
        )


_UNLIKE = {
    "light background": "their background is not 0; ink is 1: 1 - images, or vecnb.to_mnist(images)",
    "faint": "their ink is faint: images / images.amax((-2, -1), keepdim=True), or vecnb.to_mnist(images)",
    "size": "a digit's longer side is not 18 to 20 pixels: vecnb.to_mnist(images) scales it",
    "place": "the digits are not in the middle: vecnb.to_mnist(images) centres them",
}


def _compare(images: Tensor) -> dict[str, Tensor]:
    """Which images [B, 28, 28] are unlike MNIST, each for the first reason of `_UNLIKE`: [B] booleans."""
    peak = images.amax((1, 2))
    mass = images.sum((1, 2)).clamp_min(1e-6)
    at = torch.arange(SIDE, device=images.device) + 0.5
    centres = torch.stack([images.sum(axis) @ at / mass for axis in (1, 2)])
    border = torch.cat([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], 1).mean(1)
    sides = torch.stack([_extent((images > 0.1).any(axis)) for axis in (1, 2)]).amax(0)
    tests = {
        "light background": border > 0.15,
        "faint": peak < 0.75,
        "size": (sides < 17) | (sides > 21),
        "place": (centres - (SIDE + 1) / 2).abs().amax(0) > 1.5,
    }
    left = peak > 0
    for name, test in tests.items():
        tests[name] = test & left
        left = left & ~test
    return tests


def _extent(has_ink: Tensor) -> Tensor:
    """From the first to the last True of each row of [B, 28]: [B] pixels, 0 if there is none."""
    ahead, behind = (part.int().cummax(1).values.sum(1) for part in (has_ink, has_ink.flip(1)))
    return (ahead + behind - SIDE).clamp_min(0)
