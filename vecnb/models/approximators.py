"""Approximate renderers: networks that learn to draw as the rasteriser does, and have a gradient."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vecnb.images import PIXEL
from vecnb.models.codec import SHARPNESS_RANGE

MAX_LOGIT = 12.0  # no pixel of an approximation is above 1 − 6e-6, whatever the network says


class JointApproximator(nn.Module):
    """Thesis 3.4's approximate renderer: all lines at once through three linear layers, and a sigmoid.

    The thesis names no sizes; 512 is ours.
    """

    def __init__(self, n_lines: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4 * n_lines, 512), nn.LeakyReLU(), nn.Linear(512, 512), nn.LeakyReLU()
        )
        self.pixels = nn.Linear(512, 784)

    def forward(self, lines: Tensor, width: Tensor, sharpness: Tensor) -> Tensor:
        """X' ≈ r(lines), [B, 1, 28, 28] in (0, 1); the widths are the rasteriser's own and not looked at."""
        return bounded_sigmoid(self.pixels(self.layers(lines.flatten(1)))).view(-1, 1, 28, 28)


class PerLineApproximator(nn.Module):
    """Our approximate renderer: one line at a time, composed by the maximum as the rasteriser composes.

    A coordinate enters as itself and as sines and cosines of four frequencies
    ({eq}`eq-fourier-features` in book/03_variational_autoencoder.md): a network of bare coordinates learns
    the blur of a stroke long before its edge. The width of the line and the sharpness of its edge enter too.
    """

    FREQUENCIES = 4  # π, 2π, 4π, 8π: the shortest wave is 7 pixels long

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4 * (1 + 2 * self.FREQUENCIES) + 2, 256),
            nn.GELU(),
            nn.Linear(256, 256),
            nn.GELU(),
            nn.Linear(256, 784),
        )
        nn.init.constant_(self.layers.get_parameter("4.bias"), -4.0)  # an empty image to begin with

    def forward(self, lines: Tensor, width: Tensor, sharpness: Tensor) -> Tensor:
        """X' ≈ r(lines), [B, 1, 28, 28] in (0, 1), for lines [B, N, 4], width [B, N], sharpness [B]."""
        frequencies = math.pi * 2.0 ** torch.arange(self.FREQUENCIES, device=lines.device)
        angles = (lines[..., None] * frequencies).flatten(-2)
        sharp = (sharpness / SHARPNESS_RANGE[1])[:, None].expand_as(width)
        stroke = torch.stack([width / (3 * PIXEL), sharp], -1)
        features = torch.cat([lines, angles.sin(), angles.cos(), stroke], -1)
        return bounded_sigmoid(self.layers(features).amax(1)).view(-1, 1, 28, 28)


def bounded_sigmoid(logits: Tensor) -> Tensor:
    """A sigmoid that never comes so near to 0 or 1 that its cross-entropy loses its gradient."""
    return torch.sigmoid(MAX_LOGIT * torch.tanh(logits / MAX_LOGIT))
