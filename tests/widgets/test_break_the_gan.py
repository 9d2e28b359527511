"""Break the GAN: its JavaScript trains as Python does, its traits are checked, and it runs in a browser."""

import re

import pytest
import shared_vectors
import toy_vectors
from gestures import DEVICES, opened, press, replacing, set_trait
from pages import screenshot
from traitlets import TraitError

from vecnb.widgets import BreakTheGan


def test_the_vectors_are_torchs():
    shared_vectors.check("toy", toy_vectors.vectors())


# Python


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("noise", float("nan"), "noise must be finite"),
        ("noise", -0.1, "'noise'"),
        ("r1", 2.1, "'r1'"),
        ("learning_rate", float("inf"), "'learning_rate'"),
        ("discriminator_learning_rate", 0.0, "'discriminator_learning_rate'"),
        ("discriminator_steps", 0, "'discriminator_steps'"),
        ("discriminator_steps", 1.5, "'discriminator_steps'"),
        ("loss", "hinge", "'loss'"),
        ("seed", -1, "'seed'"),
    ],
)
def test_a_bad_trait_is_named(trait, value, message):
    with pytest.raises(TraitError, match=message):
        BreakTheGan(**{trait: value})


def test_the_still_picture_shows_both_curves_on_its_canvas():
    still = BreakTheGan().still()
    assert still.lines.shape == (1, 48 + 6, 4)
    assert ((still.lines > 0) & (still.lines < 1)).all()


# In the browser

PATHS = """(curves) => curves.map((curve) => curve.getAttribute("d"))"""


def push(page, name, share):
    """Press a slider at a share of its length."""
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    press(page, slider, position={"x": share * box["width"], "y": box["height"] / 2})


def value(page, name):
    """The text beside a slider."""
    return page.get_by_role("slider", name=name, exact=True).get_attribute("aria-valuetext")


def drawn(page, part):
    """The path of a part of the plane."""
    return page.locator(f".vecnb-plane .vecnb-{part}").get_attribute("d")


def step(page):
    """The step at the end of the curves."""
    return int(page.locator(".vecnb-axis-labels span").nth(1).text_content().removeprefix("step "))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def first_step(page):
    """The result of the first step of the corners from the start, in words and as a polygon."""
    press(page, button(page, "Start again"))
    press(page, button(page, "One step"))  # the discriminator's steps
    press(page, button(page, "One step"))
    page.get_by_text("Step 1: ").wait_for()
    return page.locator(".vecnb-live").text_content(), drawn(page, "model")


@pytest.mark.parametrize("device", DEVICES)
def test_it_runs_and_pauses_and_steps(browser, tmp_path, device):
    with opened(browser, tmp_path, BreakTheGan(), device) as page:
        begin = drawn(page, "model")
        words, moved = first_step(page)
        assert moved != begin and re.fullmatch(r"Step 1: accuracy of r \d+\s%, .*distance [01]\.\d+\.", words)
        field = page.locator(".vecnb-plane canvas").evaluate("(canvas) => canvas.toDataURL()")
        press(page, button(page, "Run"))
        assert button(page, "One step").is_disabled()
        page.locator(".vecnb-axis-labels").first.get_by_text(re.compile("step ([4-9]|[0-9]{2})")).wait_for()
        press(page, button(page, "Pause"))
        page.get_by_text(f"Step {step(page)}: ").wait_for()
        rest = step(page)
        assert page.locator(".vecnb-plane canvas").evaluate("(canvas) => canvas.toDataURL()") != field
        assert all("L" in path for path in page.locator(".vecnb-curve").evaluate_all(PATHS))
        screenshot(page, "break_the_gan")
        page.wait_for_timeout(200)
        assert step(page) == rest and button(page, "Run").is_visible()
        press(page, button(page, "Start again"))
        page.get_by_text("Step 0: ").wait_for()
        assert drawn(page, "model") == begin


def test_presets_and_sliders_change_what_is_shown(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan()) as page:
        samples, (_, thesis) = drawn(page, "samples-p"), first_step(page)
        assert page.get_by_role("radio", name="As the thesis").is_checked()

        press(page, page.get_by_text("With noise", exact=True))
        page.get_by_text("Step 0: ").wait_for()  # a preset starts again
        assert value(page, "noise on both sides") == "0.30"
        assert page.get_by_text("Watch the samples").is_visible()
        assert drawn(page, "samples-p") != samples
        press(page, page.get_by_text("With R1", exact=True))
        assert (value(page, "noise on both sides"), value(page, "weight of R1, γ")) == ("0.00", "0.50")
        assert first_step(page)[1] != thesis

        press(page, page.get_by_text("As the thesis", exact=True))
        assert first_step(page)[1] == thesis
        for name in ("noise on both sides", "weight of R1, γ", "rate of the corners", "rate of r"):
            before = value(page, name)
            push(page, name, 0.75)
            assert value(page, name) != before, name
            assert first_step(page)[1] != thesis, name
            press(page, page.get_by_text("As the thesis", exact=True))
            assert value(page, name) == before, name
        push(page, "noise on both sides", 0.9)
        assert not page.get_by_role("radio", name="As the thesis").is_checked()
        assert page.get_by_text("Your own").is_visible()


FOCUSED = """() => {
  const at = document.activeElement, radio = at.type === "radio";
  const outline = getComputedStyle(radio ? at.nextElementSibling : at).outlineStyle;
  return [at.labels?.[0]?.textContent ?? at.textContent, outline, getComputedStyle(at).outlineStyle];
}"""


def test_every_control_is_reached_by_keyboard_and_seen_to_be(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan()) as page:
        stops = []
        for _ in range(10):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUSED))
            if stops[-1][0] == "Run":
                screenshot(page, "break_the_gan_focus")
        names = ["As the thesis", "Run", "One step", "Start again", "noise", "weight of R1", "steps of r"]
        names += ["rate of the corners", "rate of r", "minimax"]
        for (found, *outlines), name in zip(stops, names, strict=True):
            assert found.startswith(name), stops
            assert "solid" in outlines, (found, outlines)
        for _ in range(2):
            button(page, "One step").press("Enter")
        page.get_by_text("Step 1: ").wait_for()
        page.get_by_role("slider", name="noise on both sides").press("ArrowRight")
        assert value(page, "noise on both sides") == "0.02"


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('"noise": 0.0', '"noise": "much"', "noise = much is not a number"),
        ('"learning_rate": 1.0', '"learning_rate": 7', "learning_rate = 7 is not from 0 to 2"),
        ('"loss": "minimax"', '"loss": "hinge"', 'there is no loss "hinge"'),
        ('"seed": 0', '"seed": null', "seed = null is not a number"),
    ],
)
def test_a_bad_state_is_shown(browser, tmp_path, good, bad, message):
    with opened(browser, tmp_path, BreakTheGan(), edit=replacing(good, bad)) as page:
        assert page.get_by_role("alert").text_content() == f"Break the GAN: {message}"


def test_what_goes_wrong_while_it_runs_is_shown(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan()) as page:
        button(page, "Run").click()
        set_trait(page, "r1", -1)
        assert page.get_by_role("alert").text_content() == "Break the GAN: r1 = -1 is not from 0 to 2"
