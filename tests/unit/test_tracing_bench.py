"""benches/tracing: its measures on strokes where the answer is known, and the degradations."""

import numpy as np
import pytest

from benches.tracing.degrade import CONDITIONS, degrade
from benches.tracing.measures import measure, order, width_error
from benches.tracing.structure import matched, nodes

PEN, SHAPE = 4.0, (64, 64)


def line(*ends: float) -> np.ndarray:
    return np.linspace(ends[:2], ends[2:], 500)


PLUS = [line(10, 32, 54, 32), line(32, 10, 32, 54)]
T = [line(10, 12, 54, 12), line(32, 12, 32, 54)]
SQUARE = [line(10, 10, 50, 10), line(50, 10, 50, 50), line(50, 50, 10, 50), line(10, 50, 10, 10)]


def circle(x: float, y: float, radius: float) -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 500)
    return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], 1)


def test_what_is_compared_with_itself_is_perfect():
    numbers = measure(PLUS, PLUS, PEN, SHAPE)
    assert [numbers[key] for key in ("chamfer", "quantile_95", "hausdorff")] == [0] * 3
    assert [numbers[key] for key in ("f1", "iou", "strokes", "components", "loops")] == [1] * 5
    for name, count in (("junctions", 1), ("ends", 4)):
        assert [numbers[f"{name}_{part}"] for part in ("true", "found", "right")] == [count] * 3


def test_distances_are_in_pixels_and_in_widths_of_the_pen():
    numbers = measure([line(10, 33, 54, 33)], [line(10, 32, 54, 32)], PEN, SHAPE)
    for key in ("chamfer", "quantile_95", "hausdorff"):
        assert numbers[key] == pytest.approx(1) and numbers[f"{key}_pens"] == pytest.approx(1 / PEN)
    assert numbers["iou"] == pytest.approx(3 / 5, abs=0.02)  # five rows of four or more, of which three meet
    assert measure([line(10, 35, 54, 35)], [line(10, 32, 54, 32)], PEN, SHAPE)["f1"] == 0


def test_half_a_line_is_precise_and_not_complete():
    numbers = measure([line(10, 32, 32, 32)], [line(10, 32, 54, 32)], PEN, SHAPE)
    assert numbers["hausdorff"] == pytest.approx(22, abs=0.1)
    # All that was found is right; of what was drawn a half is found, and half a pen's width beyond its end.
    assert numbers["f1"] == pytest.approx(2 / (1 + 44 / 24), abs=0.01)


def test_nothing_found_is_far_away():
    numbers = measure([], PLUS, PEN, SHAPE, written=True)
    assert numbers["chamfer"] > 64 and numbers["f1"] == numbers["iou"] == numbers["strokes"] == 0
    assert np.isnan(numbers["order"]) and numbers["junctions_found"] == 0


@pytest.mark.parametrize(
    ("strokes", "junctions", "ends"),
    [
        (PLUS, 1, 4),
        ([line(10, 32, 32, 32), line(32, 32, 54, 32), line(32, 10, 32, 32), line(32, 32, 32, 54)], 1, 4),
        (T, 1, 3),
        ([T[0], line(32, 12.6, 32, 54)], 1, 3),  # a little short of the bar
        (SQUARE, 0, 0),
        ([circle(32, 32, 15)], 0, 0),
        ([np.concatenate([circle(32, 20, 10)[125:], circle(32, 20, 10)[:126], line(32, 30, 32, 60)])], 1, 1),
        ([line(10, 20, 40, 20), line(25, 20, 54, 20)], 0, 2),  # drawn over each other
        ([], 0, 0),
    ],
)
def test_junctions_and_ends_are_counted_by_their_arms(strokes, junctions, ends):
    found = nodes(strokes, PEN)
    assert (len(found.junctions), len(found.ends)) == (junctions, ends)


def test_no_place_is_matched_twice():
    assert matched(np.array([[0.0, 0], [1, 0]]), np.array([[0.5, 0]]), 2) == 1
    assert matched(np.array([[0.0, 0], [3, 0]]), np.array([[1.5, 0], [-1.5, 0]]), 2) == 2
    assert matched(np.array([[0.0, 0]]), np.array([[3.0, 0]]), 2) == 0


def test_pieces_and_holes_are_counted_as_drawn():
    gap = [line(10, 32, 24, 32), line(40, 32, 54, 32), PLUS[1]]
    assert measure(gap, PLUS, PEN, SHAPE)["components"] == 0
    numbers = measure([circle(32, 32, 15)[:400]], [circle(32, 32, 15)], PEN, SHAPE)
    assert (numbers["components"], numbers["loops"]) == (1, 0)


def test_order_is_0_as_written_and_1_backwards():
    written = [line(10, 20, 54, 20), line(10, 40, 54, 40)]
    assert order(written, written, PEN) == 0
    assert order([stroke[::-1] for stroke in written[::-1]], written, PEN) == 1
    assert order(written[::-1], written, PEN) == pytest.approx(0.5, abs=0.05)  # right within each alone
    assert np.isnan(order([], written, PEN))


def test_widths_weigh_by_length():
    assert width_error(PLUS, [4.0, 5.0], PEN) == pytest.approx(0.125)
    assert width_error([PLUS[0], np.full((2, 2), 5.0)], [4.0, 8.0], PEN) == pytest.approx(4 / 52, abs=1e-3)
    assert np.isnan(width_error(PLUS, [], PEN))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_degraded_picture_keeps_its_ink_darker_than_the_paper_beside_it(condition):
    ink = np.zeros(SHAPE)
    ink[28:36, 8:56] = 1
    spoilt = degrade(ink, condition, seed=3)
    assert spoilt.shape == SHAPE and 0 <= spoilt.min() and spoilt.max() <= 1
    assert (spoilt[31:33, 12:52].mean(0) > spoilt[[22, 42], 12:52].mean(0) + 0.3).all()
    assert np.array_equal(spoilt, degrade(ink, condition, seed=3))
    assert np.array_equal(spoilt, ink) == (condition in ("clean", "bilevel"))
