"""The committed runs of chapter 4: their configs are the package's, their weights give their numbers."""

import json
from dataclasses import asdict

import pytest

from vecnb import load_mnist, load_model
from vecnb.data import data_source
from vecnb.runs import RESULTS, load_results
from vecnb.training import ratio_study
from vecnb.training.lfvi.config import RUNS
from vecnb.training.lfvi.evaluation import evaluate

ALL = RUNS | ratio_study.RUNS
TRAINED = sorted(ALL.keys() & {path.parent.name for path in RESULTS.glob("*/config.json")})


def test_every_run_of_the_page_was_made():
    assert set(TRAINED) == set(ALL)


@pytest.mark.parametrize("run", TRAINED)
def test_every_seed_was_trained_on_the_same_digits_with_the_same_config(run):
    folder = RESULTS / run
    configs = [json.loads(path.read_text())["config"] for path in folder.glob("seed_*.json")]
    reported = json.loads((folder / "config.json").read_text())
    model = "RatioStudy" if run in ratio_study.RUNS else "ImplicitLines"
    assert reported.pop("model") == ("ImplicitPixels" if run == "gan_pixels" else model)
    expected = json.loads(json.dumps(asdict(ALL[run])))  # a tuple is a list on disk
    assert reported == expected
    assert all(config | {"seed": 0} == expected for config in configs)
    assert len({metrics["data"] for metrics in load_results(run).values()}) == 1


@pytest.mark.parametrize("run", [run for run in ("joint", "split") if run in TRAINED])
def test_the_weights_give_the_recorded_numbers(run):
    recorded = load_results(run)[0]
    if data_source().digest != recorded["data"]:
        pytest.skip("recorded on the full MNIST: set VECNB_DATA to compare")
    measured = evaluate(load_model(run), *load_mnist("test"))
    for name, value in measured.items():  # the last bits depend on the number of threads
        assert value == pytest.approx(recorded[name], rel=0.01, abs=5e-4), name
