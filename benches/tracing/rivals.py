"""The tracers that are compared, each as a function of a picture; one that is not installed is named."""

from __future__ import annotations

import importlib
import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PIL import Image
from skimage.filters import threshold_otsu, threshold_sauvola
from skimage.measure import approximate_polygon
from skimage.morphology import skeletonize
from svgpathtools import parse_path

from benches.tracing.truth import points_along
from vecnb.trace import vectorise

Threshold = float | str | None  # a number, "otsu", "sauvola"; None: the tracer takes the grey picture
THRESHOLDS: tuple[Threshold, ...] = (0.2, 0.35, 0.5, 0.65, "otsu", "sauvola")


@dataclass
class Traced:
    """What a tracer found.

    Attributes:
        strokes: points [K, 2] of each, pixels.
        segments: number of curves and lines.
        widths: of each stroke, pixels; empty if the tracer knows none.
        svg: the file that it writes; "" if it writes none.
    """

    strokes: list[np.ndarray]
    segments: int
    widths: list[float] = field(default_factory=list)
    svg: str = ""


@dataclass
class Tracer:
    """A tracer under the name that tables show, with its default threshold and a limit to what it is given.

    `largest` is the side in pixels above which it takes too long to be asked.
    """

    name: str
    trace: Callable[[np.ndarray, Threshold], Traced]
    default: Threshold
    modules: tuple[str, ...]
    install: str
    largest: float = math.inf
    outlines: bool = False


def bilevel(ink: np.ndarray, threshold: Threshold) -> np.ndarray:
    """[H, W] bool, ink by a threshold."""
    if threshold == "sauvola":  # usual settings; of the darkness of the paper, as it was made for
        return ink > 1 - threshold_sauvola(1 - ink)
    if threshold == "otsu":
        return ink > (threshold_otsu(ink) if np.ptp(ink) else 0.5)
    return ink >= threshold


def by_vecnb(ink: np.ndarray, _: Threshold = None) -> Traced:
    drawing = vectorise(ink)
    strokes = [path.polyline(0.02).double().numpy() for path in drawing.paths]
    segments = sum((len(path.points) - 1) // path.degree for path in drawing.paths)
    return Traced(strokes, segments, [path.width for path in drawing.paths], drawing.to_svg(background=False))


def by_sknw(ink: np.ndarray, threshold: Threshold) -> Traced:
    """scikit-image's skeleton, sknw's graph of it, Douglas and Peucker's polygons of the branches.

    `multi` keeps the second branch between two junctions, which sknw drops by default.
    """
    import sknw

    graph = sknw.build_sknw(skeletonize(bilevel(ink, threshold)), multi=True)
    paths = [edge["pts"] for *_, edge in graph.edges(data=True)]
    paths += [node["pts"][:1] for at, node in graph.nodes(data=True) if graph.degree(at) == 0]
    strokes = [approximate_polygon(path[:, ::-1].astype(float) + 0.5, 1.0) for path in paths if len(path)]
    return Traced(strokes, sum(max(len(stroke) - 1, 1) for stroke in strokes))


def by_autotrace(ink: np.ndarray, threshold: Threshold) -> Traced:
    """autotrace's centre lines. Of a grey picture it would trace each shade, so it gets a bilevel one."""
    from autotrace import Bitmap, PolynomialDegree

    grey = np.where(bilevel(ink, threshold), 0, 255).astype(np.uint8)
    vector = Bitmap(np.repeat(grey[..., None], 3, 2)).trace(centerline=True)
    strokes, segments = [], 0
    for path in vector.paths:
        points = []
        for spline in path.splines:
            control = np.array([[point.x, point.y] for point in spline.points])
            t = np.linspace(0, 1, 2 if spline.degree == PolynomialDegree.LINEAR else 30)[:, None]
            weights = np.hstack([(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3])
            points.append(weights @ control)
        if points:  # its y goes up, its points are corners of pixels
            strokes.append(np.concatenate(points) * [1, -1] + [0.5, len(ink) - 0.5])
            segments += len(path.splines)
    return Traced(strokes, segments, svg=vector.encode("svg").decode())


def by_trace_skeleton(ink: np.ndarray, threshold: Threshold) -> Traced:
    import trace_skeleton

    # It thins the array that it is given.
    polygons = trace_skeleton.from_numpy((255 * bilevel(ink, threshold)).astype(np.uint8))
    strokes = [np.array(polygon, float) + 0.5 for polygon in polygons if len(polygon) > 1]
    return Traced(strokes, sum(len(stroke) - 1 for stroke in strokes))


def by_centerline_svg(ink: np.ndarray, threshold: Threshold) -> Traced:
    """centerline-svg; half a pixel is added, for its points are the numbers of pixels, not their middles."""
    import centerline_svg

    svg = centerline_svg.png_to_svg(_png(bilevel(ink, threshold)))
    paths = [parse_path(data) for data in re.findall(r' d="([^"]+)"', svg)]
    strokes = [points_along(path, 1.0) + 0.5 for path in paths if len(path)]
    (width,) = re.findall(r'stroke-width="([\d.]+)"', svg)
    return Traced(strokes, sum(map(len, paths)), [float(width)] * len(strokes), svg)


def by_potracer(ink: np.ndarray, threshold: Threshold) -> Traced:
    import potrace

    curves, data = potrace.Bitmap(~bilevel(ink, threshold)).trace(), []  # light is True
    for curve in curves:
        data.append(f"M{curve.start_point.x} {curve.start_point.y}")
        for part in curve.segments:
            ends = [part.c, part.end_point] if part.is_corner else [part.c1, part.c2, part.end_point]
            data.append("LC"[len(ends) == 3] + " ".join(f"{point.x} {point.y}" for point in ends))
        data.append("Z")
    return _outlines(f'<path fill-rule="evenodd" d="{"".join(data)}"/>', ink.shape)


def by_vtracer(ink: np.ndarray, threshold: Threshold) -> Traced:
    import vtracer

    svg = vtracer.convert_raw_image_to_svg(_png(bilevel(ink, threshold)), "png", colormode="binary")
    return Traced([], 0, svg=svg)


def _outlines(shapes: str, shape: tuple[int, int]) -> Traced:
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{shape[1]}" height="{shape[0]}">'
    return Traced([], 0, svg=f"{opening}{shapes}</svg>")


def _png(foreground: np.ndarray) -> bytes:
    """Black on white."""
    file = io.BytesIO()
    Image.fromarray(np.where(foreground, 0, 255).astype(np.uint8)).convert("RGB").save(file, "PNG")
    return file.getvalue()


VECNB = Tracer("vecnb", by_vecnb, None, (), "")
RIVALS = (
    Tracer("skeleton + sknw", by_sknw, "otsu", ("sknw",), "sknw"),
    Tracer("autotrace", by_autotrace, 0.5, ("autotrace",), "pyautotrace"),
    Tracer("trace-skeleton", by_trace_skeleton, 0.5, ("trace_skeleton",), "trace-skeleton (needs swig)"),
    Tracer("centerline-svg", by_centerline_svg, 0.5, ("centerline_svg",), "centerline-svg", largest=300),
    Tracer("potracer", by_potracer, 0.5, ("potrace",), "potracer", largest=300, outlines=True),
    Tracer("vtracer", by_vtracer, 0.5, ("vtracer",), "vtracer", outlines=True),
)


def installed() -> list[Tracer]:
    """vecnb and every rival that can be imported; the others are named."""
    found = [VECNB]
    for tracer in RIVALS:
        try:
            for module in tracer.modules:
                importlib.import_module(module)
            found.append(tracer)
        except ImportError:
            print(f"{tracer.name} is left out: pip install {tracer.install}")
    return found
