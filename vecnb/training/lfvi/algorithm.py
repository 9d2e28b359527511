"""Likelihood-free variational inference, thesis (10) and (11): a step of the encoder alone, one of the game.

Nothing in it knows a label. Model and discriminator are trained from one forward pass of the discriminator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from vecnb.densities import gaussian_log_density
from vecnb.losses import generator_loss, input_slopes, ratio_loss
from vecnb.models.implicit import ImplicitLines
from vecnb.training.common.schedules import build_schedule, constant, cosine
from vecnb.training.lfvi.config import LfviConfig
from vecnb.training.lfvi.ratios import Inputs, Model, Ratio

if TYPE_CHECKING:
    from accelerate import Accelerator

ENCODER_WARMUP = 0.05  # share of its steps in which an encoder's rate rises, with `cosine_schedule`
BETA_2 = 0.99  # of Adam, in every run; ours: its own default is .999


class EncoderTrainer:
    """q(z|x) alone, before the game, by the likelihood, with its optimiser and schedule.

    Args:
        encoder: of the model.
    """

    def __init__(
        self, config: LfviConfig, model: ImplicitLines, encoder: nn.Module, accelerator: Accelerator
    ):
        self.config, self.model, self.encoder, self.accelerator = config, model, encoder, accelerator
        optimizer = torch.optim.Adam(
            encoder.parameters(), config.encoder_learning_rate, betas=(0.9, BETA_2), fused=True
        )
        warmup = ENCODER_WARMUP if config.cosine_schedule else 0.0
        self.schedule = build_schedule(optimizer, cosine(config.encoder_steps, peak=2.0, warmup=warmup))
        self.optimizer = accelerator.prepare(optimizer)

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold beside the model."""
        return {"encoder_optimizer": self.optimizer, "encoder_schedule": self.schedule}

    def step(self, x: Tensor) -> dict[str, Tensor]:
        """One step towards the first term of {eq}`eq-split-objective`, which is known.

        Args:
            x: [B, 1, 28, 28], digits.
        Returns:
            The loss, a scalar: −log p(x|z), in nats.
        """
        drawing = self.model.draw(self.encoder(x))
        loss = -gaussian_log_density(x, drawing, self.config.likelihood_std).mean()
        self.optimizer.zero_grad()
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.encoder.parameters(), self.config.max_gradient)
        self.optimizer.step()
        self.schedule.step()
        return {"encoder_loss": loss.detach()}


class AdversarialTrainer:
    """The game: generator, encoder if r trains it, and discriminator, with their optimisers and schedules."""

    def __init__(
        self,
        config: LfviConfig,
        model: Model,
        ratio: Ratio,
        discriminator: nn.Module,
        accelerator: Accelerator,
    ):
        self.config, self.model, self.ratio, self.discriminator = config, model, ratio, discriminator
        self.accelerator = accelerator
        betas, falls = (config.momentum, BETA_2), config.cosine_schedule
        groups: list[dict[str, Any]] = [
            {"params": list(model.generator.parameters()), "lr": config.learning_rate}
        ]
        factors = [cosine(config.steps) if falls else constant]
        if ratio.learns_encoder and model.encoder is not None:
            groups.append({"params": list(model.encoder.parameters()), "lr": config.encoder_learning_rate})
            # A precaution: the model draws dots at first, r learns that little ink means model, and with a
            # sudden start the widths of the encoder run towards 0, where no gradient reaches them.
            factors.append(cosine(config.steps, warmup=ENCODER_WARMUP) if falls else constant)
        self.model_parameters = [p for group in groups for p in group["params"]]
        self.discriminator_parameters = list(discriminator.parameters())
        model_optimizer = torch.optim.Adam(groups, betas=betas, fused=True)
        discriminator_optimizer = torch.optim.Adam(
            self.discriminator_parameters, config.discriminator_learning_rate, betas=betas, fused=True
        )
        self.model_schedule = build_schedule(model_optimizer, factors)
        self.discriminator_schedule = build_schedule(discriminator_optimizer, factors[0])
        self.model_optimizer, self.discriminator_optimizer = accelerator.prepare(
            model_optimizer, discriminator_optimizer
        )

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold beside the networks."""
        return {
            "model_optimizer": self.model_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
            "model_schedule": self.model_schedule,
            "discriminator_schedule": self.discriminator_schedule,
        }

    def step(self, number: int, x: Tensor, chosen: Tensor) -> dict[str, Tensor]:
        """One step of r and, every `discriminator_steps`, one of the model, both from the same values of r.

        Args:
            number: of the step in the game, from 1.
            x: [B, 1, 28, 28], digits.
            chosen: [B], which of the training images they are.
        Returns:
            Scalars: the losses, the accuracy of r as a classifier, the length of the generator's gradient.
        """
        config, noise = self.config, noise_at(self.config, number)
        z_p = self.model.generate(torch.randn(len(x), self.model.noise_size, device=x.device))
        p = self.ratio.inputs_p(z_p, noise)
        q = self.ratio.inputs_q(x, chosen, noise)
        r_p, r_q = self.discriminator(*p), self.discriminator(*q)

        wasserstein = config.loss == "wasserstein"
        discriminator_loss = r_q.mean() - r_p.mean() if wasserstein else ratio_loss(r_p, r_q)
        if config.penalty != "none" and number % config.penalty_every == 0:
            discriminator_loss = discriminator_loss + slope_penalty(config, self.discriminator, p, q)
        model_loss = generator_loss(r_p, config.loss)
        if self.ratio.learns_encoder:
            model_loss = model_loss - r_q.mean()  # thesis (11): q moves to where r is large

        self.discriminator_optimizer.zero_grad()
        self.accelerator.backward(discriminator_loss, inputs=self.discriminator_parameters, retain_graph=True)
        self.model_optimizer.zero_grad()
        self.accelerator.backward(model_loss, inputs=self.model_parameters)
        self.discriminator_optimizer.step()
        if number % config.discriminator_steps == 0:
            self.model_optimizer.step()
        self.model_schedule.step()
        self.discriminator_schedule.step()
        gradients = [p.grad for p in self.model.generator.parameters() if p.grad is not None]
        return {
            "discriminator_loss": discriminator_loss.detach(),
            "model_loss": model_loss.detach(),
            "discriminator_accuracy": ((r_p > 0).float().mean() + (r_q < 0).float().mean()) / 2,
            "generator_gradient": torch.nn.utils.get_total_norm(gradients),
        }


def noise_at(config: LfviConfig, step: int) -> float:
    """The standard deviation of the noise at a step of the game (from 1): linear from first to last."""
    first, last = config.noise
    return first + (last - first) * (step - 1) / max(1, config.steps - 1)


def slope_penalty(config: LfviConfig, discriminator: nn.Module, p: Inputs, q: Inputs) -> Tensor:
    """The penalty on the slope of r that the config asks for, scaled up for the steps without it.

    "r1": γ/2 E‖∇r‖², on both sides ({eq}`eq-r1` in book/04_likelihood_free.md); "wgan_gp": γ E(‖∇r‖ − 1)²
    at points between the two sides.
    """
    weight = config.penalty_weight * config.penalty_every
    if config.penalty == "r1":
        slopes = [squared_slopes(discriminator, side).mean() for side in (p, q)]
        return weight / 2 * (slopes[0] + slopes[1])
    between = tuple(_mix(a, b) for a, b in zip(p, q, strict=True))
    # The root has no gradient at 0, where r is flat.
    lengths = squared_slopes(discriminator, between).clamp_min(1e-12).sqrt()
    return weight * (lengths - 1).square().mean()


def squared_slopes(discriminator: nn.Module, inputs: Inputs) -> Tensor:
    """‖∇r‖² [B] in all inputs together, differentiable in r's weights alone."""
    leaves = tuple(part.detach().requires_grad_() for part in inputs)
    return input_slopes(discriminator(*leaves), *leaves)


def _mix(a: Tensor, b: Tensor) -> Tensor:
    share = torch.rand(len(a), *[1] * (a.ndim - 1), device=a.device)
    return a + share * (b - a)
