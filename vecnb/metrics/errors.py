"""How near is a reconstruction? Convention as in `vecnb.metrics`."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from vecnb.densities import to_double

BATCH = 250  # images that are worked on together, few enough to stay in the cache; changes no result


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

    return by_batch(mean_square, x_recon, x)


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

    return by_batch(nats, x_recon, x)


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


def by_batch(function: Callable[..., Tensor], *images: Tensor) -> Tensor:
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
