"""Tests of the line tensor and Strokes: what is refused and how it is named, parts of a batch."""

import numpy as np
import pytest
import torch

import vecnb
from vecnb.bezier import elevate, flatten
from vecnb.checks import check_curves, check_lines
from vecnb.render import render_hard, render_soft
from vecnb.strokes import Strokes, tile


def strokes(batch: int = 3, lines: int = 2) -> Strokes:
    """Random strokes, every line and every width different."""
    generator = torch.Generator().manual_seed(0)
    return Strokes(
        torch.rand(batch, lines, 4, generator=generator), torch.rand(batch, lines, generator=generator) / 10
    )


def test_good_lines_come_back_as_they_are():
    for lines in (
        torch.rand(3, 2, 4),
        torch.full((1, 1, 4), -1e30),
        torch.rand(0, 5, 4),
        torch.rand(2, 0, 4),
    ):
        assert check_lines(lines) is lines


@pytest.mark.parametrize("numbers", [4, 6, 8])
def test_good_curves_come_back_as_they_are(numbers):
    curves = torch.rand(3, 2, numbers)
    assert check_curves(curves) is curves
    assert Strokes(curves, torch.ones(3, 2)).lines is curves


@pytest.mark.parametrize("shape", [(6,), (2, 6), (1, 2, 5), (1, 2, 3, 2), (1, 2, 10)])
def test_what_is_no_curve_is_refused(shape):
    with pytest.raises(ValueError, match=r"\[B, N, 4\], or of curves \[B, N, 6\] or \[B, N, 8\], not \["):
        check_curves(torch.zeros(shape))
    curves = torch.zeros(1, 2, 6)
    curves[0, 1, 5] = torch.nan
    with pytest.raises(ValueError, match=r"lines\[0, 1\] = .* is not finite"):
        check_curves(curves)


@pytest.mark.parametrize("shape", [(4,), (2, 4), (1, 2, 5), (1, 2, 2, 2), (1, 4, 2)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"shape \[B, N, 4\] = \(x1, y1, x2, y2\), not \["):
        check_lines(torch.zeros(shape))


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (torch.zeros(1, 2, 4, dtype=torch.int64), "torch.int64 tensor"),
        (torch.zeros(1, 2, 4, dtype=torch.bool), "torch.bool tensor"),
        ([[[0.0, 0.0, 1.0, 1.0]]], "list"),
        (torch.zeros(1, 2, 4).numpy(), "ndarray"),
    ],
)
def test_what_is_no_floating_point_tensor_is_refused(lines, kind):
    with pytest.raises(TypeError, match=f"not a {kind}"):
        check_lines(lines)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_value_that_is_not_finite_is_named(value, dtype):
    lines = torch.zeros(4, 6, 4, dtype=dtype)
    lines[3, 2, 1] = value
    with pytest.raises(ValueError, match=rf"lines\[3, 2\] = \[0\.0, {value}, 0\.0, 0\.0\] is not finite"):
        check_lines(lines)


def test_strokes_check_their_lines_and_their_width():
    lines, width = torch.zeros(2, 3, 4), torch.full((2, 3), 0.1)
    with pytest.raises(TypeError, match="floating-point"):
        Strokes(lines.int(), width)
    with pytest.raises(ValueError, match=r"lines\[0, 0\]"):
        Strokes(lines * torch.nan, width)
    for wrong in (width[0], width[..., None], width.T, torch.tensor(0.1)):
        with pytest.raises(ValueError, match=r"width must be a tensor of shape \[2, 3\]"):
            Strokes(lines, wrong)
    with pytest.raises(
        TypeError, match=r"width must be a floating-point tensor of shape \[2, 3\], not a float"
    ):
        Strokes(lines, 0.1)
    for wrong in (width.int(), width.bool()):  # the renderers refuse them
        with pytest.raises(TypeError, match=r"width must be a floating-point torch tensor.*width.float\(\)"):
            Strokes(lines, wrong)
    with pytest.raises(ValueError, match="lines are on cpu, width is on meta"):
        Strokes(lines, width.to("meta"))


@pytest.mark.parametrize("value", [-0.5, float("nan"), float("inf")])
def test_a_bad_width_is_named(value):
    width = torch.zeros(2, 3)  # zero itself is a width: no ink
    width[1, 2] = value
    with pytest.raises(ValueError, match=rf"width\[1, 2\] = {value:g} is not finite and >= 0"):
        Strokes(torch.zeros(2, 3, 4), width)


@pytest.mark.parametrize(
    ("index", "kept"),
    [
        (0, [0]),
        (2, [2]),
        (-1, [2]),
        (-3, [0]),
        (slice(1, None), [1, 2]),
        (slice(None, None, 2), [0, 2]),
        (slice(3, 3), []),
        ([2, 0], [2, 0]),
        ([-1], [2]),
        ([], []),
        ([True, False, True], [0, 2]),
        (torch.tensor([True, False, True]), [0, 2]),
        (torch.tensor([2, -2]), [2, 1]),
        (torch.tensor(1), [1]),
        (torch.tensor([1, 2], dtype=torch.uint8), [1, 2]),  # places, not a mask
        (np.int64(1), [1]),
        (np.uint8(2), [2]),
        (np.array(-1), [2]),
        (np.array([True, False, True]), [0, 2]),
        (np.array([2, 2]), [2, 2]),
        (range(2), [0, 1]),
    ],
)
def test_any_index_keeps_the_batch_axis(index, kept):
    whole = strokes()
    part = whole[index]
    assert len(part) == len(kept)
    assert torch.equal(part.lines, whole.lines[kept]) and torch.equal(part.width, whole.width[kept])


@pytest.mark.parametrize("index", [3, -4, np.int64(3), torch.tensor(-4), [0, 3], torch.tensor([-4]), [True]])
def test_beyond_the_batch_is_an_error(index):
    with pytest.raises(IndexError):
        strokes()[index]


def test_the_drawing_that_is_not_there_is_named():
    with pytest.raises(IndexError, match="there is no drawing 3 in a batch of 3"):
        strokes()[3]
    with pytest.raises(IndexError, match="there is no drawing -4 in a batch of 3"):
        strokes().to_svg(-4)


@pytest.mark.parametrize(
    "index",
    [True, np.True_, torch.tensor(True), 1.0, torch.tensor(1.0), [0.5], "1", None, (0, 1), ..., [[0, 1]]],
)
def test_what_is_no_index_is_refused(index):
    """True used to be the second drawing."""
    with pytest.raises(TypeError):
        strokes()[index]


def test_a_batch_is_iterated_drawing_by_drawing():
    whole = strokes()
    assert [len(one) for one in whole] == [1, 1, 1]
    assert torch.equal(torch.cat([one.lines for one in whole]), whole.lines)


def test_to_another_dtype_and_device():
    moved = strokes().to(torch.float64)
    assert moved.lines.dtype == moved.width.dtype == torch.float64
    assert strokes().to("meta").width.device.type == "meta"
    assert strokes().to(device="cpu", dtype=torch.float16).lines.dtype == torch.float16
    with pytest.raises(TypeError, match="floating-point"):
        strokes().to(torch.int32)


def test_batches_are_put_together():
    whole = strokes()
    again = Strokes.cat(list(whole))
    assert torch.equal(again.lines, whole.lines) and torch.equal(again.width, whole.width)
    with pytest.raises(ValueError, match="no strokes to put together"):
        Strokes.cat([])


def test_drawings_of_fewer_lines_are_filled_up_with_no_ink():
    few, many = strokes(batch=1, lines=2), strokes(batch=2, lines=5)
    both = Strokes.cat([few, many])
    assert both.lines.shape == (3, 5, 4) and not both.width[0, 2:].any()
    for render in (render_hard, render_soft):
        assert torch.equal(render(both[0]), render(few))
        assert torch.equal(render(both[1:]), render(many))
    assert both.to_svg(0) == few.to_svg()


def test_lines_and_curves_are_put_together_as_curves_of_the_highest_degree():
    lines, quadratic = strokes(batch=1, lines=1), Strokes(torch.rand(1, 2, 6), torch.ones(1, 2))
    both = Strokes.cat([lines, quadratic])
    assert both.lines.shape == (2, 2, 6) and torch.equal(both.lines[1:], quadratic.lines)
    assert torch.equal(both.lines[0, 0, [0, 1, 4, 5]], lines.lines[0, 0])
    assert torch.allclose(both.lines[0, 0, 2:4], lines.lines[0, 0].reshape(2, 2).mean(0))


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_elevation_does_not_move_the_curve(degree):
    curve = torch.rand(2 * degree + 2, dtype=torch.float64)
    for tolerance in (1e-3, 1.0):
        higher = elevate(curve, 5).reshape(6, 2)
        ends = flatten(higher, tolerance)[[0, -1]]
        assert torch.equal(ends, curve.reshape(-1, 2)[[0, -1]])
    middle = flatten(higher, 1e-9)
    other = flatten(curve.reshape(-1, 2), 1e-9)
    nearest = torch.cdist(middle[:: len(middle) // 9], other).amin(1) if degree > 1 else torch.zeros(1)
    assert nearest.max() < 1e-3


def test_an_index_and_a_dtype_keep_the_degree():
    whole = Strokes(torch.rand(3, 2, 8), torch.rand(3, 2))
    assert (
        torch.equal(whole[[2, 0]].lines, whole.lines[[2, 0]]) and whole.to(torch.float64).lines.shape[2] == 8
    )


def test_tile_of_curves():
    whole = Strokes(torch.rand(3, 2, 6), torch.rand(3, 2))
    page = tile(whole, 2)
    assert page.lines.shape == (1, 6, 6)
    assert torch.allclose(2 * page.lines[0, 4:] - torch.tensor([0.0, 1] * 3), whole.lines[2])


def test_tile_places_drawings_row_by_row():
    lines = torch.tensor([0.0, 0.25, 1.0, 0.5]).expand(3, 1, 4)
    page = tile(Strokes(lines, torch.full((3, 1), 0.1)), columns=2)
    assert page.lines.tolist() == [[[0, 0.125, 0.5, 0.25], [0.5, 0.125, 1, 0.25], [0, 0.625, 0.5, 0.75]]]
    assert torch.allclose(page.width, torch.full((1, 3), 0.05))


def test_tile_of_one_column_is_the_drawing_itself():
    one = strokes(batch=1)
    page = tile(one, columns=1)
    assert torch.equal(page.lines, one.lines) and torch.equal(page.width, one.width)


def test_the_package_offers_what_it_names():
    assert all(hasattr(vecnb, name) for name in vecnb.__all__)
    assert vecnb.Strokes is Strokes
