"""The crowd of pens: its mean is chapter 2's soft edge, made of hard rasters alone."""

import pytest
import torch

from vecnb.render import PENS, SHARES, pixel_grid, render_hard, render_smoothed, render_soft

PIXEL = 1 / 28


def test_shares_are_those_of_a_logistic_distribution():
    assert SHARES.sum().item() == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close(PENS, -PENS.flip(0))
    below = SHARES[:7].sum().item()  # Λ < 0
    assert below == pytest.approx(0.5, abs=1e-6)


def test_the_mean_of_the_crowd_is_the_edge_presence_of_chapter_2():
    """Down a column through a horizontal stroke: σ(k (w/2 − d)), blurred by the pixel that rasters."""
    line, width, sharpness = (
        torch.tensor([[[-0.5, 0.5, 1.5, 0.5]]]),
        torch.tensor([[0.3]]),
        torch.tensor([60.0]),
    )
    crowd = render_smoothed(line, width, sharpness)[0, 0, :, 14]
    distance = (pixel_grid(28, 28)[:, 14, 1] - 0.5).abs()
    edge = torch.sigmoid(60.0 * (0.15 - distance))
    assert (crowd - edge).abs().max() < 0.03
    assert 0.005 < crowd[7] < 0.02 and 0.98 < crowd[12] < 1, (
        "a pixel and more from the edge some clamp_probabilities is left"
    )


def test_the_sharper_the_nearer_to_one_pen():
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
    lines, width, sharpness = (
        torch.rand(8, 6, 4),
        torch.full((8, 6), 2.5 * PIXEL),
        torch.full((8,), 3 / PIXEL),
    )
    lines.requires_grad_()
    crowd = render_smoothed(lines, width, sharpness)
    soft = render_soft(lines, stroke_width=width, sharpness=sharpness)
    assert not crowd.requires_grad and crowd.shape == (8, 1, 28, 28)
    assert (crowd - soft).square().mean() < 2e-3
