"""Which images a step trains on: a function of (seed, step) alone."""

from __future__ import annotations

import functools

import torch
from torch import Tensor


def batch_indices(size: int, batch: int, step: int, seed: int) -> Tensor:
    """Which images step `step` (from 1) trains on: an epoch's order is a function of (seed, epoch) alone.

        >>> torch.cat([batch_indices(6, 2, step, seed=0) for step in (1, 2, 3)]).sort().values
        tensor([0, 1, 2, 3, 4, 5])

    Args:
        size: number of images; an incomplete last batch of an epoch is left out.
        batch: 1 to size.
    Returns:
        [batch] int64.
    Raises:
        ValueError: the batch is empty, or larger than the data.
    """
    check_batch(size, batch)
    epoch, place = divmod(step - 1, size // batch)
    return _permutation(size, seed, epoch)[place * batch : (place + 1) * batch]


def check_batch(size: int, batch: int) -> None:
    """Refuse batches that cannot be drawn from so many images.

    Raises:
        ValueError: the batch is empty, or larger than the data.
    """
    if batch < 1:
        raise ValueError(f"a batch must have at least one image, not {batch}")
    if batch > size:
        raise ValueError(f"a batch of {batch} cannot be drawn from {size} images: choose a smaller one")


@functools.lru_cache(maxsize=2)  # chapter 3 walks through the images at two paces
def _permutation(size: int, seed: int, epoch: int) -> Tensor:
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))
