"""Chapter 4's training: every run takes its steps, blind to labels, the same bits again and after a kill."""

import json
from dataclasses import fields, replace
from itertools import pairwise

import pytest
import torch
from accelerate import Accelerator
from torch.nn import functional as F

from vecnb import runs
from vecnb.data import load_mnist
from vecnb.models import load_model
from vecnb.models.codec import encode_parameters
from vecnb.models.implicit import (
    ImageDiscriminator,
    ImplicitLines,
    ImplicitPixels,
    ParameterDiscriminator,
    batch_deviation,
)
from vecnb.strokes import Strokes
from vecnb.training import ratio_study
from vecnb.training.common.snapshots import sample_snapshots
from vecnb.training.lfvi import __main__ as command
from vecnb.training.lfvi import algorithm, evaluation
from vecnb.training.lfvi.config import RUNS
from vecnb.training.lfvi.evaluation import SampleMonitor

LADDER = ["gan_faithful", *(name for name in RUNS if name.startswith("gan_") and name[4].isdigit())]


class Untouchable:
    """Labels that nobody may look at: whatever is done with them is an error."""

    def __getattribute__(self, name):
        raise AssertionError(f"the trainer looked at the labels ({name})")

    __getitem__ = __iter__ = __len__ = __bool__ = lambda self, *_: self.anything


class Blind:
    """A monitor that sees nothing."""

    def __call__(self, model):
        return {}


@pytest.fixture(autouse=True)
def few_digits(monkeypatch):
    """256 digits without a label that could be read, and an untrained network for chapter 3's."""
    images, labels = load_mnist("train")
    split = {"train": (images[:256], Untouchable()), "test": (images[256:320], labels[256:320])}
    torch.manual_seed(0)
    untrained = ImplicitLines(renderer="approximate")
    for module in (algorithm, command, ratio_study):
        monkeypatch.setattr(module, "load_mnist", split.__getitem__)
    monkeypatch.setattr(algorithm, "load_model", lambda run: untrained)
    return images[:256]


def train(config, folder, monitor=None, film=None):
    return algorithm.train(config, folder, Accelerator(cpu=True), monitor or Blind(), film)


def small(name, **change):
    few = {"inference_steps": min(2, RUNS[name].inference_steps), "steps": 3}
    few |= {"reencoding_steps": min(1, RUNS[name].reencoding_steps)}
    return replace(RUNS[name], batch_size=8, penalty_every=1, **few | change)


# The modules


def test_samples_and_inferred_lines_are_strokes_on_the_canvas(few_digits):
    model = ImplicitLines(n_lines=4).eval()
    strokes = model.sample(5, seed=3)
    assert isinstance(strokes, Strokes) and strokes.lines.shape == (5, 4, 4) and strokes.width.shape == (5, 4)
    assert strokes.lines.min() >= 0 and strokes.lines.max() <= 1
    assert torch.equal(model.sample(5, seed=3).lines, strokes.lines)
    assert not torch.equal(model.sample(5, seed=4).lines, strokes.lines)
    assert model.vectorise(few_digits[:6]).lines.shape == (6, 4, 4)
    assert model.sample_images(5, seed=3).shape == (5, 1, 28, 28)
    assert ImplicitPixels().sample_images(5, seed=3).shape == (5, 1, 28, 28)


@pytest.mark.parametrize("renderer", ["exact", "approximate"])
@pytest.mark.parametrize("n_lines", [1, 6, 7, 20])
def test_noise_has_more_numbers_than_the_code_that_it_becomes(n_lines, renderer):
    model = ImplicitLines(n_lines=n_lines, renderer=renderer, inference=False)
    assert model.noise_size > model.code_size
    assert model.generate(torch.randn(3, model.noise_size)).shape == (3, model.code_size)


def test_a_model_that_only_generates_refuses_to_infer(few_digits):
    with pytest.raises(ValueError, match="only generates"):
        ImplicitLines(inference=False).vectorise(few_digits)


def test_the_deviation_of_a_batch_by_hand():
    hidden = torch.tensor([[0.0, 5.0], [2.0, 5.0]], dtype=torch.float64)
    assert batch_deviation(hidden).flatten().tolist() == pytest.approx([0.5, 0.5], abs=1e-3)
    collapsed = hidden[:1].expand(4, 2)
    assert batch_deviation(collapsed).max() < 1e-3


@pytest.mark.parametrize(("channels", "code_size"), [(1, 0), (2, 0), (1, 24)])
@pytest.mark.parametrize("deviation", [False, True])
def test_every_input_and_weight_of_the_estimator_counts(channels, code_size, deviation):
    torch.manual_seed(0)
    estimator = ImageDiscriminator(channels=channels, code_size=code_size, deviation=deviation)
    images = torch.rand(4, channels, 28, 28, requires_grad=True)
    z = torch.rand(4, code_size, requires_grad=True) if code_size else None
    r = estimator(images, z)
    assert r.shape == (4,)
    r.square().sum().backward()
    for part in (images, z, *estimator.parameters()):
        assert part is None or part.grad.flatten(1 if part.ndim > 1 else 0).any()


def test_the_estimator_looks_through_two_convolutions():
    torch.manual_seed(0)
    estimator, images = ImageDiscriminator(channels=2), torch.rand(3, 2, 28, 28)
    patches, regions = estimator.patches, estimator.regions
    # Four blocks of 4×4 pixels make a patch, four patches a region: a block is (down, right) of its four.
    kernel = patches.weight.view(-1, 2, 2, 2, 4, 4).permute(0, 3, 1, 4, 2, 5).reshape(-1, 2, 8, 8)
    seen = F.conv2d(images, kernel, patches.bias, stride=4, padding=4)
    weight = regions.weight.view(-1, 2, 2, patches.out_features).permute(0, 3, 1, 2)
    seen = F.conv2d(F.leaky_relu(seen, 0.2), weight, regions.bias, stride=2)
    looked = estimator._look(images).permute(0, 3, 1, 2)
    torch.testing.assert_close(looked, F.leaky_relu(seen, 0.2))


# The runs


def changed(one, other):
    return [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]


def test_each_rung_of_the_ladder_changes_one_thing():
    steps = {above: changed(RUNS[below], RUNS[above]) for below, above in pairwise(LADDER)}
    assert len(steps.pop("gan_9_time")) > 1  # which the page says
    assert len(steps) == 9 and all(len(change) == 1 for change in steps.values())
    assert changed(RUNS["gan_10_seventh_line"], RUNS["gan"]) == ["steps"]


@pytest.mark.parametrize("name", RUNS)
def test_every_run_takes_its_steps_without_a_label(name, tmp_path, few_digits):
    config = small(name)
    torch.manual_seed(config.seed)
    before, _ = algorithm.build(config)
    model, run = train(config, tmp_path)
    assert run.step == config.encoder_steps + 3 and not model.training
    moved = [
        not torch.equal(a, b)
        for (key, a), b in zip(before.state_dict().items(), model.state_dict().values(), strict=True)
        if not key.startswith("approximator")
    ]
    assert all(moved), "a part of the model was not trained"
    if config.renderer == "approximate":
        frozen = algorithm.load_model("vae_faithful").approximator.state_dict().values()
        assert all(
            torch.equal(a, b) for a, b in zip(frozen, model.approximator.state_dict().values(), strict=True)
        )


def test_the_noise_and_the_rates_end_where_the_config_says():
    config = replace(RUNS["gan"], noise=(0.3, 0.1), steps=101)
    noises = [algorithm.noise_at(config, step) for step in (1, 51, 101)]
    assert noises == pytest.approx([0.3, 0.2, 0.1])
    rates = [algorithm.rate_factor(config, step) for step in (-9, 0, 50.5, 101)]
    assert rates == pytest.approx([1, 1, 0.5, 0])
    alone = replace(RUNS["split"], encoder_steps=100)
    rates = [algorithm.inference_factor(alone, step) for step in (0, 5, 50, 100, 101)]
    assert rates == pytest.approx([0.4, 2, 1, 0, 0], abs=0.02)
    beside = replace(RUNS["joint"], steps=100)
    rates = [algorithm.inference_factor(beside, step) for step in (0, 4, 50, 100)]
    assert rates == pytest.approx([0.2, 1, 0.5, 0], abs=0.01)
    assert {algorithm.inference_factor(RUNS["lfvi_faithful"], step) for step in (0, 9, 2500)} == {1.0}


def test_inference_learns_alone_and_then_rests(tmp_path, few_digits, monkeypatch):
    """First q's weights move and the generator's do not; then r is shown the codes of a q at rest."""
    config, seen = small("split", average=0.0), []
    step_of_training = algorithm.training_step

    def watch(config, step, model, *rest):
        seen.append(({k: v.clone() for k, v in model.state_dict().items()}, rest[2], rest[3]))
        return step_of_training(config, step, model, *rest)

    monkeypatch.setattr(algorithm, "training_step", watch)
    torch.manual_seed(config.seed)
    before = algorithm.build(config)[0].state_dict()
    model, _ = train(config, tmp_path)
    (begun, x, z_q), after = seen[0], model.state_dict()
    inference = [name for name in before if name.startswith("inference")]
    generator = [name for name in before if name.startswith("generator")]
    assert all(torch.equal(begun[name], before[name]) for name in generator)
    assert not any(torch.equal(begun[name], before[name]) for name in inference)
    assert all(torch.equal(after[name], begun[name]) for name in inference)
    assert not any(torch.equal(after[name], begun[name]) for name in generator)
    torch.testing.assert_close(z_q, encode_parameters(model.best_code(x)))


def test_at_the_end_samples_are_drawn_and_inferred_again(tmp_path, few_digits, monkeypatch):
    config, looks = small("split", steps=4, reencoding_steps=2), []
    step_of_training = algorithm.training_step

    def watch(config, step, model, *rest):
        looks.append(model.reencode)
        return step_of_training(config, step, model, *rest)

    monkeypatch.setattr(algorithm, "training_step", watch)
    model, _ = train(config, tmp_path)
    assert looks == [False, False, True, True]
    noise = torch.randn(3, model.noise_size)
    first = model.generator(noise)
    torch.testing.assert_close(model.generate(noise), model.infer(model.draw(first)))
    model.reencode = False
    assert torch.equal(model.generate(noise), first)


def test_the_estimator_of_codes_sees_them_by_their_spread():
    torch.manual_seed(0)
    estimator = ParameterDiscriminator(31)
    z = torch.rand(4, 31, requires_grad=True)
    r = estimator(None, z)
    assert r.shape == (4,)
    torch.testing.assert_close(r, estimator.layers(10 * (z - 0.5))[:, 0])
    r.square().sum().backward()
    assert all(part.grad.any() for part in (z, *estimator.parameters()))


def test_both_sides_carry_the_same_noise():
    config = replace(RUNS["joint"], noise=(0.3, 0.3))
    blank = torch.zeros(64, 1, 28, 28)
    pair = algorithm.show(config, blank, None, blank, noise=0.3)
    assert pair.images[:, :1].std().item() == pytest.approx(0.3, rel=0.02)
    assert not pair.images[:, 1:].any(), "the drawing of z carries no noise"
    split = algorithm.show(RUNS["split"], None, torch.zeros(64, 31), None, noise=0.3)
    assert split.images is None and split.z.std().item() == pytest.approx(0.3, rel=0.1)


@pytest.mark.parametrize("name", ["joint", "split"])
def test_a_training_that_was_stopped_goes_on_bit_for_bit(name, tmp_path, monkeypatch):
    config = replace(small(name), steps=6)
    monkeypatch.setattr(algorithm, "LOG_EVERY", 2)
    film, stopped, again = (sample_snapshots(config.steps, after=config.encoder_steps) for _ in range(3))
    whole, first = train(config, tmp_path / "whole", SampleMonitor(n=8), film)
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    step_of_training = algorithm.training_step

    def stop_at_the_fourth(config, step, *rest):
        if step == 4:
            raise KeyboardInterrupt
        return step_of_training(config, step, *rest)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(algorithm, "training_step", stop_at_the_fourth)
        train(config, tmp_path / "stopped", SampleMonitor(n=8), stopped)
    resumed, second = train(config, tmp_path / "stopped", SampleMonitor(n=8), again)
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert first.history == second.history
    assert film.pictures.shape == (6, 10, config.n_lines, 5) and torch.equal(film.pictures, again.pictures)


def test_watching_changes_nothing(tmp_path, monkeypatch):
    evaluation.load_classifier.cache_clear()  # as in a new process
    monkeypatch.setattr(algorithm, "LOG_EVERY", 1)
    blind, _ = train(small("gan"), tmp_path / "blind")
    film = sample_snapshots(4)
    watched, _ = train(small("gan"), tmp_path / "watched", SampleMonitor(n=8), film)
    assert len(film.pictures)
    for a, b in zip(blind.state_dict().values(), watched.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_loss_that_is_not_finite_stops_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(algorithm, "ratio_loss", lambda p, q: (p * torch.nan).mean())
    with pytest.raises(runs.TrainingStopped, match="estimator_loss = nan at step 1"):
        train(small("gan"), tmp_path)


def test_the_whole_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "RESULTS", tmp_path / "book" / "results")
    monkeypatch.setattr(command, "RUNS", {"tiny": replace(small("split"), steps=2)})
    monkeypatch.setattr(algorithm, "LOG_EVERY", 1)
    monkeypatch.setattr(evaluation, "SAMPLES", 64)
    command.main("tiny", seeds=(0, 1))

    config = json.loads((tmp_path / "book" / "results" / "tiny" / "config.json").read_text())
    assert config["model"] == "ImplicitLines" and config["ratio"] == "split"
    results = runs.load_results("tiny")
    assert list(results) == [0, 1] and "film" in results[0] and "film" not in results[1]
    assert {"label_entropy", "frechet_distance", "mse", "raster_accuracy", "history"} <= set(results[1])
    again = evaluation.evaluate(load_model("tiny"), *command.load_mnist("test"))
    assert again == pytest.approx({name: results[0][name] for name in again}, rel=1e-4)
    with pytest.raises(SystemExit, match="no run 'tyni'; there are: tiny"):
        command.main("tyni")
    assert "tiny, seed 1: label_entropy" in capsys.readouterr().out


# The known ratio


def test_the_known_ratio_of_a_model_that_ignores_its_code(few_digits):
    """With q(z|x) = p(z), only the x-parts are left: log N(x; drawing, std²) − log q(x)."""
    study = ratio_study.RatioStudy(ratio_study.RatioStudyConfig(std=0.5))
    for parameter in study.model.inference[-1].parameters():
        torch.nn.init.zeros_(parameter)
    x, z = few_digits[:3], torch.randn(3, 16)
    by_hand = -(x - study.model.draw(z)).square().flatten(1).sum(1) / (2 * 0.25)
    by_hand = by_hand - 392 * torch.log(torch.tensor(2 * torch.pi * 0.25))
    assert torch.allclose(study.model.log_ratio(x, z), by_hand, rtol=1e-4)


@pytest.mark.parametrize("teacher", ["truth", "ratio"])
def test_the_study_compares_estimate_and_truth(teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(ratio_study, "MEASURE_EVERY", 2)
    config = ratio_study.RatioStudyConfig(objective=teacher, std=1.0, images=64, batch_size=8, steps=2)
    study, run = ratio_study.train(config, tmp_path)
    entry = run.history[-1]
    assert entry["truth_p"] > 0 > entry["truth_q"]  # a new model and its data are far apart
    state = torch.get_rng_state()
    pairs = ratio_study.truth_and_estimate(study, load_mnist("train")[0][:64], seed=0, n=8)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(part.shape == (8,) for pair in pairs.values() for part in pair)
