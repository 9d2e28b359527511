"""Chapter 4's toy in the plane: its curves and its ratio by hand, the failure and the cure it shows."""

import math

import pytest
import torch

from vecnb.training.toy import Polygon, ToyConfig, circle, curve_distance, train, true_log_ratio


def square() -> Polygon:
    polygon = Polygon(4)
    corners = torch.tensor([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])
    polygon.corners.data.copy_(corners)
    return polygon


def test_the_curves_by_hand():
    outline = square()(torch.tensor([0.0, 0.125, 0.25, 0.875]))
    assert torch.allclose(outline, torch.tensor([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0], [1.0, 0.0]]))
    assert torch.allclose(
        circle(torch.tensor([0.0, 0.25])), torch.tensor([[1.0, 0.0], [0.0, 1.0]]), atol=1e-6
    )


def test_a_polygon_of_many_corners_on_the_circle_is_the_circle_and_a_point_of_it_is_not():
    many = Polygon(200)
    many.corners.data.copy_(circle(torch.arange(200) / 200))
    assert curve_distance(many) < 0.01
    many.corners.data.copy_(circle(torch.zeros(200)))
    # Half of: nothing one way, the mean chord from a point of the circle, 4/π, the other.
    assert curve_distance(many) == pytest.approx(2 / math.pi, rel=0.01)


def test_the_true_ratio_is_positive_on_the_model_and_grows_as_the_noise_falls():
    polygon, u = Polygon(6), torch.rand(50, generator=torch.Generator().manual_seed(0))
    sizes = [true_log_ratio(polygon(u).detach(), polygon, noise).mean().item() for noise in (0.4, 0.2, 0.1)]
    assert 0 < sizes[0] < sizes[1] < sizes[2]
    # The distance to the circle rules: four times the log-ratio for half the noise, in the limit.
    assert sizes[2] / sizes[1] == pytest.approx(4, rel=0.25)
    assert true_log_ratio(circle(u), polygon, 0.2).mean() < 0


def test_without_overlap_the_gradient_dies_and_with_noise_or_r1_it_lives():
    def last_gradient(**change):
        return train(ToyConfig(learning_rate=0.0, steps=60, **change), every=60).gradient[-1]

    assert last_gradient() < 1e-3
    assert last_gradient(noise=0.3) > 0.03
    assert last_gradient(r1=0.5) > 0.03


def test_the_same_seed_gives_the_same_corners():
    first, second, other = (train(ToyConfig(steps=3, seed=seed)).polygon.corners for seed in (0, 0, 1))
    assert torch.equal(first, second) and not torch.equal(first, other)
