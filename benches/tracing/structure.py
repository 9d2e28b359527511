"""Junctions and free ends of a set of strokes, by how many arms leave a place."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

APART = 0.5  # of a pen's width: what leaves a circle nearer to each other is one arm


class Nodes(NamedTuple):
    """Places [K, 2] where three arms or more meet, and where one ends."""

    junctions: np.ndarray
    ends: np.ndarray


def nodes(strokes: list[np.ndarray], pen: float) -> Nodes:
    """Junctions and free ends of strokes, each points [K, 2].

    Places to look at are the strokes' ends and wherever a stroke comes near to another, or back to itself.
    Around each, a circle as wide in radius as the pen: it is left by as many arms as there are strokes
    through it, whatever pieces they were drawn in. Places nearer to each other than the pen are one.
    """
    if not strokes:
        return Nodes(np.zeros((0, 2)), np.zeros((0, 2)))
    step = pen / 8
    dense = [_resampled(stroke, step) for stroke in strokes]
    points = np.concatenate(dense)
    owner = np.repeat(np.arange(len(dense)), [len(part) for part in dense])
    tree = cKDTree(points)
    tips = np.concatenate([part[[0, -1]] for part in dense])
    found: tuple[list, list] = ([], [])
    for place in _thinned(np.concatenate([tips, _meetings(tree, owner, pen, step)]), pen):
        arms = _arms(tree, owner, place, pen)
        if arms == 1 or arms >= 3:
            found[arms == 1].append(place)
    return Nodes(*(np.reshape(places, (-1, 2)) for places in found))


def matched(found: np.ndarray, truth: np.ndarray, reach: float) -> int:
    """How many pairs, one of either, are nearer than that: as many as one can have."""
    if not len(found) or not len(truth):
        return 0
    far = cdist(found, truth) > reach
    rows, columns = linear_sum_assignment(far)
    return int((~far[rows, columns]).sum())


def _resampled(stroke: np.ndarray, step: float) -> np.ndarray:
    length = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
    places = np.linspace(0, length[-1], 2 + int(length[-1] / step))
    return np.stack([np.interp(places, length, axis) for axis in stroke.T], 1)


def _meetings(tree: cKDTree, owner: np.ndarray, pen: float, step: float) -> np.ndarray:
    """Middles of where two strokes, or two far parts of one, are nearer than an eighth of a pen's width."""
    pairs = tree.query_pairs(1.5 * step, output_type="ndarray")
    one, other = pairs.T
    apart = (owner[one] != owner[other]) | (np.abs(one - other) * step > 2 * pen)
    return (tree.data[one[apart]] + tree.data[other[apart]]) / 2


def _thinned(places: np.ndarray, pen: float) -> np.ndarray:
    """Means of the clusters of places; a cluster wider than the pen keeps both its ends instead."""
    pairs = cKDTree(places).query_pairs(pen / 2, output_type="ndarray")
    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(places), len(places)))
    thinned = []
    for cluster in range((labels := connected_components(graph, directed=False))[0]):
        members = places[labels[1] == cluster]
        extent = members[cdist(members, members[:1]).argmax()]
        far = members[cdist(members, extent[None]).argmax()]
        wide = np.hypot(*(far - extent)) > pen
        thinned += [extent, far] if wide else [members.mean(0)]
    return np.array(thinned)


def _arms(tree: cKDTree, owner: np.ndarray, place: np.ndarray, pen: float) -> int:
    """How many arms leave the circle around a place; those that leave it side by side are one."""
    inside = np.sort(tree.query_ball_point(place, pen))
    leaving = []
    for step in (-1, 1):
        beyond = inside + step
        there = (beyond >= 0) & (beyond < len(owner)) & ~np.isin(beyond, inside, assume_unique=True)
        there[there] = owner[beyond[there]] == owner[inside[there]]
        leaving.append(beyond[there])
    crossings = tree.data[np.concatenate(leaving)]
    if not len(crossings):
        return 0
    near = cdist(crossings, crossings) < APART * pen
    return connected_components(near, directed=False)[0]
