"""The losses that training minimises; what the book reports is in metrics.py."""

from __future__ import annotations

import torch
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


# The variational bound of chapter 3, one value an image


def reparameterize(mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """A sample of q(z|x) = N(mu, exp(logvar)) as a function of mu and logvar, so that they have gradients.

    Implements {eq}`eq-reparameterisation` in book/03_variational_autoencoder.md.

    Args:
        mu: [B, K], means.
        logvar: [B, K], natural logarithms of the variances (not of the standard deviations).
        generator: where the noise comes from; torch's own without it.
    Returns:
        z [B, K], differentiable in mu and logvar.
    """
    noise = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
    return mu + (logvar / 2).exp() * noise


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """Kullback-Leibler divergence of N(mu, exp(logvar)) from the prior N(0, 1), summed over the dimensions.

    Implements {eq}`eq-gaussian-kl` in book/03_variational_autoencoder.md: exact, no sampling.

    Args:
        mu, logvar: [B, K], as in `reparameterize`.
    Returns:
        [B] nats, >= 0 and 0 only for mu = logvar = 0; differentiable.
    """
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(1)


def cross_entropy(x_recon: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy of each image, summed over its pixels, to train with.

    Implements {eq}`eq-bce` in book/01_introduction.md, but torch holds every logarithm above −100: ink where
    x_recon is exactly 0 costs 100 nats, where `metrics.cross_entropies`, which reports, says infinitely many.
    The gradient stays finite there too, and is enormous: −1e12 for each unit of ink.

    Args:
        x_recon, x: [B, 1, H, W] in [0, 1].
    Returns:
        [B] nats, >= 0, differentiable in x_recon.
    Raises:
        RuntimeError: x_recon leaves [0, 1].
    """
    return F.binary_cross_entropy(x_recon, x, reduction="none").flatten(1).sum(1)


def elbo(x_recon: Tensor, x: Tensor, mu: Tensor, logvar: Tensor) -> Tensor:
    """The variational bound (thesis 3.2) of each image, its expectation estimated from one sample of z.

    Implements {eq}`eq-bound-regularised` in book/03_variational_autoencoder.md. Training by a weighted
    divergence maximises something else; this is what is reported, whatever was trained.

    Args:
        x_recon: [B, 1, H, W] in [0, 1], drawn from z = `reparameterize`(mu, logvar).
        x: [B, 1, H, W] in [0, 1].
        mu, logvar: [B, K], of q(z|x).
    Returns:
        [B] nats, <= 0, differentiable.
    """
    return -cross_entropy(x_recon, x) - kl_divergence(mu, logvar)
