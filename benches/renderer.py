"""Benchmark of the soft renderer: the formula in vectors, the steps one by one, and the one pass, in one run.

`python benches/renderer.py` prints tables of forward and backward passes:

- 128 images of 28×28 with six lines, as a training draws them, with one and with two threads;
- the same with Bézier curves;
- one canvas of 512×512 with two hundred strokes three pixels wide, with the memory that each way takes;
- the smoothed rasteriser on a batch of 64, taken apart.

Contestants take turns, so that a busy machine slows all alike; medians are compared, of processor time, which
leaves out what other programs take, and by the clock. Only by the clock a second thread can show, and only on
a free core: there the fastest rounds are compared, those that other programs disturbed least. Where
DifferentiableSketching can be imported (`dsketch`), its own renderer of the same lines takes a turn too.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from vecnb.render import (
    SHARPNESS,
    STROKE_WIDTH,
    alpha_from_width,
    pixel_grid,
    render_hard,
    render_smoothed,
    render_soft,
)
from vecnb.render.smoothed import QUADRATURE_NODES, QUADRATURE_WEIGHTS
from vecnb.render.soft import draw_by_steps

try:
    from dsketch.raster import composite, disttrans, raster
except ImportError:
    disttrans = None

BATCH, LINES, SIZE = 128, 6, 28
CANVAS, STROKES, PIXELS = 512, 200, 3
SMOOTHED = 64
WARM_UP = 3

Draw = Callable[[Tensor], Tensor]


def plain(lines: Tensor, profile: str, mode: str) -> Tensor:
    """What render_soft draws, as thesis 2.3 writes it: vectors in a trailing axis, autograd."""
    grid = pixel_grid(SIZE, SIZE)
    start, end = lines[:, :, None, None, :2], lines[:, :, None, None, 2:]  # [B, N, 1, 1, 2]
    along = end - start
    t_hat = ((grid - start) * along).sum(-1, keepdim=True) / (along * along).sum(-1, keepdim=True)
    dist2 = (start + t_hat.clamp(0, 1) * along - grid).square().sum(-1)  # of [B, N, H, W, 2]
    if profile == "gaussian":
        presence = torch.exp(-alpha_from_width(STROKE_WIDTH) * dist2)
    else:
        presence = torch.sigmoid(SHARPNESS * (STROKE_WIDTH / 2 - dist2.sqrt()))
    return presence.amax(1, keepdim=True) if mode == "max" else 1 - (1 - presence).prod(1, keepdim=True)


def steps(lines: Tensor, profile: str, mode: str, size: int = SIZE, width: float = STROKE_WIDTH) -> Tensor:
    """Distance, presence and composition, one after the other."""
    stroke_width, alpha = (None, alpha_from_width(width)) if profile == "gaussian" else (width, None)
    return draw_by_steps(lines, size, size, stroke_width, SHARPNESS, alpha, mode)


def one_pass(lines: Tensor, profile: str, mode: str, size: int = SIZE, width: float = STROKE_WIDTH) -> Tensor:
    """The same in one pass, in Rust."""
    if profile == "gaussian":
        return render_soft(lines, size, size, alpha=alpha_from_width(width), mode=mode)
    return render_soft(lines, size, size, stroke_width=width, mode=mode)


def dsketch(lines: Tensor) -> Tensor:
    """The Gaussian presence and the soft-or by DifferentiableSketching; any order of coordinates will do."""
    dist2 = disttrans.line_edt2(lines.view(*lines.shape[:2], 2, 2), pixel_grid(SIZE, SIZE))
    return composite.softor(raster.exp(dist2, 1 / alpha_from_width(STROKE_WIDTH)), keepdim=True)


def forward_backward(draw: Draw, lines: Tensor, pull: Tensor) -> tuple[Tensor, Tensor]:
    """The images, and the gradient in the lines when `pull` is that in the images."""
    lines = lines.clone().requires_grad_()
    images = draw(lines)
    images.backward(pull)
    return images.detach(), lines.grad


class Times(NamedTuple):
    """Milliseconds of a round: medians of processor time and clock, and the least by the clock."""

    processor: float
    clock: float
    fastest: float


def measure(contestants: list[Callable[[], object]], rounds: int = 31) -> list[Times]:
    """Times of each; all take their turn once a round."""
    rows: list[list[tuple[float, float]]] = [[] for _ in contestants]
    for _ in range(WARM_UP + rounds):
        for row, run in zip(rows, contestants, strict=True):
            processor, clock = time.process_time(), time.perf_counter()
            run()
            row.append((1e3 * (time.process_time() - processor), 1e3 * (time.perf_counter() - clock)))
    columns = [tuple(zip(*row[WARM_UP:], strict=True)) for row in rows]
    return [
        Times(statistics.median(processor), statistics.median(clock), min(clock))
        for processor, clock in columns
    ]


def compare(label: str, draws: dict[str, Draw], lines: Tensor, size: int = SIZE, rounds: int = 31) -> None:
    """Print a line for each contestant; the last is what the others are compared with."""
    pull = torch.randn(len(lines), 1, size, size, generator=torch.Generator().manual_seed(1))
    runs = [partial(forward_backward, draw, lines, pull) for draw in draws.values()]
    *_, (images, gradients) = found = [run() for run in runs]
    times = measure(runs, rounds)
    for name, time_of, (other_images, other_gradients) in zip(draws, times, found, strict=True):
        print(
            f"  {label:30}{name:9}"
            f"{time_of.processor:10.2f} ms {time_of.processor / times[-1].processor:7.1f}"
            f"{time_of.clock:10.2f} ms {time_of.clock / times[-1].clock:7.1f}"
            f"{(other_images - images).abs().max():11.0e}"
            f"{(other_gradients - gradients).abs().max() / gradients.abs().max():11.0e}",
            flush=True,
        )


def small_images(lines: Tensor) -> None:
    """Both presences, both compositions, one and two threads."""
    print(f"batch {BATCH}, {LINES} lines, {SIZE}×{SIZE}")
    for profile in ("gaussian", "edge"):
        for mode in ("max", "soft_or"):
            draws = {
                draw.__name__: partial(draw, profile=profile, mode=mode) for draw in (plain, steps, one_pass)
            }
            if disttrans and (profile, mode) == ("gaussian", "soft_or"):
                draws = {"dsketch": dsketch, **draws}
            for threads in (1, 2):
                torch.set_num_threads(threads)
                compare(f"{profile}, {mode}, {threads} thread{'s' * (threads - 1)}", draws, lines)
            draw_with = partial(with_threads, draws["one_pass"], lines)
            one, two = measure([partial(draw_with, 1), partial(draw_with, 2)], rounds=301)
            print(f"  one pass, forward: two threads are {one.fastest / two.fastest:.2f} × one, by the clock")
    torch.set_num_threads(1)


def with_threads(draw: Draw, lines: Tensor, threads: int) -> None:
    torch.set_num_threads(threads)
    draw(lines)


def curves(generator: torch.Generator) -> None:
    """Quadratic and cubic Bézier curves."""
    print(f"batch {BATCH}, {LINES} curves, {SIZE}×{SIZE}, edge, max, 1 thread")
    for degree, name in ((2, "quadratic"), (3, "cubic")):
        draws = {draw.__name__: partial(draw, profile="edge", mode="max") for draw in (steps, one_pass)}
        compare(name, draws, torch.rand(BATCH, LINES, 2 * degree + 2, generator=generator), rounds=5)


def large_canvas(generator: torch.Generator) -> None:
    """Many thin strokes on many pixels."""
    print(f"one canvas of {CANVAS}×{CANVAS}, {STROKES} strokes {PIXELS} px wide, edge, max, 1 thread")
    lines = torch.rand(1, STROKES, 4, generator=generator)
    options = {"profile": "edge", "mode": "max", "size": CANVAS, "width": PIXELS / CANVAS}
    compare(
        "", {draw.__name__: partial(draw, **options) for draw in (steps, one_pass)}, lines, CANVAS, rounds=5
    )
    for draw in (steps, one_pass):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            peak = pool.submit(peak_memory, partial(draw, **options), lines).result()
        print(f"  {draw.__name__} takes {peak / 1e6:,.1f} MB more at its peak")


def peak_memory(draw: Draw, lines: Tensor) -> int:
    """Bytes by which the memory of this process, a fresh one, grows while it draws; Linux alone tells."""
    torch.set_num_threads(1)
    small = partial(draw, size=SIZE)
    forward_backward(small, lines[:, :1], torch.ones(1, 1, SIZE, SIZE))  # loads what is loaded once
    pull = torch.ones(1, 1, CANVAS, CANVAS)
    Path("/proc/self/clear_refs").write_text("5")  # from now on the peak counts anew
    before = kibibytes("VmRSS:")
    forward_backward(draw, lines, pull)
    return 1024 * (kibibytes("VmHWM:") - before)


def kibibytes(field: str) -> int:
    """One number of what Linux knows of this process."""
    status = Path("/proc/self/status").read_text().split()
    return int(status[status.index(field) + 1])


def smoothed(generator: torch.Generator) -> None:
    """The smoothed rasteriser: its rasters, their mean, and the rest."""
    nodes = len(QUADRATURE_NODES)
    lines = torch.rand(SMOOTHED, LINES, 4, generator=generator)
    widths, sharpness = torch.full((SMOOTHED, LINES), STROKE_WIDTH), torch.full((SMOOTHED,), SHARPNESS)
    all_lines = lines.repeat(nodes, 1, 1)
    shift = 2 * QUADRATURE_NODES[:, None, None] / sharpness[:, None]
    all_widths = (widths - shift).clamp_min(0).flatten(0, 1)
    rasters = render_hard(all_lines, stroke_width=all_widths).view(nodes, -1, 1, SIZE, SIZE)
    hard = partial(render_hard, all_lines, stroke_width=all_widths)
    whole, rasters_alone, mean = measure(
        [
            lambda: render_smoothed(lines, widths, sharpness),
            partial(hard, threads=1),
            lambda: torch.tensordot(QUADRATURE_WEIGHTS, rasters, 1),
        ]
    )
    one, two = measure([partial(hard, threads=1), partial(hard, threads=2)], rounds=301)
    print(f"smoothed rasteriser, batch {SMOOTHED}, {LINES} lines, {SIZE}×{SIZE}, forward")
    print(
        f"  {whole.processor:.2f} ms of processor time ({whole.clock:.2f} by the clock): "
        f"{nodes} rasters {rasters_alone.processor:.2f}, their mean {mean.processor:.2f}, "
        f"the rest {whole.processor - rasters_alone.processor - mean.processor:.2f}"
    )
    print(f"  rasters: two threads are {one.fastest / two.fastest:.2f} × one, by the clock")


def main() -> None:
    generator = torch.Generator().manual_seed(0)
    print("forward + backward, medians; ratios to, and largest differences from, the last row of each group")
    print(f"  {'':39}{'processor':>13} {'ratio':>7}{'clock':>13} {'ratio':>7}{'values':>11}{'gradients':>11}")
    small_images(torch.rand(BATCH, LINES, 4, generator=generator))
    curves(generator)
    large_canvas(generator)
    smoothed(generator)


if __name__ == "__main__":
    main()
