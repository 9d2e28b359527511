"""Benchmark of tracers on drawings whose strokes are known: letters, kanji, a plotter font; clean and spoilt.

`pip install kanjivg Hershey-Fonts resvg-py svgpathtools pyautotrace`, then `python benches/tracing.py` prints
a table for each kind of drawing; `--out FILE.csv` writes a row for each kind and tracer. resvg draws the
strokes, each tracer gets the picture, and what it finds is compared with what was drawn: points every tenth
of a pixel on both, distances both ways. Medians over the drawings; times are processor time of one thread.
A tracer that is not installed is left out, and named.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import io
import re
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import resvg_py
import torch
from HersheyFonts import HersheyFonts
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree
from skimage.measure import approximate_polygon
from skimage.morphology import skeletonize
from svgpathtools import parse_path

from vecnb import baselines
from vecnb.trace import vectorise

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The eighty that Japanese children learn in their first year.
KANJI = (
    "一右雨円王音下火花貝学気九休玉金空月犬見五口校左三山子四糸字耳七車手十出女小上森"
    "人水正生青夕石赤千川先早草足村大男竹中虫町天田土二日入年白八百文木本名目立力林六"
)
PACKAGES = ("vecnb", "kanjivg", "Hershey-Fonts", "resvg-py", "pyautotrace", "scikit-image")
STEP = 0.1  # pixels between the points that are compared
CANVAS = 109.0  # the side of KanjiVG's
DEGRADATIONS = ("clean", "bilevel", "blurred", "noisy", "scanned")


class Case(NamedTuple):
    """A picture [H, W], ink = 1, and what it was drawn from."""

    ink: np.ndarray
    strokes: list[np.ndarray]  # points [K, 2] of each, pixels
    segments: int
    pen: float


class Traced(NamedTuple):
    """What a tracer found: points [K, 2] of each stroke, number of curves and lines, width (0 if none)."""

    strokes: list[np.ndarray]
    segments: int
    width: float


Tracers = dict[str, Callable[[np.ndarray], Traced]]


def kanjivg(characters: Iterable[str], size: int, pen: float) -> list[Case]:
    """Characters of KanjiVG (CC BY-SA 3.0), as they are written."""
    files = {str(file): file for file in importlib.metadata.files("kanjivg") or ()}
    cases = []
    for character in characters:
        text = files[f"kanji/{ord(character):05x}.svg"].locate().read_text(encoding="utf-8")
        cases.append(draw(re.findall(r'<path [^>]*\bd="([^"]+)"', text), CANVAS, size, pen))
    return cases


def hershey(characters: Iterable[str], size: int, pen: float) -> list[Case]:
    """Characters of a Hershey plotter font: strokes of straight lines."""
    font = HersheyFonts()
    font.load_default_font("futural")
    cases = []
    for character in characters:
        strokes = [np.array(stroke, float) for stroke in font.strokes_for_text(character)]
        points = np.concatenate(strokes)
        low, side = points.min(0), np.ptp(points, axis=0).max() * 1.4
        middle = low + np.ptp(points, axis=0) / 2 - side / 2
        paths = ["M" + "L".join(f"{x:.4f} {y:.4f}" for x, y in stroke - middle) for stroke in strokes]
        cases.append(draw(paths, side, size, pen))
    return cases


def draw(paths: list[str], box: float, size: int, pen: float) -> Case:
    """The picture of paths on a canvas of side `box`, and their points in its pixels."""
    shapes = "".join(f'<path d="{path}"/>' for path in paths)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {box} {box}">'
        f'<rect width="{box}" height="{box}" fill="white"/><g fill="none" stroke="black" '
        f'stroke-width="{pen * box / size}" stroke-linecap="round" stroke-linejoin="round">{shapes}</g></svg>'
    )
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert("L")
    curves = [parse_path(path) for path in paths]
    strokes = []
    for curve in curves:
        places = np.linspace(0, 1, 2 + int(curve.length() * size / box / STEP))
        points = np.array([curve.point(place) for place in places])
        strokes.append(np.stack([points.real, points.imag], 1) * size / box)
    return Case(1 - np.asarray(picture) / 255, strokes, sum(len(curve) for curve in curves), pen)


def spoil(ink: np.ndarray, how: str, seed: int) -> np.ndarray:
    """The picture as something else would give it."""
    random = np.random.default_rng(seed)
    if how == "bilevel":
        return (ink >= 0.5).astype(float)
    if how == "blurred":
        return gaussian_filter(ink, 1.0)
    if how == "noisy":
        return np.clip(ink + random.normal(0, 0.08, ink.shape), 0, 1)
    if how == "scanned":
        y, x = np.mgrid[0 : 1 : 1j * ink.shape[0], 0 : 1 : 1j * ink.shape[1]]
        grey = (0.9 - 0.7 * gaussian_filter(ink, 0.6)) * (1 - 0.3 * (0.7 * x + 0.3 * y))
        grey = np.clip(grey + random.normal(0, 0.02, ink.shape), 0, 1)
        file = io.BytesIO()
        Image.fromarray((255 * grey).round().astype(np.uint8)).save(file, "JPEG", quality=40)
        return 1 - np.asarray(Image.open(file), float) / 255
    return ink


def by_vecnb(ink: np.ndarray) -> Traced:
    drawing = vectorise(ink)
    strokes = [path.polyline(0.02).numpy() for path in drawing.paths]
    segments = sum((len(path.points) - 1) // path.degree for path in drawing.paths)
    widths = [path.width for path in drawing.paths]
    return Traced(strokes, segments, statistics.median(widths) if widths else 0.0)


def by_skeleton(ink: np.ndarray) -> Traced:
    """A skeleton, its branches, and Douglas and Peucker's polygons of them."""
    paths = baselines.branches(baselines.pixel_graph(skeletonize(ink >= 0.5)))
    strokes = [approximate_polygon(np.array(path, float)[:, ::-1] + 0.5, 1.0) for path in paths]
    return Traced(strokes, sum(len(stroke) - 1 for stroke in strokes), 0.0)


def autotrace() -> Callable[[np.ndarray], Traced]:
    from autotrace import Bitmap, PolynomialDegree

    def trace(ink: np.ndarray) -> Traced:
        bilevel = np.repeat(np.where(ink >= 0.5, 0, 255).astype(np.uint8)[..., None], 3, 2)
        vector = Bitmap(bilevel).trace(centerline=True)
        strokes, segments = [], 0
        for path in vector.paths:
            points = []
            for spline in path.splines:
                control = np.array([[point.x, point.y] for point in spline.points])
                t = np.linspace(0, 1, 2 if spline.degree == PolynomialDegree.LINEAR else 30)[:, None]
                s = 1 - t
                weights = np.hstack([s**3, 3 * s * s * t, 3 * s * t * t, t**3])
                points.append(weights @ control)
            strokes.append(np.concatenate(points) * [1, -1] + [0.5, len(ink) - 0.5])
            segments += len(path.splines)
        return Traced(strokes, segments, 0.0)

    return trace


def densely(strokes: list[np.ndarray]) -> np.ndarray:
    """Points every `STEP` along all strokes."""
    parts = []
    for stroke in strokes:
        along = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
        places = np.linspace(0, along[-1], 2 + int(along[-1] / STEP))
        parts.append(np.stack([np.interp(places, along, stroke[:, axis]) for axis in (0, 1)], 1))
    return np.concatenate(parts) if parts else np.zeros((0, 2))


def measure(case: Case, traced: Traced, seconds: float) -> dict[str, float]:
    """What a tracer found against what was drawn: distances in pixels, the rest as shares of the truth.

    `f1` joins the shares of either that are within half a pen's width of the other.
    """
    truth, found = densely(case.strokes), densely(traced.strokes)
    if not len(found):
        found = np.full((1, 2), -1e3)
    there, back = cKDTree(truth).query(found)[0], cKDTree(found).query(truth)[0]
    both = np.concatenate([there, back])
    precise, complete = ((part <= case.pen / 2).mean() for part in (there, back))
    return {
        "chamfer": (there.mean() + back.mean()) / 2,
        "quantile_95": float(np.quantile(both, 0.95)),
        "hausdorff": both.max(),
        "f1": 2 * precise * complete / max(precise + complete, 1e-9),
        "strokes": len(traced.strokes) / len(case.strokes),
        "segments": traced.segments / case.segments,
        "width_error": abs(traced.width / case.pen - 1) if traced.width else float("nan"),
        "ms": 1e3 * seconds,
    }


def find_tracers() -> Tracers:
    found: Tracers = {"vecnb": by_vecnb, "skeleton": by_skeleton}
    try:
        found["autotrace"] = autotrace()
    except ImportError:
        print("autotrace is left out: pip install pyautotrace")
    return found


def drawings() -> Iterator[tuple[str, list[Case]]]:
    """Kinds of drawings, each of one size and pen."""
    yield "letters", kanjivg(LETTERS, 28, 2.0)
    yield "plotter font", hershey(LETTERS, 64, 3.0)
    yield "letters", kanjivg(LETTERS, 96, 4.0)
    yield "kanji", kanjivg(KANJI, 96, 3.0)
    yield "letters", kanjivg(LETTERS, 256, 7.0)


def compare(cases: list[Case], how: str, tracers: Tracers) -> dict[str, list[dict[str, float]]]:
    """What each tracer reaches on each drawing, spoilt that way."""
    found = {}
    for name, trace in tracers.items():
        rows = []
        for seed, case in enumerate(cases):
            ink = spoil(case.ink, how, seed)
            start = time.process_time()
            traced = trace(ink)
            rows.append(measure(case, traced, time.process_time() - start))
        found[name] = rows
    return found


def summarise(found: dict[str, list[dict[str, float]]]) -> dict[str, dict[str, float]]:
    """Of each tracer the medians and quartiles, and the share of drawings of which it is the nearest."""
    chamfer = np.array([[row["chamfer"] for row in rows] for rows in found.values()])
    summary = {}
    for name, rows, nearest in zip(found, found.values(), chamfer == chamfer.min(0), strict=True):
        numbers: dict[str, float] = {"drawings": len(rows), "nearest": float(nearest.mean())}
        for key in rows[0]:
            low, middle, high = np.quantile([row[key] for row in rows], (0.25, 0.5, 0.75))
            numbers |= {key: middle, f"{key}_low": low, f"{key}_high": high}
        summary[name] = numbers
    return summary


def show(title: str, summary: dict[str, dict[str, float]]) -> None:
    """Print the medians."""
    keys = [key for key in next(iter(summary.values())) if not key.endswith(("_low", "_high"))]
    print(f"\n{title}\n" + " " * 12 + "".join(f"{key:>12}" for key in keys))
    for name, numbers in summary.items():
        print(f"  {name:10}" + "".join(f"{numbers[key]:12.3f}" for key in keys), flush=True)


def installed() -> str:
    """The versions of what takes part."""
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return ", ".join(versions)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FILE.csv", help="where to write the numbers")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    tracers, versions, table = find_tracers(), installed(), []
    for kind, cases in drawings():
        size, pen = len(cases[0].ink), cases[0].pen
        for how in DEGRADATIONS if (kind, size) == ("letters", 96) else ("clean", "scanned"):
            summary = summarise(compare(cases, how, tracers))
            show(f"{kind}, {size} px, pen {pen:g}, {how}", summary)
            for name, numbers in summary.items():
                rounded = {key: f"{value:.4g}" for key, value in numbers.items()}
                about = {"kind": kind, "size": size, "pen": pen, "degradation": how, "tracer": name}
                table.append({**about, **rounded, "versions": versions})
    if out:
        with open(out, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, table[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)


if __name__ == "__main__":
    main()
