"""Is a short vector representation easier to classify than pixels (thesis 1.2)?

    python benches/classification.py --out book/results/classification.csv

Four codes of the same digits, none of which has seen a label: the pixels; the first 26 principal components;
the 26 numbers of a traditional autoencoder (thesis 2.1); and the 26 numbers by which chapter 2's model draws
(five lines with a width each, and one sharpness), of one look at the image. The two autoencoders have one
encoder, as many steps, and one optimiser; the traditional one has a network for its decoder, and its loss is
the squared error. Three classifiers on each code: a linear one, nearest neighbours, and a network with a
hidden layer of as many units as 10,000 weights allow. Their settings are chosen on the validation split, for
each code and each number of labels anew.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tqdm
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.nn import functional

from vecnb import baselines, load_mnist, load_model
from vecnb.data import hold_out
from vecnb.models.autoencoder import Autoencoder
from vecnb.models.encoders import patch_conv_encoder
from vecnb.training import RUNS
from vecnb.training.autoencoder.algorithm import MAX_GRADIENT
from vecnb.training.common.sampling import batch_indices
from vecnb.training.common.schedules import build_schedule, cosine

NUMBERS = 26  # of a short code: 5 · 4 coordinates, 5 widths, a sharpness
LABELS = (100, 1_000, 10_000, 55_000)  # how many digits come with one
SEEDS = range(5)  # which digits these are, and how a network begins
WEIGHTS = 10_000  # of a network, as nearly as whole units allow
LINES = RUNS["autoencoder/proposed"]  # whose steps, batches and rates the traditional autoencoder has

Split = tuple[np.ndarray, np.ndarray]  # numbers [N, K] and labels [N]


def traditional_autoencoder(images: Tensor) -> Autoencoder:
    """A traditional autoencoder of as many numbers, with the encoder and schedule of chapter 2's lines."""
    torch.manual_seed(0)
    model = Autoencoder(NUMBERS)
    model.encoder = patch_conv_encoder(NUMBERS)
    rates = {"lr": LINES.learning_rate, "betas": (0.9, 0.99), "weight_decay": 0.05}
    optimizer = torch.optim.AdamW(model.parameters(), **rates)
    schedule = build_schedule(optimizer, cosine(LINES.steps, peak=2.0, warmup=0.05))
    for step in tqdm.trange(1, LINES.steps + 1, desc="traditional autoencoder", unit="step"):
        x = images[batch_indices(len(images), LINES.batch_size, step, seed=0)]
        loss = functional.mse_loss(model(x), x)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT)
        optimizer.step()
        schedule.step()
    return model


@torch.no_grad()
def codes(learnt: Tensor, *others: Tensor) -> Iterator[tuple[str, list[np.ndarray]]]:
    """Each code by its name: [N, K] of every tensor of images; what is fitted is fitted to `learnt`."""
    every = (learnt, *others)
    yield "pixels", [images.flatten(1).numpy() for images in every]
    pca = baselines.fit_pca(learnt)
    yield (
        "principal components",
        [
            ((images.flatten(1) - pca.mean).float() @ pca.components[:NUMBERS].T.float()).numpy()
            for images in every
        ],
    )
    with torch.enable_grad():
        traditional = traditional_autoencoder(torch.cat(every[:2]))  # as the lines, of all training digits
    yield (
        "traditional autoencoder",
        [torch.cat([traditional.encoder(x) for x in images.split(1_000)]).numpy() for images in every],
    )
    model: Any = load_model("autoencoder")
    drawn = [[model.encode(batch) for batch in images.split(1_000)] for images in every]
    yield (
        "lines",
        [
            torch.cat(
                [torch.cat([c.lines.flatten(1), c.width, c.sharpness[:, None]], 1) for c in parts]
            ).numpy()
            for parts in drawn
        ],
    )


def candidates(numbers: int, labels: int, seed: int) -> dict[str, dict[str, Any]]:
    """The classifiers by name, each with the settings to choose from."""
    hidden = round((WEIGHTS - 10) / (numbers + 11))
    epochs = max(30, 400_000 // labels)  # 2,000 steps at least
    return {
        "linear": {
            f"C={c}": LogisticRegression(C=c, max_iter=300, tol=1e-3) for c in (0.001, 0.01, 0.1, 1.0)
        },
        "neighbours": {f"k={k}": KNeighborsClassifier(k, algorithm="brute") for k in (1, 5)},
        "network": {
            f"decay={decay}": MLPClassifier(
                (hidden,), alpha=decay, max_iter=epochs, n_iter_no_change=epochs, random_state=seed
            )
            for decay in (1e-4, 0.1, 1.0)
        },
    }


def rows(name: str, train: Split, validation: Split, test: Split) -> Iterator[dict[str, Any]]:
    """The accuracy of every classifier on one code, for every number of labels and every seed."""
    scale = StandardScaler().fit(train[0])
    train, validation, test = ((scale.transform(x), y) for x, y in (train, validation, test))
    settings: dict[tuple[str, int], str] = {}  # each chosen once, with the first seed
    for labels, seed in itertools.product(LABELS, SEEDS):
        place = np.random.default_rng(seed).permutation(len(train[0]))[:labels]
        few = train[0][place], train[1][place]
        for kind, models in candidates(train[0].shape[1], labels, seed).items():
            if (kind, labels) not in settings:
                scores = {setting: model.fit(*few).score(*validation) for setting, model in models.items()}
                settings[kind, labels] = max(scores, key=lambda setting: scores[setting])
            elif labels == len(train[0]) and kind != "network":
                continue  # the seed changes nothing
            model = models[settings[kind, labels]].fit(*few)
            yield {
                "code": name,
                "numbers": train[0].shape[1],
                "classifier": kind,
                "setting": settings[kind, labels],
                "labels": labels,
                "seed": seed,
                "accuracy": round(float(model.score(*test)), 4),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, metavar="FILE.csv", required=True)
    out = parser.parse_args().out
    warnings.simplefilter("ignore", ConvergenceWarning)  # the network's epochs are counted, not awaited
    images, labels = load_mnist("train")
    (images, labels), (held_out, held_out_labels) = hold_out(images, labels)
    test_images, test_labels = load_mnist("test")
    answers = labels.numpy(), held_out_labels.numpy(), test_labels.numpy()
    table: list[dict[str, Any]] = []
    for name, parts in codes(images, held_out, test_images):
        train, validation, test = zip(parts, answers, strict=True)
        for row in tqdm.tqdm(rows(name, train, validation, test), desc=name, unit="classifier"):
            table.append(row)
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, table[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


if __name__ == "__main__":
    main()
