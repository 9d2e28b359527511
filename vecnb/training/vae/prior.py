"""Chapter 3's last step: when encoder and pen are done, learn the prior that the codes in use ask for."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from vecnb.losses import ratio_loss, reparameterize
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.training.common.sampling import batch_indices

BATCH = 256  # codes of either side a step: they cost next to nothing
RATE = 1e-3  # Adam's default, falling to 0 as a cosine
DECAY = 1e-2  # of the weights, AdamW's default


class PriorTraining:
    """The estimator of log N(z; 0, 1)/q(z), its optimiser and schedule; the codes' means and variances.

    Args:
        model: with a prior; all else of it is at rest by the first step.
        steps: in all.
        seed: of the minibatches.
    """

    def __init__(self, model: LineVAE | PixelVAE, steps: int, seed: int):
        assert model.prior is not None
        self.model, self.prior, self.seed = model, model.prior, seed
        parameters = list(self.prior.parameters())
        self.optimizer = torch.optim.AdamW(parameters, RATE, weight_decay=DECAY)
        self.schedule = LambdaLR(
            self.optimizer, lambda step: 0.5 * (1 + math.cos(math.pi * min(step, steps) / steps))
        )
        self.posterior: tuple[Tensor, Tensor] | None = None

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold; the model, which has the prior's weights, is there already."""
        return {"prior_optimizer": self.optimizer, "prior_schedule": self.schedule}

    def step(self, step: int, images: Tensor) -> dict[str, Tensor]:
        """One step, numbered from 1: normal codes on one side, codes of training images on the other.

        Args:
            images: [N, 1, 28, 28], all of the training images.
        Returns:
            The loss, thesis (10), in nats; 2 ln 2 if the sides are alike.
        """
        if self.posterior is None:
            self.posterior = encode_all(self.model, images)
            self.prior.requires_grad_(True)
        mu, logvar = self.posterior
        chosen = batch_indices(len(mu), min(BATCH, len(mu)), step, self.seed)
        z_q = reparameterize(mu[chosen], logvar[chosen])
        loss = ratio_loss(self.prior(torch.randn_like(z_q)), self.prior(z_q))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        return {"prior_loss": loss.detach()}


@torch.no_grad()
def encode_all(model: LineVAE | PixelVAE, images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of q(z|x), each [N, K], of all images [N, 1, 28, 28]."""
    device = next(model.parameters()).device
    means, logvars = zip(*(model.encode(part.to(device)) for part in images.split(1000)), strict=True)
    return torch.cat(means), torch.cat(logvars)
