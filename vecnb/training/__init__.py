"""The trainers, one folder an experiment (config, algorithm, evaluation), and every run of the book by name.

>>> RUNS["vae/proposed"].latent_size
32
"""

from typing import Any

from vecnb.training.autoencoder.config import RUNS as AUTOENCODER_RUNS
from vecnb.training.classifier.config import RUNS as CLASSIFIER_RUNS
from vecnb.training.lfvi.config import RUNS as LFVI_RUNS
from vecnb.training.ratio_study.config import RUNS as RATIO_STUDY_RUNS
from vecnb.training.vae.config import RUNS as VAE_RUNS

__all__ = ["RUNS"]

RUNS: dict[str, Any] = {  # "<experiment>/<run>" → its config, a frozen dataclass
    **CLASSIFIER_RUNS,
    **AUTOENCODER_RUNS,
    **VAE_RUNS,
    **LFVI_RUNS,
    **RATIO_STUDY_RUNS,
}
