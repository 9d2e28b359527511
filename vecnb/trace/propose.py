"""Strokes proposed by a skeleton: its graph, joined through junctions where it goes straight on."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import distance_transform_edt, label, zoom
from skimage.morphology import skeletonize

THRESHOLD = 0.5  # of ink: where an antialiased stroke has its edge
FINE = 1.5  # pixels: where the ink is usually less deep than this, its skeleton is found on a finer grid
FINEST = 4
STRAIGHT = math.cos(math.radians(143))  # two branches whose directions turn less are one stroke


@dataclass
class Branch:
    """A path of the skeleton between two nodes (junctions or free ends): points [K, 2], (x, y) in pixels."""

    points: np.ndarray
    ends: tuple[int, int]
    joined: list[int | None] = field(default_factory=lambda: [None, None])  # the next branch, at either end


def propose(ink: np.ndarray) -> list[tuple[np.ndarray, float, bool]]:
    """Polylines for the strokes of a picture.

    Args:
        ink: [H, W] float in [0, 1], ink = 1.
    Returns:
        Of each stroke its points [K, 2], (x, y) in pixels from the picture's corner, its width in pixels, and
        whether it is closed. A dot has one point.
    """
    foreground, finer = ink >= THRESHOLD, 1
    radius = _depth(foreground)
    if foreground.any():
        finer = int(np.clip(math.ceil(FINE / np.median(radius[foreground])), 1, FINEST))
    if finer > 1:
        foreground = zoom(ink, finer, order=1, mode="grid-constant", grid_mode=True) >= THRESHOLD
        radius = _depth(foreground)
    branches, nodes = _graph(skeletonize(foreground))
    branches = _prune(branches, nodes, radius)
    _join(branches, radius)
    return [
        ((points + 0.5) / finer, max(2 * width - 0.5, 1) / finer, closed)
        for points, width, closed in _strokes(branches, radius)
    ]


def _depth(foreground: np.ndarray) -> np.ndarray:
    """Distance of each pixel from the nearest one of the paper, the picture's surroundings included."""
    return distance_transform_edt(np.pad(foreground, 1))[1:-1, 1:-1]


def _graph(skeleton: np.ndarray) -> tuple[list[Branch], np.ndarray]:
    """Branches between nodes, clusters of pixels that are no simple link; and each node's place [M, 2]."""
    padded = np.pad(skeleton, 1)
    width = padded.shape[1]
    pixels = np.flatnonzero(padded)
    links = _links(padded, pixels)
    knots = np.zeros_like(padded)
    knots.flat[pixels[[len(near) != 2 for near in links.values()]]] = True
    clusters, count = label(knots, np.ones((3, 3)))
    node = (clusters.ravel() - 1).tolist()
    at = np.flatnonzero(knots)
    places = np.zeros((count, 2))
    np.add.at(places, clusters.flat[at] - 1, np.stack([at % width, at // width], 1) - 1.0)
    places /= np.bincount(clusters.flat[at] - 1, minlength=count)[:, None]

    seen: set[int] = set()  # pixels within branches
    paths: list[list[int]] = []
    rings: list[tuple[int, int]] = []
    for start in at.tolist():
        if not links[start]:
            paths.append([start])
        for following in links[start]:
            if node[following] == node[start] or following in seen:
                continue
            if node[following] < 0 or following > start:  # two knots side by side are one short branch
                paths.append(_walk(start, following, links, node))
                seen.update(paths[-1][1:-1])
    for start in pixels.tolist():
        if node[start] < 0 and start not in seen:  # a ring
            paths.append(_walk(start, links[start][0], links, node)[:-1])
            seen.update(paths[-1])
            node[start] = node[paths[-1][-1]] = len(places) + len(rings)
            rings.append((start % width - 1, start // width - 1))
    places = np.concatenate([places, np.reshape(rings, (-1, 2))])
    branches = []
    for path in paths:
        index = np.array(path)
        points = np.stack([index % width, index // width], 1) - 1.0
        branches.append(Branch(points, (node[path[0]], node[path[-1]])))
    return branches, places


def _links(padded: np.ndarray, pixels: np.ndarray) -> dict[int, list[int]]:
    """Neighbours of each pixel of a skeleton; diagonal ones only where no third pixel joins them."""
    width = padded.shape[1]
    flat = padded.ravel()
    sides = {step: flat[pixels + step] for step in (-width, -1, 1, width)}
    near = [(step, there.tolist()) for step, there in sides.items()]
    for row in (-width, width):
        for column in (-1, 1):
            there = flat[pixels + row + column] & ~sides[row] & ~sides[column]
            near.append((row + column, there.tolist()))
    return {
        pixel: [pixel + step for step, there in near if there[at]] for at, pixel in enumerate(pixels.tolist())
    }


def _walk(start: int, following: int, links: dict[int, list[int]], node: list[int]) -> list[int]:
    """The pixels from a knot, or anywhere on a ring, to the next knot or round to the start."""
    path = [start, following]
    while node[following] < 0 and following != start:
        one, other = links[following]
        following = other if one == path[-2] else one
        path.append(following)
    return path


def _degree(branches: list[Branch]) -> dict[int, int]:
    degree: dict[int, int] = {}
    for branch in branches:
        for end in branch.ends:
            degree[end] = degree.get(end, 0) + 1
    return degree


def _length(points: np.ndarray) -> float:
    return float(np.hypot(*np.diff(points, axis=0).T).sum())


def _prune(branches: list[Branch], nodes: np.ndarray, radius: np.ndarray) -> list[Branch]:
    """Without spurs, branches with a free end that do not leave their stroke, and small bridges."""
    degree = _degree(branches)
    kept = []
    for branch in branches:
        first, last = branch.ends
        free = [end for end in branch.ends if degree[end] == 1]
        width = _radius_at(radius, branch.points).max()
        is_spur = len(free) == 1 and first != last and _length(branch.points) < 1.2 * width
        if not is_spur or max(degree[first], degree[last]) < 3:
            kept.append(branch)
    return _merge_nodes(kept + _dots(branches, kept, nodes), radius)


def _dots(branches: list[Branch], kept: list[Branch], nodes: np.ndarray) -> list[Branch]:
    """Where a part of the skeleton was spurs alone, a point in its middle."""
    parent = list(range(len(nodes)))

    def root(node: int) -> int:
        while parent[node] != node:
            node = parent[node]
        return node

    for branch in branches:
        parent[root(branch.ends[0])] = root(branch.ends[1])
    alive = {root(branch.ends[0]) for branch in kept}
    parts: dict[int, list[int]] = {}
    for node in range(len(nodes)):
        if root(node) not in alive:
            parts.setdefault(root(node), []).append(node)
    return [Branch(nodes[part].mean(0).round()[None], (part[0], part[0])) for part in parts.values()]


def _merge_nodes(branches: list[Branch], radius: np.ndarray) -> list[Branch]:
    """Junctions that lie within a stroke's width of each other are one: the bridge between them goes."""
    degree = _degree(branches)
    parent = {node: node for branch in branches for node in branch.ends}

    def root(node: int) -> int:
        while parent[node] != node:
            node = parent[node]
        return node

    kept = []
    for branch in branches:
        first, last = branch.ends
        bridge = first != last and degree[first] > 2 and degree[last] > 2
        if bridge and _length(branch.points) < 1.2 * _radius_at(radius, branch.points).max():
            parent[root(first)] = root(last)
        else:
            kept.append(branch)
    for branch in kept:
        branch.ends = (root(branch.ends[0]), root(branch.ends[1]))
    return kept


def _radius_at(radius: np.ndarray, points: np.ndarray) -> np.ndarray:
    rows, columns = points[:, 1].astype(int), points[:, 0].astype(int)
    return radius[rows, columns]


def _join(branches: list[Branch], radius: np.ndarray) -> None:
    """At each node, pair the branches that go straight on best; a node of two branches is no junction."""
    meeting: dict[int, list[tuple[int, int]]] = {}
    for at, branch in enumerate(branches):
        if len(branch.points) > 1:
            for end in (0, 1):
                meeting.setdefault(branch.ends[end], []).append((at, end))
    for ends in meeting.values():
        directions = [_leaving(branches[at].points, end, radius) for at, end in ends]
        pairs = sorted(
            (float(directions[i] @ directions[j]), i, j)
            for i, j in itertools.combinations(range(len(ends)), 2)
        )
        taken: set[int] = set()
        for cosine, i, j in pairs:
            if not {i, j} & taken and (cosine < STRAIGHT or len(ends) == 2):
                taken |= {i, j}
                (one, one_end), (other, other_end) = ends[i], ends[j]
                branches[one].joined[one_end] = other
                branches[other].joined[other_end] = one


def _leaving(points: np.ndarray, end: int, radius: np.ndarray) -> np.ndarray:
    """The unit direction in which a branch leaves its end, seen from half a width to one and a half away."""
    points = points if end == 0 else points[::-1]
    width = 2 * float(np.median(_radius_at(radius, points)))
    along = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    near, far = (
        points[min(int(np.searchsorted(along, reach)), len(points) - 1)] for reach in (width / 2, 1.5 * width)
    )
    away = far - near if (far != near).any() else points[-1] - points[0]
    return away / max(float(np.hypot(*away)), 1e-9)


def _strokes(branches: list[Branch], radius: np.ndarray) -> list[tuple[np.ndarray, float, bool]]:
    """Chains of joined branches: points, half width and whether they are closed."""
    found, seen = [], set()
    starts = [at for at, branch in enumerate(branches) if None in branch.joined]
    for start in [*starts, *range(len(branches))]:
        if start in seen:
            continue
        chain, at, entered = [], start, 0 if branches[start].joined[0] is None else 1
        closed = False
        while True:
            seen.add(at)
            branch = branches[at]
            chain.append(branch.points if entered == 0 else branch.points[::-1])
            following = branch.joined[1 - entered]
            if following is None:
                break
            if following == start:
                closed = True
                break
            if following in seen:
                break
            entered = branches[following].joined.index(at)
            at = following
        width = float(np.median(np.concatenate([_radius_at(radius, part) for part in chain])))
        found.append((_connect(chain, width), width, closed))
    return found


def _connect(chain: list[np.ndarray], width: float) -> np.ndarray:
    """One polyline; near a junction, where a skeleton leans, its parts are cut and bridged."""
    parts = []
    for at, points in enumerate(chain):
        along = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
        keep = np.ones(len(points), bool)
        if at > 0:
            keep &= along >= min(width, along[-1] / 3)
        if at < len(chain) - 1:
            keep &= along <= along[-1] - min(width, along[-1] / 3)
        parts.append(points[keep] if keep.any() else points[[len(points) // 2]])
    return np.concatenate(parts)
