"""Gathering finished runs into the book's results: what is kept where, and what is refused."""

import shutil
from dataclasses import dataclass, replace
from functools import partial

import collect_results
import pytest
import torch
from collect_results import collect, read_table

from vecnb.data import data_source
from vecnb.files import read_tensors
from vecnb.models import ImplicitPixels
from vecnb.pretrained import load_model
from vecnb.training.common.results import Snapshots, load_history, load_run, run_folder, save_run

MNIST, SUBSET = "a" * 64, "b" * 64


@dataclass(frozen=True, kw_only=True)
class TinyConfig:
    seed: int = 0
    steps: int = 300
    hidden: tuple[int, ...] = (8,)


CONFIGS = {"lfvi/tiny": TinyConfig(), "lfvi/other": TinyConfig(steps=5), "lfvi/gan": TinyConfig(steps=7)}


@dataclass
class Finished:
    history: list
    seconds: float = 60.0
    core_seconds: float = 30.0


@pytest.fixture
def places(tmp_path):
    return {"results": tmp_path / "results", "package": tmp_path / "package", "configs": CONFIGS}


@pytest.fixture
def train(tmp_path):
    """A run as a trainer leaves it; returns the folder of its seeds."""

    def train(name="lfvi/tiny", seeds=(0,), mse=0.1, data=MNIST, **changes):
        for seed in seeds:
            config = replace(CONFIGS.get(name, TinyConfig()), seed=seed, **changes)
            torch.manual_seed(seed)
            save_run(
                run_folder(tmp_path / "out", name, seed),
                name,
                config,
                ImplicitPixels(hidden=config.hidden),
                {"mse": mse + seed},
                Finished([{"step": 100, "loss": mse + seed}]),
                data=data,
                snapshots=Snapshots(torch.tensor([100]), torch.full((1, 1, 1, 5), 0.5)),
            )
        return tmp_path / "out" / name

    return train


def state_of(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_numbers_of_all_seeds_and_files_of_the_first_are_kept(train, places):
    out = train(seeds=(0, 2, 10))
    assert collect([out], **places) == [("lfvi", "tiny", 0), ("lfvi", "tiny", 10), ("lfvi", "tiny", 2)]
    rows = read_table(places["results"] / "runs.csv")
    assert list(rows) == [("lfvi", "tiny", 0), ("lfvi", "tiny", 2), ("lfvi", "tiny", 10)]
    for (*_, seed), row in rows.items():
        metrics = load_run(out / f"seed_{seed}").metrics
        assert {name: type(metrics[name])(cell) for name, cell in row.items()} == metrics
    folder = places["results"] / "lfvi" / "tiny"
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "history.csv",
        "snapshots.safetensors",
    ]
    assert {seed: entries[0]["loss"] for seed, entries in load_history(folder / "history.csv").items()} == {
        0: 0.1,
        2: 2.1,
        10: 10.1,
    }
    for name in ("config.json", "snapshots.safetensors"):
        assert (folder / name).read_bytes() == (out / "seed_0" / name).read_bytes()


def test_a_later_seed_joins_those_that_are_there(train, places):
    collect([train()], **places)
    before = (places["results"] / "runs.csv").read_text().splitlines()
    collect([train(seeds=(1,)) / "seed_1"], **places)
    assert (places["results"] / "runs.csv").read_text().splitlines()[:2] == before
    assert list(load_history(places["results"] / "lfvi" / "tiny" / "history.csv")) == [0, 1]


def test_weights_are_kept_where_they_are_wanted_and_kept_up_from_then_on(train, places):
    path = places["results"] / "lfvi" / "tiny" / "model.safetensors"
    out = train()
    collect([out], **places)
    assert not path.exists()
    collect([out], **places, overwrite=True, weights=True)
    assert isinstance(load_model(path.parent, ImplicitPixels), ImplicitPixels)
    path.write_bytes(b"old")
    collect([out], **places, overwrite=True)
    assert path.read_bytes() == (out / "seed_0" / "model.safetensors").read_bytes()


def test_a_model_that_comes_with_the_package_is_renewed_there(train, places):
    collect([train("lfvi/gan", seeds=(0, 1))], **places)
    assert read_tensors(places["package"] / "gan" / "model.safetensors")[1]["seed"] == 0
    assert load_model(places["package"] / "gan", ImplicitPixels).generator[0].out_features == 8
    assert not (places["results"] / "lfvi" / "gan" / "model.safetensors").exists()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (dict(), r"lfvi/tiny, seed 0, is in .* already: --overwrite replaces it"),
        (
            dict(seeds=(1,), data=SUBSET),
            r"seed_1 was trained on other data \(bbbbbbbbbbbb…\) .*\(aaaaaaaaaaaa…\)",
        ),
        (dict(name="lfvi/other", data=SUBSET), "perhaps on the subset of 5,000 digits; train it on the full"),
        (dict(seeds=(1,), steps=3), "another config than lfvi/tiny has in the package: steps = 3, not 300"),
        (dict(name="lfvi/new"), "lfvi/new is no run of the book: add it to vecnb/training"),
        (dict(name="lfvi/other", seeds=(1,)), "lfvi/other has no seed 0, which is the reported one"),
    ],
)
def test_what_would_spoil_the_results_is_refused_and_nothing_changes(train, places, make, message):
    collect([train(seeds=(0,))], **places)
    fine = train(seeds=(5,)) / "seed_5"
    before = state_of(places["results"])
    train(**make)
    seed = make.get("seeds", (0,))[0]
    spoiling = run_folder(fine.parents[2], make.get("name", "lfvi/tiny"), seed)
    with pytest.raises(ValueError, match=message):
        collect([fine, spoiling], **places)
    assert state_of(places["results"]) == before


def test_other_data_is_refused_even_where_overwriting_is_asked_for(train, places):
    collect([train()], **places)
    with pytest.raises(ValueError, match="other data"):
        collect([train(data=SUBSET)], **places, overwrite=True)


def test_overwriting_replaces_a_row_a_history_and_the_files(train, places):
    collect([train(seeds=(0, 1))], **places)
    collect([train(mse=0.7)], **places, overwrite=True)
    rows = read_table(places["results"] / "runs.csv")
    assert [rows["lfvi", "tiny", seed]["mse"] for seed in (0, 1)] == ["0.7", "1.1"]
    history = load_history(places["results"] / "lfvi" / "tiny" / "history.csv")
    assert [history[seed][0]["loss"] for seed in (0, 1)] == [0.7, 1.1]


def test_seeds_of_an_older_config_may_not_stay(train, places):
    collect([train(seeds=(0, 1))], **places)
    places["configs"] = CONFIGS | {"lfvi/tiny": TinyConfig(steps=400)}
    with pytest.raises(
        ValueError, match=r"seeds 1 of lfvi/tiny, which would stay, were .*: steps = 300, not 400"
    ):
        collect([train(steps=400) / "seed_0"], **places, overwrite=True)
    out = train(seeds=(0, 1), steps=400)
    assert len(collect([out], **places, overwrite=True)) == 2


def test_an_unfinished_run_and_an_empty_folder_are_named(train, places, tmp_path):
    out = train(seeds=(0, 1))
    (out / "seed_1" / "metrics.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"seed_1 is not finished: it has no metrics\.json"):
        collect([out], **places)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match=r"there is no run in .*empty: it holds neither"):
        collect([tmp_path / "empty"], **places)
    assert not places["results"].exists()


def test_the_command_says_what_it_gathered_or_why_nothing(train, places, monkeypatch, capsys):
    monkeypatch.setattr(collect_results, "collect", partial(collect, **places))
    out = train()
    collect_results.main((out,))
    assert capsys.readouterr().out == "gathered lfvi/tiny, seed 0\n"
    with pytest.raises(SystemExit, match=r"nothing was gathered: lfvi/tiny, seed 0, is in .* already"):
        collect_results.main((out,))


def test_the_committed_table_takes_no_run_on_other_data(train, tmp_path):
    """The real table, with the digits that this machine has: only the full MNIST is taken."""
    results = tmp_path / "results"
    shutil.copytree(collect_results.RESULTS, results, ignore=shutil.ignore_patterns("*.safetensors"))
    before = (results / "runs.csv").read_bytes()
    source = data_source(fallback="subset")
    out = train(data=source.digest)
    places = {"results": results, "package": tmp_path / "package", "configs": CONFIGS}
    if source.is_subset:
        with pytest.raises(ValueError, match="other data"):
            collect([out], **places)
        assert (results / "runs.csv").read_bytes() == before
    else:
        collect([out], **places)
        added = set((results / "runs.csv").read_bytes().splitlines()) - set(before.splitlines())
        assert len(added) == 1  # every other line is as it was
