"""A whole run by its name: what it leaves, what it does not replace, and whose numbers it keeps."""

import json
from dataclasses import replace

import pytest
import torch

from training.interference import CtrlC
from vecnb.data import load_mnist
from vecnb.metrics import accuracy
from vecnb.models.vae import LineVAE
from vecnb.pretrained import load_model, rounded
from vecnb.training import RUNS, train_run
from vecnb.training.autoencoder.evaluation import evaluate
from vecnb.training.common.results import load_run
from vecnb.training.common.snapshots import N_SNAPSHOTS
from vecnb.training.ratio_study.model import load_study
from vecnb.training.runner import Data, first_of_each_class, mnist

NAME = "autoencoder/proposed"
CONFIG = replace(RUNS[NAME], steps=4, batch_size=16)


@pytest.fixture(scope="module")
def data():
    images, labels = load_mnist("train", fallback="subset")
    return Data(images[:64], labels[:64], images[64:264], labels[64:264])


@pytest.fixture(scope="module")
def folder(tmp_path_factory, data):
    return train_run(NAME, CONFIG, tmp_path_factory.mktemp("runs"), data=data)


def test_a_run_leaves_its_files_in_a_folder_of_its_own(folder):
    assert folder.parts[-3:] == ("autoencoder", "proposed", "seed_0")
    assert {path.name for path in folder.iterdir()} == {
        "checkpoint.safetensors",
        "config.json",
        "history.csv",
        "metrics.json",
        "model.safetensors",
        "snapshots.safetensors",
    }
    config = json.loads((folder / "config.json").read_text())
    assert config["model"] == "LineAutoencoder" and config["steps"] == 4


def test_its_numbers_are_those_of_the_weights_that_are_kept(folder, data):
    metrics = load_run(folder).metrics
    again = evaluate(load_model(folder), data.test_images, data.test_labels)
    # loaded, weights lie in another order in memory
    assert again == pytest.approx({name: metrics[name] for name in again}, rel=1e-5)
    assert {"seed", "steps", "minutes", "core_minutes", "cores", "parameters", "data"} <= set(metrics)


def test_snapshots_are_of_the_first_test_digit_of_each_class(folder, data):
    digits = first_of_each_class(data.test_images, data.test_labels)
    snapshots = load_run(folder).snapshots
    assert snapshots.drawings.shape == (4, len(digits), CONFIG.n_lines, 5)  # 4 steps have no more
    assert snapshots.steps.tolist() == [1, 2, 3, 4] and N_SNAPSHOTS > 4
    last = load_model(folder).vectorise(digits).lines
    torch.testing.assert_close(snapshots.strokes(3).lines, last, atol=2e-3, rtol=0)


def test_a_finished_run_is_left_alone_and_says_so(folder, data, capsys):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert train_run(NAME, CONFIG, folder.parents[2], data=data) == folder
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert "already finished" in capsys.readouterr().err


def test_a_finished_run_is_not_replaced_by_another(folder, data):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ValueError, match="steps is 4 there and 5 here"):
        train_run(NAME, replace(CONFIG, steps=5), folder.parents[2], data=data)
    with pytest.raises(ValueError, match="other data"):
        train_run(NAME, CONFIG, folder.parents[2], data=data._replace(images=1 - data.images))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_finished_run_without_its_checkpoint_is_not_replaced(tmp_path, data):
    folder = tmp_path / NAME / "seed_0"
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text("{}")
    with pytest.raises(FileExistsError, match="holds a finished run without its checkpoint"):
        train_run(NAME, CONFIG, tmp_path, data=data)
    assert (folder / "metrics.json").read_text() == "{}"


def test_ctrl_c_leaves_no_results_and_the_same_call_goes_on(folder, tmp_path, data):
    with pytest.raises(KeyboardInterrupt):
        train_run(NAME, CONFIG, tmp_path, data=data, accelerator=CtrlC(2))
    assert {path.name for path in (tmp_path / NAME / "seed_0").iterdir()} == {"checkpoint.safetensors"}
    again = train_run(NAME, CONFIG, tmp_path, data=data)
    assert (again / "model.safetensors").read_bytes() == (folder / "model.safetensors").read_bytes()
    assert (again / "snapshots.safetensors").read_bytes() == (folder / "snapshots.safetensors").read_bytes()


def test_rounding_leaves_the_caller_s_model_as_it_was():
    torch.manual_seed(0)
    model = LineVAE(latent_size=4)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    kept = rounded(model).state_dict()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert any(not torch.equal(value, before[name]) for name, value in kept.items())


def test_a_classifier_and_a_study_are_measured_and_come_back(tmp_path, data):
    config = replace(RUNS["classifier/classifier"], steps=2, batch_size=16)
    folder = train_run("classifier/classifier", config, tmp_path, data=data)
    model = load_model(folder, torch.nn.Module)
    found = accuracy(model, data.test_images, data.test_labels)
    assert load_run(folder).metrics["accuracy"] == pytest.approx(found)
    config = replace(RUNS["ratio_study/analytic_100"], steps=2, batch_size=16, n_images=64)
    folder = train_run("ratio_study/analytic_100", config, tmp_path, data=data)
    assert {"truth_p", "estimate_q", "correlation_p"} <= set(load_run(folder).metrics)
    assert load_study(folder).model.std == 1.0


@pytest.mark.parametrize(
    "name, change",
    [
        ("vae/pixels", {"steps": 2, "batch_size": 16, "prior_steps": 1}),
        ("lfvi/gan", {"steps": 2, "batch_size": 16}),
    ],
)
def test_the_other_experiments_are_measured_too(name, change, tmp_path, data):
    saved = load_run(train_run(name, replace(RUNS[name], **change), tmp_path, data=data))
    assert "frechet_distance" in saved.metrics and (saved.snapshots is None) == ("pixels" in name)


def test_the_thesis_s_lfvi_takes_the_approximator_beside_it(tmp_path, data):
    config = replace(RUNS["lfvi/thesis"], steps=2, batch_size=16)
    with pytest.raises(ValueError, match="train one by `vecnb train vae/thesis`"):
        train_run("lfvi/thesis", config, tmp_path, data=data)
    small = {"steps": 1, "batch_size": 16, "renderer_pretrain_steps": 1, "renderer_batch_size": 16}
    taught = train_run("vae/thesis", replace(RUNS["vae/thesis"], **small), tmp_path, data=data)
    folder = train_run("lfvi/thesis", config, tmp_path, data=data)
    mine, theirs = load_model(folder).approximator, load_model(taught).approximator
    assert all(torch.equal(a, b) for a, b in zip(mine.parameters(), theirs.parameters(), strict=True))
    count = load_run(folder).metrics["parameters"]
    assert count == sum(
        p.numel() for name, p in load_model(folder).named_parameters() if "approx" not in name
    )


def test_a_run_that_is_not_there_is_named_with_those_like_it():
    with pytest.raises(
        ValueError, match="there is no run 'vae/propposed'; the most like it are: vae/proposed"
    ):
        train_run("vae/propposed")
    with pytest.raises(ValueError, match="vae/thesis takes a VAEConfig, not a AutoencoderConfig"):
        train_run("vae/thesis", CONFIG)


def test_by_default_a_run_is_trained_on_mnist():
    data = mnist(fallback="subset")
    assert torch.equal(data.images, load_mnist("train", fallback="subset")[0]) and len(data.digest) == 64


def test_a_recipe_is_chosen_on_training_digits_that_are_held_out():
    images, labels = load_mnist("train", fallback="subset")
    data = mnist(fallback="subset", validation=True)
    assert len(data.test_images) == len(images) // 12 == len(data.test_labels)
    assert torch.equal(torch.cat([data.images, data.test_images]), images)
    assert torch.equal(torch.cat([data.labels, data.test_labels]), labels)
