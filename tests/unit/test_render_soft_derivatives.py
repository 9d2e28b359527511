"""Tests of the soft renderer's derivatives: first, singular, far away, second, and under torch.func."""

import math

import pytest
import torch
from test_render_soft import PRESENCES, plain_distance2, random_lines
from torch import Tensor, func
from torch.autograd import gradcheck, gradgradcheck

from vecnb.render import compose, edge_presence, pixel_grid, presence, render_soft, squared_distance

forward_mode = pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")  # torch's own, at its first use

# Gradients


def test_gradcheck_of_the_distance():
    grid = pixel_grid(3, 4, dtype=torch.float64)
    assert gradcheck(lambda lines: squared_distance(lines, grid), random_lines(2, 2).requires_grad_())


@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_gradcheck_of_the_presences(shape):
    def free(low, high, *shape):
        generator = torch.Generator().manual_seed(2)
        return (low + (high - low) * torch.rand(shape, generator=generator).double()).requires_grad_()

    dist2 = free(0.001, 0.2, 2, 3, 2, 2)
    assert gradcheck(presence, (dist2, free(1, 20, *shape)))
    assert gradcheck(edge_presence, (dist2, free(0.05, 0.5, *shape), free(1, 20, *shape)))


@pytest.mark.parametrize("mode", ["max", "soft_or"])
def test_gradcheck_of_the_composition(mode):
    ink = torch.rand(2, 3, 3, 3, generator=torch.Generator().manual_seed(3)).double().requires_grad_()
    assert gradcheck(lambda ink: compose(ink, mode), ink)


@pytest.mark.parametrize("mode", ["max", "soft_or"])
@pytest.mark.parametrize("kind", PRESENCES)
def test_gradcheck_of_the_renderer(kind, mode):
    names, floats = PRESENCES[kind], PRESENCES[kind].values()
    values = [torch.full((2,), value, dtype=torch.float64, requires_grad=True) for value in floats]

    def draw(lines, *values):
        return render_soft(lines, 4, 5, mode=mode, **dict(zip(names, values, strict=True)))

    assert gradcheck(draw, (random_lines(2, 3, seed=4).requires_grad_(), *values))


CENTRE = (4.5 / 8, 2.5 / 8)  # of a pixel of an 8 × 8 canvas, exact in binary
SINGULAR = {
    "zero length": [(0.3, 0.3, 0.3, 0.3)],
    "zero length on a pixel centre": [CENTRE + CENTRE],
    "nearly zero length": [(0.3, 0.3, 0.3 + 1e-7, 0.3), (1e-25, 0.0, 0.0, 1e-25)],
    "through pixel centres": [(0.5 / 8, 2.5 / 8, 7.5 / 8, 2.5 / 8), (0.5 / 8, 0.5 / 8, 7.5 / 8, 7.5 / 8)],
    "end points on pixel centres": [(*CENTRE, 0.9, 0.8), (0.9, 0.8, *CENTRE)],
    "coincident": [(0.2, 0.3, 0.7, 0.9)] * 3,
    "coincident, through centres": [(0.5 / 8, 2.5 / 8, 7.5 / 8, 2.5 / 8)] * 2,
    "off the canvas": [(3.0, 4.0, 5.0, 9.0), (-2.0, 0.5, -7.0, 0.5)],
    "far away": [(1e6, -1e6, 1e6, 1e6), (-1e6, -1e6, 1e6, 1e6), (1e6, 0.5, 1e6, 0.5)],
}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("case", SINGULAR)
def test_values_and_gradients_stay_finite_at_singular_points(case, dtype):
    for kind in (*PRESENCES.values(), {}, {"stroke_width": 0.0}):
        for mode in ("max", "soft_or"):
            lines = torch.tensor([SINGULAR[case]], dtype=dtype, requires_grad=True)
            drawn = render_soft(lines, 8, 8, mode=mode, **kind)
            drawn.sum().backward()
            assert torch.isfinite(drawn).all() and drawn.min() >= 0 and drawn.max() <= 1
            assert torch.isfinite(lines.grad).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("case", ["zero length", "through pixel centres", "coincident", "off the canvas"])
def test_half_precision_stays_finite_at_singular_points(case, dtype):
    lines = torch.tensor([SINGULAR[case]], dtype=dtype, requires_grad=True)
    render_soft(lines, 8, 8).sum().backward()
    assert torch.isfinite(lines.grad).all()


def test_ink_pulls_a_line_that_has_shrunk_to_a_point():
    """A gradient that is finite because it is nought would leave such a line where it is for good."""
    lines = torch.tensor([[[0.3, 0.3, 0.3, 0.3]]], requires_grad=True)
    render_soft(lines, 8, 8, alpha=20.0)[0, 0, 5, 6].backward()
    assert (lines.grad[0, 0, :2] > 0).all()  # more ink below and to the right, if the point goes there


@pytest.mark.parametrize("case", SINGULAR)
def test_second_derivatives_stay_finite_at_singular_points(case):
    for dtype in (torch.float32, torch.float64):
        lines = torch.tensor([SINGULAR[case]], dtype=dtype, requires_grad=True)
        (grad,) = torch.autograd.grad(render_soft(lines, 8, 8).sum(), lines, create_graph=True)
        (second,) = torch.autograd.grad(grad.square().sum(), lines, allow_unused=True)
        assert second is None or torch.isfinite(second).all()


# Far end points


@pytest.mark.parametrize("far", [1e2, 1e4, 1e5, 1e6, 1e10, 1e20, 3e38])
def test_a_line_through_the_canvas_is_drawn_however_far_its_ends_lie(far):
    """In float32 a line of length 2e6 used to be wrong by .98 of ink, and one to 1e20 a dot."""
    across = torch.tensor(
        [[[-far, 0.4, far, 0.4], [0.3, -far, 0.3, far], [-far, -far, far, far], [0.2, 0.7, far, 0.7]]]
    )
    near = torch.tensor([[[-5, 0.4, 5, 0.4], [0.3, -5, 0.3, 5], [-5, -5, 5, 5], [0.2, 0.7, 5, 0.7]]])
    drawn = render_soft(across.transpose(0, 1), 30, 40)
    assert torch.allclose(drawn, render_soft(near.transpose(0, 1), 30, 40), rtol=0, atol=1e-4)


@pytest.mark.parametrize("far", [1e2, 1e5, 1e6])
def test_far_lines_in_single_precision_agree_with_the_plain_formula_in_double(far):
    """Of slanted lines, also of those that end on the canvas, and of those that pass beside it."""
    generator = torch.Generator().manual_seed(0)
    middle = torch.rand(200, 2, generator=generator) * 3 - 1
    angle = torch.rand(200, generator=generator) * 2 * math.pi
    step = far * torch.stack([angle.cos(), angle.sin()], 1)
    start = torch.where(torch.arange(200)[:, None] % 2 == 0, middle - step, middle)
    lines = torch.cat([start, middle + step], 1)[:, None]
    grid = pixel_grid(6, 9, dtype=torch.float64)
    expected = plain_distance2(lines.double(), grid).sqrt()
    found = squared_distance(lines, grid.float()).double().sqrt()
    assert ((found - expected).abs() / (1 + expected)).max() < 1e-6


def test_lines_that_miss_the_canvas_by_far_have_no_ink_and_finite_gradients():
    lines = torch.tensor([[
        [-1e20, 3.0, 1e20, 3.0], [50.0, 60.0, 70.0, 60.0], [1e20, 1e20, 2e20, 1e20],
        [1e20, 1e20, 1e20, 1e20], [-3e38, -3e38, -3e38, 3e38],
    ]])  # fmt: skip
    distances = squared_distance(lines, pixel_grid(1, 1)).sqrt().flatten().tolist()
    assert distances[:2] == pytest.approx([2.5, math.hypot(49.5, 59.5)])
    assert all(1e18 < distance < math.inf for distance in distances[2:])
    for name, value in (("sharpness", 100.0), ("stroke_width", 0.1), ("alpha", 80.0)):
        lines.grad, parameter = None, torch.tensor([value], requires_grad=True)
        drawn = render_soft(lines.requires_grad_(), **{name: parameter})
        drawn.sum().backward()
        assert drawn.max() < 1e-20
        assert torch.isfinite(lines.grad).all() and torch.isfinite(parameter.grad).all()


def test_gradients_of_far_lines_agree_with_those_of_the_plain_formula():
    lines = torch.tensor(
        [[[-30.0, 0.2, 40.0, 0.9], [0.4, 0.3, 25.0, 11.0], [-20.0, 5.0, 20.0, 4.0]]], dtype=torch.float64
    )
    grid = pixel_grid(5, 6, dtype=torch.float64)
    assert gradcheck(lambda lines: squared_distance(lines, grid), lines.clone().requires_grad_())
    ours, plain = lines.clone().requires_grad_(), lines.clone().requires_grad_()
    squared_distance(ours, grid).sin().sum().backward()
    plain_distance2(plain, grid).sin().sum().backward()
    assert torch.allclose(ours.grad, plain.grad, rtol=0, atol=1e-12)


# Second derivatives, torch.func, torch.compile


def ink(lines: Tensor) -> Tensor:
    return render_soft(lines, 9, 7, sharpness=20.0).square().sum()


def slope_by_differences(lines: Tensor, step: float = 1e-6) -> Tensor:
    """The Hessian of `ink` [n, n] by central differences of its gradient."""
    rows = []
    for place in range(lines.numel()):
        moved = torch.zeros(lines.numel(), dtype=lines.dtype)
        moved[place] = step
        gradients = []
        for sign in (1, -1):
            at = (lines + sign * moved.view_as(lines)).requires_grad_()
            gradients.append(torch.autograd.grad(ink(at), at)[0].flatten())
        rows.append((gradients[0] - gradients[1]) / (2 * step))
    return torch.stack(rows)


def test_second_derivatives_are_not_zero_but_right():
    """`functional.hessian` used to return zeros, without a word."""
    lines = random_lines(1, 2, seed=3)
    found = torch.autograd.functional.hessian(ink, lines).reshape(8, 8)
    assert torch.allclose(found, slope_by_differences(lines), rtol=0, atol=1e-4 * found.abs().max().item())
    assert found.abs().max() > 1


def test_gradgradcheck_of_the_distance_and_the_renderer():
    grid = pixel_grid(3, 4, dtype=torch.float64)
    lines = random_lines(2, 2, seed=1).requires_grad_()
    assert gradgradcheck(lambda lines: squared_distance(lines, grid), lines)
    width = torch.full((2, 2), 0.2, dtype=torch.float64, requires_grad=True)
    sharpness = torch.full((2,), 15.0, dtype=torch.float64, requires_grad=True)
    for mode in ("max", "soft_or"):
        assert gradgradcheck(
            lambda *values, mode=mode: render_soft(
                values[0], 3, 4, stroke_width=values[1], sharpness=values[2], mode=mode
            ),
            (lines, width, sharpness),
        )


def test_a_gradient_that_is_penalised_is_the_gradient():
    lines = random_lines(2, 3).requires_grad_()
    (plain,) = torch.autograd.grad(ink(lines), lines)
    (kept,) = torch.autograd.grad(ink(lines), lines, create_graph=True)
    assert kept.requires_grad and torch.allclose(kept, plain, rtol=0, atol=1e-12)


@forward_mode
def test_every_transform_of_torch_func():
    lines = random_lines(1, 2, seed=3)
    gradient = torch.autograd.functional.jacobian(ink, lines)
    assert torch.allclose(func.grad(ink)(lines), gradient)
    expected = torch.autograd.functional.hessian(ink, lines)
    for hessian in (
        func.hessian(ink),
        func.jacfwd(func.jacfwd(ink)),
        func.jacrev(func.jacfwd(ink)),
        func.jacrev(func.jacrev(ink)),
    ):
        assert torch.allclose(hessian(lines), expected, rtol=0, atol=1e-8)
    value, slope = func.jvp(ink, (lines,), (torch.ones_like(lines),))
    assert torch.allclose(value, ink(lines)) and torch.allclose(slope, gradient.sum())
    many = random_lines(5, 1, 2)
    assert torch.equal(func.vmap(render_soft)(many), torch.stack([render_soft(one) for one in many]))
    assert torch.allclose(func.vmap(func.grad(ink))(many), torch.stack([func.grad(ink)(one) for one in many]))


def test_vmap_over_widths():
    lines, widths = random_lines(1, 2), torch.tensor([[[0.1, 0.2]], [[0.0, 0.3]]], dtype=torch.float64)
    drawn = func.vmap(lambda width: render_soft(lines, stroke_width=width))(widths)
    assert torch.equal(drawn, torch.stack([render_soft(lines, stroke_width=width) for width in widths]))


def test_it_compiles_as_one_graph():
    torch._dynamo.reset()
    compiled = torch.compile(render_soft, fullgraph=True, backend="aot_eager")
    lines = random_lines(2, 3, dtype=torch.float32).requires_grad_()
    width, sharpness = torch.full((2, 3), 0.1), torch.full((2,), 100.0)
    found = compiled(lines, 9, 7, stroke_width=width, sharpness=sharpness)
    expected = render_soft(lines, 9, 7, stroke_width=width, sharpness=sharpness)
    assert torch.allclose(found, expected, rtol=0, atol=1e-6)
    gradients = [torch.autograd.grad(image.square().sum(), lines)[0] for image in (found, expected)]
    assert torch.allclose(*gradients, rtol=1e-4, atol=1e-4)


@forward_mode
def test_forward_mode_without_torch_func_is_refused_not_wrong():
    with torch.autograd.forward_ad.dual_level():
        lines = torch.autograd.forward_ad.make_dual(random_lines(1, 2), random_lines(1, 2))
        with pytest.raises(NotImplementedError, match="forward mode AD"):
            render_soft(lines)
