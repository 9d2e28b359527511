"""Strokes proposed by a network that looks at windows of a picture, side by side, and joined between them."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torch.nn import functional as F

from vecnb.images import SIDE
from vecnb.models.windows import WindowProposer

PEN = 2.5  # pixels, to which the pen of a picture is scaled: what the network has seen most
LARGEST = 3.0  # times that a picture is scaled up
TILE = 16  # pixels of the part of a window from which strokes are taken: what counted, without its rim
POINTS = 25  # of the polyline of a curve
# In widths: between two ends that may be one place, along the stroke and across it; and that are a corner.
REACH, ASIDE, CORNER = 2.0, 0.6, 1.0
STRAIGHT = -0.5  # cosine of the angle between two pieces below which they go straight on: 120°
ALONG = 0.8  # cosine of the angle between two strokes above which they run along each other: 37°

Points = NDArray[np.float64]


class Piece(NamedTuple):
    """A part of a stroke: points [K, 2] in pixels, K >= 2, and its width."""

    points: Points
    width: float


def propose_by_windows(ink: ArrayLike, model: WindowProposer) -> list[tuple[Points, float, bool]]:
    """Polylines for the strokes of a picture, as `propose` gives them, by a network.

    The picture is scaled so that its pen is `PEN` wide, and cut into tiles. For each the network sees a
    window around it. Its curves are clipped to the tile, and joined where they meet.

    Args:
        ink: [H, W] in [0, 1], ink = 1, as `isolate_ink` gives it.
        model: as `vecnb train proposal/windows` trains it.
    Returns:
        Of each stroke its points [K, 2], (x, y) in pixels from the picture's corner, its width in pixels, and
        whether it is closed.
    Raises:
        ValueError: the ink is not [H, W].
    """
    image = torch.as_tensor(np.asarray(ink, np.float32))
    if image.ndim != 2:
        raise ValueError(f"ink must be [H, W], not {list(image.shape)}")
    scale = min(PEN / max(pen_width(image), 1e-3), LARGEST)
    sides = [max(1, round(scale * side)) for side in image.shape]
    scaled = F.interpolate(image[None, None], sides, mode="bicubic", antialias=True).clamp(0, 1)
    back = np.array([image.shape[1] / sides[1], image.shape[0] / sides[0]])
    pieces = look(scaled, model)
    return [(points * back, width / scale, closed) for points, width, closed in join(pieces)]


def pen_width(ink: Tensor) -> float:
    """About how wide the pen is, in pixels: a stroke has two edges, so twice the ink over its slopes.

        >>> ink = torch.zeros(40, 40)
        >>> ink[10:14, 5:35] = 1
        >>> round(pen_width(ink), 1)
        3.6

    Args:
        ink: [H, W] in [0, 1]; what is below a quarter is noise.
    Returns:
        0 without ink.
    """
    ink = ((ink - 0.25) / 0.5).clamp(0, 1)
    right, down = ink[:-1].diff(dim=1), ink[:, :-1].diff(dim=0)
    edges = torch.hypot(right, down).sum().item()
    return 2 * ink.sum().item() / edges if edges else 0.0


@torch.no_grad()
def look(image: Tensor, model: WindowProposer) -> list[Piece]:
    """What the network draws in each tile of a picture [1, 1, H, W], in its pixels, but for empty tiles."""
    height, width = image.shape[-2:]
    margin = (SIDE - TILE) // 2
    image = F.pad(image, (margin, margin + -width % TILE, margin, margin + -height % TILE))
    windows = image[0, 0].unfold(0, SIDE, TILE).unfold(1, SIDE, TILE)
    corners = torch.cartesian_prod(torch.arange(windows.shape[0]), torch.arange(windows.shape[1])) * TILE
    windows = windows.reshape(-1, 1, SIDE, SIDE)
    inked = windows.amax((1, 2, 3)) > 0.25
    if not inked.any():
        return []
    code = model.encode(windows[inked])
    t = torch.linspace(0, 1, POINTS)[:, None]
    basis = torch.cat([(1 - t) ** 2, 2 * t * (1 - t), t**2], 1)
    lines = SIDE * (basis @ code.lines.unflatten(-1, (3, 2))).double().numpy() - margin
    strokes = SIDE * code.width.double().numpy()
    found = []
    for corner, curves, widths in zip(corners[inked].numpy(), lines, strokes, strict=True):
        for points, stroke in zip(curves, widths, strict=True):
            if stroke > 0:
                parts = [part for half in unfold(points, stroke) for part in clip(half, TILE)]
                found += [Piece(part + corner[::-1], float(stroke)) for part in parts]
    return found


def unfold(points: Points, width: float) -> list[Points]:
    """A curve [K, 2] in one part or, where it turns back more sharply than its pen could, in two."""
    first = np.gradient(points, axis=0)
    second = np.gradient(first, axis=0)
    turn = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    speed = np.linalg.norm(first, axis=1)
    tip = 1 + int(np.argmin(speed[1:-1]))
    if turn[tip] * width <= 2 * speed[tip] ** 3:
        return [points]
    return [points[: tip + 1], points[tip:]]


def clip(points: Points, side: float) -> list[Points]:
    """The parts of a polyline [K, 2] in the square from 0 to `side`, cut where it crosses the edge.

    >>> [part.tolist() for part in clip(np.array([[-1.0, 1.0], [1.0, 1.0], [1.0, 5.0]]), 4)]
    [[[0.0, 1.0], [1.0, 1.0], [1.0, 4.0]]]
    """
    parts: list[list[Points]] = []
    goes_on = False  # whether the last part ends where the next line begins
    for start, end in pairwise(points):
        enter, leave = 0.0, 1.0  # shares of the way
        for place, step in zip(start, end - start, strict=True):
            if step:
                low, high = sorted((-place / step, (side - place) / step))
                enter, leave = max(enter, low), min(leave, high)
            elif not 0 <= place <= side:
                leave = -1.0
        if enter < leave:
            if not (goes_on and enter == 0):
                parts.append([start + enter * (end - start)])
            parts[-1].append(start + leave * (end - start))
        goes_on = enter < leave == 1
    return [np.array(part) for part in parts]


def join(pieces: list[Piece]) -> list[tuple[Points, float, bool]]:
    """Strokes of pieces: two ends are joined where one goes straight on in the other, the straightest first.

    Two ends that are near each other and no third are joined whatever their angle: a corner. What two pieces
    say is taken from the longer one.

        >>> halves = [Piece(np.array([[x, 3.0], [x + 8.0, 3.0]]), 2.0) for x in (0.0, 8.5)]
        >>> [(points[[0, -1]].tolist(), width) for points, width, closed in join(halves)]
        [([[0.0, 3.0], [16.5, 3.0]], 2.0)]

    Returns:
        Of each stroke its points [K, 2], its mean width, and whether it is closed.
    """
    pieces = distinct(pieces)
    if not pieces:
        return []
    partner = partners(pieces)
    return [chain(pieces, *ends) for ends in chains(partner)]


def distinct(pieces: list[Piece]) -> list[Piece]:
    """The pieces, the longest first, without what runs along a longer one, and without the crumbs of that.

    >>> long, short = (Piece(np.array([[0.0, 3.0], [x, 3.0]]), 2.0) for x in (8.0, 4.0))
    >>> len(distinct([short, long]))
    1
    """
    kept: list[Piece] = []
    said = np.zeros((0, 6))  # of each point of those kept: place, direction, width, whether it is an end
    for points, width in sorted(pieces, key=lambda piece: -length(piece.points)):
        if length(points) == 0:
            continue
        points = denser(points, width / 4)
        directions = np.gradient(points, axis=0)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True).clip(1e-9)
        new = np.ones(len(points), bool)
        if len(said):
            apart = np.linalg.norm(points[:, None] - said[:, :2], axis=-1)
            apart[np.abs(directions @ said[:, 2:4].T) < ALONG] = np.inf
            nearest = apart.argmin(1)
            beside = said[nearest, 5] == 0  # and not beyond an end
            new = ~(beside & (apart.min(1) < (width + said[nearest, 4]) / 4))
        runs = np.split(np.arange(len(points)), np.flatnonzero(np.diff(new)) + 1)
        for run in runs:
            if new[run[0]] and (len(run) == len(points) or length(points[run]) > width / 2):
                kept.append(Piece(points[run], width))
                end = np.isin(run, run[[0, -1]])
                rest = np.column_stack([np.full(len(run), width), end])
                said = np.concatenate([said, np.column_stack([points[run], directions[run], rest])])
    return kept


def denser(points: Points, step: float) -> Points:
    """The same polyline with more points, nowhere further apart than a step."""
    gaps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    counts = np.maximum(1, np.ceil(gaps / step)).astype(int)
    places = np.concatenate([at + np.arange(count) / count for at, count in enumerate(counts)])
    places = np.append(places, len(points) - 1)
    return np.stack([np.interp(places, np.arange(len(points)), axis) for axis in points.T], 1)


def partners(pieces: list[Piece]) -> NDArray[np.int64]:
    """[2 P], the end that each end is joined to, or -1; piece i has the ends 2 i, the first, and 2 i + 1."""
    places = np.concatenate([piece.points[[0, -1]] for piece in pieces])
    away = np.concatenate([[leaving(p, w), leaving(p[::-1], w)] for p, w in pieces])
    width = np.repeat([piece.width for piece in pieces], 2)
    gap = (places[None] - places[:, None]) / ((width[:, None] + width[None]) / 2)[..., None]
    distance, cosine = np.linalg.norm(gap, axis=-1), away @ away.T
    through = away[None] - away[:, None]  # the direction of a stroke from one end to the other
    through /= np.linalg.norm(through, axis=-1, keepdims=True).clip(1e-9)
    aside = np.abs(gap[..., 0] * through[..., 1] - gap[..., 1] * through[..., 0])
    may = np.repeat(np.repeat(~np.eye(len(pieces), dtype=bool), 2, 0), 2, 1)
    for at, piece in enumerate(pieces):  # one so short that its own ends are near each other is no ring
        long = length(piece.points) > 3 * REACH * piece.width
        may[2 * at, 2 * at + 1] = may[2 * at + 1, 2 * at] = long
    straight = may & (cosine < STRAIGHT) & (distance < REACH) & (aside < ASIDE)
    one, other = np.nonzero(np.triu(straight))
    partner = np.full(len(places), -1)
    for at in np.argsort(cosine[one, other] + distance[one, other], kind="stable"):
        a, b = one[at], other[at]
        if partner[a] < 0 and partner[b] < 0:
            partner[a], partner[b] = b, a
    near = may & (distance < CORNER)
    alone = (near.sum(0) == 1) & (partner < 0)
    for a, b in zip(*np.nonzero(near & alone & alone[:, None]), strict=True):
        partner[a] = b
    return partner


def chains(partner: NDArray[np.int64]) -> list[tuple[list[int], bool]]:
    """Of each stroke its pieces in order, each by the end where it is entered; and whether it is a ring."""
    seen, found = set(), []
    free = [end for end in range(len(partner)) if partner[end] < 0]
    for start in [*free, *range(len(partner))]:
        if start // 2 in seen:
            continue
        entered, end = [], start
        while end >= 0 and end // 2 not in seen:
            seen.add(end // 2)
            entered.append(end)
            end = partner[end ^ 1]
        found.append((entered, bool(end == start)))
    return found


def chain(pieces: list[Piece], entered: list[int], closed: bool) -> tuple[Points, float, bool]:
    """One stroke: where two ends are joined, the point between them takes the place of both."""
    parts = [pieces[end // 2].points[:: -1 if end % 2 else 1] for end in entered]
    points = parts[0]
    for part in parts[1:]:
        points = np.concatenate([points[:-1], (points[-1:] + part[:1]) / 2, part[1:]])
    if closed:
        points = np.concatenate([(points[:1] + points[-1:]) / 2, points[1:-1]])
    lengths = [length(part) for part in parts]
    return points, float(np.average([pieces[end // 2].width for end in entered], weights=lengths)), closed


def leaving(points: Points, width: float) -> Points:
    """The unit direction in which a polyline leaves its first point, over the width of the stroke."""
    far = np.linalg.norm(points - points[0], axis=1) >= width
    towards = points[np.argmax(far) if far.any() else -1] - points[0]
    return towards / max(np.linalg.norm(towards), 1e-9)


def length(points: Points) -> float:
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
