"""Chapter 6's training of a network that proposes strokes for windows: of pixels, and of nothing else."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vecnb.images import as_images
from vecnb.models.windows import WindowProposer, middle
from vecnb.training.autoencoder.algorithm import MAX_GRADIENT, PRICE_WARMUP
from vecnb.training.autoencoder.switches import switched_loss
from vecnb.training.common.loop import LOG_EVERY, Run
from vecnb.training.common.processes import get_accelerator, require_one_process
from vecnb.training.common.sampling import check_batch
from vecnb.training.common.schedules import build_schedule, cosine
from vecnb.training.proposal.config import ProposalConfig
from vecnb.training.proposal.drawings import degrade

if TYPE_CHECKING:
    from accelerate import Accelerator


def train(
    config: ProposalConfig,
    images: Tensor,
    folder: Path | str,
    *,
    accelerator: Accelerator | None = None,
    log_every: int = LOG_EVERY,
) -> tuple[WindowProposer, Run]:
    """Train a network to draw the middle of windows with few curves, from degraded inputs.

    The loss is chapter 2's with a price of each stroke ({prf:ref}`alg-switches` in
    book/02_line_renderer.md), between the drawing and the window as it was before it was degraded.

    Args:
        images: [M, 1, 28, 28] in [0, 1], windows as `drawings.windows` makes them.
        folder: takes the checkpoint; a killed run goes on from it.
        accelerator: of Hugging Face, by default a new one.
        log_every: steps between two entries of the history.
    Returns:
        The trained network, in evaluation mode on the CPU, and its run (seconds, history of the loss).
    Raises:
        RuntimeError: there are several processes.
        ValueError: the images are none, or fewer than a batch; or the folder belongs to another training.
        TrainingStopped: a number is not finite.
    """
    images = as_images(images).float()
    check_batch(len(images), config.batch_size)
    accelerator = get_accelerator(accelerator)
    require_one_process(accelerator, "a network that proposes strokes")
    torch.manual_seed(config.seed)
    model = WindowProposer.from_config(asdict(config)).to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, betas=(0.9, 0.99), weight_decay=0.05, fused=True
    )
    schedule = build_schedule(optimizer, cosine(config.steps, peak=2.0, warmup=0.05))
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    run = Run(
        folder,
        config,
        images,
        config.steps,
        accelerator,
        model=model,
        optimizer=optimizer,
        schedule=schedule,
    )
    wrapped.train()

    def step(number: int) -> dict[str, Tensor]:
        x = images[run.indices(config.batch_size, number, config.seed)]
        degraded = degrade(x, torch.rand(4, len(x)), torch.randn(x.shape))
        price = config.stroke_price * min(1.0, number / (PRICE_WARMUP * config.steps))
        uniform = torch.rand(len(x), config.n_lines)
        x, degraded, uniform = (part.to(accelerator.device) for part in (x, degraded, uniform))
        terms = switched_loss(model, degraded, price, uniform, target=middle(x))
        optimizer.zero_grad()
        accelerator.backward(terms["loss"])
        accelerator.clip_grad_norm_(wrapped.parameters(), MAX_GRADIENT)
        optimizer.step()
        schedule.step()
        return {name: value.detach() for name, value in terms.items()}

    run.train(config.steps, step, log_every=log_every)
    return model.cpu().eval(), run
