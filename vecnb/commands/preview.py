"""A picture and its strokes side by side, the strokes in colours over the pale picture."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from vecnb.drawing import Drawing
from vecnb.render import render_hard

LARGEST, SMALLEST = 1200, 400  # pixels of a panel's longer side
GAP = 16  # pixels between the panels
PALE = 0.3  # how much of the picture's darkness is left
GLAZE = 0.45  # how much a stroke hides of it
CENTRE = 1 / 5  # of a stroke's width: its middle is drawn in full colour
THINNEST = 1.5  # pixels
COLOURS = np.array(  # Okabe and Ito's, which the colour-blind can tell apart, without black and yellow
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [86, 180, 233], [230, 159, 0]], np.float32
)


def preview(brightness: np.ndarray, drawing: Drawing) -> bytes:
    """A PNG: the picture, and beside it the strokes, each in another colour than the next.

    Args:
        brightness: [H, W] float in [0, 1], of the picture.
        drawing: in its pixels.
    """
    height, width = brightness.shape
    longer = max(height, width)
    scale = LARGEST / longer if longer > LARGEST else max(1, SMALLEST // longer)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    picture = Image.fromarray((255 * brightness).round().astype(np.uint8))
    picture = picture.resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.NEAREST)
    left = np.repeat(np.asarray(picture, np.float32)[..., None], 3, 2)
    right = 255 - PALE * (255 - left)
    for name, opacity in (("stroke", GLAZE), ("centre", 1.0)):
        for first, colour in enumerate(COLOURS):
            paths = drawing.paths[first :: len(COLOURS)]
            if name == "centre":
                paths = tuple(
                    replace(path, width=max(CENTRE * path.width, THINNEST / scale)) for path in paths
                )
            covered = render_hard(replace(drawing, paths=paths), size[1], size[0])[0, 0].numpy()[..., None]
            right += opacity * covered * (colour - right)
    gap = np.full((size[1], GAP, 3), 255, np.float32)
    file = io.BytesIO()
    Image.fromarray(np.concatenate([left, gap, right], 1).round().astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
