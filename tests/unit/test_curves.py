"""Tests of the distance to Bézier curves: the nearest of all points, derivatives, degenerate curves."""

import pytest
import torch
from torch import func
from torch.autograd import gradcheck, gradgradcheck

from vecnb.render import pixel_grid, render_soft, squared_distance

forward_mode = pytest.mark.filterwarnings("ignore:`torch.jit:FutureWarning")  # torch's own, at its first use
SHAPES = {
    "loop": [0.1, 0.9, 1.4, -0.2, -0.4, -0.2, 0.9, 0.9],
    "cusp": [0.1, 0.9, 0.9, 0.1, 0.1, 0.1, 0.9, 0.9],
    "there and back": [0.2, 0.5, 2.2, 0.5, 0.3, 0.5],
    "tight bend": [0.4, 0.9, 0.5, -0.8, 0.45, 0.9],
    "straight": [0.1, 0.2, 0.4, 0.4, 0.7, 0.6],
    "uneven": [0.1, 0.2, 0.15, 0.2333333, 0.7, 0.6],
}
DEGENERATE = {
    "a point": [0.3, 0.3] * 4,
    "a point on a pixel centre": [4.5 / 8, 2.5 / 8] * 3,
    "collinear": [0.1, 0.1, 0.9, 0.9, 0.4, 0.4],
    "two points": [0.2, 0.2, 0.2, 0.2, 0.7, 0.7, 0.7, 0.7],
    "far away": [1e6, -1e6, -1e6, 1e6, 1e6, 1e6],
    "very far away": [1e30, -1e30, -1e30, 1e30, 1e30, 1e30, 0.0, 0.0],
}


def random_curves(batch, n, degree, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, n, 2 * degree + 2, generator=generator, dtype=torch.float64) * 2 - 0.5


def point(curves, t):
    """s(t) by de Casteljau's construction, [B, N, 2] for one t."""
    points = curves.unflatten(-1, (-1, 2))
    while points.shape[-2] > 1:
        points = (1 - t) * points[..., :-1, :] + t * points[..., 1:, :]
    return points[..., 0, :]


def sampled(curves, grid, samples=4000):
    """The squared distance to the nearest of many points, which is never too small."""
    least = torch.full((*curves.shape[:2], *grid.shape[:2]), torch.inf, dtype=curves.dtype)
    for t in torch.linspace(0, 1, samples + 1).tolist():
        gap = point(curves, t)[:, :, None, None] - grid
        least = torch.minimum(least, gap.square().sum(-1))
    return least


@pytest.mark.parametrize("degree", [2, 3])
def test_the_nearest_of_all_points_is_found(degree):
    curves, grid = random_curves(40, 4, degree), pixel_grid(6, 7, dtype=torch.float64)
    found, most = squared_distance(curves, grid), sampled(curves, grid)
    assert (found - most).max() < 1e-8
    assert (most - found).max() < 1e-5  # as near as the samples are to each other


@pytest.mark.parametrize("shape", SHAPES)
def test_the_nearest_point_of_a_peculiar_curve_is_found(shape):
    curve, grid = (
        torch.tensor([[SHAPES[shape]]], dtype=torch.float64),
        pixel_grid(40, 40, dtype=torch.float64),
    )
    found, most = squared_distance(curve, grid), sampled(curve, grid)
    assert (found - most).max() < 1e-6 and (most - found).max() < 1e-5


def test_a_straight_curve_is_a_line():
    lines, grid = torch.rand(3, 4, 4, dtype=torch.float64), pixel_grid(5, 6, dtype=torch.float64)
    start, end = lines.split(2, -1)
    for degree in (2, 3):
        points = [torch.lerp(start, end, place / degree) for place in range(degree + 1)]
        found = squared_distance(torch.cat(points, -1), grid)
        assert torch.allclose(found, squared_distance(lines, grid), atol=1e-12)
        single = squared_distance(torch.cat(points, -1).float(), grid.float())
        assert torch.allclose(single, found.float(), atol=1e-5)


def test_a_curve_of_degree_three_can_be_one_of_degree_two():
    curves, grid = random_curves(3, 4, 2), pixel_grid(5, 6, dtype=torch.float64)
    start, control, end = curves.split(2, -1)
    raised = torch.cat([start, torch.lerp(start, control, 2 / 3), torch.lerp(end, control, 2 / 3), end], -1)
    assert torch.allclose(squared_distance(raised, grid), squared_distance(curves, grid), atol=1e-8)


@pytest.mark.parametrize("degree", [2, 3])
def test_first_and_second_derivatives(degree):
    grid = pixel_grid(3, 4, dtype=torch.float64)
    curves = random_curves(2, 2, degree, seed=1).requires_grad_()
    assert gradcheck(lambda curves: squared_distance(curves, grid), curves)
    assert gradgradcheck(lambda curves: squared_distance(curves, grid), curves)


@forward_mode
@pytest.mark.parametrize("degree", [2, 3])
def test_torch_func_gives_the_same_derivatives(degree):
    grid, curves = pixel_grid(3, 4, dtype=torch.float64), random_curves(2, 2, degree, seed=1)

    def total(curves):
        return squared_distance(curves, grid).square().sum()

    wanted = torch.autograd.functional.hessian(total, curves)
    assert torch.allclose(func.hessian(total)(curves), wanted, atol=1e-9)
    gradient = torch.autograd.functional.jacobian(total, curves)
    assert torch.allclose(func.grad(total)(curves), gradient, atol=1e-9)
    each = func.vmap(lambda one: squared_distance(one[None], grid)[0])(curves)
    assert torch.allclose(each, squared_distance(curves, grid), atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("shape", DEGENERATE)
def test_degenerate_curves_have_finite_distances_and_gradients(shape, dtype):
    if dtype == torch.float16 and "far" in shape:
        pytest.skip("half precision has no such numbers")
    curves = torch.tensor([[DEGENERATE[shape]]], dtype=dtype, requires_grad=True)
    drawn = render_soft(curves, 8, 8)
    drawn.sum().backward()
    assert torch.isfinite(drawn).all() and torch.isfinite(curves.grad).all()
    if dtype.itemsize >= 4:
        assert torch.isfinite(squared_distance(curves, pixel_grid(8, 8, dtype=dtype))).all()


def test_far_control_points_cost_no_precision():
    """A wide arch over the canvas: in single precision within a thousandth of a pixel of double."""
    arch = torch.tensor([[[-3e3, 3e3, 0.5, -3e3 + 1, 3e3, 3e3]]])
    grid = pixel_grid(28, 28)
    single, double = squared_distance(arch, grid), squared_distance(arch.double(), grid.double())
    assert (single.sqrt() - double.sqrt()).abs().max() < 1e-3 / 28


def test_a_curve_is_drawn_where_it_runs():
    arch = torch.tensor([[[0.1, 0.9, 0.5, -0.7, 0.9, 0.9]]])  # half-way at (1/2, 1/10)
    drawn = render_soft(arch, 20, 20)[0, 0]
    assert drawn[2, 10] > 0.9 and drawn[10, 10] < 0.1 and drawn[17, 2] > 0.9


def test_other_shapes_are_refused_by_name():
    with pytest.raises(ValueError, match=r"\[B, N, 6\]"):
        render_soft(torch.zeros(1, 1, 5))
    with pytest.raises(ValueError, match="not finite"):
        squared_distance(torch.full((1, 1, 6), torch.nan), pixel_grid(2, 2))
