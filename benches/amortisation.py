"""How much of the amortisation gap can be learnt: chapter 2's encoder, taught by its own refined lines.

`VECNB_DATA=... python benches/amortisation.py --out FILE.csv` refines the lines that the package's
autoencoder gives the first 55,000 training digits, 60 gradient steps each, and trains its encoder further on
them, in ways of equally many steps: on pixels, as before, but on their own scale alone, which is what
refinement minimises; on the refined lines; on the drawings of these; and on lines and pixels. Each encoder is
measured before and after refinement, on every other test digit, which no training has seen, and on the last
5,000 training digits, which the encoder had seen before these further steps.
"""

from __future__ import annotations

import argparse
import csv
import io
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import torch
from torch import Tensor

import vecnb
from vecnb import load_mnist, metrics
from vecnb.data import hold_out
from vecnb.files import write_atomically
from vecnb.losses import multiscale_mse
from vecnb.models.autoencoder import LineAutoencoder
from vecnb.models.base import CHUNK
from vecnb.models.codec import MAX_WIDTH, SHARPNESS_RANGE, LineCode
from vecnb.training.common.schedules import build_schedule, cosine

STEPS, BATCH = 1_500, 128
RATE = 1e-3  # ours: half of the highest in chapter 2
REFINEMENT = 60  # steps of Adam, beyond which the error hardly falls
RATES = (0.005, 0.005, 1.0)  # chapter 2's, of lines, widths and sharpness
WAYS = ("pixels", "lines", "drawings", "lines and pixels")
LINE_WEIGHT = 0.1  # of lines beside pixels: their errors are then about equal

T = TypeVar("T")


def refine(code: LineCode, images: Tensor, steps: int = REFINEMENT) -> LineCode:
    """Lines, widths and sharpness of each image, moved down its own squared error; within their ranges."""
    values = [value.detach().clone().requires_grad_() for value in code]
    groups = [{"params": [value], "lr": rate} for value, rate in zip(values, RATES, strict=True)]
    optimizer = torch.optim.Adam(groups, fused=True)
    for _ in range(steps):
        errors = (draw(LineCode(*values)) - images).square().mean((1, 2, 3))
        optimizer.zero_grad()
        errors.sum().backward()  # a sum: each image its own gradient
        optimizer.step()
    lines, width, sharpness = (value.detach() for value in values)
    return LineCode(lines.clamp(0, 1), width.clamp(0, MAX_WIDTH), sharpness.clamp(*SHARPNESS_RANGE))


def draw(code: LineCode) -> Tensor:
    return vecnb.render_soft(code.lines, stroke_width=code.width.clamp_min(0), sharpness=code.sharpness)


def code_distance(code: LineCode, target: LineCode) -> Tensor:
    """Mean squared distance of two codes: of ends and widths in unit squares, of sharpness in ranges."""
    low, high = SHARPNESS_RANGE
    gaps = [
        (code.lines - target.lines).flatten(1),
        code.width - target.width,
        0.05 * (code.sharpness - target.sharpness)[:, None] / (high - low),
    ]
    return torch.cat(gaps, 1).square().mean()


@torch.no_grad()
def encode(model: LineAutoencoder, images: Tensor) -> LineCode:
    parts = [model.encode(part) for part in images.split(CHUNK)]
    return LineCode(*(torch.cat(part) for part in zip(*parts, strict=True)))


def refine_all(code: LineCode, images: Tensor) -> LineCode:
    """`refine`, a few images at a time."""
    parts = zip(*(value.split(CHUNK) for value in code), images.split(CHUNK), strict=True)
    refined = [refine(LineCode(*values), some) for *values, some in parts]
    return LineCode(*(torch.cat(part) for part in zip(*refined, strict=True)))


def train_further(model: LineAutoencoder, images: Tensor, taught: LineCode, way: str, seed: int) -> None:
    """More training of a model, in one of `WAYS`; all but the loss is as it was in chapter 2.

    Args:
        taught: the refined code of each image.
    """
    optimizer = torch.optim.AdamW(model.parameters(), RATE, betas=(0.9, 0.99), weight_decay=0.05, fused=True)
    schedule = build_schedule(optimizer, cosine(STEPS, warmup=0.05))
    generator = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.long)
    model.train()
    for _ in range(STEPS):
        if len(order) < BATCH:
            order = torch.randperm(len(images), generator=generator)
        chosen, order = order[:BATCH], order[BATCH:]
        x, target = images[chosen], LineCode(*(value[chosen] for value in taught))
        optimizer.zero_grad()
        loss_of(way, model.encode(x), target, x).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    model.eval()


def loss_of(way: str, code: LineCode, target: LineCode, images: Tensor) -> Tensor:
    """What a way minimises."""
    if way == "lines":
        return code_distance(code, target)
    if way == "drawings":
        return multiscale_mse(draw(code), draw(target))
    pixels = multiscale_mse(draw(code), images)
    return pixels if way == "pixels" else pixels + LINE_WEIGHT * code_distance(code, target)


def measure(model: LineAutoencoder, images: Tensor) -> dict[str, float]:
    """Squared errors of an encoder's own drawings and exact rasters, and of the refined ones."""
    code = encode(model, images)
    found = {}
    for name, lines in {"": code, "refined_": refine_all(code, images)}.items():
        raster = vecnb.render_hard(vecnb.Strokes(lines.lines, lines.width))
        found[f"{name}drawing_mse"] = metrics.mse(draw(lines), images)
        found[f"{name}raster_mse"] = metrics.mse(raster, images)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", metavar="FILE.csv", help="where to write the numbers, after each training")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options = parser.parse_args()
    torch.set_num_threads(1)
    (digits,), (held_out,) = hold_out(load_mnist("train")[0])
    splits = {"held_out": held_out, "test": load_mnist("test")[0][::2]}
    first = vecnb.load_model("autoencoder")
    taught, minutes = timed(lambda: refine_all(encode(first, digits), digits))
    print(f"{len(digits):,} digits refined in {minutes:.2f} core minutes", flush=True)
    table: list[dict[str, str | int]] = []
    runs = [("as it was", 0), *((way, seed) for seed in options.seeds for way in WAYS)]
    for way, seed in runs:
        model, minutes = vecnb.load_model("autoencoder"), 0.0
        if way in WAYS:
            _, minutes = timed(lambda m=model, w=way, s=seed: train_further(m, digits, taught, w, s))
        for split, images in splits.items():
            row = {name: f"{value:.5g}" for name, value in measure(model, images).items()}
            about = {"way": way, "seed": seed, "steps": STEPS if way in WAYS else 0}
            table.append({**about, "core_minutes": f"{minutes:.2f}", "split": split, **row})
            print(table[-1], flush=True)
        if options.out:
            text = io.StringIO()
            writer = csv.DictWriter(text, table[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
            write_atomically(Path(options.out), text.getvalue().encode())


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What work gives, and its core minutes."""
    start = time.process_time()
    result = work()
    return result, (time.process_time() - start) / 60


if __name__ == "__main__":
    main()
