"""The ink of a picture: what stands out from its surroundings, whatever the paper and the light."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter, grey_opening, zoom
from skimage.filters import threshold_otsu

CLEAN = 1e-3  # of brightness: a background no darker than this, nor rougher, is left alone
WIDEST = 1 / 8  # of the shorter side: a stroke that is wider is taken for paper
COARSE = 192  # pixels: the paper is looked at in a picture of about this size
FAINT = 0.04  # of brightness: less contrast is no stroke


def isolate_ink(image: np.ndarray) -> np.ndarray:
    """Ink alone, full in the middle of a stroke and none on the paper.

    The paper's darkness is what remains when everything narrower than an eighth of the picture is opened
    away; what is darker, is ink, as a share of the ink's usual contrast. A drawing that is clean stays as it
    is.

    Args:
        image: [H, W] float in [0, 1], dark = 1.
    Returns:
        [H, W] float64 in [0, 1]; zeros where nothing stands out.
    """
    image = np.asarray(image, dtype=np.float64)
    if np.quantile(image, 0.5) <= CLEAN and image.max() >= 1 - CLEAN:
        return image
    rise = image - _paper(image)
    level = float(np.median(rise))
    noise = 1.4826 * float(np.median(np.abs(rise - level)))
    rise = rise - level
    if rise.max() <= max(FAINT, 4 * noise):
        return np.zeros_like(image)
    edge = max(float(threshold_otsu(rise)), 3 * noise)
    dark = rise[rise > edge]
    contrast = float(np.quantile(dark, 0.75)) if len(dark) else math.inf
    if contrast < FAINT:
        return np.zeros_like(image)
    floor = min(2.5 * noise / contrast, 0.4)
    return np.clip((rise / contrast - floor) / (1 - floor), 0, 1)


def _paper(image: np.ndarray) -> np.ndarray:
    """The darkness of the paper at each pixel."""
    factor = max(1, round(min(image.shape) / COARSE))
    rows, columns = (side // factor * factor for side in image.shape)
    blocks = image[:rows, :columns].reshape(rows // factor, factor, columns // factor, factor).mean((1, 3))
    size = max(3, 2 * round(min(blocks.shape) * WIDEST / 2) + 1)
    paper = grey_opening(np.pad(blocks, size, mode="reflect"), size)
    paper = gaussian_filter(paper, size / 4)[size:-size, size:-size]
    scale = [side / part for side, part in zip(image.shape, paper.shape, strict=True)]
    return zoom(paper, scale, order=1, mode="nearest", grid_mode=True) if factor > 1 else paper
