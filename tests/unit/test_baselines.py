"""The classical tracer: strokes whose middle is known, rings, junctions, spurs, and honest errors."""

import networkx
import numpy as np
import pytest
import torch

from vecnb import metrics, render_hard
from vecnb.baselines import branches, pixel_graph, trace
from vecnb.data import load_mnist
from vecnb.strokes import Strokes


@pytest.fixture
def few_digits():
    return load_mnist("test")[0][:100]


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


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="tolerance must be >= 0 pixels, not -1"):
        trace(torch.zeros(1, 1, 28, 28), -1)
    with pytest.raises(ValueError):
        trace(torch.full((1, 1, 28, 28), 2.0))
    with pytest.raises(TypeError):
        trace(torch.zeros(1, 1, 28, 28, dtype=torch.uint8))


def test_a_graph_without_pixels_has_no_branches():
    assert list(branches(networkx.Graph())) == []
