"""The two networks of the ratio study: a Gaussian line model and the estimator of its log-ratio."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import torch
from torch import Tensor, nn

from vecnb.losses import reparameterize
from vecnb.models.discriminators import ImageDiscriminator
from vecnb.models.implicit import GaussianLines
from vecnb.pretrained import load_weights, read_config
from vecnb.training.ratio_study.config import RatioStudyConfig


class RatioStudy(nn.Module):
    """A Gaussian line model and the estimator of its log-ratio, which sees x and z."""

    def __init__(self, config: RatioStudyConfig):
        super().__init__()
        self.model = GaussianLines(std=config.std).to(memory_format=torch.channels_last)
        self.estimator = ImageDiscriminator(channels=1, code_size=self.model.code_size)

    def sample(self, x: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Samples (x, z) of p and of q, as many as there are digits in x [B, 1, 28, 28]."""
        std = self.model.std
        z_p = torch.randn(len(x), self.model.code_size, device=x.device)
        mean = self.model.draw(z_p)
        x_q = x + std * torch.randn_like(x)
        z_q = reparameterize(*self.model.encode(x_q))
        return (mean + std * torch.randn_like(mean), z_p), (x_q, z_q)


def load_study(folder: Path) -> RatioStudy:
    """A finished study with its estimator, in evaluation mode.

    Raises:
        FileNotFoundError, ValueError: as of `load_model`.
    """
    config = read_config(folder)
    study = RatioStudy(
        RatioStudyConfig(**{field.name: config[field.name] for field in fields(RatioStudyConfig)})
    )
    load_weights(folder, study)
    return study.eval()
