"""render_hard: kinds and devices, errors by name, the released GIL, agreement with the soft renderer."""

import itertools
import threading
import time

import numpy as np
import pandas
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vecnb.render import STROKE_WIDTH, render_hard, render_soft
from vecnb.strokes import Strokes


def random_lines(batch: int = 3, lines: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((batch, lines, 4), np.float32)


def test_a_horizontal_stroke_by_hand():
    # From pixel 1 to pixel 6 of row 3 and two pixels wide: rows 2 and 4 are half covered.
    lines = np.array([[[1.5 / 8, 3.5 / 8, 6.5 / 8, 3.5 / 8]]])
    image = render_hard(lines, 8, 8, stroke_width=2 / 8)[0, 0]
    assert image[:, 4].tolist() == pytest.approx([0, 0, 0.5, 1, 0.5, 0, 0, 0])
    aliased = render_hard(lines, 8, 8, stroke_width=1.9 / 8, antialias=False)[0, 0]
    assert aliased[3].tolist() == [0, 1, 1, 1, 1, 1, 1, 0] and aliased.sum() == 6


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_a_tensor_gives_a_detached_tensor(dtype):
    lines = torch.from_numpy(random_lines()).to(dtype).requires_grad_()
    images = render_hard(lines, 20, 30)
    assert images.shape == (3, 1, 20, 30) and images.dtype == torch.float32
    assert not images.requires_grad and images.device == lines.device


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ">f4"])
def test_an_array_gives_an_array(dtype):
    images = render_hard(random_lines().astype(dtype))
    assert isinstance(images, np.ndarray) and images.dtype == np.float32
    assert images.flags.writeable
    np.testing.assert_array_equal(images, render_hard(torch.from_numpy(random_lines())).numpy())


def unaligned(array: np.ndarray) -> np.ndarray:
    """The same values, each one byte beyond where the processor likes them."""
    memory = np.zeros(array.nbytes + 1, np.uint8)[1:]
    moved = memory.view(array.dtype).reshape(array.shape)
    moved[...] = array
    assert not moved.flags.aligned
    return moved


def read_only(array: np.ndarray) -> np.ndarray:
    array = array.copy()
    array.flags.writeable = False
    return array


def any_order(array: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    """The same values, in memory in the order of `axes`."""
    return np.ascontiguousarray(array.transpose(axes)).transpose(np.argsort(axes))


# The same values in other places of memory, for an array of any number of axes.
LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "first axis reversed": lambda array: array[::-1].copy()[::-1],
    "last axis reversed": lambda array: array[..., ::-1].copy()[..., ::-1],
    "every second": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
    "part of a larger one": lambda array: np.pad(array, [(1, 2)] * array.ndim)[(slice(1, -2),) * array.ndim],
    "big-endian": lambda array: array.astype(">f4"),
    "big-endian, Fortran order": lambda array: np.asfortranarray(array.astype(">f4")),
    "float64, Fortran order": lambda array: np.asfortranarray(array.astype(np.float64)),
    "float16, Fortran order": lambda array: np.asfortranarray(array.astype(np.float16)),
    "unaligned": unaligned,
    "unaligned, Fortran order": lambda array: unaligned(array.T.copy()).T,
    "read-only": read_only,
    "read-only, Fortran order": lambda array: read_only(array.T).T,
}
lines_and_widths = pytest.mark.parametrize(
    "shape", [(3, 6, 4), (1, 6, 4), (3, 1, 4), (4, 4, 4), (3, 6), (1, 6), (3, 1)], ids=str
)


def drawn(values: np.ndarray | torch.Tensor, as_torch: bool = False):
    """Images of `values` [B, N, 4] as lines, or [B, N] as the widths of the same lines."""
    if values.ndim == 3:
        return render_hard(values)
    lines = random_lines(*values.shape)
    return render_hard(torch.from_numpy(lines) if as_torch else lines, stroke_width=values)


def random_values(shape: tuple[int, ...]) -> np.ndarray:
    """Lines [B, N, 4], or widths [B, N]; eighths and sixteenths, so that float16 holds them."""
    return np.random.default_rng(1).integers(1, 9, shape).astype(np.float32) / (8 if len(shape) == 3 else 16)


@lines_and_widths
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_array_is_read_by_its_axes_and_not_as_it_lies_in_memory(layout, shape):
    values = random_values(shape)
    other = LAYOUTS[layout](values)
    np.testing.assert_array_equal(other, values)
    np.testing.assert_array_equal(drawn(other), drawn(values))


@lines_and_widths
def test_an_array_or_a_tensor_may_lie_in_any_order_of_axes(shape):
    values = random_values(shape)
    for axes in itertools.permutations(range(len(shape))):
        array = any_order(values, axes)
        np.testing.assert_array_equal(drawn(array), drawn(values), err_msg=f"NumPy, {axes}")
        images = drawn(torch.from_numpy(array), as_torch=True)
        np.testing.assert_array_equal(images.numpy(), drawn(values), err_msg=f"torch, {axes}")


def test_lines_stacked_by_coordinate_or_taken_from_a_table():
    lines = random_lines(1, 7)
    columns = list(lines[0].T)
    np.testing.assert_array_equal(render_hard(np.stack(columns).T[None]), render_hard(lines))
    tensor = torch.stack([torch.from_numpy(column) for column in columns]).T[None]
    assert torch.equal(render_hard(tensor), render_hard(torch.from_numpy(lines)))
    table = pandas.DataFrame(dict(zip(["x1", "y1", "x2", "y2"], columns, strict=True)))
    np.testing.assert_array_equal(render_hard(table.to_numpy()[None]), render_hard(lines))
    reordered = lines.transpose(1, 0, 2)[..., [2, 3, 0, 1]]  # indexing by a list leaves Fortran order behind
    np.testing.assert_array_equal(render_hard(reordered), render_hard(reordered.copy()))


def test_strokes_may_hold_transposed_tensors():
    lines, width = torch.from_numpy(random_values((3, 6, 4))), torch.from_numpy(random_values((3, 6)))
    transposed = Strokes(lines.permute(2, 1, 0).contiguous().permute(2, 1, 0), width.T.contiguous().T)
    assert torch.equal(render_hard(transposed), render_hard(Strokes(lines, width)))


def test_one_line_or_width_may_stand_for_all():
    line, width = random_values((1, 1, 4)), random_values((3, 1))
    lines, widths = np.broadcast_to(line, (3, 6, 4)), np.broadcast_to(width, (3, 6))
    np.testing.assert_array_equal(drawn(lines), drawn(lines.copy()))
    np.testing.assert_array_equal(drawn(widths), drawn(widths.copy()))
    expanded = torch.from_numpy(line).expand(3, 6, 4), torch.from_numpy(width).expand(3, 6)
    assert torch.equal(render_hard(expanded[0]), render_hard(expanded[0].contiguous()))
    assert torch.equal(drawn(expanded[1], as_torch=True), drawn(expanded[1].contiguous(), as_torch=True))


def test_widths_for_all_for_images_and_for_lines():
    lines = random_lines(4, 2)
    per_image = np.array([0.02, 0.05, 0.1, 0.2], np.float32)
    images = render_hard(lines, stroke_width=per_image)
    per_line = np.repeat(per_image[:, None], 2, axis=1)
    np.testing.assert_array_equal(images, render_hard(lines, stroke_width=per_line))
    for image, width in enumerate(per_image):
        alone = render_hard(lines[image : image + 1], stroke_width=float(width))
        np.testing.assert_array_equal(images[image], alone[0])
    np.testing.assert_array_equal(render_hard(lines), render_hard(lines, stroke_width=STROKE_WIDTH))
    assert (render_hard(lines, stroke_width=0) == 0).all()


def test_strokes_bring_their_width():
    strokes = Strokes(torch.from_numpy(random_lines(2)), torch.full((2, 6), 0.1))
    assert torch.equal(render_hard(strokes), render_hard(strokes.lines, stroke_width=0.1))
    with pytest.raises(ValueError, match="Strokes bring their own width"):
        render_hard(strokes, stroke_width=0.1)


@pytest.mark.parametrize("shape", [(0, 6, 4), (3, 0, 4), (0, 0, 4)])
def test_nothing_to_draw_is_blank(shape):
    images = render_hard(torch.zeros(shape), 5, 7)
    assert images.shape == (shape[0], 1, 5, 7) and not images.any()


def with_value(value: float) -> np.ndarray:
    lines = random_lines(4)
    lines[3, 2, 1] = value
    return lines


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (np.zeros((2, 4)), {}, r"lines must have shape \[B, N, 4\].*\[2, 4\]"),
        (np.zeros((2, 3, 5)), {}, r"\[2, 3, 5\]"),
        (with_value(np.nan), {}, r"lines\[3, 2\].*not finite"),
        (with_value(-np.inf), {}, r"lines\[3, 2\].*not finite"),
        (with_value(1).astype(np.float64) * 1e300, {}, r"lines\[0, 0\].*float32"),
        (random_lines(), {"stroke_width": -0.1}, r"stroke_width = -0.1"),
        (random_lines(), {"stroke_width": float("nan")}, r"stroke_width = NaN"),
        (random_lines(), {"stroke_width": 2e6}, r"1000000"),
        (random_lines(), {"stroke_width": np.array([0.1, np.inf, 0.1])}, r"stroke_width\[1\] = inf"),
        (random_lines(), {"stroke_width": -np.eye(3, 6)}, r"stroke_width\[0, 0\] = -1"),
        (random_lines(), {"stroke_width": np.zeros(6)}, r"stroke_width must be.*\[3\].*\[3, 6\], not \[6\]"),
        (random_lines(), {"height": 0}, r"1 to 32768 pixels, not 0 × 28"),
        (random_lines(), {"width": -3}, r"not 28 × -3"),
        (random_lines(), {"width": 32769}, r"32768"),
        (random_lines(), {"threads": 0}, r"threads must be None or 1 to 256, not 0"),
        (random_lines(), {"threads": 10_000}, r"threads"),
    ],
)
def test_wrong_values_are_named(lines, options, message):
    with pytest.raises(ValueError, match=message):
        render_hard(lines, **options)


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (np.zeros((1, 1, 4), int), {}, "lines must hold floating-point numbers, not int64"),
        (
            torch.zeros(1, 1, 4).int(),
            {},
            "lines must hold floating-point numbers, not torch.int32",
        ),
        (np.zeros((1, 1, 4), complex), {}, "lines must hold floating-point numbers, not complex128"),
        ([[[0.0, 0.0, 1.0, 1.0]]], {}, "lines must be a torch tensor or a NumPy array, not a list"),
        (
            np.zeros((1, 1, 4)),
            {"stroke_width": np.array([1])},
            "stroke_width must hold floating-point numbers",
        ),
        (np.zeros((1, 1, 4)), {"stroke_width": "thin"}, "stroke_width must hold floating-point numbers"),
        (np.zeros((1, 1, 4)), {"height": 28.0}, "height"),
    ],
)
def test_wrong_kinds_are_named(lines, options, message):
    with pytest.raises(TypeError, match=message):
        render_hard(lines, **options)


@pytest.mark.parametrize(("batch", "size"), [(100_000, 32_768), (2**40, 200), (2**40, 28)])
def test_more_than_the_memory_is_a_memory_error(batch, size):
    with pytest.raises(MemoryError, match="Unable to allocate"):
        render_hard(np.zeros((batch, 0, 4)), size, size)


@pytest.mark.parametrize("antialias", [True, False])
def test_the_same_bits_for_every_number_of_threads_and_batch(antialias):
    lines = random_lines(200)
    images = render_hard(lines, antialias=antialias, threads=1)
    for threads in (2, 3, None):
        np.testing.assert_array_equal(images, render_hard(lines, antialias=antialias, threads=threads))
    parts = [render_hard(part, antialias=antialias) for part in np.split(lines, [1, 50, 51])]
    np.testing.assert_array_equal(images, np.concatenate(parts))


def test_another_thread_runs_while_lines_are_drawn():
    lines, span, ticks = random_lines(1, 1000), [], []

    def draw():
        span.append(time.perf_counter())
        render_hard(lines, 4096, 4096, threads=1)
        span.append(time.perf_counter())

    worker = threading.Thread(target=draw)
    worker.start()
    while worker.is_alive():
        ticks.append(time.perf_counter())
        time.sleep(0.001)
    start, end = span
    margin = (end - start) / 5  # with the GIL held, no tick could fall into the middle of the call
    assert any(start + margin < tick < end - margin for tick in ticks)


@pytest.mark.parametrize(("height", "width"), [(28, 28), (20, 44)])
def test_the_sharp_limit_of_the_soft_renderer_is_the_aliased_raster(height, width):
    lines = torch.from_numpy(random_lines(20)).double()
    soft = render_soft(lines, height, width, stroke_width=0.09, sharpness=1e6)
    hard = render_hard(lines, height, width, stroke_width=0.09, antialias=False)
    decided = (soft - 0.5).abs() > 0.49  # elsewhere the edge runs through the pixel's centre
    assert decided.float().mean() > 0.999
    assert torch.equal(soft[decided].round().float(), hard[decided])


def test_a_line_from_a_million_squares_away_is_as_precise_as_a_near_one():
    near = np.array([[[-1.0, -0.25, 2.0, 1.25]]], np.float32)
    far = np.array([[[-(2.0**20), 0.25 - 2.0**19, 2.0**20, 0.25 + 2.0**19]]])
    np.testing.assert_allclose(render_hard(far), render_hard(near), atol=1e-4)


coordinates = hnp.arrays(np.float32, (2, 3, 4), elements=st.floats(-1e6, 1e6, width=32))


@settings(deadline=None, max_examples=100)
@given(coordinates, st.floats(0, 1e6), st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_ink_is_between_0_and_1_and_knows_no_direction(lines, stroke_width, height, width, antialias):
    images = render_hard(lines, height, width, stroke_width=stroke_width, antialias=antialias)
    assert images.min() >= 0 and images.max() <= 1
    if antialias:
        swapped = lines[..., [2, 3, 0, 1]]
        other = render_hard(swapped, height, width, stroke_width=stroke_width)
        # A float32 distance near a stroke of that width is known to so many pixels, and no better.
        tolerance = 1e-3 + 1e-6 * stroke_width * max(height, width)
        np.testing.assert_allclose(images, other, atol=tolerance)
