"""Discriminators, whose logit estimates the log-ratio r(x, z) of model to data (thesis (10))."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

PATCH_FEATURES = 48  # of each of the 8 × 8 patches
REGION_FEATURES = 96  # of each of the 4 × 4 regions of 2 × 2 patches


class ImageDiscriminator(nn.Module):
    """r(·; θ) of thesis (10): one number a sample, large where the model p, low where the data q is likely.

    Images pass through two convolutions, of 8×8 pixels with stride 4 and of 2×2 patches with stride 2, each
    written as one matrix product: on a CPU the second derivatives that a penalty on the slope asks for are
    many times faster so.

    Args:
        channels: of the images that it sees: 1 for x, 2 for x and the drawing of z.
        code_size: numbers of z that it sees beside them.
        batch_deviation: whether it also sees how much the batch varies (`batch_deviation`).
        spectral_norm: whether every layer is divided by its largest singular value.
    """

    def __init__(
        self,
        *,
        channels: int = 1,
        code_size: int = 0,
        batch_deviation: bool = False,
        spectral_norm: bool = False,
    ):
        super().__init__()
        normalise: Callable[[nn.Linear], nn.Module] = lambda layer: layer  # noqa: E731
        if spectral_norm:
            normalise = parametrizations.spectral_norm
        self.channels, self.batch_deviation = channels, batch_deviation
        self.patches = normalise(nn.Linear(64 * channels, PATCH_FEATURES))
        self.regions = normalise(nn.Linear(4 * PATCH_FEATURES, REGION_FEATURES))
        self.first = normalise(nn.Linear(16 * REGION_FEATURES + code_size, 256))
        self.second = normalise(nn.Linear(256 + batch_deviation, 256))
        self.last = normalise(nn.Linear(256, 1))

    def forward(self, images: Tensor, z: Tensor | None = None) -> Tensor:
        """The log-ratio [B] of images [B, channels, 28, 28], or of pairs of them and codes [B, code_size]."""
        parts = [] if z is None else [2 * z - 1]
        parts.append(self._features(images).flatten(1))
        hidden = F.leaky_relu(self.first(torch.cat(parts, 1)), 0.2)
        if self.batch_deviation:
            hidden = torch.cat([hidden, batch_deviation(hidden)], 1)
        return self.last(F.leaky_relu(self.second(hidden), 0.2))[:, 0]

    def _features(self, images: Tensor) -> Tensor:
        """The features [B, 4, 4, REGION_FEATURES] of images [B, channels, 28, 28]."""
        blocks = F.pad(images, (4, 4, 4, 4)).view(-1, self.channels, 9, 4, 9, 4)
        blocks = blocks.permute(0, 2, 4, 1, 3, 5).flatten(3)  # [B, 9, 9, 16 channels]
        corners = [blocks[:, down : down + 8, right : right + 8] for down in (0, 1) for right in (0, 1)]
        patches = F.leaky_relu(self.patches(torch.cat(corners, 3)), 0.2)  # [B, 8, 8, PATCH_FEATURES]
        around = patches.unflatten(2, (4, 2)).unflatten(1, (4, 2)).transpose(2, 3).flatten(3)
        return F.leaky_relu(self.regions(around), 0.2)


class ParameterDiscriminator(nn.Module):
    """r of codes alone: three layers of 512 cost less than the convolutions of one image.

    Args:
        code_size: Z.
    """

    SCALE = 10.0  # a coordinate of the codes of MNIST has a standard deviation of about .1

    def __init__(self, code_size: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(code_size, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 1),
        )

    def forward(self, z: Tensor) -> Tensor:
        """The log-ratio [B] of codes [B, Z] in (0, 1)."""
        return self.layers(self.SCALE * (z - 0.5))[:, 0]


def batch_deviation(hidden: Tensor) -> Tensor:
    """How much a batch varies: the standard deviation of each feature over the batch, averaged over features.

    A generator that has collapsed is told by it, whatever its single samples look like
    (Karras et al., 2018; {eq}`eq-deviation` in book/04_likelihood_free.md).

    Args:
        hidden: [B, F].
    Returns:
        [B, 1], the same number for every sample of the batch.
    """
    deviation = (hidden.var(0, unbiased=False) + 1e-8).sqrt().mean()
    return deviation.expand(len(hidden), 1)
