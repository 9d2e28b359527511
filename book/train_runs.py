"""Train several runs of the book, seed by seed, one after the other in this process.

    python book/train_runs.py autoencoder/lines_5 autoencoder/curves_5 --seeds 0 1 2 3 4 --out runs

What is finished is left alone and what was killed goes on, so the same command can be given again.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
import tyro

from vecnb.training import RUNS, train_run
from vecnb.training.runner import mnist


def main(
    runs: tyro.conf.Positional[tuple[str, ...]],
    seeds: tuple[int, ...] = (0,),
    out: Path = Path("runs"),
    validation: bool = False,
) -> None:
    """Train several runs of the book, on one core.

    Args:
        runs: by their names, `vecnb train` lists them.
        seeds: of each run.
        out: the files go to OUT/<experiment>/<run>/seed_<seed>.
        validation: measure on the last 5,000 training digits, and train without them.
    """
    torch.set_num_threads(1)
    data = mnist(validation=validation)
    for seed in seeds:
        for run in runs:
            train_run(run, replace(RUNS[run], seed=seed), out, data=data)


if __name__ == "__main__":
    tyro.cli(main)
