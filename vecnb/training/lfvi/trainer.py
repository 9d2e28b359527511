"""Chapter 4's training: the encoder alone if the ratio is of codes, then the game."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from vecnb.images import as_images
from vecnb.models.approximators import JointApproximator
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.models.vae import LineVAE
from vecnb.pretrained import load_model
from vecnb.training.common.checkpoint import weights_digest
from vecnb.training.common.loop import LOG_EVERY, Run
from vecnb.training.common.processes import get_accelerator, require_one_process
from vecnb.training.common.sampling import check_batch
from vecnb.training.common.snapshots import SnapshotRecorder
from vecnb.training.lfvi.algorithm import AdversarialTrainer, EncoderTrainer
from vecnb.training.lfvi.config import LfviConfig
from vecnb.training.lfvi.ratios import Model, build_ratio

if TYPE_CHECKING:
    from accelerate import Accelerator

APPROXIMATOR_RUN = "vae/thesis"  # which trains the network that renderer "approximator" draws with

Approximator = nn.Module | Path | str  # a JointApproximator, a LineVAE that has one, or the folder of its run


class Monitor(Protocol):
    """What looks at a training through samples of its model, and changes nothing."""

    def __call__(self, model: Model) -> Mapping[str, Tensor]: ...


def build(config: LfviConfig, approximator: Approximator | None = None) -> Model:
    """The untrained model of a config.

    Args:
        approximator: what renderer "approximator" draws with; its weights are copied, and frozen. A folder is
            loaded here, which draws random numbers: the book's runs were given one.
    Raises:
        ValueError: that renderer was not given one, or not one for as many lines.
    """
    if config.renderer == "pixels":
        return ImplicitPixels.from_config(asdict(config)).to(memory_format=torch.channels_last)
    model = ImplicitLines.from_config(asdict(config))
    if model.approximator is not None:
        trained = find_approximator(approximator)
        try:
            model.approximator.load_state_dict(trained.state_dict())
        except RuntimeError as error:
            raise ValueError(
                f"the approximator draws another number of lines than {config.n_lines}: train "
                f"{APPROXIMATOR_RUN} with as many"
            ) from error
    return model.to(memory_format=torch.channels_last)


def find_approximator(approximator: Approximator | None) -> JointApproximator:
    """The trained network of thesis 3.4 in what the caller has named.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: nothing was named, or something else.
    """
    remedy = f"train one by `vecnb train {APPROXIMATOR_RUN}`, and name the folder that this tells"
    if approximator is None:
        raise ValueError(f"renderer 'approximator' needs a trained approximator: {remedy}")
    if isinstance(approximator, str | Path):
        approximator = load_model(approximator, LineVAE)
    if isinstance(approximator, LineVAE) and approximator.approximator is not None:
        approximator = approximator.approximator
    if not isinstance(approximator, JointApproximator):
        raise ValueError(f"a {type(approximator).__name__} is no approximator of all lines at once: {remedy}")
    return approximator


def train(
    config: LfviConfig,
    images: Tensor,
    folder: Path | str,
    *,
    accelerator: Accelerator | None = None,
    monitor: Monitor | None = None,
    snapshots: SnapshotRecorder | None = None,
    approximator: Approximator | None = None,
    log_every: int = LOG_EVERY,
) -> tuple[Model, Run]:
    """Train p(z|β), q(z|x) and r(x, z); no labels are given.

    Implements thesis (10) and (11); {prf:ref}`alg-lfvi` in book/04_likelihood_free.md. One process a run:
    several seeds are several runs.

    Args:
        images: [N, 1, 28, 28] in [0, 1], ink = 1.
        folder: takes the checkpoint; a killed run goes on from it, bit for bit.
        accelerator: of Hugging Face, by default a new one.
        monitor: is shown the model at the logged steps of the game; what it says goes into the history.
        snapshots: is shown the model after every step, and belongs to the checkpoint.
        approximator: for renderer "approximator", see `build`.
        log_every: steps between two entries of the history.
    Returns:
        The trained model (its averaged weights, if the config has them), in evaluation mode on the CPU, and
        its run with the history.
    Raises:
        RuntimeError: there are several processes.
        ValueError: the images are none, or fewer than a batch; or the folder belongs to another training; or
            see `build`.
        TrainingStopped: a number is not finite.
    """
    images = as_images(images).float()
    check_batch(len(images), config.batch_size)
    accelerator = get_accelerator(accelerator)
    require_one_process(accelerator, "likelihood-free variational inference")
    torch.manual_seed(config.seed)
    model = build(config, approximator)
    ratio = build_ratio(config, model)
    discriminator = ratio.build_discriminator()
    model.to(accelerator.device)
    discriminator.to(accelerator.device)
    average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(config.ema_decay))
    averaged = cast(Model, average.module)  # AveragedModel does not tell the type of what it averages
    game = AdversarialTrainer(config, model, ratio, discriminator, accelerator)
    alone = None
    if config.encoder_steps and isinstance(model, ImplicitLines) and model.encoder is not None:
        alone = EncoderTrainer(config, model, model.encoder, accelerator)
    parts: dict[str, Any] = {"model": model, "discriminator": discriminator, "average": average}
    parts |= game.parts() | (alone.parts() if alone else {}) | ({"snapshots": snapshots} if snapshots else {})
    fixed = getattr(model, "approximator", None)
    inputs = {"approximator": weights_digest(fixed)} if fixed is not None else {}
    total = config.encoder_steps + config.steps
    run = Run(folder, config, images, total, accelerator, inputs=inputs, **parts)

    def minibatch(number: int) -> tuple[Tensor, Tensor]:
        chosen = run.indices(config.batch_size, number, config.seed)
        return images[chosen].to(accelerator.device), chosen

    def observe(number: int) -> Mapping[str, Tensor]:
        if snapshots:
            snapshots(number, averaged)
        watched = number > config.encoder_steps and number % log_every == 0
        return monitor(averaged) if monitor and watched else {}

    def pretrain(trainer: EncoderTrainer, number: int) -> Mapping[str, Tensor]:
        x, _ = minibatch(number)
        terms = trainer.step(x)
        average.update_parameters(model)
        return terms

    def play(number: int) -> Mapping[str, Tensor]:
        place = number - config.encoder_steps
        for network in (model, averaged):
            if isinstance(network, ImplicitLines):
                network.reencode = place > config.steps - config.reencoding_steps
        terms = game.step(place, *minibatch(number))
        if place % config.discriminator_steps == 0:
            average.update_parameters(model)
        return terms

    if alone:
        run.train(config.encoder_steps, partial(pretrain, alone), observe=observe, log_every=log_every)
    if run.step < total:
        ratio.begin(images)
    run.train(total, play, observe=observe, log_every=log_every)
    return averaged.cpu().eval(), run
