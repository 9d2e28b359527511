"""Tests of chapter 3: the two algorithms, what each leaves alone, the whole run, and how it is measured."""

import math
import random
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from accelerate import Accelerator

import vecnb.training.vae as training
import vecnb.training.vae.gradients as estimators
from vecnb import render, runs
from vecnb.losses import kl_divergence, multiscale_mse
from vecnb.models import DigitClassifier, LineVAE, PixelVAE, load_model
from vecnb.models.codec import MAX_WIDTH, LineCode
from vecnb.models.vae import MAX_LOGVAR, JointApproximator, PerLineApproximator
from vecnb.render import STROKE_WIDTH, render_hard
from vecnb.training.vae import (
    COARSE_LOSS_WEIGHT,
    RUNS,
    AlternatingTrainer,
    VAEConfig,
    algorithm_1,
    algorithm_2,
    rate_factor,
    rate_factor_1,
    renderer_minibatches,
    sample_off_policy,
    train,
)
from vecnb.training.vae.evaluation import bound, prior_gain, redraw
from vecnb.training.vae.prior import PriorTraining

TINY = VAEConfig(
    steps=6,
    renderer_pretrain_steps=3,
    batch_size=16,
    renderer_batch_size=24,
    renderer_steps_per_step=2,
    n_lines=3,
    latent_size=4,
)
SMALL = {"steps": 6, "batch": 16, "latent": 4, "n_lines": 3}
TINY_OURS = replace(
    RUNS["vae_ours"], renderer_pretrain_steps=3, renderer_batch_size=24, prior_steps=3, **SMALL
)
EVERY = {"faithful": TINY, "ours": TINY_OURS} | {
    "vae_soft": replace(RUNS["vae_soft"], prior_steps=3, **SMALL),
    "pixel_vae": replace(RUNS["pixel_vae"], prior_steps=3, **SMALL),
    "vae_straight_through": replace(RUNS["vae_straight_through"], **SMALL),
    "vae_score_function": replace(RUNS["vae_score_function"], **SMALL),
}


LONG = replace(TINY_OURS, steps=90, renderer_pretrain_steps=30)
LAST = LONG.bootstrap + LONG.steps + LONG.prior_steps


def some_digits():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(64, 1, 28, 28, generator=generator) ** 4, torch.zeros(64, dtype=torch.long)


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    torch.manual_seed(0)
    digits = some_digits()
    monkeypatch.setattr(training, "load_mnist", lambda split: digits)
    return digits[0]


def state(module):
    return {name: value.clone() for name, value in module.state_dict().items()}


def moved(module, before):
    return {name for name, value in module.state_dict().items() if not torch.equal(value, before[name])}


# The modules


@pytest.mark.parametrize("networks, renderer", [("thesis", "joint"), ("ours", "per_line"), ("ours", "soft")])
def test_a_line_vae_runs_forward_and_back(few_digits, networks, renderer):
    model = LineVAE(n_lines=3, latent=5, networks=networks, renderer=renderer)
    x_recon, mu, logvar, code = model(few_digits[:4])
    assert x_recon.shape == (4, 1, 28, 28) and 0 <= x_recon.min() and x_recon.max() <= 1
    assert mu.shape == logvar.shape == (4, 5)
    assert code.lines.shape == (4, 3, 4) and code.width.shape == (4, 3) and code.sharpness.shape == (4,)
    assert 0 <= code.lines.min() and code.lines.max() <= 1
    binary_cross_entropy(x_recon, few_digits[:4]).sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


def test_the_thesis_s_pen_has_one_width(few_digits):
    code = LineVAE(networks="thesis", renderer="joint").decode(torch.randn(2, 32))
    assert torch.equal(code.width, torch.full((2, 6), STROKE_WIDTH))
    assert LineVAE().decode(torch.randn(2, 32)).width.std() > 0


def test_a_model_without_renderer_says_how_to_draw():
    model = LineVAE(renderer="none")
    with pytest.raises(ValueError, match="draw it with render_hard"):
        model.draw(model.decode(torch.zeros(1, 32)))


def test_our_approximation_composes_lines_by_the_maximum():
    model = PerLineApproximator()
    lines, width, sharpness = torch.rand(2, 3, 4), torch.rand(2, 3) / 10, torch.tensor([60.0, 200.0])
    alone = torch.stack([model(lines[:, [n]], width[:, [n]], sharpness) for n in range(3)])
    torch.testing.assert_close(model(lines, width, sharpness), alone.amax(0))


@pytest.mark.parametrize("approximator", [JointApproximator(3), PerLineApproximator()])
def test_an_approximation_is_never_so_sure_that_its_gradient_is_lost(approximator):
    for parameter in approximator.parameters():
        parameter.data.mul_(1e4)
    lines = torch.rand(2, 3, 4, requires_grad=True)
    image = approximator(lines, torch.full((2, 3), 0.1), torch.full((2,), 100.0))
    for x in (torch.zeros_like(image), torch.ones_like(image)):
        cost = binary_cross_entropy(image, x)
        assert (cost < 784 * 13).all() and torch.isfinite(
            torch.autograd.grad(cost.sum(), lines, retain_graph=True)[0]
        ).all()


@pytest.mark.parametrize("model", [LineVAE(latent=4), PixelVAE(latent=4)])
def test_an_image_far_from_all_digits_has_a_finite_bound(model, few_digits):
    with torch.no_grad():
        for parameter in model.encoder.parameters():
            parameter.mul_(50)
        x_recon, mu, logvar, _ = model(1 - few_digits)
    assert logvar.max() == MAX_LOGVAR  # it would have been more
    assert torch.isfinite(kl_divergence(mu, logvar)).all() and torch.isfinite(x_recon).all()


def test_samples_depend_on_their_seed_alone():
    model = LineVAE(latent=4)
    one, same, other = (model.sample(3, seed) for seed in (1, 1, 2))
    assert torch.equal(one.lines, same.lines) and not torch.equal(one.lines, other.lines)
    assert one.lines.shape == (3, 6, 4) and len(model.sample(0, 0)) == 0
    assert PixelVAE(latent=3).sample_images(2, 0).shape == (2, 1, 28, 28)


# The two algorithms


@pytest.mark.parametrize("name", ["faithful", "ours"])
def test_each_algorithm_moves_its_own_parameters_and_no_others(few_digits, name):
    both = AlternatingTrainer(EVERY[name], Accelerator())
    before = state(both.model)
    loss = both.first(few_digits[:16])
    assert loss > 0 and moved(both.model, before) == {n for n in before if n.startswith("approximator")}
    before = state(both.model)
    terms = both.second(few_digits[:16], 1.0)
    assert {n.split(".")[0] for n in moved(both.model, before)} == {"encoder", "coordinates"}
    assert set(terms) == {"reconstruction", "divergence", "approximation"}


def test_algorithm_1_s_loss_is_the_error_of_the_approximation(few_digits):
    model = LineVAE(n_lines=3, networks="thesis", renderer="joint")
    optimizer = torch.optim.SGD(model.approximator.parameters(), 0.0)
    torch.manual_seed(1)
    loss = algorithm_1(model, model.approximator, optimizer, few_digits[:8], TINY)
    torch.manual_seed(1)
    with torch.no_grad():
        x_recon, _, _, code = model(few_digits[:8])
    raster = render_hard(code.lines, stroke_width=code.width)
    assert loss.item() == pytest.approx((x_recon - raster).square().mean().item(), rel=1e-5)


def test_algorithm_2_s_loss_is_thesis_6(few_digits):
    x, model = few_digits[:8], LineVAE(n_lines=3, networks="thesis", renderer="joint")
    passed = model(x)
    nats = binary_cross_entropy(passed.x_recon, x).mean()
    for parameter in model.parameters():
        parameter.grad = None
    optimizer = torch.optim.SGD([*model.encoder.parameters(), *model.coordinates.parameters()], 0.0)
    terms = algorithm_2(model, lambda x: (nats, passed), optimizer, x, 0.5, TINY)
    assert terms["reconstruction"] == nats
    closed_form = 0.5 * (passed.mu**2 + passed.logvar.exp() - 1 - passed.logvar).sum(1).mean()
    assert terms["divergence"].item() == pytest.approx(closed_form.item(), rel=1e-5)
    assert all(p.grad is None for p in model.approximator.parameters())


@pytest.mark.parametrize("risen", [0.25, 1.0])
def test_until_the_warm_up_is_over_images_are_compared_from_afar_too(few_digits, risen):
    x, config = few_digits[:8], replace(TINY, n_scales=3)
    passed = LineVAE(n_lines=3, networks="thesis", renderer="joint")(x)
    passed.x_recon.retain_grad()
    nats = binary_cross_entropy(passed.x_recon, x).mean()
    loss = nats + risen * kl_divergence(passed.mu, passed.logvar).mean()
    loss = loss + (1 - risen) * COARSE_LOSS_WEIGHT * multiscale_mse(passed.x_recon, x, 3)
    (wanted,) = torch.autograd.grad(loss, passed.x_recon, retain_graph=True)
    passed.x_recon.grad = None
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.0)
    algorithm_2(torch.nn.Linear(1, 1), lambda x: (nats, passed), optimizer, x, risen, config)
    torch.testing.assert_close(passed.x_recon.grad, wanted)


@pytest.mark.parametrize("name", ["faithful", "ours"])
def test_no_gradient_of_the_true_renderer_is_ever_asked_for(monkeypatch, few_digits, name):
    """Faithful and ours learn through the raster alone: every differentiable renderer is out of reach."""

    def forbidden(*args, **kwargs):
        raise AssertionError("a gradient of the true renderer was asked for")

    monkeypatch.setattr(render._SquaredDistance, "apply", forbidden)
    for module in (render, estimators, training.LineVAE.draw.__globals__["render_soft"].__globals__):
        for function in ("render_soft", "squared_distance"):
            if hasattr(module, function):
                monkeypatch.setattr(module, function, forbidden)
    both = AlternatingTrainer(EVERY[name], Accelerator())
    both.first(few_digits[:16])
    both.second(few_digits[:16], 1.0)
    with pytest.raises(AssertionError, match="was asked for"):  # the guard does guard
        AlternatingTrainer(EVERY["vae_soft"], Accelerator()).second(few_digits[:16], 1.0)


def test_half_of_the_codes_are_taken_elsewhere():
    lines, width = torch.full((40, 3, 4), 0.5), torch.full((40, 3), 0.1)
    many, widths, sharpness = sample_off_policy(LineCode(lines, width, torch.full((40,), 100.0)))
    assert many.shape == (120, 1, 4) and widths.shape == (120, 1) and sharpness.shape == (120,)
    assert (sharpness == 100).sum() == 90
    distance = (many - 0.5).abs().amax((1, 2))
    assert (distance == 0).sum() == 60
    assert ((distance > 0) & (distance < 0.25)).sum() >= 30
    assert distance.max() > 0.3 and 0 <= widths.min() and widths.max() <= MAX_WIDTH
    assert torch.equal(lines, torch.full((40, 3, 4), 0.5))


# The other estimators of the gradient


def test_the_straight_through_value_is_the_raster_s_and_its_slope_the_soft_renderer_s(few_digits):
    model, x = LineVAE(n_lines=3, renderer="none"), few_digits[:4]
    nats, passed = estimators.straight_through(model, x)
    raster = estimators.clamp_probabilities(render_hard(passed.code.lines, stroke_width=passed.code.width))
    torch.testing.assert_close(passed.x_recon, raster, atol=1e-5, rtol=0)
    assert nats.item() == pytest.approx(binary_cross_entropy(raster, x).mean().item(), rel=1e-4)
    nats.backward()
    assert any(p.grad.abs().sum() > 0 for p in model.coordinates.parameters())


def test_the_score_function_estimates_the_slope_of_a_known_cost(monkeypatch):
    """Where the drawing's cost is linear in the lines, the estimate's mean is the slope of that line."""
    slope = torch.linspace(-1, 1, 12).view(3, 4)
    monkeypatch.setattr(estimators, "render_hard", lambda lines, stroke_width: lines)
    monkeypatch.setattr(estimators, "clamp_probabilities", lambda raster: raster)
    monkeypatch.setattr(estimators, "cross_entropy", lambda lines, x: (lines * slope).sum((1, 2)))
    model = LineVAE(n_lines=3, latent=2, renderer="none")
    x = torch.zeros(4000, 1, 28, 28)
    lines = []
    decode = model.decode

    def remember(z):
        code = decode(z)
        lines.append(code.lines)
        code.lines.retain_grad()
        return code

    monkeypatch.setattr(model, "decode", remember)
    loss, _ = estimators.score_function(model, x)
    loss.backward()
    torch.testing.assert_close(lines[0].grad.sum(0), slope, atol=0.05, rtol=0)


# The run


def test_turns_follow_the_config():
    one = VAEConfig(renderer_pretrain_steps=2, steps=6, block_steps=3, renderer_steps_per_step=2)
    assert [list(renderer_minibatches(step, one)) for step in range(1, 9)] == [
        [1], [2], [3, 4, 5, 6, 7, 8], [], [], [9, 10, 11, 12, 13, 14], [], [],
    ]  # fmt: skip


def test_rates_rise_and_fall():
    assert rate_factor(0, TINY) == rate_factor_1(5, TINY) == 1
    ours = RUNS["vae_ours"]
    assert rate_factor(0, ours) < 0.01 and rate_factor(ours.steps, ours) == pytest.approx(0)
    assert max(rate_factor(step, ours) for step in range(ours.steps)) == pytest.approx(2, abs=0.02)
    assert rate_factor_1(0, ours) == rate_factor_1(ours.bootstrap, ours) == 1
    assert rate_factor_1(ours.bootstrap + ours.steps, ours) == pytest.approx(0.03)


@pytest.mark.parametrize("name", EVERY)
def test_a_killed_run_goes_on_bit_for_bit(tmp_path, name):
    config = EVERY[name]
    whole, _ = train(config, tmp_path / "whole", Accelerator())
    for stop in sorted({2, 5, config.renderer_pretrain_steps + config.steps + config.prior_steps - 1}):
        folder = tmp_path / f"killed after {stop}"
        both = AlternatingTrainer(config, Accelerator())
        run = runs.Run(folder, config, **both.parts)
        del both, run
        original, count = runs.Run.log, iter(range(1, 100))

        def log(self, step, every=100, original=original, count=count, stop=stop, **terms):
            original(self, step, every, **terms)
            if next(count) == stop:
                self.step += 1
                self.save()
                raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runs.Run, "log", log)
            with pytest.raises(KeyboardInterrupt):
                train(config, folder, Accelerator())
        again, _ = train(config, folder, Accelerator())
        assert not moved(again, state(whole))


KILLED = """
import sys
import torch
sys.path.insert(0, {tests!r})
torch.set_num_threads(1)
from accelerate import Accelerator
from pathlib import Path
import test_vae
from vecnb import runs
from vecnb.training import vae
runs.SECONDS_BETWEEN_CHECKPOINTS = -1.0
torch.manual_seed(0)
vae.load_mnist = lambda split: test_vae.some_digits()
log = runs.Run.log
def tell(self, step, every=100, **terms):
    log(self, step, every, **terms)
    print(step, flush=True)
runs.Run.log = tell
vae.train(test_vae.LONG, Path({folder!r}), Accelerator())
"""


def test_kill_9_at_any_moment_loses_neither_parameter_set(tmp_path, monkeypatch):
    """Encoder, coordinates, approximation, both optimisers and the random state: the end is the same."""
    torch.manual_seed(0)
    monkeypatch.setattr(training, "load_mnist", lambda split: some_digits())
    threads, moments = torch.get_num_threads(), random.Random(0)
    torch.set_num_threads(1)  # the bits depend on their number
    whole, _ = train(LONG, tmp_path / "whole", Accelerator())
    script = KILLED.format(tests=str(Path(__file__).parent), folder=str(tmp_path / "killed"))
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(moments.randint(3, 20)):
            begun = int(process.stdout.readline())
        time.sleep(moments.uniform(0, 0.02))
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    assert begun < LAST
    again, run = train(LONG, tmp_path / "killed", Accelerator())
    torch.set_num_threads(threads)
    assert run.step == LAST and not moved(again, state(whole))


def test_a_loss_that_is_not_finite_stops_and_names_step_term_and_batch(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "cross_entropy", lambda x_recon, x: x_recon.sum((1, 2, 3)) * math.nan)
    with pytest.raises(
        runs.TrainingStopped, match=r"reconstruction = nan at step 4.*batch_indices"
    ) as stopped:
        train(TINY, tmp_path, Accelerator())
    assert "last good state" in str(stopped.value)


@pytest.mark.parametrize("name", EVERY)
def test_a_run_is_measured_and_comes_back(tmp_path, monkeypatch, few_digits, name):
    monkeypatch.setattr(training, "RUNS", {"tiny": EVERY[name]})
    monkeypatch.setattr(runs, "RESULTS", tmp_path / "book" / "results")
    monkeypatch.setattr("vecnb.training.vae.evaluation.SAMPLES", 20)
    monkeypatch.setattr("vecnb.load_classifier", lambda: DigitClassifier().eval())
    training.main("tiny", (0,))
    results, model = runs.load_results("tiny"), load_model("tiny")
    common = {"label_entropy", "frechet_distance", "minutes", "parameters", "data", "history"}
    assert common <= set(results[0])
    if name not in ("vae_straight_through", "vae_score_function"):
        assert {"cross_entropy", "divergence", "negative_elbo", "mse"} <= set(results[0])
        again = bound(model, few_digits)
        assert again["negative_elbo"] == pytest.approx(results[0]["negative_elbo"], rel=1e-3)
        assert redraw(model, few_digits[:3]).shape == (3, 1, 28, 28)
    learnt = {"learnt_label_entropy", "learnt_frechet_distance", "learnt_negative_elbo"}
    assert learnt & set(results[0]) == (learnt if EVERY[name].prior_steps else set())
    if name != "pixel_vae":
        assert {"raster_mse", "raster_accuracy"} <= set(results[0])
        assert model.vectorise(few_digits[:3]).lines.shape == (3, 3, 4)


# The learnt prior


def test_a_model_begins_alike_with_a_learnt_prior_and_without():
    for kind in (LineVAE, PixelVAE):
        torch.manual_seed(0)
        bare, next_number = kind(latent=4), torch.rand(1)
        torch.manual_seed(0)
        model = kind(latent=4, learnt_prior=True)
        assert next_number == torch.rand(1)
        assert not moved(bare, state(model))
        assert not any(parameter.requires_grad for parameter in model.prior.parameters())


def test_the_learnt_prior_finds_a_normal_distribution_of_codes():
    """Of codes that are N(1, ½²): e^{−ρ} = N(z; 1, ½²)/N(z; 0, 1), M = 1, and so its samples."""
    torch.manual_seed(0)
    model = PixelVAE(latent=1, learnt_prior=True)
    prior_training = PriorTraining(model, steps=400, seed=0)
    model.prior.requires_grad_(True)
    prior_training.posterior = (torch.ones(512, 1), torch.full((512, 1), math.log(0.25)))
    for step in range(1, 401):
        loss = prior_training.step(step, torch.empty(0))["prior_loss"]
    z = torch.tensor([[0.0], [0.5], [1.0], [1.5]])
    truth = -(z[:, 0] ** 2) / 2 + (z[:, 0] - 1) ** 2 / 0.5 + math.log(0.5)
    torch.testing.assert_close(model.prior(z), truth, atol=0.25, rtol=0)
    assert loss < 2 * math.log(2) - 0.2
    assert model.prior.log_normaliser() == pytest.approx(0, abs=0.05)
    codes = model.prior.sample(4000, seed=0)
    assert codes.mean() == pytest.approx(1, abs=0.05) and codes.std() == pytest.approx(0.5, abs=0.05)


def test_the_learnt_prior_betters_the_bound_by_the_divergence_that_it_saves():
    """Where ρ is the truth, by D_KL(q ‖ N(0, 1)): here q(z) is N(1, ½²) and its ρ a parabola."""

    model = PixelVAE(latent=1, learnt_prior=True)
    model.prior.forward = lambda z: (-(z**2) / 2 + (z - 1) ** 2 / 0.5 + math.log(0.5))[:, 0]
    model.encode = lambda x: (torch.ones(len(x), 1), torch.full((len(x), 1), math.log(0.25)))
    saved = kl_divergence(torch.ones(1, 1), torch.full((1, 1), math.log(0.25)))
    assert prior_gain(model, torch.zeros(100_000, 1)) == pytest.approx(saved.item(), abs=0.02)


def test_samples_of_the_learnt_prior_are_a_function_of_the_seed():
    model = LineVAE(latent=4, learnt_prior=True)
    first, again, other = (model.sample(3, seed).lines for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert not torch.equal(first, model.sample(3, 0, normal=True).lines)
    assert model.sample(0, seed=0).lines.shape == (0, 6, 4)
    assert PixelVAE(latent=4, learnt_prior=True).sample_images(1_001, seed=0).shape == (1_001, 1, 28, 28)


def test_every_run_differs_from_another_by_what_its_name_says():
    def changed(one, other):
        return {f.name for f in fields(one) if getattr(one, f.name) != getattr(other, f.name)}

    assert RUNS["vae_faithful"] == VAEConfig()
    assert changed(RUNS["vae_ours"], RUNS["vae_ours_no_kl"]) == {"kl_weight", "prior_steps"}
    assert changed(RUNS["vae_soft"], RUNS["pixel_vae"]) == {
        "networks",
        "latent",
        "renderer",
        "n_augmentations",
        "scales",
    }
    assert changed(RUNS["vae_ours"], RUNS["vae_one_scale"]) == {"scales", "prior_steps"}
    with pytest.raises(SystemExit, match="no run 'hours'"):
        training.main("hours")


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_the_rasteriser_never_meets_what_a_network_cannot_emit(bad):
    """A sigmoid keeps every finite output on the canvas; what is not finite is refused by name."""
    model = LineVAE(latent=4)
    code = model.decode(torch.full((1, 4), 1e30))
    assert torch.isfinite(render_hard(code.lines, stroke_width=code.width)).all()
    with pytest.raises(ValueError, match="finite"):
        code = model.decode(torch.full((1, 4), bad))
        render_hard(code.lines, stroke_width=code.width)
