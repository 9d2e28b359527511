"""The classifier's training: the augmentations, and a short run that learns."""

import dataclasses

import pytest
import torch

from vecnb.data import load_mnist
from vecnb.metrics import accuracy
from vecnb.training.classifier.algorithm import distort, restyle, train
from vecnb.training.classifier.config import ClassifierConfig

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


def test_a_shift_stays_within_its_bounds_and_uses_them(dots):
    torch.manual_seed(0)
    moved = centres(distort(dots, dataclasses.replace(STILL, max_shift=2.0))) - centres(dots)
    assert moved.abs().max() <= 2.01
    assert (moved.amin(0) < -1.5).all() and (moved.amax(0) > 1.5).all()


def test_a_rotation_keeps_the_distance_from_the_centre(dots):
    torch.manual_seed(0)
    turned = centres(distort(dots, dataclasses.replace(STILL, max_rotation=12.0))) - 13.5
    start = centres(dots)[0] - 13.5
    assert turned.norm(dim=1).tolist() == pytest.approx([start.norm().item()] * 64, abs=0.1)
    angles = torch.atan2(turned[:, 1], turned[:, 0]) - torch.atan2(start[1], start[0])
    assert 10 < angles.abs().max().rad2deg() < 12.5


def test_other_strokes_are_thicker_or_thinner_and_stay_in_range(dots):
    torch.manual_seed(0)
    lines = torch.zeros(64, 1, 28, 28)
    lines[:, :, 13:16] = 0.5
    plain = dataclasses.replace(STILL, max_contrast=1.0, max_thickness=0.0)
    torch.testing.assert_close(restyle(lines, plain), lines)
    other = restyle(lines, dataclasses.replace(plain, max_thickness=0.7))
    mass = other.sum((1, 2, 3)) / lines.sum((1, 2, 3))
    assert mass.min() < 0.8 and mass.max() > 1.2
    crisp = restyle(lines + 0.1, dataclasses.replace(plain, max_contrast=8.0))
    assert crisp.min() >= 0 and crisp.max() <= 1 and crisp.max() > 0.7


def test_a_short_run_learns(tmp_path, accelerator):
    images, labels = (part[:1000] for part in load_mnist("train", fallback="subset"))
    config = ClassifierConfig(steps=40, batch_size=50)
    model, run = train(config, images, labels, tmp_path, accelerator=accelerator)
    assert accuracy(model, images, labels) > 0.6 and run.step == 40
