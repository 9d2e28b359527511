"""Chapter 3: which rate, and how many steps of Algorithm 1, for the thesis's VAE? Decided on held-out digits.

    python benches/vae_selection.py --out runs/selection

writes book/results/vae_selection.csv. Each choice is trained for a fifth of the book's steps, with larger
minibatches, and measured on the last 5,000 training digits; no test digit is seen. What is finished is left
alone, so the same command goes on after a stop.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import torch
import tyro

from vecnb.files import write_atomically
from vecnb.training import train_run
from vecnb.training.runner import mnist
from vecnb.training.vae.config import THESIS

RATES = (1e-4, 3e-4, 1e-3)  # of Algorithm 2
RATIOS = (1, 4)  # steps of Algorithm 1 for each
COLUMNS = ("negative_elbo", "raster_accuracy", "raster_mse", "approximation")
RESULTS = Path(__file__).resolve().parents[1] / "book" / "results"


def main(out: Path = Path("runs/selection"), results: Path = RESULTS) -> None:
    """Train each choice, and write what the held-out digits say of it.

    Args:
        out: takes the runs.
        results: takes the table.
    """
    torch.set_num_threads(1)
    data, rows = mnist(validation=True), []
    for rate, ratio in product(RATES, RATIOS):
        config = replace(
            THESIS,
            steps=4_000,
            batch_size=128,
            renderer_batch_size=128,
            learning_rate=rate,
            renderer_steps_per_step=ratio,
        )
        folder = train_run("vae/thesis", config, out / f"{rate:g}_{ratio}", data=data)
        metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        rows.append([f"{rate:g}", ratio, *(metrics[name] for name in COLUMNS)])
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("learning_rate", "ratio", *COLUMNS), *rows])
    write_atomically(results / "vae_selection.csv", text.getvalue().encode())


if __name__ == "__main__":
    tyro.cli(main)
