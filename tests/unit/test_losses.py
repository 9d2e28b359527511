"""The training losses: chapter 2's by hand and by what it sees, chapter 3's against torch and sampling."""

import math

import pytest
import torch
from torch.distributions import Normal
from torch.distributions import kl_divergence as kl_by_torch
from torch.nn import functional as F

from vecnb import metrics
from vecnb.losses import binary_cross_entropy, elbo, kl_divergence, multiscale_mse, reparameterize


def test_one_scale_is_the_mean_squared_error():
    x_recon, x = torch.rand(2, 3, 1, 28, 28)
    assert torch.equal(multiscale_mse(x_recon, x), F.mse_loss(x_recon, x))


def test_two_scales_by_hand():
    x = torch.zeros(1, 1, 2, 2)
    x_recon = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    # Full size: 1/4. Halved: one pixel of ink 1/4, squared 1/16, times 2.
    assert multiscale_mse(x_recon, x, scales=2).item() == pytest.approx(1 / 4 + 2 / 16)


def test_independent_errors_weigh_half_as_much_on_each_coarser_scale():
    torch.manual_seed(0)
    noise, blank = torch.randn(200, 1, 28, 28), torch.zeros(200, 1, 28, 28)
    one, two, three = (multiscale_mse(noise, blank, scales).item() for scales in (1, 2, 3))
    assert two / one == pytest.approx(1 + 1 / 2, rel=0.02)
    assert three / one == pytest.approx(1 + 1 / 2 + 1 / 4, rel=0.02)


def test_missing_ink_costs_more_than_shifted_ink_of_equal_squared_error():
    x = torch.zeros(1, 1, 28, 28)
    x[..., 10:12, 8:20] = 1
    gap, shifted = x.clone(), x.clone()
    gap[..., 10:12, 8:14] = 0  # half of the stroke is missing
    shifted[..., 10, 8:14], shifted[..., 12, 8:14] = 0, 1  # half of it lies a pixel lower
    assert F.mse_loss(gap, x) == F.mse_loss(shifted, x)
    assert multiscale_mse(gap, x, 3) > 1.3 * multiscale_mse(shifted, x, 3)


@pytest.mark.parametrize(
    ("scales", "error"), [(0, ValueError), (6, ValueError), (2.5, TypeError), (True, TypeError)]
)
def test_no_scale_and_more_than_there_are_are_refused(scales, error):
    x = torch.zeros(1, 1, 28, 28)  # 28, 14, 7, 3, 1
    assert multiscale_mse(x, x, scales=5) == 0
    with pytest.raises(error, match="scales must be"):
        multiscale_mse(x, x, scales=scales)


@pytest.mark.parametrize("loss", [multiscale_mse, binary_cross_entropy])
def test_images_of_different_shapes_are_refused(loss):
    """Broadcasting used to make do with them, one image against all."""
    with pytest.raises(ValueError, match=r"x_recon is \[1, 1, 4, 4\] and x is \[3, 1, 4, 4\]"):
        loss(torch.zeros(1, 1, 4, 4), torch.zeros(3, 1, 4, 4))


@pytest.mark.parametrize("function", [reparameterize, kl_divergence])
def test_a_mean_and_a_variance_of_different_shapes_are_refused(function):
    with pytest.raises(ValueError, match=r"mu is \[4, 2\] and logvar is \[1, 2\]"):
        function(torch.zeros(4, 2), torch.zeros(1, 2))


# chapter 3: the terms of the bound


def codes(batch: int = 5, size: int = 3) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    mu, logvar = torch.randn(2, batch, size, generator=generator, dtype=torch.float64)
    return mu, logvar


def test_divergence_by_hand():
    mu, logvar = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, math.log(4)]])
    assert kl_divergence(mu, logvar).item() == pytest.approx(1 / 2 + (4 - 1 - math.log(4)) / 2)
    assert kl_divergence(torch.zeros(2, 3), torch.zeros(2, 3)).tolist() == [0, 0]


def test_divergence_agrees_with_torch():
    mu, logvar = codes()
    by_torch = kl_by_torch(Normal(mu, (logvar / 2).exp()), Normal(0.0, 1.0)).sum(1)
    assert torch.allclose(kl_divergence(mu, logvar), by_torch)


def test_divergence_agrees_with_samples_of_reparameterize():
    mu, logvar = torch.tensor([[0.7, -1.2]]), torch.tensor([[-1.0, 0.5]])
    many = (200_000, -1)
    z = reparameterize(mu.expand(many), logvar.expand(many), torch.Generator().manual_seed(0))
    log_ratio = Normal(mu, (logvar / 2).exp()).log_prob(z) - Normal(0.0, 1.0).log_prob(z)
    assert log_ratio.sum(1).mean().item() == pytest.approx(kl_divergence(mu, logvar).item(), abs=0.01)


def test_logvar_is_the_logarithm_of_the_variance():
    mu, logvar = torch.full((100_000, 1), 3.0), torch.full((100_000, 1), math.log(4))
    z = reparameterize(mu, logvar, torch.Generator().manual_seed(0))
    assert z.mean().item() == pytest.approx(3, abs=0.03)
    assert z.std().item() == pytest.approx(2, abs=0.03)


def test_a_generator_decides_the_noise_and_gradients_pass():
    mu, logvar = (part.requires_grad_() for part in codes())
    z, again = (reparameterize(mu, logvar, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(z, again) and not torch.equal(z, reparameterize(mu, logvar))
    z.sum().backward()
    assert torch.equal(mu.grad, torch.ones_like(mu))
    assert torch.allclose(logvar.grad, (z - mu).detach() / 2)  # dz/dlogvar = (z − mu) / 2


def test_cross_entropy_is_the_one_that_is_reported():
    x_recon, x = torch.rand(2, 4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    reported = metrics.binary_cross_entropies(x_recon, x)
    assert torch.allclose(binary_cross_entropy(x_recon, x).double(), reported, rtol=1e-5)


def test_cross_entropy_of_pixels_without_doubt_is_finite():
    x = torch.tensor([[[[0.0, 1.0, 0.25, 0.25]]]])
    certain = torch.tensor([[[[0.0, 1.0, 0.0, 1.0]]]], requires_grad=True)
    loss = binary_cross_entropy(certain, x)
    assert loss.tolist() == [pytest.approx(25 + 75)]
    loss.sum().backward()
    assert certain.grad.isfinite().all()
    assert certain.grad[0, 0, 0, 2] == pytest.approx(-0.25e12)


def test_cross_entropy_refuses_what_is_no_probability():
    with pytest.raises(RuntimeError, match="between 0 and 1"):
        binary_cross_entropy(torch.full((1, 1, 2, 2), 1.1), torch.zeros(1, 1, 2, 2))


def test_bound_is_minus_its_two_terms_by_hand():
    x, x_recon = torch.ones(1, 1, 1, 2), torch.full((1, 1, 1, 2), 0.5)
    bound = elbo(x_recon, x, mu=torch.tensor([[2.0]]), logvar=torch.tensor([[0.0]]))
    assert bound.tolist() == [pytest.approx(-2 * math.log(2) - 2)]
