"""The built book as a reader meets it: in a browser, from disk or a server, wide or narrow, offline."""

import re

import pytest
import yaml
from browsing import DESKTOP, PHONE, SCREENSHOTS, Visit, served
from conftest import ROOT

TOC = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PAGES += ["genindex", "search"]

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


@pytest.fixture(scope="session", params=["file", "http"])
def address(request, browser, built_book):
    """Where the built book's pages are found, without the trailing slash."""
    with served(built_book, request.param) as address:
        yield address


@pytest.mark.parametrize("name", PAGES)
def test_page(browser, address, name):
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context, address)
        page = visit.page
        page.goto(f"{address}/{name}.html", wait_until="load")
        if page.locator("main .math").count():
            page.evaluate("() => MathJax.startup.promise")
        page.wait_for_function(f"() => ({LIFELESS})().length === 0", timeout=20_000)
        assert page.evaluate(BROKEN) == []
        if name == TOC["root"]:
            assert page.evaluate(JUMPS) < 0.1  # cumulative layout shift; 0.1 is called good
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}-{DESKTOP['width']}.png", full_page=True)

        assert page.evaluate(UNSET) == []
        assert page.locator("mjx-merror").count() == 0
        assert not RAW_MATHEMATICS.search(page.evaluate(PROSE))
        for image in page.evaluate(IMAGES):
            assert image["width"] > 0, image
            assert image["alt"] and "_images/" not in image["alt"], image  # myst-nb's own alt is a file name

        page.set_viewport_size(PHONE)
        page.wait_for_timeout(300)  # the layout settles, the side bars fold away
        page.screenshot(path=SCREENSHOTS / f"{name}-{PHONE['width']}.png", full_page=True)
        assert page.evaluate(TOO_WIDE) == []

        assert visit.asked_elsewhere == []
        assert visit.complaints == []
