"""The numbers of chapter 2: of reconstructions, of drawings, of rasters."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb import metrics
from vecnb.models.autoencoder import LineAutoencoder
from vecnb.render import render_hard
from vecnb.training.common.evaluation import hits, means


def evaluate(model: LineAutoencoder, images: Tensor, labels: Tensor) -> dict[str, float]:
    """The numbers of chapter 2 for one model: of X', of the drawing R_O, of the hard raster of its lines."""
    return means(measure_images(model, images, labels))


@torch.no_grad()
def measure_images(model: LineAutoencoder, images: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
    """The same of each image, [B] float64: squared errors and, if there are labels, 1 where it is read so.

    And with how many strokes it is drawn, if they may stay away.
    """
    recon, drawing = (
        torch.cat([step(x) for x in images.split(250)])
        for step in (model, lambda x: model.draw(model.encode(x)))
    )
    strokes = model.vectorise(images)
    raster = render_hard(strokes)
    numbers = {
        "mse": metrics.squared_errors(recon, images),
        "drawing_mse": metrics.squared_errors(drawing, images),
        "raster_mse": metrics.squared_errors(raster, images),
    }
    if model.n_switches:
        numbers["strokes"] = (strokes.width > 0).sum(1).double()
    drawn = {"accuracy": recon.clamp(0, 1), "raster_accuracy": raster}
    return numbers | hits(drawn, labels)
