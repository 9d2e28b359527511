"""Chapter 4's check of r against a known log-ratio: `python -m vecnb.training.ratio_study`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
import tyro
from accelerate import Accelerator
from torch import Tensor, nn

from vecnb.data import load_mnist
from vecnb.losses import generator_loss, ratio_loss, reparameterize, smoothed_log_density
from vecnb.models.adversarial import GaussianLines, RatioEstimator
from vecnb.runs import Run, batch_indices, read_tensors, run_folder
from vecnb.training.command import keep, one_process, trainings

MEASURE_EVERY = 150  # steps


@dataclass(frozen=True, kw_only=True)
class RatioStudyConfig:
    """A Gaussian line model, and an estimator of its log-ratio that is trained beside it. All values ours."""

    seed: int = 0
    std: float = 0.3  # of the noise on a pixel, on both sides
    teacher: str = "truth"  # what trains p and q: the "truth", written down, or the estimated "ratio"
    images: int = 10_000  # the empirical distribution: the first so many training digits
    steps: int = 1500
    batch: int = 64
    rate: float = 1e-3  # of p and q under the truth
    rate_by_ratio: float = 2e-4  # of p and q under the ratio, as everywhere in this chapter
    critic_rate: float = 4e-4


RUNS = {
    f"ratio_{teacher}_{int(100 * std):03d}": RatioStudyConfig(std=std, teacher=teacher)
    for teacher in ("truth", "ratio")
    for std in (1.0, 0.5, 0.3, 0.15)
}


class RatioStudy(nn.Module):
    """A Gaussian line model and the estimator of its log-ratio, which sees x and z."""

    def __init__(self, config: RatioStudyConfig):
        super().__init__()
        self.model = GaussianLines(std=config.std).to(memory_format=torch.channels_last)
        self.estimator = RatioEstimator(channels=1, code_size=self.model.code_size)

    def sample(self, x: Tensor) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
        """Samples (x, z) of p and of q, as many as there are digits in x [B, 1, 28, 28]."""
        std = self.model.std
        z_p = torch.randn(len(x), self.model.code_size)
        mean = self.model.draw(z_p)
        x_q = x + std * torch.randn_like(x)
        z_q = reparameterize(*self.model.infer(x_q))
        return (mean + std * torch.randn_like(mean), z_p), (x_q, z_q)


def train(config: RatioStudyConfig, folder: Path) -> tuple[RatioStudy, Run]:
    """Train estimator and model together; neither sees a label.

    Returns:
        Both, in evaluation mode, and the run, whose history compares estimate and truth.
    Raises:
        TrainingStopped: a loss is not finite.
    """
    torch.manual_seed(config.seed)
    images = load_mnist("train")[0][: config.images]
    study = RatioStudy(config)
    rate = config.rate if config.teacher == "truth" else config.rate_by_ratio
    players, critics = list(study.model.parameters()), list(study.estimator.parameters())
    player = torch.optim.Adam(players, rate, betas=(0.0, 0.99), fused=True)
    critic = torch.optim.Adam(critics, config.critic_rate, betas=(0.0, 0.99), fused=True)
    run = Run(folder, config, study=study, player=player, critic=critic)
    for step in run.steps(config.steps):
        x = images[batch_indices(len(images), config.batch, step, config.seed)]
        p, q = study.sample(x)
        r_p, r_q = study.estimator(*p), study.estimator(*q)
        critic_loss = ratio_loss(r_p, r_q)
        if config.teacher == "truth":
            player_loss = -study.model.log_ratio(*q).mean()  # the bound, but for the constant E log q(x)
        else:
            player_loss = generator_loss(r_p, "non_saturating") - r_q.mean()
        critic.zero_grad()
        critic_loss.backward(inputs=critics, retain_graph=True)
        player.zero_grad()
        player_loss.backward(inputs=players)
        critic.step()
        player.step()
        terms = {"critic_loss": critic_loss.detach(), "player_loss": player_loss.detach()}
        if step % MEASURE_EVERY == 0:
            terms |= agreement(study, images, seed=step)
        run.log(step, every=MEASURE_EVERY, **terms)
    return study.eval(), run


@torch.no_grad()
def truth_and_estimate(
    study: RatioStudy, images: Tensor, seed: int, n: int = 250
) -> dict[str, tuple[Tensor, Tensor]]:
    """The true log-ratio and its estimate, [n] each, at samples of "p" and at samples of "q".

    Implements {eq}`eq-known-ratio` in book/04_likelihood_free.md; log q(x) is the exact mixture.
    The generator of random numbers is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        chosen = torch.randint(len(images), (n,))
        pairs = dict(zip("pq", study.sample(images[chosen]), strict=True))
    results = {}
    for side, (x, z) in pairs.items():
        truth = study.model.log_ratio(x, z).double() - smoothed_log_density(x, images, study.model.std)
        results[side] = (truth, study.estimator(x, z).double())
    return results


def agreement(study: RatioStudy, images: Tensor, seed: int) -> dict[str, Tensor]:
    """How near the estimate is to the truth: on each side the two means and their correlation."""
    terms: dict[str, Tensor] = {}
    for side, (truth, estimate) in truth_and_estimate(study, images, seed).items():
        terms |= {
            f"truth_{side}": truth.mean(),
            f"estimate_{side}": estimate.mean(),
            f"correlation_{side}": torch.corrcoef(torch.stack([truth, estimate]))[0, 1],
        }
    return terms


def load_study(run: str) -> RatioStudy:
    """A committed study with its estimator, in evaluation mode.

    Raises:
        FileNotFoundError: there is no such run.
    """
    study = RatioStudy(RUNS[run])
    study.load_state_dict(read_tensors(run_folder(run) / "weights.safetensors")[0])
    return study.eval()


def main(run: str, seeds: tuple[int, ...] = (0,)) -> None:
    """Train one of the studies and keep its results in book/results.

    Args:
        run: its name, a key of RUNS.
        seeds: one training each; seed 0 is the reported one, whose weights are kept.
    """
    one_process(Accelerator())
    for config, folder in trainings(run, RUNS, seeds):
        study, done = train(config, folder)
        images = load_mnist("train")[0][: config.images]
        keep(run, config, done, study, partial(agreement, images=images, seed=0))


if __name__ == "__main__":
    tyro.cli(main)
