"""Any drawing as strokes: read its ink, propose strokes, refine them through the renderer, simplify them."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vecnb.drawing import Drawing, Path
from vecnb.images import as_batch
from vecnb.trace.fit import fit
from vecnb.trace.refine import Stroke
from vecnb.trace.simplify import is_straight, simplify

TOLERANCE = 0.1  # of a stroke's width, from a skeleton to the curves it proposes
LEAST_TOLERANCE = 0.3  # pixels


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
        ModuleNotFoundError: the extra `[skeleton]` is not installed.
    """
    try:
        from vecnb.trace.propose import propose
        from vecnb.trace.read import isolate_ink
    except ModuleNotFoundError as error:
        package = str(error.name).split(".")[0]
        raise ModuleNotFoundError(
            f"vectorise needs {package}: pip install 'vecnb[skeleton]'", name=package
        ) from error
    batch = as_batch(image)
    if len(batch) != 1:
        raise ValueError(f"image must be one picture, not {len(batch)}")
    if not detail > 0:
        raise ValueError(f"detail must be above 0, not {detail}")
    ink = isolate_ink(batch[0, 0].detach().cpu().double().numpy())
    strokes = [
        Stroke(fit(points, width, max(LEAST_TOLERANCE, TOLERANCE * width), closed), width)
        for points, width, closed in propose(ink)
    ]
    strokes = simplify(ink.astype(np.float32), strokes, detail)
    return Drawing(tuple(_path(stroke) for stroke in strokes), ink.shape[1], ink.shape[0])


def _path(stroke: Stroke) -> Path:
    points = stroke.chain.astype(np.float32)
    if stroke.dot or (stroke.curves == 1 and is_straight(stroke.chain)):
        return Path(torch.from_numpy(points[[0, 3]]), stroke.width, 1)
    return Path(torch.from_numpy(points), stroke.width, 3, stroke.closed)
