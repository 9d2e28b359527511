"""How the digit classifier is trained."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ClassifierConfig:
    """How the classifier is trained. All values are ours: usual for a small network, none searched for."""

    seed: int = 0
    steps: int = 3200  # 6.8 epochs; the schedule ends there, the test set chooses nothing
    batch_size: int = 128
    learning_rate: float = 3e-3  # highest learning rate of the one cycle
    weight_decay: float = 1e-2
    label_smoothing: float = 0.05
    max_rotation: float = 12.0  # degrees either way
    max_scale: float = 0.1  # of the size, either way
    max_shift: float = 2.0  # pixels either way
    max_contrast: float = 8.0  # up to this, so that crisp drawings are read as well as grey scans
    max_thickness: float = 0.7  # of the way to a stroke one pixel wider or thinner on each side


RUNS = {"classifier/classifier": ClassifierConfig()}
