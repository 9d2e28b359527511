"""Soft against hard: its rasteriser draws what Rust's does, its traits are checked, a browser uses it."""

import numpy as np
import pytest
import shared_vectors
import torch
import traitlets
from gestures import DEVICES, canvas_image, drag, handle, lines_of, opened, position, replacing
from pages import screenshot

from vecnb.render import render_hard, render_soft
from vecnb.widgets import SoftAgainstHard

# The vectors of tests/js/hard_renderer.test.js

DIGIT = [[0.3, 0.22, 0.24, 0.52], [0.24, 0.52, 0.74, 0.55], [0.7, 0.26, 0.6, 0.84]]
SETTINGS = {
    "a four": (DIGIT, 2.5 / 28),
    "a four in hairlines": (DIGIT, 0.004),
    "a four in bold": (DIGIT, 0.25),
    "a width a line": (DIGIT, [0.02, 0.1, 0.3]),
    "along rows and columns": ([[0.25, 0.5, 0.75, 0.5], [0.5, 0.125, 0.5, 0.875]], 0.125),
    "a point, and a line across all": ([[0.7, 0.3, 0.7, 0.3], [-1.0, -0.7, 2.0, 1.4]], 0.08),
    "diagonals": ([[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0]], 0.05),
}
SMALL, LARGE = 10, (28, 56, 280)


def drawings(line_list: list, width: float | list[float], size: int) -> list[np.ndarray]:
    """Antialiased and aliased, both flat."""
    lines, widths = np.array([line_list]), np.array(width)[None] if isinstance(width, list) else width
    images = (render_hard(lines, size, size, stroke_width=widths, antialias=edge) for edge in (True, False))
    return [image.ravel().astype(np.float64) for image in images]


def sums(image: np.ndarray) -> list[float]:
    """Two sums to which every pixel contributes."""
    return [float(image @ np.sin(np.arange(1, len(image) + 1))), float(image @ image)]


def vector(name: str) -> dict:
    lines, width = SETTINGS[name]
    smooth, rough = drawings(lines, width, SMALL)
    digits = "".join(f"{value:.0f}" for value in rough)
    small = {"size": SMALL, "antialiased": smooth.tolist(), "aliased": digits}
    large = []
    for size in LARGE:
        smooth, rough = map(sums, drawings(lines, width, size))
        large.append({"size": size, "antialiased": smooth, "aliased": rough})
    return {"name": name, "lines": lines, "width": width, "small": small, "large": large}


def vectors() -> list[dict]:
    return [vector(name) for name in SETTINGS]


def test_the_vectors_are_rusts():
    shared_vectors.check("hard_renderer", vectors())


# What Python is told


@pytest.mark.parametrize(
    ("trait", "value", "error", "message"),
    [
        ("lines", [0.1, 0.2, 0.3, 0.4], ValueError, "lines must have shape"),
        ("lines", [[0, 0, 1, float("inf")]], ValueError, r"lines\[0\] = .* is not finite"),
        ("stroke_width", -0.1, traitlets.TraitError, "stroke_width"),
        ("sharpness", float("nan"), traitlets.TraitError, "sharpness must be finite"),
        ("size", 29, traitlets.TraitError, "size"),
        ("antialias", "a little", traitlets.TraitError, "antialias"),
    ],
)
def test_a_bad_trait_is_named(trait, value, error, message):
    with pytest.raises(error, match=message):
        SoftAgainstHard(**{trait: value})


def test_the_still_picture_shows_the_lines():
    still = SoftAgainstHard(lines=[[0.1, 0.2, 0.3, 0.4]], stroke_width=0.125).still()
    assert still.lines.tolist() == torch.tensor([[[0.1, 0.2, 0.3, 0.4]]]).tolist()
    assert still.width.tolist() == [[0.125]]


# In the browser


def check_pictures(page, size: int, antialias: bool):
    """The page's drawings, and their difference, are those of the package."""
    lines = torch.from_numpy(lines_of(page))
    soft = render_soft(lines, size, size)[0, 0].numpy()
    hard = render_hard(lines, size, size, antialias=antialias)[0, 0].numpy()
    for number, image in enumerate((soft, hard)):
        np.testing.assert_allclose(canvas_image(page, number), image, atol=0.52 / 255)
    # Cream where the soft drawing has less ink by half, grey where as much, dark blue where it has more.
    red = np.interp(soft - hard, [-0.5, 0, 0.5], [255, 150, 18])
    np.testing.assert_allclose(255 * (1 - canvas_image(page, 2)), red, atol=1.1)  # a step of its 256 colours


@pytest.mark.parametrize("device", DEVICES)
def test_drag_and_compare(browser, tmp_path, device):
    with opened(browser, tmp_path, SoftAgainstHard(), device) as page:
        drag(page, "line 1, start", (0.5, 0.1))
        page.get_by_text("of the hard ones").wait_for()
        height = page.locator(".vecnb").bounding_box()["height"]
        check_pictures(page, 28, antialias=False)
        screenshot(page, "soft_against_hard")
        page.get_by_label("antialiased").check()
        page.get_by_text("hard: antialiased").wait_for()
        check_pictures(page, 28, antialias=True)
        for size in (56, 280):
            page.get_by_label(str(size)).check()
            page.wait_for_function(f"document.querySelector('canvas').width === {size}")
            check_pictures(page, size, antialias=True)
        assert page.locator(".vecnb").bounding_box()["height"] == height  # nothing jumps
        screenshot(page, "soft_against_hard_280")


def test_a_nudge_is_felt_by_the_soft_pixels_alone(browser, tmp_path):
    # An upright line, half a pixel from the nearest centres: no centre crosses its edge.
    widget = SoftAgainstHard(lines=[[0.5, 0.2, 0.5, 0.8]], stroke_width=2 / 28)
    with opened(browser, tmp_path, widget) as page:
        page.get_by_text("0.0\u00a0% of the hard ones").wait_for()
        page.get_by_label("antialiased").check()
        page.get_by_text("0.0\u00a0% of the hard ones").wait_for(state="hidden")


def test_by_keyboard(browser, tmp_path):
    with opened(browser, tmp_path, SoftAgainstHard()) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "line 1, start"
        x, y = position(page, "line 1, start")
        names = ("aria-valuemin", "aria-valuenow", "aria-valuemax")
        low, now, high = (float(handle(page, "line 1, start").get_attribute(name)) for name in names)
        assert (low, now, high) == (0, round(x, 2), 1)
        page.keyboard.press("Shift+ArrowDown")
        words = f"x {x:.2f}, y {y + 0.1:.2f}"
        page.wait_for_function(f"document.activeElement.getAttribute('aria-valuetext') === '{words}'")
        page.get_by_label("sharpness").press("Home")
        page.get_by_text("10", exact=True).wait_for()
        page.get_by_role("button", name="Start again").press("Enter")
        page.wait_for_function(
            f"document.querySelector('.vecnb-handle').ariaValueText === 'x {x:.2f}, y {y:.2f}'"
        )
        assert handle(page, "line 1, start").is_visible()


def test_a_bad_state_is_shown(browser, tmp_path):
    with opened(browser, tmp_path, SoftAgainstHard(), edit=replacing('"size": 28', '"size": 29')) as page:
        assert page.get_by_role("alert").text_content() == 'Soft against hard: there is no size "29"'
