"""The numbers of a network that proposes strokes for windows: how near it draws, with how many curves."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb import metrics
from vecnb.models.windows import WindowProposer, middle


@torch.no_grad()
def evaluate(model: WindowProposer, windows: Tensor) -> dict[str, float]:
    """The mean squared error of the middle of windows [M, 1, 28, 28], and the mean number of curves."""
    codes = [model.encode(part) for part in windows.split(250)]
    drawings = torch.cat([model.draw(code) for code in codes])
    widths = torch.cat([code.width for code in codes])
    return {
        "drawing_mse": metrics.mse(drawings, middle(windows)),
        "strokes": (widths > 0).sum(1).double().mean().item(),
    }
