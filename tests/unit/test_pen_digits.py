"""benches/pen_digits: recordings are placed as MNIST's digits are, and compared both ways."""

import numpy as np
import pytest
import torch

import vecnb
from benches.pen_digits import EXTENT, LEAST_WIDTH, SIDE, compare, draw, of_lines, placed, recordings, table

SEVEN = [np.array([[100.0, 20.0], [180.0, 20.0], [130.0, 200.0]]), np.array([[110.0, 100.0], [170.0, 100.0]])]


def test_a_recording_is_drawn_as_mnist_places_its_digits():
    ink = draw(placed(SEVEN))[0]
    rows, columns = (torch.nonzero(ink.amax(axis) > 0.05) for axis in (1, 0))
    sides = [int(places.max() - places.min() + 1) for places in (rows, columns)]
    assert max(sides) == pytest.approx(EXTENT, abs=1.1)  # its middle is not on the grid
    places = torch.arange(SIDE) + 0.5
    assert (ink.sum(0) * places).sum() / ink.sum() == pytest.approx(SIDE / 2, abs=0.05)
    assert (ink.sum(1) * places).sum() / ink.sum() == pytest.approx(SIDE / 2, abs=0.05)


def test_a_dot_is_a_dot():
    ink = draw(placed([np.array([[5.0, 5.0]])]))
    assert 3 < ink.sum() < 6  # π · 1.2²


def test_recordings_come_upright_and_as_many_of_each_class(tmp_path):
    """Tablets count y upwards; here the first stroke, drawn above, comes out above."""
    xy, digit, stroke, label = [], [], [], []
    for number in range(20):
        label.append(number % 10)
        for pen, y in enumerate((90.0, 10.0)):
            xy += [[0.0, y], [50.0, y]]
            digit += [number] * 2
            stroke += [pen] * 2
    file = tmp_path / "digits.npz"
    np.savez(file, label=np.int8(label), xy=np.float32(xy), digit=np.int32(digit), stroke=np.int16(stroke))
    found = recordings(file, each=2)
    assert [label for label, _ in found] == [value for value in range(10) for _ in range(2)]
    for _, (first, second) in found:
        assert (first[:, 1] < second[:, 1]).all()


def test_lines_that_cannot_be_seen_do_not_count():
    lines = torch.tensor([[[0.0, 0.0, 1.0, 0.5], [0.1, 0.1, 0.9, 0.9]]])
    width = torch.tensor([[2.0, LEAST_WIDTH / 2]]) / SIDE
    ((line,),) = of_lines(vecnb.Strokes(lines, width))
    assert line.tolist() == [[0, 0], [SIDE, SIDE / 2]]


def test_half_of_a_line_covers_half_of_it():
    whole, half = np.array([[4.0, 14], [24, 14]]), np.array([[4.0, 14], [14, 14]])
    chamfer, hausdorff, precise, complete, strokes = compare([half, half], [whole])
    assert hausdorff == pytest.approx(10, abs=0.1) and chamfer == pytest.approx(10 / 2 / 2 / 2, abs=0.1)
    assert precise == 1 and complete == pytest.approx(0.56, abs=0.01) and strokes == 2


def test_the_table_has_a_row_for_each_tracer_and_digit():
    truth = [(digit, [np.array([[4.0, 14], [24.0, 14]])]) for digit in range(10)]
    rows = table({"same": [strokes for _, strokes in truth]}, truth)
    assert [row[:3] for row in rows] == [["same", "all", 10], *(["same", digit, 1] for digit in range(10))]
    assert all(row[3] == 0 and row[-1] == 1 for row in rows)
