"""Chapter 4's losses: by hand, and that the optimum of the class-probability loss is the log-ratio."""

import math

import pytest
import torch

from vecnb.densities import gaussian_log_density, smoothed_log_density
from vecnb.losses import generator_loss, input_slopes, ratio_loss

P = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)  # two distributions over three outcomes
Q = torch.tensor([0.1, 0.3, 0.6], dtype=torch.float64)


def test_the_ratio_loss_by_hand():
    r_p, r_q = torch.tensor([0.0, math.log(3)]), torch.tensor([-math.log(3)])
    # σ(0) = 1/2, σ(ln 3) = 3/4, 1 − σ(−ln 3) = 3/4.
    by_hand = (math.log(2) + math.log(4 / 3)) / 2 + math.log(4 / 3)
    assert ratio_loss(r_p, r_q).item() == pytest.approx(by_hand)
    nought = torch.zeros(5)
    assert ratio_loss(nought, nought).item() == pytest.approx(2 * math.log(2))


def expected_ratio_loss(r):
    """The loss with both expectations exact: over outcomes, not samples."""
    return sum(P[i] * ratio_loss(r[i : i + 1], r[:0].new_tensor([-40.0])) for i in range(3)) + sum(
        Q[i] * ratio_loss(r.new_tensor([40.0]), r[i : i + 1]) for i in range(3)
    )


def test_the_optimum_is_the_log_ratio():
    r = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([r], max_iter=100, tolerance_grad=1e-12, tolerance_change=1e-15)

    def closure():
        optimizer.zero_grad()
        loss = expected_ratio_loss(r)
        loss.backward()
        return loss

    optimizer.step(closure)
    assert r.detach().numpy() == pytest.approx((P / Q).log().numpy(), abs=1e-5)


def test_the_minimum_is_two_ln_two_less_twice_the_jensen_shannon_divergence():
    middle = (P + Q) / 2
    jensen_shannon = ((P * (P / middle).log()).sum() + (Q * (Q / middle).log()).sum()) / 2
    value = expected_ratio_loss((P / Q).log()).item()
    assert value == pytest.approx(2 * math.log(2) - 2 * jensen_shannon.item(), abs=1e-9)


def test_the_three_generator_losses_and_their_slopes():
    slopes = {}
    for kind in ("minimax", "non_saturating", "wasserstein"):
        r = torch.tensor([math.log(4)], dtype=torch.float64, requires_grad=True)
        generator_loss(r, kind).backward()
        slopes[kind] = r.grad.item()
    # All fall with r. σ(ln 4) = 4/5.
    assert slopes == pytest.approx({"minimax": 1 / 5, "non_saturating": 4 / 5, "wasserstein": 1})


def test_minimax_dies_where_the_estimator_is_sure_and_the_others_do_not():
    for kind, slope in (("minimax", 0), ("non_saturating", 1), ("wasserstein", 1)):
        r = torch.tensor([30.0], dtype=torch.float64, requires_grad=True)
        generator_loss(r, kind).backward()
        assert r.grad.item() == pytest.approx(slope, abs=1e-12)


def test_minimax_is_the_ratio_loss_with_its_sign_turned():
    r_p, r_q = torch.randn(2, 7, dtype=torch.float64)
    difference = generator_loss(r_p, "minimax") + ratio_loss(r_p, r_q)
    assert difference.item() == pytest.approx(torch.nn.functional.softplus(r_q).mean().item())


def test_slopes_by_hand_and_differentiable():
    weight = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    x = torch.randn(5, 2, dtype=torch.float64, requires_grad=True)
    z = torch.randn(5, 1, dtype=torch.float64, requires_grad=True)
    slopes = input_slopes((x * weight).sum(1) + 2 * z[:, 0], x, z)
    assert slopes.tolist() == pytest.approx([3**2 + 4**2 + 2**2] * 5)
    slopes.mean().backward()
    assert weight.grad.tolist() == pytest.approx([6, 8])


def test_a_gaussian_by_hand():
    x = torch.tensor([[1.0, 2.0]], dtype=torch.float64)
    by_hand = -math.log(2 * math.pi) - 2 * math.log(0.5) - (1 + 4) / (2 * 0.25)
    assert gaussian_log_density(x, torch.zeros_like(x), 0.5).item() == pytest.approx(by_hand)
    std = torch.full_like(x, 0.5)
    assert gaussian_log_density(x, torch.zeros_like(x), std).item() == pytest.approx(by_hand)


def test_the_smoothed_empirical_distribution_by_hand_and_against_its_parts():
    centres = torch.tensor([[0.0], [1.0]])
    x = torch.tensor([[0.0], [0.5]])
    bump = 1 / math.sqrt(2 * math.pi * 0.04)
    by_hand = [
        math.log(bump * (1 + math.exp(-1 / 0.08)) / 2),
        math.log(bump * math.exp(-0.25 / 0.08)),
    ]
    assert smoothed_log_density(x, centres, 0.2).tolist() == pytest.approx(by_hand, rel=1e-6)
    images, x = torch.rand(30, 1, 4, 4), torch.rand(6, 1, 4, 4)
    parts = torch.stack([gaussian_log_density(x, image.expand_as(x), 0.3) for image in images])
    expected = torch.logsumexp(parts.double(), 0) - math.log(30)
    assert smoothed_log_density(x, images, 0.3).tolist() == pytest.approx(expected.tolist(), rel=1e-5)


def test_densities_refuse_what_is_none():
    x = torch.zeros(3, 1, 2, 2)
    for std in (0.0, -1.0, math.nan):
        with pytest.raises(ValueError, match="std must be above 0"):
            gaussian_log_density(x, x, std)
        with pytest.raises(ValueError, match="std must be above 0"):
            smoothed_log_density(x, x, std)
    with pytest.raises(ValueError, match=r"mean is \[1, 1, 2, 2\]"):
        gaussian_log_density(x, x[:1], 1.0)
    for centres in (x[:0], torch.zeros(5, 1, 2, 3)):
        with pytest.raises(ValueError, match="centres are"):
            smoothed_log_density(x, centres, 1.0)
