"""Error against time: one look of an encoder, steps from there, a skeleton and steps, steps from anywhere.

With the packages of `tracing/requirements.txt`, `python -m benches.frontier --out FILE.csv` takes the first
hundred test digits of MNIST (from VECNB_DATA), and KanjiVG's letters and digits drawn on 28 × 28 pixels, and
writes a row for each beginning, kind of step and number of steps: the mean squared error of the exact
raster; for letters the median Chamfer distance from the truth, in pixels; how many numbers say a drawing;
and milliseconds of processor time a drawing, one thread, the least of several repeats.

All strokes are cubic curves, lines and quadratic ones too. Networks and plain gradients take all drawings at
once, which suits them; `ms_alone` is what one drawing on its own takes, the median of a few. Gauss and
Newton's steps always take one drawing at a time.
"""

from __future__ import annotations

import argparse
import csv
import io
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path as File
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

import vecnb
from benches.tracing.measures import chamfer
from benches.tracing.truth import LETTERS, Case, kanjivg
from vecnb.drawing import Drawing, Path
from vecnb.files import write_atomically
from vecnb.models.codec import LineCode
from vecnb.pretrained import load_model
from vecnb.trace import LEAST_TOLERANCE, TOLERANCE, Stroke, fit, propose, refine

SIDE = 28
STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200)
LONG = (500, 1000)  # steps from a random beginning
RATES = (0.005, 0.005, 1.0)  # chapter 2's, of lines, widths and sharpness
REPEATS = 3
ALONE = 5  # drawings that are timed on their own
RESULTS = File(__file__).resolve().parents[1] / "book" / "results"


class Pictures(NamedTuple):
    """Images [N, 1, 28, 28] and, if it is known, what they were drawn from."""

    images: Tensor
    cases: list[Case] | None


class Row(NamedTuple):
    """A beginning, a kind of steps and their number; strokes; milliseconds a drawing, together and alone."""

    start: str
    step: str
    steps: int
    drawings: list[list[Stroke]]
    ms: float
    ms_alone: float


def descend(code: LineCode, images: Tensor, steps: int) -> LineCode:
    """Steps of Adam on the squared error of each soft drawing, as in chapter 2."""
    values = [value.detach().clone().requires_grad_() for value in code]
    groups = [{"params": [value], "lr": rate} for value, rate in zip(values, RATES, strict=True)]
    optimizer = torch.optim.Adam(groups, fused=True)
    for _ in range(steps):
        lines, width, sharpness = values
        drawn = vecnb.render_soft(lines, stroke_width=width.clamp_min(0), sharpness=sharpness)
        optimizer.zero_grad()
        (drawn - images).square().mean((1, 2, 3)).sum().backward()
        optimizer.step()
    return LineCode(*(value.detach() for value in values))


def as_cubics(code: LineCode) -> LineCode:
    """The same strokes, each a cubic curve: [B, N, 4] or [B, N, 6] becomes [B, N, 8]."""
    points = list(code.lines.split(2, -1))
    while len(points) < 4:
        degree, ends = len(points), (points[0], points[-1])
        inner = [torch.lerp(points[k], points[k - 1], k / degree) for k in range(1, degree)]
        points = [ends[0], *inner, ends[1]]
    return code._replace(lines=torch.cat(points, -1))


def as_strokes(code: LineCode) -> list[list[Stroke]]:
    """The strokes of each code that have ink, in pixels: what the tracer refines."""
    chains = SIDE * code.lines.detach().double().unflatten(-1, (4, 2)).numpy()
    return [
        [Stroke(chain, SIDE * w) for chain, w in zip(own, widths, strict=True) if w > 0]
        for own, widths in zip(chains, code.width.tolist(), strict=True)
    ]


def traced(strokes: list[Stroke]) -> Drawing:
    return Drawing([Path(torch.from_numpy(s.chain).float(), s.width, 3) for s in strokes], SIDE, SIDE)


def from_skeleton(image: Tensor) -> list[Stroke]:
    """What `vectorise` refines."""
    return [
        Stroke(fit(points, width, max(LEAST_TOLERANCE, TOLERANCE * width), closed), width)
        for points, width, closed in propose(image[0])
    ]


def at_random(images: Tensor) -> LineCode:
    """Five lines anywhere in the middle."""
    generator = torch.Generator().manual_seed(0)
    lines = 0.15 + 0.7 * torch.rand(len(images), 5, 4, generator=generator)
    return LineCode(lines, torch.full(lines.shape[:2], 2.5 / SIDE), torch.full((len(lines),), 100.0))


def timed(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[Any, float]:
    """What work gives, and the least milliseconds that it took."""
    least = float("inf")
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        least = min(least, 1e3 * (time.process_time() - start))
    return result, least


def by_network(start: str, begin: Callable[[Tensor], LineCode], images: Tensor) -> Iterator[Row]:
    """Codes for all images at once, then steps of either kind."""

    def work(some: Tensor, steps: int) -> tuple[LineCode, float]:
        code, ms = timed(lambda: descend(as_cubics(begin(some)), some, steps), REPEATS if steps < 100 else 1)
        return code, ms / len(some)

    looks = None
    for steps in (*STEPS, *(LONG if start == "random" else ())):
        code, ms = work(images, steps)
        alone = [work(image, steps)[1] for image in images[:ALONE].split(1)]
        looks = looks or (as_strokes(code), ms, statistics.median(alone))
        yield Row(start, "gradient", steps, as_strokes(code), ms, statistics.median(alone))
    strokes, together, alone = looks
    for steps in STEPS[1:]:
        moved, ms = by_newton(strokes, images, steps)
        yield Row(start, "Gauss-Newton", steps, moved, together + ms, alone + ms)


def by_skeleton(images: Tensor) -> Iterator[Row]:
    """A skeleton's strokes, and steps from there."""
    strokes, ms = timed(lambda: [from_skeleton(image) for image in images])
    begin = ms / len(images)
    for steps in STEPS:
        moved, ms = by_newton(strokes, images, steps) if steps else (strokes, 0.0)
        yield Row("skeleton", "Gauss-Newton", steps, moved, begin + ms, begin + ms)


def by_newton(begun: list[list[Stroke]], images: Tensor, steps: int) -> tuple[list[list[Stroke]], float]:
    """Each drawing after so many of the tracer's steps, and milliseconds a drawing."""
    pairs = list(zip(images[:, 0].numpy(), begun, strict=True))
    moved, ms = timed(lambda: [refine(ink, own, steps=steps)[0] for ink, own in pairs])
    return moved, ms / len(begun)


def judge(row: Row, pictures: Pictures) -> dict[str, float]:
    """Errors of the drawings, and how many numbers say one."""
    drawings = [traced(strokes) for strokes in row.drawings]
    rasters = torch.cat([vecnb.render_hard(drawing, SIDE, SIDE) for drawing in drawings])
    found = {
        "mse": (rasters - pictures.images).square().mean().item(),
        "numbers": statistics.mean(sum(stroke.floats for stroke in own) for own in row.drawings),
        "ms": row.ms,
        "ms_alone": row.ms_alone,
    }
    if pictures.cases:
        lines = [[path.polyline(0.02).numpy() for path in drawing.paths] for drawing in drawings]
        found["chamfer"] = statistics.median(
            chamfer(own, case.strokes) for case, own in zip(pictures.cases, lines, strict=True)
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FILE.csv", help="where to write the numbers")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    letters = kanjivg(LETTERS, SIDE, 2.0)
    inks = torch.from_numpy(np.stack([case.ink for case in letters])).float()[:, None]
    kinds = {
        "digits": Pictures(vecnb.load_mnist("test")[0][:100], None),
        "letters": Pictures(inks, letters),
    }
    encoders = {
        "five lines": load_model("autoencoder"),
        "five curves": load_model(RESULTS / "autoencoder" / "curves_5"),
    }
    table: list[dict[str, str | int]] = []
    for kind, pictures in kinds.items():
        images = pictures.images
        ways = [by_network(name, torch.no_grad()(model.encode), images) for name, model in encoders.items()]
        for way in (*ways, by_network("random", at_random, images), by_skeleton(images)):
            for row in way:
                numbers = {name: f"{value:.4g}" for name, value in judge(row, pictures).items()}
                about = {"kind": kind, "start": row.start, "step": row.step, "steps": row.steps}
                table.append({**about, **numbers})
                print(table[-1], flush=True)
    if out:
        text = io.StringIO()
        writer = csv.DictWriter(text, table[-1], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
        write_atomically(File(out), text.getvalue().encode())


if __name__ == "__main__":
    main()
