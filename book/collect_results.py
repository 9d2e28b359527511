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
from pathlib import Path
from typing import Any

import tyro

from vecnb import pretrained
from vecnb.files import write_atomically
from vecnb.pretrained import PRETRAINED, read_config
from vecnb.training.common.results import SavedRun, history_text, load_history, load_run

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGE = Path(pretrained.__file__).parent
KEY = ("experiment", "run", "seed")

Key = tuple[str, str, int]
Rows = dict[Key, dict[str, str]]  # the cells of a row as they are written, blank ones left out


def collect(
    folders: Iterable[Path],
    results: Path = RESULTS,
    package: Path = PACKAGE,
    *,
    overwrite: bool = False,
    weights: bool = False,
) -> list[Key]:
    """Gather finished runs; either all of them or, if one is refused, none.

    Args:
        folders: of runs, `<out>/<experiment>/<run>`, or of single seeds in one.
        results, package: where to: the book's results, and the models that come with the package.
        overwrite: replace runs that are there already.
        weights: keep the weights also of a run that has none there.
    Returns:
        What was gathered: experiment, run and seed.
    Raises:
        FileNotFoundError: a folder holds no run, or a run is not finished.
        ValueError: a run is there already; or it was trained on other data than those there, or with another
            config than its other seeds.
    """
    found = {}
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
            raise ValueError(f"{_name(key)} is in {results} already: say --overwrite to replace it")
    for experiment, run in {key[:2] for key in found}:
        _check_config(results / experiment / run, experiment, run, found, rows)
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
    """Write runs.csv, in the order of experiments, runs and seeds; a column for every name in any row."""
    rows = dict(sorted(rows.items()))
    columns = dict.fromkeys([*KEY, *(name for row in rows.values() for name in row)])
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


def _name(key: Key) -> str:
    return f"{key[0]}/{key[1]}, seed {key[2]},"


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


def _check_config(
    folder: Path, experiment: str, run: str, found: Mapping[Key, tuple[Path, SavedRun]], rows: Rows
) -> None:
    """Refuse seeds of one run with different configs, those that stay there among them."""
    configs = {key[2]: saved.config for key, (_, saved) in found.items() if key[:2] == (experiment, run)}
    staying = [key[2] for key in rows if key[:2] == (experiment, run) and key not in found]
    if staying:
        configs |= dict.fromkeys(staying, read_config(folder))
    texts = {json.dumps(config | {"seed": 0}, sort_keys=True) for config in configs.values()}
    if len(texts) > 1:
        stay = f"; the seeds {', '.join(map(str, staying))} are there already" if staying else ""
        raise ValueError(
            f"the seeds of {experiment}/{run} were trained with different configs{stay}: train all seeds "
            "with one, and gather them together"
        )
    if 0 not in configs:
        raise ValueError(f"{experiment}/{run} has no seed 0, which is the reported one: gather it as well")


def _keep(key: Key, source: Path, saved: SavedRun, results: Path, package: Path, weights: bool) -> None:
    """Copy what is kept of one seed beside the table."""
    experiment, run, seed = key
    folder = results / experiment / run
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
        if which == f"{experiment}/{run}":
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
        print(f"gathered {_name(key).rstrip(',')}")


if __name__ == "__main__":
    tyro.cli(main)
