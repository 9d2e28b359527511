"""Baselines: constant images, class means, principal components; and the tracer of skeletons."""

import networkx
import numpy as np
import pytest
import torch

from vecnb import baselines, metrics, render_hard, render_soft
from vecnb.baselines import branches, pixel_graph, trace
from vecnb.data import data_source, load_mnist
from vecnb.strokes import Strokes


@pytest.fixture
def few_digits():
    return load_mnist("test", fallback="subset")[0][:100]


# Constant images, class means, principal components


def test_constant_images_and_class_means_by_hand():
    x_train = torch.cat([torch.full((1, 1, 1, 2), value) for value in (0.0, 0.2, 0.8, 1.0)])
    labels_train = torch.tensor([0, 0, 1, 1])
    x = x_train[:2]
    assert baselines.zero_image(x).eq(0).all()
    assert torch.allclose(baselines.mean_image(x_train, x), torch.full_like(x, 0.5))
    means = baselines.class_mean(x_train, labels_train, torch.tensor([1, 0]))
    assert torch.allclose(means[:, 0, 0, 0], torch.tensor([0.9, 0.1]))
    assert baselines.nearest_bilevel(torch.tensor([0.49, 0.5, 1.0])).flatten().tolist() == [0, 1, 1]


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
    for k, error in ((-1, ValueError), (17, ValueError), (2.5, TypeError)):
        with pytest.raises(error, match="k must be"):
            baselines.fit_pca(x).reconstruct(x, k)


def test_a_digit_without_a_training_image_is_named():
    labels = torch.arange(9)
    with pytest.raises(ValueError, match=r"no training image of \[9\]"):
        baselines.class_mean(torch.rand(9, 1, 2, 2), labels, torch.tensor([3, 9]))


def test_baselines_of_full_mnist():
    if data_source(fallback="subset").is_subset:
        pytest.skip("needs the full MNIST")
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


# The tracer


def drawn(*lines, width=3 / 28):
    """An image of some lines, given in pixels."""
    lines = torch.tensor([lines], dtype=torch.float32) / 28
    return render_hard(Strokes(lines, torch.full(lines.shape[:2], width)))


def test_a_straight_stroke_gives_its_middle_and_its_width():
    strokes = trace(drawn((6.5, 14.5, 21.5, 14.5)))
    assert strokes.lines.shape == (1, 1, 4)
    x1, y1, x2, y2 = (28 * strokes.lines[0, 0]).tolist()
    assert (y1, y2) == pytest.approx((14.5, 14.5), abs=0.5)  # thinning bends a tip
    assert sorted((x1, x2)) == pytest.approx([6.5, 21.5], abs=1.5)  # thinning eats a little of the ends
    assert 28 * strokes.width[0, 0].item() == pytest.approx(3, abs=0.5)


def test_a_corner_gives_two_lines_that_meet():
    strokes = trace(drawn((6.5, 6.5, 6.5, 21.5), (6.5, 21.5, 21.5, 21.5)))
    first, second = strokes.lines[0].view(2, 2, 2)
    assert min(torch.dist(a, b) for a in first for b in second) == 0


def test_a_ring_is_walked_once_and_closes():
    ring = np.zeros((9, 9), dtype=bool)
    ring[2, 3:6] = ring[6, 3:6] = ring[3:6, 2] = ring[3:6, 6] = True
    (path,) = branches(pixel_graph(ring))
    assert path[0] == path[-1]
    assert len(path) - 1 == len(set(path)) == ring.sum()


def test_each_edge_of_a_crossing_belongs_to_one_branch():
    cross = np.zeros((31, 31), dtype=bool)
    cross[15, :] = cross[:, 15] = True
    graph = pixel_graph(cross)
    paths = list(branches(graph))
    assert len(paths) == 4
    assert sum(len(path) - 1 for path in paths) == graph.number_of_edges()


def test_a_spur_goes_and_a_short_stroke_stays():
    spurred = np.zeros((31, 31), dtype=bool)
    spurred[15, :] = True
    line = set(pixel_graph(spurred))
    spurred[12:15, 14] = True  # (14, 14) touches (15, 14), whose neighbours lie on the line
    assert set(pixel_graph(spurred)) == line
    alone = np.zeros((11, 11), dtype=bool)
    alone[5, 4:6] = True
    assert set(pixel_graph(alone)) == {(5, 4), (5, 5)}


def test_a_dot_is_a_line_of_no_length_and_a_blank_image_has_none():
    dot, blank = torch.zeros(1, 1, 28, 28), torch.zeros(1, 1, 28, 28)
    dot[0, 0, 10, 12] = 1
    strokes = trace(torch.cat([dot, blank]))
    assert (28 * strokes.lines[0, 0]).tolist() == pytest.approx([12.5, 10.5, 12.5, 10.5])
    assert (strokes.width[:, 0] * 28).tolist() == pytest.approx([1.0, 0.0], abs=0.25)
    assert trace(blank).lines.shape == (1, 0, 4)
    assert len(trace(blank[:0])) == 0


def test_less_tolerance_takes_more_lines_and_is_nearer(few_digits):
    fine, coarse = trace(few_digits, 0.5), trace(few_digits, 2.0)
    assert (fine.width > 0).sum() > 1.5 * (coarse.width > 0).sum()
    errors = [metrics.mse(render_hard(strokes), few_digits) for strokes in (fine, coarse)]
    assert errors[0] < 0.02 < errors[1]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_float_is_traced(few_digits, dtype):
    x = few_digits[:5].round()
    strokes = trace(x.to(dtype).requires_grad_())
    assert strokes.lines.dtype == strokes.width.dtype == dtype and not strokes.lines.requires_grad
    assert torch.allclose(strokes.lines.double(), trace(x).lines.double(), atol=1e-2)
    assert torch.equal(trace(x[:, 0].numpy()).lines, trace(x).lines)


def test_a_digit_is_the_same_picture_alone_and_in_a_batch(few_digits):
    """A batch is filled up with lines of width 0: a grey dot used to stand in the corner."""
    alone, batch = trace(few_digits[1:2]), trace(few_digits[:8])
    assert (batch.width[1] == 0).any()
    for render in (render_hard, render_soft):
        assert torch.equal(render(alone), render(batch[1]))
    assert alone.to_svg() == batch.to_svg(1)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="tolerance must be >= 0 pixels, not -1"):
        trace(torch.zeros(1, 1, 28, 28), -1)
    with pytest.raises(ValueError):
        trace(torch.full((1, 1, 28, 28), 2.0))
    with pytest.raises(TypeError):
        trace(torch.zeros(1, 1, 28, 28, dtype=torch.int64))


def test_a_graph_without_pixels_has_no_branches():
    assert list(branches(networkx.Graph())) == []
