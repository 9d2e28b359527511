"""Tests of the smoothed rasteriser: its mean is chapter 2's soft edge, made of hard rasters alone."""

import pytest
import torch

from vecnb.render import pixel_grid, render_hard, render_smoothed, render_soft
from vecnb.render.smoothed import QUADRATURE_NODES, QUADRATURE_WEIGHTS

PIXEL = 1 / 28


def test_weights_are_those_of_a_logistic_distribution():
    assert QUADRATURE_WEIGHTS.sum().item() == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close(QUADRATURE_NODES, -QUADRATURE_NODES.flip(0))
    below = QUADRATURE_WEIGHTS[:7].sum().item()  # Λ < 0
    assert below == pytest.approx(0.5, abs=1e-6)


def test_the_mean_is_the_edge_presence_of_chapter_2():
    """Down a column through a horizontal stroke: σ(k (w/2 − d)), blurred by the pixel that rasters."""
    line, width = torch.tensor([[[-0.5, 0.5, 1.5, 0.5]]]), torch.tensor([[0.3]])
    smoothed = render_smoothed(line, width, torch.tensor([60.0]))[0, 0, :, 14]
    distance = (pixel_grid(28, 28)[:, 14, 1] - 0.5).abs()
    edge = torch.sigmoid(60.0 * (0.15 - distance))
    assert (smoothed - edge).abs().max() < 0.03
    # A pixel and more from the edge some uncertainty is left.
    assert 0.005 < smoothed[7] < 0.02 and 0.98 < smoothed[12] < 1


def test_the_sharper_the_nearer_to_one_raster():
    lines, width = torch.rand(4, 3, 4), torch.full((4, 3), 0.1)
    hard = render_hard(lines, stroke_width=width)
    errors = [
        (render_smoothed(lines, width, torch.full((4,), k)) - hard).abs().mean().item()
        for k in (56.0, 224.0, 5600.0)
    ]
    assert errors[0] > errors[1] > errors[2] and errors[2] < 1e-2


def test_strokes_are_joined_by_the_maximum():
    lines, width, sharpness = torch.rand(2, 3, 4), torch.rand(2, 3) / 8, torch.tensor([60.0, 200.0])
    alone = torch.stack([render_smoothed(lines[:, [n]], width[:, [n]], sharpness) for n in range(3)])
    together = render_smoothed(lines, width, sharpness)
    assert (together >= alone.amax(0) - 1e-6).all()
    assert (together - alone.amax(0)).abs().mean() < 2e-3  # equal but where two edges cross inside a pixel


def test_it_is_close_to_the_soft_renderer_and_brings_no_gradient():
    lines, width = torch.rand(8, 6, 4), torch.full((8, 6), 2.5 * PIXEL)
    sharpness = torch.full((8,), 3 / PIXEL)
    smoothed = render_smoothed(lines.requires_grad_(), width, sharpness)
    soft = render_soft(lines, stroke_width=width, sharpness=sharpness)
    assert not smoothed.requires_grad and smoothed.shape == (8, 1, 28, 28)
    assert (smoothed - soft).square().mean() < 2e-3


def test_a_width_of_nought_is_no_ink_however_the_widths_scatter():
    lines, sharpness = torch.rand(4, 2, 4), torch.full((4,), 56.0)
    width = torch.tensor([0.1, 0.0]).expand(4, 2)
    assert torch.equal(
        render_smoothed(lines, width, sharpness), render_smoothed(lines[:, :1], width[:, :1], sharpness)
    )
    assert not render_smoothed(lines, torch.zeros(4, 2), sharpness).any()


def test_another_canvas_and_bad_input():
    lines, width, sharpness = torch.rand(3, 2, 4), torch.full((3, 2), 0.1), torch.full((3,), 100.0)
    assert render_smoothed(lines, width, sharpness, 20, 30).shape == (3, 1, 20, 30)
    for wrong in (sharpness[:2], -sharpness, sharpness * torch.nan):
        with pytest.raises(ValueError, match=r"sharpness must be \[3\] numbers > 0"):
            render_smoothed(lines, width, wrong)
    with pytest.raises(ValueError, match="stroke_width"):
        render_smoothed(lines, -width, sharpness)
