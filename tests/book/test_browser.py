"""The built book in a browser: every page from disk, wide and narrow, offline; one page from a server."""

import re

import pytest
import yaml
from conftest import ROOT
from pages import DESKTOP, HOST, PHONE, Visit, screenshot, served

from vecnb import widgets

TOC = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text(encoding="utf-8"))
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PAGES += ["genindex", "search"]

A_WIDGET = re.compile(rf"^(widgets\.)?({'|'.join(widgets.__all__)})\(", re.MULTILINE)
SOURCES = {name: (ROOT / "book" / f"{name}.md").read_text(encoding="utf-8") for name in PAGES[:-2]}
PLAYABLE = [name for name, text in SOURCES.items() if A_WIDGET.search(text)]

RAW_MATHEMATICS = re.compile(r"\$(?![A-Z]{3})[^$\n]+\$|\\[(\[]")  # and not $VECNB_DATA

# What the reader sees of <main>, without code and without mathematics that is already typeset.
PROSE = """() => {
  const main = document.querySelector("main").cloneNode(true);
  main.querySelectorAll("pre, code, script, style, mjx-container").forEach((element) => element.remove());
  return main.textContent;
}"""
UNSET = """() => [...document.querySelectorAll("main .math")]
  .filter((element) => !element.querySelector("mjx-container")).map((element) => element.textContent)"""
IMAGES = """() => [...document.querySelectorAll("main img")]
  .map((image) => ({source: image.src, alt: image.alt, width: image.naturalWidth}))"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll("main *")]
    .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
    .map((element) => element.tagName + "." + element.className).slice(0, 8)
    .concat("the page is " + document.documentElement.scrollWidth + " px wide")"""

# Places of widgets where neither a widget nor the line that it needs a kernel has come.
LIFELESS = """() => [...document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]')]
  .map((script) => script.closest(".cell_output"))
  .filter((output) => !output.querySelector(".vecnb > *, .vecnb-needs-kernel"))
  .map((output) => output.textContent)"""
BROKEN = """() => [...document.querySelectorAll(".vecnb-error")].map((element) => element.textContent)"""
JUMPS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => sum += entry.value))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => resolve(sum), 200);
})"""

# The page's own host is asked for one widget only, the one that stands at the top of the screen.
ALONE = """(still) => {
  const view = "application/vnd.jupyter.widget-view+json", mine = still.closest(".cell_output");
  for (const script of document.querySelectorAll(`script[type="${view}"], script[type=later]`)) {
    script.type = mine.contains(script) ? view : "later";
  }
  still.scrollIntoView({behavior: "instant"});
}"""
COUNT_JUMPS = """() => {
  window.jumped = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.jumped += entry.value))
    .observe({type: "layout-shift"});
}"""
# What a widget says and draws.
SEEN = """(widget) => widget.innerText + [...widget.querySelectorAll(".vecnb-stroke, path, line")]
  .map((mark) => mark.outerHTML).join("")"""


@pytest.fixture(scope="session")
def address(built_book):
    """Where the built book's pages are found, without the trailing slash."""
    return built_book.as_uri()


@pytest.mark.parametrize("name", PAGES)
def test_page(browser, address, name):
    with browser.new_context(viewport=DESKTOP) as context:
        visited = Visit(context, address)
        page = visited.page
        page.goto(f"{address}/{name}.html", wait_until="load")
        if page.locator("main .math").count():
            page.evaluate("() => MathJax.startup.promise")
        page.wait_for_function(f"() => ({LIFELESS})().length === 0", timeout=20_000)
        assert page.evaluate(BROKEN) == []
        if name == TOC["root"]:
            assert page.evaluate(JUMPS) < 0.1  # cumulative layout shift; 0.1 is called good
        screenshot(page, name)

        assert page.evaluate(UNSET) == []
        assert page.locator("mjx-merror").count() == 0
        assert not RAW_MATHEMATICS.search(page.evaluate(PROSE))
        for image in page.evaluate(IMAGES):
            assert image["width"] > 0, image
            assert image["alt"] and "_images/" not in image["alt"], image  # myst-nb's own alt is a file name

        page.set_viewport_size(PHONE)
        page.wait_for_timeout(300)  # the layout settles, the side bars fold away
        screenshot(page, name)
        assert page.evaluate(TOO_WIDE) == []

        visited.check()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("name", PLAYABLE)
def test_nothing_jumps_as_a_widget_comes_alive(browser, address, name, size):
    """Of a page at rest, scrolled to each widget. Without room, chapter 4 jumps by .03 to .08."""
    with browser.new_context(viewport=size) as context:
        page = Visit(context, address).page
        for script in ("widgets.js", "tex-chtml.js"):
            page.route(f"**/{script}*", lambda route: route.fulfill(body="", content_type="text/javascript"))
        page.goto(f"{address}/{name}.html", wait_until="load")
        page.evaluate(COUNT_JUMPS)
        stills = page.locator(".vecnb-still").element_handles()
        assert stills
        for still in stills:
            still.evaluate(ALONE)
            page.wait_for_timeout(100)
            page.evaluate("() => window.jumped = 0")
            page.add_script_tag(content=HOST.read_text(encoding="utf-8"))
            page.wait_for_function("(still) => still.hidden", arg=still)
            page.wait_for_timeout(300)
            assert page.evaluate("window.jumped") < 0.01, still.get_attribute("data-widget")


def test_a_control_that_needs_a_kernel_leads_to_the_page_s_notebook(browser, address, built_book):
    with browser.new_context(viewport=DESKTOP) as context:
        page = context.new_page()
        page.goto(f"{address}/02_line_renderer.html")
        link = page.locator(".vecnb-needs-kernel a").first
        link.wait_for()
        assert (built_book / link.get_attribute("href")).is_file()


def test_a_served_page_has_its_mathematics_and_its_widgets(browser, built_book):
    with served(built_book) as address, browser.new_context(viewport=DESKTOP) as context:
        visited = Visit(context, address)
        page = visited.page
        page.goto(f"{address}/02_line_renderer.html", wait_until="load")
        page.evaluate("() => MathJax.startup.promise")
        page.wait_for_function(f"() => ({LIFELESS})().length === 0", timeout=20_000)
        assert page.evaluate(BROKEN) == page.evaluate(UNSET) == []
        visited.check()


@pytest.mark.parametrize("name", PLAYABLE)
def test_every_widget_is_played_with(browser, address, name):
    with browser.new_context(viewport=DESKTOP) as context:
        visited = Visit(context, address)
        page = visited.page
        page.goto(f"{address}/{name}.html", wait_until="load")
        page.wait_for_function(f"() => ({LIFELESS})().length === 0")
        found = page.locator("main section.vecnb")
        assert found.count() == page.locator(".vecnb-still").count() > 0
        for widget in found.all():
            play(page, widget)
        visited.check()


def play(page, widget):
    """Use one control of a widget, and see that it says or draws something else."""
    title = widget.get_attribute("aria-label")
    if title == "Draw a digit":
        page.wait_for_function(
            "(widget) => widget.querySelector('.vecnb-stroke')", arg=widget.element_handle()
        )
    before = widget.evaluate(SEEN)
    if title == "Draw a digit":
        pad = widget.locator(".vecnb-pad")
        pad.scroll_into_view_if_needed()
        box = pad.bounding_box()
        page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.8 * box["height"], steps=5)
        page.mouse.up()
    elif title == "Trace a drawing":
        widget.get_by_role("button", name="a house").press("Enter")
    elif title == "Break the GAN":
        widget.get_by_role("button", name="One step").press("Enter")
    else:
        widget.get_by_role("slider").first.press("ArrowRight")
    page.wait_for_function(
        f"([widget, before]) => ({SEEN})(widget) !== before", arg=[widget.element_handle(), before]
    )
