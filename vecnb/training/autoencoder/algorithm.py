"""Chapter 2's training, thesis 2.4 and ours: `python -m vecnb.training.autoencoder --run ours`."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from accelerate import Accelerator

from vecnb.data import load_mnist
from vecnb.losses import multiscale_mse
from vecnb.models import LineAutoencoder
from vecnb.training.autoencoder.config import AutoencoderConfig
from vecnb.training.common.loop import Run
from vecnb.training.common.sampling import batch_indices
from vecnb.training.common.snapshots import SnapshotRecorder


def rate_factor(step: int, config: AutoencoderConfig) -> float:
    """What the rate is multiplied with at `step` (from 0): 1, or if annealed, a warm-up to 2 and a cosine."""
    if not config.cosine_schedule:
        return 1.0
    warm_up = 0.05 * config.steps
    return min(1.0, (step + 1) / warm_up) * (1 + math.cos(math.pi * step / config.steps))


def train(
    config: AutoencoderConfig,
    folder: Path,
    accelerator: Accelerator,
    snapshots: SnapshotRecorder | None = None,
) -> tuple[LineAutoencoder, Run]:
    """Train one line autoencoder on the training images, without their labels, by the mean squared error.

    Implements arg min over φ, ψ of ‖X − X'‖² (thesis 2.2; {eq}`eq-objective` in book/02_line_renderer.md).

    Args:
        folder: takes the checkpoint; a killed run goes on from it.
        snapshots: is shown the model at every step, and belongs to the checkpoint.
    Returns:
        The trained model, in evaluation mode on the CPU, and its run (seconds, history of the loss).
    """
    torch.manual_seed(config.seed)
    images, _ = load_mnist("train")
    model = LineAutoencoder(
        n_lines=config.n_lines,
        encoder=config.encoder,
        start=config.init,
        alpha=config.alpha,
        decoder=config.decoder,
        n_augmentations=config.n_augmentations,
    ).to(memory_format=torch.channels_last)  # convolutions of few channels run twice as fast on a CPU
    optimizer = torch.optim.AdamW(
        model.parameters(),
        config.learning_rate,
        betas=(0.9, 0.99 if config.cosine_schedule else 0.999),
        weight_decay=0.05 if config.cosine_schedule else 0.0,
        fused=True,
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rate_factor(step, config))
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    is_main = accelerator.is_main_process
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule} | (
        {"snapshots": snapshots} if snapshots else {}
    )
    run = Run(folder, config, is_main=is_main, **parts)
    wrapped.train()
    for step in run.steps(config.steps):
        chosen = batch_indices(len(images), config.batch_size, step, config.seed)
        chosen = chosen[accelerator.process_index :: accelerator.num_processes]  # each process its share
        x = images[chosen].to(accelerator.device)
        loss = multiscale_mse(wrapped(x), x, config.n_scales)
        optimizer.zero_grad()
        accelerator.backward(loss)
        if config.cosine_schedule:
            accelerator.clip_grad_norm_(wrapped.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if snapshots:
            snapshots(step, model)
        run.log(step, loss=loss)
    return model.cpu().eval(), run
