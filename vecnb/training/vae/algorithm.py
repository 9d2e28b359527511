"""Chapter 3's training, Algorithms 1 and 2: `python -m vecnb.training.vae --run vae_ours`."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from vecnb.data import load_mnist
from vecnb.losses import binary_cross_entropy, kl_divergence, multiscale_mse, reparameterize
from vecnb.models.codec import MAX_WIDTH, SHARPNESS_RANGE, LineCode
from vecnb.models.vae import LineVAE, PixelVAE, VAEOutput
from vecnb.render import render_hard, render_smoothed
from vecnb.training.common.loop import Run
from vecnb.training.common.sampling import batch_indices
from vecnb.training.common.snapshots import SnapshotRecorder
from vecnb.training.vae.config import VAEConfig
from vecnb.training.vae.gradients import score_function, straight_through
from vecnb.training.vae.prior import PriorTraining

N_MONITORED = 32  # images of a minibatch on which the approximation is compared; a crowd's drawings cost time
COARSE_LOSS_WEIGHT = (
    4.0 * 784
)  # nats for each unit of `multiscale_mse`, a mean over the pixels, at the first step
RENDERER_SEED_OFFSET = 1_000_003  # Algorithm 1 draws minibatches of its own


def build(config: VAEConfig) -> LineVAE | PixelVAE:
    """The untrained model of a config."""
    if config.networks == "pixels":
        return PixelVAE(latent=config.latent_size, learnt_prior=config.prior_steps > 0)
    model = LineVAE(
        n_lines=config.n_lines,
        latent=config.latent_size,
        networks=config.networks,
        renderer=config.renderer,
        n_augmentations=config.n_augmentations,
        learnt_prior=config.prior_steps > 0,
    )
    return model.to(memory_format=torch.channels_last)


# Images → nats of the reconstruction, and how it was made.
Reconstruct = Callable[[Tensor], tuple[Tensor, VAEOutput]]


def algorithm_1(
    model: LineVAE, theta: nn.Module, optimizer: Optimizer, x: Tensor, config: VAEConfig
) -> Tensor:
    """One minibatch of Algorithm 1: the approximation θ learns from the rasteriser; φ is frozen.

    Args:
        theta: model.approximator, as the devices want it wrapped.
        x: [B, 1, 28, 28].
    Returns:
        The squared error between approximation and raster, a scalar, squared ink: the loss itself, or beside
        the cross-entropy that a crowd is learnt by.
    """
    theta.requires_grad_(True)
    with torch.no_grad():  # φ is frozen
        z = reparameterize(*model.encode(x))
        code = model.decode(z)
        if config.off_policy:
            code = sample_off_policy(code)
        y = raster(code, config)
    x_recon = theta(*code)
    loss = F.binary_cross_entropy(x_recon, y) if config.smoothed else F.mse_loss(x_recon, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return F.mse_loss(x_recon.detach(), y)


def raster(code: LineCode, config: VAEConfig) -> Tensor:
    """What Algorithm 1 teaches, [B, 1, 28, 28]: the raster of one pen, or the mean of a crowd's."""
    return render_smoothed(*code) if config.smoothed else render_hard(code.lines, stroke_width=code.width)


def algorithm_2(
    model: LineVAE | PixelVAE,
    reconstruct: Reconstruct,
    optimizer: Optimizer,
    x: Tensor,
    warmup_fraction: float,
    config: VAEConfig,
) -> dict[str, Tensor]:
    """One minibatch of Algorithm 2: encoder and coordinate network φ learn to redraw x; θ is frozen.

    Args:
        reconstruct: draws x through the approximation, and says what the drawing costs.
        x: [B, 1, 28, 28].
        warmup_fraction: how much of the warm-up is over, 0 to 1; from then on the loss is thesis (6) alone.
    Returns:
        The terms of its loss in nats, scalars; with lines also "approximation", the squared error between
        the approximation and the raster at the codes in use (of the first N_MONITORED images).
    """
    if isinstance(model, LineVAE) and model.approximator is not None:
        model.approximator.requires_grad_(False)  # θ is frozen
    reconstruction, passed = reconstruct(x)
    divergence = kl_divergence(passed.mu, passed.logvar).mean()
    loss = reconstruction + warmup_fraction * config.kl_weight * divergence
    if warmup_fraction < 1 and config.n_scales > 1:
        loss = loss + (1 - warmup_fraction) * COARSE_LOSS_WEIGHT * multiscale_mse(
            passed.x_recon, x, config.n_scales
        )
    optimizer.zero_grad()
    loss.backward()
    if config.max_gradient is not None:
        phi = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        nn.utils.clip_grad_norm_(phi, config.max_gradient)
    optimizer.step()
    terms = {"reconstruction": reconstruction.detach(), "divergence": divergence.detach()}
    if passed.code is not None:
        some = LineCode(*(part[:N_MONITORED].detach() for part in passed.code))
        terms["approximation"] = F.mse_loss(passed.x_recon[:N_MONITORED].detach(), raster(some, config))
    return terms


def sample_off_policy(code: LineCode) -> LineCode:
    """Lines to learn from, each an image of its own: half as they are, a quarter shaken, a quarter anywhere.

    Args:
        code: of B images with N lines.
    Returns:
        The code of BN images with one line.
    """
    lines, width = code.lines.flatten(0, 1).clone(), code.width.flatten().clone()
    sharpness = code.sharpness.repeat_interleave(code.lines.shape[1])
    order = torch.randperm(len(lines)).to(lines.device)
    _used, shaken, anywhere = order.tensor_split((len(order) // 2, len(order) * 3 // 4))
    lines[shaken] += 0.05 * torch.randn_like(lines[shaken])
    width[shaken] *= 0.5 + torch.rand_like(width[shaken])
    lines[anywhere] = torch.rand_like(lines[anywhere])
    width[anywhere] = MAX_WIDTH * torch.rand_like(width[anywhere])
    low, high = SHARPNESS_RANGE
    sharpness[anywhere] = low + (high - low) * torch.rand_like(sharpness[anywhere])
    return LineCode(lines[:, None], width[:, None], sharpness)


def through_network(model: nn.Module, x: Tensor) -> tuple[Tensor, VAEOutput]:
    """X' by the model's own renderer, and its cost: −log p(x|z) of thesis (6)."""
    passed = model(x)
    return binary_cross_entropy(passed.x_recon, x).mean(), passed


def rate_factor(step: int, config: VAEConfig) -> float:
    """What the rate of Algorithm 2 is multiplied with at its step (from 0)."""
    if not config.cosine_schedule:
        return 1.0
    return min(1.0, (step + 1) / (0.05 * config.steps)) * (1 + math.cos(math.pi * step / config.steps))


def rate_factor_1(step: int, config: VAEConfig) -> float:
    """What the rate of Algorithm 1 is multiplied with at its step (from 0), the bootstrap included."""
    share = max(0.0, step - config.renderer_pretrain_steps) / (config.steps * config.renderer_steps_per_step)
    return 0.03 + 0.97 * (1 + math.cos(math.pi * share)) / 2 if config.cosine_schedule else 1.0


class AlternatingTrainer:
    """Model, parameter sets θ and φ, an optimiser and a schedule for each: what both algorithms share.

    `renderer_step(x)` is a minibatch of Algorithm 1, `posterior_step(x, warmup)` one of Algorithm 2.
    """

    def __init__(self, config: VAEConfig, accelerator: Accelerator):
        self.config, self.model = config, build(config)
        self.parts: dict[str, Any] = {"model": self.model}
        approximator = getattr(self.model, "approximator", None)
        if approximator is not None:
            optimizer = torch.optim.Adam(approximator.parameters(), config.renderer_learning_rate, fused=True)
            self.theta, self.optimizer_1 = accelerator.prepare(approximator, optimizer)
            self.schedule_1 = LambdaLR(optimizer, lambda step: rate_factor_1(step, config))
            self.parts |= {"optimizer_1": self.optimizer_1, "schedule_1": self.schedule_1}
            approximator.requires_grad_(False)
        betas = (0.9, 0.99 if config.cosine_schedule else 0.999)
        phi = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.Adam(phi, config.learning_rate, betas=betas, fused=True)
        wrapped, self.optimizer_2 = accelerator.prepare(self.model, optimizer)
        self.schedule_2 = LambdaLR(optimizer, lambda step: rate_factor(step, config))
        self.parts |= {"optimizer_2": self.optimizer_2, "schedule_2": self.schedule_2}
        if config.gradient == "path":
            self.reconstruct: Reconstruct = partial(through_network, wrapped)
        else:
            assert isinstance(self.model, LineVAE)  # pixels need no estimate
            estimators = {"straight_through": straight_through, "score_function": score_function}
            self.reconstruct = partial(estimators[config.gradient], self.model)

    def renderer_step(self, x: Tensor) -> Tensor:
        """Algorithm 1's loss for the minibatch x, after its step."""
        assert isinstance(self.model, LineVAE)  # pixels need no approximation
        loss = algorithm_1(self.model, self.theta, self.optimizer_1, x, self.config)
        self.schedule_1.step()
        return loss

    def posterior_step(self, x: Tensor, warmup_fraction: float) -> dict[str, Tensor]:
        """Algorithm 2's terms for the minibatch x, after its step."""
        terms = algorithm_2(self.model, self.reconstruct, self.optimizer_2, x, warmup_fraction, self.config)
        self.schedule_2.step()
        return terms


def renderer_minibatches(step: int, config: VAEConfig) -> range:
    """Which minibatches of Algorithm 1 (from 1) fall to step `step` (from 1) of a run."""
    if step <= config.renderer_pretrain_steps:
        return range(step, step + 1)
    turn, place = divmod(step - config.renderer_pretrain_steps - 1, config.block_steps)
    begin = config.renderer_pretrain_steps + turn * config.block_steps * config.renderer_steps_per_step + 1
    return range(begin, begin + (config.block_steps * config.renderer_steps_per_step if place == 0 else 0))


def train(
    config: VAEConfig, folder: Path, accelerator: Accelerator, snapshots: SnapshotRecorder | None = None
) -> tuple[LineVAE | PixelVAE, Run]:
    """Alternate Algorithms 1 and 2 on the training images, without their labels; then learn a prior.

    Args:
        folder: takes the checkpoint; a killed run goes on from it.
        snapshots: is shown the model at every step, and belongs to the checkpoint.
    Returns:
        The trained model, in evaluation mode on the CPU, and its run (seconds, history of the losses).
    """
    torch.manual_seed(config.seed)
    images, _ = load_mnist("train")
    both = AlternatingTrainer(config, accelerator)
    prior = PriorTraining(both.model, config.prior_steps, config.seed) if config.prior_steps else None
    parts = both.parts | (prior.parts() if prior else {}) | ({"snapshots": snapshots} if snapshots else {})
    run = Run(folder, config, is_main=accelerator.is_main_process, **parts)

    def minibatch(size: int, number: int, seed: int) -> Tensor:
        chosen = batch_indices(len(images), size, number, seed)
        chosen = chosen[accelerator.process_index :: accelerator.num_processes]  # each process its share
        return images[chosen].to(accelerator.device)

    n_codes = (
        config.renderer_batch_size // config.n_lines if config.off_policy else config.renderer_batch_size
    )
    last = config.renderer_pretrain_steps + config.steps
    for step in run.steps(last + config.prior_steps):
        terms: dict[str, Any] = {}
        if prior and step > last:
            terms |= prior.step(step - last, images)
            run.log(step, **terms)
            continue
        if config.renderer_steps_per_step:
            for turn in renderer_minibatches(step, config):
                terms["algorithm_1"] = both.renderer_step(
                    minibatch(n_codes, turn, config.seed + RENDERER_SEED_OFFSET)
                )
        if step > config.renderer_pretrain_steps:
            warmup_fraction = min(
                1.0, (step - config.renderer_pretrain_steps) / (config.kl_warmup * config.steps + 1)
            )
            terms |= both.posterior_step(minibatch(config.batch_size, step, config.seed), warmup_fraction)
        if snapshots:
            snapshots(step, both.model)
        run.log(step, **terms)
    return both.model.cpu().eval(), run
