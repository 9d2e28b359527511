"""What the pages share: the committed runs as one table, their histories and models, numbers for the text.

A run is named "<experiment>/<run>", as its folder in book/results. A table of a page is one groupby:

    labels = {"autoencoder/thesis": "thesis", "autoencoder/proposed": "ours"}
    columns = {"seeds": SEEDS, "accuracy": ("raster_accuracy", "mean"), "worst": ("raster_accuracy", "min")}
    plots.table(summary(labels, columns), {"accuracy": "{:.1%}", "worst": "{:.1%}"})
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from myst_nb import glue

from vecnb.pretrained import PRETRAINED, LineModel, load_model
from vecnb.training.common.results import load_history

BOOK = Path(__file__).resolve().parent
RESULTS = BOOK / "results"
SEEDS = ("data", "size")  # a column of `summary`: how many seeds a run has

WORDS_A_MINUTE, MINUTES_A_WIDGET, MINUTES_AN_EXERCISE = 200, 5, 15  # rules of thumb; no reader was timed
# What of a page is not read as text: its front matter, its code, and what has minutes of its own.
NO_TEXT = r"\A---\n.*?^---$|^(`{3,4})\{(?:code-cell|literalinclude|exercise|solution)\}.*?^\1$"
WIDGET = r"^(?:widgets\.\w+\(|@ipywidgets\.interact)"


@functools.cache
def _table() -> pd.DataFrame:
    with open(RESULTS / "runs.csv", newline="", encoding="utf-8") as file:
        rows = [{name: _value(name, cell) for name, cell in row.items()} for row in csv.DictReader(file)]
    return pd.DataFrame(rows).set_index(["experiment", "run", "seed"])


def _value(name: str, cell: str) -> str | int | float:
    """A cell of runs.csv: Python reads a number bit for bit, as not every version of pandas does."""
    if name in ("experiment", "run", "data"):
        return cell
    return int(cell) if cell.isdigit() else float(cell or "nan")


def runs() -> pd.DataFrame:
    """Every committed training: its numbers and its cost, indexed by experiment, run and seed.

    A number that is not defined for a run is NaN: `runs().loc["vae", "proposed"]["raster_accuracy"].mean()`.
    """
    return _table().copy()


def seeds(run: str) -> pd.DataFrame:
    """The rows of one run, indexed by seed, with the columns that are defined for it.

    `seeds("lfvi/split")["frechet_distance"].max()` is the worst seed's distance, and
    `seeds("lfvi/split").loc[0, "steps"]` a number of the reported one.

    Raises:
        KeyError: there is no such run.
    """
    experiment, name = run.split("/")
    return runs().loc[(experiment, name)].dropna(axis=1, how="all")


def summary(labels: Mapping[str, str], columns: Mapping[str, tuple[str, Any]]) -> pd.DataFrame:
    """One row for each run: something of each column over the run's seeds.

    Args:
        labels: run → the row's label; the rows come in this order.
        columns: title → (column of `runs`, what is taken of it over the seeds: "mean", "min", "max", "first",
            or a function of a Series, as `spread`).
    Returns:
        A table without the columns that none of the runs has.
    Raises:
        KeyError: there is no such run, or no such column.
    """
    table = runs().reset_index()
    name = table["experiment"] + "/" + table["run"]
    if unknown := set(labels) - set(name):
        raise KeyError(f"there is no run {', '.join(sorted(unknown))}")
    row = name.map(dict(labels))
    table = table.groupby(row).agg(**columns).reindex(list(labels.values()))
    return table.dropna(axis=1, how="all")


def spread(values: pd.Series, form: Callable[[float], str] = "{:.1%}".format) -> str:
    """The smallest and the largest of several values, "–" of fewer; a column of `summary`."""
    ends = f"{form(values.min())}\u2060–\u2060{form(values.max())}"  # word joiners: not to be broken
    return ends if values.count() > 1 else "–"


def history(run: str, seed: int = 0) -> pd.DataFrame:
    """What one training logged, indexed by step; NaN where a term was not logged.

    `history("lfvi/gan")["generator_gradient"].dropna()` is a curve.

    Raises:
        FileNotFoundError: there is no such run, or its history was not kept.
        KeyError: not of this seed.
    """
    return pd.DataFrame(_histories(run)[seed]).set_index("step")


@functools.cache
def _histories(run: str) -> dict[int, list[dict[str, float]]]:
    return load_history(RESULTS / run / "history.csv")


def load(run: str, kind: Any = LineModel) -> Any:
    """The model of a committed run, seed 0: `load_model` with the run's name in the place of a folder.

    `load("vae/pixels", PixelVAE)` loads a model that has no lines.
    """
    names = {which: name for name, which in PRETRAINED.items()}  # their weights lie in the package
    return load_model(names.get(run, RESULTS / run), kind)


def glue_run(key: str, run: str, live: float) -> None:
    """Glue what the box of a long run says: <key>_all, _recorded, _live, _minutes and _steps.

    Args:
        run: whose seed 0 is reported.
        live: its raster accuracy, measured just now.
    """
    table = seeds(run)
    reported = table.loc[0]
    for name, value in {
        "all": " ".join(str(seed) for seed in table.index),
        "recorded": f"{reported['raster_accuracy']:.2%}",
        "live": f"{live:.2%}",
        "minutes": f"{reported['core_minutes']:.1f}",
        "steps": f"{reported['steps']:,}",
    }.items():
        glue(f"{key}_{name}", value, display=False)


def minutes(page: str) -> dict[str, int]:
    """How long a page may take: {"read": ..., "play": ..., "exercises": ...}, in minutes, by rules of thumb.

    `minutes("01_introduction")["read"]` counts words of the text, formulas as they are typed, and no code.
    """
    source = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    words = len(re.sub(NO_TEXT, "", source, flags=re.MULTILINE | re.DOTALL).split())
    return {
        "read": 5 * round(words / WORDS_A_MINUTE / 5),
        "play": MINUTES_A_WIDGET * len(re.findall(WIDGET, source, re.MULTILINE)),
        "exercises": MINUTES_AN_EXERCISE * len(re.findall(r"^`+\{exercise\}", source, re.MULTILINE)),
    }


def glue_minutes(page: str) -> None:
    """Glue what the box at a chapter's head says: minutes_read, minutes_play and minutes_exercises."""
    for name, value in minutes(page).items():
        glue(f"minutes_{name}", f"{value}", display=False)
