"""The command: train one of the runs of chapter 4 and keep its results in book/results."""

from __future__ import annotations

from dataclasses import replace

import torch
import tyro
from accelerate import Accelerator

from vecnb.data import data_source, load_mnist
from vecnb.runs import RESULTS, save_result
from vecnb.training.lfvi.algorithm import train
from vecnb.training.lfvi.config import RUNS
from vecnb.training.lfvi.evaluation import SampleMonitor, evaluate


def main(run: str, seeds: tuple[int, ...] = (0,)) -> None:
    """Train one of the runs of chapter 4 and keep its results in book/results.

    Args:
        run: its name, a key of RUNS.
        seeds: one training each; seed 0 is the reported one, whose weights are kept.
    """
    if run not in RUNS:
        raise SystemExit(f"there is no run {run!r}; there are: {', '.join(RUNS)}")
    for seed in seeds:
        config, monitor = replace(RUNS[run], seed=seed), SampleMonitor()
        folder = RESULTS.parents[1] / "runs" / f"{run}-{seed}"
        model, done = train(config, folder, Accelerator(), monitor)
        model = model.half().float()  # measure the weights that are kept
        numbers = evaluate(model, *load_mnist("test")) | {
            "minutes": done.seconds / 60,
            "core_minutes": done.core_seconds / 60,
        }
        about = {
            "cores": torch.get_num_threads(),
            "steps": config.steps,
            "parameters": sum(p.numel() for p in model.parameters() if p.requires_grad),
            "data": data_source().digest,
            "history": [_short(entry) for entry in done.history],
        }
        if seed == 0:
            about["film"] = [_round(picture) for picture in monitor.film.tolist()]
        save_result(RESULTS / run, config, numbers | about, model)
        print(f"{run}, seed {seed}:", ", ".join(f"{name} {value:.4g}" for name, value in numbers.items()))


def _short(entry: dict[str, float]) -> dict[str, float]:
    """An entry of the history with four digits a number: enough for a curve, a third of the bytes."""
    return {name: float(f"{value:.4g}") for name, value in entry.items()}


def _round(nested: list) -> list:
    return [_round(part) if isinstance(part, list) else round(part, 3) for part in nested]


if __name__ == "__main__":
    tyro.cli(main)
