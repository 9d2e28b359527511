"""Tests of vecnb.metrics: hand values, closed forms, what is refused, and the classifier."""

import math

import numpy as np
import pytest
import torch

from vecnb import metrics
from vecnb.data import data_source, load_mnist
from vecnb.metrics import errors, samples
from vecnb.models import DigitClassifier
from vecnb.pretrained import load_classifier


def image(*pixels: float) -> torch.Tensor:
    """One image of a single row."""
    return torch.tensor(pixels, dtype=torch.float32).reshape(1, 1, 1, -1)


# mse and bce


def test_mse_by_hand():
    x = torch.cat([image(0, 0.5), image(1, 1)])
    x_recon = torch.cat([image(1, 0.5), image(1, 0)])
    assert metrics.mse(x_recon, x) == 0.5
    assert metrics.squared_errors(x_recon, x).tolist() == [0.5, 0.5]


def test_bce_by_hand_sums_pixels_and_averages_images():
    x = torch.cat([image(1, 0), image(1, 1)])
    x_recon = torch.cat([image(0.5, 0.5), image(0.25, 0.25)])
    assert metrics.binary_cross_entropies(x_recon, x).tolist() == pytest.approx(
        [2 * math.log(2), 4 * math.log(2)]
    )
    assert metrics.binary_cross_entropy(x_recon, x) == pytest.approx(3 * math.log(2))


def test_bce_is_exact_where_logarithms_are_infinite():
    assert metrics.binary_cross_entropy(image(0, 1), image(0, 1)) == 0
    assert metrics.binary_cross_entropy(image(0.0), image(0.1)) == math.inf
    assert metrics.binary_cross_entropy(image(1.0), image(0.9)) == math.inf


def test_clamp_makes_the_blank_page_finite():
    expected = -(0.2 * math.log(1e-3) + 0.8 * math.log(1 - 1e-3))
    assert metrics.binary_cross_entropy(image(0.0), image(0.2), clamp=1e-3) == pytest.approx(expected)


def test_entropy_floor_by_hand():
    assert metrics.entropy_floor(image(0, 1)) == 0
    assert metrics.entropy_floor(image(0.5, 0.5)) == pytest.approx(2 * math.log(2))


def test_excess_is_the_divergence():
    x, x_recon = image(0.75), image(0.5)
    divergence = 0.75 * math.log(0.75 / 0.5) + 0.25 * math.log(0.25 / 0.5)
    assert metrics.excess_cross_entropy(x_recon, x) == pytest.approx(divergence)
    assert metrics.excess_cross_entropy(x, x) == 0


def test_no_reconstruction_is_below_the_floor():
    x = torch.rand(20, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    for nudge in (-1e-3, 1e-3):
        assert metrics.excess_cross_entropy((x + nudge).clamp(0, 1), x) > 0


COMPARISONS = (metrics.mse, metrics.binary_cross_entropy, metrics.excess_cross_entropy)


@pytest.mark.parametrize("compare", COMPARISONS)
def test_images_that_cannot_be_compared_are_refused(compare):
    with pytest.raises(ValueError, match=r"x_recon is \[1, 1, 1, 2\] and x is \[1, 1, 1, 1\]"):
        compare(image(0, 0), image(0))
    with pytest.raises(ValueError, match="there are no images"):
        compare(image(0)[:0], image(0)[:0])  # it used to be nan
    for wrong in (image(0).byte(), image(0).numpy(), [0.0]):  # black against white used to be 1, in bytes
        with pytest.raises(TypeError, match="x_recon must be a floating-point tensor"):
            compare(wrong, image(0))
        with pytest.raises(TypeError, match="x must be a floating-point tensor"):
            compare(image(0), wrong)


def test_errors_of_half_precision_are_computed_in_double():
    x = torch.rand(2, 1, 28, 28, generator=torch.Generator().manual_seed(0)).half()
    x_recon = (x + 0.001).clamp(0, 1)
    expected = (x_recon.double() - x.double()).square().mean().item()
    assert metrics.mse(x_recon, x) == pytest.approx(expected, rel=1e-12)  # in half it would be 5e-4 off


def test_values_outside_the_unit_interval_are_refused():
    with pytest.raises(ValueError, match=r"x_recon leaves \[0, 1\]"):
        metrics.binary_cross_entropy(image(1.01), image(0))
    with pytest.raises(ValueError, match=r"x leaves \[0, 1\]: it reaches from 0 to 255"):
        metrics.binary_cross_entropy(image(0, 1), image(0, 255))  # −69,818 nats on MNIST
    for clamp in (-1, 0.5, math.nan):
        with pytest.raises(ValueError, match=r"clamp must be in \[0, 0\.5\)"):
            metrics.binary_cross_entropy(image(0), image(0), clamp=clamp)


# the classifier's measures


class Brightness(torch.nn.Module):
    """Reads the brightest of the first ten pixels as the digit; its features are all pixels."""

    def forward(self, images):
        return images.flatten(1)[:, :10]

    def features(self, images):
        return images.flatten(1)


@pytest.fixture
def bright_digits():
    labels = torch.arange(10).repeat(3)
    images = torch.zeros(30, 1, 28, 28)
    images[torch.arange(30), 0, 0, labels] = 1
    return images, labels


def test_accuracy_by_hand(bright_digits):
    images, labels = bright_digits
    assert metrics.accuracy(Brightness(), images, labels) == 1
    swapped = labels.clone()
    swapped[:3] = 9
    assert metrics.accuracy(Brightness(), images, swapped) == pytest.approx(27 / 30)


def test_negative_log_likelihood_by_hand(bright_digits):
    images, labels = bright_digits
    right = -math.log(math.e / (math.e + 9))
    assert metrics.negative_log_likelihood(Brightness(), images, labels).tolist() == pytest.approx(
        [right] * 30
    )
    wrong = -math.log(1 / (math.e + 9))
    assert metrics.negative_log_likelihood(Brightness(), images, (labels + 1) % 10).tolist() == pytest.approx(
        [wrong] * 30
    )


def test_batches_do_not_change_the_reading(bright_digits, monkeypatch):
    images, _ = bright_digits
    whole = metrics.predict(Brightness(), images)
    monkeypatch.setattr(errors, "BATCH", 7)
    assert torch.equal(metrics.predict(Brightness(), images), whole)
    assert metrics.features(Brightness(), images).shape == (30, 784)


def test_per_class_by_hand(bright_digits):
    x, labels = bright_digits
    x_recon = x.clone()
    x_recon[4] = x[7]  # one of the three fours becomes a seven: two pixels of 784 differ by 1
    table = metrics.per_class(x_recon, x, labels, Brightness())
    assert list(table.index) == [*"0123456789", "all"]
    assert table.loc["4", "accuracy"] == pytest.approx(2 / 3) and table.loc["4", "read as"] == "7"
    assert table.loc["4", "mse"] == pytest.approx(2 / 784 / 3)
    assert table.loc["7", "accuracy"] == 1 and table.loc["7", "read as"] == "–"
    assert table.loc["all", "images"] == 30 and table.loc["all", "accuracy"] == pytest.approx(29 / 30)


READINGS = (metrics.predict, metrics.features)


@pytest.mark.parametrize("read", READINGS)
def test_what_is_no_image_is_not_read(read):
    """MNIST times 255 used to be read, to 96 %; NaN to 8 %."""
    classifier = load_classifier()
    x = torch.rand(3, 1, 28, 28)
    for wrong in (x * 255, x - 1, x * math.nan, x * math.inf):
        with pytest.raises(ValueError, match=r"images must lie in \[0, 1\]"):
            read(classifier, wrong)
    with pytest.raises(ValueError, match="there are no images"):
        read(classifier, x[:0])
    with pytest.raises(ValueError, match=r"shape \[B, 1, 28, 28\]"):
        read(classifier, torch.rand(3, 1, 32, 32))
    for wrong in (x.byte(), x.numpy()):
        with pytest.raises(TypeError, match="images must be a floating-point tensor"):
            read(classifier, wrong)
    assert torch.equal(read(classifier, x.double()), read(classifier, x.double().float()))
    assert len(read(classifier, x + 1e-6)) == 3  # a rounding is borne


def test_labels_that_are_none_are_refused(bright_digits):
    """Two of these used to broadcast: .104 and .113 were the shares of agreement of all with all."""
    images, labels = bright_digits
    for measure in (metrics.accuracy, metrics.negative_log_likelihood):
        for wrong in (labels[:, None], labels[:1], labels[:0]):
            with pytest.raises(ValueError, match=r"labels must have shape \[30\]"):
                measure(Brightness(), images, wrong)
        for wrong in (labels.float(), labels > 3, labels.tolist(), labels.numpy()):
            with pytest.raises(TypeError, match="labels must be an integer tensor"):
                measure(Brightness(), images, wrong)
        with pytest.raises(ValueError, match="labels must lie in 0 to 9, not in 0 to 10"):
            measure(Brightness(), images, torch.where(labels == 9, 10, labels))
    assert metrics.accuracy(Brightness(), images, labels.to(torch.uint8)) == 1
    with pytest.raises(ValueError, match="labels must have shape"):
        metrics.per_class(images, images, labels[:5], Brightness())


@pytest.mark.parametrize("wrong", [[], [10], [-1], [[1]]])
def test_the_entropy_of_no_labels_is_refused(wrong):
    with pytest.raises(ValueError, match="labels must"):
        metrics.label_entropy(torch.tensor(wrong, dtype=torch.int64))


def test_features_without_a_distance_are_refused():
    good = torch.rand(5, 3)
    for wrong in (good[:1], good[:, :1], good[0], torch.rand(5, 4)):
        with pytest.raises(ValueError, match=r"features must be \[N, F\] and \[M, F\]"):
            metrics.frechet_distance(good, wrong)
    with pytest.raises(ValueError, match="features must be finite"):
        metrics.frechet_distance(good * np.nan, good)


def gaussian(count: int, mean: torch.Tensor, deviations: torch.Tensor, seed: int) -> torch.Tensor:
    """Points [count, F] whose sample mean and covariance are exactly those asked for (independent axes)."""
    points = torch.randn(count, len(mean), generator=torch.Generator().manual_seed(seed)).double()
    points -= points.mean(0)
    whiten = torch.linalg.inv(torch.linalg.cholesky(torch.cov(points.T)))
    return points @ whiten.T * deviations + mean


def test_frechet_distance_of_gaussians_in_closed_form():
    a = gaussian(50, torch.tensor([0.0, 0.0, 0.0]), torch.tensor([1.0, 2.0, 3.0]), seed=0)
    b = gaussian(80, torch.tensor([1.0, -2.0, 0.0]), torch.tensor([2.0, 2.0, 0.5]), seed=1)
    # independent axes: squared distance of the means plus that of the deviations
    assert metrics.frechet_distance(a, b) == pytest.approx(1 + 4 + 1 + 0 + 6.25)


def test_frechet_distance_of_rotated_gaussians():
    turn = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(2)).double()).Q
    a = gaussian(50, torch.zeros(3), torch.tensor([1.0, 2.0, 3.0]), seed=0)
    b = gaussian(80, torch.ones(3), torch.tensor([2.0, 2.0, 0.5]), seed=1)
    assert metrics.frechet_distance(a @ turn, b @ turn) == pytest.approx(metrics.frechet_distance(a, b))
    # covariances that do not commute: compare with the trace of the root of A B by its eigenvalues
    b = b @ turn
    product = torch.linalg.eigvals(torch.cov(a.T) @ torch.cov(b.T)).real
    expected = (a.mean(0) - b.mean(0)).square().sum() + torch.cov(a.T).trace() + torch.cov(b.T).trace()
    assert metrics.frechet_distance(a, b) == pytest.approx(float(expected - 2 * product.sqrt().sum()))


def test_frechet_distance_to_itself_vanishes_even_where_features_are_constant():
    a = torch.rand(40, 5, generator=torch.Generator().manual_seed(0))
    a[:, 2] = 0
    assert metrics.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_distances_to_neighbours_by_hand(monkeypatch):
    a, b = torch.tensor([[0.0, 0.0], [3.0, 4.0]]), torch.tensor([[0.0, 1.0], [3.0, 4.0], [9.0, 12.0]])
    assert metrics.nearest_distances(a, b).tolist() == [1, 0]
    assert metrics.nearest_distances(a, b, k=3).tolist() == [15, 10]
    monkeypatch.setattr(samples, "ROWS", 1)
    assert metrics.nearest_distances(a, b, k=3).tolist() == [15, 10]


def test_precision_and_recall_of_samples_that_are_the_data_are_one():
    cloud = torch.randn(200, 5)
    assert metrics.precision_recall(cloud, cloud.flip(0)) == (1, 1)


def test_samples_of_one_mode_have_precision_and_no_recall_of_the_other():
    modes = (
        torch.randn(400, 2)
        + 100 * torch.tensor([[1.0, 0.0]]).repeat(400, 1) * (torch.arange(400) % 2)[:, None]
    )
    precision, recall = metrics.precision_recall(modes, torch.randn(200, 2))
    assert precision > 0.9 and 0.3 < recall <= 0.5
    precision, recall = metrics.precision_recall(
        modes, torch.cat([torch.randn(100, 2), torch.randn(100, 2) + 50])
    )
    assert 0.3 < precision < 0.7 and recall <= 0.5


@pytest.mark.parametrize("k", [0, 5])
def test_neighbours_that_are_not_there_are_refused(k):
    with pytest.raises(ValueError, match="k must be"):
        metrics.precision_recall(torch.randn(5, 2), torch.randn(9, 2), k)
    with pytest.raises(ValueError, match=r"features must be \[N, F\]"):
        metrics.nearest_distances(torch.randn(5, 2), torch.randn(9, 3))


def test_label_entropy_by_hand():
    assert metrics.label_entropy(torch.zeros(50, dtype=torch.int64)) == 0
    assert metrics.label_entropy(torch.arange(10).repeat(4)) == pytest.approx(math.log(10))
    assert metrics.label_entropy(torch.tensor([3, 3, 8, 8])) == pytest.approx(math.log(2))


# the classifier


def test_the_classifier_reads_the_test_digits():
    if data_source(fallback="subset").is_subset:
        pytest.skip("needs the full MNIST")
    assert metrics.accuracy(load_classifier(), *load_mnist("test")) >= 0.992


def test_the_classifier_is_shared_frozen_and_differentiable():
    classifier = load_classifier()
    assert isinstance(classifier, DigitClassifier) and not classifier.training
    assert load_classifier() is classifier
    images = torch.full((2, 1, 28, 28), 0.5, requires_grad=True)
    classifier(images).sum().backward()
    assert images.grad.abs().sum() > 0 and not any(p.requires_grad for p in classifier.parameters())
    assert classifier.features(images).shape == (2, 128)
