"""Chapter 3's last step: when all else of the model is trained, learn the prior that its codes ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from vecnb.losses import ratio_loss, reparameterize
from vecnb.models.prior import ResampledPrior
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.training.common.loop import Run
from vecnb.training.common.schedules import build_schedule, cosine
from vecnb.training.vae.config import VAEConfig

if TYPE_CHECKING:
    from accelerate import Accelerator

BATCH_SIZE = 256  # codes of either side a step: they cost next to nothing
LEARNING_RATE = 1e-3  # Adam's default, falling to 0 as a cosine
WEIGHT_DECAY = 1e-2  # AdamW's default


class PriorTrainer:
    """The estimator of log N(z; 0, 1)/q(z), its optimiser and schedule; the codes' means and variances.

    Several processes do all the same: codes cost next to nothing.

    Args:
        prior: of the model; all else of it is frozen by the first step.
    """

    def __init__(
        self,
        model: LineVAE | PixelVAE,
        prior: ResampledPrior,
        config: VAEConfig,
        accelerator: Accelerator,
    ):
        self.model, self.prior, self.seed = model, prior, config.seed
        parameters = list(prior.parameters())
        optimizer = torch.optim.AdamW(parameters, LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        self.schedule = build_schedule(optimizer, cosine(config.prior_steps))
        self.optimizer, self.accelerator = accelerator.prepare(optimizer), accelerator
        self.mu, self.logvar = torch.empty(0), torch.empty(0)

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold; the model, which has the prior's weights, is there already."""
        return {"prior_optimizer": self.optimizer, "prior_schedule": self.schedule}

    def encode(self, images: Tensor) -> None:
        """Freeze the encoder: note the q(z|x) of all training images [N, 1, 28, 28]."""
        self.mu, self.logvar = encode_all(self.model, images)
        self.prior.requires_grad_(True)

    def step(self, number: int, run: Run) -> dict[str, Tensor]:
        """One step, numbered from 1: normal codes on one side, codes of training images on the other.

        Returns:
            The loss, thesis (10), in nats; 2 ln 2 if the sides are alike.
        """
        chosen = run.indices(min(BATCH_SIZE, len(self.mu)), number, self.seed)
        z_q = reparameterize(self.mu[chosen], self.logvar[chosen])
        loss = ratio_loss(self.prior(torch.randn_like(z_q)), self.prior(z_q))
        self.optimizer.zero_grad()
        self.accelerator.backward(loss)
        self.optimizer.step()
        self.schedule.step()
        return {"prior_loss": loss.detach()}


@torch.no_grad()
def encode_all(model: LineVAE | PixelVAE, images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log-variance of q(z|x), each [N, K], of all images [N, 1, 28, 28]."""
    device = next(model.parameters()).device
    means, logvars = zip(*(model.encode(part.to(device)) for part in images.split(1000)), strict=True)
    return torch.cat(means), torch.cat(logvars)
