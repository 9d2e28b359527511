"""Training, replayed: its film is checked, travels small and whole, and is played in a browser."""

import json

import numpy as np
import pytest
import torch
from browsing import DESKTOP, PHONE, SCREENSHOTS, Visit, served, write_page
from hands import exposed, opened, set_trait

from vecnb import runs
from vecnb.data import data_source
from vecnb.widgets import TrainingReplayed

PICTURES, DIGITS, LINES = 12, 10, 5


def a_film(drawings=DIGITS):
    """Lines that wander from a tangle to where they belong, three decimals."""
    generator = torch.Generator().manual_seed(0)
    begin, end = torch.rand(2, drawings, LINES, 5, generator=generator) * torch.tensor([1, 1, 1, 1, 0.1])
    share = torch.linspace(0, 1, PICTURES).view(-1, 1, 1, 1)
    return np.round(torch.lerp(begin, end, share).double().numpy(), 3)


def write_run(folder, model="LineAutoencoder", **metrics):
    """A folder as a trainer leaves it."""
    history = [{"step": 100.0 * k, "loss": 0.1 / k} for k in range(1, 13)]
    film = a_film(6 if model.startswith("Implicit") else DIGITS)
    numbers = {
        "data": data_source().digest,
        "history": history,
        "film": film.tolist(),
        "film_steps": [100 * (p + 1) for p in range(PICTURES)],
    }
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model": model, "seed": 0}))
    (folder / "metrics.json").write_text(json.dumps(numbers | metrics))
    return folder


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "short")


# The Python side


def test_a_run_is_replayed_by_picture(run):
    replay = TrainingReplayed(run)
    replay.picture = 3
    film = a_film()
    assert (replay.run, replay.step, replay.names[9]) == ("short", 400, "digit 9")
    np.testing.assert_array_equal(replay.lines, film[3, ..., :4])
    np.testing.assert_array_equal(replay.width, film[3, ..., 4])
    replay.set_state({"picture": 5})  # as the page sends it
    np.testing.assert_array_equal(replay.lines, film[5, ..., :4])
    assert replay.still().lines.shape == (1, DIGITS * LINES, 4)
    with pytest.raises(ValueError, match="picture must be 0 to 11, not 12"):
        replay.picture = 12


def test_a_film_of_samples_copies_no_digits(run, tmp_path):
    assert len(TrainingReplayed(run).digits) > 0
    samples = TrainingReplayed(write_run(tmp_path / "four", model="ImplicitLines"))
    assert (samples.names[0], len(samples.names), samples.digits) == ("sample 1", 6, b"")
    other = TrainingReplayed(write_run(tmp_path / "other", data="another data's hash"))
    assert other.digits == b""  # the reference digits may not be the run's


def test_curves_are_thinned_named_and_scaled(tmp_path):
    history = [{"step": float(k), "algorithm_1": 1.0 + k % 2} for k in range(1, 502)]
    history += [{"step": 502.0, "algorithm_1": 1.0, "reconstruction": 900.0}]
    history += [{"step": 503.0, "algorithm_1": 1.0, "reconstruction": 80.0}]
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
ASTRAY = [
    {"step": 100.0 * k, "loss": loss, "divergence": NAN} for k, loss in enumerate([3, NAN, 1, INFINITE, 2])
]


def test_a_run_that_went_astray_leaves_gaps(tmp_path):
    loss, divergence = TrainingReplayed(write_run(tmp_path / "astray", history=ASTRAY)).curves
    assert (loss["values"], loss["log"]) == ([3, None, 1, None, 2], False)
    assert (divergence["values"], divergence["log"]) == ([None] * 5, False)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"film": None}, "run 'bad' kept no film of its training"),
        ({"film": [[1, 2], [3]]}, "the film of run 'bad' is ragged"),
        ({"film": [[[1, 2]]]}, r"must have shape \[pictures, drawings, N, 5\], not \[1, 1, 2\]"),
        ({"film": np.full((12, 1, 1, 5), np.nan).tolist()}, "not finite or far off the paper"),
        ({"film": np.full((12, 1, 1, 5), 40.0).tolist()}, "not finite or far off the paper"),
        ({"film_steps": [1, 2]}, "has 12 pictures, but 2 steps"),
    ],
)
def test_bad_films_are_refused(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        TrainingReplayed(write_run(tmp_path / "bad", **change))


def test_unknown_runs_are_named():
    with pytest.raises(FileNotFoundError, match=r"there is no run 'no_such'; the committed runs are: .*ours"):
        TrainingReplayed("no_such")


@pytest.mark.parametrize("name", ["ours", "vae_ours", "split"])
def test_the_books_runs_can_be_replayed(name):
    folder = runs.RESULTS / name
    if not (folder / "metrics.json").exists() or "film" not in json.loads(
        (folder / "metrics.json").read_text()
    ):
        pytest.skip(f"{name} was not yet trained with a film")
    replay = TrainingReplayed(name)
    assert len(replay.film) < 100_000 and len(json.dumps(replay.curves)) < 50_000


# In the browser

DRAWINGS = """(svgs) => svgs.map((svg) => [...svg.querySelectorAll("line")].map((line) =>
  ["x1", "y1", "x2", "y2", "stroke-width"].map((name) => Number(line.getAttribute(name)))))"""


@pytest.fixture(params=[("http", DESKTOP, "light"), ("file", PHONE, "dark")], ids=["desktop", "phone"])
def played(request, run, browser, tmp_path):
    """A page with the run: (page, press), press by mouse on a desk, by finger on a phone."""
    how, size, theme = request.param
    write_page(tmp_path, TrainingReplayed(run), theme=theme)
    touch = size is PHONE
    with (
        served(tmp_path, how) as address,
        browser.new_context(viewport=size, has_touch=touch, reduced_motion="no-preference") as context,
    ):
        visit = Visit(context, address)
        visit.page.goto(f"{address}/page.html")
        visit.page.locator(".vecnb-film line").first.wait_for(state="attached")
        yield visit.page, lambda locator, **where: (locator.tap if touch else locator.click)(**where)
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        assert visit.asked_elsewhere == []
        assert visit.complaints == []


def drawn(page):
    page.wait_for_timeout(100)
    return np.array(page.locator(".vecnb-film .vecnb-lines").evaluate_all(DRAWINGS))


def test_the_scrubber_shows_every_picture(played):
    page, press = played
    film, scrubber = a_film(), page.get_by_role("slider", name="step")
    np.testing.assert_array_equal(drawn(page), film[0])
    scrubber.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    np.testing.assert_array_equal(drawn(page), film[4])
    assert scrubber.get_attribute("aria-valuetext") == "500"
    assert page.locator(".vecnb-chart output").text_content() == "0.0200"  # .1 / 5
    box = scrubber.bounding_box()
    press(scrubber, position={"x": box["width"] - 4, "y": box["height"] / 2})
    np.testing.assert_array_equal(drawn(page), film[-1])
    assert page.get_by_role("img", name="digit 9", exact=True).is_visible()


def test_it_plays_to_the_end_and_from_the_start_again(played):
    page, press = played
    film, scrubber = a_film(), page.get_by_role("slider", name="step")
    press(page.get_by_role("button", name="Play"))
    page.get_by_role("button", name="Play").wait_for()  # it says Pause until it is over
    assert scrubber.input_value() == "11"
    np.testing.assert_array_equal(drawn(page), film[-1])
    page.get_by_role("button", name="Play").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('input[type=range]').value < 11")


def test_a_click_into_a_curve_goes_there(played):
    page, press = played
    curve = page.locator(".vecnb-losses svg")
    curve.scroll_into_view_if_needed()
    box = curve.bounding_box()
    press(curve, position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert page.get_by_role("slider", name="step").input_value() == "5"  # step 600 of 1,200
    np.testing.assert_array_equal(drawn(page), a_film()[5])


def test_every_control_is_reached_by_keyboard_and_seen_to_be(played):
    page, _ = played
    focused = (
        """() => [document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"""
    )
    stops = []
    for _ in range(2):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(focused))
    assert stops == [["BUTTON", "solid"], ["INPUT", "solid"]]


def test_a_picture_is_kept(played):
    page, _ = played
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    width = page.viewport_size["width"]
    page.screenshot(path=SCREENSHOTS / f"training_replayed-{width}.png", full_page=True)


def test_gaps_are_seen_as_gaps(browser, tmp_path):
    replay = TrainingReplayed(write_run(tmp_path / "astray", history=ASTRAY))
    with opened(browser, tmp_path, replay, "file, desktop, light") as page:
        curves = page.locator(".vecnb-losses .vecnb-curve")
        loss, divergence = (curve.get_attribute("d") for curve in curves.all())
        assert (loss.count("M"), loss.count("L"), divergence) == (3, 0, "")
        assert "NaN" not in page.locator(".vecnb-losses").inner_html()
        assert page.locator(".vecnb-chart output").all_text_contents() == ["–", "–"]  # at step 100


def test_a_picture_beyond_the_film_is_told_of(run, browser, tmp_path):
    with opened(browser, tmp_path, TrainingReplayed(run), "file, desktop, light", exposed) as page:
        set_trait(page, "picture", 12)
        alert = page.get_by_role("alert").text_content()
        assert alert == "Training, replayed: picture = 12 is not from 0 to 11"


def test_a_film_cut_short_is_told_of(run, browser, tmp_path):
    replay = TrainingReplayed(run)
    replay.set_trait("shape", [PICTURES + 1, DIGITS, LINES, 5])
    with opened(browser, tmp_path, replay, "file, desktop, light") as page:
        alert = page.get_by_role("alert").text_content()
        assert alert == "Training, replayed: the film has 3000 numbers, not 13 × 10 × 25"


def test_a_damaged_film_is_told_of(run, browser, tmp_path):
    replay = TrainingReplayed(run)
    replay.set_trait("film", b"not deflated")
    write_page(tmp_path, replay)
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context, tmp_path.as_uri())
        visit.page.goto(f"{tmp_path.as_uri()}/page.html")
        assert "Training, replayed: " in visit.page.get_by_role("alert").text_content()
