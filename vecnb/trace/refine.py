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
    chains = [(stroke.chain, stroke.width) for stroke in strokes]
    found, error = raster.refine(ink, chains, changed, steps)
    return [Stroke(*numbers) for numbers in found], error
