"""Where to begin: a skeleton's strokes, or those of a network that looks at windows, by what both become.

With the packages of `tracing/requirements.txt`,

    python -m benches.proposals runs/proposal/windows/seed_* --out book/results/proposals.csv

takes drawings whose strokes are known, on which nothing was chosen, and degrades them. Each is proposed by
the skeleton and by each of the networks that `vecnb train proposal/windows` has left in those folders
(without any, by the book's). Both are fitted, refined and simplified by the same functions. A row of the
table is one kind of drawing, one condition and one beginning: median distances from the truth as it was
proposed and at the end, in pixels; strokes found over strokes drawn; milliseconds of processor time, of the
proposal and of all; and how it compares with the skeleton on the same drawings.
"""

from __future__ import annotations

import argparse
import csv
import io
import time
from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.stats import wilcoxon

from benches.tracing.degrade import degrade
from benches.tracing.measures import chamfer, gaps
from vecnb import trace
from vecnb.drawing import Path
from vecnb.files import write_atomically
from vecnb.models import WindowProposer
from vecnb.pretrained import load_model, read_config
from vecnb.trace.windows import propose_by_windows

if TYPE_CHECKING:
    from benches.tracing.truth import Case

RESULTS = File(__file__).resolve().parents[1] / "book" / "results"
CONDITIONS = ("clean", "blurred", "noisy", "scanned")
FAR = 0.02  # pixels between a curve and the polyline that is measured

Proposal = list[tuple[np.ndarray, float, bool]]
Numbers = dict[str, float]


def kinds() -> Iterator[tuple[str, int, float, list[Case]]]:
    """Name, size and pen in pixels, and the drawings: those on which nothing was chosen."""
    from benches.tracing import truth  # here: it needs packages that `compare` does not

    letters, kanji = truth.reported(truth.LETTERS), truth.reported(truth.KANJI)
    for size, pen in ((16, 1.3), (20, 1.5), (28, 2.0), (96, 4.0), (96, 14.0)):
        yield "letters", size, pen, truth.kanjivg(letters, size, pen)
    yield "plotter font", 64, 3.0, truth.hershey(letters, 64, 3.0)
    yield "kanji", 96, 3.0, truth.kanjivg(kanji[::3], 96, 3.0)


def fitted(proposal: Proposal) -> list[trace.Stroke]:
    """Curves through what was proposed, as `vectorise` fits them."""
    return [
        trace.Stroke(
            trace.fit(points, width, max(trace.LEAST_TOLERANCE, trace.TOLERANCE * width), closed), width
        )
        for points, width, closed in proposal
    ]


def traced(image: np.ndarray, case: Case, propose: Callable[[np.ndarray], Proposal]) -> Numbers:
    """One picture from its ink to its simplified strokes, and what was found against what was drawn."""
    ink = trace.isolate_ink(image)
    start = time.process_time()
    proposal = propose(ink)
    proposed = time.process_time()
    begun = fitted(proposal)
    found = trace.simplify(ink, begun)
    ended = time.process_time()
    there, back = gaps(polylines(found), case.strokes)
    return {
        "proposed_chamfer": chamfer(polylines(begun), case.strokes),
        "chamfer": float(there.mean() + back.mean()) / 2,
        "hausdorff": float(max(there.max(), back.max())),
        "strokes": len(found) / len(case.strokes),
        "proposal_ms": 1e3 * (proposed - start),
        "ms": 1e3 * (ended - start),
    }


def polylines(strokes: list[trace.Stroke]) -> list[np.ndarray]:
    paths = [Path(torch.from_numpy(stroke.chain), stroke.width, 3) for stroke in strokes]
    return [path.polyline(FAR).numpy() for path in paths]


def compare(
    cases: list[Case], condition: str, networks: dict[int, WindowProposer]
) -> Iterator[dict[str, str | float]]:
    """A row for the skeleton, and one for each network, by its seed."""
    images = [degrade(case.ink, condition, seed) for seed, case in enumerate(cases)]

    def numbers(propose: Callable[[np.ndarray], Proposal]) -> dict[str, np.ndarray]:
        rows = [traced(image, case, propose) for image, case in zip(images, cases, strict=True)]
        return {key: np.array([row[key] for row in rows]) for key in rows[0]}

    skeleton = numbers(trace.propose)
    yield {"start": "skeleton", "seed": "", "drawings": len(cases)} | medians(skeleton)
    for seed, network in networks.items():
        windows = numbers(lambda ink, network=network: propose_by_windows(ink, network))
        nearer = windows["chamfer"] < skeleton["chamfer"]
        against = {
            "nearer": float(nearer.mean()),
            "p_value": float(wilcoxon(windows["chamfer"], skeleton["chamfer"]).pvalue),
        }
        yield {"start": "windows", "seed": seed, "drawings": len(cases)} | medians(windows) | against


def medians(numbers: dict[str, np.ndarray]) -> Numbers:
    return {key: float(np.median(values)) for key, values in numbers.items()}


def write_table(table: list[dict[str, str | float]], path: File) -> None:
    columns = list(dict.fromkeys(key for row in table for key in row))
    rows = [{key: f"{v:.4g}" if isinstance(v, float) else v for key, v in row.items()} for row in table]
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, file.getvalue().encode())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.proposals", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=File, help="of trained networks, one for each seed")
    parser.add_argument("--out", metavar="FILE.csv", type=File, help="where to write the numbers")
    options = parser.parse_args()
    torch.set_num_threads(1)
    folders = options.folders or [RESULTS / "proposal" / "windows"]
    networks = {read_config(folder)["seed"]: load_model(folder, WindowProposer) for folder in folders}
    table: list[dict[str, str | float]] = []
    for kind, size, pen, cases in kinds():
        for condition in CONDITIONS:
            about = {"kind": kind, "size": size, "pen": pen, "condition": condition}
            for row in compare(cases, condition, networks):
                table.append(about | row)
                print(*(f"{v:.3f}" if isinstance(v, float) else v for v in table[-1].values()), flush=True)
            if options.out:
                write_table(table, options.out)


if __name__ == "__main__":
    main()
