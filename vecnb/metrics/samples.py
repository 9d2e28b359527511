"""Do samples look like the data? Distances between clouds of features. Convention as in `vecnb.metrics`."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.choices import check_count
from vecnb.densities import to_double
from vecnb.metrics.reading import DIGITS, check_labels

ROWS = 1_000  # of a matrix of distances, at a time; changes no result


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
    _check_features(features_a, features_b)
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
    check_labels(labels)
    shares = torch.bincount(labels.cpu(), minlength=DIGITS).double() / len(labels)
    return float(torch.special.entr(shares).sum())


def nearest_distances(features_a: Tensor, features_b: Tensor, k: int = 1) -> Tensor:
    """Euclidean distances of the rows of `features_a` [N, F] from their k-th nearest in `features_b`: [N].

    Of images, flattened, from the training images: how far samples are from being copies.

        >>> nearest_distances(torch.tensor([[0.0, 3.0]]), torch.tensor([[0.0, 0.0], [4.0, 0.0]]), k=2)
        tensor([5.], dtype=torch.float64)

    Args:
        k: 1 to M; with one set in both places, the first neighbour of each row is the row itself.
    Raises:
        TypeError, ValueError: k is not an integer from 1 to M; or the features are not [N, F] and [M, F], or
            not finite.
    """
    _check_features(features_a, features_b, least=1)
    check_count("k", k, 1, len(features_b))
    a, b = to_double(features_a), to_double(features_b)
    nearest = [torch.cdist(part, b).kthvalue(k, 1).values for part in a.split(ROWS)]
    return torch.cat(nearest)


def precision_recall(real: Tensor, samples: Tensor, k: int = 3) -> tuple[float, float]:
    """Share of samples among the data, and share of the data among samples (Kynkäänniemi et al., 2019).

    A feature is *among* a cloud if it is no farther from one of its points than that point is from its own
    k-th neighbour. Samples that are good but alike have precision without recall.

        >>> real = torch.tensor([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [9.0, 0.0], [10.0, 0.0]])
        >>> precision_recall(real, real[:3] + 0.25, k=1)  # none of the two on the right is among the samples
        (1.0, 0.6)

    Args:
        real: [N, F] features of the data.
        samples: [M, F] features of samples.
        k: which neighbour, 1 to min(N, M) − 1.
    Returns:
        precision and recall, each in [0, 1].
    Raises:
        TypeError, ValueError: as `nearest_distances`; N or M is below 2.
    """
    _check_features(real, samples, least=1)
    check_count("k", k, 1, min(len(real), len(samples)) - 1)
    return _share_among(samples, real, k), _share_among(real, samples, k)


def _share_among(points: Tensor, cloud: Tensor, k: int) -> float:
    cloud, points = to_double(cloud), to_double(points)
    reach = nearest_distances(cloud, cloud, k + 1)  # the first is the point itself
    among = [(torch.cdist(part, cloud) <= reach).any(1) for part in points.split(ROWS)]
    return float(torch.cat(among).double().mean())


def _check_features(features_a: Tensor, features_b: Tensor, least: int = 2) -> None:
    """Refuse what is not [N, F] and [M, F], each side at least so long, or not finite."""
    for features in (features_a, features_b):
        if features.ndim != 2 or min(features.shape) < least or features.shape[1] != features_a.shape[1]:
            shapes = f"{list(features_a.shape)} and {list(features_b.shape)}"
            raise ValueError(f"features must be [N, F] and [M, F] with N, M, F >= {least}, not {shapes}")
        if not bool(features.isfinite().all()):
            raise ValueError("features must be finite")
