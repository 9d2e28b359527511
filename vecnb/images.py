"""What every model of images agrees on: 28 × 28 pixels of ink between 0 and 1."""

from __future__ import annotations

from torch import Tensor

PIXEL = 1 / 28  # the side of an MNIST pixel, in the unit square


def check_images(images: Tensor) -> Tensor:
    """Return `images` unchanged if they are [B, 1, 28, 28] floats in [0, 1].

    Raises:
        TypeError: not a floating-point tensor.
        ValueError: another shape, or values outside [0, 1].
    """
    if not isinstance(images, Tensor) or not images.is_floating_point():
        raise TypeError("images must be a floating-point torch tensor; divide pixels of 0 to 255 by 255")
    if images.ndim != 4 or images.shape[1:] != (1, 28, 28):
        raise ValueError(f"images must have shape [B, 1, 28, 28], not {list(images.shape)}")
    if len(images) and not bool(((images >= 0) & (images <= 1)).all()):
        raise ValueError("images must lie in [0, 1], ink = 1; divide pixels of 0 to 255 by 255")
    return images
