"""Watching a likelihood-free training and measuring its result: the only part that asks the classifier."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb import metrics
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.pretrained import load_classifier
from vecnb.render import render_hard
from vecnb.training.common.evaluation import hits, means


class SampleMonitor:
    """Label entropy of a model's samples while it trains.

    The classifier reads samples and nothing else; its answers go into the history, never into a loss. The
    samples come from a fixed seed, so that watching changes nothing.
    """

    def __init__(self, n: int = 500):
        self.n = n
        self.classifier = load_classifier()  # now: building it later would draw random numbers

    @torch.no_grad()
    def __call__(self, model: ImplicitLines | ImplicitPixels) -> dict[str, Tensor]:
        read = metrics.predict(self.classifier, model.sample_images(self.n, seed=0).cpu())
        return {"label_entropy": torch.tensor(metrics.label_entropy(read))}


def evaluate(model: ImplicitLines | ImplicitPixels, images: Tensor, labels: Tensor) -> dict[str, float]:
    """The numbers of chapter 4: of the model's samples, and of what it infers from images.

    Args:
        images, labels: [N, 1, 28, 28] and [N], the test digits.
    Returns:
        Of the hard raster of as many samples (of their pixels, if they have no lines): label_entropy (nats),
        frechet_distance to `images`; drawing_…, the same of the model's own drawings. Of the inferred lines'
        own drawings: mse, excess_cross_entropy (nats, clamped at 0.001), accuracy; of their hard raster:
        raster_mse, raster_accuracy. A model has those that are defined for it.
    """
    return measure_set(model, images) | means(measure_images(model, images, labels))


@torch.no_grad()
def measure_images(
    model: ImplicitLines | ImplicitPixels, images: Tensor, labels: Tensor | None = None
) -> dict[str, Tensor]:
    """What `evaluate` says of the inferred lines, of each image: [B] float64; accuracies if there are labels.

    Nothing, {}, of a model without an encoder.
    """
    if isinstance(model, ImplicitPixels) or model.encoder is None:
        return {}
    recon = torch.cat([model(x) for x in images.split(250)])
    raster = render_hard(model.vectorise(images))
    nats = metrics.binary_cross_entropies(recon, images, clamp=1e-3)
    values = {
        "mse": metrics.squared_errors(recon, images),
        "excess_cross_entropy": nats - metrics.binary_cross_entropies(images, images),
        "raster_mse": metrics.squared_errors(raster, images),
    }
    drawn = {"accuracy": recon, "raster_accuracy": raster}
    return values | hits(drawn, labels)


@torch.no_grad()
def measure_set(model: ImplicitLines | ImplicitPixels, images: Tensor) -> dict[str, float]:
    """What `evaluate` says of samples, as many as there are images."""
    classifier = load_classifier()
    real = metrics.features(classifier, images)

    def quality(samples: Tensor) -> dict[str, float]:
        features = metrics.features(classifier, samples)
        return {
            "label_entropy": metrics.label_entropy(metrics.predict(classifier, samples)),
            "frechet_distance": metrics.frechet_distance(features, real),
        }

    if isinstance(model, ImplicitPixels):
        return quality(model.sample_images(len(images), seed=0))
    drawn = quality(model.sample_images(len(images), seed=0))
    return quality(render_hard(model.sample(len(images), seed=0))) | {
        f"drawing_{name}": value for name, value in drawn.items()
    }
