"""The numbers that the book reports.

Convention: x and x_recon are [N, 1, H, W] float in [0, 1], ink = 1, x the original; labels are [N] int64;
N is at least 1. Errors, entropies and distances are computed in float64; what the classifier says (`predict`,
`features`, `negative_log_likelihood`) in its own precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from vecnb.densities import to_double
from vecnb.models.classifier import DigitClassifier

if TYPE_CHECKING:
    import pandas as pd

DIGITS = 10
BATCH = 250  # images that are worked on together, few enough to stay in the cache; changes no result
TOLERANCE = 1e-3  # a reconstruction may leave [0, 1] by a rounding


# How near is a reconstruction?


def mse(x_recon: Tensor, x: Tensor) -> float:
    """Mean squared error per pixel.

    Implements {eq}`eq-mse` in book/01_introduction.md.

        >>> mse(torch.zeros(2, 1, 28, 28), torch.full((2, 1, 28, 28), 0.5))
        0.25

    Args:
        x_recon, x: [N, 1, H, W] float.
    Returns:
        Mean over images and pixels, squared ink, >= 0.
    Raises:
        TypeError: one of them is not a floating-point tensor.
        ValueError: the shapes differ, or there are no images.
    """
    return float(squared_errors(x_recon, x).mean())


def squared_errors(x_recon: Tensor, x: Tensor) -> Tensor:
    """Squared error of each image, averaged over its pixels: [N] float64."""
    _check_pair(x_recon, x)

    def mean_square(recon: Tensor, original: Tensor) -> Tensor:
        return (to_double(recon) - to_double(original)).square().flatten(1).mean(1)

    return _by_batch(mean_square, x_recon, x)


def binary_cross_entropy(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> float:
    """Binary cross-entropy, summed over the pixels of an image and averaged over images.

    Implements {eq}`eq-bce` in book/01_introduction.md, with 0 ln 0 = 0. Nothing is clipped unless asked
    for: ink where x_recon is exactly 0 costs infinitely many nats, and so does its absence where it is 1.

        >>> round(binary_cross_entropy(torch.full((1, 1, 1, 2), 0.5), torch.ones(1, 1, 1, 2)), 4)  # 2 ln 2
        1.3863

    Args:
        x_recon, x: [N, 1, H, W] float in [0, 1].
        clamp: in [0, 0.5); x_recon is first moved into [clamp, 1 − clamp]; say so beside the number when it
            is not 0.
    Returns:
        Nats per image, >= `entropy_floor(x)`; may be inf.
    Raises:
        TypeError: x_recon or x is not a floating-point tensor.
        ValueError: the shapes differ, there are no images, x leaves [0, 1], or x_recon does, unclamped; or
            clamp is out of range.
    """
    return float(binary_cross_entropies(x_recon, x, clamp=clamp).mean())


def binary_cross_entropies(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> Tensor:
    """Binary cross-entropy of each image, summed over its pixels: [N] nats, float64."""
    _check_pair(x_recon, x)
    if not 0 <= clamp < 0.5:
        raise ValueError(f"clamp must be in [0, 0.5), not {clamp}")
    if not torch.equal(x.clamp(0, 1), x):
        raise ValueError(f"x leaves [0, 1]: it reaches from {x.min().item():g} to {x.max().item():g}")
    if not clamp and not torch.equal(x_recon.clamp(0, 1), x_recon):
        raise ValueError("x_recon leaves [0, 1]: clamp it")

    def nats(recon: Tensor, original: Tensor) -> Tensor:
        recon, original = to_double(recon).clamp(clamp, 1 - clamp), to_double(original)
        foreground = torch.xlogy(original, recon)  # 0 ln 0 = 0
        background = torch.special.xlog1py(1 - original, -recon)
        return -(foreground + background).flatten(1).sum(1)

    return _by_batch(nats, x_recon, x)


def entropy_floor(x: Tensor) -> float:
    """The least possible cross-entropy of images, reached by x_recon = x: their pixels' entropy in nats.

    Zero for black and white images; on the 10,000 test digits of MNIST, 45.53.
    """
    return binary_cross_entropy(x, x)


def excess_cross_entropy(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> float:
    """Binary cross-entropy above its floor: the Kullback-Leibler divergence from the pixels to x_recon.

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
    """Refuse a reconstruction and an original that cannot be compared."""
    for name, images in (("x_recon", x_recon), ("x", x)):
        if not isinstance(images, Tensor) or not images.is_floating_point():
            kind = images.dtype if isinstance(images, Tensor) else type(images).__name__
            raise TypeError(f"{name} must be a floating-point tensor in [0, 1], not {kind}")
    if x_recon.shape != x.shape:
        raise ValueError(f"x_recon is {list(x_recon.shape)} and x is {list(x.shape)}")
    if not len(x):
        raise ValueError("there are no images to compare")


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


def _check_labels(labels: Tensor, n: int | None = None) -> None:
    """Refuse labels that are not [N] integers from 0 to 9."""
    if not isinstance(labels, Tensor) or labels.is_floating_point() or labels.dtype == torch.bool:
        kind = labels.dtype if isinstance(labels, Tensor) else type(labels).__name__
        raise TypeError(f"labels must be an integer tensor, not {kind}")
    if labels.ndim != 1 or not len(labels) or n not in (None, len(labels)):
        raise ValueError(f"labels must have shape [{n or 'N'}], not {list(labels.shape)}")
    if not bool(((labels >= 0) & (labels < DIGITS)).all()):
        raise ValueError(f"labels must lie in 0 to 9, not in {labels.min()} to {labels.max()}")


# Can it still be read?


@torch.no_grad()
def predict(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's label for each image, [N] int64, for images [N, 1, 28, 28] in [0, 1].

    Raises:
        TypeError: images is not a floating-point tensor.
        ValueError: another shape, no images, or values outside [0, 1].
    """
    return _by_batch(lambda batch: classifier(batch).argmax(1), _prepare(classifier, images))


@torch.no_grad()
def negative_log_likelihood(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> Tensor:
    """Minus the logarithm of the probability that the classifier gives each label: [N] nats, >= 0.

    Raises:
        TypeError, ValueError: as `predict`; or labels are not [N] integers from 0 to 9.
    """
    _check_labels(labels, len(images))

    def nats(batch: Tensor, label: Tensor) -> Tensor:
        return functional.cross_entropy(classifier(batch), label, reduction="none")

    images = _prepare(classifier, images)
    return _by_batch(nats, images, labels.to(images.device))


def accuracy(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> float:
    """Share of the images that the classifier reads as their label, in [0, 1].

    The images may be reconstructions or hard rasters of lines: then this says how much of the digit's
    identity has survived.

    Raises:
        TypeError, ValueError: as `predict`; or labels are not [N] integers from 0 to 9.
    """
    _check_labels(labels, len(images))
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
    _check_labels(labels, len(x))
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


# Do samples look like the data?


@torch.no_grad()
def features(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's last hidden layer, [N, 128], for images [N, 1, 28, 28] in [0, 1].

    Raises:
        TypeError, ValueError: as `predict`.
    """
    return _by_batch(classifier.features, _prepare(classifier, images))


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
    Raises:
        ValueError: features are not [N, F] and [M, F], N, M, F >= 2; or not finite.
    """
    for features in (features_a, features_b):
        if features.ndim != 2 or min(features.shape) < 2 or features.shape[1] != features_a.shape[1]:
            shapes = f"{list(features_a.shape)} and {list(features_b.shape)}"
            raise ValueError(f"features must be [N, F] and [M, F] with N, M, F >= 2, not {shapes}")
        if not bool(features.isfinite().all()):
            raise ValueError("features must be finite")
    a, b = to_double(features_a), to_double(features_b)
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

        >>> round(label_entropy(torch.arange(10)), 3)
        2.303

    Args:
        labels: [N] int64 in 0..9, for instance `predict`'s.
    Raises:
        TypeError, ValueError: labels are not [N] integers from 0 to 9, or there are none.
    """
    _check_labels(labels)
    shares = torch.bincount(labels.cpu(), minlength=DIGITS).double() / len(labels)
    return float(torch.special.entr(shares).sum())
