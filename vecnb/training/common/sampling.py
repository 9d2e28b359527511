"""Which images a step trains on: a function of (seed, step) alone."""

from __future__ import annotations

import functools

import torch
from torch import Tensor


def batch_indices(size: int, batch: int, step: int, seed: int) -> Tensor:
    """Which images step `step` (from 1) trains on: an epoch's order is a function of (seed, epoch) alone.

    Args:
        size: number of images; an incomplete last batch of an epoch is left out.
    Returns:
        [batch] int64.
    """
    epoch, place = divmod(step - 1, size // batch)
    return _permutation(size, seed, epoch)[place * batch : (place + 1) * batch]


@functools.lru_cache(maxsize=2)  # chapter 3 walks through the images at two paces
def _permutation(size: int, seed: int, epoch: int) -> Tensor:
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))
