"""The numbers that the book reports, and the floors and ceilings that give them a scale.

Convention: x and x_recon are [N, 1, 28, 28] in [0, 1], ink = 1, x the original; labels are [N] int64.
Every function computes in float64 and returns plain Python numbers, arrays of float64, or a table.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from vecnb.models import DigitClassifier
from vecnb.runs import RESULTS, read_tensors

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


def bce(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> float:
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
    return float(cross_entropies(x_recon, x, clamp=clamp).mean())


def cross_entropies(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> Tensor:
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
    return bce(x, x)


def excess_bce(x_recon: Tensor, x: Tensor, *, clamp: float = 0.0) -> float:
    """`bce` above its floor: the Kullback-Leibler divergence from the pixels to their reconstruction.

    Implements {eq}`eq-excess` in book/01_introduction.md.

    Returns:
        Nats per image, >= 0 and 0 only for x_recon = x; may be inf.
    """
    return bce(x_recon, x, clamp=clamp) - entropy_floor(x)


def _by_batch(function: Callable[..., Tensor], *images: Tensor) -> Tensor:
    """A function of images, one value or row for each, applied to a few images at a time."""
    return torch.cat(
        [function(*batch) for batch in zip(*(tensor.split(BATCH) for tensor in images), strict=True)]
    )


def _check_pair(x_recon: Tensor, x: Tensor) -> None:
    if x_recon.shape != x.shape:
        raise ValueError(f"x_recon is {list(x_recon.shape)} and x is {list(x.shape)}")


# Can it still be read?


@functools.cache
def load_classifier() -> DigitClassifier:
    """The committed digit classifier: in evaluation mode, its weights frozen, one object per process.

    Gradients pass through it to the images, so it can be asked what it looks at.

    Raises:
        FileNotFoundError: book/results/classifier is absent; the message names the training command.
    """
    weights = RESULTS / "classifier" / "weights.safetensors"
    if not weights.exists():
        raise FileNotFoundError(
            f"{weights} is missing: take it from git, or run python -m vecnb.training.classifier"
        )
    classifier = DigitClassifier()
    classifier.load_state_dict(read_tensors(weights)[0])
    return classifier.eval().requires_grad_(False)


@torch.no_grad()
def predict(classifier: DigitClassifier, images: Tensor) -> Tensor:
    """The classifier's label for each image, [N] int64, for images [N, 1, 28, 28]."""
    return _by_batch(lambda batch: classifier(batch).argmax(1), images)


@torch.no_grad()
def surprise(classifier: DigitClassifier, images: Tensor, labels: Tensor) -> Tensor:
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


def per_digit(x_recon: Tensor, x: Tensor, labels: Tensor, classifier: DigitClassifier) -> pd.DataFrame:
    """How well each of the ten digits survives.

    Args:
        x_recon, x: [N, 1, 28, 28] in [0, 1].
        labels: [N].
    Returns:
        A table of eleven rows, the digits 0 to 9 and "all", with the columns `images` (how many), `mse`
        (per pixel), `accuracy` (in [0, 1]) and `read as` (the most frequent wrong reading, "–" if none).
    """
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


# What is a number worth? The floors


def blank(x: Tensor) -> Tensor:
    """The code of no numbers: an empty page for every image."""
    return torch.zeros_like(x)


def mean_image(x_train: Tensor, x: Tensor) -> Tensor:
    """The same best guess for every image, again a code of no numbers: the mean of the training images."""
    return x_train.mean(0, keepdim=True).expand_as(x)


def class_mean(x_train: Tensor, labels_train: Tensor, labels: Tensor) -> Tensor:
    """A code of one digit: the mean training image of the label, [N, 1, 28, 28] for labels [N]."""
    means = torch.stack([x_train[labels_train == digit].mean(0) for digit in range(DIGITS)])
    return means[labels]


def nearest_bilevel(x: Tensor) -> Tensor:
    """The nearest image of pure ink and pure paper: what a rasteriser without grey can reach at best."""
    return (x >= 0.5).to(x.dtype)


@dataclass(frozen=True)
class PCA:
    """Principal components: the best *linear* code of any given length, in mean squared error.

    Attributes:
        mean: [784].
        components: [784, 784], orthonormal rows, in order of falling variance.
        variances: [784], along each component.
    """

    mean: Tensor
    components: Tensor
    variances: Tensor

    def reconstruct(self, x: Tensor, k: int) -> Tensor:
        """x [N, 1, 28, 28] from its first k components, clipped into [0, 1], which only brings it nearer."""
        mean, basis = self.mean.to(x.dtype), self.components[:k].to(x.dtype)
        code = (x.flatten(1) - mean) @ basis.T
        return (mean + code @ basis).clamp(0, 1).reshape(x.shape)


def fit_pca(x_train: Tensor) -> PCA:
    """Principal components of the images, exactly, from their covariance matrix."""
    flat = x_train.flatten(1)
    mean = flat.double().mean(0)
    scatter = torch.zeros(len(mean), len(mean), dtype=torch.float64)
    for chunk in flat.split(5000):  # bounds the memory of the float64 copy
        centred = chunk.double() - mean
        scatter += centred.T @ centred
    values, vectors = torch.linalg.eigh(scatter / (len(flat) - 1))
    return PCA(mean, vectors.T.flip(0).contiguous(), values.flip(0))
