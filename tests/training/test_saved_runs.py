"""What a finished run leaves in its folder: all of it comes back, and what is damaged or missing is named."""

import json
import math
from dataclasses import asdict, dataclass, field

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from vecnb.files import read_tensors
from vecnb.pretrained import load_weights
from vecnb.training.common.results import (
    Snapshots,
    history_text,
    load_history,
    load_run,
    load_snapshots,
    run_folder,
    save_run,
    save_snapshots,
)


@dataclass(frozen=True, kw_only=True)
class TinyConfig:
    seed: int = 0
    steps: int = 300
    hidden: tuple[int, ...] = (3, 4)


@dataclass
class Finished:
    """What `save_run` asks of a run."""

    seconds: float = 90.0
    core_seconds: float = 60.0
    history: list = field(
        default_factory=lambda: [
            {"step": 100, "loss": 0.123456789},
            {"step": 200, "loss": 3.0, "error": 1e-9},
        ]
    )


NUMBERS = {"mse": torch.tensor(0.1, dtype=torch.float64), "accuracy": 1 / 3}


def snapshots(places=4):
    random = torch.Generator().manual_seed(0)
    drawings = torch.rand(places, 2, 3, 5, generator=random) * 2 - 0.5  # lines may leave the canvas
    drawings[..., 4].abs_()
    return Snapshots(torch.arange(1, places + 1) * 10, drawings)


@pytest.fixture
def model():
    torch.manual_seed(0)
    return nn.BatchNorm1d(3)


@pytest.fixture
def folder(tmp_path, model):
    folder = run_folder(tmp_path, "tiny/short", 2)
    config = TinyConfig(seed=2)
    save_run(folder, "tiny/short", config, model, NUMBERS, Finished(), data="d" * 64, snapshots=snapshots())
    return folder


def test_a_run_lies_in_a_folder_of_its_seed_and_comes_back_whole(folder, tmp_path, model):
    assert folder == tmp_path / "tiny" / "short" / "seed_2"
    assert sorted(path.name for path in folder.iterdir()) == [
        "config.json",
        "history.csv",
        "metrics.json",
        "model.safetensors",
        "snapshots.safetensors",
    ]
    saved = load_run(folder)
    assert saved.config == {"format": 1, "model": "BatchNorm1d", "seed": 2, "steps": 300, "hidden": [3, 4]}
    assert saved.metrics == {
        "experiment": "tiny",
        "run": "short",
        "seed": 2,
        "data": "d" * 64,
        "steps": 300,
        "cores": torch.get_num_threads(),
        "parameters": 6,
        "minutes": 1.5,
        "core_minutes": 1.0,
        "mse": 0.1,
        "accuracy": 1 / 3,
    }
    assert saved.history == [{"step": 100, "loss": 0.1235}, {"step": 200, "loss": 3.0, "error": 1e-9}]
    assert saved.data == "d" * 64
    assert saved.snapshots.steps.tolist() == [10, 20, 30, 40]
    torch.testing.assert_close(saved.snapshots.drawings, snapshots().drawings.double(), rtol=0, atol=5.1e-4)
    found = nn.BatchNorm1d(3)
    load_weights(folder, found)
    assert all(
        torch.equal(value.half(), found.state_dict()[key].half()) for key, value in model.state_dict().items()
    )


def test_every_file_says_which_run_it_is_of(folder):
    for name in ("model", "snapshots"):
        about = read_tensors(folder / f"{name}.safetensors")[1]
        assert about["run"] == "tiny/short" and about["seed"] == 2 and about["data"] == "d" * 64
        assert about["format"] == 1


def test_the_parameters_that_were_trained_may_be_fewer(tmp_path, model):
    save_run(tmp_path, "tiny/short", TinyConfig(), model, {}, Finished(), data="", parameters=4)
    saved = load_run(tmp_path)
    assert saved.metrics["parameters"] == 4 and saved.snapshots is None


def test_metrics_mark_a_finished_run(folder, model):
    """A run that is saved again is unfinished until its last file is there."""

    class Full(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.full((1,), math.nan))

    with pytest.raises(ValueError, match="not finite in weight"):
        save_run(folder, "tiny/short", TinyConfig(seed=2), Full(), {}, Finished(), data="")
    assert not (folder / "metrics.json").exists() and load_run(folder).metrics == {}


def test_a_folder_of_a_collection_has_no_metrics_and_many_seeds(folder):
    (folder / "metrics.json").unlink()
    histories = {0: [{"step": 100, "loss": 9.0}], 2: load_run(folder).history}
    (folder / "history.csv").write_text(history_text(histories))
    saved = load_run(folder)
    assert saved.metrics == {} and saved.history == histories[2] and saved.data == "d" * 64
    (folder / "history.csv").unlink()
    (folder / "snapshots.safetensors").unlink()
    saved = load_run(folder)
    assert saved.history == [] and saved.snapshots is None and saved.data == ""


def test_what_is_no_folder_of_a_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no run in .*nothing: it holds no config"):
        load_run(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", "{", r"config\.json is damaged"),
        ("metrics.json", "{", r"metrics\.json is damaged .*train the run again"),
        ("metrics.json", "[]", r"metrics\.json must hold an object, not a list"),
        ("history.csv", "seed,step,loss\n2,100,0.1\n2,200,0.x\n", r"history\.csv is damaged in line 3"),
        ("history.csv", "seed,step,loss\n2,100,0.1\n2\n", r"history\.csv is damaged in line 3"),
        ("history.csv", "step,loss\n100,0.1\n", r"history\.csv is damaged in line 2: 'seed'"),
        ("snapshots.safetensors", "no", r"snapshots\.safetensors is damaged"),
    ],
)
def test_damaged_files_are_named(folder, name, content, message):
    (folder / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        load_run(folder)


# Histories


def test_numbers_of_a_history_come_back_bit_for_bit(tmp_path):
    values = [0.1, 1 / 3, 5e-324, -0.0, 1.7976931348623157e308, math.inf, -math.inf, math.nan]
    entries = [{"step": 100 * k, "loss": value} for k, value in enumerate(values)]
    (tmp_path / "history.csv").write_text(history_text({0: entries}))
    found = load_history(tmp_path / "history.csv")[0]
    assert [repr(entry) for entry in found] == [repr(entry) for entry in entries]


def test_what_was_not_logged_at_a_step_is_left_out(tmp_path):
    histories = {1: [{"step": 1, "b": 2.0}], 0: [{"step": 1, "a": 1.0}, {"step": 2, "b": math.nan}]}
    (tmp_path / "history.csv").write_text(history_text(histories))
    assert history_text(histories).splitlines() == ["seed,step,b,a", "0,1,,1.0", "0,2,nan,", "1,1,2.0,"]
    found = load_history(tmp_path / "history.csv")
    assert list(found) == [0, 1] and found[1] == histories[1]
    assert found[0][0] == {"step": 1, "a": 1.0} and list(found[0][1]) == ["step", "b"]


# Snapshots


def test_snapshots_are_whole_thousandths_of_two_bytes(tmp_path):
    path = tmp_path / "snapshots.safetensors"
    save_snapshots(path, snapshots(40), {})
    assert path.stat().st_size < 40 * 2 * 3 * 5 * 2 + 600
    found, _ = load_snapshots(path)
    save_snapshots(tmp_path / "again", found, {})
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    strokes = found.strokes(1)
    assert strokes.lines.shape == (2, 3, 4) and strokes.lines.dtype == torch.float32
    assert torch.equal(strokes.width, found.drawings[1, ..., 4].float())


@pytest.mark.parametrize("value", [math.nan, math.inf, 32.8])
def test_snapshots_that_two_bytes_cannot_hold_are_refused(tmp_path, value):
    bad = snapshots()
    bad.drawings[0, 0, 0, 0] = value
    with pytest.raises(ValueError, match="not finite or far off the canvas"):
        save_snapshots(tmp_path / "s", bad, {})
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": torch.zeros(3)}, r"drawings \[P, D, N, 5\] and steps \[P\], not \[4, 2, 3, 5\] and \[3\]"),
        ({"drawings": torch.zeros(4, 2, 3)}, r"not \[4, 2, 3\] and"),
        ({"film": torch.zeros(1)}, "holds drawings, film, steps, not steps and drawings"),
    ],
)
def test_files_that_hold_no_snapshots_are_refused(tmp_path, change, message):
    path = tmp_path / "snapshots.safetensors"
    save_snapshots(path, snapshots(), {})
    save_file(load_file(path) | change, path)
    with pytest.raises(ValueError, match=message):
        load_snapshots(path)


def test_a_config_is_what_the_run_was_trained_with(folder):
    written = json.loads((folder / "config.json").read_text())
    assert written == {"format": 1, "model": "BatchNorm1d"} | json.loads(
        json.dumps(asdict(TinyConfig(seed=2)))
    )
