"""Training, replayed: a run's snapshots are read, packed small, and played in a browser."""

import json

import numpy as np
import pytest
import torch
from conftest import ROOT
from gestures import DEVICES, opened, press, replacing, set_trait
from pages import screenshot

from vecnb.data import data_source
from vecnb.training.common.results import Snapshots, history_text, save_snapshots
from vecnb.widgets import TrainingReplayed

COUNT, DIGITS, LINES = 12, 10, 5
RESULTS = ROOT / "book" / "results"


def moving_drawings(drawings=DIGITS):
    """Snapshots [COUNT, drawings, LINES, 5] of lines that move from one random place to another."""
    generator = torch.Generator().manual_seed(0)
    begin, end = torch.rand(2, drawings, LINES, 5, generator=generator) * torch.tensor([1, 1, 1, 1, 0.1])
    share = torch.linspace(0, 1, COUNT).view(-1, 1, 1, 1)
    return np.round(torch.lerp(begin, end, share).double().numpy(), 3)


HISTORY = [{"step": 100 * k, "loss": 0.1 / k} for k in range(1, 13)]


def write_run(folder, model="LineAutoencoder", history=HISTORY, data=None):
    """A folder as a trainer leaves it."""
    folder.mkdir(exist_ok=True)
    config = {"format": 1, "model": model, "seed": 0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "history.csv").write_text(history_text({0: history}), encoding="utf-8")
    drawings = moving_drawings(6 if model == "ImplicitLines" else DIGITS)
    snapshots = Snapshots(100 * torch.arange(1, COUNT + 1), torch.from_numpy(drawings))
    save_snapshots(
        folder / "snapshots.safetensors", snapshots, {"data": data or data_source(fallback="subset").digest}
    )
    return folder


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "short")


# Python


def test_a_run_is_replayed_by_snapshot(run):
    replay = TrainingReplayed(run)
    replay.snapshot = 3
    drawings = moving_drawings()
    assert (replay.run, replay.step, replay.names[9]) == ("short", 400, "digit 9")
    np.testing.assert_allclose(replay.lines, drawings[3, ..., :4], atol=1e-12)
    np.testing.assert_allclose(replay.width, drawings[3, ..., 4], atol=1e-12)
    replay.set_state({"snapshot": 5})  # as the page sends it
    np.testing.assert_allclose(replay.lines, drawings[5, ..., :4], atol=1e-12)
    assert replay.still().lines.shape == (1, DIGITS * LINES, 4)
    with pytest.raises(ValueError, match="snapshot must be 0 to 11, not 12"):
        replay.snapshot = 12


def test_samples_copy_no_digits(run, tmp_path):
    assert len(TrainingReplayed(run).digits) > 0
    samples = TrainingReplayed(write_run(tmp_path / "four", model="ImplicitLines"))
    assert (samples.names[0], len(samples.names), samples.digits) == ("sample 1", 6, b"")
    other = TrainingReplayed(write_run(tmp_path / "other", data="another data's digest"))
    assert other.digits == b""  # the reference digits may not be the run's


def test_curves_are_thinned_named_and_scaled(tmp_path):
    history = [{"step": k, "algorithm_1": 1.0 + k % 2} for k in range(1, 502)]
    history += [{"step": 502, "algorithm_1": 1.0, "reconstruction": 900.0}]
    history += [{"step": 503, "algorithm_1": 1.0, "reconstruction": 80.0}]
    first, second = TrainingReplayed(write_run(tmp_path / "long", history=history)).curves
    assert first["name"] == "loss of Algorithm 1" and not first["log"]
    assert len(first["steps"]) == 168 and first["steps"][-1] == 503
    assert second == {
        "name": "reconstruction, nats",
        "steps": [502, 503],
        "values": [900.0, 80.0],
        "log": True,
    }


NAN, INFINITE = float("nan"), float("inf")
LOSSES = [3.0, NAN, 1.0, INFINITE, 2.0]
DIVERGED = [{"step": 100 * k, "loss": loss, "divergence": NAN} for k, loss in enumerate(LOSSES)]


def test_a_run_that_diverged_leaves_gaps(tmp_path):
    loss, divergence = TrainingReplayed(write_run(tmp_path / "diverged", history=DIVERGED)).curves
    assert (loss["values"], loss["log"]) == ([3, None, 1, None, 2], False)
    assert (divergence["values"], divergence["log"]) == ([None] * 5, False)


def test_a_run_without_snapshots_is_refused(run, tmp_path):
    (run / "snapshots.safetensors").unlink()
    with pytest.raises(ValueError, match="short recorded no snapshots"):
        TrainingReplayed(run)
    with pytest.raises(FileNotFoundError, match=r"there is no run in .*no_such"):
        TrainingReplayed(tmp_path / "no_such")


@pytest.mark.parametrize("name", ["autoencoder/proposed", "vae/proposed", "lfvi/split"])
def test_the_books_runs_can_be_replayed(name):
    replay = TrainingReplayed(RESULTS / name)
    assert len(replay.snapshots) < 100_000 and len(json.dumps(replay.curves)) < 50_000
    assert replay.run == name
    assert not any("_" in curve["name"] for curve in replay.curves)


# In the browser

DRAWINGS = """(svgs) => svgs.map((svg) => [...svg.querySelectorAll("line")].map((line) =>
  ["x1", "y1", "x2", "y2", "stroke-width"].map((name) => Number(line.getAttribute(name)))))"""


def drawn(page):
    page.wait_for_timeout(100)
    return np.array(page.locator(".vecnb-snapshots .vecnb-drawing").evaluate_all(DRAWINGS))


@pytest.mark.parametrize("device", DEVICES)
def test_the_slider_shows_every_snapshot_and_a_click_into_a_curve_too(run, browser, tmp_path, device):
    with opened(browser, tmp_path, TrainingReplayed(run), device) as page:
        drawings, scrubber = moving_drawings(), page.get_by_role("slider", name="step")
        np.testing.assert_array_equal(drawn(page), drawings[0])
        scrubber.focus()
        for _ in range(4):
            page.keyboard.press("ArrowRight")
        np.testing.assert_array_equal(drawn(page), drawings[4])
        assert scrubber.get_attribute("aria-valuetext") == "500"
        assert page.locator(".vecnb-chart output").text_content() == "0.0200"  # .1 / 5
        box = scrubber.bounding_box()
        press(page, scrubber, position={"x": box["width"] - 4, "y": box["height"] / 2})
        np.testing.assert_array_equal(drawn(page), drawings[-1])
        assert page.get_by_role("img", name="digit 9", exact=True).is_visible()
        screenshot(page, "training_replayed")

        curve = page.locator(".vecnb-losses svg")
        curve.scroll_into_view_if_needed()
        box = curve.bounding_box()
        press(page, curve, position={"x": box["width"] / 2, "y": box["height"] / 2})
        assert scrubber.input_value() == "5"  # step 600 of 1,200
        np.testing.assert_array_equal(drawn(page), drawings[5])


def test_it_plays_to_the_end_and_from_the_start_again(run, browser, tmp_path):
    with opened(browser, tmp_path, TrainingReplayed(run)) as page:
        scrubber = page.get_by_role("slider", name="step")
        page.get_by_role("button", name="Play").click()
        page.get_by_role("button", name="Play").wait_for()  # it says Pause until it is over
        assert scrubber.input_value() == "11"
        np.testing.assert_array_equal(drawn(page), moving_drawings()[-1])
        page.get_by_role("button", name="Play").focus()
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('input[type=range]').value < 11")


def test_every_control_is_reached_by_keyboard_and_seen_to_be(run, browser, tmp_path):
    focused = (
        """() => [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"""
    )
    with opened(browser, tmp_path, TrainingReplayed(run)) as page:
        stops = []
        for _ in range(2):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(focused))
        assert stops == [["BUTTON", "solid"], ["INPUT", "solid"]]


def test_gaps_are_seen_as_gaps(browser, tmp_path):
    replay = TrainingReplayed(write_run(tmp_path / "diverged", history=DIVERGED))
    with opened(browser, tmp_path, replay) as page:
        curves = page.locator(".vecnb-losses .vecnb-curve")
        loss, divergence = (curve.get_attribute("d") for curve in curves.all())
        assert (loss.count("M"), loss.count("L"), divergence) == (3, 0, "")
        assert "NaN" not in page.locator(".vecnb-losses").inner_html()
        assert page.locator(".vecnb-chart output").all_text_contents() == ["–", "–"]  # at step 100


def test_a_snapshot_beyond_the_last_is_reported(run, browser, tmp_path):
    with opened(browser, tmp_path, TrainingReplayed(run)) as page:
        set_trait(page, "snapshot", 12)
        alert = page.get_by_role("alert").text_content()
        assert alert == "Training, replayed: snapshot = 12 is not from 0 to 11"


def test_damaged_snapshots_are_reported(run, browser, tmp_path):
    replay = TrainingReplayed(run)
    replay.set_trait("snapshots", b"not compressed")
    with opened(browser, tmp_path, replay) as page:
        assert "Training, replayed: " in page.get_by_role("alert").text_content()


def test_missing_snapshots_are_reported(run, browser, tmp_path):
    edit = replacing(f'"shape": [{COUNT}', f'"shape": [{COUNT + 1}')
    with opened(browser, tmp_path, TrainingReplayed(run), edit=edit) as page:
        alert = page.get_by_role("alert").text_content()
        assert alert == "Training, replayed: the snapshots have 3000 numbers, not 13 × 10 × 25"
