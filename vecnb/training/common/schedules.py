"""How learning rates change while a model trains: every factor here is a function of the step alone."""

from __future__ import annotations

import math
from collections.abc import Callable

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR

Factor = Callable[[int], float]  # step (from 0) → what the learning rate is multiplied with


def constant(step: int) -> float:
    """1 at every step."""
    return 1.0


def cosine(
    steps: int, *, start: int = 0, peak: float = 1.0, floor: float = 0.0, warmup: float = 0.0
) -> Factor:
    """The factor that falls from `peak` to `floor` as half a cosine, and rises before that if asked to.

    The rise is a factor of its own, not a phase before the cosine: (step + 1) / (warmup · steps), up to 1.

        >>> factor = cosine(100, peak=2.0, warmup=0.05)
        >>> [round(factor(step), 2) for step in (0, 4, 50, 100, 101)]
        [0.4, 1.99, 1.0, 0.0, 0.0]

    Args:
        steps: of the fall; afterwards the factor stays.
        start: the step at which the fall begins; before it the cosine stays at its peak.
        warmup: share of the steps in which it rises, 0 to 1.
    """

    def factor(step: int) -> float:
        rise = min(1.0, (step + 1) / (warmup * steps)) if warmup else 1.0
        place = min(max(step - start, 0), steps)
        return rise * (floor + (peak - floor) * (1 + math.cos(math.pi * place / steps)) / 2)

    return factor


def build_schedule(optimizer: Optimizer, factor: Factor | list[Factor]) -> LambdaLR:
    """torch's scheduler that multiplies an optimiser's rates with a factor; `step` it after the optimiser.

    Args:
        optimizer: before an accelerator has prepared it.
        factor: one, or one for each of the optimiser's groups.
    """
    return LambdaLR(optimizer, factor)


def one_cycle(optimizer: Optimizer, peak: float, steps: int) -> OneCycleLR:
    """torch's scheduler of one rise to `peak`, over the first 15 % of the steps, and one fall, both cosines.

    It moves Adam's momentum the other way, from .95 down to .85 and back.
    """
    return OneCycleLR(optimizer, peak, steps, pct_start=0.15)
