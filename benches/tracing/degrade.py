"""Pictures as something other than a renderer gives them: bilevel, blurred, noisy, scanned, photographed."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

CONDITIONS = ("clean", "bilevel", "blurred", "noisy", "scanned", "photographed")


def degrade(ink: np.ndarray, condition: str, seed: int) -> np.ndarray:
    """The picture [H, W] under one of the `CONDITIONS`, ink = 1; the same seed gives the same noise."""
    random = np.random.default_rng(seed)
    if condition == "bilevel":
        return (ink >= 0.5).astype(float)
    if condition == "blurred":
        return gaussian_filter(ink, 1.0)
    if condition == "noisy":
        return np.clip(ink + random.normal(0, 0.08, ink.shape), 0, 1)
    if condition == "scanned":
        return _scanned(ink, random)
    if condition == "photographed":
        return _photographed(ink, random)
    return ink


def _scanned(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Grey ink on grey paper, uneven light, a soft lens, noise, JPEG of quality 40."""
    y, x = _places(ink)
    grey = (0.9 - 0.7 * gaussian_filter(ink, 0.6)) * (1 - 0.3 * (0.7 * x + 0.3 * y))
    return 1 - _jpeg(grey + random.normal(0, 0.02, ink.shape), 40)


def _photographed(ink: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Textured paper under a lamp, the soft shadow of a hand across it, a softer lens, noise, JPEG of 60."""
    y, x = _places(ink)
    texture = gaussian_filter(random.normal(0, 1, ink.shape), 1.5)
    paper = 0.85 + 0.02 * texture / texture.std()
    lamp = 1 - 0.35 * ((x - 0.3) ** 2 + (y - 0.2) ** 2)
    shadow = 1 - 0.3 / (1 + np.exp(-12 * (x + 0.6 * y - 1.0)))
    grey = (paper - 0.65 * gaussian_filter(ink, 0.8)) * lamp * shadow
    return 1 - _jpeg(grey + random.normal(0, 0.025, ink.shape) * np.sqrt(grey.clip(0.05)), 60)


def _places(ink: np.ndarray) -> np.ndarray:
    """Rows and columns of the pixels, from 0 to 1."""
    return np.mgrid[0 : 1 : 1j * ink.shape[0], 0 : 1 : 1j * ink.shape[1]]


def _jpeg(grey: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    pixels = (255 * np.clip(grey, 0, 1)).round().astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), float) / 255
