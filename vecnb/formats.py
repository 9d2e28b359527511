"""Drawings as text and as sequences: SVG, JSON and sketch-rnn's stroke-3, from numbers and back.

`Strokes` offers these as methods. A row is one line, (x1, y1, x2, y2, width), in unit-square units.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from numbers import Real
from typing import Any
from xml.etree import ElementTree

import numpy as np
import torch
from torch import Tensor

SVG = "{http://www.w3.org/2000/svg}"
Row = Sequence[float]


# SVG


def svg(lines: Tensor, width: Tensor, size: float, *, background: bool, padding: float) -> str:
    """One drawing, lines [N, 4] and width [N], as a document; as `Strokes.to_svg`."""
    side, rim = _number("size", size), _number("padding", padding)
    if not size > 0 or not padding >= 0:
        raise ValueError(f"size must be above 0 and padding at least 0, not {size} and {padding}")
    box = [0.0 - padding, 0.0 - padding, 1 + 2 * padding, 1 + 2 * padding]
    rows = torch.cat([lines, width.to(lines)[:, None]], 1).detach().cpu()
    shapes = "".join(_shape(row) for row in _exact(rows) if row[4] > 0)
    place = f' x="-{rim}" y="-{rim}"' if padding else ""
    backdrop = f'<rect{place} width="{box[2]:.9g}" height="{box[3]:.9g}" fill="white"/>' if background else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side}" height="{side}" '
        f'viewBox="{" ".join(f"{number:.9g}" for number in box)}">{backdrop}'
        f'<g stroke="black" stroke-linecap="round">{shapes}</g></svg>'
    )


def _shape(row: Sequence[np.floating]) -> str:
    x1, y1, x2, y2, width = map(_digits, row)
    if (x1, y1) == (x2, y2):  # a dot: as a line of no length it would be dropped by what follows paths
        return f'<circle cx="{x1}" cy="{y1}" r="{_digits(type(row[4])(row[4] / 2))}" stroke="none"/>'
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-width="{width}"/>'


def read_svg(text: str) -> list[Row]:
    """The rows of a document that `svg` wrote; as `Strokes.from_svg`."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"this is not SVG ({error})") from error
    rows: list[Row] = []
    for element in root.iter():
        name = element.tag.removeprefix(SVG)
        try:
            if name == "line":
                rows.append([float(element.attrib[key]) for key in ("x1", "y1", "x2", "y2", "stroke-width")])
            elif name == "circle":
                x, y, radius = (float(element.attrib[key]) for key in ("cx", "cy", "r"))
                rows.append([x, y, x, y, 2 * radius])
            elif name not in ("svg", "g", "rect"):
                raise ValueError(f"only lines and dots that to_svg wrote can be read, not a <{name}>")
        except KeyError as error:
            raise ValueError(f"a <{name}> has no {error}") from error
    return rows


# JSON


def json_text(lines: Tensor, width: Tensor) -> str:
    """A batch, lines [B, N, 4] and width [B, N], as text; as `Strokes.to_json`."""
    if not lines.numel():
        raise ValueError(f"strokes of shape {list(lines.shape)} have no lines to write")
    fields = {"lines": _exact(lines.detach().cpu()), "width": _exact(width.detach().cpu())}
    return json.dumps(fields, default=lambda number: float(str(number)))


def read_json(text: str) -> tuple[Tensor, Tensor]:
    """Lines [B, N, 4] and width [B, N] of text; as `Strokes.from_json`."""
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
    if lines.ndim not in (2, 3) or lines.shape[-1] != 4:
        raise ValueError(f"lines must be [N, 4] or [B, N, 4], not {list(lines.shape)}")
    lines = lines.reshape(-1, *lines.shape[-2:])
    if width.ndim and width.shape not in (lines.shape[:2], lines.shape[1:2] if len(lines) == 1 else ()):
        raise ValueError(f"width must be a number or {list(lines.shape[:2])}, not {list(width.shape)}")
    return lines, width.expand(lines.shape[:2]).clone()


# Stroke-3


def stroke3(lines: Tensor, width: Tensor) -> Tensor:
    """One drawing, lines [N, 4] and width [N], as pen movements [M, 3]; as `Strokes.to_stroke3`."""
    drawn = lines[width > 0].detach()
    points: list[list[float]] = []  # (x, y, 1 if the pen is lifted there)
    for x1, y1, x2, y2 in drawn.tolist():
        if points and points[-1][:2] == [x1, y1]:
            points[-1][2] = 0.0
        else:
            points.append([x1, y1, 0.0])
        points.append([x2, y2, 1.0])
    sequence = torch.tensor(points, dtype=torch.float64).reshape(-1, 3)
    sequence[1:, :2] = sequence[:, :2].diff(dim=0)
    return sequence.to(lines)


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


def _digits(number: np.floating) -> str:
    """The fewest decimals that are read as the same number, without an exponent."""
    return np.format_float_positional(number, unique=True, trim="-")


def _number(name: str, value: Any) -> str:
    """A finite Python number as text; of anything else, text with markup for instance, an error."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, not a {type(value).__name__}")
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, not {value}")
    return f"{float(value):.9g}"
