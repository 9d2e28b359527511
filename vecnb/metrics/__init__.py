"""The numbers that the book reports.

Convention: x and x_recon are [N, 1, H, W] float in [0, 1], ink = 1, x the original; labels are [N] int64;
N is at least 1. Errors, entropies and distances are computed in float64; what the classifier says (`predict`,
`features`, `negative_log_likelihood`) in its own precision.
"""

from vecnb.metrics.errors import (
    binary_cross_entropies,
    binary_cross_entropy,
    entropy_floor,
    excess_cross_entropy,
    mse,
    squared_errors,
)
from vecnb.metrics.reading import accuracy, features, negative_log_likelihood, per_class, predict
from vecnb.metrics.samples import frechet_distance, label_entropy, nearest_distances, precision_recall

__all__ = [
    "accuracy",
    "binary_cross_entropies",
    "binary_cross_entropy",
    "entropy_floor",
    "excess_cross_entropy",
    "features",
    "frechet_distance",
    "label_entropy",
    "mse",
    "nearest_distances",
    "negative_log_likelihood",
    "per_class",
    "precision_recall",
    "predict",
    "squared_errors",
]
