"""Tests of the soft renderer: hand values, a plain reference, what is refused, symmetry."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from vecnb.render import (
    SHARPNESS,
    STROKE_WIDTH,
    alpha_from_width,
    compose,
    edge_presence,
    pixel_grid,
    presence,
    render_hard,
    render_soft,
    squared_distance,
    width_from_alpha,
)
from vecnb.strokes import Strokes

PRESENCES = {"thesis": {"alpha": 80.0}, "edge": {"stroke_width": 0.2, "sharpness": 15.0}}
DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]


def random_lines(*shape: int, seed: int = 0, dtype=torch.float64) -> Tensor:
    """Lines [*shape, 4] that may leave the canvas by a tenth of it."""
    return torch.rand(*shape, 4, generator=torch.Generator().manual_seed(seed), dtype=dtype) * 1.2 - 0.1


def plain_distance2(lines: Tensor, grid: Tensor) -> Tensor:
    """d_p as the formula stands, on vectors [B, N, H, W, 2], differentiated by autograd."""
    start, end = lines[:, :, None, None, :2], lines[:, :, None, None, 2:]
    along = end - start
    t_hat = ((grid - start) * along).sum(-1, keepdim=True) / (along * along).sum(-1, keepdim=True)
    return (grid - start - t_hat.clamp(0, 1) * along).square().sum(-1)


# pixel_grid


def test_pixel_centres_of_a_canvas_that_is_not_square():
    grid = pixel_grid(2, 5, dtype=torch.float64)
    assert grid.shape == (2, 5, 2)  # [H, W, (x, y)]
    assert grid[0, :, 0].tolist() == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])  # x is of the column
    assert grid[:, 0, 1].tolist() == [0.25, 0.75]  # y is of the row
    assert torch.equal(grid[0, :, 0], grid[1, :, 0]) and torch.equal(grid[:, 0, 1], grid[:, 4, 1])


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 3)])
def test_a_canvas_without_pixels_is_refused(size):
    with pytest.raises(ValueError, match=r"(height|width) must be at least 1, not -?[0-9]"):
        pixel_grid(*size)


@pytest.mark.parametrize("size", [1.5, 28.0, "28", True, None])
def test_a_side_that_is_no_integer_is_refused(size):
    """1.5 used to be drawn as two rows of different height."""
    with pytest.raises(TypeError, match=f"height must be an integer, not {size!r}"):
        pixel_grid(size, 3)
    with pytest.raises(TypeError, match=f"width must be an integer, not {size!r}"):
        render_soft(random_lines(1, 2), 3, size)
    assert render_soft(random_lines(1, 2), np.int64(3), np.uint8(4)).shape == (1, 1, 3, 4)


# squared_distance


@pytest.mark.parametrize(
    ("line", "point", "expected"),
    [
        ((0.0, 0.0, 1.0, 0.0), (0.5, 0.5), 0.25),  # the foot is inside the line
        ((0.0, 0.0, 1.0, 1.0), (0.0, 0.5), 0.125),  # the same, on a slant
        ((0.5, 0.5, 1.0, 0.5), (0.25, 0.25), 0.125),  # before the start
        ((0.0, 0.5, 0.25, 0.5), (0.5, 0.75), 0.125),  # past the end
        ((0.25, 0.25, 0.25, 0.25), (0.5, 0.75), 0.3125),  # a zero-length line is a point
        ((0.0, 0.0, 1.0, 1.0), (0.25, 0.25), 0.0),  # on the line
        ((0.25, 0.5, 1.0, 1.0), (0.25, 0.5), 0.0),  # on its start
        ((1.0, 1.0, 0.25, 0.5), (0.25, 0.5), 0.0),  # on its end
        ((2.0, -1.0, 2.0, 3.0), (0.5, 0.5), 2.25),  # off the canvas
        ((-3.0, 4.5, -3.0, 9.0), (0.0, 0.5), 25.0),  # its nearest point off the canvas
    ],
)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_distances_by_hand(line, point, expected, dtype):
    found = squared_distance(torch.tensor([[line]], dtype=dtype), torch.tensor([[point]], dtype=dtype))
    assert found.shape == (1, 1, 1, 1) and found.item() == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("size", [(7, 7), (4, 9), (9, 4), (1, 6)])
def test_distances_and_gradients_agree_with_the_plain_formula(size):
    grid = pixel_grid(*size, dtype=torch.float64)
    ours, plain = (random_lines(3, 5).requires_grad_() for _ in range(2))
    found, expected = squared_distance(ours, grid), plain_distance2(plain, grid)
    assert found.shape == (3, 5, *size)
    assert torch.allclose(found, expected, rtol=0, atol=1e-14)
    weight = torch.rand(found.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    (found * weight).sum().backward()
    (expected * weight).sum().backward()
    assert torch.allclose(ours.grad, plain.grad, rtol=0, atol=1e-12)


def test_what_is_no_grid_is_refused():
    grid = pixel_grid(4, 6)
    with pytest.raises(ValueError, match=r"grid must have shape \[H, W, 2\] = \(x, y\), not \[24, 2\]"):
        squared_distance(torch.zeros(1, 1, 4), grid.reshape(-1, 2))
    for wrong in (grid.flip(-1), torch.rand(4, 6, 2), grid + torch.rand(4, 1, 1)):
        with pytest.raises(ValueError, match="not a grid: x must be the same down each column"):
            squared_distance(torch.zeros(1, 1, 4), wrong)


def test_bad_lines_are_refused_by_name():
    lines = torch.zeros(2, 3, 4)
    lines[1, 2, 3] = math.nan
    for draw in (render_soft, lambda lines: squared_distance(lines, pixel_grid(4, 4))):
        with pytest.raises(ValueError, match=r"lines\[1, 2\] .* is not finite"):
            draw(lines)
        with pytest.raises(ValueError, match=r"shape \[B, N, 4\]"):
            draw(lines[0])
        with pytest.raises(TypeError, match="floating-point"):
            draw(torch.zeros(2, 3, 4, dtype=torch.int32))


# presence


def test_presences_by_hand():
    dist2 = torch.tensor([0.0, 0.01, 0.04]).view(1, 1, 1, 3)
    assert presence(dist2, 50.0).flatten().tolist() == pytest.approx([1, math.exp(-0.5), math.exp(-2)])
    # Distances 0, .1, .2 from a stroke that is .1 wide to each side.
    edge = edge_presence(dist2, 0.2, 30.0).flatten().tolist()
    assert edge == pytest.approx([1 / (1 + math.exp(-3)), 0.5, 1 / (1 + math.exp(3))])


def test_an_edge_falls_from_90_to_10_percent_within_4_4_over_its_sharpness():
    dist2 = (0.2 + torch.tensor([-2.2, 2.2]) / SHARPNESS).square().view(1, 1, 1, 2)
    assert edge_presence(dist2, 0.4, SHARPNESS).flatten().tolist() == pytest.approx([0.9, 0.1], abs=1e-3)


@pytest.mark.parametrize("width", [1 / 28, STROKE_WIDTH, 0.4])
def test_alpha_and_width_are_each_other_s_inverse(width):
    alpha = alpha_from_width(width)
    assert width_from_alpha(alpha) == pytest.approx(width, rel=1e-14)
    # A line across a fine canvas: the pixels of one column that are at least half inked, times their height.
    lines = torch.tensor([[[0.0, 0.5, 1.0, 0.5]]], dtype=torch.float64)
    column = render_soft(lines, 4001, 1, alpha=alpha)[0, 0, :, 0]
    assert (column >= 0.5).double().mean().item() == pytest.approx(width, abs=2 / 4001)


def test_eight_per_unit_square_is_a_bump_sixteen_mnist_pixels_wide():
    assert 28 * width_from_alpha(8.0) == pytest.approx(16.5, abs=0.05)
    assert 28 * width_from_alpha(8.0 * 28**2) == pytest.approx(0.589, abs=0.001)


@pytest.mark.parametrize("name", ["stroke_width", "sharpness", "alpha"])
def test_scalar_image_and_line_parameters_agree(name):
    lines = random_lines(3, 2)
    base = {"stroke_width": 0.2} if name == "sharpness" else {}
    value = {"stroke_width": 0.2, "sharpness": 15.0, "alpha": 80.0}[name]
    drawn = render_soft(lines, 5, 8, **base, **{name: value})
    for shape in ((), (3,), (3, 2)):
        again = render_soft(lines, 5, 8, **base, **{name: torch.full(shape, value, dtype=torch.float64)})
        assert torch.equal(again, drawn)

    values = value * torch.tensor([0.5, 1.0, 2.0], dtype=torch.float64)
    images = render_soft(lines, 5, 8, **base, **{name: values})
    per_line = torch.stack([values, values], dim=1)
    assert torch.equal(images, render_soft(lines, 5, 8, **base, **{name: per_line}))
    for image, one in enumerate(values.tolist()):
        alone = render_soft(lines[image : image + 1], 5, 8, **base, **{name: one})
        assert torch.allclose(images[image], alone[0], rtol=1e-14)


@pytest.mark.parametrize("name", ["stroke_width", "sharpness", "alpha"])
@pytest.mark.parametrize("shape", [(2,), (2, 3), (1, 2, 3), (3, 1), (1,)])
def test_parameters_of_another_shape_are_refused(name, shape):
    """Also where broadcasting would make do: one width a line of a single image would give six images."""
    with pytest.raises(ValueError, match=r"a scalar, \[3\] or \[3, 2\], not \["):
        render_soft(random_lines(3, 2), 5, 8, **{name: torch.full(shape, 0.5)})
    with pytest.raises(ValueError, match=r"a scalar, \[1\] or \[1, 6\], not \[6\]"):
        render_soft(random_lines(1, 6), 5, 8, **{name: torch.full((6,), 0.5)})


# compose


def test_composition_by_hand():
    ink = torch.tensor([0.5, 0.0, 1.0, 0.25, 0.5, 0.5]).view(1, 3, 1, 2)  # three lines at two pixels
    assert compose(ink).flatten().tolist() == [1.0, 0.5]
    assert compose(ink, "soft_or").flatten().tolist() == [1.0, 0.625]


@pytest.mark.parametrize("mode", ["max", "soft_or"])
def test_composition_of_none_one_and_any_order(mode):
    ink = torch.rand(2, 4, 3, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert torch.equal(compose(ink[:, :0], mode), torch.zeros(2, 1, 3, 5, dtype=torch.float64))
    assert torch.equal(compose(ink[:, :1], mode), ink[:, :1])
    mixed = compose(ink, mode)
    assert mixed.shape == (2, 1, 3, 5)
    assert torch.allclose(compose(ink[:, [2, 0, 3, 1]], mode), mixed, rtol=0, atol=1e-15)
    expected = ink.amax(1) if mode == "max" else 1 - (1 - ink).prod(1)
    assert torch.allclose(mixed[:, 0], expected, rtol=0, atol=1e-15)


def test_composition_of_full_ink_never_exceeds_one():
    ink = 1 - torch.rand(4, 6, 20, 20, generator=torch.Generator().manual_seed(0)) * 2e-7
    for mode in ("max", "soft_or"):
        assert compose(ink, mode).max() <= 1


@pytest.mark.parametrize("mode", ["sum", "", None])
def test_another_composition_is_refused(mode):
    for draw in (compose, lambda ink, mode: render_soft(random_lines(1, 2), mode=mode)):
        with pytest.raises(ValueError, match="mode must be one of 'max', 'soft_or', not"):
            draw(torch.zeros(1, 2, 3, 3), mode)


# render_soft


def test_the_three_steps_are_the_renderer():
    lines, grid = random_lines(2, 3), pixel_grid(6, 9, dtype=torch.float64)
    dist2 = squared_distance(lines, grid)
    for mode in ("max", "soft_or"):
        drawn = render_soft(lines, 6, 9, alpha=80.0, mode=mode)
        assert drawn.shape == (2, 1, 6, 9) and torch.equal(drawn, compose(presence(dist2, 80.0), mode))
        drawn = render_soft(lines, 6, 9, mode=mode)
        assert torch.equal(drawn, compose(edge_presence(dist2, STROKE_WIDTH, SHARPNESS), mode))


def test_strokes_bring_their_width():
    lines, width = random_lines(2, 3), torch.linspace(0.05, 0.3, 6, dtype=torch.float64).view(2, 3)
    assert torch.equal(render_soft(Strokes(lines, width)), render_soft(lines, stroke_width=width))
    for second in ({"stroke_width": 0.1}, {"alpha": 80.0}):
        with pytest.raises(ValueError, match="Strokes bring their own width"):
            render_soft(Strokes(lines, width), **second)
    with pytest.raises(ValueError, match="not both"):
        render_soft(lines, stroke_width=0.1, alpha=80.0)


@pytest.mark.parametrize("shape", [(0, 6), (3, 0), (0, 0)])
def test_nothing_to_draw_is_blank(shape):
    images = render_soft(torch.zeros(*shape, 4, requires_grad=True), 5, 7)
    assert images.shape == (shape[0], 1, 5, 7) and not images.any()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", PRESENCES)
@pytest.mark.parametrize("mode", ["max", "soft_or"])
def test_every_float_runs_near_the_double_and_keeps_its_kind(dtype, kind, mode):
    exact = random_lines(2, 3)
    lines = exact.to(dtype).requires_grad_()
    drawn = render_soft(lines, 8, 12, mode=mode, **PRESENCES[kind])
    drawn.sum().backward()
    assert drawn.dtype == lines.grad.dtype == dtype
    assert torch.isfinite(drawn).all() and torch.isfinite(lines.grad).all()
    assert drawn.min() >= 0 and drawn.max() <= 1
    error = (drawn.double() - render_soft(exact, 8, 12, mode=mode, **PRESENCES[kind])).abs().max()
    assert error < {torch.bfloat16: 0.1, torch.float16: 0.02}.get(dtype, 1e-5)


# A width of nought


@pytest.mark.parametrize("mode", ["max", "soft_or"])
@pytest.mark.parametrize("kind", [float, int, torch.tensor])
def test_a_width_of_nought_is_no_ink(kind, mode):
    lines = random_lines(2, 3)
    drawn = render_soft(lines, 20, 30, stroke_width=kind(0.0), mode=mode)
    assert not drawn.any() and not render_hard(lines, 20, 30, stroke_width=0.0).any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_lines_of_width_nought_are_as_if_they_were_not_there(dtype):
    """`trace` fills up a batch with them: a grey dot used to stand in the corner of its pictures."""
    lines = random_lines(2, 4).to(dtype).requires_grad_()
    width = torch.tensor([0.2, 0.0, 0.1, 0.0], dtype=dtype).repeat(2, 1).requires_grad_()
    sharpness = torch.full((2,), 100.0, dtype=dtype, requires_grad=True)
    drawn = render_soft(lines, stroke_width=width, sharpness=sharpness)
    assert torch.equal(drawn, render_soft(lines[:, ::2], stroke_width=width[:, ::2], sharpness=sharpness))
    drawn.square().sum().backward()
    for value in (lines, width, sharpness):
        assert torch.isfinite(value.grad).all()
    assert not lines.grad[:, 1::2].any() and not width.grad[:, 1::2].any()


# Values out of their range


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.1])
@pytest.mark.parametrize("name", ["stroke_width", "sharpness", "alpha"])
def test_a_value_out_of_its_range_is_named(name, value):
    lines = random_lines(2, 3)
    bound = ">= 0" if name == "stroke_width" else "> 0"
    with pytest.raises(ValueError, match=rf"{name} = {value:g} is not finite and {bound}"):
        render_soft(lines, **{name: value})
    image, line = torch.full((2,), 0.5), torch.full((2, 3), 0.5)
    image[1] = line[1, 2] = value
    for values, index in ((torch.tensor(value), ""), (image, r"\[1\]"), (line, r"\[1, 2\]")):
        with pytest.raises(ValueError, match=rf"{name}{index} = {value:g} is not finite and {bound}"):
            render_soft(lines, **{name: values})


@pytest.mark.parametrize("name", ["sharpness", "alpha"])
def test_a_sharpness_and_an_alpha_of_nought_are_refused(name):
    for nought in (0, 0.0, torch.tensor(0.0), torch.zeros(2, 3)):
        with pytest.raises(
            ValueError, match=rf"{name}\S* = 0 is not finite and > 0|{name}\[0, 0\] = 0 is not"
        ):
            render_soft(random_lines(2, 3), **{name: nought})
    with pytest.raises(ValueError, match="must be above 0, not 0"):
        alpha_from_width(0)
    with pytest.raises(ValueError, match="must be above 0, not -1"):
        width_from_alpha(-1)


@pytest.mark.parametrize("name", ["lines", "stroke_width", "sharpness", "alpha"])
@pytest.mark.parametrize("kind", [list, np.asarray, torch.Tensor.int, torch.Tensor.bool])
def test_what_is_no_floating_point_tensor_is_refused_with_the_remedy(name, kind):
    good = torch.ones(1, 2, 4) if name == "lines" else torch.ones(1, 2)
    wrong = good.tolist() if kind is list else kind(good)
    arguments = {"lines": torch.ones(1, 2, 4)} | {name: wrong}
    with pytest.raises(
        TypeError, match=rf"{name} must be .*torch tensor.*(torch.as_tensor\({name}|{name}.float\(\))"
    ):
        render_soft(**arguments)


def test_what_is_no_number_at_all_is_refused():
    for wrong in ("0.1", True, None, 1j):
        with pytest.raises(TypeError, match="sharpness must be a number or a floating-point torch tensor"):
            render_soft(random_lines(1, 2), sharpness=wrong)


# Symmetry


@pytest.mark.parametrize("kind", PRESENCES)
@pytest.mark.parametrize("mode", ["max", "soft_or"])
class TestSymmetry:
    H, W = 6, 9

    def draw(self, lines, kind, mode, size=(6, 9)):
        return render_soft(lines, *size, mode=mode, **PRESENCES[kind])

    def near(self, found, expected):
        assert expected.std() > 0.05  # it is not a blank canvas that looks alike
        assert torch.allclose(found, expected, rtol=0, atol=1e-12)

    def test_end_points_may_be_swapped(self, kind, mode):
        lines = random_lines(2, 3)
        self.near(self.draw(lines[..., [2, 3, 0, 1]], kind, mode), self.draw(lines, kind, mode))

    def test_a_shift_by_whole_pixels_shifts_the_picture(self, kind, mode):
        lines = random_lines(2, 3)
        down, right = 2, 3
        moved = lines + torch.tensor([right / self.W, down / self.H] * 2, dtype=torch.float64)
        expected = self.draw(lines, kind, mode)[..., : self.H - down, : self.W - right]
        self.near(self.draw(moved, kind, mode)[..., down:, right:], expected)

    def test_a_mirrored_drawing_is_a_mirrored_picture(self, kind, mode):
        lines = random_lines(2, 3)
        drawn = self.draw(lines, kind, mode)
        self.near(self.draw(mirror(lines, 0), kind, mode), drawn.flip(-1))
        self.near(self.draw(mirror(lines, 1), kind, mode), drawn.flip(-2))

    def test_exchanging_x_and_y_transposes_the_picture(self, kind, mode):
        lines = random_lines(2, 3)
        exchanged = self.draw(lines[..., [1, 0, 3, 2]], kind, mode, (self.W, self.H))
        self.near(exchanged, self.draw(lines, kind, mode).mT)


def mirror(lines: Tensor, axis: int) -> Tensor:
    """Left and right exchanged (axis 0) or above and below (axis 1)."""
    mirrored = lines.clone()
    mirrored[..., [axis, axis + 2]] = 1 - lines[..., [axis, axis + 2]]
    return mirrored


# Devices


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_device_draws_what_the_processor_draws(device):
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not available[device]:
        pytest.skip(f"torch sees no {device} device here")
    for kind in PRESENCES.values():
        for mode in ("max", "soft_or"):
            here = random_lines(2, 3, dtype=torch.float32).requires_grad_()
            there = here.detach().to(device).requires_grad_()
            drawn, elsewhere = (render_soft(lines, 8, 12, mode=mode, **kind) for lines in (here, there))
            drawn.square().sum().backward()
            elsewhere.square().sum().backward()
            assert elsewhere.device.type == device
            assert torch.allclose(elsewhere.cpu(), drawn, atol=1e-5)
            assert torch.allclose(there.grad.cpu(), here.grad, atol=1e-3)
