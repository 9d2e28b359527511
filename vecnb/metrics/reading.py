"""Can it still be read? What a classifier says of images. Convention as in `vecnb.metrics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from vecnb.metrics.errors import by_batch, squared_errors
from vecnb.models.classifier import DigitClassifier

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 10
TOLERANCE = 1e-3  # a reconstruction may leave [0, 1] by a rounding


@torch.no_grad()
def predict(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's label for each image, [N] int64, for images [N, 1, 28, 28] in [0, 1].

    Raises:
        TypeError: images is not a floating-point tensor.
        ValueError: another shape, no images, or values outside [0, 1].
    """
    return by_batch(lambda batch: classifier(batch).argmax(1), _prepare(classifier, images))


@torch.no_grad()
def negative_log_likelihood(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> Tensor:
    """Minus the logarithm of the probability that the classifier gives each label: [N] nats, >= 0.

    Raises:
        TypeError, ValueError: as `predict`; or labels are not [N] integers from 0 to 9.
    """
    check_labels(labels, len(images))

    def nats(batch: Tensor, label: Tensor) -> Tensor:
        return functional.cross_entropy(classifier(batch), label, reduction="none")

    images = _prepare(classifier, images)
    return by_batch(nats, images, labels.to(images.device))


def accuracy(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> float:
    """Share of the images that the classifier reads as their label, in [0, 1].

    The images may be reconstructions or hard rasters of lines: then this says how much of the digit's
    identity has survived.

    Raises:
        TypeError, ValueError: as `predict`; or labels are not [N] integers from 0 to 9.
    """
    check_labels(labels, len(images))
    read = predict(classifier, images)
    return float((read == labels.to(read.device)).float().cpu().double().mean())


def per_class(x_recon: Tensor, x: Tensor, labels: Tensor, classifier: DigitClassifier) -> pd.DataFrame:
    """How well each of the ten digits survives; needs pandas, of the extra [plots].

    Args:
        x_recon, x: [N, 1, 28, 28] in [0, 1].
        labels: [N].
    Returns:
        A table of eleven rows, the digits 0 to 9 and "all", with the columns `images` (how many), `mse`
        (per pixel), `accuracy` (in [0, 1]) and `read as` (the most frequent wrong reading, "–" if none).
    Raises:
        TypeError, ValueError: as `mse` and `predict`; or labels are not [N] integers from 0 to 9.
    """
    import pandas as pd

    errors = squared_errors(x_recon, x).cpu()
    check_labels(labels, len(x))
    read, labels = predict(classifier, x_recon).cpu(), labels.cpu()
    masks = {str(digit): labels == digit for digit in range(DIGITS)}
    masks["all"] = torch.ones_like(labels, dtype=torch.bool)
    rows = {}
    for name, chosen in masks.items():
        wrong = read[chosen & (read != labels)]
        rows[name] = {
            "images": int(chosen.sum()),
            "mse": float(errors[chosen].mean()),
            "accuracy": float((read == labels)[chosen].double().mean()),
            "read as": str(int(wrong.mode().values)) if len(wrong) else "–",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("digit")


@torch.no_grad()
def features(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's last hidden layer, [N, 128], for images [N, 1, 28, 28] in [0, 1].

    Raises:
        TypeError, ValueError: as `predict`.
    """
    return by_batch(classifier.features, _prepare(classifier, images))


def _prepare(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """Images as the classifier takes them, in its precision and on its device; others are refused."""
    if not isinstance(images, Tensor) or not images.is_floating_point():
        kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
        raise TypeError(f"images must be a floating-point tensor in [0, 1], not {kind}")
    if not len(images):
        raise ValueError("there are no images to read")
    if not bool(((images >= -TOLERANCE) & (images <= 1 + TOLERANCE)).all()):
        low, high = images.min().item(), images.max().item()
        raise ValueError(f"images must lie in [0, 1], not in [{low:g}, {high:g}]")
    parameter = next(classifier.parameters(), None)
    return images if parameter is None else images.to(parameter)


def check_labels(labels: Tensor, n: int | None = None) -> None:
    """Refuse labels that are not [N] integers from 0 to 9."""
    if not isinstance(labels, Tensor) or labels.is_floating_point() or labels.dtype == torch.bool:
        kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"labels must be an integer tensor, not {kind}")
    if labels.ndim != 1 or not len(labels) or n not in (None, len(labels)):
        raise ValueError(f"labels must have shape [{n or 'N'}], not {list(labels.shape)}")
    if not bool(((labels >= 0) & (labels < DIGITS)).all()):
        raise ValueError(f"labels must lie in 0 to 9, not in {labels.min()} to {labels.max()}")
