"""vecnb.trace: structure, accuracy on drawings of known truth, degraded pictures, determinism, errors."""

import io
import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from vecnb.drawing import Drawing
from vecnb.render import render_hard
from vecnb.trace import Stroke, isolate_ink, propose, refine, vectorise


def picture(strokes: list, width: float, size: int = 64) -> np.ndarray:
    """Ink [H, W] of lines (x1, y1, x2, y2), or cubic curves of eight numbers, in pixels."""
    ends = np.reshape(strokes, (len(strokes), -1, 2))
    t = np.linspace(0, 1, 4)[:, None]
    points = ends if ends.shape[1] == 4 else (1 - t) * ends[:, :1] + t * ends[:, 1:]
    curves = np.float32(points.reshape(1, -1, 8) / size)
    return render_hard(curves, size, size, stroke_width=width / size)[0, 0]


def ring(x: float, y: float, radius: float) -> list[list[float]]:
    """Four curves, which leave the circle by less than a thousandth of its radius."""
    c = 0.5523 * radius
    quarter = [[radius, 0], [radius, c], [c, radius], [0, radius]]
    return [
        [part for p, q in quarter for part in (x + p * u - q * v, y + p * v + q * u)]
        for u, v in ((1, 0), (0, 1), (-1, 0), (0, -1))
    ]


def ends(drawing: Drawing) -> list[list[float]]:
    """Start and end of each path, the one further left, or up, first; in order."""
    found = [
        sorted(path.points[[0, -1]].tolist(), key=lambda xy: xy[0] + 1e-3 * xy[1]) for path in drawing.paths
    ]
    return sorted([*start, *end] for start, end in found)


def sampled(curves: list[list[float]]) -> np.ndarray:
    t = np.linspace(0, 1, 4000)[:, None]
    shares = [(1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3]
    return np.concatenate(
        [sum(share * np.reshape(c, (4, 2))[i] for i, share in enumerate(shares)) for c in curves]
    )


def distances(drawing: Drawing, truth: np.ndarray) -> tuple[float, float]:
    """Chamfer and Hausdorff distance in pixels, both ways."""
    parts = []
    for path in drawing.paths:
        line = path.polyline(0.01).double().numpy()
        t = np.linspace(0, 1, 100)[:, None]
        parts += [a + t * (b - a) for a, b in itertools.pairwise(line)]
    found = np.concatenate(parts)
    there, back = cKDTree(truth).query(found)[0], cKDTree(found).query(truth)[0]
    # Samples of the drawing are not equally dense; those of the truth are nearly.
    return float(back.mean()), float(max(there.max(), back.max()))


END = 0.15  # pixels
STRUCTURES = {
    "plus": ([[32, 10, 32, 54], [10, 32, 54, 32]], 4),
    "thick X": ([[12, 12, 52, 52], [12, 52, 52, 12]], 9),
    "horizontal": ([[10, 32, 54, 32]], 4),
    "at half a pixel": ([[10, 32.5, 54, 32.5]], 4),
    "vertical": ([[20.5, 8, 20.5, 50]], 3),
    "two pixels": ([[10, 12, 50, 40]], 2),
    "far apart": ([[5, 8, 40, 8], [20, 50, 58, 55]], 3),
}


@pytest.mark.parametrize("name", STRUCTURES)
def test_lines_are_found_as_they_were_drawn(name):
    lines, width = STRUCTURES[name]
    drawing = vectorise(picture(lines, width))
    assert [path.degree for path in drawing.paths] == [1] * len(lines)
    assert np.abs(np.subtract(ends(drawing), sorted(lines))).max() < END
    assert all(path.width == pytest.approx(width, rel=0.03) for path in drawing.paths)


@pytest.mark.parametrize("width", [2, 3, 4, 6])
@pytest.mark.parametrize("angle", [12, 20, 35, 60, 90])
def test_crossing_lines_are_two_at_any_angle(angle, width):
    slope = 40 * math.tan(math.radians(angle / 2))
    lines = [[10, 48 - slope, 90, 48 + slope], [10, 48 + slope, 90, 48 - slope]]
    drawing = vectorise(picture(lines, width, 100))
    found = sorted(ends(drawing), key=lambda line: line[1])
    assert len(found) == 2 and np.abs(np.subtract(found, lines)).max() < 0.3


@pytest.mark.parametrize("count", [3, 4, 5])
def test_lines_through_one_point_go_on_beyond_it(count):
    turns = np.pi * (np.arange(count) / count + 0.05)
    arms = 36 * np.stack([np.cos(turns), np.sin(turns)], 1)
    drawing = vectorise(picture(np.hstack([48 - arms, 48 + arms]).tolist(), 4, 96))
    assert len(drawing.paths) == count
    for x1, y1, x2, y2 in ends(drawing):
        assert math.hypot(x2 - x1, y2 - y1) == pytest.approx(72, abs=0.5)


def test_a_line_a_pixel_wide_is_a_little_wider():
    for line in ([10, 12.5, 50, 12.5], [10, 12.5, 50, 40.5]):
        (path,) = (drawing := vectorise(picture([line], 1))).paths
        assert path.degree == 1 and path.width == pytest.approx(1, abs=0.2)
        assert np.abs(np.subtract(ends(drawing), [line])).max() < 0.25


def test_a_t_is_two_strokes_that_meet():
    drawing = vectorise(picture([[10, 12, 54, 12], [32, 12, 32, 54]], 4))
    bar, stem = ends(drawing)
    assert np.abs(np.subtract(bar, [10, 12, 54, 12])).max() < END
    assert np.abs(np.subtract(stem[2:], [32, 54])).max() < END and abs(stem[1] - 12) < 1


def test_a_sharp_corner_is_one_joint():
    (path,) = vectorise(picture([[4, 6, 22, 10], [22, 10, 5, 20]], 3, 28)).paths
    assert len(path.segments()) == 2
    assert path.points[path.degree].tolist() == pytest.approx([22, 10], abs=0.3)


def test_an_i_has_its_dot():
    drawing = vectorise(picture([[32, 28, 32, 54], [32, 14, 32, 14]], 6))
    dot, stem = sorted(ends(drawing), key=lambda xy: xy[1])
    assert dot[:2] == dot[2:] and np.abs(np.subtract(dot, [32, 14] * 2)).max() < END
    assert np.abs(np.subtract(stem, [32, 28, 32, 54])).max() < END


@pytest.mark.parametrize("width", [4, 8, 20])
def test_a_dot_is_a_point(width):
    (path,) = vectorise(picture([[31, 33, 31, 33]], width)).paths
    assert path.points.tolist() == [path.points[0].tolist()] * 2
    assert path.points[0].tolist() == pytest.approx([31, 33], abs=END)
    assert path.width == pytest.approx(width, rel=0.03, abs=0.05)


@pytest.mark.parametrize(("radius", "width"), [(18, 4), (10, 2), (24, 8)])
def test_a_ring_is_one_closed_path(radius, width):
    curves = ring(32, 31, radius)
    (path,) = (drawing := vectorise(picture(curves, width))).paths
    assert path.closed and torch.equal(path.points[0], path.points[-1]) and len(path.segments()) <= 4
    assert path.width == pytest.approx(width, rel=0.03)
    assert max(distances(drawing, sampled(curves))) < 0.2


@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_an_8_is_one_closed_stroke(width):
    curves = [
        [32, 32, 46, 18, 46, 6, 32, 6],
        [32, 6, 18, 6, 18, 18, 32, 32],
        [32, 32, 46, 46, 46, 58, 32, 58],
        [32, 58, 18, 58, 18, 46, 32, 32],
    ]
    (path,) = (drawing := vectorise(picture(curves, width))).paths
    assert path.closed and path.width == pytest.approx(width, rel=0.03)
    chamfer, hausdorff = distances(drawing, sampled(curves))
    assert chamfer < 0.1 and hausdorff < 0.7


def test_rings_are_not_joined():
    drawing = vectorise(picture(ring(16, 16, 10) + ring(46, 44, 12), 3))
    assert [path.closed for path in drawing.paths] == [True, True]


def test_a_stroke_goes_on_beyond_the_edge():
    drawing = vectorise(picture([[-5, 30, 70, 30], [20, -4, 20, 70]], 4))
    assert len(drawing.paths) == 2
    for x1, y1, x2, y2 in ends(drawing):
        assert (x1 < 1.5 and x2 > 62.5) or (y1 < 1.5 and y2 > 62.5)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_line_along_the_edge_is_as_one_further_in(width):
    near, far = width / 2, 64 - width / 2
    lines = ([10, near, 54, near], [10, far, 54, far], [near, 10, near, 54], [far, 10, far, 54])
    for line in lines:
        (path,) = (drawing := vectorise(picture([line], width))).paths
        assert path.degree == 1 and path.width == pytest.approx(width, rel=0.03)
        assert np.abs(np.subtract(ends(drawing), [line])).max() < END


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_frame_around_the_picture_is_one_closed_path(width):
    near, far = width / 2, 64 - width / 2
    corners = [(near, near), (far, near), (far, far), (near, far), (near, near)]
    drawing = vectorise(picture([[*a, *b] for a, b in itertools.pairwise(corners)], width))
    (path,) = drawing.paths
    assert path.closed and path.width == pytest.approx(width, rel=0.03, abs=0.15)
    sides = np.concatenate([np.linspace(a, b, 1000) for a, b in itertools.pairwise(corners)])
    assert max(distances(drawing, sides)) < 0.3


@pytest.mark.parametrize("middle", [32.0, 32.25, 32.5, 32.75])
@pytest.mark.parametrize("width", [2, 3, 5, 10])
def test_a_straight_stroke_keeps_its_place_within_a_pixel(middle, width):
    for line in ([10, middle, 54, middle], [middle, 10, middle, 54]):
        (path,) = vectorise(picture([line], width)).paths
        points = path.polyline(0.01)
        across = points[:, 1] if line[1] == line[3] else points[:, 0]
        assert (across - middle).abs().max() < 0.05 and path.width == pytest.approx(width, rel=0.01)


@pytest.mark.parametrize("width", [4, 6])
@pytest.mark.parametrize("middle", [32.0, 32.5])
def test_a_pixel_too_many_on_a_line_is_no_stroke(middle, width):
    image = picture([[10, middle, 54, middle]], width)
    image[np.flatnonzero(image[:, 30])[0] - 1, 30] = 1
    (path,) = (drawing := vectorise(image)).paths
    assert max(distances(drawing, np.linspace((10, middle), (54, middle), 4000))) < 0.3
    assert path.width == pytest.approx(width, rel=0.03)


def test_nothing_drawn_has_no_paths():
    for blank in (np.zeros((20, 30)), np.ones((20, 30)), np.full((20, 30), 0.4), np.zeros((1, 1))):
        drawing = vectorise(blank)
        assert (drawing.paths, drawing.width, drawing.height) == ((), blank.shape[1], blank.shape[0])


def test_a_black_pixel_is_a_dot_where_it_is_all_there_is():
    image = np.zeros((30, 30), np.float32)
    image[11, 17] = 1
    (path,) = vectorise(image).paths
    assert path.points.tolist() == [pytest.approx([17.5, 11.5], abs=0.1)] * 2
    image = picture([[10, 32, 54, 32]], 2)
    image[27, 30] = 1
    assert len(vectorise(image).paths) == 1


@pytest.mark.parametrize("side", [2, 3, 4, 5])
def test_a_square_of_pixels_is_a_dot_of_its_area(side):
    image = np.zeros((30, 30), np.float32)
    image[10 : 10 + side, 12 : 12 + side] = 1
    (path,) = vectorise(image).paths
    assert path.points.tolist() == [pytest.approx([12 + side / 2, 10 + side / 2], abs=0.1)] * 2
    assert math.pi * path.width**2 / 4 == pytest.approx(side**2, rel=0.05)


CURVES = {
    "wave": [[10, 50, 25, -10, 40, 75, 55, 12]],
    "bow": [[8, 20, 20, 55, 45, 55, 56, 20]],
    "two": [[8, 12, 30, 4, 40, 28, 56, 10], [10, 56, 14, 30, 50, 60, 54, 34]],
}


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("name", CURVES)
def test_curves_are_found_to_a_tenth_of_a_pixel(name, size):
    curves = [[size * value for value in curve] for curve in CURVES[name]]
    drawing = vectorise(picture(curves, 3.0 * size, 64 * size))
    assert len(drawing.paths) == len(curves)
    assert sum(len(path.segments()) for path in drawing.paths) == len(curves)
    chamfer, hausdorff = distances(drawing, sampled(curves))
    assert chamfer < 0.1 and hausdorff < 0.4
    assert all(path.width == pytest.approx(3 * size, rel=0.03) for path in drawing.paths)


def degraded(ink: np.ndarray, kind: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    if kind == "blurred":
        return gaussian_filter(ink, 1.0)
    if kind == "noisy":
        return np.clip(ink + 0.05 * rng.standard_normal(ink.shape), 0, 1)
    light = 0.35 * np.linspace(0, 1, ink.shape[1]) + 0.1 * np.linspace(0, 1, ink.shape[0])[:, None]
    uneven = light + 0.5 * ink
    if kind == "unevenly lit":
        return uneven
    file = io.BytesIO()
    Image.fromarray((255 * (1 - np.clip(uneven, 0, 1))).astype(np.uint8)).save(file, "JPEG", quality=40)
    return 1 - np.asarray(Image.open(file), float) / 255


@pytest.mark.parametrize("kind", ["blurred", "noisy", "unevenly lit", "JPEG"])
def test_a_degraded_picture_is_still_read(kind):
    curves = [[1.5 * value for value in curve] for curve in CURVES["two"]]
    image = degraded(picture(curves, 4, 96), kind)
    drawing = vectorise(image)
    chamfer, hausdorff = distances(drawing, sampled(curves))
    assert len(drawing.paths) == 2 and chamfer < 0.15 and hausdorff < 0.9


def test_clean_ink_stays_as_it_is():
    ink = picture([[10, 12, 50, 40]], 3)
    assert np.array_equal(isolate_ink(ink), ink)


def test_the_same_bytes_twice_and_by_any_type():
    image = picture(CURVES["wave"], 3)
    texts = {
        vectorise(kind).to_json()
        for kind in (image, image.copy(), torch.from_numpy(image), torch.from_numpy(image)[None, None])
    }
    assert len(texts) == 1


def test_a_picture_need_not_be_square():
    image = np.zeros((30, 100), np.float32)
    image[13:16, 20:80] = 1
    drawing = vectorise(image)
    assert (drawing.width, drawing.height, len(drawing.paths)) == (100, 30, 1)


def test_more_detail_keeps_more_numbers():
    image = degraded(picture(ring(32, 32, 20)[:3] + CURVES["wave"], 3), "noisy")
    counts = [sum(p.points.numel() for p in vectorise(image, detail=d).paths) for d in (1e-3, 1, 1e3)]
    assert counts == sorted(counts) and counts[0] < counts[2]


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.floats(0.5, 9))
@settings(max_examples=15, deadline=None)
def test_any_drawing_is_finite_and_never_worse_than_its_proposal(seed, count, width):
    lines = np.random.default_rng(seed).uniform(-4, 44, (count, 8)).tolist()
    image = picture(lines, width, 40)
    drawing = vectorise(image)
    assert all(torch.isfinite(path.points).all() and math.isfinite(path.width) for path in drawing.paths)
    strokes = [
        Stroke(np.linspace(p[0], p[-1], 4), breadth) for p, breadth, _ in propose(image.astype(np.float64))
    ]
    assert refine(image, strokes)[1] <= refine(image, strokes, steps=0)[1] + 1e-9


def test_errors_say_what_is_wrong():
    with pytest.raises(ValueError, match="image must be one picture, not 2"):
        vectorise(np.zeros((2, 1, 28, 28), np.float32))
    for detail in (0, -1, math.nan):
        with pytest.raises(ValueError, match="detail must be above 0"):
            vectorise(np.zeros((28, 28), np.float32), detail=detail)
    with pytest.raises((TypeError, ValueError)):
        vectorise("picture.png")
