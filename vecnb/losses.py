"""The losses that training minimises; what the book reports is in metrics.py."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def multiscale_mse(x_recon: Tensor, x: Tensor, scales: int = 1) -> Tensor:
    """Squared error of the images, and of the same images halved once, twice and so on.

    Implements {eq}`eq-multiscale` in book/02_line_renderer.md; with one scale it is the mean squared error.
    Halving averages 2×2 pixels, which divides the variance of independent errors by four; a factor 4 per
    halving would give every scale the same weight, and 2 lets the finest keep the largest.

    Args:
        x_recon, x: [B, 1, H, W], ink in [0, 1].
        scales: >= 1.
    Returns:
        Scalar >= 0, squared ink, differentiable in x_recon.
    Raises:
        ValueError: scales is below 1.
    """
    if scales < 1:
        raise ValueError(f"scales must be at least 1, not {scales}")
    loss = F.mse_loss(x_recon, x)
    for scale in range(1, scales):
        x_recon, x = F.avg_pool2d(x_recon, 2), F.avg_pool2d(x, 2)
        loss = loss + 2**scale * F.mse_loss(x_recon, x)
    return loss
