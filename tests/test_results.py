"""The committed runs of chapter 2: their weights still give the numbers that were recorded."""

import json
from dataclasses import asdict

import pytest

from vecnb import load_mnist, load_model
from vecnb.data import data_source
from vecnb.runs import RESULTS, load_results
from vecnb.training.autoencoder import RUNS, evaluate

TRAINED = sorted(RUNS.keys() & {path.parent.name for path in RESULTS.glob("*/config.json")})


def test_every_run_of_the_page_was_made():
    assert set(TRAINED) == set(RUNS)


@pytest.mark.parametrize("run", TRAINED)
def test_every_seed_was_trained_on_the_same_digits_with_the_same_config(run):
    folder = RESULTS / run
    configs = [json.loads(path.read_text())["config"] for path in folder.glob("seed_*.json")]
    reported = json.loads((folder / "config.json").read_text())
    assert reported.pop("model") == "LineAutoencoder"
    assert reported == asdict(RUNS[run])
    assert all(config | {"seed": 0} == reported for config in configs)
    assert len({metrics["data"] for metrics in load_results(run).values()}) == 1


@pytest.mark.parametrize("run", ["thesis", "ours"])
def test_the_weights_give_the_recorded_numbers(run):
    recorded = load_results(run)[0]
    if data_source().digest != recorded["data"]:
        pytest.skip("recorded on the full MNIST: set VECNB_DATA to compare")
    measured = evaluate(load_model(run), *load_mnist("test"))
    for name, value in measured.items():  # the last bits depend on the number of threads
        assert value == pytest.approx(recorded[name], abs=5e-4), name
