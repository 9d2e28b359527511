"""Benchmark of this machine's accelerator against its own processor, in one run: CUDA or MPS.

`python benches/device.py` prints a table: the soft renderer forward and backward, a training step of
chapter 2's autoencoder, and digits vectorised. On the processor float32 is drawn in one pass in Rust, on a
device step by step in torch. The two take turns; the medians by the clock are compared, after all that was
asked of the device is done.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict

import torch

import vecnb
from vecnb.losses import multiscale_mse
from vecnb.models import LineAutoencoder
from vecnb.training import RUNS

ROUNDS = 15
SIZES = ((128, 6, 28), (4096, 6, 28), (1, 200, 512))  # images, lines in each, pixels a side


def rendering(device: torch.device, images: int, n: int, size: int) -> Callable[[], object]:
    generator = torch.Generator().manual_seed(0)
    lines = torch.rand(images, n, 4, generator=generator).to(device).requires_grad_()

    def run() -> None:
        vecnb.render_soft(lines, size, size, stroke_width=2.5 / size, sharpness=3.0 * size).sum().backward()

    return run


def training_step(device: torch.device, batch: int) -> Callable[[], object]:
    torch.manual_seed(0)
    config = RUNS["autoencoder/proposed"]
    model = LineAutoencoder.from_config(asdict(config)).to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, fused=True)
    images = torch.rand(batch, 1, 28, 28, device=device)

    def run() -> None:
        optimizer.zero_grad()
        multiscale_mse(model(images), images, config.n_scales).backward()
        optimizer.step()

    return run


def vectorising(device: torch.device, images: int) -> Callable[[], object]:
    model = vecnb.load_model("autoencoder").to(device)
    digits, _ = vecnb.load_mnist("test", fallback="subset")
    digits = digits.repeat(-(-images // len(digits)), 1, 1, 1)[:images].to(device)
    return lambda: model.vectorise(digits)


def milliseconds(contestants: list[tuple[torch.device, Callable[[], object]]]) -> list[float]:
    """Median of each by the clock, all once a round; two rounds warm up."""
    times: list[list[float]] = [[] for _ in contestants]
    for _ in range(ROUNDS + 2):
        for row, (device, run) in zip(times, contestants, strict=True):
            start = time.perf_counter()
            run()
            if device.type != "cpu":
                torch.accelerator.synchronize()
            row.append(1e3 * (time.perf_counter() - start))
    return [statistics.median(row[2:]) for row in times]


def main() -> None:
    if not torch.accelerator.is_available():
        sys.exit("torch sees no accelerator here: nothing to compare")
    device, cpu = torch.accelerator.current_accelerator(check_available=True), torch.device("cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else device.type
    print(f"{name} against {torch.get_num_threads()} threads of the processor, medians of {ROUNDS} rounds")
    tasks = {
        f"soft renderer, {images} × {n} lines, {size}²": lambda where, size=(images, n, size): rendering(
            where, *size
        )
        for images, n, size in SIZES
    }
    tasks |= {
        f"training step, batch {batch}": lambda where, batch=batch: training_step(where, batch)
        for batch in (128, 4096)
    }
    tasks["vectorise 10,000 digits, nine looks"] = lambda where: vectorising(where, 10_000)
    for task, build in tasks.items():
        there, here = milliseconds([(device, build(device)), (cpu, build(cpu))])
        print(f"  {task:40}{there:10.2f} ms {here:10.2f} ms {here / there:8.1f} ×", flush=True)


if __name__ == "__main__":
    main()
