"""The fewest curves that say the same: joints between smooth neighbours go where one curve does for both."""

from __future__ import annotations

import math

import numpy as np

from vecnb.extension import raster
from vecnb.trace.refine import Stroke, refine

TOLERANCES = (0.2, 0.1, 0.05)  # of a stroke's width, from curves to simpler ones that may do
LEAST = 3.0  # pixels: narrower strokes are merged as those of this width
DOT = 1.0  # of a stroke's width: what is shorter may be a point
SPECK = 0.6  # of the usual width: what is smaller is no stroke
SHORT = 1.0  # of a stroke's width: a curve between two others that may go
PRICE = 0.08  # of the squared error of a stroke, for each number that describes it
HOOK = 0.6  # of a stroke's width: a corner so near an end is none
LEAST_ERROR = 0.2  # of a stroke: half the squared error that antialiasing leaves
SAMPLES = 24  # of a curve
ANY = (0.0, 0.0)  # direction
CORNER = math.cos(math.radians(30))  # a turn of more than this at a joint is one that was meant


def simplify(ink: np.ndarray, strokes: list[Stroke], detail: float = 1.0) -> list[Stroke]:
    """Refined strokes of as few numbers as the picture allows.

    A simpler stroke, refined, takes the place of one if it adds less to half the squared error than the
    numbers that it saves are worth: each `PRICE` of what a stroke leaves on average.

    Args:
        ink: [H, W] float32 in [0, 1], ink = 1.
        strokes: what to begin with.
        detail: > 0; the price is divided by it.
    """
    strokes, error = refine(ink, strokes)
    strokes = _without_specks(strokes)
    if not strokes:
        return []
    price = PRICE / detail * max(error / len(strokes), LEAST_ERROR)
    unsettled = np.zeros(len(strokes), bool)
    for share in TOLERANCES:
        simpler = [_simpler(stroke, share) for stroke in strokes]
        changed = [new.floats < old.floats for new, old in zip(simpler, strokes, strict=True)]
        if not any(changed):
            continue
        simpler, _ = refine(ink, simpler, changed)
        pairs = list(zip(strokes, simpler, strict=True))
        pays = [old.worth - new.worth < price * (old.floats - new.floats) for old, new in pairs]
        strokes = [new if better else old for better, (old, new) in zip(pays, pairs, strict=True)]
        unsettled |= np.array(changed) & ~np.array(pays)
    return refine(ink, strokes, unsettled.tolist())[0]


def _simpler(stroke: Stroke, share: float) -> Stroke:
    """A point, where a stroke is shorter than wide; a line, or as few curves as are near it, in widths."""
    chain, tolerance = stroke.chain, share * max(stroke.width, LEAST)
    if float(np.ptp(chain, axis=0).max()) < DOT * stroke.width:
        chain = np.repeat((chain[:1] + chain[-1:]) / 2, 4, axis=0)
    elif not stroke.closed and is_straight(chain, tolerance):
        chain = np.linspace(chain[0], chain[-1], 4)
    else:
        chain = merge(_contract(chain, SHORT * stroke.width), tolerance, stroke.width)
    return Stroke(chain, stroke.width, stroke.worth)


def _contract(chain: np.ndarray, least: float) -> np.ndarray:
    """Without shorter curves between two others, as a skeleton has them in sharp corners."""
    at = 3
    while at + 6 < len(chain):
        short = chain[at : at + 4]
        if float(np.hypot(*(short[-1] - short[0]))) < least:
            chain = np.concatenate([chain[:at], short.mean(0)[None], chain[at + 4 :]])
        else:
            at += 3
    return chain


def _without_specks(strokes: list[Stroke]) -> list[Stroke]:
    """Without what is smaller than strokes usually are wide."""
    if not strokes:
        return []
    lengths = np.array([float(np.ptp(stroke.chain, axis=0).max()) for stroke in strokes])
    widths = np.array([stroke.width for stroke in strokes])
    usual = float(np.median(np.repeat(widths, lengths.astype(int) + 1)))
    return [
        stroke
        for stroke, size in zip(strokes, np.maximum(lengths, widths), strict=True)
        if size >= SPECK * usual
    ]


def merge(chain: np.ndarray, tolerance: float, width: float) -> np.ndarray:
    """The chain of fewest cubic curves, between joints of this one, that are as near to it as the tolerance.

    Corners stay. Among the chains of as few curves it is the one of the least squared distance.

    Args:
        chain: control points [3 S + 1, 2].
        tolerance: in the unit of the points.
        width: of the stroke, in the same unit; within half of it, a turn is a corner.
    Returns:
        Control points [3 R + 1, 2], R <= S.
    """
    count = (len(chain) - 1) // 3
    samples = [_sample(chain[3 * at : 3 * at + 4]) for at in range(count)]
    corners = [at for at in range(1, count) if _turns(samples, at, width / 2)]
    if not (chain[0] == chain[-1]).all():  # a hook at an end is the skeleton's
        lengths = [float(np.hypot(*np.diff(part, axis=0).T).sum()) for part in samples]
        corners = [at for at in corners if min(sum(lengths[:at]), sum(lengths[at:])) > HOOK * width]
    # Best way to each joint: (curves, squared distance, the joint before, the last curve).
    best: list[tuple[int, float, int, np.ndarray]] = [(0, 0.0, 0, chain[:1])]
    for last in range(1, count + 1):
        ways = []
        for first in range(last - 1, max((at for at in corners if at < last), default=0) - 1, -1):
            curve, gaps = _one_for(chain, samples, first, last)
            if last - first > 1 and gaps.max() > tolerance:
                if last - first > 3:
                    break
                continue
            before = best[first]
            ways.append((before[0] + 1, before[1] + float((gaps**2).sum()), first, curve))
        best.append(min(ways, key=lambda way: way[:2]))
    curves = []
    at = count
    while at:
        curves.append(best[at][3])
        at = best[at][2]
    return np.concatenate([chain[:1], *(curve[1:] for curve in reversed(curves))])


def _one_for(
    chain: np.ndarray, samples: list[np.ndarray], first: int, last: int
) -> tuple[np.ndarray, np.ndarray]:
    """One curve for those from joint `first` to joint `last`, and its distance from their samples."""
    if last - first == 1:
        return chain[3 * first : 3 * last + 1], np.zeros(1)
    points = np.concatenate([samples[first], *(part[1:] for part in samples[first + 1 : last])])
    return raster.fit_cubic(points, ANY, ANY, 0.0)


def _sample(curve: np.ndarray) -> np.ndarray:
    t = np.linspace(0, 1, SAMPLES)[:, None]
    s = 1 - t
    return s**3 * curve[0] + 3 * s * s * t * curve[1] + 3 * s * t * t * curve[2] + t**3 * curve[3]


def _turns(samples: list[np.ndarray], joint: int, reach: float) -> bool:
    """Whether the chain has a corner at this joint, seen from so far away."""
    before, after = samples[joint - 1][::-1] - samples[joint][0], samples[joint] - samples[joint][0]
    arriving, leaving = (
        part[min(int((np.hypot(*part.T) < reach).sum()), SAMPLES - 1)] for part in (before, after)
    )
    lengths = float(np.hypot(*arriving) * np.hypot(*leaving))
    return lengths > 0 and float(-arriving @ leaving) / lengths < CORNER


def is_straight(chain: np.ndarray, tolerance: float = 0.05) -> bool:
    """Whether a chain is a line: its control points are beside it by no more, and between its ends."""
    along = chain[-1] - chain[0]
    length = float(np.hypot(*along))
    if length < tolerance:
        return True
    places = (chain - chain[0]) @ along / length
    beside = np.abs((chain - chain[0]) @ np.array([-along[1], along[0]]) / length)
    return bool(
        (beside <= tolerance).all() and (places >= -tolerance).all() and (places <= length + tolerance).all()
    )
