"""Likelihood-free variational inference, thesis (10) and (11): the reduction, the joint and the split.

Nothing in it knows a label. Model and estimator are trained from one forward pass of the estimator a step;
of the split, inference has learnt before and rests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

import torch
from accelerate import Accelerator
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vecnb.data import load_mnist
from vecnb.densities import gaussian_log_density
from vecnb.losses import generator_loss, input_slopes, ratio_loss
from vecnb.models.codec import encode_parameters
from vecnb.models.discriminators import ImageDiscriminator, ParameterDiscriminator
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.pretrained import load_model
from vecnb.training.common.loop import Run
from vecnb.training.common.sampling import batch_indices
from vecnb.training.common.snapshots import SnapshotRecorder
from vecnb.training.lfvi.config import LfviConfig

Model = ImplicitLines | ImplicitPixels
Estimator = ImageDiscriminator | ParameterDiscriminator
APPROXIMATOR = "vae/thesis"  # the run of chapter 3 that taught the thesis's network to draw
LOG_EVERY = 100  # steps between two entries of a run's history


class Monitor(Protocol):
    """Whoever watches a training through samples of the model, and never hands it anything back."""

    def __call__(self, model: Model) -> dict[str, Tensor]: ...


class Pair(NamedTuple):
    """A batch of (x, z) from one side of the ratio, as r is shown it."""

    images: Tensor | None  # [B, C, 28, 28]: x, or x and the drawing of z
    z: Tensor | None  # [B, Z]


def build(config: LfviConfig) -> tuple[Model, Estimator]:
    """The untrained model and the estimator of its log-ratio.

    Raises:
        FileNotFoundError: the config wants chapter 3's approximate renderer, and its run is not there.
    """
    if config.renderer == "pixels":
        model: Model = ImplicitPixels.from_config(asdict(config))
    else:
        model = ImplicitLines.from_config(asdict(config))
        if model.approximator is not None:
            taught = load_model(APPROXIMATOR).get_submodule("approximator")
            model.approximator.load_state_dict(taught.state_dict())
    return model.to(memory_format=torch.channels_last), build_estimator(config, model)


def build_estimator(config: LfviConfig, model: Model) -> Estimator:
    """The untrained estimator of the log-ratio that a config asks for."""
    if isinstance(model, ImplicitLines) and config.ratio == "prior":
        return ParameterDiscriminator(model.code_size)
    return ImageDiscriminator(
        channels=2 if config.ratio == "joint_drawing" else 1,
        code_size=model.code_size
        if isinstance(model, ImplicitLines) and config.ratio == "joint_parameters"
        else 0,
        batch_deviation=config.batch_deviation,
        spectral_norm=config.spectral_norm,
    )


def show(
    config: LfviConfig, x: Tensor | None, z: Tensor | None, drawing: Tensor | None, noise: float
) -> Pair:
    """What r sees of a batch, with Gaussian noise of this standard deviation on what it compares.

    Args:
        x: [B, 1, 28, 28], a digit or, for the model's side, its drawing.
        z: [B, Z], the code inferred from x or, for the model's side, the code that x was drawn from.
        drawing: [B, 1, 28, 28], of z.
    """
    if config.ratio == "prior":
        assert z is not None
        return Pair(None, z + noise * torch.randn_like(z))
    assert x is not None
    x = x + noise * torch.randn_like(x)
    if config.ratio == "joint_drawing":
        assert drawing is not None
        x = torch.cat([x, drawing], 1)
    return Pair(x, z if config.ratio == "joint_parameters" else None)


def slope_penalty(config: LfviConfig, estimator: Estimator, p: Pair, q: Pair) -> Tensor:
    """The penalty on the slope of r that the config asks for, scaled up for the steps without it.

    "r1": γ/2 E‖∇r‖², on both sides ({eq}`eq-r1` in book/04_likelihood_free.md); "wgan_gp": γ E(‖∇r‖ − 1)²
    at points between the two sides.
    """
    weight = config.penalty_weight * config.penalty_every
    if config.penalty == "r1":
        slopes = [_slopes(estimator, Pair(*(_leaf(part) for part in side))).mean() for side in (p, q)]
        return weight / 2 * (slopes[0] + slopes[1])
    between = Pair(*(_leaf(_mix(a, b)) for a, b in zip(p, q, strict=True)))
    return weight * (_slopes(estimator, between).sqrt() - 1).square().mean()


def _leaf(part: Tensor | None) -> Tensor | None:
    return None if part is None else part.detach().requires_grad_()


def _mix(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    if a is None or b is None:
        return None
    share = torch.rand(len(a), *[1] * (a.ndim - 1), device=a.device)
    return a + share * (b - a)


def _slopes(estimator: Estimator, pair: Pair) -> Tensor:
    return input_slopes(estimator(*pair), *(part for part in pair if part is not None))


def noise_at(config: LfviConfig, step: int) -> float:
    """The standard deviation of the noise at a step (from 1): a straight line from the first to the last."""
    first, last = config.noise
    return first + (last - first) * (step - 1) / max(1, config.steps - 1)


def rate_factor(config: LfviConfig, step: int) -> float:
    """A rate's factor at a step of the game (from 0): 1, or if annealed, a cosine that falls to 0."""
    share = min(max(step, 0), config.steps) / config.steps
    return 0.5 * (1 + math.cos(math.pi * share)) if config.cosine_schedule else 1.0


def inference_factor(config: LfviConfig, step: int) -> float:
    """The same for inference, at a step of the run (from 0); if annealed, it rises over the first twentieth.

    Alone, inference goes up to 2 and down to 0, as in chapter 2. In the game a sudden start would lose some
    seeds: the model draws dots at first, r learns that little ink means model, and every width of inference
    runs to 0, where no gradient reaches it.
    """
    steps = config.encoder_steps or config.steps
    rise = min(1.0, (step + 1) / (0.05 * steps)) if config.cosine_schedule else 1.0
    if config.encoder_steps:
        return rise * (1 + math.cos(math.pi * min(step / steps, 1.0)))
    return rise * rate_factor(config, step)


class Optimizers:
    """Adam for the model's two halves and for r, with their schedules: one part of a run."""

    def __init__(self, config: LfviConfig, model: Model, estimator: Estimator):
        betas = (config.momentum, 0.99)
        groups: list[dict[str, Any]] = [
            {"params": list(model.generator.parameters()), "lr": config.learning_rate}
        ]
        if model.encoder is not None:
            group = {"params": list(model.encoder.parameters()), "lr": config.encoder_learning_rate}
            # Alone it is in no game, in which momentum would overshoot.
            groups.append(group | {"betas": (0.9, 0.99) if config.encoder_steps else betas})
        self.model_parameters = [p for group in groups for p in group["params"]]
        self.estimator_parameters = list(estimator.parameters())
        self.model = torch.optim.Adam(groups, betas=betas, fused=True)
        self.estimator = torch.optim.Adam(
            self.estimator_parameters, config.discriminator_learning_rate, betas=betas, fused=True
        )

        def game(step: int) -> float:
            return rate_factor(config, step - config.encoder_steps)

        by_group: list[Callable[[int], float]] = [game, partial(inference_factor, config)]
        self.model_schedule = LambdaLR(self.model, by_group[: len(groups)])
        self.estimator_schedule = LambdaLR(self.estimator, partial(rate_factor, config))

    def parts(self) -> dict[str, Any]:
        """What a checkpoint must hold."""
        return {
            "model_optimizer": self.model,
            "estimator_optimizer": self.estimator,
            "model_schedule": self.model_schedule,
            "estimator_schedule": self.estimator_schedule,
        }


def train(
    config: LfviConfig,
    folder: Path,
    accelerator: Accelerator,
    monitor: Monitor,
    snapshots: SnapshotRecorder | None = None,
) -> tuple[Model, Run]:
    """Train p(z|β), q(z|x) and r(x, z) on the training images, without their labels.

    Implements thesis (10) and (11); {prf:ref}`alg-lfvi` in book/04_likelihood_free.md. One process a run:
    several seeds are several runs.

    Args:
        folder: takes the checkpoint; a killed run goes on from it, bit for bit.
        monitor: is shown the model every LOG_EVERY steps of the game; what it says goes into the history.
        snapshots: is shown the model at every step, and belongs to the checkpoint.
    Returns:
        The trained model (its averaged weights, if the config has them), in evaluation mode on the CPU, and
        its run with the history.
    Raises:
        TrainingStopped: a loss or a gradient is not finite.
    """
    torch.manual_seed(config.seed)
    images, _ = load_mnist("train")
    model, estimator = build(config)
    model.to(accelerator.device)
    estimator.to(accelerator.device)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay))
    optimizers = Optimizers(config, model, estimator)
    kept = cast(Model, average.module)  # AveragedModel does not tell the type of what it averages
    parts: dict[str, Any] = {"model": model, "estimator": estimator, "average": average}
    parts |= {"snapshots": snapshots} if snapshots else {}
    run = Run(folder, config, **parts, **optimizers.parts())
    codes = None
    for step in run.steps(config.encoder_steps + config.steps):
        chosen = batch_indices(len(images), config.batch_size, step, config.seed)
        x = images[chosen].to(accelerator.device)
        if step <= config.encoder_steps:
            terms = inference_step(config, model, optimizers, x)
        else:
            if config.ratio == "prior":
                if codes is None:  # at the first step of the game, or after a kill
                    codes = freeze_encoder_and_cache_codes(cast(ImplicitLines, model), images)
                reencodes = step > config.encoder_steps + config.steps - config.reencoding_steps
                for player in (model, kept):
                    cast(ImplicitLines, player).reencode = reencodes
            z_q = None if codes is None else codes[chosen].to(accelerator.device)
            terms = training_step(config, step - config.encoder_steps, model, estimator, optimizers, x, z_q)
        optimizers.model_schedule.step()
        if step > config.encoder_steps:
            optimizers.estimator_schedule.step()
        if step % config.discriminator_steps == 0:
            average.update_parameters(model)
        if step % LOG_EVERY == 0 and step > config.encoder_steps:
            terms |= monitor(kept)
        if snapshots:
            snapshots(step, kept)
        run.log(step, every=LOG_EVERY, **terms)
    return kept.cpu().eval(), run


def inference_step(config: LfviConfig, model: Model, optimizers: Optimizers, x: Tensor) -> dict[str, Tensor]:
    """One step of q(z|x) alone, towards the first term of {eq}`eq-split-objective`, which is known.

    Args:
        x: [B, 1, 28, 28], digits.
    Returns:
        The loss, a scalar: −log p(x|z), in nats.
    """
    assert model.encoder is not None
    loss = -gaussian_log_density(x, model.draw(model.encoder(x)), config.likelihood_std).mean()
    optimizers.model.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.encoder.parameters(), config.max_gradient)
    optimizers.model.step()
    return {"encoder_loss": loss.detach()}


@torch.no_grad()
def freeze_encoder_and_cache_codes(model: ImplicitLines, images: Tensor) -> Tensor:
    """End the training of q(z|x), and write down what it has learnt to see.

    Returns:
        The codes [N, Z] of all images [N, 1, 28, 28], on the CPU; each the best of the model's n_augmentations.
    """
    assert model.encoder is not None
    model.encoder.requires_grad_(False)
    device = next(model.parameters()).device
    return torch.cat(
        [encode_parameters(model.best_code(part.to(device))).cpu() for part in images.split(500)]
    )


def training_step(
    config: LfviConfig,
    step: int,
    model: Model,
    estimator: Estimator,
    optimizers: Optimizers,
    x: Tensor,
    z_q: Tensor | None = None,
) -> dict[str, Tensor]:
    """One step of r and, every `critic_steps`, one of the model, both from the same values of r.

    Args:
        x: [B, 1, 28, 28], digits.
        z_q: [B, Z], their codes, if inference is at rest; otherwise it is asked, and learns as well.
    Returns:
        Scalars: the losses, the accuracy of r as a classifier, the length of the generator's gradient.
    """
    noise = noise_at(config, step)
    z_p = model.generate(torch.randn(len(x), model.noise_size, device=x.device))
    x_p = model.draw(z_p) if config.ratio != "prior" else None
    if z_q is None and model.encoder is not None:
        z_q = model.encoder(x)
    x_recon = model.draw(z_q) if z_q is not None and config.ratio == "joint_drawing" else None
    p = show(config, x_p, z_p, x_p, noise)
    q = show(config, x, z_q, x_recon, noise)
    r_p, r_q = estimator(*p), estimator(*q)

    wasserstein = config.loss == "wasserstein"
    estimator_loss = r_q.mean() - r_p.mean() if wasserstein else ratio_loss(r_p, r_q)
    if config.penalty != "none" and step % config.penalty_every == 0:
        estimator_loss = estimator_loss + slope_penalty(config, estimator, p, q)
    model_loss = generator_loss(r_p, config.loss)
    if z_q is not None and z_q.requires_grad:
        model_loss = model_loss - r_q.mean()  # thesis (11): q moves to where r is large

    optimizers.estimator.zero_grad()
    estimator_loss.backward(inputs=optimizers.estimator_parameters, retain_graph=True)
    optimizers.model.zero_grad()
    model_loss.backward(inputs=[p for p in optimizers.model_parameters if p.requires_grad])
    optimizers.estimator.step()
    if step % config.discriminator_steps == 0:
        optimizers.model.step()
    gradients = [p.grad for p in model.generator.parameters() if p.grad is not None]
    return {
        "discriminator_loss": estimator_loss.detach(),
        "model_loss": model_loss.detach(),
        "discriminator_accuracy": ((r_p > 0).float().mean() + (r_q < 0).float().mean()) / 2,
        "generator_gradient": torch.nn.utils.get_total_norm(gradients),
    }
