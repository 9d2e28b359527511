"""Cubic Bézier curves through a polyline: as few as stay within a tolerance, apart at its corners."""

from __future__ import annotations

import itertools
import math

import numpy as np

from vecnb.extension import raster

CORNER = math.cos(math.radians(50))  # a turn of more than this within a stroke's width is a corner


def fit(points: np.ndarray, width: float, tolerance: float, closed: bool = False) -> np.ndarray:
    """Control points [3 S + 1, 2] of a chain of S cubic curves.

    Args:
        points: [K, 2], the polyline, in pixels.
        width: of the stroke, in pixels: the distance over which a corner is looked for.
        tolerance: how far from the polyline a curve may be, in pixels.
        closed: whether the last point is followed by the first; the chain then ends where it begins.
    """
    if len(points) < 2:  # a dot, which the picture may pull longer
        return points + np.outer([-1.0, -1 / 3, 1 / 3, 1.0], [0.1 * width, 0.0])
    points = smooth(points, width / 4, closed)
    corners = find_corners(points, width, closed)
    if closed:
        start = corners[0] if corners else 0
        points = np.concatenate([points[start:], points[: start + 1]])
        corners = [corner - start for corner in corners[1:]]
    cuts = [0, *corners, len(points) - 1]
    smooth_start = closed and len(cuts) == 2
    reach = max(1, min(round(width / 2), len(points) // 4))
    tangent = (points[reach] - points[-1 - reach]) * smooth_start
    curves = []
    for first, last in itertools.pairwise(cuts):
        part = points[first : last + 1]
        curves += _fit_part(part, tolerance, tangent, -tangent, width)
    return np.concatenate([curves[0][:1], *(curve[1:] for curve in curves)])


def smooth(points: np.ndarray, reach: float, closed: bool) -> np.ndarray:
    """A polyline of pixels without its staircase: means over so many pixels to either side; ends stay."""
    reach = max(1, min(round(reach), (len(points) - 1) // 2))
    if closed:
        padded = np.concatenate([points[-reach:], points, points[:reach]])
    else:
        before = 2 * points[0] - points[1 : reach + 1][::-1]
        after = 2 * points[-1] - points[-reach - 1 : -1][::-1]
        padded = np.concatenate([before, points, after])
    kernel = np.ones(2 * reach + 1) / (2 * reach + 1)
    return np.stack([np.convolve(padded[:, axis], kernel, mode="valid") for axis in (0, 1)], 1)


def find_corners(points: np.ndarray, width: float, closed: bool) -> list[int]:
    """Where the polyline turns sharply within a stroke's width: the sharpest place of each such stretch."""
    along = _along(points)
    reach, count, total = 1.2 * width, len(points), along[-1]
    before, after = np.searchsorted(along, along - reach), np.searchsorted(along, along + reach)
    inner = (before > 0) & (after < count)
    if closed:
        inner[:] = total > 0
        before = np.where(along >= reach, before, np.searchsorted(along, along - reach + total))
        after = np.where(after < count, after, np.searchsorted(along, along + reach - total))
    arriving = points - points[np.minimum(before, count - 1)]
    leaving = points[np.minimum(after, count - 1)] - points
    lengths = np.hypot(*arriving.T) * np.hypot(*leaving.T)
    cosines = np.where(
        inner & (lengths > 0), (arriving * leaving).sum(1) / np.where(lengths > 0, lengths, 1), 1
    )
    near = np.searchsorted(along, along - reach), np.searchsorted(along, along + reach)
    return [
        at
        for at in np.flatnonzero(cosines < CORNER).tolist()
        if at == near[0][at] + int(np.argmin(cosines[near[0][at] : near[1][at]]))
    ]


def _along(points: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])


def _direction(vector: np.ndarray) -> np.ndarray:
    return vector / max(float(np.hypot(*vector)), 1e-12)


def _fit_part(
    points: np.ndarray, tolerance: float, start: np.ndarray, end: np.ndarray, width: float
) -> list[np.ndarray]:
    """Curves from the first point to the last, with tangents there or free ones; halved until near enough."""
    length = _along(points)[-1]
    if length == 0 or len(points) < 3:
        return [np.linspace(points[0], points[-1], 4)]
    curve, gaps = raster.fit_cubic(points, start, end, tolerance)
    if gaps.max() <= tolerance or len(points) < 6 or length < width:
        return [curve]
    middle = int(np.clip(gaps.argmax(), len(points) // 4, 3 * len(points) // 4))
    reach = max(1, min(middle, len(points) - 1 - middle, round(width / 2)))
    tangent = _direction(points[middle + reach] - points[middle - reach])
    return [
        *_fit_part(points[: middle + 1], tolerance, start, -tangent, width),
        *_fit_part(points[middle:], tolerance, tangent, end, width),
    ]
