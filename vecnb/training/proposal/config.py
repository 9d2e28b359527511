"""How the network that proposes strokes for windows is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ProposalConfig:
    """One training on windows of drawings; all values are ours."""

    seed: int = 0
    n_lines: int = 8  # the most curves of a window, as in chapter 2's runs with a price
    stroke_price: float = 2.5  # of a curve that is drawn, in squared error summed over the middle
    n_windows: int = 40_000
    steps: int = 6_000
    batch_size: int = 64
    learning_rate: float = 1e-3  # as in chapter 2, with its warm-up to twice that, and its cosine


RUNS = {"proposal/windows": ProposalConfig()}
