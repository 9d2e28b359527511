"""Tests of vecnb.metrics: hand values, closed forms, and the floors of full MNIST."""

import math
import os

import pytest
import torch

from vecnb import metrics
from vecnb.data import load_mnist
from vecnb.models import DigitClassifier

needs_full_mnist = pytest.mark.skipif(
    not os.environ.get("VECNB_DATA"), reason="VECNB_DATA does not name a folder with the full MNIST"
)


def image(*pixels: float) -> torch.Tensor:
    """One image of a single row."""
    return torch.tensor(pixels).reshape(1, 1, 1, -1)


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


def test_shapes_that_differ_are_refused():
    with pytest.raises(ValueError, match=r"x_recon is \[1, 1, 1, 2\] and x is \[1, 1, 1, 1\]"):
        metrics.mse(image(0, 0), image(0))


def test_values_outside_the_unit_interval_are_refused():
    with pytest.raises(ValueError, match="leaves"):
        metrics.binary_cross_entropy(image(1.01), image(0))


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


def test_surprise_by_hand(bright_digits):
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
    monkeypatch.setattr(metrics, "BATCH", 7)
    assert torch.equal(metrics.predict(Brightness(), images), whole)
    assert metrics.features(Brightness(), images).shape == (30, 784)


def test_per_digit_by_hand(bright_digits):
    x, labels = bright_digits
    x_recon = x.clone()
    x_recon[4] = x[7]  # one of the three fours becomes a seven: two pixels of 784 differ by 1
    table = metrics.per_class(x_recon, x, labels, Brightness())
    assert list(table.index) == [*"0123456789", "all"]
    assert table.loc["4", "accuracy"] == pytest.approx(2 / 3) and table.loc["4", "read as"] == "7"
    assert table.loc["4", "mse"] == pytest.approx(2 / 784 / 3)
    assert table.loc["7", "accuracy"] == 1 and table.loc["7", "read as"] == "–"
    assert table.loc["all", "images"] == 30 and table.loc["all", "accuracy"] == pytest.approx(29 / 30)


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


def test_label_entropy_by_hand():
    assert metrics.label_entropy(torch.zeros(50, dtype=torch.int64)) == 0
    assert metrics.label_entropy(torch.arange(10).repeat(4)) == pytest.approx(math.log(10))
    assert metrics.label_entropy(torch.tensor([3, 3, 8, 8])) == pytest.approx(math.log(2))


# the floors


def test_floors_by_hand():
    x_train = torch.cat([torch.full((1, 1, 1, 2), value) for value in (0.0, 0.2, 0.8, 1.0)])
    labels_train = torch.tensor([0, 0, 1, 1])
    x = x_train[:2]
    assert baselines.zero_image(x).eq(0).all()
    assert torch.allclose(baselines.mean_image(x_train, x), torch.full_like(x, 0.5))
    means = baselines.class_mean(x_train, labels_train, torch.tensor([1, 0]))
    assert torch.allclose(means[:, 0, 0, 0], torch.tensor([0.9, 0.1]))
    assert baselines.nearest_bilevel(image(0.49, 0.5, 1)).flatten().tolist() == [0, 1, 1]


def test_pca_agrees_with_the_singular_values():
    x = torch.rand(200, 1, 4, 4, generator=torch.Generator().manual_seed(0)) / 2 + 0.25
    pca = baselines.fit_pca(x)
    singular = torch.linalg.svdvals((x.flatten(1) - x.flatten(1).mean(0)).double())
    assert torch.allclose(pca.variances, singular.square() / 199)
    for k in (0, 3, 16):
        lost = float(singular[k:].square().sum()) / 200 / 16
        assert metrics.mse(pca.reconstruct(x, k), x) == pytest.approx(lost, rel=0.05, abs=1e-12)


def test_pca_stays_within_the_unit_interval():
    x = (torch.rand(50, 1, 4, 4, generator=torch.Generator().manual_seed(0)) > 0.5).float()
    x_recon = baselines.fit_pca(x).reconstruct(x, 8)
    assert x_recon.min() == 0 and x_recon.max() == 1 and x_recon.shape == x.shape


@needs_full_mnist
def test_floors_of_full_mnist():
    x_train, labels_train = load_mnist("train")
    x, labels = load_mnist("test")
    assert metrics.entropy_floor(x) == pytest.approx(45.53, abs=0.005)
    assert metrics.mse(baselines.zero_image(x), x) == pytest.approx(0.114, abs=5e-4)
    assert metrics.mse(baselines.mean_image(x_train, x), x) == pytest.approx(0.0675, abs=5e-5)
    assert metrics.mse(baselines.class_mean(x_train, labels_train, labels), x) == pytest.approx(
        0.0529, abs=5e-5
    )
    assert metrics.mse(baselines.nearest_bilevel(x), x) == pytest.approx(0.00853, abs=5e-6)
    pca = baselines.fit_pca(x_train)
    for k, error, nats in ((16, 0.0254, 113.7), (20, 0.0220, 106.2), (24, 0.0192, 100.0), (32, 0.0152, 90.8)):
        x_recon = pca.reconstruct(x, k)
        assert metrics.mse(x_recon, x) == pytest.approx(error, abs=5e-5)
        assert metrics.binary_cross_entropy(x_recon, x, clamp=1e-3) == pytest.approx(nats, abs=0.05)


# the committed classifier


@needs_full_mnist
def test_committed_classifier_reads_the_test_digits():
    classifier = load_classifier()
    assert metrics.accuracy(classifier, *load_mnist("test")) >= 0.992


def test_committed_classifier_is_shared_frozen_and_differentiable():
    classifier = load_classifier()
    assert isinstance(classifier, DigitClassifier) and not classifier.training
    assert load_classifier() is classifier
    images = torch.full((2, 1, 28, 28), 0.5, requires_grad=True)
    classifier(images).sum().backward()
    assert images.grad.abs().sum() > 0 and not any(p.requires_grad for p in classifier.parameters())
    assert classifier.features(images).shape == (2, 128)


def test_missing_classifier_names_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(metrics, "RESULTS", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"python -m vecnb\.training\.classifier"):
        load_classifier.__wrapped__()
