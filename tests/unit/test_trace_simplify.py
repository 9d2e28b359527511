"""vecnb.trace.simplify: drawings of known curves come back as few, whatever the detail."""

import itertools

import numpy as np
import pytest
import torch

from vecnb.drawing import Drawing, Path
from vecnb.render import render_hard
from vecnb.trace import Stroke, refine, simplify, vectorise
from vecnb.widgets.trace_examples import CUP

CURVE, WIDTH, SIDE = 3, 4.0, 64
BEND = 0.5523  # of a radius: the handles of a quarter of a circle
DETAILS = (0.1, 0.5, 1.0, 2.0, 10.0)


def path(*numbers: float, degree: int = CURVE, width: float = WIDTH) -> Path:
    return Path(torch.tensor(numbers, dtype=torch.float32).view(-1, 2), width, degree)


def ring(x: float, y: float, radius: float, width: float) -> Path:
    at, bend = np.array([x, y]), np.array([[1, 0], [1, BEND], [BEND, 1]])
    quarters = [bend @ np.linalg.matrix_power([[0, 1], [-1, 0]], turn) for turn in range(4)]
    return path(*(at + radius * np.concatenate([*quarters, [[1, 0]]])).flat, width=width)


def picture(*paths: Path, side: int = SIDE) -> np.ndarray:
    return render_hard(Drawing(paths, side, side), side, side)[0, 0].numpy()


def curves(drawing: Drawing) -> list[int]:
    """Of each path, fewest first."""
    return sorted(len(path.segments()) for path in drawing.paths)


@pytest.mark.parametrize("detail", DETAILS)
def test_the_outline_of_a_cup_has_two_curves_at_any_detail(detail):
    drawing = vectorise(picture(*CUP.paths, side=96), detail=detail)
    assert curves(drawing) == [1, 1, 1, 1, 2]
    (outline,) = (path for path in drawing.paths if path.closed)
    corners = sorted(outline.points[[0, 3]].tolist())
    assert np.abs(np.subtract(corners, [[20, 42], [68, 42]])).max() < 0.3


LETTERS = {
    "A": ([path(12, 56, 32, 8, 52, 56, degree=1), path(20, 40, 44, 40, degree=1)], [1, 2]),
    "D": ([path(16, 8, 16, 56, degree=1), path(16, 8, 56, 6, 56, 58, 16, 56)], [2]),
    "e": ([path(12, 34, 52, 34, degree=1), path(52, 34, 50, 4, 12, 6, 12, 34, 12, 58, 38, 60, 50, 48)], [3]),
    "P": ([path(16, 8, 16, 56, degree=1), path(16, 8, 60, 8, 60, 36, 16, 34)], [2]),
    "S": ([path(48, 14, 30, 2, 8, 18, 32, 31, 56, 44, 34, 62, 14, 50)], [2]),
}


@pytest.mark.parametrize("detail", DETAILS)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_has_as_many_curves_as_were_drawn(letter, detail):
    drawn, expected = LETTERS[letter]
    assert curves(vectorise(picture(*drawn), detail=detail)) == expected


@pytest.mark.parametrize(("radius", "width"), [(8, 2), (14, 3), (20, 4), (28, 6)])
def test_a_ring_has_no_more_curves_than_were_drawn(radius, width):
    for detail in DETAILS:
        (path,) = vectorise(picture(ring(32.3, 31.8, radius, width)), detail=detail).paths
        assert path.closed and 2 <= len(path.segments()) <= 4


def test_pieces_of_a_curve_are_one_beside_a_stroke_that_they_touch():
    bow, line = path(8, 56, 8, 0, 56, 0, 56, 56), path(8, 24, 56, 24, degree=1)
    ink = picture(bow, line)
    t = np.linspace(0, 1, 7)[:, None]
    a, b, c, d = bow.points.double().numpy()
    knots = (1 - t) ** 3 * a + 3 * t * (1 - t) ** 2 * b + 3 * t**2 * (1 - t) * c + t**3 * d
    pieces = np.concatenate([np.linspace(p, q, 4)[:-1] for p, q in itertools.pairwise(knots)])
    halves = np.linspace(*line.points.double().numpy(), 7)
    begin = [Stroke(np.concatenate([pieces, d[None]]), WIDTH), Stroke(halves, WIDTH)]
    assert [stroke.curves for stroke in begin] == [6, 2]
    found = simplify(ink, begin)
    assert [stroke.curves for stroke in found] == [1, 1]
    assert refine(ink, found)[1] < refine(ink, begin)[1] + 0.2
