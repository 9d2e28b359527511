"""Two other gradients through a raster that has none itself, to compare with chapter 3's."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.losses import binary_cross_entropy, multiscale_squared_errors, reparameterize
from vecnb.models.codec import LineCode
from vecnb.models.vae import LineVAE, VAEOutput
from vecnb.render import render_soft

# Of the coordinates that the score function tries: half a pixel, and a tenth of a line's width.
PERTURBATION_STD = 0.02
N_PERTURBATIONS = 8  # drawings an image that it compares, in pairs of opposite perturbations


def straight_through(
    model: LineVAE, x: Tensor, noise: Tensor, coarse: float = 0.0, n_scales: int = 1
) -> tuple[Tensor, VAEOutput]:
    """The cost of the smoothed raster, with the slope that the soft renderer has at the same lines.

    Implements {eq}`eq-straight-through` in book/03_variational_autoencoder.md. It needs a differentiable
    renderer, whose gradient it takes.

    Args:
        model: with renderer "smoothed".
        x: [B, 1, 28, 28].
        noise: [B, K] of a standard normal, of the sample of z.
        coarse, n_scales: see `score_function`; here that part of the loss has a gradient by the output.
    Returns:
        Mean cross-entropy in nats, and how it was made; x_recon has the soft renderer's gradient.
    """
    mu, logvar = model.encode(x)
    code = model.decode(reparameterize(mu, logvar, noise=noise))
    soft = render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)
    x_recon = (model.draw(code) + soft - soft.detach()).clamp(0, 1)
    return binary_cross_entropy(x_recon, x).mean(), VAEOutput(x_recon, mu, logvar, code)


def score_function(
    model: LineVAE, x: Tensor, noise: Tensor, coarse: float = 0.0, n_scales: int = 1
) -> tuple[Tensor, VAEOutput]:
    """The cost of the smoothed raster, with a slope estimated from those of a few perturbed copies.

    Implements {eq}`eq-score-function-lines` in book/03_variational_autoencoder.md. Copies come in pairs with
    opposite perturbations, by which any baseline drops out of the estimate.

    Args:
        model: with renderer "smoothed".
        x: [B, 1, 28, 28].
        noise: [B, K] of a standard normal, of the sample of z.
        coarse: nats for each unit of the error at `n_scales` scales that the estimate also counts.
    Returns:
        Mean cross-entropy in nats over the copies, and how one of them was made.
    """
    mu, logvar = model.encode(x)
    code = model.decode(reparameterize(mu, logvar, noise=noise))
    strokes = torch.cat([code.lines, code.width[..., None]], -1)  # [B, N, 5]
    half = torch.randn(N_PERTURBATIONS // 2, *strokes.shape, device=x.device)
    shifts = torch.cat([half, -half])
    perturbed = (strokes.detach() + PERTURBATION_STD * shifts).flatten(0, 1)
    sharpness = code.sharpness.detach().repeat(N_PERTURBATIONS)
    drawings = model.draw(LineCode(perturbed[..., :4], perturbed[..., 4].clamp_min(0), sharpness))
    copies = x.repeat(N_PERTURBATIONS, 1, 1, 1)
    reconstruction = binary_cross_entropy(drawings, copies)
    costs = reconstruction + coarse * multiscale_squared_errors(drawings, copies, n_scales)
    slope = score_function_slope(costs.view(N_PERTURBATIONS, -1), shifts)
    surrogate = (strokes * slope).sum((1, 2))
    loss = reconstruction.mean() + (surrogate - surrogate.detach()).mean()
    return loss, VAEOutput(drawings[: len(x)], mu, logvar, code)


def score_function_slope(costs: Tensor, shifts: Tensor) -> Tensor:
    """The slope of an expected cost, estimated from the costs of copies that are shifted at random.

    Args:
        costs: [P, B], of P copies.
        shifts: [P, B, ...], how each was shifted, in units of PERTURBATION_STD: samples of a standard normal,
            and their opposites.
    Returns:
        [B, ...], without bias.
    """
    return (costs.view(*costs.shape, *[1] * (shifts.ndim - 2)) * shifts).mean(0) / PERTURBATION_STD
