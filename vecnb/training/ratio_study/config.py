"""The study of chapter 4 that compares the estimated log-ratio with the analytic one: its runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from vecnb.choices import check_choices

Objective = Literal["analytic", "estimated"]


@dataclass(frozen=True, kw_only=True)
class RatioStudyConfig:
    """A Gaussian line model, and an estimator of its log-ratio that is trained beside it. All values ours."""

    seed: int = 0
    std: float = 0.3  # of the noise on a pixel, on both sides
    objective: Objective = "analytic"  # the log-ratio that trains p and q
    n_images: int = 10_000  # the empirical distribution: the first so many training digits
    steps: int = 1500
    batch_size: int = 64
    learning_rate: float = 1e-3  # of p and q by the analytic log-ratio
    estimated_learning_rate: float = 2e-4  # of p and q by the estimated one, as everywhere in this chapter
    discriminator_learning_rate: float = 4e-4

    def __post_init__(self) -> None:
        check_choices(self)


RUNS = {
    f"ratio_study/{objective}_{int(100 * std):03d}": RatioStudyConfig(std=std, objective=objective)
    for objective in get_args(Objective)
    for std in (1.0, 0.5, 0.3, 0.15)
}
