"""Tests of digits made as MNIST was: drawn, photographed or of MNIST itself; and of the warning."""

import io
import warnings

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

import vecnb
from vecnb import metrics
from vecnb.baselines import trace
from vecnb.data import data_source, load_mnist
from vecnb.images import load_image
from vecnb.preprocessing import to_mnist, warn_unlike_mnist
from vecnb.pretrained import load_classifier


@pytest.fixture(scope="module")
def digits():
    return load_mnist("test", fallback="subset")


def photograph(digit, random, *, paper=0.82, pen=0.22, fall=0.45, noise=0.02):
    """A digit [28, 28] somewhere on a page of 480 × 360 pixels, as a JPEG; light falls off to one side."""
    side = int(random.integers(90, 200))
    large = Image.fromarray((255 * digit.numpy()).astype(np.uint8)).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    top, left = random.integers(0, 361 - side), random.integers(0, 481 - side)
    ink = np.zeros((360, 480))
    ink[top : top + side, left : left + side] = np.asarray(large) / 255
    y, x = np.mgrid[-0.5:0.5:360j, -0.5:0.5:480j]
    angle = random.uniform(0, 2 * np.pi)
    light = 1 - fall * np.clip(x * np.cos(angle) + y * np.sin(angle) + 0.5, 0, 1)
    grey = (paper + (pen - paper) * ink) * light + random.normal(0, noise, ink.shape)
    file = io.BytesIO()
    Image.fromarray((255 * grey.clip(0, 1)).round().astype(np.uint8)).save(file, "JPEG", quality=80)
    return file


# Photographs


@pytest.fixture(scope="module")
def photographed(digits):
    """Sixty photographs of digits, resized to 28 × 28, and made as MNIST was; and their labels."""
    random = np.random.default_rng(0)
    images, labels = (part[:60] for part in digits)
    photos = [load_image(photograph(image[0], random)) for image in images]
    resized = torch.cat([F.interpolate(photo, (28, 28), mode="area") for photo in photos])
    return resized, torch.cat([to_mnist(photo) for photo in photos]), labels


@pytest.mark.parametrize("name", ["autoencoder", "vae", "joint", "trace"])
def test_photographed_digits_become_readable_lines(photographed, name):
    """Resized to 28 × 28 alone, none of the autoencoder's lines could be read."""
    resized, normalised, labels = photographed
    vectorise = trace if name == "trace" else vecnb.load_model(name).vectorise
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # they look like MNIST
        drawn = vecnb.render_hard(vectorise(normalised))
    assert metrics.accuracy(load_classifier(), drawn, labels) >= 0.97
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        unread = vecnb.render_hard(vectorise(resized))
    assert metrics.accuracy(load_classifier(), unread, labels) <= 0.25


@pytest.mark.parametrize(
    "how",
    [{"paper": 0.15, "pen": 0.85}, {"pen": 0.6}, {"fall": 0.6, "noise": 0.04}, {"fall": 0.0, "noise": 0.0}],
    ids=["chalk", "pencil", "bad light", "scan"],
)
def test_other_pens_and_lights(digits, how):
    random = np.random.default_rng(1)
    images, labels = (part[:10] for part in digits)
    found = torch.cat([to_mnist(load_image(photograph(image[0], random, **how))) for image in images])
    # The subset's ten are others, and one of them is hard to read.
    least = 0.9 if data_source(fallback="subset").is_subset else 1
    assert metrics.accuracy(load_classifier(), found, labels) >= least
    assert (found - images).square().mean() < 0.02


def test_a_large_photograph_is_reduced_first(digits):
    small = Image.open(photograph(digits[0][0, 0], np.random.default_rng(0)))
    file = io.BytesIO()
    small.resize((2400, 1800)).save(file, "PNG")
    assert metrics.predict(load_classifier(), to_mnist(load_image(file))) == digits[1][0]


# MNIST's own measures


def test_a_digit_of_mnist_stays_what_it_is(digits):
    images = digits[0][:300]
    changed = (to_mnist(images) - images).abs().amax((1, 2, 3))
    least = 0.96 if data_source(fallback="subset").is_subset else 0.97
    assert (changed < 0.02).double().mean() > least  # ink of 254 is made full
    assert metrics.mse(to_mnist(images), images) < 0.001


def test_wherever_and_however_large_it_is_drawn_it_is_the_same_digit(digits):
    images = digits[0][:8]
    large = F.interpolate(images, scale_factor=8, mode="bilinear")
    pages, wide = F.pad(large, (150, 40, 10, 200)), F.pad(images, (2, 9, 5, 2))
    for moved in (pages, large, wide):
        most = 0.012 if data_source(fallback="subset").is_subset else 0.01
        assert metrics.mse(to_mnist(moved), images) < most
    small = F.interpolate(images, scale_factor=0.7, mode="bilinear", antialias=True).clamp(0, 1)
    assert metrics.mse(to_mnist(small), images) < 0.03


def test_the_longer_side_is_twenty_pixels_and_the_mass_is_in_the_middle():
    random = torch.Generator().manual_seed(0)
    lines = torch.rand(20, 3, 4, generator=random)
    found = to_mnist(vecnb.render_hard(lines, 300, 300, stroke_width=0.06))
    at = torch.arange(28) + 0.5
    for digit in found[:, 0]:
        sides = [
            int(digit.any(axis).nonzero().max() - digit.any(axis).nonzero().min()) + 1 for axis in (0, 1)
        ]
        assert max(sides) == 20
        for mass in (digit.sum(0), digit.sum(1)):
            assert 13.998 <= float((mass * at).sum() / mass.sum()) <= 15
        assert digit.max() == 1 and digit.min() == 0


def test_shapes_and_kinds_are_those_of_vectorise(digits):
    image = digits[0][0]
    expected = to_mnist(image)
    assert expected.shape == (1, 1, 28, 28)
    for same in (image[0], image[0].numpy(), (255 * image).byte().numpy(), image.double(), image[None]):
        assert torch.allclose(to_mnist(same), expected, atol=1e-6)
    assert to_mnist(torch.zeros(0, 1, 50, 40)).shape == (0, 1, 28, 28)
    with pytest.raises(ValueError, match=r"grey, not \[1, 3, 28, 28\]"):
        to_mnist(torch.zeros(1, 3, 28, 28))


@pytest.mark.parametrize("empty", [0.0, 0.3, 1.0])
def test_an_image_without_ink_is_named(digits, empty):
    page = torch.full((1, 1, 28, 28), empty)
    with pytest.raises(ValueError, match="image 1 has no ink"):
        to_mnist(torch.cat([digits[0][:1], page]))


def test_noise_is_no_ink():
    with pytest.raises(ValueError, match="image 0 has no ink"):
        to_mnist((0.3 + 0.02 * torch.randn(200, 200, generator=torch.Generator().manual_seed(0))).clamp(0, 1))


def test_the_other_ink_is_named(digits):
    image = digits[0][0]
    with pytest.raises(
        ValueError, match=r"image 0 has no ink; the background seems to be 1 .*: to_mnist\(1 - images\)"
    ):
        to_mnist(1 - image)
    spotted = 1 - image
    spotted[0, 14, 2:5] = 0  # and a spot that is lighter than its grey page
    spotted = spotted * 0.8 + 0.1 * (image == 0)
    spotted[0, 20:22, 4:6] = 1
    with pytest.warns(UserWarning, match=r"image 0: the background seems to be 1") as caught:
        to_mnist(spotted)
    assert caught[0].filename == __file__


# What does not look like MNIST


def test_no_digit_of_mnist_is_ever_warned_of(digits):
    """One at a time; measured on all 70,000: none."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for image in digits[0][:300]:
            warn_unlike_mnist(image[None])
        warn_unlike_mnist(digits[0])
        warn_unlike_mnist(digits[0][:0])
        warn_unlike_mnist(torch.zeros(5, 1, 28, 28))  # without ink: nothing can be said


UNLIKE = {
    "inverted": (lambda x: 1 - x, "their background is not 0"),
    "grey background": (lambda x: 0.5 + x / 2, "their background is not 0"),
    "faint": (lambda x: 0.45 * x, "their ink is faint"),
    "in a corner": (lambda x: x.roll((-4, -4), (2, 3)), "the digits are not in the middle"),
    "half as large": (lambda x: F.pad(F.avg_pool2d(x, 2), (7,) * 4).clamp(0, 1) * 1.4, "longer side"),
    "filling the frame": (
        lambda x: F.interpolate(x[..., 4:24, 4:24], (28, 28), mode="bilinear"),
        "longer side",
    ),
    "thick": (lambda x: F.max_pool2d(x, 5, 1, 2), "longer side"),
}


@pytest.mark.parametrize("how", UNLIKE)
def test_what_does_not_look_like_mnist_is_warned_of_once(digits, how):
    change, words = UNLIKE[how]
    changed = change(digits[0][:200]).clamp(0, 1)
    with pytest.warns(UserWarning, match=f"of 200 images do not look like MNIST.*{words}") as caught:
        warn_unlike_mnist(changed)
    assert len(caught) == 1 and int(str(caught[0].message).split()[0]) >= 180


def test_a_few_among_many_are_not_worth_a_word(digits):
    some = digits[0][:100].clone()
    some[:10] = 1 - some[:10]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_unlike_mnist(some)
    some[:11] = 1 - digits[0][:11]
    with pytest.warns(UserWarning, match="11 of 100 images"):
        warn_unlike_mnist(some)
