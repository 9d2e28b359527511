"""Twenty pictures and their strokes by `vectorise`, for the page's tracer: tests/js/trace_drawing.json."""

import base64
import copy
import zlib

import numpy as np
import torch

from vecnb import vectorise
from vecnb.drawing import Drawing, Path
from vecnb.render import render_hard
from vecnb.widgets.trace_examples import examples


def stroke(*numbers, width=4.0, degree=1):
    return Path(torch.tensor(numbers, dtype=torch.float32).view(-1, 2), width, degree)


def picture(*paths, height=48, width=48):
    return render_hard(Drawing(paths, width, height), height, width)[0, 0].numpy()


def wave(y, width):
    return stroke(8, y, 30, y - 18, 42, y + 18, 64, y, degree=3, width=width)


def noisy(image):
    return (image + np.random.default_rng(0).normal(0, 0.05, image.shape)).clip(0, 1)


PLUS = stroke(8, 24, 40, 24), stroke(24, 8, 24, 40)
RING = stroke(24, 8, 45, 8, 45, 40, 24, 40, 3, 40, 3, 8, 24, 8, degree=3)
EIGHT = stroke(24, 24, 4, 4, 44, 4, 24, 24, 4, 44, 44, 44, 24, 24, degree=3)
PENS = [wave(14, 1.5), wave(34, 4), wave(56, 9)]


def cases():
    """Name → (picture [H, W] in steps of 1/255, detail)."""
    own = {
        "a plus": picture(*PLUS),
        "a T": picture(stroke(8, 12, 40, 12), stroke(24, 12, 24, 40)),
        "a ring": picture(RING),
        "an eight": picture(EIGHT),
        "a dot": picture(stroke(20.5, 24, 20.5, 24, width=6)),
        "an i": picture(stroke(24, 20, 24, 40), stroke(24, 9, 24, 9, width=5)),
        "along the edge": picture(stroke(0, 1, 47, 1, width=3), stroke(30, 10, 47, 44, width=3)),
        "one pixel": np.pad(np.ones((1, 1)), ((7, 8), (7, 8))),
        "blank": np.zeros((12, 20)),
        "all ink": np.ones((16, 16)),
        "three pens": picture(*PENS, height=72, width=72),
        "a noisy plus": noisy(picture(*PLUS)),
    }
    found = {name: (image, 1.0) for name, image in (own | examples()).items()}
    photograph = found["the cup, photographed"][0]
    found["the cup, photographed, little detail"] = photograph, 0.01
    found["the cup, photographed, much detail"] = photograph, 100.0
    return {name: (np.rint(255 * image).astype(np.uint8), detail) for name, (image, detail) in found.items()}


def vectors():
    return [
        {
            "name": name,
            "shape": list(pixels.shape),
            "pixels": base64.b64encode(zlib.compress(pixels.tobytes(), 9)).decode(),
            "detail": detail,
            "strokes": [
                {
                    "width": float(path.width),
                    "degree": path.degree,
                    "points": path.points.double().flatten().tolist(),
                }
                for path in vectorise(torch.from_numpy(pixels), detail=detail).paths
            ],
        }
        for name, (pixels, detail) in cases().items()
    ]


def unpacked(found):
    """The vectors with their pixels as numbers, whatever zlib made of them."""
    found = copy.deepcopy(found)
    for case in found:
        case["pixels"] = list(zlib.decompress(base64.b64decode(case["pixels"])))
    return found
