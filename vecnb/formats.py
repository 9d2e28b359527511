"""Drawings as text and as sequences: SVG, JSON and sketch-rnn's stroke-3, from numbers and back.

`Strokes` offers these as methods. A row is one line or curve, its control points and then its width, in
unit-square units: (x1, y1, x2, y2, width), (x1, y1, cx, cy, x2, y2, width), or a cubic curve's nine numbers.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from numbers import Real
from typing import Any
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor

from vecnb.bezier import elevate, flatten

# Furthest that a polyline is from its curve, unit-square lengths: a quarter of a pixel at 500.
FLATNESS = 5e-4
# What SVG's path data call a curve of so many numbers, without its first point.
LETTERS = {2: "L", 4: "Q", 6: "C"}
SVG = "{http://www.w3.org/2000/svg}"
Row = Sequence[float]


# SVG


def svg(lines: Tensor, width: Tensor, size: float, *, background: bool, padding: float) -> str:
    """One drawing, lines [N, 4] (of curves 6 or 8) and width [N], as a document; as `Strokes.to_svg`."""
    side, rim = number_text("size", size), number_text("padding", padding)
    if not size > 0 or not padding >= 0:
        raise ValueError(f"size must be above 0 and padding at least 0, not {size} and {padding}")
    box = [0.0 - padding, 0.0 - padding, 1 + 2 * padding, 1 + 2 * padding]
    rows = torch.cat([lines, width.to(lines)[:, None]], 1).detach().cpu()
    shapes = "".join(_shape(row) for row in _exact(rows) if row[-1] > 0)
    place = f' x="-{rim}" y="-{rim}"' if padding else ""
    backdrop = f'<rect{place} width="{box[2]:.9g}" height="{box[3]:.9g}" fill="white"/>' if background else ""
    joins = ' stroke-linejoin="round"' if lines.shape[1] > 4 else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="{" ".join(f"{number:.9g}" for number in box)}">{backdrop}'
        f'<g stroke="black" stroke-linecap="round"{joins}>{shapes}</g></svg>'
    )


def _shape(row: Sequence[np.floating]) -> str:
    x1, y1, *others, width = map(digits, row)
    if set(others[::2]) == {x1} and set(others[1::2]) == {y1}:
        # a dot: as a line of no length it would be dropped by what follows paths
        return f'<circle cx="{x1}" cy="{y1}" r="{digits(type(row[-1])(row[-1] / 2))}" stroke="none"/>'
    if len(others) == 2:
        return f'<line x1="{x1}" y1="{y1}" x2="{others[0]}" y2="{others[1]}" stroke-width="{width}"/>'
    data = f"M{x1} {y1} {LETTERS[len(others)]}{' '.join(others)}"
    return f'<path d="{data}" fill="none" stroke-width="{width}"/>'


def read_svg(text: str) -> list[Row]:
    """The rows of a document that `svg` wrote, all of the highest degree in it; as `Strokes.from_svg`."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"this is not SVG ({error})") from error
    rows: list[list[float]] = []  # each of its own degree, a dot's is 0
    for element in root.iter():
        name = element.tag.removeprefix(SVG)
        try:
            if name == "line":
                rows.append([float(element.attrib[key]) for key in ("x1", "y1", "x2", "y2", "stroke-width")])
            elif name == "path":
                rows.append([*_curve(element.attrib["d"]), float(element.attrib["stroke-width"])])
            elif name == "circle":
                x, y, radius = (float(element.attrib[key]) for key in ("cx", "cy", "r"))
                rows.append([x, y, 2 * radius])
            elif name not in ("svg", "g", "rect"):
                raise ValueError(f"only lines, curves and dots that to_svg wrote can be read, not a <{name}>")
        except KeyError as error:
            raise ValueError(f"a <{name}> has no {error}") from error
    degree = max([len(row) // 2 - 1 for row in rows] + [1])
    curves = (torch.tensor(row[:-1], dtype=torch.float64) for row in rows)
    return [[*elevate(curve, degree).tolist(), row[-1]] for curve, row in zip(curves, rows, strict=True)]


def _curve(data: str) -> list[float]:
    """The control points of path data that are one quadratic or cubic curve."""
    match = re.fullmatch(r"M([^A-Z]+)([QC])([^A-Z]+)", data.strip())
    numbers = f"{match[1]} {match[3]}".replace(",", " ").split() if match else []
    if not match or LETTERS.get(len(numbers) - 2) != match[2]:
        raise ValueError(f"a <path> must be one curve as to_svg writes it, M… Q… or M… C…, not {data!r}")
    return [float(number) for number in numbers]


def read_drawing(text: str) -> dict[str, Any]:
    """What `Drawing.to_json` would say of a document that `Drawing.to_svg` wrote."""
    try:
        root = ElementTree.fromstring(text)
        sides = {name: float(root.attrib[name]) for name in ("width", "height")}
        group = root.find(f"{SVG}g")
        if group is None:
            raise ValueError("it has no <g>")
        style = {name: group.attrib[f"stroke-line{name}"] for name in ("cap", "join")}
        return {**sides, **style, "paths": [_read_shape(element) for element in group]}
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise ValueError(f"this is not the SVG of a drawing, as to_svg writes it: {error}") from error


def _read_shape(element: ElementTree.Element) -> dict[str, Any]:
    name = element.tag.removeprefix(SVG)
    if name == "circle":
        x, y, radius = (float(element.attrib[key]) for key in ("cx", "cy", "r"))
        return {"degree": 1, "width": 2 * radius, "points": [[x, y], [x, y]]}
    match = re.fullmatch(r"M([^A-Z]+)([LQC])([^A-Z]+)(Z?)", element.attrib["d"]) if name == "path" else None
    if match is None:
        raise ValueError(f"there is a <{name}> that it does not write")
    numbers = [float(number) for number in f"{match[1]} {match[3]}".split()]
    degree = next(count for count, letter in LETTERS.items() if letter == match[2]) // 2
    points = [list(point) for point in zip(numbers[::2], numbers[1::2], strict=True)]
    width = float(element.attrib["stroke-width"])
    return {"degree": degree, "width": width, "closed": bool(match[4]), "points": points}


# JSON


def json_text(lines: Tensor, width: Tensor) -> str:
    """A batch, lines [B, N, 4] (of curves 6 or 8) and width [B, N], as text; as `Strokes.to_json`."""
    if not lines.numel():
        raise ValueError(f"strokes of shape {list(lines.shape)} have no lines to write")
    fields = {"lines": _exact(lines.detach().cpu()), "width": _exact(width.detach().cpu())}
    return json.dumps(fields, default=lambda number: float(str(number)))


def read_json(text: str) -> tuple[Tensor, Tensor]:
    """Lines [B, N, 4] (of curves 6 or 8) and width [B, N] of text; as `Strokes.from_json`."""
    try:
        fields = json.loads(text)
    except ValueError as error:
        raise ValueError(f"this is not JSON ({error})") from error
    if not isinstance(fields, dict) or not {"lines", "width"} <= fields.keys():
        raise ValueError('the JSON of strokes is an object with "lines" and "width"')
    try:
        lines, width = (torch.tensor(fields[name], dtype=torch.float32) for name in ("lines", "width"))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"lines and width must be nested lists of numbers, as long as each other: {error}"
        ) from error
    if lines.ndim not in (2, 3) or lines.shape[-1] not in (4, 6, 8):
        raise ValueError(f"lines must be [N, 4] or [B, N, 4], of curves 6 or 8, not {list(lines.shape)}")
    lines = lines.reshape(-1, *lines.shape[-2:])
    if width.ndim and width.shape not in (lines.shape[:2], lines.shape[1:2] if len(lines) == 1 else ()):
        raise ValueError(f"width must be a number or {list(lines.shape[:2])}, not {list(width.shape)}")
    return lines, width.expand(lines.shape[:2]).clone()


# Stroke-3


def stroke3(lines: Tensor, width: Tensor) -> Tensor:
    """One drawing, lines [N, 4] (of curves 6 or 8) and width [N], as pen movements [M, 3]; as
    `Strokes.to_stroke3`."""
    drawn = lines[width > 0].detach().to(torch.float64).unflatten(-1, (-1, 2))
    return pen_movements([flatten(curve, FLATNESS) for curve in drawn]).to(lines)


def pen_movements(polylines: Sequence[Tensor]) -> Tensor:
    """Polylines, each [K, 2], as stroke-3 [M, 3], float64; those that meet end to end are joined."""
    points: list[list[float]] = []  # (x, y, 1 if the pen is lifted there)
    for first, *others in (polyline.tolist() for polyline in polylines):
        if points and points[-1][:2] == first:
            points[-1][2] = 0.0
        else:
            points.append([*first, 0.0])
        points.extend([*point, 0.0] for point in others)
        points[-1][2] = 1.0
    sequence = torch.tensor(points, dtype=torch.float64).reshape(-1, 3)
    sequence[1:, :2] = sequence[:, :2].diff(dim=0)
    return sequence


def read_stroke3(points: Tensor | np.ndarray | Sequence[Row], width: float) -> list[Row]:
    """The rows between the points of a sequence; as `Strokes.from_stroke3`."""
    sequence = torch.as_tensor(points, dtype=torch.float64, device="cpu")
    if sequence.ndim != 2 or sequence.shape[1] != 3:
        raise ValueError(f"points must be [M, 3], (Δx, Δy, pen lifted), not {list(sequence.shape)}")
    rows: list[Row] = []
    pen: tuple[float, float] | None = None  # where it was set down
    places = sequence[:, :2].cumsum(0)
    for (x, y), lifted in zip(places.tolist(), sequence[:, 2].tolist(), strict=True):
        if pen is not None:
            rows.append([*pen, x, y, width])
        elif lifted:
            rows.append([x, y, x, y, width])
        pen = None if lifted else (x, y)
    return rows


# Numbers


def _exact(numbers: Tensor) -> Any:
    """Nested lists of NumPy scalars in their own precision; half precision as single, which holds it."""
    array = numbers.float() if numbers.dtype in (torch.float16, torch.bfloat16) else numbers
    return list(array.numpy()) if array.ndim == 1 else [_exact(part) for part in array]


def digits(number: np.floating) -> str:
    """The fewest decimals that are read as the same number, without an exponent."""
    return np.format_float_positional(number, unique=True, trim="-")


def number_text(name: str, value: Any) -> str:
    """A finite Python number as text; of anything else, text with markup for instance, an error."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not a {type(value).__name__}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, not {value}")
    return f"{float(value):.9g}"
