"""Drag a line: its JavaScript computes what torch does, its traits are checked, a browser drags it."""

import numpy as np
import pytest
import shared_vectors
import torch
import traitlets
from gestures import (
    DEVICES,
    canvas_image,
    drag,
    handle,
    lines_of,
    opened,
    position,
    press,
    replacing,
)
from pages import screenshot

from vecnb.render import render_soft
from vecnb.widgets import DragALine

# The vectors of tests/js/soft_renderer.test.js

CROSS = [[0.2, 0.3, 0.75, 0.62], [0.68, 0.16, 0.34, 0.86]]
PIXELS = [(0, 0), (1, 4), (3, 2), (6, 5)]
SETTINGS = {
    "Gaussian, max": (CROSS, {"alpha": 30.0}, "max"),
    "Gaussian, soft or": (CROSS, {"alpha": 30.0}, "soft_or"),
    "hairlines, soft or": (CROSS, {"alpha": 2000.0}, "soft_or"),
    "edge, max": (CROSS, {"width": 0.1, "sharpness": 40.0}, "max"),
    "edge, soft or, a width a line": (CROSS, {"width": [0.05, 0.2], "sharpness": 40.0}, "soft_or"),
    "a point, a line outside": ([[0.3, 0.4, 0.3, 0.4], [-0.5, 1.2, 1.5, 0.9]], {"alpha": 8.0}, "soft_or"),
    "one upright line": ([[0.5, 0.1, 0.5, 0.8]], {"width": 0.3, "sharpness": 10.0}, "max"),
}


def vector(name: str, height: int = 7, width: int = 6) -> dict:
    """A drawing, and the gradient of some of its pixels."""
    line_list, profile, mode = SETTINGS[name]
    lines = torch.tensor([line_list], dtype=torch.float64, requires_grad=True)
    settings = {key: torch.tensor(value, dtype=torch.float64)[None] for key, value in profile.items()}
    if "width" in settings:
        settings["stroke_width"] = settings.pop("width")
    image = render_soft(lines, height, width, mode=mode, **settings)[0, 0]
    pixels = []
    for i, j in PIXELS:
        (gradient,) = torch.autograd.grad(image[i, j], lines, retain_graph=True)
        pixels.append({"pixel": [i, j], "gradient": gradient[0].tolist()})
    sizes = {"height": height, "width": width, "image": image.flatten().tolist(), "pixels": pixels}
    return {"name": name, "lines": line_list, "profile": profile, "mode": mode} | sizes


def vectors() -> list[dict]:
    return [vector(name) for name in SETTINGS]


def test_the_vectors_are_torchs():
    shared_vectors.check("soft_renderer", vectors())


# What Python is told


@pytest.mark.parametrize(
    ("trait", "value", "error", "message"),
    [
        ("lines", np.zeros((2, 3)), ValueError, "lines must have shape"),
        ("lines", [[0, 0, float("nan"), 1]], ValueError, r"lines\[0\] = .* is not finite"),
        ("alpha", float("nan"), traitlets.TraitError, "alpha must be finite"),
        ("alpha", 0.0, traitlets.TraitError, "alpha"),
        ("presence", "blob", traitlets.TraitError, "presence"),
        ("mode", "min", traitlets.TraitError, "mode"),
        ("pixel", (28, 0), traitlets.TraitError, "pixel"),
    ],
)
def test_a_bad_trait_is_named(trait, value, error, message):
    with pytest.raises(error, match=message):
        DragALine(**{trait: value})


def test_the_still_picture_shows_the_lines():
    still = DragALine(lines=[[0.1, 0.2, 0.3, 0.4]], stroke_width=0.125).still()
    assert still.lines.tolist() == torch.tensor([[[0.1, 0.2, 0.3, 0.4]]]).tolist()
    assert still.width.tolist() == [[0.125]]


# In the browser


def gradient_sizes(lines: np.ndarray, pixel: tuple[int, int], **profile) -> list[float]:
    """Of one pixel's intensity, by autograd: for every line the length at its start, and at its end."""
    ends = torch.from_numpy(lines).requires_grad_()
    render_soft(ends, **profile)[0, 0][pixel].backward()
    return ends.grad[0].reshape(-1, 2).norm(dim=1).tolist()


@pytest.mark.parametrize("device", DEVICES)
def test_drag_and_watch(browser, tmp_path, device):
    with opened(browser, tmp_path, DragALine(), device) as page:
        height = page.locator(".vecnb").bounding_box()["height"]
        drag(page, "line 2, end", (0.5, 0.5))
        assert page.evaluate("window.scrollY") == 0  # a finger drags the line, not the page
        lines = lines_of(page)
        wanted = render_soft(torch.from_numpy(lines), alpha=120.0)[0, 0].numpy()
        np.testing.assert_allclose(canvas_image(page), wanted, atol=0.51 / 255)
        cells = page.locator(".vecnb-table td").all_text_contents()
        shown = [float(cells[5 * line + column]) for line in (0, 1) for column in (3, 4)]
        np.testing.assert_allclose(shown, gradient_sizes(lines, (10, 19), alpha=120.0), rtol=6e-3)

        page.get_by_label("edge (ours)").check()
        page.get_by_label("soft or").check()
        page.get_by_text("(soft or)").wait_for()
        profile = {"stroke_width": 2.5 / 28, "sharpness": 100.0, "mode": "soft_or"}
        wanted = render_soft(torch.from_numpy(lines), **profile)[0, 0].numpy()
        np.testing.assert_allclose(canvas_image(page), wanted, atol=0.51 / 255)
        assert page.get_by_label("α").is_disabled()
        assert page.locator(".vecnb").bounding_box()["height"] == height  # nothing jumps
        screenshot(page, "drag_a_line")


@pytest.mark.parametrize("device", DEVICES)
def test_choose_a_pixel(browser, tmp_path, device):
    with opened(browser, tmp_path, DragALine(), device) as page:
        view = page.locator(".vecnb-view")
        box = view.bounding_box()
        press(page, view, position={"x": 8, "y": box["height"] - 8})
        page.get_by_text("Pixel (27, 0)").wait_for()
        page.get_by_text("hardly feels them").wait_for()
        if device == "desktop":
            page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 8)
            page.get_by_text("Pixel (0, 27)").wait_for()  # the one under the mouse
            page.mouse.move(box["x"] + 8, box["y"] + box["height"] + 100)
            page.get_by_text("Pixel (27, 0)").wait_for()  # the chosen one again


def test_by_keyboard(browser, tmp_path):
    with opened(browser, tmp_path, DragALine()) as page:
        order = []
        for _ in range(5):
            page.keyboard.press("Tab")
            order.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert order == ["chosen pixel", *(f"line {i}, {end}" for i in (1, 2) for end in ("start", "end"))]
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        x, y = position(page, "line 2, end")
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            f"document.activeElement.getAttribute('aria-valuetext') === 'x {x + 0.01:.2f}, y {y:.2f}'"
        )
        page.keyboard.press("Shift+ArrowUp")
        page.wait_for_function(
            f"document.activeElement.getAttribute('aria-valuetext').endsWith('{y - 0.1:.2f}')"
        )
        np.testing.assert_allclose(position(page, "line 2, end"), [x + 0.01, y - 0.1], atol=1e-9)
        screenshot(page, "drag_a_line_focus")
        handle(page, "chosen pixel").press("ArrowLeft")
        page.get_by_text("Pixel (10, 18)").wait_for()
        page.get_by_role("button", name="Start again").press("Enter")
        page.get_by_text("Pixel (10, 19)").wait_for()


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            '"lines": [[0.2,',
            '"lines": [[null,',
            "lines[0] = [null,0.3,0.75,0.62] is not four numbers (x1, y1, x2, y2)",
        ),
        ('"alpha": 120.0', '"alpha": "wide"', "alpha = wide is not a number"),
        ('"presence": "gaussian"', '"presence": "blob"', 'there is no presence "blob"'),
    ],
)
def test_a_bad_state_is_shown(browser, tmp_path, good, bad, message):
    with opened(browser, tmp_path, DragALine(), edit=replacing(good, bad)) as page:
        assert page.get_by_role("alert").text_content() == f"Drag a line: {message}"
