"""Chapter 3's training, Algorithms 1 and 2: `python -m vecnb.training.vae --run vae_ours`."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
import tyro
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from vecnb.crowd import render_crowd
from vecnb.data import load_mnist
from vecnb.losses import cross_entropy, kl_divergence, multiscale_mse, reparameterize
from vecnb.models.code import MAX_WIDTH, SHARPNESS_RANGE, LineCode
from vecnb.models.vae import LineVAE, Pass, PixelVAE
from vecnb.render import render_hard
from vecnb.runs import Run, batch_indices
from vecnb.training.command import keep, one_process, trainings
from vecnb.training.film import Film, film_of_digits
from vecnb.training.gradient_estimators import score_function, straight_through
from vecnb.training.learnt_prior import PriorTraining
from vecnb.training.vae_evaluation import evaluate

MAX_GRADIENT = 50.0  # nats per unit of φ's weights: rarely reached, but one batch must not undo a thousand
WATCHED = 32  # images of a minibatch on which the approximation is compared; a crowd's drawings cost time
FROM_AFAR = 4.0 * 784  # nats for each unit of `multiscale_mse`, a mean over the pixels, at the first step
SEED_OF_FIRST = 1_000_003  # Algorithm 1 draws minibatches of its own


@dataclass(frozen=True, kw_only=True)
class VAEConfig:
    """One training of chapter 3; the defaults are thesis 3.4, to the letter where it is explicit."""

    seed: int = 0
    n_lines: int = 6  # thesis 3.4
    latent: int = 20  # ours, as is usual for MNIST: the thesis is silent
    networks: str = "thesis"  # "thesis", "ours", or "pixels": no lines at all
    renderer: str = "joint"  # "joint" or "per_line" approximation, "soft" (exact, chapter 2), "none"
    # Of the gradient: "network", or for "none" "straight_through" or "score_function".
    estimator: str = "network"
    steps: int = 2_345  # of Algorithm 2; ours: five epochs
    batch: int = 128  # ours
    rate: float = 3e-4  # of Algorithm 2; ours: slower than the approximation, which must keep up
    bootstrap: int = 1_000  # steps of Algorithm 1 before the first of Algorithm 2; ours
    block: int = 1  # steps of one algorithm before the other's turn; an epoch is 469
    repeats: int = 4  # steps of Algorithm 1 for each of Algorithm 2; ours: fewer diverge
    rate_1: float = 1e-3  # of Algorithm 1; ours: Adam's own default
    rasters: int = 128  # images that one step of Algorithm 1 asks of the rasteriser
    elsewhere: bool = False  # ours: half of them away from the codes in use
    crowd: bool = False  # ours: imitate a crowd of pens, whose mean has a soft edge, in place of one
    kl_weight: float = 1.0  # thesis (6), and 0 in its ablation
    warm_up: float = 0.0  # share of the steps over which that weight rises from 0
    scales: int = 1  # ours: 3; until then images are compared halved once and twice as well, as in chapter 2
    views: int = 1  # ours: 9, as in chapter 2: the lines of nine moved copies, of which the best are kept
    anneal: bool = False  # ours: warm up to twice the rates, then let them fall as a cosine
    prior_steps: int = 0  # ours: at the end, learn the prior that the codes ask for


FAITHFUL = VAEConfig()
OURS = VAEConfig(
    latent=32,
    networks="ours",
    renderer="per_line",
    steps=10_000,
    rate=1e-3,
    bootstrap=600,
    repeats=1,
    rate_1=4e-3,
    rasters=256,
    elsewhere=True,
    crowd=True,
    views=9,
    warm_up=0.4,
    scales=3,
    anneal=True,
    prior_steps=4_000,
)
SOFT = replace(OURS, renderer="soft", crowd=False, repeats=0, bootstrap=0)
# Others' gradients know one scale only, and a few steps show what they are worth.
OTHERS = replace(SOFT, renderer="none", scales=1, steps=1_500, prior_steps=0)
PIXELS = replace(SOFT, networks="pixels", renderer="none", latent=20, views=1, scales=1)
RUNS = {
    "vae_faithful": FAITHFUL,
    "vae_faithful_epochs": replace(FAITHFUL, block=469, repeats=1),  # whole epochs take turns
    "vae_ours": OURS,
    "vae_ours_no_kl": replace(OURS, kl_weight=0.0, prior_steps=0),  # thesis 3.5 (iii)
    "vae_ours_kl_03": replace(OURS, kl_weight=0.3, prior_steps=0),
    "vae_one_pen": replace(OURS, crowd=False, prior_steps=0),
    "vae_one_scale": replace(OURS, scales=1, prior_steps=0),
    "vae_soft": SOFT,
    "vae_straight_through": replace(OTHERS, estimator="straight_through"),
    "vae_score_function": replace(OTHERS, estimator="score_function"),
    "pixel_vae": PIXELS,
    "pixel_vae_long": replace(PIXELS, steps=65_000),  # as many minutes as chapter 4's models of lines
}


def build(config: VAEConfig) -> LineVAE | PixelVAE:
    """The untrained model of a config."""
    if config.networks == "pixels":
        return PixelVAE(latent=config.latent, learnt_prior=config.prior_steps > 0)
    model = LineVAE(
        n_lines=config.n_lines,
        latent=config.latent,
        networks=config.networks,
        renderer=config.renderer,
        views=config.views,
        learnt_prior=config.prior_steps > 0,
    )
    return model.to(memory_format=torch.channels_last)


# Images → nats of the reconstruction, and how it was made.
Reconstruct = Callable[[Tensor], tuple[Tensor, Pass]]


def algorithm_1(
    model: LineVAE, theta: nn.Module, optimizer: Optimizer, x: Tensor, config: VAEConfig
) -> Tensor:
    """One minibatch of Algorithm 1: the approximation θ learns from the rasteriser; φ is frozen.

    Args:
        theta: model.approximator, as the devices want it wrapped.
        x: [B, 1, 28, 28].
    Returns:
        The squared error between approximation and raster, a scalar, squared ink: the loss itself, or beside
        the cross-entropy that a crowd is learnt by.
    """
    theta.requires_grad_(True)
    with torch.no_grad():  # φ is frozen
        z = reparameterize(*model.encode(x))
        code = model.decode(z)
        if config.elsewhere:
            code = some_elsewhere(code)
        y = raster(code, config)
    x_recon = theta(*code)
    loss = F.binary_cross_entropy(x_recon, y) if config.crowd else F.mse_loss(x_recon, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return F.mse_loss(x_recon.detach(), y)


def raster(code: LineCode, config: VAEConfig) -> Tensor:
    """What Algorithm 1 teaches, [B, 1, 28, 28]: the raster of one pen, or the mean of a crowd's."""
    return render_crowd(*code) if config.crowd else render_hard(code.lines, stroke_width=code.width)


def algorithm_2(
    model: LineVAE | PixelVAE,
    reconstruct: Reconstruct,
    optimizer: Optimizer,
    x: Tensor,
    risen: float,
    config: VAEConfig,
) -> dict[str, Tensor]:
    """One minibatch of Algorithm 2: encoder and coordinate network φ learn to redraw x; θ is frozen.

    Args:
        reconstruct: draws x through the approximation, and says what the drawing costs.
        x: [B, 1, 28, 28].
        risen: how much of the warm-up is over, 0 to 1; from then on the loss is thesis (6) alone.
    Returns:
        The terms of its loss in nats, scalars; with lines also "approximation", the squared error between
        the approximation and the raster at the codes in use (of the first WATCHED images).
    """
    if isinstance(model, LineVAE) and model.approximator is not None:
        model.approximator.requires_grad_(False)  # θ is frozen
    reconstruction, passed = reconstruct(x)
    divergence = kl_divergence(passed.mu, passed.logvar).mean()
    loss = reconstruction + risen * config.kl_weight * divergence
    if risen < 1 and config.scales > 1:
        loss = loss + (1 - risen) * FROM_AFAR * multiscale_mse(passed.x_recon, x, config.scales)
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT)
    optimizer.step()
    terms = {"reconstruction": reconstruction.detach(), "divergence": divergence.detach()}
    if passed.code is not None:
        some = LineCode(*(part[:WATCHED].detach() for part in passed.code))
        terms["approximation"] = F.mse_loss(passed.x_recon[:WATCHED].detach(), raster(some, config))
    return terms


def some_elsewhere(code: LineCode) -> LineCode:
    """Lines to learn from, each an image of its own: half as they are, a quarter shaken, a quarter anywhere.

    Args:
        code: of B images with N lines.
    Returns:
        The code of BN images with one line.
    """
    lines, width = code.lines.flatten(0, 1).clone(), code.width.flatten().clone()
    sharpness = code.sharpness.repeat_interleave(code.lines.shape[1])
    order = torch.randperm(len(lines)).to(lines.device)
    _used, shaken, anywhere = order.tensor_split((len(order) // 2, len(order) * 3 // 4))
    lines[shaken] += 0.05 * torch.randn_like(lines[shaken])
    width[shaken] *= 0.5 + torch.rand_like(width[shaken])
    lines[anywhere] = torch.rand_like(lines[anywhere])
    width[anywhere] = MAX_WIDTH * torch.rand_like(width[anywhere])
    low, high = SHARPNESS_RANGE
    sharpness[anywhere] = low + (high - low) * torch.rand_like(sharpness[anywhere])
    return LineCode(lines[:, None], width[:, None], sharpness)


def through_network(model: nn.Module, x: Tensor) -> tuple[Tensor, Pass]:
    """X' by the model's own renderer, and its cost: −log p(x|z) of thesis (6)."""
    passed = model(x)
    return cross_entropy(passed.x_recon, x).mean(), passed


def rate_factor(step: int, config: VAEConfig) -> float:
    """What the rate of Algorithm 2 is multiplied with at its step (from 0)."""
    if not config.anneal:
        return 1.0
    return min(1.0, (step + 1) / (0.05 * config.steps)) * (1 + math.cos(math.pi * step / config.steps))


def rate_factor_1(step: int, config: VAEConfig) -> float:
    """What the rate of Algorithm 1 is multiplied with at its step (from 0), the bootstrap included."""
    share = max(0.0, step - config.bootstrap) / (config.steps * config.repeats)
    return 0.03 + 0.97 * (1 + math.cos(math.pi * share)) / 2 if config.anneal else 1.0


class Alternation:
    """Model, parameter sets θ and φ, an optimiser and a schedule for each: what both algorithms share.

    `first(x)` is a minibatch of Algorithm 1, `second(x, risen)` one of Algorithm 2.
    """

    def __init__(self, config: VAEConfig, accelerator: Accelerator):
        self.config, self.model = config, build(config)
        self.parts: dict[str, Any] = {"model": self.model}
        approximator = getattr(self.model, "approximator", None)
        if approximator is not None:
            optimizer = torch.optim.Adam(approximator.parameters(), config.rate_1, fused=True)
            self.theta, self.optimizer_1 = accelerator.prepare(approximator, optimizer)
            self.schedule_1 = LambdaLR(optimizer, lambda step: rate_factor_1(step, config))
            self.parts |= {"optimizer_1": self.optimizer_1, "schedule_1": self.schedule_1}
            approximator.requires_grad_(False)
        betas = (0.9, 0.99 if config.anneal else 0.999)
        phi = [parameter for parameter in self.model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.Adam(phi, config.rate, betas=betas, fused=True)
        wrapped, self.optimizer_2 = accelerator.prepare(self.model, optimizer)
        self.schedule_2 = LambdaLR(optimizer, lambda step: rate_factor(step, config))
        self.parts |= {"optimizer_2": self.optimizer_2, "schedule_2": self.schedule_2}
        if config.estimator == "network":
            self.reconstruct: Reconstruct = partial(through_network, wrapped)
        else:
            assert isinstance(self.model, LineVAE)  # pixels need no estimate
            estimators = {"straight_through": straight_through, "score_function": score_function}
            self.reconstruct = partial(estimators[config.estimator], self.model)

    def first(self, x: Tensor) -> Tensor:
        """Algorithm 1's loss for the minibatch x, after its step."""
        assert isinstance(self.model, LineVAE)  # pixels need no approximation
        loss = algorithm_1(self.model, self.theta, self.optimizer_1, x, self.config)
        self.schedule_1.step()
        return loss

    def second(self, x: Tensor, risen: float) -> dict[str, Tensor]:
        """Algorithm 2's terms for the minibatch x, after its step."""
        terms = algorithm_2(self.model, self.reconstruct, self.optimizer_2, x, risen, self.config)
        self.schedule_2.step()
        return terms


def turns_of_first(step: int, config: VAEConfig) -> range:
    """Which minibatches of Algorithm 1 (from 1) fall to step `step` (from 1) of a run."""
    if step <= config.bootstrap:
        return range(step, step + 1)
    turn, place = divmod(step - config.bootstrap - 1, config.block)
    begin = config.bootstrap + turn * config.block * config.repeats + 1
    return range(begin, begin + (config.block * config.repeats if place == 0 else 0))


def train(
    config: VAEConfig, folder: Path, accelerator: Accelerator, film: Film | None = None
) -> tuple[LineVAE | PixelVAE, Run]:
    """Alternate Algorithms 1 and 2 on the training images, without their labels; then learn a prior.

    Args:
        folder: takes the checkpoint; a killed run goes on from it.
        film: is shown the model at every step, and belongs to the checkpoint.
    Returns:
        The trained model, in evaluation mode on the CPU, and its run (seconds, history of the losses).
    """
    torch.manual_seed(config.seed)
    images, _ = load_mnist("train")
    both = Alternation(config, accelerator)
    prior = PriorTraining(both.model, config.prior_steps, config.seed) if config.prior_steps else None
    parts = both.parts | (prior.parts() if prior else {}) | ({"film": film} if film else {})
    run = Run(folder, config, is_main=accelerator.is_main_process, **parts)

    def minibatch(size: int, number: int, seed: int) -> Tensor:
        chosen = batch_indices(len(images), size, number, seed)
        chosen = chosen[accelerator.process_index :: accelerator.num_processes]  # each process its share
        return images[chosen].to(accelerator.device)

    n_codes = config.rasters // config.n_lines if config.elsewhere else config.rasters
    last = config.bootstrap + config.steps
    for step in run.steps(last + config.prior_steps):
        terms: dict[str, Any] = {}
        if prior and step > last:
            terms |= prior.step(step - last, images)
            run.log(step, **terms)
            continue
        if config.repeats:
            for turn in turns_of_first(step, config):
                terms["algorithm_1"] = both.first(minibatch(n_codes, turn, config.seed + SEED_OF_FIRST))
        if step > config.bootstrap:
            risen = min(1.0, (step - config.bootstrap) / (config.warm_up * config.steps + 1))
            terms |= both.second(minibatch(config.batch, step, config.seed), risen)
        if film:
            film(step, both.model)
        run.log(step, **terms)
    return both.model.cpu().eval(), run


def main(run: str, seeds: tuple[int, ...] = (0,)) -> None:
    """Train one of the runs of chapter 3 and keep its results in book/results.

    Args:
        run: its name, a key of RUNS.
        seeds: one training each; seed 0 is the reported one, whose weights are kept.
    """
    accelerator = Accelerator()
    for config, folder in trainings(run, RUNS, seeds):
        if config.estimator != "network":
            one_process(accelerator)  # the other two ask the bare model, whose gradients nobody shares
        film = film_of_digits(config.bootstrap + config.steps) if config.networks != "pixels" else None
        model, done = train(config, folder, accelerator, film)
        about = film.kept() if film and config.seed == 0 else {}
        keep(run, config, done, model, lambda model: evaluate(model, *load_mnist("test")), **about)


if __name__ == "__main__":
    tyro.cli(main)
