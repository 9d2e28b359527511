"""The vectors of tests/js/mnist.test.js: drawings of strokes, and `vecnb.to_mnist` of pictures of them."""

from itertools import pairwise

import numpy as np
import torch

from vecnb import render_hard, to_mnist
from vecnb.render import STROKE_WIDTH

STROKES = {
    "a level line": [[[0.2, 0.5], [0.8, 0.5]]],
    "a two": [[[0.3, 0.35], [0.45, 0.2], [0.62, 0.3], [0.6, 0.45], [0.35, 0.75], [0.7, 0.73]]],
    "a seven of two strokes": [[[0.3, 0.2], [0.6, 0.22], [0.45, 0.8]], [[0.35, 0.5], [0.6, 0.5]]],
    "a small four in a corner": [[[0.1, 0.05], [0.06, 0.2], [0.22, 0.21]], [[0.2, 0.08], [0.18, 0.35]]],
}
PICTURE = 560  # pixels a side


def picture_of(strokes):
    """Strokes as a picture [1, 1, H, W], as wide as they are 2.5 pixels wide in the image of MNIST's size."""
    points = np.array([point for stroke in strokes for point in stroke])
    box_in_pixels = 20 - 28 * STROKE_WIDTH  # of the points, which the stroke overlaps by half its width
    width = 28 * STROKE_WIDTH * np.ptp(points, axis=0).max() / box_in_pixels
    lines = [[*a, *b] for stroke in strokes for a, b in pairwise(stroke)]
    return render_hard(torch.tensor([lines]), PICTURE, PICTURE, stroke_width=float(width))


def vectors():
    images = [to_mnist(picture_of(strokes))[0, 0] for strokes in STROKES.values()]
    drawings = [
        {"name": name, "strokes": strokes, "image": np.round(image.flatten().double().numpy(), 3).tolist()}
        for (name, strokes), image in zip(STROKES.items(), images, strict=True)
    ]
    return {"stroke_pixels": round(28 * STROKE_WIDTH, 6), "drawings": drawings}
