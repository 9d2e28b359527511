"""Chapter 4's check of r against a known log-ratio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vecnb.images import as_images
from vecnb.losses import generator_loss, ratio_loss
from vecnb.training.common.loop import Run
from vecnb.training.common.processes import get_accelerator, require_one_process
from vecnb.training.common.sampling import check_batch
from vecnb.training.ratio_study.config import RatioStudyConfig
from vecnb.training.ratio_study.evaluation import agreement
from vecnb.training.ratio_study.model import RatioStudy

if TYPE_CHECKING:
    from accelerate import Accelerator

LOG_EVERY = 150  # steps; estimate and truth are compared then


def train(
    config: RatioStudyConfig,
    images: Tensor,
    folder: Path | str,
    *,
    accelerator: Accelerator | None = None,
    log_every: int = LOG_EVERY,
) -> tuple[RatioStudy, Run]:
    """Train a Gaussian line model, and the estimator of its log-ratio beside it; no labels are given.

    Args:
        images: [N, 1, 28, 28] in [0, 1], ink = 1; the first `n_images` are trained on.
        folder: takes the checkpoint; a killed run goes on from it.
        accelerator: of Hugging Face, by default a new one.
        log_every: steps between two entries of the history, which compare estimate and truth.
    Returns:
        Both networks, in evaluation mode on the CPU, and the run.
    Raises:
        RuntimeError: there are several processes.
        ValueError: the images are none, or fewer than a batch; or the folder belongs to another training.
        TrainingStopped: a number is not finite.
    """
    images = as_images(images)[: config.n_images].float()
    check_batch(len(images), config.batch_size)
    accelerator = get_accelerator(accelerator)
    require_one_process(accelerator, "the ratio study")
    torch.manual_seed(config.seed)
    study = RatioStudy(config).to(accelerator.device)
    analytic = config.objective == "analytic"
    rate = config.learning_rate if analytic else config.estimated_learning_rate
    of_model, of_estimator = list(study.model.parameters()), list(study.estimator.parameters())
    model_optimizer, estimator_optimizer = accelerator.prepare(
        torch.optim.Adam(of_model, rate, betas=(0.0, 0.99), fused=True),
        torch.optim.Adam(of_estimator, config.discriminator_learning_rate, betas=(0.0, 0.99), fused=True),
    )
    run = Run(
        folder,
        config,
        images,
        config.steps,
        accelerator,
        study=study,
        model_optimizer=model_optimizer,
        estimator_optimizer=estimator_optimizer,
    )

    def step(number: int) -> dict[str, Tensor]:
        x = images[run.indices(config.batch_size, number, config.seed)].to(accelerator.device)
        p, q = study.sample(x)
        r_p, r_q = study.estimator(*p), study.estimator(*q)
        loss = ratio_loss(r_p, r_q)
        if analytic:
            model_loss = -study.model.log_ratio(*q).mean()  # the bound, but for the constant E log q(x)
        else:
            model_loss = generator_loss(r_p, "non_saturating") - r_q.mean()
        estimator_optimizer.zero_grad()
        accelerator.backward(loss, inputs=of_estimator, retain_graph=True)
        model_optimizer.zero_grad()
        accelerator.backward(model_loss, inputs=of_model)
        estimator_optimizer.step()
        model_optimizer.step()
        return {"discriminator_loss": loss.detach(), "model_loss": model_loss.detach()}

    def observe(number: int) -> dict[str, Tensor]:
        return agreement(study, images, seed=number) if number % log_every == 0 else {}

    run.train(config.steps, step, observe=observe, log_every=log_every)
    return study.cpu().eval(), run
