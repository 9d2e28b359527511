"""The order in which a pen draws strokes with little way in the air, and which of them it draws backwards."""

from __future__ import annotations

import numpy as np

COMPARISONS = 300_000_000  # at most, of pairs of strokes: some five seconds
LEAST_GAIN = 1e-9  # of the whole way: less is rounding


def pen_order(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strokes in an order with little way from the end of each to the start of the next.

    The nearest end is next; then parts of the tour are turned round wherever that makes it shorter (2-opt),
    until none does. The way begins at (0, 0) and is never longer than in the order given.

        >>> right_to_left = np.array([[[9.0, 0.0], [6.0, 0.0]], [[3.0, 0.0], [1.0, 0.0]]])
        >>> [part.tolist() for part in pen_order(right_to_left)]
        [[1, 0], [True, True]]

    Args:
        ends: [N, 2, 2] float, start and end of each stroke, (x, y).
    Returns:
        Which stroke comes when, [N] int64, and whether it is drawn from its end to its start, [N] bool.
    """
    ends = np.asarray(ends, float)
    given = np.arange(len(ends)), np.zeros(len(ends), bool)
    nearest = _nearest_next(ends)
    order, backwards = min(nearest, given, key=lambda tour: travel(_in_order(ends, *tour)))
    return _turned_round(ends, order, backwards)


def travel(ends: np.ndarray) -> float:
    """The way in the air: from (0, 0) to the first start, and from each end [N, 2, 2] to the next start."""
    steps = ends[:, 0] - np.concatenate([np.zeros((1, 2)), ends[:-1, 1]])
    return float(np.hypot(*steps.T).sum())


def _in_order(ends: np.ndarray, order: np.ndarray, backwards: np.ndarray) -> np.ndarray:
    return np.where(backwards[:, None, None], ends[order, ::-1], ends[order])


def _nearest_next(ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    left = ends.reshape(-1, 2).astype(float)
    order, pen = [], np.zeros(2)
    for _ in range(len(ends)):
        end = int(np.square(left - pen).sum(1).argmin())
        order.append(end)
        pen = left[end ^ 1].copy()
        left[end] = left[end ^ 1] = np.inf
    return np.array(order, int) // 2, np.array(order, int) % 2 == 1


def _turned_round(
    ends: np.ndarray, order: np.ndarray, backwards: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """A tour of which no part can be turned round to make it shorter."""
    count = len(order)
    tour = _in_order(ends, order, backwards)
    order, backwards = order.copy(), backwards.copy()
    least = LEAST_GAIN * travel(tour)
    for _ in range(max(1, COMPARISONS // max(1, count * count))):
        turned = False
        for first in range(count):
            pen = tour[first - 1, 1] if first else np.zeros(2)
            starts, stops = tour[first:, 0], tour[first:, 1]
            following = np.hypot(
                *(stops[:-1] - starts[1:]).T
            )  # the step that leaves each stroke; the last none
            instead = np.hypot(*(starts[0] - starts[1:]).T)
            gain = np.hypot(*(pen - starts[0])) - np.hypot(*(pen - stops).T)
            gain[:-1] += following - instead
            last = first + int(gain.argmax())
            if gain[last - first] > least:
                part = slice(first, last + 1)
                tour[part] = tour[part][::-1, ::-1].copy()
                order[part], backwards[part] = order[part][::-1].copy(), ~backwards[part][::-1]
                turned = True
        if not turned:
            break
    return order, backwards
