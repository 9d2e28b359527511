"""The pictures of the README's quick start: `python book/handwriting.py` makes a photograph of a page, with a
word and a cup drawn by pen, handwriting.jpg, and has `vecnb vectorise` draw it, handwriting.svg."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

import vecnb
from vecnb.cli import main
from vecnb.drawing import Drawing
from vecnb.drawing import Path as Stroke

WIDTH, HEIGHT = 960, 540
PAPER, INK = np.array([236, 229, 214.0]), np.array([44, 56, 104.0])
LETTERS = {  # points on a stroke, (x, y): 0 is the top of a small letter, 1 its foot
    "d": [
        [(0.74, 0.2), (0.4, 0), (0.06, 0.5), (0.3, 1), (0.72, 0.7)],
        [(0.84, -1.05), (0.78, 0), (0.76, 0.75), (0.98, 1)],
    ],
    "r": [[(0, 0.08), (0.1, 0.5), (0.08, 1.02)], [(0.09, 0.5), (0.28, 0.1), (0.55, 0), (0.66, 0.16)]],
    "a": [
        [(0.68, 0.14), (0.34, 0), (0.04, 0.5), (0.26, 1), (0.66, 0.6)],
        [(0.72, 0.02), (0.66, 0.7), (0.9, 1.02)],
    ],
    "w": [[(0, 0), (0.14, 0.8), (0.3, 1), (0.5, 0.3), (0.6, 0.85), (0.78, 1), (1, 0.45), (0.96, 0)]],
    "m": [
        [(0, 0.05), (0.08, 0.5), (0.06, 1)],
        [(0.07, 0.5), (0.26, 0.04), (0.44, 0.2), (0.44, 1)],
        [(0.45, 0.5), (0.66, 0.04), (0.84, 0.2), (0.84, 0.8), (1, 1)],
    ],
    "e": [[(0.1, 0.55), (0.45, 0.52), (0.7, 0.28), (0.42, 0), (0.06, 0.5), (0.34, 1), (0.8, 0.82)]],
}
CUP = [
    [(566, 232), (650, 240), (724, 230)],
    [(566, 232), (568, 320), (586, 398), (648, 412), (702, 396), (720, 320), (724, 230)],
    [(722, 262), (772, 252), (788, 300), (764, 342), (714, 350)],
    [(522, 424), (640, 442), (776, 420)],
    [(616, 196), (600, 168), (624, 140), (608, 108)],
    [(668, 194), (654, 162), (680, 138), (664, 104)],
    [(700, 96), (700, 96)],
]


def through(points: list[tuple[float, float]]) -> torch.Tensor:
    """Cubic curves [3 S + 1, 2] through points (Catmull and Rom's)."""
    at = np.array([points[0], *points, points[-1]], float)
    parts = [
        [b, b + (c - a) / 6, c - (d - b) / 6] for a, b, c, d in zip(at, at[1:], at[2:], at[3:], strict=False)
    ]
    return torch.tensor(np.concatenate([*parts, at[-1:]]), dtype=torch.float32)


def page() -> Drawing:
    """What was drawn, in pixels of the photograph."""
    strokes = list(CUP)
    for word, x, y in (("draw", 96, 196), ("me", 150, 356)):
        for letter in word:
            strokes += [[(x + 76 * u + 6 * (1 - v), y + 74 * v) for u, v in part] for part in LETTERS[letter]]
            x += 76 * max(u for part in LETTERS[letter] for u, _ in part) + 24
            y -= 3  # the line rises
    width = 6.5 + 0.8 * np.random.default_rng(1).random(len(strokes))
    paths = [Stroke(through(points), float(w), 3) for points, w in zip(strokes, width, strict=True)]
    return Drawing(tuple(paths), WIDTH, HEIGHT)


def photograph(drawing: Drawing) -> Image.Image:
    """On rough paper, by a lamp at the left and with a shadow over a corner, slightly out of focus."""
    random = np.random.default_rng(0)

    def grain(size: float) -> np.ndarray:
        blurred = gaussian_filter(random.normal(size=(HEIGHT, WIDTH)), size)
        return (blurred / blurred.std())[..., None]

    ink = gaussian_filter(vecnb.render_hard(drawing, HEIGHT, WIDTH)[0, 0].numpy(), 0.8)[..., None]
    y, x = np.mgrid[0 : 1 : HEIGHT * 1j, 0 : 1 : WIDTH * 1j]
    light = 1.04 - 0.42 * x**1.5 - 0.18 * y
    light *= 1 - 0.22 / (1 + np.exp((1.35 - x - 0.7 * y) / 0.03))
    density = ink * (0.88 + 0.05 * grain(3)).clip(0, 1)
    colour = (1 - density) * (PAPER + 3 * grain(1.2) + 2 * grain(8)) + density * INK
    pixels = colour * light[..., None] + 2 * random.normal(size=(HEIGHT, WIDTH, 1))
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


if __name__ == "__main__":
    here = Path(__file__).parent
    photograph(page()).save(here / "handwriting.jpg", quality=80)
    main(["vectorise", str(here / "handwriting.jpg"), "-o", str(here / "handwriting.svg")])
