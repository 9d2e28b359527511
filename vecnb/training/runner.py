"""A whole run: train, round to half precision, measure, save; for each kind of experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from torch import Tensor, nn

from vecnb import metrics
from vecnb.data import Fallback, data_source, hold_out, load_mnist
from vecnb.pretrained import rounded
from vecnb.training.autoencoder import algorithm as autoencoder
from vecnb.training.autoencoder.config import AutoencoderConfig
from vecnb.training.autoencoder.evaluation import evaluate as evaluate_autoencoder
from vecnb.training.classifier import algorithm as classifier
from vecnb.training.classifier.config import ClassifierConfig
from vecnb.training.common.loop import Run
from vecnb.training.common.processes import get_accelerator
from vecnb.training.common.results import run_folder, save_run
from vecnb.training.common.snapshots import SnapshotRecorder, digit_snapshots, sample_snapshots
from vecnb.training.lfvi import trainer as lfvi
from vecnb.training.lfvi.config import LfviConfig
from vecnb.training.lfvi.evaluation import SampleMonitor
from vecnb.training.lfvi.evaluation import evaluate as evaluate_lfvi
from vecnb.training.proposal import algorithm as proposal
from vecnb.training.proposal.config import ProposalConfig
from vecnb.training.proposal.drawings import windows
from vecnb.training.proposal.evaluation import evaluate as evaluate_proposal
from vecnb.training.ratio_study import algorithm as ratio_study
from vecnb.training.ratio_study.config import RatioStudyConfig
from vecnb.training.ratio_study.evaluation import agreement
from vecnb.training.vae import trainer as vae
from vecnb.training.vae.config import VAEConfig
from vecnb.training.vae.evaluation import evaluate as evaluate_vae

if TYPE_CHECKING:
    from accelerate import Accelerator

TEST_WINDOWS = 2_000  # of drawings, on which a network that proposes strokes is measured


class Data(NamedTuple):
    """What a run is trained and measured on: images [N, 1, 28, 28] in [0, 1], ink = 1, and labels [N]."""

    images: Tensor
    labels: Tensor  # the classifier alone is trained on them
    test_images: Tensor
    test_labels: Tensor
    digest: str = ""  # SHA-256 of all four, if it is known, for the results


@dataclass
class Trained:
    """The end of a training.

    Attributes:
        measure: gives the numbers of a model.
        parameters: how many were trained, if not all of the model's.
    """

    model: nn.Module
    run: Run
    measure: Callable[[Any], Mapping[str, Any]]
    recorder: SnapshotRecorder | None = None
    parameters: int | None = None


def mnist(fallback: Fallback | None = None, *, validation: bool = False) -> Data:
    """MNIST to train on and to measure on.

    Args:
        fallback: that of `load_mnist`.
        validation: hold the last twelfth of the training digits out, and measure on them: to choose a recipe
            without a look at the test digits.
    """
    if validation:
        learnt, held_out = hold_out(*load_mnist("train", fallback=fallback))
        return Data(learnt[0], learnt[1], held_out[0], held_out[1])
    train, test = load_mnist("train", fallback=fallback), load_mnist("test", fallback=fallback)
    return Data(*train, *test, data_source(fallback=fallback).digest)


def train_and_save(
    name: str,
    config: Any,
    out: Path,
    data: Data,
    *,
    accelerator: Accelerator | None = None,
    approximator: lfvi.Approximator | None = None,
) -> Path:
    """What `vecnb.training.train_run` does, where it is described."""
    folder = run_folder(out, name, config.seed)
    accelerator = get_accelerator(accelerator)
    finished = (folder / "metrics.json").exists()
    if finished and not (folder / "checkpoint.safetensors").exists():
        raise FileExistsError(
            f"{folder} holds a finished run without its checkpoint, which nothing replaces: choose another "
            "folder, or delete it"
        )
    taught = run_folder(out, lfvi.APPROXIMATOR_RUN, 0)
    if approximator is None and (taught / "config.json").exists():
        approximator = taught
    done = _train(config, data, folder, accelerator, approximator)
    if not done.run.is_main or (finished and done.run.was_finished):
        return folder
    numbers = {term: float(value) for term, value in done.measure(rounded(done.model)).items()}
    snapshots = done.recorder.snapshots() if done.recorder else None
    save_run(
        folder,
        name,
        config,
        done.model,
        numbers,
        done.run,
        data=data.digest or done.run.data,
        snapshots=snapshots,
        parameters=done.parameters,
    )
    told = ", ".join(f"{term} {value:.4g}" for term, value in numbers.items())
    print(f"{name}, seed {config.seed}: {told}; in {folder}")
    return folder


def _train(
    config: Any,
    data: Data,
    folder: Path,
    accelerator: Accelerator,
    approximator: lfvi.Approximator | None,
) -> Trained:
    """Train by the trainer of the config, with what that has to look at it."""
    test = data.test_images, data.test_labels
    model: nn.Module
    recorder: SnapshotRecorder | None = None
    match config:
        case AutoencoderConfig():
            if config.degree == 1:
                recorder = digit_snapshots(first_of_each_class(*test), config.steps)
            model, run = autoencoder.train(
                config, data.images, folder, accelerator=accelerator, snapshots=recorder
            )
            return Trained(model, run, lambda model: evaluate_autoencoder(model, *test), recorder)
        case VAEConfig():
            if config.networks != "pixels":
                steps = config.renderer_pretrain_steps + config.steps
                recorder = digit_snapshots(first_of_each_class(*test), steps)
            model, run = vae.train(config, data.images, folder, accelerator=accelerator, snapshots=recorder)
            return Trained(model, run, lambda model: evaluate_vae(model, *test), recorder)
        case LfviConfig():
            if config.renderer != "pixels":
                recorder = sample_snapshots(config.steps, after=config.encoder_steps)
            model, run = lfvi.train(
                config,
                data.images,
                folder,
                accelerator=accelerator,
                monitor=SampleMonitor(),
                snapshots=recorder,
                approximator=approximator,
            )
            # An approximator was trained before: its parameters do not count.
            count = sum(p.numel() for p in model.parameters() if p.requires_grad)
            return Trained(model, run, lambda model: evaluate_lfvi(model, *test), recorder, count)
        case RatioStudyConfig():
            model, run = ratio_study.train(config, data.images, folder, accelerator=accelerator)
            used = data.images[: config.n_images]
            return Trained(model, run, lambda study: agreement(study, used, seed=0))
        case ProposalConfig():
            learnt = windows(data.images, config.n_windows, seed=0)
            shown = windows(data.test_images, TEST_WINDOWS, seed=1)
            model, run = proposal.train(config, learnt, folder, accelerator=accelerator)
            return Trained(model, run, lambda model: evaluate_proposal(model, shown))
        case ClassifierConfig():
            model, run = classifier.train(config, data.images, data.labels, folder, accelerator=accelerator)
            return Trained(model, run, lambda model: {"accuracy": metrics.accuracy(model, *test)})
    raise TypeError(f"there is no trainer for a {type(config).__name__}")


def first_of_each_class(images: Tensor, labels: Tensor) -> Tensor:
    """The first image of each class, in the order of their labels: the digits that are drawn in snapshots."""
    first = [int((labels == label).nonzero()[0, 0]) for label in labels.unique().tolist()]
    return images[first]
