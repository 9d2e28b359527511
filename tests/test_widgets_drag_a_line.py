"""Drag a line: its twin is torch's renderer and gradient, its traits are checked, a browser drags it."""

import json

import numpy as np
import pytest
import torch
import traitlets
from cases import close_to
from conftest import ROOT
from hands import WAYS, drag, grip, ink_of, lines_of, opened, picture, place

from vecnb.render import render_soft
from vecnb.widgets import DragALine

CASES = ROOT / "tests" / "js" / "geometry.cases.json"

# What the JavaScript is held to

CROSS = [[0.2, 0.3, 0.75, 0.62], [0.68, 0.16, 0.34, 0.86]]
PIXELS = [(0, 0), (1, 4), (3, 2), (6, 5)]
SETTINGS = {
    "bell, max": (CROSS, {"alpha": 30.0}, "max"),
    "bell, soft or": (CROSS, {"alpha": 30.0}, "soft_or"),
    "hairlines, soft or": (CROSS, {"alpha": 2000.0}, "soft_or"),
    "edge, max": (CROSS, {"width": 0.1, "sharpness": 40.0}, "max"),
    "edge, soft or, a width a line": (CROSS, {"width": [0.05, 0.2], "sharpness": 40.0}, "soft_or"),
    "a point, a line outside": ([[0.3, 0.4, 0.3, 0.4], [-0.5, 1.2, 1.5, 0.9]], {"alpha": 8.0}, "soft_or"),
    "one upright line": ([[0.5, 0.1, 0.5, 0.8]], {"width": 0.3, "sharpness": 10.0}, "max"),
}


def case(name: str, height: int = 7, width: int = 6) -> dict:
    """A drawing, and the gradient of some of its pixels."""
    line_list, pen, mode = SETTINGS[name]
    lines = torch.tensor([line_list], dtype=torch.float64, requires_grad=True)
    settings = {key: torch.tensor(value, dtype=torch.float64)[None] for key, value in pen.items()}
    if "width" in settings:
        settings["stroke_width"] = settings.pop("width")
    image = render_soft(lines, height, width, mode=mode, **settings)[0, 0]
    pixels = []
    for i, j in PIXELS:
        (gradient,) = torch.autograd.grad(image[i, j], lines, retain_graph=True)
        pixels.append({"pixel": [i, j], "gradient": gradient[0].tolist()})
    sizes = {"height": height, "width": width, "image": image.flatten().tolist(), "pixels": pixels}
    return {"name": name, "lines": line_list, "pen": pen, "mode": mode} | sizes


def all_cases() -> list[dict]:
    return [case(name) for name in SETTINGS]


def test_the_cases_of_the_javascript_are_torchs():
    close_to(json.loads(CASES.read_text()), all_cases())


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


# What a reader does


def gradient_sizes(lines: np.ndarray, pixel: tuple[int, int], **pen) -> list[float]:
    """Of one pixel's ink, by autograd: for every line the length at its start, and at its end."""
    ends = torch.from_numpy(lines).requires_grad_()
    render_soft(ends, **pen)[0, 0][pixel].backward()
    return ends.grad[0].reshape(-1, 2).norm(dim=1).tolist()


@pytest.mark.parametrize("way", WAYS)
def test_drag_and_watch(browser, tmp_path, way):
    with opened(browser, tmp_path, DragALine(), way) as page:
        height = page.locator(".vecnb").bounding_box()["height"]
        drag(page, "line 2, end", (0.5, 0.5))
        assert page.evaluate("window.scrollY") == 0  # a finger drags the line, not the page
        lines = lines_of(page)
        wanted = render_soft(torch.from_numpy(lines), alpha=120.0)[0, 0].numpy()
        np.testing.assert_allclose(ink_of(page), wanted, atol=0.51 / 255)
        cells = page.locator(".vecnb-table td").all_text_contents()
        shown = [float(cells[5 * line + column]) for line in (0, 1) for column in (3, 4)]
        np.testing.assert_allclose(shown, gradient_sizes(lines, (10, 19), alpha=120.0), rtol=6e-3)

        page.get_by_label("edge (ours)").check()
        page.get_by_label("soft or").check()
        page.get_by_text("(soft or)").wait_for()
        pen = {"stroke_width": 2.5 / 28, "sharpness": 100.0, "mode": "soft_or"}
        wanted = render_soft(torch.from_numpy(lines), **pen)[0, 0].numpy()
        np.testing.assert_allclose(ink_of(page), wanted, atol=0.51 / 255)
        assert page.get_by_label("α").is_disabled()
        assert page.locator(".vecnb").bounding_box()["height"] == height  # nothing jumps
        picture(page, "drag_a_line")


@pytest.mark.parametrize("way", WAYS)
def test_choose_a_pixel(browser, tmp_path, way):
    with opened(browser, tmp_path, DragALine(), way) as page:
        box = page.locator(".vecnb-sheet").bounding_box()
        touch = way != "file, desktop, light"
        (page.touchscreen.tap if touch else page.mouse.click)(box["x"] + 8, box["y"] + box["height"] - 8)
        page.get_by_text("Pixel (27, 0)").wait_for()
        page.get_by_text("hardly feels them").wait_for()
        if not touch:
            page.mouse.move(box["x"] + box["width"] - 8, box["y"] + 8)
            page.get_by_text("Pixel (0, 27)").wait_for()  # the one under the mouse
            page.mouse.move(box["x"] + 8, box["y"] + box["height"] + 100)
            page.get_by_text("Pixel (27, 0)").wait_for()  # the chosen one again


def test_by_keyboard(browser, tmp_path):
    with opened(browser, tmp_path, DragALine(), "file, desktop, light") as page:
        order = []
        for _ in range(5):
            page.keyboard.press("Tab")
            order.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        assert order == ["chosen pixel", *(f"line {i}, {end}" for i in (1, 2) for end in ("start", "end"))]
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        x, y = place(page, "line 2, end")
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            f"document.activeElement.getAttribute('aria-valuetext') === 'x {x + 0.01:.2f}, y {y:.2f}'"
        )
        page.keyboard.press("Shift+ArrowUp")
        page.wait_for_function(
            f"document.activeElement.getAttribute('aria-valuetext').endsWith('{y - 0.1:.2f}')"
        )
        np.testing.assert_allclose(place(page, "line 2, end"), [x + 0.01, y - 0.1], atol=1e-9)
        picture(page, "drag_a_line_focus")
        grip(page, "chosen pixel").press("ArrowLeft")
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
        ('"presence": "bell"', '"presence": "blob"', 'there is no presence "blob"'),
    ],
)
def test_bad_state_is_shown(browser, tmp_path, good, bad, message):
    def spoil(text: str) -> str:
        assert good in text
        return text.replace(good, bad)

    with opened(browser, tmp_path, DragALine(), "file, desktop, light", spoil) as page:
        assert page.get_by_role("alert").text_content() == f"Drag a line: {message}"


if __name__ == "__main__":  # write the cases anew
    CASES.write_text(json.dumps(all_cases()) + "\n")
