"""Tests of what the commands of all expand_seeds share: a run's name, its processes, and what is kept of it."""

import json
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from vecnb import runs
from vecnb.data import data_source
from vecnb.training import autoencoder, ratio_study, vae
from vecnb.training.common.results import expand_seeds, keep, require_one_process
from vecnb.training.lfvi import __main__ as lfvi


@dataclass(frozen=True, kw_only=True)
class TinyConfig:
    seed: int = 0
    steps: int = 12_000


RUNS = {"one": TinyConfig(), "other": TinyConfig(steps=3)}
DONE = SimpleNamespace(
    is_main=True, seconds=90.0, core_seconds=60.0, history=[{"step": 12_000, "loss": 0.123456789}]
)


@pytest.fixture(autouse=True)
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RESULTS", tmp_path / "book" / "results")
    return tmp_path / "book" / "results"


def mean_weight(model):
    return {"mean": model.weight.detach().mean()}


def test_a_run_has_a_config_and_a_folder_for_each_seed(tmp_path):
    assert list(expand_seeds("other", RUNS, (0, 7))) == [
        (TinyConfig(seed=0, steps=3), tmp_path / "runs" / "other-0"),
        (TinyConfig(seed=7, steps=3), tmp_path / "runs" / "other-7"),
    ]


def test_an_unknown_run_lists_the_known():
    with pytest.raises(SystemExit, match=r"no run 'on'; there are: one, other$"):
        list(expand_seeds("on", RUNS, (0,)))


@pytest.mark.parametrize(
    ("chapter", "run"),
    [
        (vae, "vae_straight_through"),
        (vae, "vae_score_function"),
        (ratio_study, "ratio_truth_030"),
        (lfvi, "gan"),
    ],
)
def test_what_does_not_share_its_gradients_refuses_several_processes(chapter, run, monkeypatch):
    monkeypatch.setattr(chapter, "Accelerator", lambda: SimpleNamespace(num_processes=2))
    monkeypatch.setattr(chapter, "train", lambda *_: pytest.fail("it trained"))
    with pytest.raises(SystemExit, match="one process, not in 2: start it with python, without torchrun"):
        chapter.main(run)


def test_processes_that_accelerate_overlooks_are_refused_too(monkeypatch):
    alone = SimpleNamespace(num_processes=1)
    require_one_process(alone)
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(SystemExit, match="not in 3"):
        require_one_process(alone)


@pytest.mark.parametrize(("chapter", "run"), [(autoencoder, "ours"), (vae, "vae_ours")])
def test_what_shares_its_gradients_takes_several_processes(chapter, run, monkeypatch):
    seen = []
    several = SimpleNamespace(num_processes=2)
    done = SimpleNamespace(**vars(DONE) | {"is_main": False})
    monkeypatch.setattr(chapter, "Accelerator", lambda: several)
    monkeypatch.setattr(chapter, "train", lambda *given: (seen.append(given[2]), done))
    chapter.main(run)
    assert seen == [several]


def test_the_numbers_are_those_of_the_weights_that_are_kept(results, capsys):
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    full = model.weight.mean().item()
    keep("one", TinyConfig(), DONE, model, mean_weight)
    numbers = runs.load_results("one")[0]
    kept, _ = runs.read_tensors(results / "one" / "weights.safetensors")
    assert numbers.pop("mean") == kept["weight"].float().mean().item() != full
    assert numbers == {
        "minutes": 1.5,
        "core_minutes": 1.0,
        "cores": torch.get_num_threads(),
        "steps": 12_000,
        "parameters": 8,
        "data": data_source().digest,
        "history": [{"step": 12_000, "loss": 0.1235}],
    }
    assert "one, seed 0: mean " in capsys.readouterr().out


def test_what_a_training_says_about_itself_is_kept_beside_or_instead(results):
    keep("one", TinyConfig(seed=4), DONE, nn.Linear(3, 2), mean_weight, film=[1], parameters=6)
    numbers = json.loads((results / "one" / "seed_4.json").read_text())["metrics"]
    assert numbers["film"] == [1] and numbers["parameters"] == 6


def test_only_the_main_process_keeps(results):
    done = SimpleNamespace(**vars(DONE) | {"is_main": False})
    keep("one", TinyConfig(), done, nn.Linear(3, 2), mean_weight)
    assert not results.exists()
