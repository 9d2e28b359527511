"""Two other gradients through a raster that has none itself, to compare with chapter 3's."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.losses import binary_cross_entropy, reparameterize
from vecnb.models.vae import LineVAE, VAEOutput
from vecnb.render import render_hard, render_soft

# A raster's 0 and 1 count as .01 and .99: the cross-entropy of a certain error is infinite.
PROBABILITY_MARGIN = 0.01
# Of the coordinates that the score function tries: half a pixel, and a tenth of a line's width.
PERTURBATION_STD = 0.02
N_PERTURBATIONS = 8  # drawings an image that it compares


def straight_through(model: LineVAE, x: Tensor, noise: Tensor | None = None) -> tuple[Tensor, VAEOutput]:
    """The raster's own cost, with the slope that the soft renderer has at the same lines.

    Implements {eq}`eq-straight-through` in book/03_variational_autoencoder.md. It needs a differentiable
    renderer, whose gradient it takes.

    Args:
        x: [B, 1, 28, 28].
        noise: [B, K] of a standard normal, of the sample of z; drawn here without it.
    Returns:
        Mean cross-entropy in nats, and how it was made.
    """
    mu, logvar = model.encode(x)
    code = model.decode(reparameterize(mu, logvar, noise=noise))
    soft = render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)
    hard = render_hard(code.lines, stroke_width=code.width)
    x_recon = clamp_probabilities(hard + soft - soft.detach())
    return binary_cross_entropy(x_recon.clamp(0, 1), x).mean(), VAEOutput(x_recon.detach(), mu, logvar, code)


def score_function(model: LineVAE, x: Tensor, noise: Tensor | None = None) -> tuple[Tensor, VAEOutput]:
    """The raster's cost, with a slope estimated from the costs of a few perturbed copies of the lines.

    Implements {eq}`eq-score-function-lines` in book/03_variational_autoencoder.md: each copy is weighted with
    how much worse it is than the mean of the others, which is its baseline.

    Args:
        x: [B, 1, 28, 28].
        noise: as of `straight_through`.
    Returns:
        Mean cross-entropy in nats over the copies, and how one of them was made.
    """
    mu, logvar = model.encode(x)
    code = model.decode(reparameterize(mu, logvar, noise=noise))
    strokes = torch.cat([code.lines, code.width[..., None]], -1)  # [B, N, 5]
    shifts = torch.randn(N_PERTURBATIONS, *strokes.shape, device=x.device)
    perturbed = (strokes.detach() + PERTURBATION_STD * shifts).flatten(0, 1)
    raster = render_hard(perturbed[..., :4], stroke_width=perturbed[..., 4].clamp_min(0))
    raster = clamp_probabilities(raster)
    costs = binary_cross_entropy(raster, x.repeat(N_PERTURBATIONS, 1, 1, 1)).view(N_PERTURBATIONS, -1)
    slope = score_function_slope(costs, shifts)
    surrogate = (strokes * slope).sum((1, 2))
    loss = costs.mean() + (surrogate - surrogate.detach()).mean()
    return loss, VAEOutput(raster[: len(x)], mu, logvar, code)


def score_function_slope(costs: Tensor, shifts: Tensor) -> Tensor:
    """The slope of an expected cost, estimated from the costs of copies that are shifted at random.

    Args:
        costs: [P, B], of P copies.
        shifts: [P, B, ...], how each was shifted, in units of PERTURBATION_STD: samples of a standard normal.
    Returns:
        [B, ...], without bias.
    """
    worse = (costs - costs.mean(0)) * len(costs) / (len(costs) - 1)  # than the mean of the other copies
    return (worse.view(*costs.shape, *[1] * (shifts.ndim - 2)) * shifts).mean(0) / PERTURBATION_STD


def clamp_probabilities(raster: Tensor) -> Tensor:
    """A raster as probabilities that are never 0 or 1."""
    return PROBABILITY_MARGIN + (1 - 2 * PROBABILITY_MARGIN) * raster
