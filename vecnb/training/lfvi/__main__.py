"""The command: train one of the runs of chapter 4 and keep its results in book/results."""

from __future__ import annotations

from typing import Any

import tyro
from accelerate import Accelerator

from vecnb.data import load_mnist
from vecnb.training.command import keep, one_process, trainings
from vecnb.training.film import film_of_samples
from vecnb.training.lfvi.algorithm import train
from vecnb.training.lfvi.config import RUNS
from vecnb.training.lfvi.evaluation import SampleMonitor, evaluate


def main(run: str, seeds: tuple[int, ...] = (0,)) -> None:
    """Train one of the runs of chapter 4 and keep its results in book/results.

    Args:
        run: its name, a key of RUNS.
        seeds: one training each; seed 0 is the reported one, whose weights are kept.
    """
    accelerator = Accelerator()
    one_process(accelerator)
    for config, folder in trainings(run, RUNS, seeds):
        lines = config.renderer != "pixels"
        film = film_of_samples(config.steps, after=config.inference_steps) if lines else None
        model, done = train(config, folder, accelerator, SampleMonitor(), film)
        # A renderer that chapter 3 taught was not trained here: its parameters do not count.
        about: dict[str, Any] = {"parameters": sum(p.numel() for p in model.parameters() if p.requires_grad)}
        if film and config.seed == 0:
            about |= film.kept()
        keep(run, config, done, model, lambda model: evaluate(model, *load_mnist("test")), **about)


if __name__ == "__main__":
    tyro.cli(main)
