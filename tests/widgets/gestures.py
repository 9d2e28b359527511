"""What readers do in the browser tests: a widget on a page of its own, moved by mouse or finger."""

from contextlib import contextmanager

import numpy as np
from pages import DESKTOP, PHONE, visit, write_page

# A wide window with a mouse by day, a narrow one with a finger by night.
DEVICES = {"desktop": (DESKTOP, "light"), "phone": (PHONE, "dark")}
PIXELS = """(canvas) => {
  const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({length: data.length / 4}, (_, i) => data[4 * i]);
}"""
ARRIVED = """([label, x, y]) => {
  const text = document.querySelector(`[aria-label="${label}"]`).getAttribute("transform");
  const [atX, atY] = text.match(/[\\d.]+/g).map(Number);
  return Math.hypot(atX - x, atY - y) < 0.02;
}"""

# What a finger has to hit, if it is less than 44 pixels high.
SMALL = """() => [...document.querySelectorAll(
  ".vecnb button, .vecnb input[type=range], .vecnb-choice label, .vecnb-target"
)].map((node) => [node.outerHTML.slice(0, 60), node.getBoundingClientRect().height])
  .filter(([, height]) => height < 44)"""


@contextmanager
def opened(browser, folder, widget, device="desktop", edit=lambda text: text):
    """A page with one widget; `edit` changes the page's text."""
    viewport, theme = DEVICES[device]
    write_page(folder, widget, theme=theme)
    page_file = folder / "page.html"
    page_file.write_text(edit(page_file.read_text(encoding="utf-8")), encoding="utf-8")
    # Animations run, whatever the machine's own setting.
    settings = {"has_touch": device == "phone", "reduced_motion": "no-preference"}
    with visit(browser, folder, viewport, **settings) as page:
        page.wait_for_selector(".vecnb > *")
        yield page


def replacing(good, bad):
    """An edit of a page's text that replaces a value in the widget's state."""

    def edit(text):
        assert good in text
        return text.replace(good, bad)

    return edit


def set_trait(page, name, value):
    """Set a trait as Python does, but unchecked."""
    page.evaluate("([name, value]) => model.set(name, value)", [name, value])


def press(page, locator, **where):
    """Click, or tap on a phone."""
    (locator.tap if page.viewport_size == PHONE else locator.click)(**where)


def small_controls(page):
    """The controls that are less than 44 pixels high, with their heights."""
    return page.evaluate(SMALL)


def handle(page, label):
    return page.get_by_role("slider", name=label, exact=True)


def position(page, label):
    """Where a handle is, in the unit square, as exactly as the page has it."""
    text = handle(page, label).get_attribute("transform").removeprefix("translate(").rstrip(")")
    return [float(number) for number in text.split()]


def lines_of(page):
    """The lines [1, N, 4] whose end points the page shows."""
    count = page.get_by_role("slider", name="start").count()
    names = [f"line {i + 1}" for i in range(count)]
    ends = [position(page, f"{name}, start") + position(page, f"{name}, end") for name in names]
    return np.array([ends])


def canvas_image(page, number=0):
    """The intensities [H, W] on one of the page's canvases, in 256 steps."""
    canvas = page.locator("canvas").nth(number)
    grey = np.array(canvas.evaluate(PIXELS), dtype=np.float64)
    side = int(len(grey) ** 0.5)
    return 1 - grey.reshape(side, side) / 255


def drag(page, label, to, steps=8):
    """Drag a handle to a point of the unit square, by mouse or by finger, and wait until it is there."""
    view = page.locator(".vecnb-view").first
    view.scroll_into_view_if_needed()
    box = view.locator("svg").bounding_box()
    points = position(page, label), to
    start, end = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points)
    drag_between(page, start, end, steps)
    page.wait_for_function(ARRIVED, arg=[label, *to])


def drag_between(page, start, end, steps=8):
    """Drag from one point of the page to another, by mouse or, on a phone, by finger."""
    points = np.linspace(start, end, steps + 1)[1:].tolist()
    if page.viewport_size == DESKTOP:
        page.mouse.move(*start)
        page.mouse.down()
        for x, y in points:
            page.mouse.move(x, y)
        page.mouse.up()
        return
    finger = page.context.new_cdp_session(page)
    touch(finger, "touchStart", start)
    for point in points:
        touch(finger, "touchMove", point)
    touch(finger, "touchEnd")


def touch(finger, kind, *points):
    points = [{"x": x, "y": y} for x, y in points]
    finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
