"""The losses that training minimises; what the book reports is in metrics.py."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb.choices import check_choice, check_count


def multiscale_mse(x_recon: Tensor, x: Tensor, scales: int = 1) -> Tensor:
    """Squared error of the images, and of the same images halved once, twice and so on.

    Implements {eq}`eq-multiscale` in book/02_line_renderer.md; with one scale it is the mean squared error.
    Halving averages 2×2 pixels, which divides the variance of independent errors by four; a factor 4 per
    halving would give every scale the same weight, and 2 lets the finest keep the largest.

        >>> multiscale_mse(torch.zeros(1, 1, 28, 28), torch.ones(1, 1, 28, 28), scales=3)  # 1 + 2 + 4
        tensor(7.)

    Args:
        x_recon, x: [B, 1, H, W], ink in [0, 1].
        scales: how many, >= 1 and so few that a pixel is left; an odd last row or column is left out.
    Returns:
        Scalar >= 0, squared ink, differentiable in x_recon.
    Raises:
        TypeError: scales is not an integer.
        ValueError: it is out of range, or the shapes differ.
    """
    return multiscale_squared_errors(x_recon, x, scales).mean()


def multiscale_squared_errors(x_recon: Tensor, x: Tensor, scales: int = 1) -> Tensor:
    """The same of each image, [B]; arguments and errors as of `multiscale_mse`.

    >>> multiscale_squared_errors(torch.zeros(2, 1, 28, 28), torch.ones(2, 1, 28, 28), scales=2)  # 1 + 2
    tensor([3., 3.])
    """
    _check_same_shape(x_recon=x_recon, x=x)
    check_count("scales", scales, 1, min(x.shape[-2:]).bit_length())
    errors = (x_recon - x).square().mean((1, 2, 3))
    for scale in range(1, scales):
        x_recon, x = F.avg_pool2d(x_recon, 2), F.avg_pool2d(x, 2)
        errors = errors + 2**scale * (x_recon - x).square().mean((1, 2, 3))
    return errors


# The variational bound of chapter 3, one value an image


def reparameterize(
    mu: Tensor, logvar: Tensor, generator: torch.Generator | None = None, *, noise: Tensor | None = None
) -> Tensor:
    """A sample of q(z|x) = N(mu, exp(logvar)) as a function of mu and logvar, so that they have gradients.

    Implements {eq}`eq-reparameterisation` in book/03_variational_autoencoder.md.

    Args:
        mu: [B, K], means.
        logvar: [B, K], natural logarithms of the variances (not of the standard deviations).
        generator: where the noise comes from; torch's own without it.
        noise: [B, K] of a standard normal, if it was drawn already.
    Returns:
        z [B, K], differentiable in mu and logvar.
    Raises:
        ValueError: the shapes differ.
    """
    _check_same_shape(mu=mu, logvar=logvar)
    if noise is None:
        noise = torch.randn(mu.shape, generator=generator, dtype=mu.dtype, device=mu.device)
    return mu + (logvar / 2).exp() * noise


def kl_divergence(mu: Tensor, logvar: Tensor) -> Tensor:
    """Kullback-Leibler divergence of N(mu, exp(logvar)) from the prior N(0, 1), summed over the dimensions.

    Implements {eq}`eq-gaussian-kl` in book/03_variational_autoencoder.md: exact, no sampling.

        >>> kl_divergence(torch.tensor([[0.0, 2.0]]), torch.zeros(1, 2))
        tensor([2.])

    Args:
        mu, logvar: [B, K], as in `reparameterize`.
    Returns:
        [B] nats, >= 0 and 0 only for mu = logvar = 0; differentiable.
    Raises:
        ValueError: the shapes differ.
    """
    _check_same_shape(mu=mu, logvar=logvar)
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).sum(1)


def binary_cross_entropy(x_recon: Tensor, x: Tensor) -> Tensor:
    """Binary cross-entropy of each image, summed over its pixels, to train with.

    Implements {eq}`eq-bce` in book/01_introduction.md, but torch holds every logarithm above −100: ink where
    x_recon is exactly 0 costs 100 nats, but infinitely many in `metrics.binary_cross_entropies`.
    The gradient stays finite there too, and is enormous: −1e12 for each unit of ink.

    Args:
        x_recon, x: [B, 1, H, W] in [0, 1].
    Returns:
        [B] nats, >= 0, differentiable in x_recon.
    Raises:
        RuntimeError: x_recon leaves [0, 1].
        ValueError: the shapes differ.
    """
    _check_same_shape(x_recon=x_recon, x=x)
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
    return -binary_cross_entropy(x_recon, x) - kl_divergence(mu, logvar)


# The ratio of chapter 4. log_ratio is r: large where the model p, low where the data q is likely


def ratio_loss(log_ratio_p: Tensor, log_ratio_q: Tensor) -> Tensor:
    """The class-probability loss whose minimum over all functions r is log p/q.

    Implements D of thesis (10); {eq}`eq-ratio-loss` in book/04_likelihood_free.md. softplus(−r) = −log σ(r).

    Args:
        log_ratio_p: [B], r at samples of the model p.
        log_ratio_q: [B], r at samples of q, the data.
    Returns:
        Scalar >= 0, in nats; 2 ln 2 for r = 0.
    """
    return F.softplus(-log_ratio_p).mean() + F.softplus(log_ratio_q).mean()


GeneratorLoss = Literal["minimax", "non_saturating", "wasserstein"]


def generator_loss(log_ratio_p: Tensor, kind: GeneratorLoss) -> Tensor:
    """What generator (and encoder) minimise, given r at the model's samples.

    Implements {eq}`eq-generator-losses` in book/04_likelihood_free.md.

    Args:
        log_ratio_p: [B], differentiable in the samples.
        kind: "minimax", the ratio loss with its sign turned (thesis (16)), whose slope dies where r is sure;
            "non_saturating", log(1 + e^r), which falls in the same direction and never dies;
            "wasserstein", r itself.
    Returns:
        Scalar.
    Raises:
        ValueError: another kind.
    """
    check_choice("kind", kind, GeneratorLoss)
    match kind:
        case "minimax":
            return -F.softplus(-log_ratio_p).mean()
        case "non_saturating":
            return F.softplus(log_ratio_p).mean()
        case "wasserstein":
            return log_ratio_p.mean()


def input_slopes(log_ratio: Tensor, *inputs: Tensor) -> Tensor:
    """Squared length of the gradient of r at each sample, itself differentiable in r's weights.

    Args:
        log_ratio: [B], computed from the inputs.
        inputs: each [B, ...], requiring gradients; their slopes add up.
    Returns:
        [B] >= 0.
    """
    slopes = torch.autograd.grad(log_ratio.sum(), inputs, create_graph=True)
    return torch.stack([slope.flatten(1).square().sum(1) for slope in slopes]).sum(0)


def _check_same_shape(**tensors: Tensor) -> None:
    """Refuse tensors of different shapes, which broadcasting would make do with."""
    (first, a), (second, b) = tensors.items()
    if a.shape != b.shape:
        raise ValueError(f"{first} is {list(a.shape)} and {second} is {list(b.shape)}")
