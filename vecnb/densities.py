"""Log-densities that are known in closed form: of a Gaussian, and of smoothed data."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def to_double(values: Tensor) -> Tensor:
    """The values in float64, on the CPU if they are on a device that has none (Apple's)."""
    return (values.cpu() if values.device.type == "mps" else values).double()


def gaussian_log_density(x: Tensor, mean: Tensor, std: float | Tensor) -> Tensor:
    """log N(x; mean, std²), summed over all dimensions but the first.

    Args:
        x, mean: [B, ...].
        std: > 0, of that shape or a number.
    Returns:
        [B] nats.
    Raises:
        ValueError: the shapes of x and mean differ, or std is a number that is not above 0.
    """
    if x.shape != mean.shape:
        raise ValueError(f"x is {list(x.shape)} and mean is {list(mean.shape)}")
    if not isinstance(std, Tensor) and not std > 0:
        raise ValueError(f"std must be above 0, not {std}")
    std = torch.as_tensor(std, dtype=x.dtype, device=x.device)
    nats = -0.5 * ((x - mean) / std).square() - std.log() - 0.5 * math.log(2 * math.pi)
    return nats.flatten(1).sum(1)


def smoothed_log_density(x: Tensor, centres: Tensor, std: float) -> Tensor:
    """log of the empirical distribution with Gaussian noise on it: an equal mixture of a bump at each centre.

    Implements {eq}`eq-smoothed` in book/04_likelihood_free.md, exactly: every centre counts.

    Args:
        x: [B, ...].
        centres: [M, ...], for instance all training images.
        std: > 0, of the noise.
    Returns:
        [B] nats, computed in float64.
    Raises:
        ValueError: there are no centres, they are of another shape than x, or std is not above 0.
    """
    if x.shape[1:] != centres.shape[1:] or not len(centres):
        raise ValueError(f"x is {list(x.shape)} and centres are {list(centres.shape)}")
    if not std > 0:
        raise ValueError(f"std must be above 0, not {std}")
    x, centres = to_double(x).flatten(1), centres.flatten(1)
    parts = (to_double(part) for part in centres.split(5000))
    squared = torch.cat(
        [x.square().sum(1, keepdim=True) - 2 * x @ part.T + part.square().sum(1) for part in parts], dim=1
    )
    constant = math.log(len(centres)) + 0.5 * x.shape[1] * math.log(2 * math.pi * std**2)
    return torch.logsumexp(-squared / (2 * std**2), dim=1) - constant
