"""What a finished run leaves in its own folder, `<out>/<experiment>/<run>/seed_<k>/`, and how it is read.

    config.json             the run's config, "format" and "model"       } as of `vecnb.pretrained`
    model.safetensors       its weights in half precision                }
    history.csv             a row per logged step: seed, step, the terms of its loss
    snapshots.safetensors   what the model drew at some of the steps, where a recorder watched
    metrics.json            one flat object of its numbers; written last, so that it marks a finished run

A folder without metrics.json can be read as well, as it is in a collection that has all numbers in one table.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor, nn

from vecnb.files import read_tensors, write_atomically
from vecnb.pretrained import FORMAT, read_config, save_model
from vecnb.strokes import Strokes
from vecnb.training.common.loop import Run

UNIT = 1000  # snapshots are whole thousandths of the unit square: a thirtieth of a pixel

History = Sequence[Mapping[str, float]]  # {"step": ..., and the terms that were logged there}


@dataclass(frozen=True, eq=False)
class Snapshots:
    """The same few drawings at several steps of a training.

    Attributes:
        steps: [P] int64.
        drawings: [P, D, N, 5] float64, (x1, y1, x2, y2, width) of N lines, unit square, whole thousandths.
    """

    steps: Tensor
    drawings: Tensor

    def strokes(self, place: int) -> Strokes:
        """The D drawings of one step, steps[place]."""
        drawing = self.drawings[place].float()
        return Strokes(drawing[..., :4], drawing[..., 4])


@dataclass(frozen=True)
class SavedRun:
    """A run as it was read from its folder.

    Attributes:
        config: the fields of its config.json, with "format" and "model".
        metrics: numbers and facts of a finished run, in the order of metrics.json; empty without that file.
        history: one entry per logged step, of the seed of the config; empty if none was kept.
        snapshots: None if none were recorded.
        data: SHA-256 of what it was trained on; empty if neither metrics nor snapshots say so.
    """

    config: dict[str, Any]
    metrics: dict[str, Any]
    history: list[dict[str, float]]
    snapshots: Snapshots | None
    data: str


def run_folder(out: Path, name: str, seed: int) -> Path:
    """Where a run's files go: `<out>/<experiment>/<run>/seed_<k>`.

    Args:
        name: "<experiment>/<run>".
    """
    return Path(out) / name / f"seed_{seed}"


def save_run(
    folder: Path,
    name: str,
    config: Any,
    model: nn.Module,
    numbers: Mapping[str, float],
    run: Run,
    *,
    data: str,
    snapshots: Snapshots | None = None,
    parameters: int | None = None,
) -> None:
    """Write a finished run, its metrics.json last; every file is replaced as a whole.

    Args:
        folder: see `run_folder`.
        name: "<experiment>/<run>".
        config: dataclass with the fields `seed` and `steps`.
        numbers: measured on `rounded(model)`, which has the weights that are kept.
        run: gives the history and the cost.
        data: SHA-256 of what it was trained on, of the checkpoint's own identity.
        parameters: how many were trained, if not all of the model's.
    Raises:
        OSError: the folder is not writable or the disk is full.
        ValueError: a weight or a coordinate of the snapshots is not finite or too large.
    """
    experiment, short = name.split("/")
    metrics = {"experiment": experiment, "run": short, "seed": config.seed} | {
        "data": data,
        "steps": config.steps,
        "cores": torch.get_num_threads(),
        "parameters": parameters or sum(p.numel() for p in model.parameters()),
        "minutes": run.seconds / 60,
        "core_minutes": run.core_seconds / 60,
    }
    metrics |= {key: float(value) for key, value in numbers.items()}
    about = {"run": name, "seed": config.seed, "data": data}
    folder = Path(folder)
    (folder / "metrics.json").unlink(missing_ok=True)
    save_model(folder, model, config, about)
    history = {config.seed: [_short(entry) for entry in run.history]}
    write_atomically(folder / "history.csv", history_text(history).encode())
    if snapshots is not None:
        save_snapshots(folder / "snapshots.safetensors", snapshots, about)
    write_atomically(folder / "metrics.json", (json.dumps(metrics, indent=1) + "\n").encode())


def load_run(folder: Path | str) -> SavedRun:
    """What a folder has of a run; its weights are for `load_model`.

        load_run("runs/vae/proposed/seed_0").metrics["raster_accuracy"]

    Raises:
        FileNotFoundError: the folder holds no config.json.
        ValueError: a file is damaged; the message names it.
    """
    folder = Path(folder)
    if not (folder / "config.json").exists():
        raise FileNotFoundError(f"there is no run in {folder}: it holds no config.json")
    config = read_config(folder)
    metrics: dict[str, Any] = {}
    if (folder / "metrics.json").exists():
        metrics = _read_metrics(folder / "metrics.json")
    history: list[dict[str, float]] = []
    if (folder / "history.csv").exists():
        history = load_history(folder / "history.csv").get(config.get("seed", 0), [])
    snapshots: Snapshots | None = None
    about: dict[str, Any] = {}
    if (folder / "snapshots.safetensors").exists():
        snapshots, about = load_snapshots(folder / "snapshots.safetensors")
    return SavedRun(config, metrics, history, snapshots, metrics.get("data", about.get("data", "")))


def history_text(by_seed: Mapping[int, History]) -> str:
    """Histories as CSV: seed, step, and every term in the order of its first appearance.

    Floats are written so that they come back bit for bit; what was not logged at a step is left blank.

        >>> print(history_text({0: [{"step": 100, "loss": 0.5}, {"step": 200, "error": 1e-09}]}), end="")
        seed,step,loss,error
        0,100,0.5,
        0,200,,1e-09
    """
    terms = dict.fromkeys(name for entries in by_seed.values() for entry in entries for name in entry)
    terms.pop("step", None)
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["seed", "step", *terms])
    for seed, entries in sorted(by_seed.items()):
        for entry in entries:
            values = (repr(float(entry[name])) if name in entry else "" for name in terms)
            table.writerow([seed, int(entry["step"]), *values])
    return file.getvalue()


def load_history(path: Path) -> dict[int, list[dict[str, float]]]:
    """The histories of a history.csv by seed; an entry has the terms that were logged at its step.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged.
    """
    by_seed: dict[int, list[dict[str, float]]] = {}
    with open(path, newline="", encoding="utf-8") as file:
        for number, row in enumerate(csv.DictReader(file, strict=True), 2):
            try:
                seed, step = int(row.pop("seed")), int(row.pop("step"))
                terms = {name: float(value) for name, value in row.items() if value}
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path} is damaged in line {number}: {error}") from error
            by_seed.setdefault(seed, []).append({"step": step, **terms})
    return by_seed


def save_snapshots(path: Path, snapshots: Snapshots, about: Mapping[str, str | int]) -> None:
    """Write snapshots as int16 thousandths.

    Args:
        about: what the file's metadata tell: run, seed, data.
    Raises:
        ValueError: a coordinate is not finite, or 32 times the canvas away.
    """
    thousandths = (UNIT * snapshots.drawings.double()).round()
    if not (thousandths.abs() < 2**15).all():  # NaN is not below anything
        raise ValueError("the snapshots have a coordinate that is not finite or far off the canvas")
    tensors = {"steps": snapshots.steps.int(), "drawings": thousandths.short().contiguous()}
    told = json.dumps({"format": FORMAT, "unit": f"1/{UNIT}"} | dict(about))
    write_atomically(path, save(tensors, {"about": told}))


def load_snapshots(path: Path) -> tuple[Snapshots, dict[str, Any]]:
    """Snapshots, and what the file's metadata tell.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or holds something else.
    """
    tensors, about = read_tensors(path)
    if set(tensors) != {"steps", "drawings"}:
        raise ValueError(f"{path} holds {', '.join(sorted(tensors))}, not steps and drawings")
    steps, drawings = tensors["steps"], tensors["drawings"]
    if drawings.ndim != 4 or drawings.shape[-1] != 5 or steps.shape != drawings.shape[:1]:
        raise ValueError(
            f"{path} must hold drawings [P, D, N, 5] and steps [P], not {list(drawings.shape)} and "
            f"{list(steps.shape)}"
        )
    return Snapshots(steps.long(), drawings.double() / UNIT), about


def _read_metrics(path: Path) -> dict[str, Any]:
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}): train the run again") from error
    if not isinstance(metrics, dict):
        raise ValueError(f"{path} must hold an object, not a {type(metrics).__name__}")
    return metrics


def _short(entry: Mapping[str, float]) -> dict[str, float]:
    """An entry of the history with four digits a number: enough for a curve, a third of the bytes."""
    return {name: float(f"{value:.4g}") for name, value in entry.items()}
