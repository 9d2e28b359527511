"""render_hard of curves and drawings: against resvg, kinds, errors by name, threads, Ctrl-C, the GIL."""

import math
import signal
import subprocess
import threading
import time

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from test_rust import posix, start

from vecnb.drawing import Drawing, Path
from vecnb.render import render_hard
from vecnb.strokes import Strokes


def random_curves(batch: int = 3, curves: int = 4, numbers: int = 8, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((batch, curves, numbers), np.float32)


# One path each: size, cap, join, degree, closed, width; ink and centroid of what resvg makes of its SVG;
# points. resvg-py 0.5.0 drew it 32 times as large (16 times at 64 pixels), because it flattens curves to a
# quarter of a pixel; blocks of its pixels were averaged.
RESVG = [
    (28, "round", "round", 1, False, 1.2, (42.15, 12.245, 11.311),
     [20.8, 20.9, 14.3, 9.2, 4.0, 11.4, 11.9, 3.8]),
    (28, "butt", "miter", 1, False, 1.9, (82.63, 18.449, 16.863),
     [25.2, 17.4, 8.1, 12.5, 24.6, 22.9, 21.7, 11.6]),
    (64, "square", "miter", 1, False, 3.4, (254.08, 44.304, 24.14),
     [41.0, 9.5, 34.8, 20.3, 51.4, 9.7, 41.2, 50.9]),
    (28, "round", "round", 1, True, 1.7, (91.55, 12.535, 16.097),
     [22.9, 22.3, 3.2, 18.6, 2.8, 14.1, 12.6, 7.4]),
    (28, "butt", "miter", 1, True, 2.5, (115.31, 12.663, 14.012),
     [20.9, 9.9, 6.1, 18.4, 12.8, 20.7, 8.1, 10.0]),
    (64, "square", "miter", 1, True, 6.2, (610.46, 36.387, 17.179),
     [32.4, 32.3, 18.5, 7.1, 54.2, 10.8, 49.7, 25.2]),
    (28, "round", "round", 2, False, 2.3, (41.24, 14.96, 18.012),
     [11.7, 23.8, 15.3, 8.2, 19.4, 17.9]),
    (28, "butt", "miter", 2, False, 1.8, (22.37, 16.793, 11.164),
     [13.2, 7.8, 17.2, 5.2, 18.3, 17.0]),
    (64, "square", "miter", 2, False, 4.9, (194.78, 37.132, 30.359),
     [47.3, 16.3, 26.4, 47.3, 25.9, 42.9]),
    (28, "round", "round", 2, False, 2.7, (88.72, 14.599, 19.081),
     [23.9, 25.0, 19.0, 20.9, 6.2, 18.8, 21.8, 11.8, 15.2, 13.5]),
    (28, "butt", "miter", 2, False, 2.5, (89.73, 16.19, 16.503),
     [9.9, 11.8, 2.8, 12.2, 16.9, 23.7, 23.5, 10.1, 25.0, 7.0]),
    (64, "square", "miter", 2, False, 3.0, (206.35, 31.208, 26.595),
     [14.5, 27.1, 10.2, 50.3, 48.8, 13.6, 33.4, 19.6, 31.6, 34.7]),
    (28, "round", "round", 3, False, 2.6, (81.31, 12.233, 12.436),
     [22.2, 9.0, 12.8, 4.1, 2.9, 7.2, 10.5, 23.6]),
    (28, "butt", "miter", 3, False, 2.4, (29.02, 13.517, 17.245),
     [13.6, 13.0, 17.7, 22.0, 10.4, 20.6, 11.7, 16.1]),
    (64, "square", "miter", 3, False, 2.7, (121.45, 28.335, 24.098),
     [32.1, 41.8, 42.1, 6.7, 8.4, 14.0, 17.3, 16.8]),
    (28, "round", "round", 3, False, 2.6, (82.13, 16.538, 14.847),
     [7.7, 16.3, 22.6, 10.6, 11.0, 12.1, 18.0, 20.4, 23.9, 11.2, 18.6, 10.5, 21.3, 8.0]),
    (28, "butt", "miter", 3, False, 2.3, (74.34, 9.96, 13.818),
     [14.1, 19.0, 14.8, 9.9, 13.9, 3.9, 3.8, 14.7, 13.5, 21.5, 3.3, 15.3, 13.8, 16.2]),
    (64, "square", "miter", 3, False, 2.7, (172.4, 37.739, 24.948),
     [33.3, 35.2, 31.6, 37.9, 19.1, 34.7, 40.8, 16.2, 57.1, 44.6, 55.3, 21.5, 29.1, 19.8]),
]  # fmt: skip


@pytest.mark.parametrize("case", RESVG, ids=lambda case: f"{case[0]}-{case[1]}-{case[2]}-{case[3]}")
def test_ink_and_place_are_those_of_resvg(case):
    size, cap, join, degree, closed, width, (ink, x, y), numbers = case
    points = torch.tensor(numbers).reshape(-1, 2)
    image = render_hard(Drawing((Path(points, width, degree, closed),), size, size, cap, join), size, size)
    pixels, places = image[0, 0].double(), torch.arange(size) + 0.5
    found = pixels.sum().item()
    assert found == pytest.approx(ink, rel=2e-3)
    assert (pixels.sum(0) @ places.double()).item() / found == pytest.approx(x, abs=0.02)
    assert (pixels.sum(1) @ places.double()).item() / found == pytest.approx(y, abs=0.02)


@pytest.mark.parametrize("numbers", [6, 8])
def test_tensors_arrays_and_strokes_are_drawn_alike(numbers):
    curves = random_curves(numbers=numbers)
    images = render_hard(curves, 20, 30, stroke_width=0.1)
    assert isinstance(images, np.ndarray) and images.shape == (3, 1, 20, 30) and images.dtype == np.float32
    tensor = torch.from_numpy(curves).requires_grad_()
    drawn = render_hard(tensor, 20, 30, stroke_width=0.1)
    assert not drawn.requires_grad and torch.equal(drawn, torch.from_numpy(images))
    strokes = Strokes(torch.from_numpy(curves), torch.full((3, 4), 0.1))
    assert torch.equal(render_hard(strokes, 20, 30), drawn)
    for other in (np.asfortranarray(curves), curves.astype(np.float64), curves.astype(">f4")):
        np.testing.assert_array_equal(render_hard(other, 20, 30, stroke_width=0.1), images)
    per_line = np.full((3, 4), 0.1, np.float32)
    np.testing.assert_array_equal(render_hard(curves, 20, 30, stroke_width=per_line), images)
    assert not render_hard(curves, stroke_width=0).any()


def test_a_drawing_of_single_curves_is_the_strokes_of_its_unit_square():
    curves = torch.from_numpy(random_curves(1, 3))
    paths = [Path(64 * curve.reshape(4, 2), 64 * 0.07, 3) for curve in curves[0]]
    drawn = render_hard(Drawing(tuple(paths), 64, 64), 40, 40)
    strokes = render_hard(curves, 40, 40, stroke_width=0.07)
    assert drawn.shape == strokes.shape and (drawn - strokes).abs().max() < 1e-3


def test_a_canvas_of_another_shape_is_shown_whole_and_not_stretched():
    dot = Path(torch.tensor([[30.0, 10.0], [30.0, 10.0]]), 8, 1)
    image = render_hard(Drawing((dot,), 60, 20), 60, 60)[0, 0]
    assert image.sum() == pytest.approx(16 * math.pi, rel=1e-3)
    assert image[30, 30] == 1 and image[26:34].sum() == image.sum() == image[:, 26:34].sum()
    assert render_hard(Drawing((), 3, 4), 5, 6).tolist() == torch.zeros(1, 1, 5, 6).tolist()


@pytest.mark.parametrize("shape", [(0, 6, 6), (3, 0, 8), (0, 0, 6)])
def test_nothing_to_draw_is_blank(shape):
    images = render_hard(torch.zeros(shape), 5, 7)
    assert images.shape == (shape[0], 1, 5, 7) and not images.any()


def with_value(value: float) -> np.ndarray:
    curves = random_curves().astype(np.float64)
    curves[2, 1, 5] = value
    return curves


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (with_value(np.nan), {}, r"lines\[2, 1\].*not finite"),
        (with_value(1e39), {}, r"lines\[2, 1\].*float32"),
        (random_curves(), {"stroke_width": -0.1}, r"stroke_width = -0.1"),
        (random_curves(), {"stroke_width": np.zeros(4)}, r"stroke_width must be.*\[3\].*\[3, 4\], not \[4\]"),
        (random_curves(), {"height": 0}, r"1 to 32768 pixels, not 0 × 28"),
        (random_curves(), {"threads": 0}, r"threads must be None or 1 to 256, not 0"),
        (np.zeros((2, 8)), {}, r"must have shape .*\[2, 8\]"),
        (
            Strokes(torch.zeros(1, 1, 6), torch.ones(1, 1)),
            {"stroke_width": 1.0},
            "Strokes bring their own width",
        ),
        (Drawing((), 1, 1), {"stroke_width": 1.0}, "so does a Drawing"),
        (Drawing((Path(torch.zeros(2, 2), 1e39, 1),), 1, 1), {}, r"paths\[0\]\.width = inf"),
    ],
)
def test_wrong_values_are_named(lines, options, message):
    with pytest.raises(ValueError, match=message):
        render_hard(lines, **options)


@pytest.mark.parametrize("antialias", [True, False])
def test_the_same_bits_for_every_number_of_threads_and_batch(antialias):
    curves = random_curves(100)
    images = render_hard(curves, antialias=antialias, threads=1)
    for threads in (2, 3, None):
        np.testing.assert_array_equal(images, render_hard(curves, antialias=antialias, threads=threads))
    parts = [render_hard(part, antialias=antialias) for part in np.split(curves, [1, 50, 51])]
    np.testing.assert_array_equal(images, np.concatenate(parts))
    paths = tuple(Path(torch.from_numpy(400 * curve).reshape(4, 2), 9, 3) for curve in curves[0])
    large = Drawing(paths, 400, 400, "square", "miter")
    one, two = (render_hard(large, 400, 400, antialias=antialias, threads=threads) for threads in (1, 2))
    assert torch.equal(one, two)


def test_another_thread_runs_while_curves_are_drawn():
    curves, span, ticks = random_curves(1, 2000), [], []

    def draw():
        span.append(time.perf_counter())
        render_hard(curves, 1024, 1024, threads=1)
        span.append(time.perf_counter())

    worker = threading.Thread(target=draw)
    worker.start()
    while worker.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    begun, ended = span
    margin = (ended - begun) / 5  # with the GIL held, no tick could fall into the middle of the call
    assert any(begun + margin < tick < ended - margin for tick in ticks)


@posix
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_stops_a_long_rendering(threads):
    process = start(f"""
        curves = np.random.default_rng(0).random((1, 20_000, 8), np.float32)
        print("begins", flush=True)
        try:
            _raster.render_curves(curves, 6_000, 6_000, np.array(0.3, np.float32), True, {threads})
        except KeyboardInterrupt:
            print("stopped")
    """)
    process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)  # it is long
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert output == "stopped\n", errors


coordinates = hnp.arrays(np.float32, (2, 2, 8), elements=st.floats(-1e6, 1e6, width=32))


@settings(deadline=None, max_examples=100)
@given(coordinates, st.floats(0, 1e6), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_ink_is_between_0_and_1(curves, stroke_width, height, width, antialias):
    images = render_hard(curves, height, width, stroke_width=stroke_width, antialias=antialias)
    assert images.min() >= 0 and images.max() <= 1
