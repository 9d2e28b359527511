"""Trained models: found by name or folder, saved and read again, or refused with a reason and a remedy."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

import vecnb
from vecnb.files import read_tensors
from vecnb.models import DigitClassifier, ImplicitLines, ImplicitPixels, LineAutoencoder, LineVAE
from vecnb.pretrained import (
    PRETRAINED,
    LineModel,
    load_classifier,
    load_model,
    rounded,
    save_model,
)

pytestmark = pytest.mark.filterwarnings("ignore:.*do not look like MNIST")  # noise does not
PACKAGE = Path(vecnb.__file__).parent / "pretrained"
CONFIG = {
    "seed": 3,
    "n_lines": 2,
    "encoder": "strided_conv",
    "init": "random",
    "alpha": None,
    "decoder": "none",
    "n_augmentations": 1,
}


@pytest.fixture
def images():
    return torch.rand(3, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LineAutoencoder.from_config(CONFIG)


@pytest.fixture
def folder(tmp_path, model):
    save_model(tmp_path / "mine", model, CONFIG, {"run": "autoencoder/mine"})
    return tmp_path / "mine"


# The models that come with the package


@pytest.mark.parametrize(
    ("name", "kind"),
    {
        "autoencoder": LineAutoencoder,
        "vae": LineVAE,
        "joint": ImplicitLines,
        "split": ImplicitLines,
        "gan": ImplicitLines,
        "classifier": DigitClassifier,
    }.items(),
)
def test_a_model_comes_by_its_name_with_weights_that_say_what_they_are(name, kind):
    model = load_model(name, kind)
    assert type(model) is kind and not model.training
    assert {value.dtype for value in model.state_dict().values()} <= {torch.float32, torch.int64}
    weights, about = read_tensors(PACKAGE / name / "model.safetensors")
    assert (about["format"], about["model"], about["run"]) == (1, kind.__name__, PRETRAINED[name])
    assert all(torch.equal(value, weights[key].to(value.dtype)) for key, value in model.state_dict().items())


def test_every_model_of_the_package_has_a_name_and_they_are_small():
    assert {path.parent.name for path in PACKAGE.glob("*/config.json")} == set(PRETRAINED)
    assert sum(path.stat().st_size for path in PACKAGE.rglob("*")) < 10e6


def test_a_model_of_lines_vectorises_and_one_that_only_generates_says_so(images):
    assert isinstance(load_model("split"), LineModel)
    assert load_model("autoencoder").vectorise(images).lines.shape == (3, 5, 4)
    assert load_model("gan").sample(2, seed=0).lines.shape == (2, 7, 4)
    with pytest.raises(ValueError, match="only generates"):
        load_model("gan").vectorise(images)


def test_a_model_goes_where_it_is_asked_to_go():
    assert next(load_model("autoencoder", device="meta").parameters()).device.type == "meta"
    assert next(load_model("autoencoder").parameters()).device.type == "cpu"


def test_the_classifier_is_one_frozen_object():
    classifier = load_classifier()
    assert load_classifier() is classifier and not classifier.training
    assert not any(parameter.requires_grad for parameter in classifier.parameters())


# Saved and read again


def test_what_was_saved_comes_back_in_half_precision(folder, model, images):
    found = load_model(folder)
    assert isinstance(found, LineAutoencoder) and not found.training
    for key, value in rounded(model).state_dict().items():
        assert torch.equal(found.state_dict()[key], value) and value.dtype in (torch.float32, torch.int64)
    assert torch.equal(found.vectorise(images).lines, load_model(str(folder)).vectorise(images).lines)
    assert read_tensors(folder / "model.safetensors")[1]["run"] == "autoencoder/mine"
    assert json.loads((folder / "config.json").read_text()) == {
        "format": 1,
        "model": "LineAutoencoder",
        **CONFIG,
    }


def test_rounding_leaves_the_model_as_it_was(model):
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert not torch.equal(rounded(model).state_dict()["encoder.7.weight"], before["encoder.7.weight"])
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e5])  # half precision ends at 65,504
def test_weights_that_half_precision_cannot_hold_are_not_saved(tmp_path, model, value):
    with torch.no_grad():
        model.encoder[7].weight[0, 0] = value
    with pytest.raises(ValueError, match=r"not finite in encoder\.7\.weight"):
        save_model(tmp_path / "mine", model, CONFIG)
    assert not (tmp_path / "mine").exists()


def test_a_model_of_pixels_comes_where_it_is_expected(tmp_path):
    config = {"hidden": [8]}
    save_model(tmp_path, ImplicitPixels.from_config(config), config)
    assert load_model(tmp_path, ImplicitPixels).sample_images(2, seed=0).shape == (2, 1, 28, 28)
    assert type(load_model(tmp_path, nn.Module)) is ImplicitPixels
    with pytest.raises(
        ValueError, match=r"is of class ImplicitPixels, not a model of lines: load_model\(\.\.\., Impl"
    ):
        load_model(tmp_path)
    with pytest.raises(ValueError, match="is of class ImplicitPixels, not LineVAE"):
        load_model(tmp_path, LineVAE)
    with pytest.raises(ValueError, match="'classifier' is of class DigitClassifier"):
        load_model("classifier")


# What is refused


@pytest.mark.parametrize("name", [None, 3, ["autoencoder"], b"autoencoder"])
def test_what_is_no_name_is_refused_by_its_type(name):
    with pytest.raises(TypeError, match=f"named by a string or a path, not by a {type(name).__name__}"):
        load_model(name)


@pytest.mark.parametrize(
    "name", ["", "ours", "../../etc", "/etc/passwd", "autoencoder/thesis", "a" * 5000, "a\0b"]
)
def test_an_unknown_name_lists_the_known(name):
    known = "autoencoder, vae, joint, split, gan, classifier, or the folder of a run"
    with pytest.raises(FileNotFoundError, match=f"there is no model .*: name one of {known}"):
        load_model(name)


def _fields(**changes):
    return {"format": 1, "model": "LineAutoencoder"} | CONFIG | changes


def _without(name):
    fields = _fields()
    del fields[name]
    return fields


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"format": 1,', r"config\.json is damaged"),
        (b"\xff\xfe", r"config\.json is damaged"),
        ([], "must hold an object, not a list"),
        (_without("format"), "is of format None, this version of vecnb reads format 1: train the run again"),
        (_fields(format=2), "is of format 2, this"),
        (_without("model"), '"model" must be one of DigitClassifier, .*, not None'),
        (_fields(model="LineAutoencodr"), "not 'LineAutoencodr'"),
        (_fields(model=[]), r"not \[\]"),
        (_without("encoder"), "has no field 'encoder', which a LineAutoencoder needs"),
        (
            _fields(encoder="our"),
            "does not describe a LineAutoencoder: encoder must be one of 'strided_conv'",
        ),
        (_fields(n_lines="five"), "does not describe a LineAutoencoder"),
        (_fields(n_lines=-3), "does not describe a LineAutoencoder"),
        (_fields(n_augmentations=10), "does not describe a LineAutoencoder"),
        (_fields(n_lines=3), "the weights of .* are not those of its config.json"),
        (_fields(model="DigitClassifier"), "is of class DigitClassifier, not a model of lines"),
    ],
)
def test_a_config_that_describes_no_model_is_refused(folder, content, message):
    text = content if isinstance(content, str | bytes) else json.dumps(content)
    (folder / "config.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ValueError, match=message):
        load_model(folder)


def test_weights_of_another_class_are_refused(folder):
    (folder / "config.json").write_text(json.dumps({"format": 1, "model": "ImplicitPixels", "hidden": [8]}))
    with pytest.raises(ValueError, match=r"weights of a LineAutoencoder, config\.json describes a Im"):
        load_model(folder, ImplicitPixels)


def test_damaged_weights_are_refused_and_missing_ones_named(folder):
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged"):
        load_model(folder)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"no model\.safetensors: its weights were not kept; train"):
        load_model(folder)


def test_weights_with_nan_or_of_no_format_are_refused(folder):
    path = folder / "model.safetensors"
    weights, about = load_file(path), read_tensors(path)[1]
    save_file(weights, path)
    with pytest.raises(ValueError, match="is of format None"):
        load_model(folder)
    weights["encoder.7.bias"][0] = torch.nan
    save_file(weights, path, {"about": json.dumps(about)})
    with pytest.raises(ValueError, match=r"not finite in encoder\.7\.bias: train the run again"):
        load_model(folder)
