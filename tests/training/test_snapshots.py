"""A film: pictures at growing distances, resumed as it was, small in the results."""

import torch
from torch import nn

from vecnb.strokes import Strokes
from vecnb.training.common.snapshots import PICTURES, SnapshotRecorder, digit_snapshots


class Mover(nn.Module):
    """Draws one line, a little longer with each step."""

    length = 0.0

    def __init__(self):
        super().__init__()
        self.place = nn.Parameter(torch.zeros(1))

    def strokes(self):
        lines = torch.tensor([0.0, 0.0, self.length, 0.12345]).expand(10, 1, 4)
        return Strokes(lines, torch.full((10, 1), 0.1))

    def vectorise(self, images):
        assert images.shape == (10, 1, 28, 28)
        return self.strokes()


def shoot(film, model, steps):
    for step in steps:
        model.length = step / 1000
        film(step, model)


def test_pictures_are_close_where_a_model_changes_fast_and_end_with_the_last_step():
    film = digit_snapshots(1000)
    shoot(film, Mover(), range(1, 1001))
    gaps = film.steps.diff()
    assert len(film.steps) == PICTURES and film.steps[-1] == 1000
    assert gaps[0] < 5 < gaps[-1]
    assert film.pictures.shape == (PICTURES, 10, 1, 5)


def test_a_film_goes_on_where_it_stopped():
    whole, first = (SnapshotRecorder(Mover.strokes, 100) for _ in range(2))
    shoot(whole, Mover(), range(1, 101))
    shoot(first, Mover(), range(1, 51))
    second = SnapshotRecorder(Mover.strokes, 100)
    second.load_state_dict(first.state_dict())
    shoot(second, Mover(), range(51, 101))
    assert torch.equal(whole.pictures, second.pictures) and torch.equal(whole.steps, second.steps)


def test_three_decimals_are_kept():
    film = SnapshotRecorder(Mover.strokes, 1)
    shoot(film, Mover(), [1])
    assert film.kept() == {"film": [[[[0.0, 0.0, 0.001, 0.123, 0.1]]] * 10], "film_steps": [1]}
