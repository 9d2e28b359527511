"""Trained models: those that come with the package, by name, and any run's, by its folder."""

from __future__ import annotations

import functools
import json
from importlib import resources
from pathlib import Path
from typing import Any

from vecnb.files import read_tensors
from vecnb.models import DigitClassifier, ImplicitLines, ImplicitPixels, LineAutoencoder, LineVAE, PixelVAE


def load_model(name: str | Path) -> Any:
    folder = Path(str(resources.files("vecnb.pretrained") / str(name)))
    folder = folder if (folder / "config.json").exists() else Path(name)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    known = {m.__name__: m for m in (LineAutoencoder, LineVAE, PixelVAE, ImplicitLines, ImplicitPixels)}
    model = known[config["model"]].from_config(config)
    model.load_state_dict(read_tensors(folder / "model.safetensors")[0])
    return model.eval()


@functools.cache
def load_classifier() -> DigitClassifier:
    classifier = DigitClassifier()
    folder = Path(str(resources.files("vecnb.pretrained") / "classifier"))
    classifier.load_state_dict(read_tensors(folder / "model.safetensors")[0])
    return classifier.eval().requires_grad_(False)
