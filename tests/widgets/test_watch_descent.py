"""Watch gradient descent draw: its gradient and its steps are torch's, its traits are checked, it is used."""

import re

import numpy as np
import pytest
import shared_vectors
import torch
from conftest import ROOT
from gestures import (
    DEVICES,
    canvas_image,
    drag,
    drag_between,
    handle,
    lines_of,
    opened,
    replacing,
    set_trait,
    small_controls,
)
from pages import screenshot
from traitlets import TraitError

from vecnb.data import reference_digits
from vecnb.losses import multiscale_mse
from vecnb.models.codec import decode_parameters
from vecnb.render import render_soft
from vecnb.widgets import WatchDescent
from vecnb.widgets.draw_digit import PackedModel
from vecnb.widgets.watch_descent import NARROWEST

# The vectors of tests/js/descent.test.js

CROSS = [[0.2, 0.3, 0.75, 0.62, 0.1], [0.68, 0.16, 0.34, 0.86, 0.15]]
STARTS = {
    "a cross": (CROSS, 40.0),
    "a cross with hard edges": (CROSS, 200.0),
    "a point, a line outside": ([[0.3, 0.4, 0.3, 0.4, 0.2], [-0.5, 1.2, 1.5, 0.9, 0.3]], 20.0),
    "one hair": ([[0.5, 0.1, 0.5, 0.8, NARROWEST]], 100.0),
}
SIDE, STEPS, RATE = 8, 6, 0.02


def picture() -> torch.Tensor:
    """sin² of 1, 2, 3 …: the page's test makes the same."""
    return torch.arange(1, SIDE**2 + 1, dtype=torch.float64).sin().square().view(1, 1, SIDE, SIDE)


def vector(name: str, scales: int) -> dict:
    """The error of a drawing with its gradient, and the drawing after some steps of Adam."""
    rows, sharpness = STARTS[name]
    drawing = torch.tensor([rows], dtype=torch.float64, requires_grad=True)
    optimizer, found = torch.optim.Adam([drawing], lr=RATE), {}
    for _ in range(STEPS):
        image = render_soft(drawing[..., :4], SIDE, SIDE, stroke_width=drawing[..., 4], sharpness=sharpness)
        error = multiscale_mse(image, picture(), scales)
        optimizer.zero_grad()
        error.backward()
        found = found or {"error": error.item(), "gradient": drawing.grad.flatten().tolist()}
        optimizer.step()
        with torch.no_grad():
            drawing[..., 4].clamp_(min=NARROWEST)
    settings = {"name": name, "scales": scales, "sharpness": sharpness, "rate": RATE, "steps": STEPS}
    start = {"drawing": [number for row in rows for number in row]}
    return settings | start | found | {"end": drawing.detach().flatten().tolist()}


def vectors() -> list[dict]:
    return [vector(name, scales) for name in STARTS for scales in (1, 3)]


def test_the_vectors_are_torchs():
    shared_vectors.check("descent", vectors())


# Python


@pytest.mark.parametrize(
    ("trait", "value", "error", "message"),
    [
        ("n_lines", 0, TraitError, "n_lines"),
        ("n_lines", 13, TraitError, "n_lines"),
        ("stroke_width", float("nan"), TraitError, "stroke_width must be finite"),
        ("n_scales", 2, TraitError, "n_scales"),
        ("seed", -1, TraitError, "seed"),
        ("lines", [[0, 0, 1]], ValueError, "lines must have shape"),
        ("image", np.zeros((27, 28)), ValueError, "image must have shape"),
    ],
)
def test_a_bad_trait_is_named(trait, value, error, message):
    with pytest.raises(error, match=message):
        WatchDescent(model=None, **{trait: value})


def test_a_model_without_lines_is_named():
    with pytest.raises(ValueError, match="'gan' cannot run in a page"):
        WatchDescent(model="gan")
    with pytest.raises(FileNotFoundError, match="no_such"):
        WatchDescent(model="no_such")
    with pytest.raises(ValueError, match="'thesis' cannot run in a page"):
        WatchDescent(model=ROOT / "book" / "results" / "autoencoder" / "thesis")


def test_the_still_picture_has_found_its_digit():
    """A start that is stuck on the two leaves .044 or more, one that has found it .01 or less."""
    widget = WatchDescent(model=None)
    still, (digits, _) = widget.still(), reference_digits(fallback="subset")
    np.testing.assert_array_equal(widget.image, digits[2, 0])
    assert still.lines.shape == (1, 5, 4) and float(still.width.min()) >= np.float32(NARROWEST)
    assert (render_soft(still) - digits[2:3]).square().mean() < 0.02


# In the browser


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def status(page):
    return page.locator(".vecnb-live").text_content()


def use(page, name):
    """Press a button. A tap that a busy machine takes too long for is a long press, and no click."""
    button(page, name).click()


def finish(page):
    page.get_by_text(re.compile("^Step 300( from|:)")).wait_for()


@pytest.mark.parametrize("device", DEVICES)
def test_it_plays_pauses_steps_and_ends(browser, tmp_path, device):
    with opened(browser, tmp_path, WatchDescent(model=None), device) as page:
        height, begin = page.locator(".vecnb").bounding_box()["height"], lines_of(page)
        assert status(page).startswith("Step 0 from random lines: squared error 0.1")
        assert button(page, "Encoder's lines").count() == 0
        digits, _ = reference_digits(fallback="subset")
        np.testing.assert_allclose(canvas_image(page), digits[2, 0], atol=0.51 / 255)
        use(page, "One step")
        page.get_by_text("Step 1 from random lines").wait_for()
        # The first step of Adam moves every end that has a gradient by its rate.
        moved = np.abs(lines_of(page) - begin)
        assert moved.max() == pytest.approx(0.02, abs=1e-6)
        use(page, "Play")
        assert button(page, "One step").is_disabled()
        page.get_by_text(re.compile("^step [0-9]{2}")).wait_for()
        use(page, "Pause")
        shown = page.locator(".vecnb-axis-labels span").nth(1).text_content()
        page.wait_for_timeout(200)
        assert page.locator(".vecnb-axis-labels span").nth(1).text_content() == shown
        np.testing.assert_allclose(lines_of(page)[0], page.evaluate("model.get('lines')"))
        use(page, "Play")
        finish(page)
        assert button(page, "Play").is_visible() and button(page, "One step").is_disabled()
        assert page.locator(".vecnb").bounding_box()["height"] == height  # nothing jumps
        screenshot(page, "watch_descent")


def test_some_starts_get_stuck_and_their_curves_stay(browser, tmp_path):
    with opened(browser, tmp_path, WatchDescent(model=None)) as page:
        button(page, "Play").click()
        finish(page)
        for count in (2, 3):
            button(page, "Random lines").click()  # and goes on
            page.get_by_text(f"The last {count} descents").wait_for()
        low, high = map(float, re.findall(r"0\.\d{4}", status(page))[1:])
        assert low < 0.02 and high > 2 * low, status(page)
        curves = "document.querySelector('.vecnb-earlier').getAttribute('d').split('M').length - 1"
        assert page.evaluate(curves) == 3
        page.get_by_label("three scales").check()  # another error: nothing to compare
        assert page.evaluate(curves) == 0


@torch.no_grad()
def encoder_answer(model: PackedModel, image: torch.Tensor) -> tuple[torch.Tensor, float]:
    """The lines that the quantised encoder infers, and their error on three scales."""
    code = decode_parameters(model.network(image), model.n_lines, learnt_stroke=True)
    drawn = render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)
    return code.lines, multiscale_mse(drawn, image, 3).item()


@pytest.mark.parametrize("device", DEVICES)
def test_from_the_encoders_lines(browser, tmp_path, device):
    digits, _ = reference_digits(fallback="subset")
    lines, error = encoder_answer(PackedModel("autoencoder"), digits[3:4])
    with opened(browser, tmp_path, WatchDescent(), device) as page:
        page.wait_for_function("() => ![...document.querySelectorAll('button')].some((one) => one.disabled)")
        use(page, "Test digit 3")
        use(page, "Encoder's lines")
        np.testing.assert_allclose(lines_of(page), lines, atol=1e-4)
        assert page.get_by_label("three scales").is_checked()
        use(page, "Play")
        finish(page)
        first, last = map(float, re.findall(r"0\.\d{4}", status(page)))
        assert first == pytest.approx(error, abs=1e-4) and last < 0.5 * first
        share = int(re.search(r"At least (\d+)", status(page))[1])
        assert share == pytest.approx(100 * (1 - last / first), abs=1)
        screenshot(page, "watch_descent_encoder")
        use(page, "Test digit 7")  # the encoder is asked again
        page.get_by_text("Step 0 from the encoder's lines").wait_for()
        np.testing.assert_allclose(
            lines_of(page), encoder_answer(PackedModel("autoencoder"), digits[7:8])[0], atol=1e-4
        )


@pytest.mark.parametrize("device", DEVICES)
def test_an_end_is_dragged_and_a_picture_drawn(browser, tmp_path, device):
    with opened(browser, tmp_path, WatchDescent(model=None), device) as page:
        drag(page, "line 5, end", (0.9, 0.1))
        page.get_by_text("Step 0 from lines put there by hand").wait_for()
        pad = page.locator(".vecnb-pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        x = box["x"] + box["width"] / 2
        drag_between(page, (x, box["y"] + 20), (x, box["y"] + box["height"] - 20))
        ink = canvas_image(page)
        assert (
            10 <= (ink.max(1) > 0.5).sum() <= 20 and (ink.max(0) > 0.5).sum() <= 4
        )  # upright, scaled as MNIST
        assert page.locator("[aria-pressed=true]").count() == 0
        use(page, "Play")
        page.get_by_text(re.compile("^step [0-9]{2}")).wait_for()
        use(page, "Clear")
        page.wait_for_function("() => document.querySelector('.vecnb-pad-strokes').childNodes.length === 0")
        assert canvas_image(page).max() == 0


def test_sliders_begin_anew_with_other_lines(browser, tmp_path):
    with opened(browser, tmp_path, WatchDescent(model=None)) as page:
        page.get_by_label("number of lines").press("End")
        page.wait_for_function("() => document.querySelectorAll('.vecnb-handle').length === 24")
        page.get_by_label("first width").press("End")
        widths = (
            "[...document.querySelectorAll('.vecnb-stroke line')].map((l) => l.getAttribute('stroke-width'))"
        )
        assert page.evaluate(widths) == [f"{8 / 28:.4f}"] * 12
        page.get_by_label("number of lines").press("Home")
        page.wait_for_function("() => document.querySelectorAll('.vecnb-handle').length === 2")


def test_by_keyboard(browser, tmp_path):
    with opened(browser, tmp_path, WatchDescent(model=None, n_lines=1)) as page:
        names = []
        for _ in range(19):
            page.keyboard.press("Tab")
            names.append(
                page.evaluate(
                    "document.activeElement.getAttribute('aria-label') ||"
                    " (document.activeElement.labels?.[0] ?? document.activeElement).textContent"
                )
            )
        wanted = ["line 1, start", "line 1, end", *(f"Test digit {k}" for k in range(10))]
        wanted += ["Play", "One step", "Random lines"]
        assert names[:15] == wanted
        assert names[15].startswith("number of lines") and names[16].startswith("first width")
        assert names[17:] == ["pixels", names[18]] and names[18].startswith("Drawing board")
        x = float(handle(page, "line 1, start").get_attribute("aria-valuenow"))
        handle(page, "line 1, start").press("Shift+ArrowRight")
        page.get_by_text("by hand").wait_for()
        assert float(handle(page, "line 1, start").get_attribute("aria-valuenow")) == pytest.approx(x + 0.1)
        button(page, "One step").press("Enter")
        page.get_by_text("Step 1 from lines put there by hand").wait_for()


def test_lines_and_a_picture_from_python(browser, tmp_path):
    with opened(browser, tmp_path, WatchDescent(model=None)) as page:
        set_trait(page, "lines", [[0.1, 0.2, 0.3, 0.4]])
        page.get_by_text("by hand").wait_for()
        np.testing.assert_allclose(lines_of(page), [[[0.1, 0.2, 0.3, 0.4]]])
        set_trait(page, "image", np.eye(28).tolist())
        np.testing.assert_allclose(canvas_image(page), np.eye(28))


def test_a_finger_finds_every_control(browser, tmp_path):
    with opened(browser, tmp_path, WatchDescent(model=None), "phone") as page:
        assert small_controls(page) == []


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('"n_lines": 5', '"n_lines": 50', "n_lines = 50 is not from 1 to 12"),
        ('"n_scales": 1', '"n_scales": 2', 'there is no n_scales "2"'),
        ('"seed": 0', '"seed": null', "seed = null is not a number"),
    ],
)
def test_a_bad_state_is_shown(browser, tmp_path, good, bad, message):
    widget = WatchDescent(model=None)
    with opened(browser, tmp_path, widget, edit=replacing(good, bad)) as page:
        assert page.get_by_role("alert").text_content() == f"Watch gradient descent draw: {message}"
