"""Chapter 4's check of r against a known log-ratio: `python -m vecnb.training.ratio_study`."""

from __future__ import annotations

from pathlib import Path

import torch

from vecnb.data import load_mnist
from vecnb.losses import generator_loss, ratio_loss
from vecnb.training.common.loop import Run
from vecnb.training.common.sampling import batch_indices
from vecnb.training.ratio_study.config import RatioStudyConfig
from vecnb.training.ratio_study.evaluation import agreement
from vecnb.training.ratio_study.model import RatioStudy

MEASURE_EVERY = 150  # steps


def train(config: RatioStudyConfig, folder: Path) -> tuple[RatioStudy, Run]:
    """Train estimator and model together; neither sees a label.

    Returns:
        Both, in evaluation mode, and the run, whose history compares estimate and truth.
    Raises:
        TrainingStopped: a loss is not finite.
    """
    torch.manual_seed(config.seed)
    images = load_mnist("train")[0][: config.n_images]
    study = RatioStudy(config)
    rate = config.learning_rate if config.objective == "analytic" else config.estimated_learning_rate
    players, critics = list(study.model.parameters()), list(study.estimator.parameters())
    player = torch.optim.Adam(players, rate, betas=(0.0, 0.99), fused=True)
    critic = torch.optim.Adam(critics, config.discriminator_learning_rate, betas=(0.0, 0.99), fused=True)
    run = Run(folder, config, study=study, player=player, critic=critic)
    for step in run.steps(config.steps):
        x = images[batch_indices(len(images), config.batch_size, step, config.seed)]
        p, q = study.sample(x)
        r_p, r_q = study.estimator(*p), study.estimator(*q)
        critic_loss = ratio_loss(r_p, r_q)
        if config.objective == "analytic":
            player_loss = -study.model.log_ratio(*q).mean()  # the bound, but for the constant E log q(x)
        else:
            player_loss = generator_loss(r_p, "non_saturating") - r_q.mean()
        critic.zero_grad()
        critic_loss.backward(inputs=critics, retain_graph=True)
        player.zero_grad()
        player_loss.backward(inputs=players)
        critic.step()
        player.step()
        terms = {"discriminator_loss": critic_loss.detach(), "model_loss": player_loss.detach()}
        if step % MEASURE_EVERY == 0:
            terms |= agreement(study, images, seed=step)
        run.log(step, every=MEASURE_EVERY, **terms)
    return study.eval(), run
