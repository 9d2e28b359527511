"""Tests of the classifier's training: the distortions, and a short run that learns and resumes."""

import dataclasses

import pytest
import torch
from accelerate import Accelerator

from vecnb.data import load_mnist
from vecnb.metrics import accuracy
from vecnb.training import classifier as training
from vecnb.training.classifier import ClassifierConfig, distort, train

STILL = ClassifierConfig(max_rotation=0, max_scale=0, max_shift=0)


@pytest.fixture
def dots():
    """Sixty-four images with a single black pixel, right of and below the centre."""
    images = torch.zeros(64, 1, 28, 28)
    images[:, 0, 16, 20] = 1
    return images


def centres(images):
    """Centre of mass (x, y) of each image, in pixels."""
    steps, ink = torch.arange(28.0), images[:, 0]
    total = ink.sum((1, 2))
    return torch.stack([(ink.sum(1) * steps).sum(1) / total, (ink.sum(2) * steps).sum(1) / total], 1)


def test_no_distortion_is_the_identity(dots):
    assert torch.allclose(distort(dots, STILL), dots, atol=1e-5)


def test_shift_stays_within_its_bounds_and_uses_them(dots):
    torch.manual_seed(0)
    moved = centres(distort(dots, dataclasses.replace(STILL, max_shift=2.0))) - centres(dots)
    assert moved.abs().max() <= 2.01
    assert (moved.amin(0) < -1.5).all() and (moved.amax(0) > 1.5).all()


def test_turn_keeps_the_distance_from_the_centre(dots):
    torch.manual_seed(0)
    turned = centres(distort(dots, dataclasses.replace(STILL, max_rotation=12.0))) - 13.5
    start = centres(dots)[0] - 13.5
    assert turned.norm(dim=1).tolist() == pytest.approx([start.norm().item()] * 64, abs=0.1)
    angles = torch.atan2(turned[:, 1], turned[:, 0]) - torch.atan2(start[1], start[0])
    assert 10 < angles.abs().max().rad2deg() < 12.5


@pytest.fixture
def few_digits(monkeypatch):
    """The trainer sees the first 1,000 training digits only."""
    images, labels = load_mnist("train")
    monkeypatch.setattr(training, "load_mnist", lambda split: (images[:1000], labels[:1000]))
    return images[:1000], labels[:1000]


def test_a_short_run_learns_and_repeats_itself(few_digits, tmp_path):
    config = ClassifierConfig(steps=40, batch_size=50)
    model, _ = train(config, tmp_path / "a", Accelerator(cpu=True))
    assert accuracy(model, *few_digits) > 0.6
    again, _ = train(config, tmp_path / "b", Accelerator(cpu=True))
    assert all(
        torch.equal(a, b)
        for a, b in zip(model.state_dict().values(), again.state_dict().values(), strict=True)
    )


def test_a_run_that_was_stopped_goes_on_bit_for_bit(few_digits, tmp_path, monkeypatch):
    config = ClassifierConfig(steps=12, batch_size=50)
    whole, _ = train(config, tmp_path / "whole", Accelerator(cpu=True))

    calls = iter(range(100))
    monkeypatch.setattr("vecnb.runs.SECONDS_BETWEEN_CHECKPOINTS", 0.0)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):

        def stop_at_the_seventh(images, config):
            if next(calls) == 6:
                raise KeyboardInterrupt
            return distort(images, config)

        patch.setattr(training, "distort", stop_at_the_seventh)
        train(config, tmp_path / "stopped", Accelerator(cpu=True))
    torch.manual_seed(999)  # whatever happened in between
    resumed, run = train(config, tmp_path / "stopped", Accelerator(cpu=True))
    assert run.step == 12
    assert all(
        torch.equal(a, b)
        for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True)
    )
