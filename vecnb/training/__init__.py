"""The trainers, one folder an experiment (config, algorithm, evaluation), and every run of the book by name.

>>> RUNS["vae/proposed"].latent_size
32
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vecnb.training.autoencoder.config import RUNS as AUTOENCODER_RUNS
from vecnb.training.classifier.config import RUNS as CLASSIFIER_RUNS
from vecnb.training.lfvi.config import RUNS as LFVI_RUNS
from vecnb.training.proposal.config import RUNS as PROPOSAL_RUNS
from vecnb.training.ratio_study.config import RUNS as RATIO_STUDY_RUNS
from vecnb.training.vae.config import RUNS as VAE_RUNS

if TYPE_CHECKING:
    from accelerate import Accelerator

    from vecnb.data import Fallback
    from vecnb.training.lfvi.trainer import Approximator
    from vecnb.training.runner import Data

__all__ = ["RUNS", "train_run"]

RUNS: dict[str, Any] = {  # "<experiment>/<run>" → its config, a frozen dataclass
    **CLASSIFIER_RUNS,
    **AUTOENCODER_RUNS,
    **VAE_RUNS,
    **LFVI_RUNS,
    **RATIO_STUDY_RUNS,
    **PROPOSAL_RUNS,
}


def train_run(
    name: str,
    config: Any = None,
    out: Path | str = "runs",
    *,
    data: Data | None = None,
    fallback: Fallback | None = None,
    validation: bool = False,
    approximator: Approximator | None = None,
    accelerator: Accelerator | None = None,
) -> Path:
    """Train a run of the book, or a variant of it, measure it, and save it in a folder of its own.

        folder = train_run("vae/proposed", replace(RUNS["vae/proposed"], seed=1, steps=500))
        model = vecnb.load_model(folder)

    A run that was killed goes on where its last checkpoint was written; one that is finished is left alone,
    and says so. A folder of another config or of other data is refused.

    Args:
        name: "<experiment>/<run>", a key of RUNS.
        config: of that experiment; by default RUNS[name].
        out: the files go to `<out>/<experiment>/<run>/seed_<seed>`.
        data: `vecnb.training.runner.Data`, what to train on and to measure on; by default MNIST.
        fallback: "subset" accepts 5,000 digits where MNIST can neither be found nor be downloaded.
        validation: train without the last twelfth of the training digits and measure on them, as one does to
            choose between recipes; the test digits are for those that are chosen.
        approximator: for an LFVI run with renderer "approximator": the folder of a run that trained one, or
            its model; by default `<out>/vae/thesis/seed_0`.
        accelerator: of Hugging Face, by default a new one.
    Returns:
        The folder, with what `vecnb.training.common.results` lists, and the checkpoint.
    Raises:
        ModuleNotFoundError: accelerate is not installed.
        DataError: there is no MNIST, and no fallback.
        FileExistsError: the folder holds a finished run without its checkpoint.
        OSError: the folder is not writable or its disk is full.
        RuntimeError: several processes, for a trainer that takes one.
        TrainingStopped: a number is not finite.
        ValueError: there is no such run; the message names those like it. Or the config or the data do not
            fit the run, or the folder is of another training.
    """
    if name not in RUNS:
        near = difflib.get_close_matches(name, RUNS, n=3, cutoff=0.3)
        raise ValueError(f"there is no run {name!r}; the most like it are: {', '.join(near)}")
    config = RUNS[name] if config is None else config
    if type(config) is not type(RUNS[name]):
        raise ValueError(f"{name} takes a {type(RUNS[name]).__name__}, not a {type(config).__name__}")
    if config.steps < 1:  # before MNIST is looked for
        raise ValueError(f"a training must have at least one step, not {config.steps}")
    from vecnb.training.runner import mnist, train_and_save  # here: accelerate and all trainers take time

    return train_and_save(
        name,
        config,
        Path(out),
        mnist(fallback, validation=validation) if data is None else data,
        accelerator=accelerator,
        approximator=approximator,
    )
