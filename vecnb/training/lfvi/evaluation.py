"""Watching a likelihood-free training and measuring its result: the only part that asks the classifier."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb import metrics
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.pretrained import load_classifier
from vecnb.render import render_hard


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


@torch.no_grad()
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
    numbers = quality(render_hard(model.sample(len(images), seed=0)))
    drawn = quality(model.sample_images(len(images), seed=0))
    numbers |= {f"drawing_{name}": value for name, value in drawn.items()}
    if model.encoder is None:
        return numbers
    recon = torch.cat([model(x) for x in images.split(250)])
    raster = render_hard(model.vectorise(images))
    return numbers | {
        "mse": metrics.mse(recon, images),
        "excess_cross_entropy": metrics.excess_cross_entropy(recon, images, clamp=1e-3),
        "accuracy": metrics.accuracy(classifier, recon, labels),
        "raster_mse": metrics.mse(raster, images),
        "raster_accuracy": metrics.accuracy(classifier, raster, labels),
    }
