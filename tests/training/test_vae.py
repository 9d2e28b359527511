"""Chapter 3's training: what each algorithm moves and minimises, their turns, the clip, the prior."""

import math
from dataclasses import fields, replace

import pytest
import torch

from vecnb.losses import binary_cross_entropy, kl_divergence, multiscale_mse
from vecnb.models import LineVAE, PixelVAE
from vecnb.models.codec import MAX_WIDTH, LineCode
from vecnb.render import render_hard
from vecnb.training import RUNS
from vecnb.training.common.loop import Run
from vecnb.training.vae.algorithm import (
    COARSE_LOSS_WEIGHT,
    algorithm_1,
    algorithm_2,
    sample_off_policy,
)
from vecnb.training.vae.config import VAEConfig
from vecnb.training.vae.evaluation import bound, evaluate, prior_gain
from vecnb.training.vae.gradients import (
    N_PERTURBATIONS,
    PERTURBATION_STD,
    score_function,
    score_function_slope,
    straight_through,
)
from vecnb.training.vae.prior import PriorTrainer
from vecnb.training.vae.trainer import AlternatingTrainer, build, renderer_minibatches

SMALL = {"steps": 6, "batch_size": 16, "latent_size": 4, "n_lines": 3}
TINY = VAEConfig(renderer_pretrain_steps=3, renderer_batch_size=24, renderer_steps_per_step=2, **SMALL)
PROPOSED = replace(
    RUNS["vae/proposed"], renderer_pretrain_steps=3, renderer_batch_size=24, prior_steps=3, **SMALL
)
EXACT = replace(RUNS["vae/exact_renderer"], prior_steps=3, **SMALL)
PIXELS = replace(RUNS["vae/pixels"], steps=6, batch_size=16, latent_size=4, prior_steps=3)
LEARNT = {"thesis": TINY, "proposed": PROPOSED}


def state(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


# The two algorithms


@pytest.mark.parametrize("name", LEARNT)
def test_each_algorithm_moves_its_own_parameters_and_no_others(images, moved, accelerator, name):
    torch.manual_seed(0)
    model = build(LEARNT[name])
    both = AlternatingTrainer(model, LEARNT[name], accelerator)
    before = state(model)
    error = both.renderer.step(images[:16])
    assert error > 0
    assert moved(before, model.state_dict()) == {n for n in before if n.startswith("approximator")}
    before = state(model)
    terms = both.posterior.step(images[:16], 1.0)
    assert {n.split(".")[0] for n in moved(before, model.state_dict())} == {"encoder", "coordinates"}
    assert set(terms) == {"reconstruction", "divergence", "approximation"}
    assert set(both.posterior.step(images[:16], 1.0, monitor=False)) == {"reconstruction", "divergence"}


def test_algorithm_1_s_loss_is_the_error_of_the_approximation(images, accelerator):
    model = LineVAE(n_lines=3, networks="mlp", renderer="joint_approximator")
    optimizer = torch.optim.SGD(model.approximator.parameters(), 0.0)
    torch.manual_seed(1)
    loss = algorithm_1(model, model.approximator, optimizer, images[:8], TINY, accelerator)
    torch.manual_seed(1)
    with torch.no_grad():
        x_recon, _, _, code = model(images[:8])
    raster = render_hard(code.lines, stroke_width=code.width)
    assert loss.item() == pytest.approx((x_recon - raster).square().mean().item(), rel=1e-5)


def test_algorithm_2_s_loss_is_thesis_6(images, accelerator):
    x, model = images[:8], LineVAE(n_lines=3, networks="mlp", renderer="joint_approximator")
    output = model(x)
    nats = binary_cross_entropy(output.x_recon, x).mean()
    phi = [*model.encoder.parameters(), *model.coordinates.parameters()]
    divergence = kl_divergence(output.mu, output.logvar).mean()
    wanted = torch.autograd.grad(nats + 0.5 * divergence, phi, retain_graph=True)
    optimizer = torch.optim.SGD(phi, 0.0)
    terms = algorithm_2(model, lambda *_: (nats, output), optimizer, x, 0.5, TINY, accelerator)
    assert terms["reconstruction"] == nats
    closed_form = 0.5 * (output.mu**2 + output.logvar.exp() - 1 - output.logvar).sum(1).mean()
    assert terms["divergence"].item() == pytest.approx(closed_form.item(), rel=1e-5)
    for parameter, gradient in zip(phi, wanted, strict=True):
        torch.testing.assert_close(parameter.grad, gradient)
    assert not any(p.requires_grad for p in model.approximator.parameters())


@pytest.mark.parametrize("warmup_fraction", [0.25, 1.0])
def test_until_the_warm_up_is_over_images_are_compared_coarsely_too(images, warmup_fraction, accelerator):
    x, config = images[:8], replace(TINY, n_scales=3)
    output = LineVAE(n_lines=3, networks="mlp", renderer="joint_approximator")(x)
    output.x_recon.retain_grad()
    nats = binary_cross_entropy(output.x_recon, x).mean()
    loss = nats + warmup_fraction * kl_divergence(output.mu, output.logvar).mean()
    loss = loss + (1 - warmup_fraction) * COARSE_LOSS_WEIGHT * multiscale_mse(output.x_recon, x, 3)
    (wanted,) = torch.autograd.grad(loss, output.x_recon, retain_graph=True)
    output.x_recon.grad = None
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.0)
    model = PixelVAE(latent_size=4)  # of any model, it is what `reconstruct` gives that counts
    algorithm_2(model, lambda *_: (nats, output), optimizer, x, warmup_fraction, config, accelerator)
    torch.testing.assert_close(output.x_recon.grad, wanted)


def test_the_gradient_in_phi_is_clipped_if_the_config_says_so_and_theta_s_does_not_count(images, accelerator):
    def length(limit):
        config = replace(TINY, max_gradient=limit)
        torch.manual_seed(0)
        model = build(config)
        both = AlternatingTrainer(model, config, accelerator)
        for parameter in model.approximator.parameters():
            parameter.grad = torch.full_like(parameter, 1e9)  # left over from Algorithm 1
        both.posterior.step(images[:16], 1.0)
        assert all((p.grad == 1e9).all() for p in model.approximator.parameters())
        phi = [p.grad for group in both.posterior.optimizer.param_groups for p in group["params"]]
        assert len(phi) == len([*model.encoder.parameters(), *model.coordinates.parameters()])
        return torch.nn.utils.get_total_norm(phi).item()

    whole = length(None)
    assert length(whole / 3) == pytest.approx(whole / 3, rel=1e-4)
    assert length(whole * 3) == pytest.approx(whole)


def test_the_thesis_s_runs_clip_nothing_and_the_others_do():
    ours = {name: config.max_gradient for name, config in RUNS.items() if name.startswith("vae/")}
    assert {ours.pop(f"vae/{name}") for name in ("thesis", "thesis_no_kl", "thesis_epochs")} == {None}
    assert set(ours.values()) == {50.0}


@pytest.mark.parametrize("name", LEARNT)
def test_no_gradient_of_the_true_renderer_is_ever_asked_for(images, accelerator, name):
    """Both learn through the raster alone: what reaches the rasteriser has no gradient, and needs none."""
    model = build(LEARNT[name])
    both = AlternatingTrainer(model, LEARNT[name], accelerator)
    seen = backward_nodes(lambda: both.posterior.reconstruct(images[:16], torch.zeros(16, 4), 0.0, 1)[0])
    assert seen and not draws_softly(seen)
    both.renderer.step(images[:16])
    exact = AlternatingTrainer(build(EXACT), EXACT, accelerator)
    seen = backward_nodes(lambda: exact.posterior.reconstruct(images[:16], torch.zeros(16, 4), 0.0, 1)[0])
    assert draws_softly(seen)  # the test can tell


def draws_softly(nodes):
    """Whether the soft renderer is among them, in one pass or by its steps."""
    return any("vecnb_render_soft" in node or "SquaredDistance" in node for node in nodes)


def backward_nodes(loss):
    """The names of all functions through which a loss has its gradient."""
    nodes, seen = [loss().grad_fn], set()
    while nodes:
        node = nodes.pop()
        if node is not None and node not in seen:
            seen.add(node)
            nodes += [following for following, _ in node.next_functions]
    return {node.name() for node in seen}


def test_half_of_the_lines_are_taken_off_policy():
    lines, width = torch.full((40, 3, 4), 0.5), torch.full((40, 3), 0.1)
    many, widths, sharpness = sample_off_policy(LineCode(lines, width, torch.full((40,), 100.0)))
    assert many.shape == (120, 1, 4) and widths.shape == (120, 1) and sharpness.shape == (120,)
    assert (sharpness == 100).sum() == 90
    distance = (many - 0.5).abs().amax((1, 2))
    assert (distance == 0).sum() == 60
    assert ((distance > 0) & (distance < 0.25)).sum() >= 30
    assert distance.max() > 0.3 and 0 <= widths.min() and widths.max() <= MAX_WIDTH
    assert torch.equal(lines, torch.full((40, 3, 4), 0.5))


# The other gradients


def smoothed_model() -> LineVAE:
    return LineVAE(n_lines=3, latent_size=4, renderer="smoothed")


def test_the_straight_through_value_is_the_raster_s_and_its_slope_the_soft_renderer_s(images):
    model, x = smoothed_model(), images[:4]
    nats, output = straight_through(model, x, torch.zeros(4, 4))
    raster = model.draw(output.code)
    torch.testing.assert_close(output.x_recon, raster, atol=1e-5, rtol=0)
    assert nats.item() == pytest.approx(binary_cross_entropy(raster, x).mean().item(), rel=1e-4)
    nats.backward()
    assert any(p.grad.abs().sum() > 0 for p in model.coordinates.parameters())


def test_the_score_function_estimates_the_slope_of_a_known_cost():
    """Where the cost is linear in the lines, the estimate's mean is the slope of that line."""
    slope = torch.linspace(-1, 1, 15).view(3, 5)
    half = torch.randn(N_PERTURBATIONS // 2, 40_000, 3, 5, generator=torch.Generator().manual_seed(0))
    shifts = torch.cat([half, -half])
    costs = 7 + PERTURBATION_STD * (shifts * slope).sum((2, 3))
    torch.testing.assert_close(score_function_slope(costs, shifts).mean(0), slope, atol=0.03, rtol=0)


def test_what_all_copies_cost_alike_does_not_enter_the_estimate():
    """Opposite perturbations cancel a baseline."""
    half = torch.randn(N_PERTURBATIONS // 2, 2, 3, 5, generator=torch.Generator().manual_seed(0))
    shifts, costs = torch.cat([half, -half]), torch.rand(N_PERTURBATIONS, 2)
    slopes = [score_function_slope(cost, shifts) for cost in (costs, costs + 3)]
    torch.testing.assert_close(*slopes, atol=1e-4, rtol=0)


def test_the_score_function_s_value_is_the_mean_cost_of_the_perturbed_rasters(images):
    torch.manual_seed(0)
    model, x, noise = smoothed_model(), images[:4], torch.zeros(4, 4)
    torch.manual_seed(1)
    nats, output = score_function(model, x, noise)
    torch.manual_seed(1)
    strokes = torch.cat([output.code.lines, output.code.width[..., None]], -1)
    half = torch.randn(N_PERTURBATIONS // 2, *strokes.shape)
    perturbed = (strokes + PERTURBATION_STD * torch.cat([half, -half])).detach()
    codes = [LineCode(copy[..., :4], copy[..., 4].clamp_min(0), output.code.sharpness) for copy in perturbed]
    costs = [binary_cross_entropy(model.draw(code), x) for code in codes]
    assert nats.item() == pytest.approx(torch.stack(costs).mean().item(), rel=1e-5)
    nats.backward()
    assert any(p.grad.abs().sum() > 0 for p in model.coordinates.parameters())


def test_the_score_function_also_follows_the_coarse_scales(images):
    """Its value stays the cross-entropy; its slope changes by theirs."""
    model, x, noise = smoothed_model(), images[:4], torch.zeros(4, 4)
    told = []
    for coarse in (0.0, 1e4):
        model.zero_grad()
        torch.manual_seed(1)
        nats, _ = score_function(model, x, noise, coarse, 3)
        nats.backward()
        told.append((nats.item(), next(model.coordinates.parameters()).grad.norm().item()))
    assert told[0][0] == told[1][0]
    assert told[1][1] > 2 * told[0][1]


# The run


def test_turns_follow_the_config():
    one = VAEConfig(renderer_pretrain_steps=2, steps=6, block_steps=3, renderer_steps_per_step=2)
    assert [list(renderer_minibatches(step, one)) for step in range(1, 9)] == [
        [1], [2], [3, 4, 5, 6, 7, 8], [], [], [9, 10, 11, 12, 13, 14], [], [],
    ]  # fmt: skip


def test_a_run_takes_its_turns(images, tmp_path, accelerator):
    """Pretraining is Algorithm 1 alone; then each step has its minibatches of it, and one of Algorithm 2."""
    config = replace(TINY, kl_warmup=0.5)
    model = build(config)
    both = AlternatingTrainer(model, config, accelerator)
    run = Run(tmp_path, config, images, 9, accelerator, model=model)
    taken = []
    both.renderer.step = lambda x: taken.append(("theta", len(x))) or torch.tensor(0.0)
    both.posterior.step = lambda x, warmup, monitor: taken.append(("phi", len(x), warmup)) or {}
    for number in range(1, 10):
        both.step(number, run, images)
    pretraining, rest = taken[:3], taken[3:]
    assert pretraining == [("theta", 24)] * 3
    assert rest[0::3] == rest[1::3] == [("theta", 24)] * 6
    assert [entry[:2] for entry in rest[2::3]] == [("phi", 16)] * 6
    assert [entry[2] for entry in rest[2::3]] == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    "change, told",
    [
        ({"networks": "thesis "}, "networks must be one of 'mlp', 'conv', 'pixels', not 'thesis '"),
        ({"renderer": "per-line"}, "renderer must be one of"),
        ({"gradient": "network"}, "gradient must be one of"),
        ({"gradient": "score_function"}, "gradient 'score_function' with renderer 'joint_approximator'"),
        ({"renderer": "exact"}, "renderer 'exact' learns nothing: renderer_pretrain_steps and"),
        (
            {"renderer": "smoothed", "renderer_pretrain_steps": 0, "renderer_steps_per_step": 0},
            "a smoothed raster has no gradient 'path'",
        ),
        ({"networks": "pixels"}, "pixels need renderer 'none'"),
    ],
)
def test_options_that_do_not_fit_are_named(change, told):
    with pytest.raises(ValueError, match=told):
        VAEConfig(**change)


def test_every_run_differs_from_another_by_what_its_name_says():
    def changed(one, other):
        one, other = RUNS[f"vae/{one}"], RUNS[f"vae/{other}"]
        return {f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)}

    assert RUNS["vae/thesis"] == VAEConfig()
    assert changed("thesis", "thesis_no_kl") == {"kl_weight"}
    assert changed("thesis", "thesis_epochs") == {"block_steps", "renderer_steps_per_step", "steps"}
    assert changed("exact_renderer", "score_function") == {"renderer", "gradient", "prior_steps"}
    assert changed("proposed", "no_kl") == {"kl_weight", "prior_steps"}
    assert changed("proposed", "single_scale") == {"n_scales", "prior_steps"}
    assert changed("exact_renderer", "pixels") == {
        "networks",
        "latent_size",
        "renderer",
        "n_augmentations",
        "n_scales",
    }


# The learnt prior


def test_the_learnt_prior_finds_a_normal_distribution_of_codes(tmp_path, accelerator):
    """Of codes that are N(1, ½²): e^{−ρ} = N(z; 1, ½²)/N(z; 0, 1), M = 1, and so its samples."""
    torch.manual_seed(0)
    model = PixelVAE(latent_size=1, learnt_prior=True)
    config = replace(PIXELS, latent_size=1, prior_steps=400)
    prior = PriorTrainer(model, model.prior, config, accelerator)
    model.prior.requires_grad_(True)
    prior.mu, prior.logvar = torch.ones(512, 1), torch.full((512, 1), math.log(0.25))
    run = Run(tmp_path, config, torch.zeros(512, 1), 400, accelerator, model=model)
    run.train(400, lambda number: prior.step(number, run))
    z = torch.tensor([[0.0], [0.5], [1.0], [1.5]])
    truth = -(z[:, 0] ** 2) / 2 + (z[:, 0] - 1) ** 2 / 0.5 + math.log(0.5)
    torch.testing.assert_close(model.prior(z), truth, atol=0.25, rtol=0)
    assert run.history[-1]["prior_loss"] < 2 * math.log(2) - 0.2
    assert model.prior.log_normaliser() == pytest.approx(0, abs=0.05)
    codes = model.prior.sample(4000, seed=0)
    assert codes.mean() == pytest.approx(1, abs=0.05) and codes.std() == pytest.approx(0.5, abs=0.05)


def test_a_learnt_prior_betters_the_bound_by_the_divergence_that_it_saves():
    """Where ρ is the truth, by D_KL(q ‖ N(0, 1)): here q(z) is N(1, ½²) and its ρ a parabola."""
    model = PixelVAE(latent_size=1, learnt_prior=True)
    model.prior.forward = lambda z: (-(z**2) / 2 + (z - 1) ** 2 / 0.5 + math.log(0.5))[:, 0]
    model.encode = lambda x: (torch.ones(len(x), 1), torch.full((len(x), 1), math.log(0.25)))
    saved = kl_divergence(torch.ones(1, 1), torch.full((1, 1), math.log(0.25)))
    gain = prior_gain(model, model.prior, torch.zeros(100_000, 1))
    assert gain == pytest.approx(saved.item(), abs=0.02)


# The numbers


COMMON = {"label_entropy", "frechet_distance"}
LINES = {"raster_mse", "raster_accuracy"}
DRAWN = {"binary_cross_entropy", "divergence", "negative_elbo", "mse", "accuracy"}
PRIOR = {"learnt_label_entropy", "learnt_frechet_distance", "learnt_negative_elbo"}


@pytest.mark.parametrize(
    "config, wanted",
    [
        (TINY, COMMON | LINES | DRAWN | {"approximation"}),
        (PROPOSED, COMMON | LINES | DRAWN | {"approximation"} | PRIOR),
        (replace(RUNS["vae/score_function"], **SMALL), COMMON | LINES | DRAWN | {"approximation"}),
        (PIXELS, COMMON | DRAWN | PRIOR),
    ],
)
def test_a_model_has_the_numbers_that_are_defined_for_it(config, wanted, digits):
    torch.manual_seed(0)
    model = build(config).eval()
    images, labels = (part[:200] for part in digits)
    numbers = evaluate(model, images, labels)
    assert set(numbers) == wanted
    assert all(math.isfinite(value) for value in numbers.values())


def test_measuring_leaves_torch_s_generator_alone_and_repeats_itself(images):
    torch.manual_seed(0)
    model = build(PROPOSED).eval()
    before = torch.get_rng_state()
    first = bound(model, images), prior_gain(model, model.prior, images)
    assert torch.equal(before, torch.get_rng_state())
    assert first == (bound(model, images), prior_gain(model, model.prior, images))
