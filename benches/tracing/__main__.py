"""Tracers against drawings whose strokes are known.

    pip install -r benches/tracing/requirements.txt
    python -m benches.tracing --out book/results

prints a table for each kind of drawing, and the goals; with `--out` it writes tracing.csv, a row for each
kind of drawing, tracer and setting, and tracing.json: versions, goals, and what each tracer makes of two
pictures. Medians over drawings on which nothing was chosen; times are processor time of one thread. A tracer
that is not installed is left out, and named. More in `truth.py`, `degrade.py`, `rivals.py`, `measures.py`.
"""

from __future__ import annotations

import argparse
import csv
import importlib.metadata
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benches.tracing import truth
from benches.tracing.compare import Result, compare, summarise
from benches.tracing.degrade import CONDITIONS
from benches.tracing.goals import Goal, Key, goals
from benches.tracing.looks import looks
from benches.tracing.rivals import Tracer, installed
from vecnb.files import write_atomically

SHOWN = (
    "chamfer",
    "hausdorff",
    "f1_mean",
    "strokes_total",
    "segments_total",
    "iou",
    "width_error",
    "bytes",
    "ms",
)
PACKAGES = (
    *("vecnb", "kanjivg", "Hershey-Fonts", "dj-lucide", "resvg-py", "scikit-image", "sknw", "pyautotrace"),
    *("trace-skeleton", "centerline-svg", "potracer", "vtracer"),
)
SOME = ("clean", "scanned")
MORE = ("clean", "scanned", "photographed")


def grid() -> Iterator[tuple[str, int, float, tuple[str, ...], Callable[[], list[truth.Case]]]]:
    """Kinds of drawings, each of one size and pen, and their conditions."""

    def letters(size: int, pen: float, every: int = 1) -> Callable[[], list[truth.Case]]:
        return lambda: truth.kanjivg(truth.reported(truth.LETTERS)[::every], size, pen)

    yield "letters", 96, 4.0, CONDITIONS, letters(96, 4.0)
    yield "plotter font", 64, 3.0, SOME, lambda: truth.hershey(truth.reported(truth.LETTERS), 64, 3.0)
    yield "kanji", 96, 3.0, MORE, lambda: truth.kanjivg(truth.reported(truth.KANJI), 96, 3.0)
    yield "icons", 24, 2.0, SOME, lambda: truth.icons(24)
    yield "icons", 96, 8.0, MORE, lambda: truth.icons(96)
    # All letters where a goal is given, else every third or fifth.
    for size, pen, every in (
        *((28, 2.0, 1), (256, 7.0, 1)),
        *((24, 1.5, 3), (48, 2.5, 3), (512, 15.0, 3), (1024, 30.0, 5)),
        *((96, 1.0, 3), (96, 2.0, 3), (96, 8.0, 3), (96, 14.0, 3)),
    ):
        yield "letters", size, pen, SOME, letters(size, pen, every)


def run(tracers: list[Tracer]) -> tuple[list[dict[str, str | float]], dict[Key, Result]]:
    """The whole grid: a table, printed as it grows, and the results of the first tracer."""
    table, first = [], {}
    for kind, size, pen, conditions, cases in grid():
        drawn = cases()
        for condition in conditions:
            results = compare(drawn, condition, tracers)
            summary = summarise(results)
            show(f"{kind}, {size} px, pen {pen:g}, {condition}", summary)
            first[kind, size, pen, condition] = results[0]
            about = {"kind": kind, "size": size, "pen": pen, "condition": condition}
            table += [about | row for row in summary]
    return table, first


def show(title: str, summary: list[dict[str, str | float]]) -> None:
    """Print the medians."""
    print(f"\n{title}\n" + " " * 32 + "".join(f"{key:>15}" for key in SHOWN))
    for row in summary:
        name = f"{row['tracer']}, {row['setting']}, {row['threshold']}"
        print(f"  {name:30}" + "".join(f"{row.get(key, float('nan')):15.3f}" for key in SHOWN), flush=True)


def show_goals(rows: list[Goal]) -> None:
    print("\ngoals")
    for row in rows:
        limits = f"{row.least:g} to {row.most:g}"
        print(f"  {row.goal:64}{row.value:10.3f}{limits:>16}  {'met' if row.met else 'MISSED'}")


def versions() -> str:
    """The versions of what takes part."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            pass
    return ", ".join(found)


def write_table(table: list[dict[str, str | float]], path: Path) -> None:
    columns = list(dict.fromkeys(key for row in table for key in row))
    rows = [{key: f"{v:.4g}" if isinstance(v, float) else v for key, v in row.items()} for row in table]
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="nan", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, file.getvalue().encode())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.tracing", description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FOLDER", type=Path, help="where to write the numbers")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    tracers = installed()
    table, first = run(tracers)
    reached = goals(first)
    show_goals(reached)
    if out:
        write_table(table, out / "tracing.csv")
        record = {
            "versions": versions(),
            "goals": [goal._asdict() for goal in reached],
            "looks": looks(tracers),
        }
        text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
        write_atomically(out / "tracing.json", f"{text}\n".encode())


if __name__ == "__main__":
    main()
