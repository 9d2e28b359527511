"""A reader's hands in the browser tests: a widget on a page of its own, dragged by mouse or finger."""

from contextlib import contextmanager

import numpy as np
from browsing import DESKTOP, PHONE, SCREENSHOTS, Visit, served, write_page

# How a page is opened: from disk or a server, with a mouse or a finger, wide or narrow, by day or by night.
WAYS = {
    "file, desktop, light": ("file", DESKTOP, "light"),
    "http, phone, dark": ("http", PHONE, "dark"),
}
INK = """(canvas) => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({length: data.length / 4}, (_, i) => data[4 * i]);
}"""
ARRIVED = """([label, x, y]) => {
  const words = document.querySelector(`[aria-label="${label}"]`).getAttribute("transform");
  const [atX, atY] = words.match(/[\\d.]+/g).map(Number);
  return Math.hypot(atX - x, atY - y) < 0.02;
}"""


@contextmanager
def opened(browser, folder, widget, way, change=lambda text: text):
    """A page with one widget, which must be quiet and ask for nothing; `change` edits the page's text."""
    how, viewport, theme = WAYS[way]
    write_page(folder, widget, theme=theme)
    page_file = folder / "page.html"
    page_file.write_text(change(page_file.read_text(encoding="utf-8")), encoding="utf-8")
    touch = viewport is PHONE
    with (
        served(folder, how) as address,
        browser.new_context(viewport=viewport, has_touch=touch) as context,
    ):
        visit = Visit(context, address)
        visit.page.goto(f"{address}/page.html")
        visit.page.wait_for_selector(".vecnb > *")
        yield visit.page
        wide = visit.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= viewport["width"]
        assert visit.asked_elsewhere == []
        assert visit.complaints == []


def exposed(text):
    """A page's text whose widget leaves its model in `model`, so that a test can play Python."""
    begin = "render({ model, el }) {"
    assert begin in text
    return text.replace(begin, f"{begin} window.model = model;")


def set_trait(page, name, value):
    """Set a trait as Python does, whatever it would say of the value."""
    page.evaluate("([name, value]) => model.set(name, value)", [name, value])


def picture(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{page.viewport_size['width']}.png", full_page=True)


def grip(page, label):
    return page.get_by_role("slider", name=label, exact=True)


def place(page, label):
    """Where a handle is, in the unit square, as exactly as the page has it."""
    words = grip(page, label).get_attribute("transform").removeprefix("translate(").rstrip(")").split()
    return [float(word) for word in words]


def lines_of(page):
    """The lines [1, N, 4] whose end points the page shows."""
    count = page.get_by_role("slider", name="start").count()
    ends = [place(page, f"line {i + 1}, start") + place(page, f"line {i + 1}, end") for i in range(count)]
    return np.array([ends])


def ink_of(page, number=0):
    """The ink [H, W] on one of the page's canvases, in 256 steps."""
    canvas = page.locator("canvas").nth(number)
    grey = np.array(canvas.evaluate(INK), dtype=np.float64)
    side = int(len(grey) ** 0.5)
    return 1 - grey.reshape(side, side) / 255


def way_to(page, label, to):
    """Page coordinates of a handle, and of a place in the unit square of its sheet."""
    sheet = page.locator(".vecnb-sheet").first
    sheet.scroll_into_view_if_needed()
    box = sheet.locator("svg").bounding_box()
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (place(page, label), to)]


def drag(page, label, to, steps=8):
    """Drag a handle, with the mouse on a wide screen, with a finger on a narrow one, and see it arrive."""
    start, end = way_to(page, label, to)
    between = np.linspace(start, end, steps + 1)[1:].tolist()
    if page.viewport_size == DESKTOP:
        page.mouse.move(*start)
        page.mouse.down()
        for x, y in between:
            page.mouse.move(x, y)
        page.mouse.up()
    else:
        finger = page.context.new_cdp_session(page)
        touch(finger, "touchStart", start)
        for point in between:
            touch(finger, "touchMove", point)
        touch(finger, "touchEnd")
    page.wait_for_function(ARRIVED, arg=[label, *to])


def touch(finger, kind, *points):
    points = [{"x": x, "y": y} for x, y in points]
    finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
