"""Two other ways to learn through a raster without gradient, to compare chapter 3's with."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.losses import binary_cross_entropy, reparameterize
from vecnb.models.vae import LineVAE, VAEOutput
from vecnb.render import render_hard, render_soft

PROBABILITY_MARGIN = (
    0.01  # a raster's 0 and 1 are drawn as .01 and .99: the cross-entropy of a sure error is infinite
)
PERTURBATION_STD = (
    0.02  # of the coordinates that the score function tries: half a pixel, and a tenth of a line's width
)
N_PERTURBATIONS = 8  # drawings an image that it compares


def straight_through(model: LineVAE, x: Tensor) -> tuple[Tensor, VAEOutput]:
    """The raster's own cost, with the slope that the soft renderer has at the same lines.

    Implements {eq}`eq-straight-through` in book/03_variational_autoencoder.md. Not free of gradients:
    somebody must have written a renderer that has one.

    Args:
        x: [B, 1, 28, 28].
    Returns:
        Mean cross-entropy in nats, and how it was made.
    """
    mu, logvar = model.encode(x)
    code = model.decode(reparameterize(mu, logvar))
    soft = render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)
    hard = render_hard(code.lines, stroke_width=code.width)
    x_recon = clamp_probabilities(hard + soft - soft.detach())
    return binary_cross_entropy(x_recon.clamp(0, 1), x).mean(), VAEOutput(x_recon.detach(), mu, logvar, code)


def score_function(model: LineVAE, x: Tensor) -> tuple[Tensor, VAEOutput]:
    """The raster's cost, with a slope estimated from the costs of a few shaken copies of the lines.

    Implements {eq}`eq-score-function-lines` in book/03_variational_autoencoder.md: each copy is weighted with
    how much worse it is than the mean of the others, which is its baseline.

    Args:
        x: [B, 1, 28, 28].
    Returns:
        Mean cross-entropy in nats over the copies, and how one of them was made.
    """
    mu, logvar = model.encode(x)
    code = model.decode(reparameterize(mu, logvar))
    pen = torch.cat([code.lines, code.width[..., None]], -1)  # [B, N, 5]
    noise = torch.randn(N_PERTURBATIONS, *pen.shape, device=x.device)
    shaken = (pen.detach() + PERTURBATION_STD * noise).flatten(0, 1)
    raster = clamp_probabilities(render_hard(shaken[..., :4], stroke_width=shaken[..., 4].clamp_min(0)))
    costs = binary_cross_entropy(raster, x.repeat(N_PERTURBATIONS, 1, 1, 1)).view(N_PERTURBATIONS, -1)
    worse = (
        (costs - costs.mean(0)) * N_PERTURBATIONS / (N_PERTURBATIONS - 1)
    )  # than the mean of the other copies
    slope = (worse[..., None, None] * noise).mean(0) / PERTURBATION_STD
    surrogate = (pen * slope).sum((1, 2))
    loss = costs.mean() + (surrogate - surrogate.detach()).mean()
    return loss, VAEOutput(raster[: len(x)], mu, logvar, code)


def clamp_probabilities(raster: Tensor) -> Tensor:
    """A raster as probabilities that are never 0 or 1."""
    return PROBABILITY_MARGIN + (1 - 2 * PROBABILITY_MARGIN) * raster
