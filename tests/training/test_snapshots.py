"""Snapshots: at growing distances, resumed as they were, and given as results want them."""

import torch
from torch import nn

from vecnb.strokes import Strokes
from vecnb.training.common.snapshots import N_SNAPSHOTS, SnapshotRecorder, digit_snapshots, sample_snapshots


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

    def sample(self, n, seed):
        assert n == 10
        return self.strokes()


def record(recorder, steps):
    model = Mover()
    for step in steps:
        model.length = step / 1000
        recorder(step, model)
    return recorder


def test_snapshots_are_close_where_a_model_changes_fast_and_end_with_the_last_step():
    recorder = record(digit_snapshots(torch.zeros(10, 1, 28, 28), 1000), range(1, 1001))
    gaps = recorder.steps.diff()
    assert len(recorder.steps) == N_SNAPSHOTS and recorder.steps[-1] == 1000
    assert gaps[0] < 5 < gaps[-1]
    assert recorder.drawings.shape == (N_SNAPSHOTS, 10, 1, 5)


def test_samples_are_recorded_after_the_steps_without_any():
    recorder = record(sample_snapshots(100, after=50), range(1, 151))
    assert recorder.steps.min() > 50 and recorder.steps.max() == 150


def test_a_recorder_goes_on_where_it_stopped():
    whole = record(SnapshotRecorder(Mover.strokes, 100), range(1, 101))
    first = record(SnapshotRecorder(Mover.strokes, 100), range(1, 51))
    second = SnapshotRecorder(Mover.strokes, 100)
    second.load_state_dict(first.state_dict())
    record(second, range(51, 101))
    assert torch.equal(whole.drawings, second.drawings) and torch.equal(whole.steps, second.steps)


def test_results_get_steps_and_drawings():
    snapshots = record(SnapshotRecorder(Mover.strokes, 1), [1]).snapshots()
    assert snapshots.steps.tolist() == [1] and snapshots.drawings.dtype == torch.float64
    torch.testing.assert_close(
        snapshots.strokes(0).lines, torch.tensor([0, 0, 0.001, 0.12345]).expand(10, 1, 4)
    )
