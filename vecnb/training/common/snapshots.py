"""A snapshots of a training: what its model draws at some of the steps, kept with the run for a replay."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from vecnb.data import reference_digits
from vecnb.strokes import Strokes

PICTURES = 40  # of a whole training, closer together where the model changes fast


class SnapshotRecorder:
    """The same few drawings again and again while a model learns; watching changes nothing.

    Args:
        take: gives the drawings of the model as it is now, always as many, without a random number.
        steps: of the training.
        after: steps before the first that is filmed.
    """

    def __init__(self, take: Callable[[Any], Strokes], steps: int, after: int = 0):
        self.take = take
        self.moments = {after + math.ceil(steps * (k / PICTURES) ** 2) for k in range(1, PICTURES + 1)}
        self.steps, self.pictures = torch.zeros(0, dtype=torch.int64), torch.zeros(0)

    def __call__(self, step: int, model: nn.Module) -> None:
        """Take a picture if it is time for one."""
        if step not in self.moments:
            return
        strokes = self.take(model)
        picture = torch.cat([strokes.lines, strokes.width[..., None]], -1).cpu()[None]
        self.pictures = torch.cat([self.pictures, picture]) if len(self.pictures) else picture
        self.steps = torch.cat([self.steps, torch.tensor([step])])

    def state_dict(self) -> dict[str, Tensor]:
        """Steps [P] and pictures [P, drawings, N, 5] so far: x1, y1, x2, y2 and width of every line."""
        return {"steps": self.steps, "pictures": self.pictures}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on with a snapshots."""
        self.steps, self.pictures = state["steps"], state["pictures"]

    def kept(self) -> dict[str, list]:
        """What the results of a run hold of it: `snapshots`, the pictures to three decimals, and `film_steps`."""
        thousandths = (1000 * self.pictures).round().to(torch.int64)
        return {"snapshots": _divide(thousandths.tolist()), "film_steps": self.steps.tolist()}


def _divide(nested: list) -> list:
    return [_divide(part) if isinstance(part, list) else part / 1000 for part in nested]


def digit_snapshots(steps: int) -> SnapshotRecorder:
    """A snapshots of the ten reference digits, as the model vectorises them."""
    digits, _ = reference_digits()
    return SnapshotRecorder(lambda model: model.vectorise(digits.to(next(model.parameters()).device)), steps)


def sample_snapshots(steps: int, after: int = 0) -> SnapshotRecorder:
    """A snapshots of ten drawings that the model makes of the same noise."""
    return SnapshotRecorder(lambda model: model.sample(10, seed=0), steps, after)
