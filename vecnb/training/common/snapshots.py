"""Snapshots of a training: what its model draws at some of the steps, kept with the run for a replay."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vecnb.strokes import Strokes
from vecnb.training.common.results import Snapshots

N_SNAPSHOTS = 40  # of a whole training, closer together where the model changes fast


class SnapshotRecorder:
    """The same few drawings again and again while a model learns; taking them changes nothing.

    Args:
        draw: gives the drawings of the model as it is now, always as many, without a random number.
        steps: of the training.
        after: steps before the first that is recorded.
    """

    def __init__(self, draw: Callable[[Any], Strokes], steps: int, after: int = 0):
        self.draw = draw
        self.recorded = {after + math.ceil(steps * (k / N_SNAPSHOTS) ** 2) for k in range(1, N_SNAPSHOTS + 1)}
        self.steps, self.drawings = torch.zeros(0, dtype=torch.int64), torch.zeros(0)

    def __call__(self, step: int, model: nn.Module) -> None:
        """Take a snapshot of the model if it is one of the steps for it."""
        if step not in self.recorded:
            return
        strokes = self.draw(model)
        drawings = torch.cat([strokes.lines, strokes.width[..., None]], -1).cpu()[None]
        self.drawings = torch.cat([self.drawings, drawings]) if len(self.drawings) else drawings
        self.steps = torch.cat([self.steps, torch.tensor([step])])

    def snapshots(self) -> Snapshots:
        """What was recorded so far."""
        return Snapshots(self.steps, self.drawings.double())

    def state_dict(self) -> dict[str, Tensor]:
        """Steps [P] and drawings [P, D, N, 5] so far: x1, y1, x2, y2 and width of every line."""
        return {"steps": self.steps, "drawings": self.drawings}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on after the steps that were recorded."""
        self.steps, self.drawings = state["steps"], state["drawings"]


def digit_snapshots(digits: Tensor, steps: int) -> SnapshotRecorder:
    """Snapshots of a few digits [D, 1, 28, 28], as the model vectorises them."""
    return SnapshotRecorder(lambda model: model.vectorise(digits.to(next(model.parameters()).device)), steps)


def sample_snapshots(steps: int, after: int = 0) -> SnapshotRecorder:
    """Snapshots of ten drawings that the model makes of the same noise."""
    return SnapshotRecorder(lambda model: model.sample(10, seed=0), steps, after)
