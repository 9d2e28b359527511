"""Chapter 2's training of a line autoencoder: thesis 2.4 and the proposed one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vecnb.images import as_images
from vecnb.losses import multiscale_mse
from vecnb.models.autoencoder import LineAutoencoder
from vecnb.training.autoencoder.config import AutoencoderConfig
from vecnb.training.autoencoder.switches import switched_loss
from vecnb.training.common.loop import LOG_EVERY, Run
from vecnb.training.common.processes import Shares, get_accelerator, require_one_process, share_batch_norm
from vecnb.training.common.sampling import check_batch
from vecnb.training.common.schedules import build_schedule, constant, cosine
from vecnb.training.common.snapshots import SnapshotRecorder

if TYPE_CHECKING:
    from accelerate import Accelerator

PRICE_WARMUP = 0.25  # share of the steps over which a stroke's price rises from 0
MAX_GRADIENT = 1.0  # norm of the gradient, with `cosine_schedule`; without it nothing is clipped


def train(
    config: AutoencoderConfig,
    images: Tensor,
    folder: Path | str,
    *,
    accelerator: Accelerator | None = None,
    snapshots: SnapshotRecorder | None = None,
    log_every: int = LOG_EVERY,
) -> tuple[LineAutoencoder, Run]:
    """Train one line autoencoder by the mean squared error; it is given no labels.

    Implements arg min over φ, ψ of ‖X − X'‖² (thesis 2.2; {eq}`eq-objective` in book/02_line_renderer.md).

    Args:
        images: [N, 1, 28, 28] in [0, 1], ink = 1.
        folder: takes the checkpoint; a killed run goes on from it.
        accelerator: of Hugging Face, by default a new one. Several processes give the result of one, but for
            the order of sums.
        snapshots: is shown the model after every step, and belongs to the checkpoint.
        log_every: steps between two entries of the history.
    Returns:
        The trained model, in evaluation mode on the CPU, and its run (seconds, history of the loss).
    Raises:
        ValueError: the images are none, or fewer than a batch; or the folder belongs to another training.
        RuntimeError: several processes, with a stroke price.
        TrainingStopped: a number is not finite.
    """
    images = as_images(images).float()
    check_batch(len(images), config.batch_size)
    accelerator = get_accelerator(accelerator)
    if config.stroke_price is not None:
        require_one_process(accelerator, "an autoencoder with a stroke price")
    torch.manual_seed(config.seed)
    model = LineAutoencoder.from_config(asdict(config))
    model.to(memory_format=torch.channels_last)  # convolutions of few channels run twice as fast on a CPU
    share_batch_norm(model, accelerator)
    optimizer = torch.optim.AdamW(
        model.parameters(),
        config.learning_rate,
        betas=(0.9, 0.99 if config.cosine_schedule else 0.999),
        weight_decay=0.05 if config.cosine_schedule else 0.0,
        fused=True,
    )
    factor = cosine(config.steps, peak=2.0, warmup=0.05) if config.cosine_schedule else constant
    schedule = build_schedule(optimizer, factor)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    parts |= {"snapshots": snapshots} if snapshots else {}
    run = Run(folder, config, images, config.steps, accelerator, **parts)
    shares = Shares(accelerator, config.batch_size)
    wrapped.train()

    def step(number: int) -> dict[str, Tensor]:
        chosen = shares.of(run.indices(config.batch_size, number, config.seed))
        x = images[chosen].to(accelerator.device)
        if config.stroke_price is None:
            terms = {"loss": multiscale_mse(wrapped(x), x, config.n_scales)}
        else:
            price = config.stroke_price * min(1.0, number / (PRICE_WARMUP * config.steps))
            terms = switched_loss(model, x, price, torch.rand(len(x), config.n_lines).to(x))
        optimizer.zero_grad()
        shares.backward(terms["loss"])
        if config.cosine_schedule:
            accelerator.clip_grad_norm_(wrapped.parameters(), MAX_GRADIENT)
        optimizer.step()
        schedule.step()
        return shares.mean({name: value.detach() for name, value in terms.items()})

    def observe(number: int) -> dict[str, Tensor]:
        if snapshots:
            snapshots(number, model)
        return {}

    run.train(config.steps, step, observe=observe, log_every=log_every)
    return model.cpu().eval(), run
