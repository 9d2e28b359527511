"""Training of the digit classifier, the book's measuring instrument, and the only training on labels.

No model of lines is given this network, or a label, while it learns.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional as F

from vecnb.images import as_images
from vecnb.models.classifier import DigitClassifier
from vecnb.training.classifier.config import ClassifierConfig
from vecnb.training.common.loop import LOG_EVERY, Run
from vecnb.training.common.processes import get_accelerator, require_one_process
from vecnb.training.common.sampling import check_batch
from vecnb.training.common.schedules import one_cycle

if TYPE_CHECKING:
    from accelerate import Accelerator


def distort(images: Tensor, config: ClassifierConfig) -> Tensor:
    """Each image rotated, scaled and shifted a little, at random: the label survives it.

    Args:
        images: [B, 1, 28, 28].
    Returns:
        The same shape; what comes in at an edge is blank.
    """
    rotation, zoom, right, down = (torch.rand(4, len(images)) * 2 - 1).to(images.device)
    angle, scale = rotation * math.radians(config.max_rotation), 1 + zoom * config.max_scale
    right, down = (side * config.max_shift / 14 for side in (right, down))  # affine_grid's square is 2 wide
    cos, sin = scale * angle.cos(), scale * angle.sin()
    maps = torch.stack([torch.stack([cos, -sin, right], 1), torch.stack([sin, cos, down], 1)], 1)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def restyle(images: Tensor, config: ClassifierConfig) -> Tensor:
    """Each image with other strokes, thicker or thinner, and another contrast, at random.

    Without this the classifier reads scans better than it reads line drawings of the same digits, and would
    measure the width and the edges of strokes instead of where they lie.

    Args:
        images: [B, 1, 28, 28] in [0, 1].
    Returns:
        The same shape and range.
    """
    amount, contrast = torch.rand(2, len(images), 1, 1, 1).to(images.device)
    amount = (2 * amount - 1) * config.max_thickness
    thicker = F.max_pool2d(images, 3, stride=1, padding=1)
    thinner = -F.max_pool2d(-images, 3, stride=1, padding=1)
    images = images + amount.clamp_min(0) * (thicker - images) + (-amount).clamp_min(0) * (thinner - images)
    return ((images - 0.5) * config.max_contrast**contrast + 0.5).clamp(0, 1)


def train(
    config: ClassifierConfig,
    images: Tensor,
    labels: Tensor,
    folder: Path | str,
    *,
    accelerator: Accelerator | None = None,
    log_every: int = LOG_EVERY,
) -> tuple[DigitClassifier, Run]:
    """Train a classifier of ten digits.

    Args:
        images: [N, 1, 28, 28] in [0, 1], ink = 1; labels: [N], 0 to 9.
        folder: takes the checkpoint; a killed run goes on from it.
        accelerator: of Hugging Face, by default a new one.
        log_every: steps between two entries of the history.
    Returns:
        The trained network, in evaluation mode on the CPU, and its run (seconds, history of the loss).
    Raises:
        RuntimeError: there are several processes.
        ValueError: the images are none, or fewer than a batch; or there are not as many labels; or the
            folder belongs to another training.
        TrainingStopped: a number is not finite.
    """
    images = as_images(images).float()
    check_batch(len(images), config.batch_size)
    if labels.shape != images.shape[:1]:
        raise ValueError(f"{len(images)} images need labels [{len(images)}], not {list(labels.shape)}")
    accelerator = get_accelerator(accelerator)
    require_one_process(accelerator, "the classifier")
    torch.manual_seed(config.seed)
    model = DigitClassifier().to(memory_format=torch.channels_last)  # twice as fast on a CPU
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    schedule = one_cycle(optimizer, config.learning_rate, config.steps)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    parts = {"model": model, "optimizer": optimizer, "schedule": schedule}
    run = Run(folder, config, images, config.steps, accelerator, labels=labels, **parts)
    wrapped.train()

    def step(number: int) -> dict[str, Tensor]:
        chosen = run.indices(config.batch_size, number, config.seed)
        x, label = images[chosen].to(accelerator.device), labels[chosen].to(accelerator.device)
        logits = wrapped(restyle(distort(x, config), config))
        loss = F.cross_entropy(logits, label, label_smoothing=config.label_smoothing)
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
        schedule.step()
        return {"loss": loss.detach()}

    run.train(config.steps, step, log_every=log_every)
    return model.cpu().eval(), run
