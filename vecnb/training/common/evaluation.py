"""From values of each image to the numbers of a model."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from vecnb import metrics
from vecnb.pretrained import load_classifier


def hits(drawings: Mapping[str, Tensor], labels: Tensor | None) -> dict[str, Tensor]:
    """Of each drawing of each image, 1 where the book's classifier reads its label, else 0: [N] float64.

    Their mean is `metrics.accuracy`. Without labels there is nothing to say: {}.

    Args:
        drawings: name → [N, 1, 28, 28] in [0, 1].
        labels: [N] int64, or None.
    """
    if labels is None:
        return {}
    read = {name: metrics.predict(load_classifier(), images) for name, images in drawings.items()}
    return {name: (label == labels.to(label.device)).double() for name, label in read.items()}


def means(values: Mapping[str, Tensor]) -> dict[str, float]:
    """Of values [N] of N images each, by the same names."""
    return {name: float(value.double().mean()) for name, value in values.items()}
