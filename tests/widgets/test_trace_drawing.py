"""Trace a drawing: its picture in Python; how the page traces what is drawn, dropped, pasted or opened."""

import base64
import io
import itertools
import json
import re

import numpy as np
import pytest
import shared_vectors
import torch
import trace_vectors
import traitlets
from conftest import ROOT
from gestures import DEVICES, drag_between, opened, press, replacing, set_trait
from pages import Visit, screenshot, served, visit, write_page
from PIL import Image

from vecnb import vectorise
from vecnb.drawing import Drawing, Path
from vecnb.widgets import TraceDrawing
from vecnb.widgets.trace_examples import examples

EXAMPLES = examples()
PIXELS = 1e-3  # how far the page's strokes may be from Python's; an SVG has three decimals besides
ZIGZAG = [(0.15, 0.3), (0.45, 0.75), (0.6, 0.25), (0.85, 0.7)]


# Python


def test_it_begins_with_an_example_and_its_strokes():
    widget = TraceDrawing()
    np.testing.assert_allclose(widget.image, EXAMPLES["a cup"], atol=0.5 / 255 + 1e-6)
    assert len(widget.drawing.paths) == len(widget.still().paths) == 5
    assert "<path" in widget.still_html()


def test_the_image_is_what_the_page_has():
    """Bytes: what Python sets is rounded, and comes back from the page as it is."""
    widget = TraceDrawing(torch.full((1, 1, 3, 5), 0.301), detail=2)
    np.testing.assert_array_equal(widget.image, np.full((3, 5), 77 / 255))  # of 76.8
    state = widget.get_state("image")["image"]
    assert state == {"shape": [3, 5], "pixels": bytes([77] * 15)}
    widget.set_state({"image": {"shape": [2, 2], "pixels": memoryview(bytes([0, 255, 51, 0]))}})
    np.testing.assert_array_equal(widget.image, [[0, 1], [0.2, 0]])
    widget.image = [[0.0, 1.0]]
    assert widget.image.shape == (1, 2)


def test_a_large_image_is_scaled_down():
    image = np.zeros((300, 600), np.float32)
    image[:, 300:] = 1
    widget = TraceDrawing(image)
    assert widget.image.shape == (128, 256)
    np.testing.assert_array_equal(widget.image, np.repeat([[0.0] * 128 + [1.0] * 128], 128, 0))


@pytest.mark.parametrize(
    ("image", "error", "message"),
    [
        (np.zeros((2, 4, 4)), ValueError, r"image must be one picture \[H, W\], not 2"),
        (np.zeros((0, 4)), ValueError, r"image must have pixels, not the shape \[0, 4\]"),
        (np.full((4, 4), 255.0), ValueError, r"images must lie in \[0, 1\]"),
        (np.full((4, 4), np.nan), ValueError, "they hold NaN"),
        ("cup.png", TypeError, "vecnb.load_image"),
    ],
)
def test_a_bad_image_is_refused(image, error, message):
    with pytest.raises(error, match=message):
        TraceDrawing(image)
    widget = TraceDrawing()
    with pytest.raises(error, match=message):
        widget.image = image


@pytest.mark.parametrize("detail", [0, 101, float("nan")])
def test_a_bad_detail_is_refused(detail):
    with pytest.raises(traitlets.TraitError, match="detail"):
        TraceDrawing(detail=detail)


def test_the_vectors_are_those_of_vectorise():
    committed = json.loads((ROOT / "tests" / "js" / "trace_drawing.json").read_text(encoding="utf-8"))
    found = trace_vectors.unpacked(trace_vectors.vectors())
    shared_vectors.assert_close(trace_vectors.unpacked(committed), found, "trace_drawing", PIXELS)


# In the browser


def settled(page, count=1):
    """Wait until the page has traced what is on the board, and shows at least so many strokes."""
    page.locator(".vecnb[aria-busy=false]").wait_for()
    page.wait_for_function(
        "(count) => document.querySelectorAll('.vecnb-middles path').length >= count", arg=count
    )


def counts(page):
    """Strokes, curves and numbers, as the page counts them."""
    texts = page.locator(".vecnb-counts strong").all_text_contents()
    return [int(text.replace(",", "")) for text in texts]


def image_of(page):
    """The picture [H, W] that the page tells Python of."""
    shape, pixels = page.evaluate(
        "() => { const { shape, pixels } = model.get('image');"
        " return [shape, [...new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength)]]; }"
    )
    return np.array(pixels, np.uint8).reshape(shape)


def saved(page, folder):
    """The text of the SVG that the page saves."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save SVG").click()
    assert download.value.suggested_filename == "drawing.svg"
    download.value.save_as(folder / "drawing.svg")
    return (folder / "drawing.svg").read_text(encoding="utf-8")


def points_of(svg):
    """Of each shape its numbers, its width last."""
    shapes = re.findall(r'<path d="([^"]*)" stroke-width="([^"]*)"', svg)
    return [[float(number) for number in [*re.findall(r"[\d.-]+", data), width]] for data, width in shapes]


def assert_as_python(svg, image, detail=1.0):
    wanted = points_of(vectorise(torch.from_numpy(image), detail=detail).to_svg())
    found = points_of(svg)
    assert len(found) == len(wanted) > 0
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=PIXELS + 6e-4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_page(folder, TraceDrawing())
    return folder


def on_board(page, points):
    box = page.locator(".vecnb-board").bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_traced_as_python_does(browser, tmp_path, device, name):
    widget = TraceDrawing(np.zeros((20, 20), np.float32))
    with opened(browser, tmp_path, widget, device) as page:
        page.get_by_text("Nothing here stands out").wait_for()
        press(page, page.get_by_role("button", name=name, exact=True))
        settled(page)
        image = image_of(page)
        np.testing.assert_array_equal(image, np.rint(255 * EXAMPLES[name]).astype(np.uint8))
        svg = saved(page, tmp_path)
        assert_as_python(svg, image)
        page.wait_for_function(
            "() => document.querySelector('.vecnb-stage:last-child').ariaPressed === 'true'"
        )
        page.wait_for_function("() => document.querySelector('.vecnb-wide').textContent === 'Play'")
        assert counts(page)[0] == svg.count("<path") + svg.count("<circle")
        screenshot(page, f"trace_drawing-{name.replace(', ', '-').replace(' ', '_')}")


def test_drawn_with_the_mouse_and_undone(browser, folder, tmp_path):
    with visit(browser, folder, reduced_motion="reduce") as page:
        settled(page, 5)
        page.get_by_role("button", name="Clear").click()
        page.get_by_text("Nothing here stands out").wait_for()
        assert page.get_by_role("button", name="Save SVG").is_disabled()
        page.get_by_role("slider", name="step").press("ArrowRight")  # there are no steps
        assert page.get_by_role("slider", name="step").get_attribute("aria-valuetext") == "–"
        assert page.get_by_text("draw here, or drop a picture").is_visible()
        for at, (start, end) in enumerate(itertools.pairwise(ZIGZAG)):
            drag_between(page, *on_board(page, [start, end]))
            page.wait_for_function(
                "(at) => document.querySelectorAll('.vecnb-middles path').length > 0", arg=at
            )
            settled(page)
        image = image_of(page)
        assert image.shape == (256, 256) and image.max() == 255
        assert_as_python(saved(page, tmp_path), image)
        curves = counts(page)[1]
        assert curves >= 3
        page.get_by_role("button", name="Undo").click()
        page.wait_for_function(
            "(ink) => new Uint8Array(model.get('image').pixels.buffer).reduce((a, b) => a + b) < ink",
            arg=int(image.sum(dtype=np.int64)),
        )
        settled(page)
        page.wait_for_function(
            "(n) => Number(document.querySelectorAll('.vecnb-counts strong')[1].textContent) < n", arg=curves
        )
        for _ in range(2):
            page.get_by_role("button", name="Undo").click()
        page.get_by_text("Nothing here stands out").wait_for()
        assert page.get_by_role("button", name="Undo").is_disabled()


def test_a_picture_can_be_drawn_on(browser, folder):
    with visit(browser, folder, reduced_motion="reduce") as page:
        settled(page, 5)
        drag_between(page, *on_board(page, [(0.93, 0.3), (0.93, 0.9)]))
        settled(page, 6)
        assert image_of(page).shape == (96, 96)
        assert counts(page)[0] == 6


def test_drawn_with_a_finger_while_the_page_stays_where_it_is(browser, folder):
    phone, _ = DEVICES["phone"]
    settings = {"has_touch": True, "is_mobile": True, "reduced_motion": "reduce"}
    with visit(browser, folder, phone, **settings) as page:
        settled(page, 5)
        page.get_by_role("button", name="Clear").tap()
        page.get_by_text("Nothing here stands out").wait_for()
        before = page.evaluate("window.scrollY")
        drag_between(page, *on_board(page, [(0.5, 0.9), (0.5, 0.1)]), steps=4)
        settled(page)
        assert counts(page)[:2] == [1, 1]
        assert page.evaluate("window.scrollY") == before


def test_drawn_with_the_keyboard_alone(browser, folder):
    with visit(browser, folder, reduced_motion="reduce") as page:
        settled(page, 5)
        page.get_by_role("button", name="Clear").press("Enter")
        page.get_by_text("Nothing here stands out").wait_for()
        page.get_by_role("application").focus()
        for key in ["Space", *["Shift+ArrowUp"] * 3, *["Shift+ArrowRight"] * 3, "Space"]:
            page.keyboard.press(key)
        settled(page)
        assert counts(page)[0] == 1
        page.get_by_role("button", name="Propose").press("Enter")
        assert page.get_by_role("slider", name="step").input_value() == "0"
        page.get_by_role("slider", name="step").press("ArrowRight")
        assert page.get_by_role("button", name="Fit").get_attribute("aria-pressed") == "true"


def test_strokes_settle_step_by_step_and_under_the_slider(browser, tmp_path):
    with opened(browser, tmp_path, TraceDrawing()) as page:  # it moves here
        settled(page, 5)
        last = page.locator(".vecnb-middles").inner_html()
        errors = {}
        for name in ("Propose", "Fit", "Refine", "Simplify"):
            page.get_by_role("button", name=name).click()
            errors[name] = float(page.locator(".vecnb-chart output").text_content().rstrip("\u00a0%"))
            screenshot(page, f"trace_drawing-{name.lower()}")
        assert errors["Refine"] < 0.5 * errors["Propose"] and errors["Simplify"] < 1.2 * errors["Refine"]
        assert page.locator(".vecnb-middles").inner_html() == last
        slider = page.get_by_role("slider", name="step")
        assert slider.input_value() == slider.get_attribute("max")
        page.get_by_role("button", name="Play").click()
        page.get_by_role("button", name="Pause").wait_for()
        page.wait_for_function("(slider) => slider.value > 0", arg=slider.element_handle())
        page.get_by_role("button", name="Pause").click()
        page.get_by_role("button", name="Play").wait_for()
        assert slider.input_value() != slider.get_attribute("max")
        slider.press("End")
        assert page.locator(".vecnb-middles").inner_html() == last


def png(image, mode="L"):
    file = io.BytesIO()
    Image.fromarray(image, mode).save(file, "PNG")
    return file.getvalue()


SET_IMAGE = """([shape, pixels]) =>
  model.set("image", { shape, pixels: new DataView(Uint8Array.from(pixels).buffer) })"""
BIG = np.full((500, 800), 255, np.uint8)  # a frame of two lines, light on dark once it is inverted
BIG[100:120, 100:700] = BIG[100:400, 400:420] = 0
GIVE = """([kind, name, type, data]) => {
  const transfer = new DataTransfer();
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  if (data) transfer.items.add(new File([bytes], name, { type }));
  const root = document.querySelector(".vecnb");
  const options = { bubbles: true, cancelable: true };
  const event = kind === "drop"
    ? new DragEvent("drop", { ...options, dataTransfer: transfer })
    : new ClipboardEvent("paste", { ...options, clipboardData: transfer });
  (kind === "drop" ? root.querySelector(".vecnb-board") : document.body).dispatchEvent(event);
}"""


def give(page, kind, data, name="plan.png", media="image/png"):
    """Drop a file on the board, or paste it."""
    page.evaluate(GIVE, [kind, name, media, base64.b64encode(data).decode()])


@pytest.mark.parametrize("how", ["drop", "paste", "open"])
@pytest.mark.parametrize("paper", ["white", "black", "transparent"])
def test_a_picture_is_scaled_down_and_traced(browser, folder, tmp_path, how, paper):
    if paper == "transparent":
        data = png(np.stack([np.zeros_like(BIG)] * 3 + [255 - BIG], -1), "RGBA")
    else:
        data = png(BIG if paper == "white" else 255 - BIG)
    with visit(browser, folder, reduced_motion="reduce") as page:
        settled(page, 5)
        if how == "open":
            file = {"name": "plan.png", "mimeType": "image/png", "buffer": data}
            page.locator("input[type=file]").set_input_files(file)
        else:
            give(page, how, data)
        page.get_by_text("800 × 500 pixels, scaled down to 256 × 160").wait_for()
        image = image_of(page)
        assert image.shape == (160, 256)
        assert_as_python(saved(page, tmp_path), image)
        small = np.asarray(Image.fromarray(255 - BIG).resize((256, 160), Image.Resampling.BOX), np.float64)
        assert np.abs(image - small).mean() < 1
        assert counts(page)[0] == 2


def test_what_is_no_picture_is_named(browser, folder):
    with visit(browser, folder) as page:
        settled(page, 5)
        give(page, "drop", b"no picture", "notes.txt", "text/plain")
        page.get_by_text("“notes.txt” is not a picture that this browser reads.").wait_for()
        give(page, "drop", b"")
        page.get_by_text("There was no picture in it").wait_for()
        assert page.locator(".vecnb-middles path").count() == 5  # what was there, stays


def test_pasting_into_a_text_field_is_left_alone(browser, folder):
    with visit(browser, folder) as page:
        settled(page, 5)
        page.evaluate("document.body.append(document.createElement('textarea'))")
        page.evaluate(
            GIVE.replace("document.body", "document.querySelector('textarea')"),
            ["paste", "a.png", "image/png", base64.b64encode(png(BIG)).decode()],
        )
        page.wait_for_timeout(300)
        assert image_of(page).shape == (96, 96)


def test_detail_trades_numbers_for_nearness(browser, tmp_path):
    with opened(browser, tmp_path, TraceDrawing(EXAMPLES["a word"])) as page:
        settled(page, 5)
        found = {}
        for key in ("Home", "End"):
            page.get_by_role("slider", name="detail").press(key)
            value = page.evaluate("model.get('detail')")
            page.wait_for_timeout(200)
            settled(page)
            found[value] = counts(page)[2]
            svg = saved(page, tmp_path)
            assert_as_python(svg, image_of(page), value)
        assert list(found) == [0.01, 100] and found[0.01] < found[100]


def test_python_sets_the_image_and_the_detail(browser, tmp_path):
    with opened(browser, tmp_path, TraceDrawing()) as page:
        settled(page, 5)
        image = np.zeros((30, 40), np.uint8)
        image[13:17, 5:35] = 255
        page.evaluate(SET_IMAGE, [image.shape, image.flatten().tolist()])
        page.wait_for_function("() => document.querySelectorAll('.vecnb-middles path').length === 1")
        assert_as_python(saved(page, tmp_path), image)
        set_trait(page, "detail", 3.3)
        assert page.get_by_label("detail").first.input_value() == "0.52"


def test_the_svg_is_that_of_a_drawing_and_can_be_copied(browser, folder, tmp_path):
    with visit(browser, folder) as page:
        settled(page, 5)
        page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
        page.get_by_role("button", name="Copy SVG").click()
        page.get_by_text("Copied the SVG.").wait_for()
        svg = saved(page, tmp_path)
        assert page.evaluate("window.copied") == svg
    shapes = re.findall(r'<path d="M([^"]*?)(Z?)" stroke-width="([^"]*)"', svg)
    paths = []
    for data, closed, width in shapes:
        numbers = torch.tensor([float(number) for number in re.findall(r"[\d.-]+", data)])
        degree = 1 if "L" in data else 3
        paths.append(Path(numbers.view(-1, 2), float(width), degree, bool(closed)))
    assert Drawing(tuple(paths), 96, 96).to_svg() == svg


def test_it_works_from_a_server(browser, folder):
    with served(folder) as address, browser.new_context() as context:
        visited = Visit(context, address)
        visited.page.goto(f"{address}/page.html")
        settled(visited.page, 5)
        visited.check()


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        (
            '"shape": [96, 96]',
            '"shape": [96, 95]',
            "image must have a shape [H, W], and a byte for each pixel",
        ),
        ('"detail": 1.0', '"detail": 0.001', "detail = 0.001 is not from 0.01 to 100"),
    ],
)
def test_wrong_values_are_shown_in_the_page(browser, tmp_path, good, bad, message):
    with opened(browser, tmp_path, TraceDrawing(), edit=replacing(good, bad)) as page:
        page.get_by_role("alert").wait_for()
        assert page.get_by_role("alert").text_content() == f"Trace a drawing: {message}"
        assert page.locator(".vecnb-still").is_visible()


# The page's messages to its worker, all but the first of them late.
LATE = """const send = Worker.prototype.postMessage;
Worker.prototype.postMessage = function (data) {
  setTimeout(() => send.call(this, data), data.bytes ? 0 : 500);
};
"""


@pytest.mark.parametrize("before", ["", LATE], ids=["at once", "late"])
def test_a_tracer_that_fails_is_reported(browser, tmp_path, before):
    """Also where the first picture comes after the failure, whose promise nobody awaited until then."""
    widget = TraceDrawing()
    failing = widget._esm.replace("WebAssembly.instantiate(", "Promise.reject(new Error('no memory'),")
    widget._esm = before + failing
    with opened(browser, tmp_path, widget) as page:
        page.get_by_role("alert").wait_for()
        assert page.get_by_role("alert").text_content() == "Trace a drawing: no memory"
