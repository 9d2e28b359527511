"""The parts of tracing, each of them a function of the Rust crate `rust_ext/trace`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vecnb.extension import raster

TOLERANCE = raster.TOLERANCE  # of a stroke's width, from a skeleton to the curves that it proposes
LEAST_TOLERANCE = raster.LEAST_TOLERANCE  # pixels
STEPS = raster.STEPS  # looks at the picture that are enough for nearly all drawings
PRICE = raster.PRICE  # of the squared error of a stroke, for each number that describes it
LEAST_ERROR = raster.LEAST_ERROR  # of a stroke: half the squared error that antialiasing leaves


@dataclass
class Stroke:
    """A chain of S cubic curves, as wide everywhere, with round caps and joins.

    A chain that ends where it begins is closed and stays so; one whose points coincide is a dot.

        >>> stroke = Stroke(np.array([[2.0, 8.0], [6.0, 2.0], [12.0, 2.0], [16.0, 8.0]]), 3.0)
        >>> stroke.curves, stroke.closed, stroke.floats
        (1, False, 9)

    Args:
        chain: control points [3 S + 1, 2], (x, y) in pixels from the picture's corner.
        width: in pixels.
        worth: by how much half the squared error would be larger, were the pixels nearest to the stroke
            empty; `refine` and `simplify` say it.
    """

    chain: NDArray[np.float64]
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


def isolate_ink(image: ArrayLike) -> NDArray[np.float32]:
    """Ink alone, full in the middle of a stroke and none on the paper.

    The paper's darkness is what remains when everything narrower than an eighth of the picture is opened
    away; what is darker, is ink: as a share of the paper's brightness, for ink takes away a share of the
    light, and then of the ink's usual contrast. A drawing that is clean stays as it is.

        >>> paper = np.linspace(0.3, 0.6, 30) * np.ones((30, 1))  # darker to the right
        >>> paper[14:16, 5:25] = 1 - 0.4 * (1 - paper[14:16, 5:25])  # of the light 0.4 comes back
        >>> isolate_ink(paper)[14:18, 15].round(1).tolist()
        [1.0, 1.0, 0.0, 0.0]

    Args:
        image: [H, W] in [0, 1], dark = 1.
    Returns:
        [H, W] in [0, 1]; zeros where nothing stands out.
    Raises:
        ValueError: the image is not [H, W], or not finite.
    """
    return raster.isolate_ink(np.asarray(image, np.float32))


def propose(ink: ArrayLike) -> list[tuple[NDArray[np.float64], float, bool]]:
    """Polylines for the strokes of a picture: its skeleton, going straight on through junctions.

        >>> ink = np.zeros((20, 20))
        >>> ink[9:12, 3:17] = ink[3:17, 9:12] = 1  # a plus
        >>> [(len(points) > 9, closed) for points, width, closed in propose(ink)]
        [(True, False), (True, False)]

    Args:
        ink: [H, W] in [0, 1], ink = 1, as `isolate_ink` gives it.
    Returns:
        Of each stroke its points [K, 2], (x, y) in pixels from the picture's corner, its width in pixels, and
        whether it is closed. A dot has one point.
    Raises:
        ValueError: the ink is not [H, W], or not finite.
    """
    return raster.propose(np.asarray(ink, np.float32))


def fit(points: ArrayLike, width: float, tolerance: float, closed: bool = False) -> NDArray[np.float64]:
    """Cubic curves through a polyline: as few as stay within a tolerance, apart at its corners.

        >>> bend = [(x, 0.01 * x * x) for x in range(40)]
        >>> fit(bend, 3.0, 0.3).shape
        (4, 2)

    Args:
        points: [K, 2], K >= 1, the polyline, in pixels.
        width: of the stroke, in pixels: the distance over which a corner is looked for.
        tolerance: how far from the polyline a curve may be, in pixels.
        closed: whether the last point is followed by the first; the chain then ends where it begins.
    Returns:
        Control points [3 S + 1, 2] of a chain of S curves.
    Raises:
        ValueError: the points are not [K, 2], or not finite.
    """
    return raster.fit(np.asarray(points, np.float64), width, tolerance, closed)


def refine(
    ink: ArrayLike, strokes: Sequence[Stroke], changed: Sequence[bool] | None = None, steps: int = STEPS
) -> tuple[list[Stroke], float]:
    """Strokes whose soft drawing is nearer to a picture, never farther from it; and half its squared error.

        >>> ink = np.zeros((20, 20))
        >>> ink[8:12] = 1
        >>> rough = Stroke(np.array([[1.0, 9.0], [7.0, 9.5], [13.0, 10.5], [19.0, 11.0]]), 3.0)
        >>> (stroke,), error = refine(ink, [rough])
        >>> round(stroke.width, 1), stroke.chain[1].round(1).tolist()
        (4.0, [7.5, 10.0])

    Args:
        ink: [H, W] in [0, 1], ink = 1.
        strokes: what to begin with.
        changed: of each stroke, whether it, and what is near it, is to be moved; None is all.
        steps: at most so many looks at the picture; strokes far apart are done each when it no longer gains.
    Returns:
        The strokes, moved, and half the squared error of all pixels.
    Raises:
        ValueError: the ink is not [H, W]; a chain is not [3 S + 1, 2], or not finite, a width negative; or
            there is not one answer in `changed` for each stroke.
    """
    found, error = raster.refine(np.asarray(ink, np.float32), _numbers(strokes), changed, steps)
    return [Stroke(*numbers) for numbers in found], error


def simplify(ink: ArrayLike, strokes: Sequence[Stroke], detail: float = 1.0) -> list[Stroke]:
    """Refined strokes of as few numbers as the picture allows.

    A simpler stroke, refined, takes the place of one if it adds less to half the squared error than the
    numbers that it saves are worth: each `PRICE` of what a stroke leaves on average.

        >>> ink = np.zeros((20, 30))
        >>> ink[8:12, 4:26] = 1
        >>> halves = np.array([(x, 10.0) for x in (5.0, 8.0, 11.0, 14.0, 17.0, 20.0, 25.0)])
        >>> [stroke.curves for stroke in simplify(ink, [Stroke(halves, 4.0)])]
        [1]

    Args:
        ink: [H, W] in [0, 1], ink = 1.
        strokes: what to begin with.
        detail: > 0; the price is divided by it.
    Raises:
        ValueError: as `refine`; or detail is not > 0.
    """
    found = raster.simplify(np.asarray(ink, np.float32), _numbers(strokes), detail)
    return [Stroke(*numbers) for numbers in found]


def _numbers(strokes: Sequence[Stroke]) -> list[tuple[NDArray[np.float64], float]]:
    return [(np.asarray(stroke.chain, np.float64), stroke.width) for stroke in strokes]
