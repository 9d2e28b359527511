"""Drawings whose strokes are known: letters, kanji, a plotter font, icons and whole pages, drawn by resvg."""

from __future__ import annotations

import functools
import importlib.metadata
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import resvg_py
from HersheyFonts import HersheyFonts
from PIL import Image
from svgpathtools import Path, parse_path, svgstr2paths

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# The eighty that Japanese children learn in their first year.
KANJI = (
    "一右雨円王音下火花貝学気九休玉金空月犬見五口校左三山子四糸字耳七車手十出女小上森"
    "人水正生青夕石赤千川先早草足村大男竹中虫町天田土二日入年白八百文木本名目立力林六"
)
STEP = 0.1  # pixels between the points of a stroke
KANJIVG_SIDE, ICON_SIDE = 109.0, 24.0


@dataclass
class Case:
    """A picture [H, W], ink = 1, and what it was drawn from.

    Attributes:
        strokes: points [K, 2] of each, (x, y) in pixels, every tenth of one; in the order and direction in
            which they were written, if `written`.
        segments: number of lines and curves in the file.
        pen: width in pixels.
    """

    ink: np.ndarray
    strokes: list[np.ndarray]
    segments: int
    pen: float
    written: bool = False


def reported(characters: Iterable[str]) -> list[str]:
    """The half that results are reported on: odd code points. On the others settings may be chosen."""
    return [character for character in characters if ord(character) % 2]


def chosen_on(characters: Iterable[str]) -> list[str]:
    """The half that settings may be chosen on: even code points."""
    return [character for character in characters if not ord(character) % 2]


def kanjivg(characters: Iterable[str], size: int, pen: float) -> list[Case]:
    """Characters of KanjiVG (CC BY-SA 3.0), as they are written."""
    return [draw(_kanjivg_paths(c), KANJIVG_SIDE, size, pen, written=True) for c in characters]


def hershey(characters: Iterable[str], size: int, pen: float) -> list[Case]:
    """Characters of a Hershey plotter font: strokes of straight lines."""
    cases = []
    for character in characters:
        strokes = _hershey_strokes(character)
        points = np.concatenate(strokes)
        low, side = points.min(0), np.ptp(points, axis=0).max() * 1.4
        middle = low + np.ptp(points, axis=0) / 2 - side / 2
        cases.append(draw([_polyline(stroke - middle) for stroke in strokes], side, size, pen))
    return cases


def icons(size: int, every: int = 60) -> list[Case]:
    """Every so-manieth icon of Lucide (ISC), by name; their pen is a twelfth of their side."""
    with zipfile.ZipFile(io.BytesIO(files("lucide").joinpath("lucide.zip").read_bytes())) as archive:
        texts = [archive.read(name).decode() for name in sorted(archive.namelist())[::every]]
    cases = []
    for text in texts:
        paths, _ = svgstr2paths(text)
        parts = [part.d() for path in paths for part in path.continuous_subpaths()]
        cases.append(draw(parts, ICON_SIDE, size, size / 12))
    return cases


def page(size: tuple[int, int], em: float, pen: float) -> Case:
    """A page [H, W] of letters and kanji of KanjiVG, row by row, each `em` pixels wide."""
    height, width = size
    text, paths = LETTERS + KANJI, []
    columns, rows = int(width / em), int(height / em)
    for at in range(columns * rows):
        corner = complex(at % columns * em, at // columns * em)
        for path in _kanjivg_paths(text[at % len(text)]):
            curve = parse_path(path).scaled(em / KANJIVG_SIDE, origin=0).translated(corner)
            paths.append(curve.d())
    return draw(paths, max(size), max(size), pen, crop=size)


def draw(
    paths: list[str],
    side: float,
    size: int,
    pen: float,
    written: bool = False,
    crop: tuple[int, int] | None = None,
) -> Case:
    """The picture of SVG paths on a canvas of that side, `size` pixels wide, and their points in pixels."""
    shapes = "".join(f'<path d="{path}"/>' for path in paths)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 {side} {side}"><rect width="{side}" height="{side}" fill="white"/>'
        f'<g fill="none" stroke="black" stroke-width="{pen * side / size}" stroke-linecap="round" '
        f'stroke-linejoin="round">{shapes}</g></svg>'
    )
    picture = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg)))).convert("L")
    ink = 1 - np.asarray(picture) / 255
    curves = [parse_path(path) for path in paths]
    strokes = [points_along(curve, size / side) for curve in curves]
    segments = sum(len(curve) for curve in curves)
    return Case(ink[: crop[0], : crop[1]] if crop else ink, strokes, segments, pen, written)


def points_along(path: Path, scale: float) -> np.ndarray:
    """[K, 2], points of a path about every `STEP` pixels, each of its segments from start to end."""
    parts = []
    for segment in path:
        t = np.linspace(0, 1, 2 + int(segment.length(error=1e-4) * scale / STEP))
        points = segment.poly()(t) if hasattr(segment, "poly") else np.array([segment.point(v) for v in t])
        parts.append(np.stack([points.real, points.imag], 1) * scale)
    return np.concatenate(parts)


@functools.cache
def _kanjivg_files() -> dict[str, importlib.metadata.PackagePath]:
    return {str(file): file for file in importlib.metadata.files("kanjivg") or ()}


def _kanjivg_paths(character: str) -> list[str]:
    text = _kanjivg_files()[f"kanji/{ord(character):05x}.svg"].locate().read_text(encoding="utf-8")
    return re.findall(r'<path [^>]*\bd="([^"]+)"', text)


def _hershey_strokes(character: str) -> list[np.ndarray]:
    font = HersheyFonts()
    font.load_default_font("futural")
    return [np.array(stroke, float) for stroke in font.strokes_for_text(character)]


def _polyline(points: np.ndarray) -> str:
    return "M" + "L".join(f"{x:.4f} {y:.4f}" for x, y in points)
