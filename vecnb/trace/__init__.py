"""Any drawing as strokes: read its ink, propose strokes, refine them through the renderer, simplify them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vecnb.drawing import Drawing, Path
from vecnb.extension import raster
from vecnb.images import as_batch
from vecnb.trace.parts import (
    LEAST_ERROR,
    LEAST_TOLERANCE,
    PRICE,
    STEPS,
    TOLERANCE,
    Stroke,
    fit,
    isolate_ink,
    propose,
    refine,
    simplify,
)

__all__ = [
    "LEAST_ERROR",
    "LEAST_TOLERANCE",
    "PRICE",
    "STEPS",
    "TOLERANCE",
    "Stroke",
    "fit",
    "isolate_ink",
    "propose",
    "refine",
    "simplify",
    "vectorise",
]


def vectorise(image: Tensor | np.ndarray, *, detail: float = 1.0) -> Drawing:
    """The strokes of a drawing of any size, as Bézier curves with a width each.

    A skeleton proposes strokes, which go straight on through junctions; then all control points and widths
    are moved together, until their soft drawing is the picture; and neighbouring curves become one wherever
    the picture does not say otherwise.

        >>> image = np.zeros((40, 60), np.float32)
        >>> image[18:22, 10:50] = 1  # a stroke 4 pixels wide
        >>> drawing = vectorise(image)
        >>> len(drawing.paths), round(drawing.paths[0].width)
        (1, 4)

    Args:
        image: [H, W] or [1, 1, H, W], a tensor or an array, floats in [0, 1] or uint8, ink = 1, as
            `load_image` gives it; the paper need be neither white nor even.
        detail: > 0; twice as much keeps a curve for half the squared error that it saves.
    Returns:
        A drawing in pixels, with round caps and joins; without paths where nothing is drawn.
    Raises:
        TypeError, ValueError: image is no picture in [0, 1], or several; or detail is not > 0.
    """
    batch = as_batch(image)
    if len(batch) != 1:
        raise ValueError(f"image must be one picture, not {len(batch)}")
    pixels = batch[0, 0].detach().cpu().float().numpy()
    paths = [_path(*numbers) for numbers in raster.vectorise(pixels, detail)]
    return Drawing(tuple(paths), pixels.shape[1], pixels.shape[0])


def _path(chain: np.ndarray, width: float, is_line: bool) -> Path:
    points = torch.from_numpy(chain.astype(np.float32))
    if is_line:
        return Path(points[[0, -1]], width, 1)
    return Path(points, width, 3, len(chain) > 4 and bool((chain[0] == chain[-1]).all()))
