"""Training of the digit classifier, the book's measuring instrument: `python -m vecnb.training.classifier`.

The only room that trains on labels. No drawing machine ever sees this network during its own training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from accelerate import Accelerator
from torch import Tensor
from torch.nn import functional as F

from vecnb.data import load_mnist
from vecnb.metrics import accuracy
from vecnb.models import DigitClassifier
from vecnb.runs import Run, batch_indices
from vecnb.training.command import checkpoints, keep


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig:
    """How the classifier is trained. All values are ours: usual for a small network, none searched for."""

    seed: int = 0
    steps: int = 3200  # 6.8 epochs; the schedule ends there, the test set chooses nothing
    batch: int = 128
    rate: float = 3e-3  # highest learning rate of the one cycle
    weight_decay: float = 1e-2
    label_smoothing: float = 0.05
    turn: float = 12.0  # degrees either way
    stretch: float = 0.1  # of the size, either way
    shift: float = 2.0  # pixels either way
    contrast: float = 8.0  # up to this, so that crisp drawings are read as well as grey scans
    thickness: float = 0.7  # of the way to a stroke one pixel wider or thinner on each side


def distort(images: Tensor, config: ClassifierConfig) -> Tensor:
    """Each image turned, stretched and shifted a little, at random: the label survives it.

    Args:
        images: [B, 1, 28, 28].
    Returns:
        The same shape; what comes in at an edge is blank.
    """
    turn, stretch, right, down = (torch.rand(4, len(images)) * 2 - 1).to(images.device)
    angle, scale = turn * math.radians(config.turn), 1 + stretch * config.stretch
    right, down = (side * config.shift / 14 for side in (right, down))  # affine_grid's square is 2 wide
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
    amount = (2 * amount - 1) * config.thickness
    thicker = F.max_pool2d(images, 3, stride=1, padding=1)
    thinner = -F.max_pool2d(-images, 3, stride=1, padding=1)
    images = images + amount.clamp_min(0) * (thicker - images) + (-amount).clamp_min(0) * (thinner - images)
    return ((images - 0.5) * config.contrast**crispness + 0.5).clamp(0, 1)


def train(config: ClassifierConfig, folder: Path, accelerator: Accelerator) -> tuple[DigitClassifier, Run]:
    """Train a classifier on the training split; `folder` takes the checkpoints.

    Returns:
        The trained network, and its run (seconds, history of the loss).
    """
    torch.manual_seed(config.seed)
    images, labels = load_mnist("train")
    model = DigitClassifier().to(memory_format=torch.channels_last)  # twice as fast on a CPU
    optimizer = torch.optim.AdamW(
        model.parameters(), config.rate, weight_decay=config.weight_decay, fused=True
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, config.steps, pct_start=0.15)
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
        chosen = batch_indices(len(images), config.batch, step, config.seed)
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


def main(config: ClassifierConfig) -> None:
    """Train, keep the weights in half precision, and measure these, not the full ones."""
    model, done = train(config, checkpoints("classifier"), Accelerator())
    keep(
        "classifier",
        config,
        done,
        model,
        lambda model: {"accuracy": accuracy(model, *load_mnist("test"))},
        minutes=round(done.seconds / 60, 1),  # chapter 1 prints them as they stand in metrics.json
    )


if __name__ == "__main__":
    main(tyro.cli(ClassifierConfig))
