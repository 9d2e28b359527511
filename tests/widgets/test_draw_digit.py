"""Draw a digit: what it refuses, what it tells Python, and how the page answers to mouse, finger and keys."""

import json

import mnist_vectors
import numpy as np
import pytest
import shared_vectors
import torch
from conftest import ROOT
from gestures import DEVICES, drag_between, opened, set_trait
from pages import DESKTOP, screenshot, visit, write_page

from vecnb import Strokes, load_mnist, load_model
from vecnb.data import reference_digits
from vecnb.widgets import DrawDigit
from vecnb.widgets.draw_digit import PackedModel

RESULTS = ROOT / "book" / "results"
MODELS = ("autoencoder", "vae", "split")
TWO = [(0.3, 0.35), (0.45, 0.2), (0.62, 0.3), (0.6, 0.45), (0.35, 0.75), (0.7, 0.73)]
ANSWERED = """() => [...document.querySelectorAll('.vecnb-card')]
  .every((card) => card.querySelector('.vecnb-stroke'))"""
EMPTY = "() => document.querySelectorAll('.vecnb-card .vecnb-stroke').length === 0"

# Give the widget images one after the other, as Python does; its answers: the lines that Python receives,
# each with the width that the page draws.
ASK = """async (images) => {
  const saved = model.save_changes;
  const answers = [];
  for (const image of images) {
    const answered = new Promise((resolve) => (model.save_changes = resolve));
    model.set("image", image);
    await answered;
    const strokes = [...document.querySelectorAll(".vecnb-stroke")];
    const width = strokes.map((stroke) => Number(stroke.getAttribute("stroke-width")));
    answers.push(model.get("lines").map((line, i) => [...line, width[i]]));
  }
  model.save_changes = saved;
  return answers;
}"""


# Python


def test_before_the_reader_draws_it_holds_a_digit_and_its_lines():
    widget, (digits, _) = DrawDigit(), reference_digits(fallback="subset")
    np.testing.assert_array_equal(widget.image, digits[3, 0])
    assert widget.lines.shape == (5, 4) and widget.still().lines.shape == (1, 5, 4)
    assert len(widget.examples) == 10 * 784


def test_image_and_lines_are_arrays_both_ways():
    widget = DrawDigit()
    widget.image = np.eye(28)
    widget.lines = np.array([[0.0, 0.0, 1.0, 1.0]])
    np.testing.assert_array_equal(widget.image, np.eye(28))
    np.testing.assert_array_equal(widget.lines, [[0, 0, 1, 1]])
    widget.set_state({"image": np.zeros((28, 28)).tolist(), "lines": [[0, 0, 0.5, 1]] * 5})  # from the page
    assert isinstance(widget.image, np.ndarray) and widget.image.sum() == 0
    assert widget.lines.shape == (5, 4)


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((27, 28)), ValueError, r"image must have shape \[28, 28\], not \[27, 28\]"),
        (np.full((28, 28), np.nan), ValueError, r"image must lie in \[0, 1\]"),
        (np.full((28, 28), 255.0), ValueError, "divide pixels of 0 to 255 by 255"),
        ([["a"] * 28] * 28, TypeError, "image must hold numbers"),
    ],
)
def test_a_bad_image_is_refused(image, error, message):
    with pytest.raises(error, match=message):
        DrawDigit().image = image


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        ("autoencoder", ValueError, "models must be a list of names"),
        ((), ValueError, "models must be a list of names"),
        (("no_such",), FileNotFoundError, "no_such"),
        (("gan",), ValueError, "'gan' cannot run in a page"),
        ((RESULTS / "autoencoder" / "thesis",), ValueError, "'thesis' cannot run in a page"),
        ((RESULTS / "vae" / "pixels",), ValueError, "'pixels' cannot run in a page"),
        (("classifier",), ValueError, "classifier"),
    ],
)
def test_models_that_cannot_answer_are_named(models, error, message):
    with pytest.raises(error, match=message):
        DrawDigit(models=models)


def test_three_models_fit_into_two_megabytes():
    size = sum(len(PackedModel(model).weights) for model in MODELS)
    assert size * 4 / 3 < 2e6  # base64


@torch.no_grad()
@pytest.mark.parametrize("name", MODELS)
def test_six_bits_a_weight_move_the_ends_of_lines_by_parts_of_a_pixel(name):
    """Measured on 1,000 test digits, against the model with the weights that it was trained to.

    With one augmentation an end moves by .09 to .12 pixels on average, and by .98 at most. Of nine the
    quantised model may prefer another: in 10 to 22 digits of 100 an end is then more than a pixel from where
    it was, by up to 13, ends move by .17 to .27 on average, and the drawings' squared error grows by 2 to
    4 %. So the page is within 1e-4 of the quantised model, which is only this near to the trained one.
    """
    images = load_mnist("test", fallback="subset")[0][:1000]
    trained, page = load_model(name), PackedModel(name)
    for count, mean, most, share in ((1, 0.15, 1.25, 0.005), (page.n_augmentations, 0.35, 15, 0.3)):
        trained.n_augmentations = page.n_augmentations = count
        apart = page.vectorise(images).lines - trained.vectorise(images).lines
        moved = 28 * apart.unflatten(2, (2, 2)).norm(dim=-1).flatten(1)  # every end, in pixels
        assert moved.mean() < mean and moved.max() < most
        assert (moved.amax(1) > 1).float().mean() < share


def test_the_vectors_of_the_preprocessing_are_those_of_to_mnist():
    shared_vectors.check("mnist", mnist_vectors.vectors(), tolerance=2e-3)


# In the browser


@pytest.mark.parametrize("name", MODELS)
def test_the_page_answers_as_torch_does(browser, tmp_path, name):
    """Lines and widths to 1e-4, on 40 test digits, with the quantised weights."""
    images = load_mnist("test", fallback="subset")[0][:40]
    answers = PackedModel(name).vectorise(images)
    wanted = torch.cat([answers.lines, answers.width[..., None]], -1)
    with opened(browser, tmp_path, DrawDigit(models=[name])) as page:
        page.wait_for_function(ANSWERED)
        page.wait_for_timeout(200)
        found = page.evaluate(ASK, images[:, 0].tolist())
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-4)


@pytest.fixture(scope="module")
def three_models(tmp_path_factory):
    """The folder of a page with three models side by side."""
    folder = tmp_path_factory.mktemp("page")
    write_page(folder, DrawDigit(models=MODELS))
    return folder


def draw(page, points):
    """Draw with the mouse; points in the unit square of the pad."""
    box = page.locator(".vecnb-pad").bounding_box()
    for i, (x, y) in enumerate(points):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
        if i == 0:
            page.mouse.down()
    page.mouse.up()


def strokes_shown(page):
    return page.locator(".vecnb-card .vecnb-stroke").evaluate_all("(all) => all.map((one) => one.outerHTML)")


def changes(page, before):
    """Wait until the answers are others; return them."""
    page.wait_for_function(
        "(before) => JSON.stringify([...document.querySelectorAll('.vecnb-card .vecnb-stroke')]"
        ".map((one) => one.outerHTML)) !== JSON.stringify(before)",
        arg=before,
    )
    return strokes_shown(page)


@pytest.mark.parametrize("device", DEVICES)
def test_drawn_with_the_mouse(browser, three_models, device):
    viewport, _ = DEVICES[device]
    with visit(browser, three_models, viewport) as page:
        page.wait_for_function(ANSWERED)  # before the reader draws
        before = strokes_shown(page)
        draw(page, TWO)
        after = changes(page, before)
        screenshot(page, "draw_digit")
        draw(page, [(0.1, 0.1), (0.9, 0.1)])
        changes(page, after)
        page.get_by_role("button", name="Undo").click()
        page.wait_for_timeout(500)
        page.wait_for_function("() => document.querySelectorAll('.vecnb-pad-strokes path').length === 1")
        page.get_by_role("button", name="Clear").click()
        page.wait_for_function(EMPTY)
        page.get_by_role("button", name="Test digit 7").click()
        page.wait_for_function(ANSWERED)


def test_drawn_with_a_finger_while_the_page_stays_where_it_is(browser, three_models):
    phone, _ = DEVICES["phone"]
    with visit(browser, three_models, phone, has_touch=True, is_mobile=True) as page:
        page.wait_for_function(ANSWERED)
        before = strokes_shown(page)
        box = page.locator(".vecnb-pad").bounding_box()
        x = box["x"] + box["width"] / 2
        drag_between(page, (x, box["y"] + 0.9 * box["height"]), (x, box["y"] + 0.1 * box["height"]), steps=3)
        changes(page, before)
        assert page.evaluate("window.scrollY") == 0


def test_drawn_with_the_keyboard_alone(browser, three_models):
    with visit(browser, three_models) as page:
        page.wait_for_function(ANSWERED)
        before = strokes_shown(page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getAttribute('role')") == "application"
        for key in ["Space", *["Shift+ArrowUp"] * 3, *["ArrowRight"] * 4, "Space"]:
            page.keyboard.press(key)
        changes(page, before)
        assert page.locator(".vecnb-pad-strokes path").count() == 1


def test_an_answer_is_read_to_a_screen_reader_once(browser, three_models):
    """The number of lines, and whose they are; not the time, which changes in every frame."""
    with visit(browser, three_models) as page:
        page.wait_for_function(ANSWERED)
        status = page.locator(".vecnb-card [aria-live=polite][aria-atomic=true]").first
        page.get_by_role("button", name="Clear").click()
        page.wait_for_function(EMPTY)
        assert "waiting for a stroke" in status.aria_snapshot()
        draw(page, TWO)
        page.wait_for_function(ANSWERED)
        heard = status.aria_snapshot()
        assert "Chapter 2" in heard and "5 lines" in heard and "ms" not in heard
        assert "ms" in status.text_content()  # which is visible


def test_lines_are_exported_as_svg_and_as_json(browser, three_models, tmp_path):
    with visit(browser, three_models, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.wait_for_function(ANSWERED)
        page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
        page.get_by_role("button", name="Copy the coordinates of Chapter 2").click()
        page.get_by_text("Copied").wait_for()
        text = page.evaluate("window.copied")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save SVG of Chapter 2").click()
        download.value.save_as(tmp_path / "digit.svg")
        assert page.evaluate("(text) => (0, eval)(text)", text) == json.loads(text)  # JavaScript reads it too
    numbers = torch.tensor(json.loads(text))
    assert numbers.shape == (5, 5)
    svg = (tmp_path / "digit.svg").read_text(encoding="utf-8")
    assert svg == Strokes(numbers[None, :, :4], numbers[None, :, 4]).to_svg()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_broken_weights_are_reported_in_the_page(browser, tmp_path, theme):
    widget = DrawDigit()
    widget.networks = [{**widget.networks[0], "weights": b"not compressed"}]
    write_page(tmp_path, widget, theme=theme)
    with visit(browser, tmp_path, DESKTOP) as page:
        page.get_by_role("alert").wait_for()
        assert "Draw a digit:" in page.get_by_role("alert").text_content()
        assert page.locator(".vecnb-still").is_visible()


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("image", [[0.5]], "image must be 28 × 28 numbers in [0, 1]"),
        ("lines", [[0.1, 0.2]], "lines[0] = [0.1,0.2] is not four numbers (x1, y1, x2, y2)"),
    ],
)
def test_wrong_values_are_shown_in_the_page(browser, tmp_path, trait, value, message):
    with opened(browser, tmp_path, DrawDigit()) as page:
        page.wait_for_function(ANSWERED)
        set_trait(page, trait, value)
        assert page.get_by_role("alert").text_content() == f"Draw a digit: {message}"


def test_lines_from_python_are_shown_with_a_width(browser, tmp_path):
    with opened(browser, tmp_path, DrawDigit()) as page:
        page.wait_for_function(ANSWERED)
        page.wait_for_timeout(200)
        set_trait(page, "lines", [[0.1, 0.2, 0.3, 0.4]])
        stroke = page.locator(".vecnb-card .vecnb-stroke")
        assert stroke.count() == 1
        assert float(stroke.get_attribute("stroke-width")) == pytest.approx(2.5 / 28)
