"""benches/proposals.py: one drawing, by both beginnings."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import vecnb
from benches import proposals
from vecnb import trace
from vecnb.drawing import Drawing, Path
from vecnb.models import WindowProposer

ENDS = torch.tensor([[12.0, 20.0], [52.0, 44.0]])


@pytest.fixture(scope="module")
def case():
    """A line, and what the benchmark knows of it."""
    drawing = Drawing((Path(ENDS, 4.0, 1),), 64, 64)
    points = ENDS[0] + torch.linspace(0, 1, 500)[:, None] * (ENDS[1] - ENDS[0])
    ink = vecnb.render_hard(drawing, 64, 64)[0, 0].numpy()
    return SimpleNamespace(ink=ink, strokes=[points.double().numpy()], pen=4.0)


def test_both_ways_end_at_the_stroke_that_both_have_found(case):
    numbers = proposals.traced(case.ink, case, trace.propose)
    assert numbers["strokes"] == 1 and 0 < numbers["chamfer"] < numbers["hausdorff"] < 0.1
    assert numbers["ms"] > numbers["proposal_ms"] > 0
    near = np.array([[13.0, 22.0], [50.0, 42.0]])
    given = proposals.traced(case.ink, case, lambda ink: [(near, 3.0, False)])
    assert given["proposed_chamfer"] > 5 * given["chamfer"] and given["chamfer"] < 0.1


def test_the_skeleton_ends_where_vectorise_ends(case):
    (stroke,) = trace.simplify(case.ink, proposals.fitted(trace.propose(case.ink)))
    (path,) = vecnb.vectorise(case.ink).paths
    assert stroke.chain[[0, -1]] == pytest.approx(path.points[[0, -1]].numpy(), abs=1e-3)


def test_a_network_s_row_says_how_often_it_is_nearer(case):
    torch.manual_seed(0)
    skeleton, windows = proposals.compare([case], "clean", {7: WindowProposer(n_lines=2)})
    assert (skeleton["start"], windows["start"], windows["seed"]) == ("skeleton", "windows", 7)
    assert windows["nearer"] == float(windows["chamfer"] < skeleton["chamfer"])
    assert skeleton["drawings"] == windows["drawings"] == 1


def test_what_is_written_has_a_column_for_every_number(tmp_path):
    proposals.write_table([{"start": "skeleton", "ms": 1.23456}, {"nearer": 0.5}], tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_text() == "start,ms,nearer\nskeleton,1.235,\n,,0.5\n"
