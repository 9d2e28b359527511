"""The price of a number in `vecnb.trace`, chosen on drawings that no result is reported on.

    python -m benches.tracing.price --out book/results/tracing_price.csv

traces letters and plotter font, those with an even code point, clean and scanned, at several prices. Chosen
is the highest whose error is above the least by no more than a twentieth: as few numbers as that pays for.
The error is the geometric mean of the Chamfer distances, in which each drawing weighs the same.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from benches.tracing import truth
from benches.tracing.degrade import degrade
from benches.tracing.measures import chamfer
from vecnb.files import write_atomically
from vecnb.trace import PRICE, vectorise

PRICES = tuple(0.01 * 2**power for power in range(10))
MORE = 1.05  # times the least error
CONDITIONS = ("clean", "scanned")


def pictures() -> list[tuple[truth.Case, np.ndarray]]:
    """Drawings, and what they look like."""
    letters = truth.chosen_on(truth.LETTERS)
    cases = [
        *truth.kanjivg(letters, 28, 2.0),
        *truth.hershey(letters, 64, 3.0),
        *truth.kanjivg(letters, 96, 4.0),
        *truth.kanjivg(letters, 256, 7.0),
    ]
    return [(case, degrade(case.ink, how, seed)) for how in CONDITIONS for seed, case in enumerate(cases)]


def reach(price: float, drawings: list[tuple[truth.Case, np.ndarray]]) -> tuple[float, float]:
    """The geometric mean of the Chamfer distances, and the mean number of curves over those drawn."""
    distances, segments = [], []
    for case, ink in drawings:
        paths = vectorise(ink, detail=PRICE / price).paths
        distances.append(chamfer([path.polyline(0.02).double().numpy() for path in paths], case.strokes))
        segments.append(sum(len(path.segments()) for path in paths) / case.segments)
    return float(np.exp(np.log(distances).mean())), float(np.mean(segments))


def choose(errors: dict[float, float]) -> float:
    """The highest price that costs no more than a twentieth of the least error."""
    return max(price for price, error in errors.items() if error <= MORE * min(errors.values()))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benches.tracing.price", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--out", metavar="FILE.csv", type=Path, help="where to write the numbers")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    drawings, errors, table = pictures(), {}, "price,chamfer,segments\n"
    print(f"{len(drawings)} pictures\n   price   Chamfer, px (geometric mean)   curves over the truth (mean)")
    for price in PRICES:
        errors[price], segments = reach(price, drawings)
        table += f"{price:g},{errors[price]:.5g},{segments:.4g}\n"
        print(f"{price:8g}{errors[price]:20.4f}{segments:31.3f}", flush=True)
    print(f"chosen: {choose(errors):g}; in use: {PRICE:g}")
    if out:
        write_atomically(out, table.encode())


if __name__ == "__main__":
    main()
