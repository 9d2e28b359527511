"""Benchmark of the soft renderer against the formula as it stands, in vectors, in one run.

`python benches/renderer.py` prints a table: forward and backward through 128 images of 28×28 with six lines.
The plain form keeps the two coordinates of every vector in a trailing axis, [B, N, H, W, 2], and leaves the
gradient to autograd. The two take turns, so that a busy machine slows both alike; the medians are compared,
and values and gradients with them. Processor time, of all threads together, leaves out what other programs
take.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from vecnb.render import SHARPNESS, STROKE_WIDTH, alpha_from_width, pixel_grid, render_soft

BATCH, LINES, SIZE, REPEATS = 128, 6, 28, 31


def plain(lines: Tensor, mode: str, profile: str) -> Tensor:
    """What render_soft draws, written as thesis 2.3 writes it."""
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


def package(lines: Tensor, mode: str, profile: str) -> Tensor:
    """The same by vecnb."""
    alpha = alpha_from_width(STROKE_WIDTH) if profile == "gaussian" else None
    return render_soft(lines, SIZE, SIZE, alpha=alpha, mode=mode)


def forward_backward(draw: Callable[[Tensor], Tensor], lines: Tensor, pull: Tensor) -> tuple[Tensor, Tensor]:
    """The images, and the gradient in the lines when `pull` is that in the images."""
    lines = lines.clone().requires_grad_()
    images = draw(lines)
    images.backward(pull)
    return images.detach(), lines.grad


def medians(contestants: list[Callable[[], object]]) -> list[tuple[float, float]]:
    """Median milliseconds of each, (processor time, clock), all once a round; three rounds warm up."""
    times: list[list[tuple[float, float]]] = [[] for _ in contestants]
    for _ in range(REPEATS + 3):
        for rows, run in zip(times, contestants, strict=True):
            processor, clock = time.process_time(), time.perf_counter()
            run()
            rows.append((time.process_time() - processor, time.perf_counter() - clock))
    return [
        tuple(1e3 * statistics.median(column) for column in zip(*rows[3:], strict=True)) for rows in times
    ]


def compare(threads: int, profile: str, mode: str, lines: Tensor, pull: Tensor) -> None:
    """Print one row of the table."""
    torch.set_num_threads(threads)
    runs = [
        partial(forward_backward, partial(draw, mode=mode, profile=profile), lines, pull)
        for draw in (plain, package)
    ]
    (plain_images, plain_grad), (images, grad) = (run() for run in runs)
    (slow, slow_wall), (fast, fast_wall) = medians(runs)
    print(
        f"  {threads:<8}{profile:9}{mode:8}"
        f"{slow_wall:8.1f} ms {fast_wall:8.1f} ms {slow_wall / fast_wall:7.1f}"
        f"{slow:9.1f} ms {fast:8.1f} ms {slow / fast:7.1f}"
        f" {(plain_images - images).abs().max():11.0e} {(plain_grad - grad).abs().max():10.0e}",
        flush=True,
    )


def main() -> None:
    generator = torch.Generator().manual_seed(0)
    lines = torch.rand(BATCH, LINES, 4, generator=generator)
    pull = torch.randn(BATCH, 1, SIZE, SIZE, generator=generator)
    print(f"forward + backward, batch {BATCH}, {LINES} lines, {SIZE}×{SIZE}, medians of {REPEATS} rounds")
    print(f"{'':27}{'by the clock':^31}{'processor time':^32}{'largest difference':>22}")
    print(
        f"  {'threads':8}{'profile':9}{'mode':8}"
        + f"{'plain':>11} {'vecnb':>11} {'ratio':>7} " * 2
        + f"{'values':>11} {'gradients':>10}"
    )
    for threads in (1, 2):
        for profile in ("gaussian", "edge"):
            for mode in ("max", "soft_or"):
                compare(threads, profile, mode, lines, pull)


if __name__ == "__main__":
    main()
