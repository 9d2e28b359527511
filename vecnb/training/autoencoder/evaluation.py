"""The numbers of chapter 2: of reconstructions, of drawings, of rasters."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb import metrics
from vecnb.models.autoencoder import LineAutoencoder
from vecnb.pretrained import load_classifier
from vecnb.render import render_hard


@torch.no_grad()
def evaluate(model: LineAutoencoder, images: Tensor, labels: Tensor) -> dict[str, float]:
    """The numbers of chapter 2 for one model: of X', of the drawing R_O, of the hard raster of its lines."""
    classifier = load_classifier()
    recon, drawing = (
        torch.cat([step(x) for x in images.split(250)])
        for step in (model, lambda x: model.draw(model.encode(x)))
    )
    raster = render_hard(model.vectorise(images))
    return {
        "mse": metrics.mse(recon, images),
        "drawing_mse": metrics.mse(drawing, images),
        "raster_mse": metrics.mse(raster, images),
        "accuracy": metrics.accuracy(classifier, recon.clamp(0, 1), labels),
        "raster_accuracy": metrics.accuracy(classifier, raster, labels),
    }
