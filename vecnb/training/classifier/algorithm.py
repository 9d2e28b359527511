"""Training of the digit classifier, the book's measuring instrument: `python -m vecnb.training.classifier`.

The only room that trains on labels. No drawing machine ever sees this network during its own training.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn import functional as F

from vecnb.data import load_mnist
from vecnb.models import DigitClassifier
from vecnb.training.classifier.config import ClassifierConfig
from vecnb.training.common.loop import Run
from vecnb.training.common.sampling import batch_indices


def distort(images: Tensor, config: ClassifierConfig) -> Tensor:
    """Each image turned, stretched and shifted a little, at random: the label survives it.

    Args:
        images: [B, 1, 28, 28].
    Returns:
        The same shape; what comes in at an edge is blank.
    """
    turn, stretch, right, down = (torch.rand(4, len(images)) * 2 - 1).to(images.device)
    angle, scale = turn * math.radians(config.max_rotation), 1 + stretch * config.max_scale
    right, down = (side * config.max_shift / 14 for side in (right, down))  # affine_grid's square is 2 wide
    cos, sin = scale * angle.cos(), scale * angle.sin()
    maps = torch.stack([torch.stack([cos, -sin, right], 1), torch.stack([sin, cos, down], 1)], 1)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, align_corners=False)


def redraw(images: Tensor, config: ClassifierConfig) -> Tensor:
    """Each image as another pen would have drawn it, thicker or thinner, greyer or crisper.

    Without this the classifier reads scans better than it reads line drawings of the same digits, and would
    measure the pen instead of the lines.

    Args:
        images: [B, 1, 28, 28] in [0, 1].
    Returns:
        The same shape and range.
    """
    amount, crispness = torch.rand(2, len(images), 1, 1, 1).to(images.device)
    amount = (2 * amount - 1) * config.max_thickness
    thicker = F.max_pool2d(images, 3, stride=1, padding=1)
    thinner = -F.max_pool2d(-images, 3, stride=1, padding=1)
    images = images + amount.clamp_min(0) * (thicker - images) + (-amount).clamp_min(0) * (thinner - images)
    return ((images - 0.5) * config.max_contrast**crispness + 0.5).clamp(0, 1)


def train(config: ClassifierConfig, folder: Path, accelerator: Accelerator) -> tuple[DigitClassifier, Run]:
    """Train a classifier on the training split; `folder` takes the checkpoints.

    Returns:
        The trained network, and its run (seconds, history of the loss).
    """
    torch.manual_seed(config.seed)
    images, labels = load_mnist("train")
    model = DigitClassifier().to(memory_format=torch.channels_last)  # twice as fast on a CPU
    optimizer = torch.optim.AdamW(
        model.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, config.steps, pct_start=0.15
    )
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    run = Run(
        folder,
        config,
        is_main=accelerator.is_main_process,
        model=model,
        optimizer=optimizer,
        schedule=schedule,
    )
    wrapped.train()
    for step in run.steps(config.steps):
        chosen = batch_indices(len(images), config.batch_size, step, config.seed)
        chosen = chosen[accelerator.process_index :: accelerator.num_processes]  # each process its share
        x, label = images[chosen].to(accelerator.device), labels[chosen].to(accelerator.device)
        logits = wrapped(redraw(distort(x, config), config))
        loss = F.cross_entropy(logits, label, label_smoothing=config.label_smoothing)
        optimizer.zero_grad()
        accelerator.backward(loss)
        optimizer.step()
        schedule.step()
        run.log(step, loss=loss)
    return model.cpu().eval(), run
