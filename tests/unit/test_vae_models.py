"""Chapter 3's models: shapes, gradients, what stays finite, and samples of either prior."""

import math

import pytest
import torch

from vecnb.losses import binary_cross_entropy, kl_divergence
from vecnb.models import LineVAE, PixelVAE
from vecnb.models.approximators import JointApproximator, PerLineApproximator
from vecnb.models.vae import MAX_LOGVAR, PROBABILITY_MARGIN
from vecnb.render import STROKE_WIDTH, render_hard, render_smoothed


@pytest.fixture
def images():
    return torch.rand(8, 1, 28, 28, generator=torch.Generator().manual_seed(0)) ** 4


@pytest.mark.parametrize(
    "networks, renderer",
    [("mlp", "joint_approximator"), ("conv", "per_line_approximator"), ("conv", "exact")],
)
def test_a_line_vae_runs_forward_and_back(images, networks, renderer):
    model = LineVAE(n_lines=3, latent_size=5, networks=networks, renderer=renderer)
    x_recon, mu, logvar, code = model(images[:4])
    assert x_recon.shape == (4, 1, 28, 28) and 0 <= x_recon.min() and x_recon.max() <= 1
    assert mu.shape == logvar.shape == (4, 5)
    assert code.lines.shape == (4, 3, 4) and code.width.shape == (4, 3) and code.sharpness.shape == (4,)
    assert 0 <= code.lines.min() and code.lines.max() <= 1
    binary_cross_entropy(x_recon, images[:4]).sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


@pytest.mark.parametrize("kind", [LineVAE, PixelVAE])
def test_noise_that_is_given_is_that_of_z(images, kind):
    model = kind(latent_size=4)
    torch.manual_seed(0)
    drawn = model(images)
    torch.manual_seed(0)
    given = model(images, torch.randn(8, 4))
    assert torch.equal(drawn.x_recon, given.x_recon)
    assert not torch.equal(model(images, torch.zeros(8, 4)).x_recon, given.x_recon)


def test_the_thesis_s_strokes_have_one_width():
    code = LineVAE(networks="mlp", renderer="joint_approximator").decode(torch.randn(2, 32))
    assert torch.equal(code.width, torch.full((2, 6), STROKE_WIDTH))
    assert LineVAE().decode(torch.randn(2, 32)).width.std() > 0


def test_a_smoothed_raster_is_never_so_sure_that_an_error_costs_infinitely_many_nats():
    model = LineVAE(renderer="smoothed")
    code = model.decode(torch.randn(2, 32, generator=torch.Generator().manual_seed(0)))
    drawing = model.draw(code)
    assert drawing.min() == pytest.approx(PROBABILITY_MARGIN) and drawing.max() <= 1 - PROBABILITY_MARGIN
    smoothed = render_smoothed(code.lines, code.width, code.sharpness)
    torch.testing.assert_close(drawing, smoothed, atol=PROBABILITY_MARGIN, rtol=0)
    assert not drawing.requires_grad


def test_the_per_line_approximation_composes_lines_by_the_maximum():
    model = PerLineApproximator()
    lines, width, sharpness = torch.rand(2, 3, 4), torch.rand(2, 3) / 10, torch.tensor([60.0, 200.0])
    alone = torch.stack([model(lines[:, [n]], width[:, [n]], sharpness) for n in range(3)])
    torch.testing.assert_close(model(lines, width, sharpness), alone.amax(0))


@pytest.mark.parametrize("build", [lambda: JointApproximator(3), PerLineApproximator])
def test_an_approximation_is_never_so_sure_that_its_gradient_is_lost(build):
    approximator = build()
    for parameter in approximator.parameters():
        parameter.data.mul_(1e4)
    lines = torch.rand(2, 3, 4, requires_grad=True)
    image = approximator(lines, torch.full((2, 3), 0.1), torch.full((2,), 100.0))
    for x in (torch.zeros_like(image), torch.ones_like(image)):
        cost = binary_cross_entropy(image, x)
        (slope,) = torch.autograd.grad(cost.sum(), lines, retain_graph=True)
        assert (cost < 784 * 13).all() and torch.isfinite(slope).all()


@pytest.mark.parametrize("kind", [LineVAE, PixelVAE])
def test_an_image_far_from_all_digits_has_a_finite_bound(kind, images):
    model = kind(latent_size=4)
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.mul_(50)
        model.encoder[-1].bias[4:] = 1e9  # more than any log-variance that this encoder says otherwise
        x_recon, mu, logvar, _ = model(1 - images)
    assert (logvar == MAX_LOGVAR).all()
    assert torch.isfinite(kl_divergence(mu, logvar)).all() and torch.isfinite(x_recon).all()


def test_samples_depend_on_their_seed_alone():
    model = LineVAE(latent_size=4)
    one, same, other = (model.sample(3, seed) for seed in (1, 1, 2))
    assert torch.equal(one.lines, same.lines) and not torch.equal(one.lines, other.lines)
    assert one.lines.shape == (3, 6, 4) and len(model.sample(0, 0)) == 0
    assert PixelVAE(latent_size=3).sample_images(2, 0).shape == (2, 1, 28, 28)


@pytest.mark.parametrize("kind", [LineVAE, PixelVAE])
def test_a_model_begins_alike_with_a_learnt_prior_and_without(kind):
    torch.manual_seed(0)
    bare, following = kind(latent_size=4), torch.rand(1)
    torch.manual_seed(0)
    model = kind(latent_size=4, learnt_prior=True)
    assert following == torch.rand(1)
    state = model.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in bare.state_dict().items())
    assert not any(parameter.requires_grad for parameter in model.prior.parameters())


def test_samples_of_the_learnt_prior_are_a_function_of_the_seed():
    model = LineVAE(latent_size=4, learnt_prior=True)
    first, again, other = (model.sample(3, seed).lines for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first, model.sample(3, 0, normal=True).lines)
    assert model.sample(0, seed=0).lines.shape == (0, 6, 4)
    assert PixelVAE(latent_size=4, learnt_prior=True).sample_images(1_001, seed=0).shape == (1_001, 1, 28, 28)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_the_rasteriser_never_meets_what_a_network_cannot_emit(bad):
    """A sigmoid keeps every finite output on the canvas; what is not finite is refused by name."""
    model = LineVAE(latent_size=4)
    code = model.decode(torch.full((1, 4), 1e30))
    assert torch.isfinite(render_hard(code.lines, stroke_width=code.width)).all()
    code = model.decode(torch.full((1, 4), bad))
    with pytest.raises(ValueError, match="finite"):
        render_hard(code.lines, stroke_width=code.width)
