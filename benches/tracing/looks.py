"""What each tracer makes of the same two pictures, for a figure."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np
from PIL import Image
from skimage.measure import approximate_polygon
from svgpathtools import parse_path

from benches.tracing.compare import best_threshold
from benches.tracing.degrade import degrade
from benches.tracing.rivals import Tracer
from benches.tracing.truth import hershey, points_along

PICTURES = (("&", 96, 5.0, "photographed"), ("Q", 28, 2.0, "scanned"))  # of the plotter font
OUTLINED = "sauvola"  # threshold for tracers of outlines, which have no distance to choose it by
BEND = 0.02  # pixels between a polyline that is kept and its points


def looks(tracers: list[Tracer]) -> list[dict[str, Any]]:
    """Of each picture its pixels, its strokes, and what each tracer finds with its best threshold.

    Points are in pixels. `strokes` are polylines, `outlines` rings whose inside, even-odd, is filled.
    """
    found = []
    for character, size, pen, condition in PICTURES:
        (case,) = hershey(character, size, pen)
        ink = degrade(case.ink, condition, 0)
        made = {}
        for tracer in tracers:
            threshold = OUTLINED if tracer.outlines else tracer.default
            if tracer.modules and not tracer.outlines:
                threshold = best_threshold(tracer, [case], [ink])
            traced = tracer.trace(ink, threshold)
            key = "outlines" if tracer.outlines else "strokes"
            lines = _rings(traced.svg) if tracer.outlines else traced.strokes
            made[tracer.name] = {"threshold": threshold, key: _rounded(lines)}
        about = {"character": character, "size": size, "pen": pen, "condition": condition}
        found.append({**about, "png": _png(ink), "truth": _rounded(case.strokes), "tracers": made})
    return found


def _rings(svg: str) -> list[np.ndarray]:
    rings = []
    for element in re.findall(r"<path [^>]*>", svg):
        (data,) = re.findall(r'\bd="([^"]+)"', element)
        move = re.search(r"translate\(([-\d.]+)[, ]([-\d.]+)\)", element)
        offset = np.array([float(part) for part in move.groups()]) if move else np.zeros(2)
        rings += [points_along(ring, 1.0) + offset for ring in parse_path(data).continuous_subpaths()]
    return rings


def _rounded(lines: list[np.ndarray]) -> list[list[list[float]]]:
    return [approximate_polygon(line, BEND).round(2).tolist() for line in lines]


def _png(ink: np.ndarray) -> str:
    """The picture as a PNG, ink dark, in base64."""
    file = io.BytesIO()
    Image.fromarray((255 * (1 - ink)).round().astype(np.uint8)).save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()
