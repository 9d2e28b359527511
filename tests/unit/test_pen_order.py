"""vecnb.pen_order: every stroke once, a way that is never longer, and the shortest one where it is known."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vecnb.pen_order import pen_order, travel


def in_order(ends: np.ndarray) -> np.ndarray:
    """The ends of strokes as they are drawn."""
    order, backwards = pen_order(ends)
    assert sorted(order.tolist()) == list(range(len(ends))) and backwards.dtype == bool
    return np.where(backwards[:, None, None], ends[order, ::-1], ends[order])


def test_a_way_is_counted_from_the_corner():
    ends = np.array([[[3.0, 4.0], [3.0, 10.0]], [[6.0, 6.0], [0.0, 0.0]]])
    assert travel(ends) == 5 + 5
    assert travel(np.zeros((0, 2, 2))) == 0


def test_rows_are_drawn_to_and_fro():
    rows = [[[0.0, y], [50.0, y]] for y in range(1, 40, 2)]
    drawn = in_order(np.random.default_rng(0).permutation(rows))
    assert travel(drawn) == pytest.approx(1 + 19 * 2)


def test_few_strokes_are_nearly_in_the_best_order():
    ratios = []
    for seed in range(8):
        ends = np.random.default_rng(seed).random((5, 2, 2))
        ways = [
            travel(np.where(np.array(turns)[:, None, None], ends[list(order), ::-1], ends[list(order)]))
            for order in itertools.permutations(range(5))
            for turns in itertools.product((True, False), repeat=5)
        ]
        ratios.append(travel(in_order(ends)) / min(ways))
    assert min(ratios) > 1 - 1e-9 and max(ratios) < 1.5 and np.mean(ratios) < 1.15


@given(st.lists(st.lists(st.integers(-9, 9), min_size=4, max_size=4), max_size=12))
@settings(max_examples=60, deadline=None)
def test_the_way_is_never_longer(numbers):
    ends = np.reshape(np.array(numbers, float), (-1, 2, 2))
    assert travel(in_order(ends)) <= travel(ends) + 1e-9


def test_many_strokes_leave_little_way_and_the_same_each_time():
    random = np.random.default_rng(3)
    starts = 100 * random.random((400, 2))
    ends = np.stack([starts, starts + random.normal(0, 3, (400, 2))], 1)
    drawn = in_order(ends)
    assert travel(drawn) < 0.07 * travel(ends)
    assert (in_order(ends) == drawn).all()
