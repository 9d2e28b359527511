"""Every nn.Module of the book, one file a chapter, and `load_model`, which gives back any trained one.

Convention: images are [B, 1, 28, 28] in [0, 1], ink = 1; lines are [B, N, 4] in the unit square.
"""

from __future__ import annotations

import json
from pathlib import Path

from vecnb.models.adversarial import ImplicitLines, ImplicitPixels
from vecnb.models.autoencoder import Autoencoder, LineAutoencoder
from vecnb.models.classifier import DigitClassifier
from vecnb.models.code import LineCode
from vecnb.models.images import PIXEL, check_images
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.runs import read_tensors, run_folder

__all__ = [
    "PIXEL",
    "Autoencoder",
    "DigitClassifier",
    "ImplicitLines",
    "ImplicitPixels",
    "LineAutoencoder",
    "LineCode",
    "LineVAE",
    "PixelVAE",
    "check_images",
    "load_model",
]


def load_model(
    run: str | Path,
) -> LineAutoencoder | LineVAE | PixelVAE | ImplicitLines | ImplicitPixels:
    """A trained model of the book, ready to vectorise.

        strokes = vecnb.load_model("ours").vectorise(images)

    Args:
        run: the name of a committed run (a folder of book/results), or the path of any run's folder.
    Returns:
        The model, in evaluation mode, on the CPU.
    Raises:
        FileNotFoundError: there is no such run, or none of its weights were kept.
        ValueError: the run is not of a model that draws lines, or its weights are damaged or of another.
    """
    folder = run_folder(run)
    config = json.loads((folder / "config.json").read_text())
    models = (LineAutoencoder, LineVAE, PixelVAE, ImplicitLines, ImplicitPixels)
    known = {model.__name__: model for model in models}
    if config.get("model") not in known:
        raise ValueError(f"run {folder.name!r} is not of a model that draws lines")
    model = known[config["model"]].from_config(config)
    weights, _ = read_tensors(folder / "weights.safetensors")
    try:
        model.load_state_dict(weights)  # half precision on disk, single in the model
    except RuntimeError as error:
        raise ValueError(f"the weights of {folder} are not those of its config.json: {error}") from error
    return model.eval()
