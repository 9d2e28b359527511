"""Chapter 3's training: Algorithms 1 and 2 in turn, and at the end the prior."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vecnb.images import as_images
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.training.common.loop import LOG_EVERY, Run
from vecnb.training.common.processes import get_accelerator, require_one_process
from vecnb.training.common.sampling import check_batch
from vecnb.training.common.snapshots import SnapshotRecorder
from vecnb.training.vae.algorithm import PosteriorTrainer, RendererTrainer
from vecnb.training.vae.config import VAEConfig
from vecnb.training.vae.prior import PriorTrainer

if TYPE_CHECKING:
    from accelerate import Accelerator

RENDERER_SEED_OFFSET = 1_000_003  # Algorithm 1 draws minibatches of its own


def build(config: VAEConfig) -> LineVAE | PixelVAE:
    """The untrained model of a config."""
    if config.networks == "pixels" or config.renderer == "none":  # the config has both or neither
        return PixelVAE(latent_size=config.latent_size, learnt_prior=config.prior_steps > 0)
    model = LineVAE(
        n_lines=config.n_lines,
        latent_size=config.latent_size,
        networks=config.networks,
        renderer=config.renderer,
        n_augmentations=config.n_augmentations,
        learnt_prior=config.prior_steps > 0,
    )
    return model.to(memory_format=torch.channels_last)


class AlternatingTrainer:
    """Both algorithms on one model, in the turns that the config asks for.

    Args:
        model: on its way to the accelerator's device.
    Attributes:
        renderer: Algorithm 1; None for a model without an approximate renderer.
        posterior: Algorithm 2.
    """

    def __init__(self, model: LineVAE | PixelVAE, config: VAEConfig, accelerator: Accelerator):
        self.model, self.config = model, config
        self.renderer: RendererTrainer | None = None
        if isinstance(model, LineVAE) and model.approximator is not None:
            self.renderer = RendererTrainer(model, model.approximator, config, accelerator)
        self.posterior = PosteriorTrainer(model, config, accelerator)

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold."""
        theirs = self.renderer.parts() if self.renderer else {}
        return {"model": self.model} | theirs | self.posterior.parts()

    def step(self, number: int, run: Run, images: Tensor, *, monitor: bool = True) -> dict[str, Tensor]:
        """Step `number` (from 1) of the run: minibatches of Algorithm 1, then one of Algorithm 2.

        Args:
            images: [N, 1, 28, 28], all of the training images.
            monitor: see `algorithm_2`.
        """
        config, terms = self.config, {}
        device = next(self.model.parameters()).device
        if self.renderer:
            for minibatch in renderer_minibatches(number, config):
                chosen = run.indices(renderer_codes(config), minibatch, config.seed + RENDERER_SEED_OFFSET)
                terms["algorithm_1"] = self.renderer.step(images[chosen].to(device))
        place = number - config.renderer_pretrain_steps
        if place > 0:
            chosen = run.indices(config.batch_size, number, config.seed)
            warmup_fraction = min(1.0, place / (config.kl_warmup * config.steps + 1))
            terms |= self.posterior.step(images[chosen].to(device), warmup_fraction, monitor=monitor)
        return terms


def renderer_codes(config: VAEConfig) -> int:
    """Of how many images a minibatch of Algorithm 1 takes the lines; off policy each line is drawn alone."""
    return config.renderer_batch_size // (config.n_lines if config.off_policy else 1)


def renderer_minibatches(step: int, config: VAEConfig) -> range:
    """Which minibatches of Algorithm 1 (from 1) fall to step `step` (from 1) of a run."""
    if step <= config.renderer_pretrain_steps:
        return range(step, step + 1)
    turn, place = divmod(step - config.renderer_pretrain_steps - 1, config.block_steps)
    length = config.block_steps * config.renderer_steps_per_step
    begin = config.renderer_pretrain_steps + turn * length + 1
    return range(begin, begin + (length if place == 0 else 0))


def train(
    config: VAEConfig,
    images: Tensor,
    folder: Path | str,
    *,
    accelerator: Accelerator | None = None,
    snapshots: SnapshotRecorder | None = None,
    log_every: int = LOG_EVERY,
) -> tuple[LineVAE | PixelVAE, Run]:
    """Alternate Algorithms 1 and 2, then learn a prior if the config asks for one; no labels are given.

    Args:
        images: [N, 1, 28, 28] in [0, 1], ink = 1.
        folder: takes the checkpoint; a killed run goes on from it.
        accelerator: of Hugging Face, by default a new one. Several processes give the result of one, but for
            the order of sums; the gradients "straight_through" and "score_function" take one process.
        snapshots: is shown the model after every step of the algorithms, and belongs to the checkpoint.
        log_every: steps between two entries of the history.
    Returns:
        The trained model, in evaluation mode on the CPU, and its run (seconds, history of the losses).
    Raises:
        RuntimeError: several processes, for a gradient that takes one.
        ValueError: the images are none, or fewer than a batch; or the folder belongs to another training.
        TrainingStopped: a number is not finite.
    """
    images = as_images(images).float()
    accelerator = get_accelerator(accelerator)
    if config.gradient != "path":
        require_one_process(accelerator, f"the gradient {config.gradient!r}")
    torch.manual_seed(config.seed)
    model = build(config)
    both = AlternatingTrainer(model, config, accelerator)
    check_batch(len(images), max(config.batch_size, renderer_codes(config) if both.renderer else 1))
    prior = PriorTrainer(model, model.prior, config, accelerator) if model.prior is not None else None
    parts = both.parts() | (prior.parts() if prior else {}) | ({"snapshots": snapshots} if snapshots else {})
    last = config.renderer_pretrain_steps + config.steps
    run = Run(folder, config, images, last + config.prior_steps, accelerator, **parts)

    def step(number: int) -> dict[str, Tensor]:
        return both.step(number, run, images, monitor=number % log_every == 0)

    def observe(number: int) -> dict[str, Tensor]:
        if snapshots:
            snapshots(number, model)
        return {}

    run.train(last, step, observe=observe, log_every=log_every)
    if prior:
        prior.encode(images)
        run.train(run.total, lambda number: prior.step(number - last, run), log_every=log_every)
    return model.cpu().eval(), run
