"""Trained models: by name those that come with the package, by the path of its folder any other.

A model's folder holds `config.json`, the fields of the config that it was trained with beside "format" and
"model", its class; and `model.safetensors`, its weights in half precision. The weights' metadata "about" is
JSON that repeats format and class, and names the run, the seed and the SHA-256 of the data.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

import torch
from safetensors.torch import save
from torch import Tensor, nn

from vecnb.files import read_tensors, write_atomically
from vecnb.models.autoencoder import LineAutoencoder
from vecnb.models.base import LineModel as LineModel
from vecnb.models.classifier import DigitClassifier
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.models.windows import WindowProposer

FORMAT = 1  # of config.json and of the weights' metadata; a later one may not be readable by this code
PRETRAINED = {  # name → the run of the book that it is, seed 0
    "autoencoder": "autoencoder/proposed",
    "vae": "vae/proposed",
    "joint": "lfvi/joint",
    "split": "lfvi/split",
    "gan": "lfvi/gan",
    "classifier": "classifier/classifier",
}
MODELS: dict[str, Callable[[Mapping[str, Any]], nn.Module]] = {  # class → an untrained model of a config
    "DigitClassifier": lambda config: DigitClassifier(),
    "ImplicitLines": ImplicitLines.from_config,
    "ImplicitPixels": ImplicitPixels.from_config,
    "LineAutoencoder": LineAutoencoder.from_config,
    "LineVAE": LineVAE.from_config,
    "PixelVAE": PixelVAE.from_config,
    "WindowProposer": WindowProposer.from_config,
}

M = TypeVar("M", bound=nn.Module)
Device = str | torch.device
Folder = str | PathLike[str]


@overload
def load_model(model: Literal["autoencoder"], *, device: Device = ...) -> LineAutoencoder: ...
@overload
def load_model(model: Literal["vae"], *, device: Device = ...) -> LineVAE: ...
@overload
def load_model(model: Literal["joint", "split", "gan"], *, device: Device = ...) -> ImplicitLines: ...
@overload
def load_model(model: Folder, kind: type[M], *, device: Device = ...) -> M: ...
@overload
def load_model(model: Folder, *, device: Device = ...) -> LineModel: ...
def load_model(model: Folder, kind: Any = LineModel, *, device: Device = "cpu") -> Any:
    """A trained model.

        >>> import torch, vecnb
        >>> vecnb.load_model("autoencoder").vectorise(torch.zeros(2, 1, 28, 28)).lines.shape
        torch.Size([2, 5, 4])

    Args:
        model: "autoencoder", "vae", "joint", "split" or "gan", which come with the package; or the path of a
            folder with config.json and model.safetensors. A name goes before a folder of the same name.
        kind: the class that is expected, if it is no model of lines (`PixelVAE`, `ImplicitPixels`) or if one
            of them alone will do; `nn.Module` takes any.
    Returns:
        The model in evaluation mode, its weights in single precision.
    Raises:
        TypeError: model is neither a string nor a path.
        FileNotFoundError: there is no such model; the message lists the names. Or its weights were not kept.
        ValueError: the model is of another kind; or config.json or the weights are damaged, not of each
            other, of another format, or hold a number that is not finite.
    """
    folder = model_folder(model)
    config = read_config(folder)
    built = _build(config, folder)
    if not isinstance(built, kind):
        name, wanted = type(built).__name__, "a model of lines" if kind is LineModel else kind.__name__
        raise ValueError(f"{str(model)!r} is of class {name}, not {wanted}: load_model(..., {name}) loads it")
    load_weights(folder, built)
    return built.eval().to(device)


@functools.cache
def load_classifier() -> DigitClassifier:
    """The book's digit classifier: in evaluation mode, its weights frozen, one object per process.

    Gradients pass through it to the images, so it can be asked what it looks at.

        >>> import torch
        >>> load_classifier()(torch.zeros(2, 1, 28, 28)).shape  # logits
        torch.Size([2, 10])
    """
    return load_model("classifier", DigitClassifier).requires_grad_(False)


def save_model(
    folder: Folder, model: nn.Module, config: Any, about: Mapping[str, str | int] | None = None
) -> None:
    """Write config.json and model.safetensors, from which `load_model` gives the model back.

    The weights are rounded to half precision: `rounded` gives the model that will be read.

        >>> import tempfile
        >>> config = {"hidden": [16]}
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(folder, ImplicitPixels.from_config(config), config)
        ...     load_model(folder, ImplicitPixels).sample_images(3, seed=0).shape
        torch.Size([3, 1, 28, 28])

    Args:
        folder: is made if it is not there; each file is replaced as a whole.
        model: any module; `load_model` builds those of `MODELS`.
        config: a dataclass, or a mapping, with the fields that the model's `from_config` reads.
        about: what else the metadata of the weights tell.
    Raises:
        OSError: the folder is not writable or the disk is full.
        ValueError: a weight is not finite, or too large for half precision.
    """
    folder, name = Path(folder), type(model).__name__
    weights = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    weights = {key: value.half() if value.is_floating_point() else value for key, value in weights.items()}
    _check_finite(weights, f"the {name} has")
    fields = dict(asdict(config) if is_dataclass(config) and not isinstance(config, type) else config)
    text = json.dumps({"format": FORMAT, "model": name} | fields, indent=1)
    told = json.dumps({"format": FORMAT, "model": name} | dict(about or {}))
    write_atomically(folder / "config.json", (text + "\n").encode())
    write_atomically(folder / "model.safetensors", save(weights, {"about": told}))


def rounded(model: M) -> M:
    """A copy of a model with the weights that `save_model` keeps: half precision, as single."""
    return copy.deepcopy(model).half().float()


def read_config(folder: Path) -> dict[str, Any]:
    """The fields of a folder's config.json, "model" and "format" among them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged, or of another format.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is damaged ({error}): restore it, or train the run again") from error
    if not isinstance(config, dict):
        raise ValueError(f"{path} must hold an object, not a {type(config).__name__}")
    _check_format(config, path)
    return config


def load_weights(folder: Path, model: nn.Module) -> None:
    """Give a model the weights of a folder.

    Raises:
        FileNotFoundError: the folder has no weights.
        ValueError: they are damaged, of another format or model, or hold a number that is not finite.
    """
    path = folder / "model.safetensors"
    if not path.exists():
        raise FileNotFoundError(
            f"{folder} has a config.json but no model.safetensors: its weights were not kept; train the run "
            "again (vecnb train), or take one of the models that come with the package: "
            + ", ".join(PRETRAINED)
        )
    weights, about = read_tensors(path)
    _check_format(about, path)
    name = type(model).__name__
    if about.get("model") != name:
        raise ValueError(
            f"{path} holds the weights of a {about.get('model')}, config.json describes a {name}"
        )
    _check_finite(weights, f"{path} has")
    try:
        model.load_state_dict(weights)  # half precision in the file, single in the model
    except RuntimeError as error:
        raise ValueError(f"the weights of {folder} are not those of its config.json: {error}") from error


def model_folder(model: Folder) -> Path:
    """The folder, with its config.json, of a name or path that `load_model` takes.

    Raises:
        TypeError: model is neither a string nor a path.
        FileNotFoundError: there is no such model; the message lists the names.
    """
    if not isinstance(model, str | PathLike):
        raise TypeError(f"a model is named by a string or a path, not by a {type(model).__name__}")
    if model in PRETRAINED:
        return Path(str(resources.files(__name__) / str(model)))
    folder = Path(model)
    try:
        found = (folder / "config.json").is_file()
    except PermissionError:
        raise
    except OSError:  # no name of a file: too long
        found = False
    if not found:
        shown = str(model) if len(str(model)) < 200 else f"{str(model)[:200]}…"
        raise FileNotFoundError(
            f"there is no model {shown!r}: name one of {', '.join(PRETRAINED)}, or the folder of a run, "
            "which holds its config.json"
        )
    return folder


def weights_digest(model: str) -> str:
    """SHA-256 of a model's config and weights.

    Raises:
        FileNotFoundError: there is no such model, or its weights were not kept.
    """
    folder = model_folder(model)
    content = (folder / "config.json").read_bytes() + (folder / "model.safetensors").read_bytes()
    return hashlib.sha256(content).hexdigest()


def _build(config: Mapping[str, Any], folder: Path) -> nn.Module:
    """The untrained model that a config describes."""
    path, name = folder / "config.json", config.get("model")
    if not isinstance(name, str) or name not in MODELS:
        raise ValueError(f'{path}: "model" must be one of {", ".join(MODELS)}, not {name!r}')
    try:
        return MODELS[name](config)
    except KeyError as error:
        raise ValueError(f"{path} has no field {error}, which a {name} needs") from error
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} does not describe a {name}: {error}") from error


def _check_format(about: Mapping[str, Any], path: Path) -> None:
    if about.get("format") != FORMAT:
        raise ValueError(
            f"{path} is of format {about.get('format')}, this version of vecnb reads format {FORMAT}: "
            "train the run again, or install the version that wrote it"
        )


def _check_finite(weights: Mapping[str, Tensor], where: str) -> None:
    for name, value in weights.items():
        if not value.isfinite().all():
            raise ValueError(f"{where} a number that is not finite in {name}: train the run again")
