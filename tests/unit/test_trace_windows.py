"""Strokes proposed window by window: clipping, joining, and a picture of which every window is known."""

import numpy as np
import pytest
import torch

from vecnb.images import PIXEL
from vecnb.models import LineCode, WindowProposer
from vecnb.trace.windows import Piece, clip, join, pen_width, propose_by_windows, unfold


def line(*numbers):
    return np.array(numbers, float).reshape(-1, 2)


def test_a_polyline_that_leaves_a_square_and_returns_is_two_parts():
    parts = clip(line(1, 1, 1, 5, 3, 5, 3, 2), 4)
    assert [part.tolist() for part in parts] == [[[1, 1], [1, 4]], [[3, 4], [3, 2]]]


@pytest.mark.parametrize("outside", [line(-2, 1, -1, 3), line(1, 5, 6, 5), line(3, -2, 6, 1)])
def test_what_passes_by_a_square_has_no_part_in_it(outside):
    assert clip(outside, 4) == []


def test_a_corner_inside_is_kept_and_a_line_along_the_edge_too():
    assert clip(line(1, 1, 2, 3, 3, 1), 4)[0].tolist() == [[1, 1], [2, 3], [3, 1]]
    assert clip(line(-1, 4, 9, 4), 4)[0].tolist() == [[0, 4], [4, 4]]


def ends(strokes):
    return [points[[0, -1]].tolist() for points, _, _ in strokes]


def test_four_pieces_that_meet_crosswise_are_two_strokes():
    arms = [Piece(line(*end, 8, 8), 2.0) for end in [(0, 8), (16, 8), (8, 0), (8, 16)]]
    assert ends(join(arms)) == [[[0, 8], [16, 8]], [[8, 0], [8, 16]]]


def test_a_stroke_that_ends_in_the_middle_of_another_stays_apart():
    bar, stem = Piece(line(0, 8, 16, 8), 2.0), Piece(line(8, 8, 8, 16), 2.0)
    assert ends(join([stem, bar])) == [[[0, 8], [16, 8]], [[8, 8], [8, 16]]]


def test_two_ends_alone_are_a_corner_and_of_three_the_straightest_two_are_joined():
    arms = [Piece(line(8, 8, *end), 2.0) for end in ((16, 8), (8, 16), (1, 5))]
    ((corner, _, closed),) = join(arms[:2])
    assert corner[[0, -1]].tolist() == [[16, 8], [8, 16]] and not closed
    assert [8, 8] in corner.tolist()
    assert ends(join(arms)) == [[[16, 8], [1, 5]], [[8, 8], [8, 16]]]


@pytest.mark.parametrize("gap, strokes", [(0, 1), (-3, 1), (3, 1), (5, 2)])
def test_ends_in_line_are_joined_over_a_gap_or_where_they_overlap(gap, strokes):
    found = join([Piece(line(0, 3, 9, 3), 2.0), Piece(line(9 + gap, 3, 16, 3), 2.0)])
    assert len(found) == strokes
    if strokes == 1:
        (points, width, _) = found[0]
        assert sorted(points[[0, -1]].tolist()) == [[0, 3], [16, 3]] and width == pytest.approx(2)
        assert abs(np.sign(np.diff(points[:, 0])).sum()) == len(points) - 1  # it does not turn back


def test_two_strokes_beside_each_other_stay_two():
    sides = [Piece(line(0, y, 9, y), 2.0) for y in (3, 5)]
    assert len(join(sides)) == 2


def test_what_two_pieces_say_is_said_once():
    pieces = [Piece(line(2, 3.2, 7, 3.2), 2.0), Piece(line(0, 3, 9, 3), 2.0)]
    assert ends(join(pieces)) == [[[0, 3], [9, 3]]]
    crossing = Piece(line(4, 0, 4, 6), 2.0)
    assert len(join([*pieces, crossing])) == 2


def test_a_curve_that_turns_back_is_two_and_an_arc_is_one():
    t = np.linspace(0, 1, 25)[:, None]

    def curve(*numbers):
        start, middle, end = line(*numbers)
        return (1 - t) ** 2 * start + 2 * t * (1 - t) * middle + t**2 * end

    there, back = unfold(curve(0, 0, 20, 0.5, 0, 1), 2.5)
    assert there[-1].tolist() == back[0].tolist() == pytest.approx([10, 0.5])
    assert len(unfold(curve(0, 0, 10, 20, 20, 0), 2.5)) == 1
    assert len(unfold(curve(0, 0, 5, 0, 10, 0), 2.5)) == 1


def test_pieces_all_round_are_a_ring_and_a_short_piece_is_none():
    corners = [(0, 0), (9, 0), (9, 9), (0, 9)]
    sides = [Piece(line(*corners[at], *corners[(at + 1) % 4]), 2.0) for at in range(4)]
    ((ring, width, closed),) = join(sides)
    assert closed and width == pytest.approx(2)
    assert {tuple(point) for point in ring.tolist()} >= set(corners)
    assert np.linalg.norm(ring - np.roll(ring, 1, 0), axis=1).max() == pytest.approx(0.5)
    ((_, _, closed),) = join([Piece(line(0, 0, 1, 0), 2.0)])
    assert not closed


def test_a_joined_stroke_is_as_wide_as_its_pieces_are_on_average():
    ((_, width, _),) = join([Piece(line(0, 0, 3, 0), 2.0), Piece(line(3, 0, 4, 0), 4.0)])
    assert width == pytest.approx(2.5)
    assert join([]) == []


@pytest.mark.parametrize("pen", [2.0, 5.0, 12.0])
def test_the_pen_s_width_is_read_from_ink_and_its_edges(pen):
    y, x = np.mgrid[:90, :90] + 0.5
    across = np.abs(0.6 * x + 0.8 * y - 60)
    ink = torch.from_numpy((pen / 2 - across + 0.5).clip(0, 1))
    assert pen_width(ink) == pytest.approx(pen, rel=0.12)
    assert pen_width(torch.zeros(9, 9)) == 0


class Known(WindowProposer):
    """Sees the rows that have ink in a window, and says a line from side to side in the middle of them."""

    def encode(self, images):
        rows = images.mean((1, 3))
        y = (rows * (torch.arange(28) + 0.5)).sum(1) / rows.sum(1) * PIXEL
        side = torch.stack([torch.zeros_like(y), torch.full_like(y, 0.5), torch.ones_like(y)], 1)
        curve = torch.stack([side, y[:, None].expand(-1, 3)], -1).flatten(1)[:, None]
        return LineCode(curve, torch.full((len(y), 1), 2.5 * PIXEL), torch.full((len(y),), 100.0))


def test_a_bar_across_many_tiles_is_one_stroke_in_its_place():
    ink = np.zeros((50, 150))
    ink[20:25] = 1  # a pen of 5 pixels, which the network sees 2.5 pixels wide
    ((points, width, closed),) = propose_by_windows(ink, Known(n_lines=1))
    assert not closed and width == pytest.approx(5, rel=0.1)
    assert points[:, 1] == pytest.approx(np.full(len(points), 22.5), abs=0.1)
    assert np.ptp(points[:, 0]) >= 150


def test_an_empty_picture_has_no_strokes_and_a_batch_is_refused():
    model = WindowProposer(n_lines=2)
    assert propose_by_windows(np.zeros((30, 40)), model) == []
    with pytest.raises(ValueError, match=r"ink must be \[H, W\], not \[1, 30, 40\]"):
        propose_by_windows(np.zeros((1, 30, 40)), model)
