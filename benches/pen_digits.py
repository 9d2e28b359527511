"""Are these the strokes that a hand made? Digits recorded with a pen, drawn, and their strokes found again.

With the packages of `tracing/requirements.txt` and the recordings `unipen/digits.npz` in VECNB_DATA,
`python -m benches.pen_digits` writes two files to book/results: pen_digits.csv, for each tracer and digit
how far its strokes are from the pen's path, and pen_digits.json, the paths of ten digits to look at.

The recordings are those of UNIPEN (I. Guyon et al., 1994; training set r01 v07, CC BY 4.0): isolated digits
of two institutions. Each is drawn as MNIST is (its longer side 20 of 28 pixels, its centre of mass in the
middle), with a round pen of constant width. No tracer has seen a recording; the models know MNIST alone.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path as File

import numpy as np
import torch
from torch import Tensor

import vecnb
from benches.tracing.measures import gaps
from vecnb import baselines
from vecnb.drawing import Drawing, Path
from vecnb.files import write_atomically
from vecnb.models.codec import LineCode
from vecnb.trace import refine

SIDE, EXTENT, PEN = 28, 20.0, 2.4  # pixels: of the picture, of the digit in it, of the pen
EACH = 100  # digits of each class
LEAST_WIDTH = 0.25  # pixels: what a model draws thinner cannot be seen
MODELS = ("autoencoder", "vae", "joint", "split")
RESULTS = File(__file__).resolve().parents[1] / "book" / "results"
COLUMNS = ("tracer", "digit", "n", "chamfer", "low", "high", "hausdorff", "precise", "complete", "strokes")

Strokes = list[np.ndarray]  # points [K, 2] of each, (x, y) in pixels


def recordings(file: File, each: int = EACH) -> list[tuple[int, Strokes]]:
    """Class and pen-down strokes of as many digits of each class, chosen at random, drawn to scale."""
    with np.load(file) as data:
        label, xy, digit, stroke = (data[name] for name in ("label", "xy", "digit", "stroke"))
    random = np.random.default_rng(0)
    chosen = [random.permutation(np.flatnonzero(label == value))[:each] for value in range(10)]
    found = []
    for number in np.concatenate(chosen):
        part = digit == number
        points, pens = xy[part] * [1, -1], stroke[part]
        found.append((int(label[number]), placed([points[pens == pen] for pen in np.unique(pens)])))
    return found


def placed(strokes: Strokes) -> Strokes:
    """A digit as MNIST places it: its ink EXTENT pixels long or high, its centre of mass in the middle."""
    points = np.concatenate(strokes)
    scale = (EXTENT - PEN) / max(np.ptp(points, axis=0).max(), 1e-6)
    strokes = [scale * (stroke - points.min(0)) + PEN for stroke in strokes]
    ink = draw(strokes, SIDE + 8)[0]
    places = torch.arange(SIDE + 8) + 0.5
    middle = torch.stack([(ink.sum(0) * places).sum(), (ink.sum(1) * places).sum()]) / ink.sum()
    return [stroke + SIDE / 2 - middle.numpy() for stroke in strokes]


def draw(strokes: Strokes, side: int = SIDE) -> Tensor:
    """The picture [1, S, S] of strokes by the pen."""
    paths = [Path(torch.from_numpy(np.repeat(s, 1 + (len(s) == 1), 0)).float(), PEN, 1) for s in strokes]
    return vecnb.render_hard(Drawing(tuple(paths), side, side), side, side)[0]


def of_lines(drawings: vecnb.Strokes) -> list[Strokes]:
    """The lines of each drawing that can be seen, in pixels."""
    visible = drawings.width * SIDE >= LEAST_WIDTH
    lines = SIDE * drawings.lines.double().numpy().reshape(*drawings.lines.shape[:2], 2, 2)
    return [list(own[seen]) for own, seen in zip(lines, visible.numpy(), strict=True)]


def refined(drawings: vecnb.Strokes, images: Tensor) -> list[Strokes]:
    """The same lines, moved and bent until their soft drawing is the picture."""
    from benches.frontier import as_cubics, as_strokes  # which needs the rivals' packages

    width = torch.where(drawings.width * SIDE >= LEAST_WIDTH, drawings.width, 0.0)
    codes = as_strokes(as_cubics(LineCode(drawings.lines, width, torch.ones(len(images)))))
    found = []
    for image, code in zip(images, codes, strict=True):
        strokes, _ = refine(image[0].numpy(), code)
        paths = [Path(torch.from_numpy(s.chain).float(), s.width, 3) for s in strokes]
        found.append([path.polyline(0.02).double().numpy() for path in paths])
    return found


def traced(images: Tensor) -> list[Strokes]:
    """What `vecnb.vectorise` finds, which knows nothing of digits."""
    drawings = [vecnb.vectorise(image[0]) for image in images]
    return [[path.polyline(0.02).double().numpy() for path in drawing.paths] for drawing in drawings]


def tracers(images: Tensor) -> dict[str, Callable[[], list[Strokes]]]:
    """Every way to strokes, by its name in the table."""
    from benches.tracing.rivals import by_autotrace  # which needs the rivals' packages

    def by_model(name: str) -> vecnb.Strokes:
        return vecnb.load_model(name).vectorise(images)

    return {
        **{name: lambda name=name: of_lines(by_model(name)) for name in MODELS},
        "split, refined": lambda: refined(by_model("split"), images),
        "vectorise": lambda: traced(images),
        "skeleton": lambda: of_lines(baselines.trace(images)),
        "autotrace": lambda: [by_autotrace(image[0].numpy(), 0.5).strokes for image in images],
    }


def compare(strokes: Strokes, truth: Strokes) -> list[float]:
    """Chamfer and Hausdorff distance, the shares within half a pen, both ways, and strokes over pen-downs."""
    there, back = gaps(strokes, truth)
    shares = [float((part <= PEN / 2).mean()) for part in (there, back)]
    distances = [float(there.mean() + back.mean()) / 2, float(max(there.max(), back.max()))]
    return [*distances, *shares, len(strokes) / len(truth)]


def table(found: dict[str, list[Strokes]], truth: list[tuple[int, Strokes]]) -> list[list[object]]:
    """A row for each tracer and digit: medians, of Chamfer's distance with the quartiles."""
    labels, rows = np.array([label for label, _ in truth]), []
    for name, drawings in found.items():
        numbers = np.array([compare(own, theirs) for own, (_, theirs) in zip(drawings, truth, strict=True)])
        for digit in ("all", *range(10)):
            part = numbers if digit == "all" else numbers[labels == digit]
            low, high = np.quantile(part[:, 0], [0.25, 0.75])
            chamfer, *others = np.median(part, axis=0)
            rows.append([name, digit, len(part), chamfer, low, high, *others])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=File, default=RESULTS, help="folder of the two files")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    file = File(os.environ.get("VECNB_DATA", "")) / "unipen" / "digits.npz"
    if not file.is_file():
        parser.error(f"{file} is not there: VECNB_DATA must name a folder with the recordings")
    truth = recordings(file)
    images = torch.stack([draw(strokes) for _, strokes in truth])
    found = {name: trace() for name, trace in tracers(images).items()}
    text = io.StringIO()
    rows = [
        [f"{cell:.4g}" if isinstance(cell, float) else cell for cell in row] for row in table(found, truth)
    ]
    csv.writer(text, lineterminator="\n").writerows([COLUMNS, *rows])
    write_atomically(arguments.out / "pen_digits.csv", text.getvalue().encode())
    shown = [[stroke.round(2).tolist() for stroke in truth[EACH * digit][1]] for digit in range(10)]
    write_atomically(arguments.out / "pen_digits.json", (json.dumps(shown) + "\n").encode())


if __name__ == "__main__":
    main()
