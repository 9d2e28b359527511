"""Gather finished runs into book/results, and those that come with the package into vecnb/pretrained.

    vecnb train vae/proposed --out runs
    python book/collect_results.py runs/vae/proposed

Every seed's numbers become a row of runs.csv, and its history a part of the run's history.csv; of seed 0, the
reported one, the config and the snapshots are kept, and the weights where a page loads them.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import tyro

from vecnb import pretrained
from vecnb.files import write_atomically
from vecnb.pretrained import PRETRAINED, read_config
from vecnb.training import RUNS
from vecnb.training.common.results import SavedRun, history_text, load_history, load_run

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGE = Path(pretrained.__file__).parent
KEY = ("experiment", "run", "seed")

Key = tuple[str, str, int]
Rows = dict[Key, dict[str, str]]  # the cells of a row as they are written, blank ones left out
Found = dict[Key, tuple[Path, SavedRun]]  # with the folder of each


def collect(
    folders: Iterable[Path],
    results: Path = RESULTS,
    package: Path = PACKAGE,
    configs: Mapping[str, Any] = RUNS,
    *,
    overwrite: bool = False,
    weights: bool = False,
) -> list[Key]:
    """Gather finished runs; either all of them or, if one is refused, none.

    Args:
        folders: of runs, `<out>/<experiment>/<run>`, or of single seeds in one.
        results, package: where to: the book's results, and the models that come with the package.
        configs: what the runs must have been trained with, by name.
        overwrite: replace runs that are there already.
        weights: keep the weights also of a run that has none there.
    Returns:
        What was gathered: experiment, run and seed.
    Raises:
        FileNotFoundError: a folder holds no run, or a run is not finished.
        ValueError: a run is there already; or it was trained on other data than those there, or with another
            config than the package has under its name.
    """
    found: Found = {}
    for seed_folder in _seed_folders(folders):
        saved = load_run(seed_folder)
        if not saved.metrics:
            raise FileNotFoundError(
                f"{seed_folder} is not finished: it has no metrics.json; train it to its end"
            )
        found[_key(saved.metrics)] = (seed_folder, saved)
    rows = read_table(results / "runs.csv")
    for key, (seed_folder, saved) in found.items():
        _check_data(seed_folder, saved, rows)
        if key in rows and not overwrite:
            raise ValueError(f"{_run(key)}, seed {key[2]}, is in {results} already: --overwrite replaces it")
    for name in sorted({_run(key) for key in found}):
        _check_configs(name, found, rows, results, configs)
    for key, (seed_folder, saved) in found.items():
        _keep(key, seed_folder, saved, results, package, weights)
        rows[key] = {name: _cell(value) for name, value in saved.metrics.items()}
    write_table(results / "runs.csv", rows)
    return list(found)


def read_table(path: Path) -> Rows:
    """The rows of runs.csv; none if there is no such file."""
    if not path.exists():
        return {}
    with open(path, newline="", encoding="utf-8") as file:
        table = ({name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file))
        return {_key(row): row for row in table}


def write_table(path: Path, rows: Rows) -> None:
    """Write runs.csv, in the order of experiments, runs and seeds; columns stay where they are."""
    rows = dict(sorted(rows.items()))
    there = path.read_text(encoding="utf-8").splitlines()[0].split(",") if path.exists() else KEY
    columns = dict.fromkeys([*there, *(name for row in rows.values() for name in row)])
    file = io.StringIO()
    table = csv.DictWriter(file, list(columns), restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(rows.values())
    write_atomically(path, file.getvalue().encode())


def _seed_folders(folders: Iterable[Path]) -> list[Path]:
    seeds = []
    for folder in folders:
        single = (folder / "config.json").exists()
        inside = [folder] if single else sorted(path.parent for path in folder.glob("seed_*/config.json"))
        if not inside:
            raise FileNotFoundError(
                f"there is no run in {folder}: it holds neither config.json nor seed_*/config.json"
            )
        seeds += inside
    return seeds


def _key(row: Mapping[str, Any]) -> Key:
    return row["experiment"], row["run"], int(row["seed"])


def _run(key: Key) -> str:
    return f"{key[0]}/{key[1]}"


def _cell(value: Any) -> str:
    """A number as it comes back bit for bit."""
    return repr(value) if isinstance(value, float) else str(value)


def _check_data(folder: Path, saved: SavedRun, rows: Rows) -> None:
    """Refuse a run on other data than that of the rows there: a table compares its rows."""
    there = {row["data"] for row in rows.values()}
    if there and saved.data not in there:
        raise ValueError(
            f"{folder} was trained on other data ({saved.data[:12]}…) than the runs that are there "
            f"({', '.join(sorted(digest[:12] + '…' for digest in there))}): perhaps on the subset of 5,000 "
            "digits; train it on the full MNIST, which VECNB_DATA names"
        )


def _check_configs(name: str, found: Found, rows: Rows, results: Path, configs: Mapping[str, Any]) -> None:
    """Refuse seeds of a run, those that stay among them, that its config in the package did not train."""
    if name not in configs:
        raise ValueError(f"{name} is no run of the book: add it to vecnb/training/<experiment>/config.py")
    wanted = json.loads(json.dumps(asdict(configs[name])))  # a tuple is a list on disk
    for key, (folder, saved) in found.items():
        if _run(key) == name and (change := _differences(saved.config, wanted)):
            raise ValueError(
                f"{folder} was trained with another config than {name} has in the package: {change}"
            )
    staying = [key for key in rows if _run(key) == name and key not in found]
    if staying and (change := _differences(read_config(results / name), wanted)):
        raise ValueError(
            f"the seeds {', '.join(str(seed) for *_, seed in staying)} of {name}, which would stay, were "
            f"trained with another config: {change}; gather all seeds together"
        )
    if not any(_run(key) == name and key[2] == 0 for key in [*staying, *found]):
        raise ValueError(f"{name} has no seed 0, which is the reported one: gather it as well")


def _differences(config: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    names = [name for name in wanted if name != "seed" and config.get(name) != wanted[name]]
    return ", ".join(f"{name} = {config.get(name)}, not {wanted[name]}" for name in names)


def _keep(key: Key, source: Path, saved: SavedRun, results: Path, package: Path, weights: bool) -> None:
    """Copy what is kept of one seed beside the table."""
    folder, seed = results / _run(key), key[2]
    path = folder / "history.csv"
    histories = load_history(path) if path.exists() else {}
    if saved.history:
        write_atomically(path, history_text(histories | {seed: saved.history}).encode())
    if seed:
        return
    names = ["config.json", "snapshots.safetensors"]
    names += ["model.safetensors"] * (weights or (folder / "model.safetensors").exists())
    for name in names:
        if (source / name).exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, folder / name)
    for name, which in PRETRAINED.items():
        if which == _run(key):
            for file in ("config.json", "model.safetensors"):
                (package / name).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / file, package / name / file)


def main(
    folders: tyro.conf.Positional[tuple[Path, ...]], overwrite: bool = False, weights: bool = False
) -> None:
    """Gather finished runs into book/results.

    Args:
        folders: of runs, `<out>/<experiment>/<run>`, or of single seeds in one.
        overwrite: replace runs that are there already.
        weights: keep the weights of seed 0 also where none are kept yet; a page must load them.
    """
    try:
        gathered = collect(folders, overwrite=overwrite, weights=weights)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(f"nothing was gathered: {error}") from None
    for key in gathered:
        print(f"gathered {_run(key)}, seed {key[2]}")


if __name__ == "__main__":
    tyro.cli(main)
