"""Tests of chapter 2's training: the ladder of runs, short expand_seeds that repeat, and the whole command."""

import json
from dataclasses import asdict, fields, replace
from itertools import pairwise

import pytest
import torch
from accelerate import Accelerator

from vecnb import runs
from vecnb.data import load_mnist
from vecnb.models import LineAutoencoder, load_model
from vecnb.training import autoencoder as training
from vecnb.training.autoencoder import RUNS, THESIS, AutoencoderConfig, main, rate_factor, train

LADDER = [RUNS["thesis"], *(RUNS[name] for name in sorted(RUNS) if name.startswith("rung_")), RUNS["ours"]]
TINY = AutoencoderConfig(
    n_lines=3, encoder="ours", alpha=None, decoder="none", steps=40, batch_size=16, learning_rate=2e-3
)


class Untouchable:
    """Labels that nobody may look at: whatever is done with them is an error."""

    def __getattribute__(self, name):
        raise AssertionError(f"the trainer looked at the labels ({name})")

    __getitem__ = __iter__ = __len__ = __bool__ = lambda self, *_: self.anything


@pytest.fixture
def few_digits(monkeypatch):
    """The trainer sees 256 digits only, and of the training split no label."""
    images, labels = load_mnist("train")
    split = {"train": (images[:256], Untouchable()), "test": (images[256:320], labels[256:320])}
    monkeypatch.setattr(training, "load_mnist", split.__getitem__)
    return images[:256]


def changed(one, other):
    return [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]


def test_each_rung_of_the_ladder_changes_one_thing():
    steps = [changed(below, above) for below, above in pairwise(LADDER)]
    assert all(len(step) == 1 for step in steps), steps
    # No change is taken back; only alpha changes twice, first to another width, then to another presence.
    names = [name for (name,) in steps]
    assert sorted(names) == sorted([*set(names), "alpha"])
    alphas = [config.alpha for config in LADDER]
    assert alphas[0] != alphas[1] is not None and alphas[-1] is None


def test_the_side_studies_change_one_thing_of_the_thesis():
    assert THESIS == AutoencoderConfig()
    for name, config in RUNS.items():
        assert config.seed == 0
        if name.startswith("alpha_"):
            assert changed(THESIS, config) == ["alpha"]
    assert changed(THESIS, RUNS["large_decoder"]) == ["decoder"]


def test_the_rate_stays_unless_it_is_annealed():
    assert {rate_factor(step, replace(THESIS, cosine_schedule=False)) for step in range(0, 3000, 7)} == {1.0}


@pytest.mark.parametrize("steps", [100, 1000])
def test_the_annealed_rate_warms_up_and_ends_at_nought(steps):
    config = replace(THESIS, cosine_schedule=True, steps=steps)
    rates = [rate_factor(step, config) for step in range(steps + 1)]
    top = rates.index(max(rates))
    assert top == 0.05 * steps - 1
    assert all(a < b for a, b in pairwise(rates[: top + 1]))
    assert all(a > b for a, b in pairwise(rates[top:]))
    assert rates[0] == pytest.approx(rates[top] / (0.05 * steps), rel=0.01)
    assert rates[steps // 2] == pytest.approx(rates[top] / 2, rel=0.02)
    assert rates[-1] == pytest.approx(0, abs=1e-12) and min(rates) >= 0


@pytest.mark.parametrize(
    "config", [TINY, replace(TINY, cosine_schedule=True), replace(THESIS, steps=40, batch_size=16)]
)
def test_a_short_training_reduces_the_loss(config, few_digits, tmp_path):
    def error(model):
        with torch.no_grad():
            return (model(few_digits) - few_digits).square().mean().item()

    torch.manual_seed(config.seed)
    untrained = LineAutoencoder.from_config(asdict(config)).eval()
    model, run = train(config, tmp_path, Accelerator(cpu=True))
    assert not model.training and run.step == config.steps and run.seconds > 0
    assert error(model) < 0.9 * error(untrained)


@pytest.mark.parametrize("config", [TINY, replace(THESIS, steps=6, batch_size=16)])
def test_the_same_seed_gives_the_same_bits_and_another_seed_others(config, few_digits, tmp_path):
    def bits(folder, seed):
        model, _ = train(replace(config, seed=seed, steps=6), tmp_path / folder, Accelerator(cpu=True))
        return [value.numpy().tobytes() for value in model.state_dict().values()]

    assert bits("a", 0) == bits("b", 0) != bits("c", 1)


@pytest.mark.parametrize("config", [TINY, replace(THESIS, batch_size=16)])
def test_a_training_that_was_stopped_goes_on_bit_for_bit(config, few_digits, tmp_path, monkeypatch):
    config = replace(config, steps=8, cosine_schedule=True)
    whole, _ = train(config, tmp_path / "whole", Accelerator(cpu=True))
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)
    batches = training.batch_indices

    def stop_at_the_fifth(size, batch, step, seed):
        if step == 5:
            raise KeyboardInterrupt
        return batches(size, batch, step, seed)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training, "batch_indices", stop_at_the_fifth)
        train(config, tmp_path / "stopped", Accelerator(cpu=True))
    resumed, _ = train(config, tmp_path / "stopped", Accelerator(cpu=True))
    assert all(
        torch.equal(a, b)
        for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True)
    )


def test_an_unknown_run_lists_the_known():
    with pytest.raises(SystemExit, match=f"no run 'hours'; there are: {', '.join(RUNS)}"):
        main("hours")


def test_the_whole_command(few_digits, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(runs, "RESULTS", tmp_path / "book" / "results")
    monkeypatch.setattr(training, "RUNS", {"tiny": replace(TINY, steps=4)})
    main("tiny", seeds=(0, 1))

    folder = tmp_path / "book" / "results" / "tiny"
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "metrics.json",
        "weights.safetensors",
        "seed_1.json",
    }
    config = json.loads((folder / "config.json").read_text())
    assert config["seed"] == 0 and config["model"] == "LineAutoencoder" and config["steps"] == 4
    results = runs.load_results("tiny")
    assert list(results) == [0, 1] and results[0]["mse"] != results[1]["mse"]
    assert {"drawing_mse", "raster_accuracy", "minutes", "cores", "parameters", "data"} <= set(results[0])

    # The numbers are those of the weights that were kept (loaded, they lie in another order in memory).
    x, labels = training.load_mnist("test")
    again = training.evaluate(load_model("tiny"), x, labels)
    assert again == pytest.approx({name: results[0][name] for name in again}, rel=1e-5)
    assert "tiny, seed 1: mse" in capsys.readouterr().out
