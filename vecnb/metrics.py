"""The numbers that the book reports, and the floors and ceilings that give them a scale.

Convention: x and x_recon are [N, 1, 28, 28] in [0, 1], ink = 1, x the original; labels are [N] int64.
Every function computes in float64 and returns plain Python numbers, arrays of float64, or a table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from vecnb.models import DigitClassifier

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 10
BATCH = 250  # images that are worked on together, few enough to stay in the cache; changes no result


# How near is a reconstruction?


def mse(x_recon: Tensor, x: Tensor) -> float:
    """Mean squared error per pixel.

    Implements {eq}`eq-mse` in book/01_introduction.md.

    Args:
        x_recon, x: [N, 1, H, W].
    Returns:
        Mean over images and pixels, squared ink, >= 0.
    Raises:
        ValueError: the shapes differ.
    """
    return float(squared_errors(x_recon, x).mean())


def squared_errors(x_recon: Tensor, x: Tensor) -> Tensor:
    """Squared error of each image, averaged over its pixels: [N]."""
    _check_pair(x_recon, x)

    def mean_square(recon: Tensor, original: Tensor) -> Tensor:
        return (recon - original).double().square().flatten(1).mean(1)

    return _by_batch(mean_square, x_recon, x)


def binary_cross_entropy(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> float:
    """Binary cross-entropy, summed over the pixels of an image and averaged over images.

    Implements {eq}`eq-bce` in book/01_introduction.md, with 0 ln 0 = 0. Nothing is clipped unless asked
    for: ink where x_recon is exactly 0 costs infinitely many nats, and so does paper where it is exactly 1.

    Args:
        x_recon, x: [N, 1, H, W] in [0, 1].
        clamp: x_recon is first moved into [clamp, 1 − clamp]; say so beside the number when it is not 0.
    Returns:
        Nats per image, >= `entropy_floor(x)`; may be inf.
    Raises:
        ValueError: the shapes differ, or x_recon leaves [0, 1].
    """
    return float(binary_cross_entropies(x_recon, x, clamp=clamp).mean())


def binary_cross_entropies(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> Tensor:
    """Binary cross-entropy of each image, summed over its pixels: [N] nats."""
    _check_pair(x_recon, x)
    if not clamp and not torch.equal(x_recon.clamp(0, 1), x_recon):
        raise ValueError("x_recon leaves [0, 1]: clamp it")

    def nats(paint: Tensor, ink: Tensor) -> Tensor:
        paint, ink = paint.double().clamp(clamp, 1 - clamp), ink.double()
        as_ink = torch.xlogy(ink, paint)  # 0 ln 0 = 0
        as_paper = torch.special.xlog1py(1 - ink, -paint)
        return -(as_ink + as_paper).flatten(1).sum(1)

    return _by_batch(nats, x_recon, x)


def entropy_floor(x: Tensor) -> float:
    """The least possible `bce` on these images, reached by x_recon = x: their pixels' entropy in nats.

    Zero for black and white images; on the 10,000 test digits of MNIST, 45.53.
    """
    return binary_cross_entropy(x, x)


def excess_cross_entropy(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> float:
    """`bce` above its floor: the Kullback-Leibler divergence from the pixels to their reconstruction.

    Implements {eq}`eq-excess` in book/01_introduction.md.

    Returns:
        Nats per image, >= 0 and 0 only for x_recon = x; may be inf.
    """
    return binary_cross_entropy(x_recon, x, clamp=clamp) - entropy_floor(x)


def _by_batch(function: Callable[..., Tensor], *images: Tensor) -> Tensor:
    """A function of images, one value or row for each, applied to a few images at a time."""
    return torch.cat(
        [function(*batch) for batch in zip(*(tensor.split(BATCH) for tensor in images), strict=True)]
    )


def _check_pair(x_recon: Tensor, x: Tensor) -> None:
    if x_recon.shape != x.shape:
        raise ValueError(f"x_recon is {list(x_recon.shape)} and x is {list(x.shape)}")


# Can it still be read?


@torch.no_grad()
def predict(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's label for each image, [N] int64, for images [N, 1, 28, 28]."""
    return _by_batch(lambda batch: classifier(batch).argmax(1), images)


@torch.no_grad()
def negative_log_likelihood(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> Tensor:
    """How little the classifier believes each label: −ln of its probability, [N] nats, >= 0."""

    def nats(batch: Tensor, label: Tensor) -> Tensor:
        return functional.cross_entropy(classifier(batch), label, reduction="none")

    return _by_batch(nats, images, labels)


def accuracy(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> float:
    """Share of the images that the classifier reads as their label, in [0, 1].

    The images may be reconstructions or hard rasters of lines: then this says how much of the digit's
    identity has survived.
    """
    return float((predict(classifier, images) == labels).double().mean())


def per_class(x_recon: Tensor, x: Tensor, labels: Tensor, classifier: DigitClassifier) -> pd.DataFrame:
    """How well each of the ten digits survives; needs pandas, of the extra [plots].

    Args:
        x_recon, x: [N, 1, 28, 28] in [0, 1].
        labels: [N].
    Returns:
        A table of eleven rows, the digits 0 to 9 and "all", with the columns `images` (how many), `mse`
        (per pixel), `accuracy` (in [0, 1]) and `read as` (the most frequent wrong reading, "–" if none).
    """
    import pandas as pd

    read = predict(classifier, x_recon)
    errors = squared_errors(x_recon, x)
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


# Do samples look like the data?


@torch.no_grad()
def features(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's last hidden layer, [N, 128], for images [N, 1, 28, 28]."""
    return _by_batch(classifier.features, images)


def frechet_distance(features_a: Tensor, features_b: Tensor) -> float:
    """Squared Fréchet distance between two clouds of features, each taken as a Gaussian.

    |m_a − m_b|² + tr(A + B − 2 (A^½ B A^½)^½), with means m and covariances A, B (divided by n − 1).
    The measure of Heusel et al. (2017), on our classifier's features in place of Inception's, so that
    its values compare within this book only.

    Args:
        features_a: [N, F], N >= 2, F >= 2.
        features_b: [M, F], M >= 2.
    Returns:
        >= 0, up to rounding; in squared units of the features.
    """
    a, b = features_a.double(), features_b.double()
    covariance_a, covariance_b = torch.cov(a.T), torch.cov(b.T)
    root = _matrix_root(covariance_a)
    cross = _matrix_root(root @ covariance_b @ root)
    spread = covariance_a.trace() + covariance_b.trace() - 2 * cross.trace()
    return float((a.mean(0) - b.mean(0)).square().sum() + spread)


def _matrix_root(matrix: Tensor) -> Tensor:
    """Symmetric square root of a symmetric positive semi-definite matrix [F, F]."""
    values, vectors = torch.linalg.eigh((matrix + matrix.T) / 2)
    return vectors * values.clamp(min=0).sqrt() @ vectors.T  # rounding leaves values just below zero


def label_entropy(labels: Tensor) -> float:
    """Entropy of the distribution of hard labels, in nats: ln 10 = 2.303 when all digits are as frequent.

    Hard labels, not averaged probabilities: one ambiguous image drawn over and over has an averaged
    entropy that looks like variety.

    Args:
        labels: [N] int64 in 0..9, for instance `predict`'s.
    """
    shares = torch.bincount(labels, minlength=DIGITS).double() / len(labels)
    return float(torch.special.entr(shares).sum())
