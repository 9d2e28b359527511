"""All control points and widths moved together, until their soft drawing is the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vecnb.extension import raster

STEPS = 30  # at most


@dataclass
class Stroke:
    """A chain of S cubic curves: control points [3 S + 1, 2], (x, y) in pixels, and a width in pixels.

    A chain that ends where it begins is closed and stays so; one whose points coincide is a dot. `worth` is
    by how much half the squared error would be larger, were the pixels nearest to the stroke empty.
    """

    chain: np.ndarray
    width: float
    worth: float = 0.0

    @property
    def curves(self) -> int:
        return (len(self.chain) - 1) // 3

    @property
    def closed(self) -> bool:
        return len(self.chain) > 4 and bool((self.chain[0] == self.chain[-1]).all())

    @property
    def dot(self) -> bool:
        return bool((self.chain == self.chain[0]).all())

    @property
    def floats(self) -> int:
        """How many numbers say it."""
        return 1 + 2 * (1 if self.dot else len(self.chain) - self.closed)


def refine(
    ink: np.ndarray, strokes: list[Stroke], changed: list[bool] | None = None, steps: int = STEPS
) -> tuple[list[Stroke], float]:
    """Strokes whose soft drawing is nearer to a picture, never farther from it; and half its squared error.

    Args:
        ink: [H, W] float32 in [0, 1], ink = 1.
        strokes: what to begin with.
        changed: of each stroke, whether it, and what is near it, is to be moved; None is all.
        steps: at most so many looks at the picture; strokes far apart are done each when it no longer gains.
    """
    if not strokes:
        return [], 0.5 * float(np.square(ink, dtype=np.float64).sum())
    points, curves, owners, places, first = [], [], [], [], 0
    for at, stroke in enumerate(strokes):
        count = 1 if stroke.dot else len(stroke.chain) - stroke.closed
        own = stroke.chain[:count]
        index = first + np.arange(len(stroke.chain)) % count
        points.append(own)
        places.append(index)
        curves.append(np.lib.stride_tricks.sliding_window_view(index, 4)[::3])
        owners += [at] * stroke.curves
        first += len(own)
    moved, widths, worth, error = raster.fit_sketch(
        ink,
        np.concatenate(points),
        np.concatenate(curves).astype(np.uint32),
        np.array(owners, np.uint32),
        np.array([stroke.width for stroke in strokes]),
        np.array(changed or [True] * len(strokes)),
        steps,
    )
    found = zip(places, widths.tolist(), worth.tolist(), strict=True)
    return [Stroke(moved[index], width, value) for index, width, value in found], error
