"""Chapter 3's two algorithms: an approximation learns from the rasteriser, all else from that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from vecnb.losses import binary_cross_entropy, kl_divergence, multiscale_mse, reparameterize
from vecnb.models.codec import MAX_WIDTH, SHARPNESS_RANGE, LineCode
from vecnb.models.vae import LineVAE, PixelVAE, VAEOutput
from vecnb.render import render_hard, render_smoothed
from vecnb.training.common.processes import Shares
from vecnb.training.common.schedules import build_schedule, constant, cosine
from vecnb.training.vae.config import VAEConfig
from vecnb.training.vae.gradients import score_function, straight_through

if TYPE_CHECKING:
    from accelerate import Accelerator

N_MONITORED = 32  # images of a minibatch on which the approximation is compared with the raster
# Nats for each unit of `multiscale_mse`, a mean over the pixels, at the first step.
COARSE_LOSS_WEIGHT = 4.0 * 784

# Images, noise of their z, weight and number of coarse scales → nats of the reconstruction, how it was made.
Reconstruct = Callable[[Tensor, Tensor, float, int], tuple[Tensor, VAEOutput]]


def algorithm_1(
    model: LineVAE,
    theta: nn.Module,
    optimizer: Optimizer,
    x: Tensor,
    config: VAEConfig,
    accelerator: Accelerator,
) -> Tensor:
    """One minibatch of Algorithm 1: the approximation θ learns from the rasteriser; φ is frozen.

    Args:
        theta: model.approximator, as the devices want it wrapped.
        x: [B, 1, 28, 28], the whole minibatch; of the drawings each process takes its share.
    Returns:
        The squared error between approximation and raster, a scalar, squared ink: the loss itself, or beside
        the cross-entropy by which the smoothed raster is learnt.
    """
    theta.requires_grad_(True)
    with torch.no_grad():  # φ is frozen
        z = reparameterize(*model.encode(x))
        code = model.decode(z)
        if config.off_policy:
            code = sample_off_policy(code)
        shares = Shares(accelerator, len(code.lines))
        code = LineCode(*(shares.of(part) for part in code))
        y = raster(code, config)
    x_recon = theta(*code)
    loss = F.binary_cross_entropy(x_recon, y) if config.smoothed else F.mse_loss(x_recon, y)
    optimizer.zero_grad()
    shares.backward(loss)
    optimizer.step()
    return shares.mean({"error": F.mse_loss(x_recon.detach(), y)})["error"]


def raster(code: LineCode, config: VAEConfig) -> Tensor:
    """What Algorithm 1 teaches, [B, 1, 28, 28]: the raster, or the mean of those of perturbed strokes."""
    return render_smoothed(*code) if config.smoothed else render_hard(code.lines, stroke_width=code.width)


def algorithm_2(
    model: LineVAE | PixelVAE,
    reconstruct: Reconstruct,
    optimizer: Optimizer,
    x: Tensor,
    warmup_fraction: float,
    config: VAEConfig,
    accelerator: Accelerator,
    *,
    monitor: bool = True,
) -> dict[str, Tensor]:
    """One minibatch of Algorithm 2: encoder and coordinate network φ learn to redraw x; θ is frozen.

    Args:
        reconstruct: draws x through the approximation, and says what the drawing costs.
        x: [B, 1, 28, 28], the whole minibatch, of which each process takes its share.
        warmup_fraction: how much of the warm-up is over, 0 to 1; from then on the loss is thesis (6) alone.
        monitor: whether to compare approximation and raster, which costs the time of some drawings.
    Returns:
        The terms of its loss in nats, scalars; with lines, if monitored, also "approximation", the squared
        error between the approximation and the raster at the codes in use (of N_MONITORED images).
    """
    if isinstance(model, LineVAE) and model.approximator is not None:
        model.approximator.requires_grad_(False)  # θ is frozen
    shares = Shares(accelerator, len(x))
    noise = shares.of(torch.randn(len(x), model.latent_size, device=x.device))
    x = shares.of(x)
    coarse = max(0.0, 1 - warmup_fraction) * COARSE_LOSS_WEIGHT if config.n_scales > 1 else 0.0
    reconstruction, output = reconstruct(x, noise, coarse, config.n_scales)
    divergence = kl_divergence(output.mu, output.logvar).mean()
    loss = reconstruction + warmup_fraction * config.kl_weight * divergence
    if coarse > 0:
        loss = loss + coarse * multiscale_mse(output.x_recon, x, config.n_scales)
    optimizer.zero_grad()
    shares.backward(loss)
    if config.max_gradient is not None:
        phi = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        accelerator.clip_grad_norm_(phi, config.max_gradient)
    optimizer.step()
    terms = {"reconstruction": reconstruction.detach(), "divergence": divergence.detach()}
    if monitor and output.code is not None:
        some = LineCode(*(part[:N_MONITORED].detach() for part in output.code))
        terms["approximation"] = F.mse_loss(output.x_recon[:N_MONITORED].detach(), raster(some, config))
    return shares.mean(terms)


def sample_off_policy(code: LineCode) -> LineCode:
    """Lines to learn from, each an image: half as they are, a quarter perturbed, a quarter anywhere.

    Args:
        code: of B images with N lines.
    Returns:
        The code of BN images with one line.
    """
    lines, width = code.lines.flatten(0, 1).clone(), code.width.flatten().clone()
    sharpness = code.sharpness.repeat_interleave(code.lines.shape[1])
    order = torch.randperm(len(lines)).to(lines.device)
    _used, perturbed, anywhere = order.tensor_split((len(order) // 2, len(order) * 3 // 4))
    lines[perturbed] += 0.05 * torch.randn_like(lines[perturbed])
    width[perturbed] *= 0.5 + torch.rand_like(width[perturbed])
    lines[anywhere] = torch.rand_like(lines[anywhere])
    width[anywhere] = MAX_WIDTH * torch.rand_like(width[anywhere])
    low, high = SHARPNESS_RANGE
    sharpness[anywhere] = low + (high - low) * torch.rand_like(sharpness[anywhere])
    return LineCode(lines[:, None], width[:, None], sharpness)


def through_renderer(
    model: nn.Module, x: Tensor, noise: Tensor, coarse: float, n_scales: int
) -> tuple[Tensor, VAEOutput]:
    """X' by the model's own renderer, and its cost: −log p(x|z) of thesis (6)."""
    output = model(x, noise)
    return binary_cross_entropy(output.x_recon, x).mean(), output


class RendererTrainer:
    """Algorithm 1 with its optimiser and schedule: θ, the approximate renderer.

    Args:
        approximator: of the model.
    """

    def __init__(self, model: LineVAE, approximator: nn.Module, config: VAEConfig, accelerator: Accelerator):
        self.model, self.config, self.accelerator = model, config, accelerator
        optimizer = torch.optim.Adam(approximator.parameters(), config.renderer_learning_rate, fused=True)
        steps = config.steps * config.renderer_steps_per_step
        falls = config.cosine_schedule and steps > 0
        factor = cosine(steps, start=config.renderer_pretrain_steps, floor=0.03) if falls else constant
        self.schedule = build_schedule(optimizer, factor)
        self.theta, self.optimizer = accelerator.prepare(approximator, optimizer)
        approximator.requires_grad_(False)

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold beside the model."""
        return {"renderer_optimizer": self.optimizer, "renderer_schedule": self.schedule}

    def step(self, x: Tensor) -> Tensor:
        """The squared error of the approximation for the minibatch x [B, 1, 28, 28], before its step."""
        error = algorithm_1(self.model, self.theta, self.optimizer, x, self.config, self.accelerator)
        self.schedule.step()
        return error


class PosteriorTrainer:
    """Algorithm 2 with its optimiser and schedule: φ, all of the model that has a gradient without θ."""

    def __init__(self, model: LineVAE | PixelVAE, config: VAEConfig, accelerator: Accelerator):
        self.model, self.config, self.accelerator = model, config, accelerator
        phi = [parameter for parameter in model.parameters() if parameter.requires_grad]
        betas = (0.9, 0.99 if config.cosine_schedule else 0.999)
        optimizer = torch.optim.Adam(phi, config.learning_rate, betas=betas, fused=True)
        factor = cosine(config.steps, peak=2.0, warmup=0.05) if config.cosine_schedule else constant
        self.schedule = build_schedule(optimizer, factor)
        wrapped, self.optimizer = accelerator.prepare(model, optimizer)
        asked = wrapped if config.gradient == "path" else model  # the others look into the model
        self.reconstruct: Reconstruct = partial(RECONSTRUCTIONS[config.gradient], asked)

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold beside the model."""
        return {"posterior_optimizer": self.optimizer, "posterior_schedule": self.schedule}

    def step(self, x: Tensor, warmup_fraction: float, *, monitor: bool = True) -> dict[str, Tensor]:
        """The terms of `algorithm_2` for the minibatch x [B, 1, 28, 28], before its step."""
        terms = algorithm_2(
            self.model,
            self.reconstruct,
            self.optimizer,
            x,
            warmup_fraction,
            self.config,
            self.accelerator,
            monitor=monitor,
        )
        self.schedule.step()
        return terms


RECONSTRUCTIONS: dict[str, Callable[[Any, Tensor, Tensor, float, int], tuple[Tensor, VAEOutput]]] = {
    "path": through_renderer,
    "straight_through": straight_through,
    "score_function": score_function,
}
