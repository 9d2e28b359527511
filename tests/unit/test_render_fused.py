"""The soft renderer's one pass against its steps in double precision; threads, batches, errors."""

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from vecnb.extension import raster
from vecnb.render import render_soft

MODES = ("max", "soft_or")
GAUSSIAN = (False, True)


def strokes(batch=3, n=4, numbers=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    lines = torch.rand(batch, n, numbers, generator=generator) * 1.4 - 0.2
    width = torch.rand(batch, n, generator=generator) * 0.1 + 0.02
    sharpness = torch.rand(batch, n, generator=generator) * 150 + 40
    return lines, width, sharpness


def draw(lines, width, slope, gaussian, mode, size=(28, 28)):
    """The image, by the operator for float32, step by step for float64."""
    if gaussian:
        return render_soft(lines, *size, alpha=slope, mode=mode)
    return render_soft(lines, *size, stroke_width=width, sharpness=slope, mode=mode)


def gradients(inputs, gaussian, mode, pull, size):
    inputs = [value.clone().requires_grad_() for value in inputs]
    loss = (draw(*inputs, gaussian, mode, size) * pull).sum()
    return torch.autograd.grad(loss, inputs[::2] if gaussian else inputs)


@pytest.mark.parametrize("gaussian", GAUSSIAN)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [(28, 28), (1, 1), (17, 50), (150, 90)])
def test_values_and_gradients_are_those_of_the_steps(mode, gaussian, size):
    inputs = strokes(n=7)
    double = [value.double() for value in inputs]
    image, truth = draw(*inputs, gaussian, mode, size), draw(*double, gaussian, mode, size)
    torch.testing.assert_close(image.double(), truth, rtol=0, atol=1e-5)
    pull = torch.randn(truth.shape, generator=torch.Generator().manual_seed(1))
    found = gradients(inputs, gaussian, mode, pull, size)
    for one, other in zip(found, gradients(double, gaussian, mode, pull.double(), size), strict=True):
        assert (one - other).norm() <= 1e-4 * other.norm()


@pytest.mark.parametrize("numbers", [6, 8])
@pytest.mark.parametrize("mode", MODES)
def test_curves_are_drawn_as_chords_a_hundredth_of_a_pixel_away(numbers, mode):
    inputs = strokes(numbers=numbers)
    double = [value.double() for value in inputs]
    image, truth = draw(*inputs, False, mode), draw(*double, False, mode)
    assert (image - truth).abs().max() < inputs[2].max() / 28 / 4 / 128 + 1e-5
    pull = torch.linspace(-1, 1, 784).view(1, 1, 28, 28)
    found = gradients(inputs, False, mode, pull, (28, 28))
    for one, other in zip(found, gradients(double, False, mode, pull.double(), (28, 28)), strict=True):
        assert (one - other).norm() <= 0.02 * other.norm()


def test_a_straight_curve_can_bend():
    straight = torch.tensor([[[0.2, 0.3, 0.5, 0.3, 0.8, 0.3]]], requires_grad=True)
    below = torch.zeros(28, 28)
    below[12:] = 1
    (render_soft(straight) * below).sum().backward()
    assert (straight.grad[0, 0, [1, 3, 5]] > 0).all()


@pytest.mark.parametrize("name", ["stroke_width", "sharpness", "alpha"])
@pytest.mark.parametrize("shape", [(), (3,), (3, 4)])
def test_a_parameter_s_gradient_has_its_shape(name, shape):
    lines = strokes()[0]
    value = torch.full(shape, {"stroke_width": 0.08, "sharpness": 90.0, "alpha": 300.0}[name])
    one, other = value.clone().requires_grad_(), value.double().requires_grad_()
    render_soft(lines, **{name: one}).sum().backward()
    render_soft(lines.double(), **{name: other}).sum().backward()
    assert one.grad.shape == shape
    torch.testing.assert_close(one.grad.double(), other.grad, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("numbers", [4, 6])
@pytest.mark.parametrize("mode", MODES)
def test_bits_depend_neither_on_threads_nor_on_the_rest_of_the_batch(numbers, mode):
    arrays = [value.numpy() for value in strokes(40, 5, numbers)]
    pull = np.random.default_rng(0).normal(size=(40, 1, 90, 100)).astype(np.float32)

    def both(images, threads):
        part = [array[images] for array in arrays]
        options = (90, 100, False, mode == "soft_or", threads)
        pixels, winners = raster.soft_forward(*part, *options)
        return pixels, raster.soft_backward(*part, pull[images], pixels, winners, *options)

    def same(some, others):
        return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))

    whole = both(slice(None), 1)
    for threads in (2, 3, None):
        assert same(whole, both(slice(None), threads))
    for first in (0, 7, 39):
        assert same([part[first : first + 1] for part in whole], both(slice(first, first + 1), 2))


def test_the_order_of_lines_does_not_matter_to_the_strongest():
    lines, width, sharpness = strokes(2, 30)
    order = torch.randperm(30, generator=torch.Generator().manual_seed(0))
    there, back = strokes(2, 30)[0].requires_grad_(), lines[:, order].requires_grad_()
    one = render_soft(there, stroke_width=width, sharpness=sharpness)
    other = render_soft(back, stroke_width=width[:, order], sharpness=sharpness[:, order])
    assert torch.equal(one, other)
    one.square().sum().backward()
    other.square().sum().backward()
    assert torch.equal(there.grad[:, order], back.grad)


def test_moved_by_pixels_or_mirrored_a_drawing_is_the_same():
    lines, width, sharpness = strokes(2, 5)
    options = {"stroke_width": width, "sharpness": sharpness}
    image = render_soft(lines, 32, 32, **options)
    moved = render_soft(lines + torch.tensor([3, 5, 3, 5]) / 32, 32, 32, **options)
    torch.testing.assert_close(moved[..., 5:, 3:], image[..., :-5, :-3], rtol=0, atol=2e-5)
    mirrored = lines * torch.tensor([-1.0, 1, -1, 1]) + torch.tensor([1.0, 0, 1, 0])
    torch.testing.assert_close(render_soft(mirrored, 32, 32, **options), image.flip(-1), rtol=0, atol=2e-5)


SINGULAR = {
    "a point": [0.5, 0.5, 0.5, 0.5],
    "a point on a pixel's centre": [0.5 / 28, 0.5 / 28, 0.5 / 28, 0.5 / 28],
    "very short": [0.5, 0.5, 0.5 + 1e-7, 0.5],
    "off the canvas": [5.0, 5.0, 7.0, 9.0],
    "far away": [1e6, 1e6, -1e6, -1e6],
    "as far as float32 goes": [3e38, -3e38, -3e38, 3e38],
    "all there": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    "back on itself": [0.2, 0.5, 0.9, 0.5, 0.2, 0.5],
    "a cusp": [0.2, 0.2, 0.8, 0.8, 0.2, 0.8, 0.8, 0.2],
    "far control points": [0.1, 0.1, 1e6, -1e6, 1e6, 1e6, 0.9, 0.9],
}


@pytest.mark.parametrize("case", SINGULAR)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("width", "sharpness"), [(0.1, 100.0), (0.0, 100.0), (1e-6, 1e6), (3.0, 1e-3)])
def test_singular_strokes_give_finite_numbers(case, mode, width, sharpness):
    lines = torch.tensor([[SINGULAR[case], SINGULAR[case]]], requires_grad=True)
    image = render_soft(lines, stroke_width=width, sharpness=sharpness, mode=mode)
    assert torch.isfinite(image).all() and 0 <= image.min() and image.max() <= 1
    (gradient,) = torch.autograd.grad(image.sum(), lines)
    assert torch.isfinite(gradient).all()
    if width == 0:
        assert not image.any() and not gradient.any()


number = st.floats(-1e6, 1e6, width=32) | st.floats(-0.5, 1.5, width=32)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_anything_finite_gives_finite_numbers(data):
    numbers = data.draw(st.sampled_from([4, 6, 8]))
    n = data.draw(st.integers(0, 3))
    lines = torch.tensor(data.draw(st.lists(number, min_size=n * numbers, max_size=n * numbers)))
    lines = lines.view(1, n, numbers).requires_grad_()
    width = data.draw(st.just(0.0) | st.floats(0, 100))
    slope = data.draw(st.floats(1e-6, 1e6))
    mode, gaussian = data.draw(st.sampled_from(MODES)), data.draw(st.booleans())
    size = (data.draw(st.integers(1, 20)), data.draw(st.integers(1, 40)))
    options = {"alpha": slope} if gaussian else {"stroke_width": width, "sharpness": slope}
    image = render_soft(lines, *size, mode=mode, **options)
    assert torch.isfinite(image).all() and (n == 0 or (0 <= image.min() and image.max() <= 1))
    (gradient,) = torch.autograd.grad(image.sum(), lines)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize(("batch", "n"), [(0, 3), (2, 0), (0, 0)])
@pytest.mark.parametrize("mode", MODES)
def test_no_images_and_no_lines(batch, n, mode):
    lines = torch.zeros(batch, n, 4, requires_grad=True)
    image = render_soft(lines, 5, 7, mode=mode)
    assert image.shape == (batch, 1, 5, 7) and not image.any()
    image.sum().backward()
    assert lines.grad.shape == lines.shape


def test_ties_are_shared_as_torch_shares_them():
    one = torch.tensor([[[0.2, 0.3, 0.8, 0.6]]])
    lines = one.repeat(1, 3, 1).requires_grad_()
    double = one.double().repeat(1, 3, 1).requires_grad_()
    render_soft(lines).sum().backward()
    render_soft(double).sum().backward()
    torch.testing.assert_close(lines.grad.double(), double.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("layout", ["strided", "reversed", "transposed", "expanded"])
def test_any_layout_in_memory_is_the_same_drawing(layout):
    lines = strokes(4, 4)[0]
    there = {
        "strided": lambda: lines.repeat_interleave(2, 0)[::2],
        "reversed": lambda: lines.flip(0).numpy()[::-1],
        "transposed": lambda: lines.transpose(0, 1).contiguous().transpose(0, 1),
        "expanded": lambda: lines[:1].expand(4, 4, 4),
    }[layout]()
    there = torch.from_numpy(there.copy()) if isinstance(there, np.ndarray) else there
    assert torch.equal(render_soft(there), render_soft(there.clone().contiguous()))
    image = render_soft(there.requires_grad_())
    weights = torch.rand(1, 1, 28, 28).expand(4, 1, 28, 28)
    (found,) = torch.autograd.grad((image * weights).sum(), there)
    assert torch.isfinite(found).all()


def test_which_form_draws_is_the_documented_rule(monkeypatch):
    drawn = []
    monkeypatch.setattr("vecnb.render.soft._draw_fused", lambda *_: drawn.append("fused"))
    monkeypatch.setattr("vecnb.render.soft.draw_by_steps", lambda *_: drawn.append("steps"))
    lines = torch.rand(1, 2, 4)
    render_soft(lines)
    render_soft(lines, stroke_width=torch.tensor(0.1))
    render_soft(lines.double())
    render_soft(lines, stroke_width=torch.tensor(0.1, dtype=torch.float64))
    render_soft(lines.half())
    render_soft(lines.to("meta"))
    torch.func.vmap(lambda part: render_soft(part) or part)(lines[None])
    render_soft(lines, 1, 32_769)
    assert drawn == ["fused"] * 2 + ["steps"] * 6


def test_second_derivatives_are_those_of_the_steps():
    lines, width, sharpness = (value.double() for value in strokes(1, 2))
    results = []
    for dtype in (torch.float32, torch.float64):
        inputs = [value.to(dtype).requires_grad_() for value in (lines, width, sharpness)]
        image = render_soft(inputs[0], 12, 12, stroke_width=inputs[1], sharpness=inputs[2])
        first = torch.autograd.grad(image.square().sum(), inputs, create_graph=True)
        results.append(torch.autograd.grad(sum(part.square().sum() for part in first), inputs))
    for one, other in zip(*results, strict=True):
        assert (one - other).norm() <= 1e-3 * other.norm()


@pytest.mark.filterwarnings("ignore:The .grad attribute of a Tensor that is not a leaf")  # opcheck's own
def test_the_operator_is_what_torch_asks_of_one():
    lines, width, sharpness = strokes(2, 3)
    for numbers, gaussian, soft_or in ((4, False, False), (4, True, True), (6, False, True)):
        lines = strokes(2, 3, numbers)[0].requires_grad_()
        inputs = (lines, width.clone().requires_grad_(), sharpness.clone().requires_grad_(), 9, 11)
        torch.library.opcheck(torch.ops.vecnb.render_soft.default, (*inputs, gaussian, soft_or))


def test_a_training_step_compiles_as_one_graph():
    lines, width, sharpness = strokes(2, 3)

    def loss(lines):
        return render_soft(lines, 12, 12, stroke_width=width, sharpness=sharpness).square().sum()

    compiled = torch.compile(loss, fullgraph=True, backend="aot_eager")
    one, other = lines.clone().requires_grad_(), lines.clone().requires_grad_()
    compiled(one).backward()
    loss(other).backward()
    torch.testing.assert_close(one.grad, other.grad)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {0: np.zeros((1, 2, 5), np.float32)},
            r"shape \[B, N, 4\], \[B, N, 6\] or \[B, N, 8\]",
        ),
        ({0: np.full((1, 2, 4), np.inf, np.float32)}, r"lines\[0, 0\] = .* is not finite"),
        ({1: np.zeros((1, 3), np.float32)}, "stroke_width must hold 2 values, not 3"),
        ({1: np.full((1, 2), -1, np.float32)}, r"stroke_width\[0, 0\] = -1 is not finite and >= 0"),
        ({2: np.zeros((1, 2), np.float32)}, r"sharpness\[0, 0\] = 0 is not finite and > 0"),
        ({3: 0}, "height and width must be 1 to 32768 pixels"),
        ({7: 0}, "threads"),
    ],
)
def test_the_rust_side_names_what_is_wrong(change, message):
    arrays = [np.zeros((1, 2, 4), np.float32), *(np.ones((1, 2), np.float32) for _ in range(2))]
    arguments = [*arrays, 5, 5, False, False, 1]
    for place, value in change.items():
        arguments[place] = value
    with pytest.raises(ValueError, match=message):
        raster.soft_forward(*arguments)


def test_the_way_back_refuses_another_image():
    arrays = [np.zeros((1, 2, 4), np.float32), *(np.ones((1, 2), np.float32) for _ in range(2))]
    pixels, winners = raster.soft_forward(*arrays, 5, 5, False, False, 1)
    with pytest.raises(ValueError, match="gradient must hold 25 values, not 24"):
        raster.soft_backward(*arrays, np.zeros(24, np.float32), pixels, winners, 5, 5, False, False, 1)


def test_far_from_a_stroke_its_presence_still_costs_what_it_should():
    """Cut off at float32's resolution it used to be 0, with a logarithm of -100 and no gradient."""
    image = render_soft(torch.tensor([[[0.1, 0.1, 0.9, 0.1]]]), 28, 28, stroke_width=0.05, sharpness=150.0)
    assert math.isclose(image[0, 0, 17, 14].log().item(), 150 * (0.025 - (17.5 / 28 - 0.1)), rel_tol=1e-4)


def test_drawing_does_not_wait_for_torch_s_compiler():
    """It used to be imported at the first call, which took two seconds."""
    program = (
        "import sys, torch; from vecnb.render import render_soft; "
        "render_soft(torch.rand(1, 2, 4, requires_grad=True)).sum().backward(); "
        "sys.exit('torch._dynamo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
