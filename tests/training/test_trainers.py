"""What every trainer does alike: any images, no label, the same bits after Ctrl-C, and clear refusals."""

from dataclasses import replace
from inspect import signature

import pytest
import torch
from accelerate import Accelerator

from training.interference import CtrlC, NotANumber
from vecnb.models.vae import LineVAE
from vecnb.training import RUNS
from vecnb.training.autoencoder.algorithm import train as train_autoencoder
from vecnb.training.classifier.algorithm import train as train_classifier
from vecnb.training.common.loop import TrainingStopped
from vecnb.training.common.snapshots import digit_snapshots, sample_snapshots
from vecnb.training.lfvi.trainer import train as train_lfvi
from vecnb.training.proposal.algorithm import train as train_proposal
from vecnb.training.ratio_study.algorithm import train as train_ratio_study
from vecnb.training.vae.trainer import train as train_vae

TRAINERS = {
    "autoencoder": train_autoencoder,
    "vae": train_vae,
    "lfvi": train_lfvi,
    "ratio_study": train_ratio_study,
    "proposal": train_proposal,
    "classifier": train_classifier,
}
VAE = {"steps": 5, "batch_size": 16, "latent_size": 4, "n_lines": 3}
OURS = VAE | {"renderer_pretrain_steps": 2, "renderer_batch_size": 24, "prior_steps": 2}
SMALL = {
    "autoencoder/thesis": {"steps": 6, "batch_size": 16},
    "autoencoder/proposed": {"steps": 6, "batch_size": 16},
    "vae/thesis": OURS | {"prior_steps": 0},
    "vae/proposed": OURS,
    "vae/exact_renderer": VAE | {"prior_steps": 2},
    "vae/straight_through": VAE,
    "vae/score_function": VAE,
    "vae/pixels": {"steps": 5, "batch_size": 16, "prior_steps": 2},
    "lfvi/thesis": {"steps": 6, "batch_size": 8},
    "lfvi/gan_pixels": {"steps": 6, "batch_size": 8},
    "lfvi/joint": {"steps": 6, "batch_size": 8},
    "lfvi/split": {"steps": 4, "batch_size": 8, "encoder_steps": 3, "reencoding_steps": 2},
    "ratio_study/analytic_030": {"steps": 6, "batch_size": 8, "n_images": 200},
    "ratio_study/estimated_030": {"steps": 6, "batch_size": 8, "n_images": 200},
    "proposal/windows": {"steps": 6, "batch_size": 16, "n_lines": 3},
    "classifier/classifier": {"steps": 6, "batch_size": 16},
}
ONE_OF_EACH = [
    "autoencoder/thesis",
    "vae/proposed",
    "lfvi/split",
    "ratio_study/estimated_030",
    "proposal/windows",
    "classifier/classifier",
]


class Training:
    """A run in small, on a few digits."""

    def __init__(self, name, digits):
        self.name, (self.images, self.labels) = name, digits
        self.experiment = name.split("/")[0]
        self.config = replace(RUNS[name], **SMALL[name])
        self.extra = {}
        if name == "lfvi/thesis":
            torch.manual_seed(9)
            self.extra["approximator"] = LineVAE(networks="mlp", renderer="joint_approximator")

    def recorder(self):
        """Of every step; the trainers of what has no lines take none."""
        if "snapshots" not in signature(TRAINERS[self.experiment]).parameters or "pixels" in self.name:
            return {}
        if self.experiment == "lfvi":
            return {"snapshots": sample_snapshots(self.config.steps, after=self.config.encoder_steps)}
        return {"snapshots": digit_snapshots(self.images[:3], self.config.steps)}

    def __call__(self, folder, accelerator=None, images=None, **change):
        images = self.images if images is None else images
        given = (images, self.labels[: len(images)]) if self.experiment == "classifier" else (images,)
        config = replace(self.config, **change)
        options = self.extra | {"accelerator": accelerator or Accelerator(cpu=True), "log_every": 2}
        return TRAINERS[self.experiment](config, *given, folder, **options, **self.recorder())


@pytest.fixture
def training(request, digits):
    return Training(request.param, digits)


every = pytest.mark.parametrize("training", SMALL, indirect=True)
one_of_each = pytest.mark.parametrize("training", ONE_OF_EACH, indirect=True)


@every
def test_the_same_seed_gives_the_same_bits_and_after_ctrl_c_too(training, tmp_path, moved):
    whole, first = training(tmp_path / "whole")
    assert first.step == first.total and not whole.training and first.seconds > 0
    last = training.config.steps
    for times in (2, last):  # of a gradient: steps have up to three of them
        folder = tmp_path / f"stopped at {times}"
        with pytest.raises(KeyboardInterrupt):
            training(folder, CtrlC(times))
        torch.manual_seed(999)  # whatever happened in between
        resumed, second = training(folder)
        assert not moved(whole.state_dict(), resumed.state_dict())
        assert first.history == second.history and first.history
        for recorder, again in zip(snapshots(first), snapshots(second), strict=True):
            assert torch.equal(recorder.drawings, again.drawings)
            assert torch.equal(recorder.steps, again.steps)


def snapshots(run):
    return [run.parts["snapshots"]] if "snapshots" in run.parts else []


@one_of_each
def test_another_seed_gives_other_weights(training, tmp_path):
    states = [training(tmp_path / f"{seed}", seed=seed)[0].state_dict() for seed in (0, 1)]
    assert any(not torch.equal(a, b) for a, b in zip(*(state.values() for state in states), strict=True))


@one_of_each
def test_recording_changes_nothing(training, tmp_path, moved):
    watched, _ = training(tmp_path / "watched")
    training.recorder = dict
    blind, _ = training(tmp_path / "blind")
    assert not moved(watched.state_dict(), blind.state_dict())


@every
def test_a_gradient_that_is_not_finite_stops_at_its_step_and_is_never_saved(training, tmp_path, moved):
    what = "(is not finite|generator_gradient = nan)"
    with pytest.raises(TrainingStopped, match=rf"{what} at step \d+, whose images are .*batch_indices"):
        training(tmp_path / "stopped", NotANumber(4))
    whole, _ = training(tmp_path / "whole")
    again, _ = training(tmp_path / "stopped")
    assert not moved(whole.state_dict(), again.state_dict())


@one_of_each
def test_weights_that_explode_stop_at_a_step_that_is_named(training, tmp_path):
    rates = [name for name in vars(training.config) if name.endswith("learning_rate")]
    with pytest.raises(TrainingStopped, match=r"step \d"):
        training(tmp_path, **{name: 1e38 for name in rates})


@one_of_each
def test_any_images_of_the_shape_will_do(training, tmp_path):
    noise = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    _, run = training(tmp_path / "single", images=noise, steps=4)
    assert run.step == run.total
    _, other = training(tmp_path / "half", images=noise.half(), steps=4)
    assert other.data != run.data


@one_of_each
@pytest.mark.parametrize(
    "change, error, told",
    [
        (lambda images: images[:5], ValueError, r"a batch of \d+ cannot be drawn from 5 images"),
        (lambda images: images[:0], ValueError, "cannot be drawn from 0 images"),
        (lambda images: images[:, :, 1:], ValueError, r"\[B, 1, 28, 28\], not \[256, 1, 27, 28\]"),
        (lambda images: 255 * images, ValueError, r"\[0, 1\]"),
        (lambda images: images * torch.nan, ValueError, "images"),
        (lambda images: (255 * images).long(), TypeError, "float"),
    ],
)
def test_images_that_do_not_fit_are_refused_before_a_folder_is_made(training, tmp_path, change, error, told):
    with pytest.raises(error, match=told):
        training(tmp_path / "folder", images=change(training.images))
    assert not (tmp_path / "folder").exists()


@one_of_each
def test_a_folder_of_other_data_is_refused(training, tmp_path):
    training(tmp_path, steps=4)
    with pytest.raises(ValueError, match=r"belongs to another training \(other data\)"):
        training(tmp_path, images=1 - training.images, steps=4)
    with pytest.raises(ValueError, match="steps is 4 there and 3 here"):
        training(tmp_path, steps=3)


def test_a_classifier_of_other_labels_is_another(digits, tmp_path):
    training = Training("classifier/classifier", digits)
    training(tmp_path)
    training.labels = training.labels.roll(1)
    with pytest.raises(ValueError, match="other data"):
        training(tmp_path)
    with pytest.raises(ValueError, match=r"256 images need labels \[256\], not \[255\]"):
        train_classifier(training.config, training.images, training.labels[1:], tmp_path)


@pytest.mark.parametrize("name", [name for name in ONE_OF_EACH if "classifier" not in name])
def test_no_trainer_but_the_classifier_s_takes_labels(name):
    assert "labels" not in signature(TRAINERS[name.split("/")[0]]).parameters


class Several(Accelerator):
    """One that says there is another process."""

    num_processes = property(lambda self: 2)


@pytest.mark.parametrize(
    "name, told",
    [
        ("vae/straight_through", "the gradient 'straight_through'"),
        ("vae/score_function", "the gradient 'score_function'"),
        ("lfvi/gan_pixels", "likelihood-free variational inference"),
        ("ratio_study/analytic_030", "the ratio study"),
        ("proposal/windows", "a network that proposes strokes"),
        ("classifier/classifier", "the classifier"),
    ],
)
def test_what_does_not_share_its_gradients_refuses_several_processes(name, told, digits, tmp_path):
    with pytest.raises(RuntimeError, match=rf"{told} trains in one process, not in 2: .* without torchrun"):
        Training(name, digits)(tmp_path / "folder", Several(cpu=True))
    assert not (tmp_path / "folder").exists()


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_processes_that_the_accelerator_overlooks_are_refused(name, digits, tmp_path, monkeypatch):
    """As under torchrun without a GPU, where accelerate sees one process: each would train the whole run."""
    monkeypatch.setenv("WORLD_SIZE", "3")
    with pytest.raises(RuntimeError, match="there are 3 processes, of which this accelerator knows 1"):
        Training(name, digits)(tmp_path / "folder")
    assert not (tmp_path / "folder").exists()
