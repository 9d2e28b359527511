"""Encoders, decoders and coordinate networks: the layers between images, codes and line parameters."""

from __future__ import annotations

from torch import nn

from vecnb.models.codec import init_output_bias, n_parameters


def strided_conv_encoder(outputs: int, *, normalised: bool = True) -> nn.Sequential:
    """Thesis 2.4: convolutions to 16 and 8 channels, batch normalisation and leaky ReLU, one linear layer.

    The thesis names no kernel and no stride; ours are 3×3, halving the image twice (28 → 14 → 7).

    Args:
        normalised: False leaves batch normalisation out, and nothing else.
    """
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.BatchNorm2d(16) if normalised else nn.Identity(),
        nn.LeakyReLU(),
        nn.Conv2d(16, 8, 3, stride=2, padding=1),
        nn.BatchNorm2d(8) if normalised else nn.Identity(),
        nn.LeakyReLU(),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, outputs),
    )


def patch_conv_encoder(outputs: int, *, channels: int = 64) -> nn.Sequential:
    """Our encoder: 4×4 patches, one convolution that mixes neighbours, three linear layers; no normalisation.

    Batch normalisation would shake every coordinate with the noise of its batch's statistics, which a
    regression to a tenth of a pixel feels.

    Args:
        channels: of the first layer; the second has twice as many, the linear ones four times as many units.
    """
    units = 4 * channels
    last = nn.Linear(units, outputs)
    nn.init.uniform_(last.bias, -0.3, 0.3)  # different lines to begin with, around the middle
    return nn.Sequential(
        nn.Conv2d(1, channels, 4, stride=4),  # 28 → 7
        nn.GELU(),
        nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),  # 7 → 4
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(2 * channels * 4 * 4, units),
        nn.GELU(),
        nn.Linear(units, units),
        nn.GELU(),
        last,
    )


def linear_conv_decoder() -> nn.Sequential:
    """Thesis 2.4: convolutions to 16 and 1 channels, no activations: one linear 5×5 filter, in effect."""
    return nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 1, 3, padding=1))


def mlp_decoder() -> nn.Sequential:
    """A decoder with the capacity that thesis 2.4 warns of: it can redraw a digit from almost any trace."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 512),
        nn.ReLU(),
        nn.Linear(512, 784),
        nn.Sigmoid(),
        nn.Unflatten(1, (1, 28, 28)),
    )


def mlp_layers(inputs: int, outputs: int) -> nn.Sequential:
    """Thesis 3.4's two linear layers with a leaky ReLU; the 400 units between them are ours.

    The thesis gives both layers that activation. Ours stops at the first: after the second, a mean could
    hardly be negative.
    """
    return nn.Sequential(nn.Linear(inputs, 400), nn.LeakyReLU(), nn.Linear(400, outputs))


def coordinate_network(inputs: int, n_lines: int) -> nn.Sequential:
    """Our coordinate network: three linear layers, from a code to N lines, their widths and sharpness."""
    last = nn.Linear(256, n_parameters(n_lines, learnt_stroke=True))
    network = nn.Sequential(nn.Linear(inputs, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), last)
    init_output_bias(network, n_lines)
    return network
