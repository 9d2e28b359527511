"""The built book as a reader meets it: in a browser, from disk or a server, wide or narrow, offline."""

import functools
import os
import re
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from conftest import ROOT
from playwright.sync_api import sync_playwright

TOC = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
PAGES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
PAGES += ["genindex", "search"]
SCREENSHOTS = ROOT / "artefacts" / "screenshots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

RAW_MATHEMATICS = re.compile(r"\$(?![A-Z]{3})[^$\n]+\$|\\[(\[]")  # and not $VECNB_DATA
PATIENCE = 120_000  # milliseconds, for a busy machine

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


@pytest.fixture(scope="session")
def browser():
    program = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no chromium or google-chrome on PATH: install one to see the book as its readers do")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without telling of each."""

    def log_message(self, *arguments):
        """Nothing: pytest shows what went wrong, not what was served."""


@pytest.fixture(scope="session", params=["file", "http"])
def address(request, browser, built_book):
    """Where the built book's pages are found, without the trailing slash."""
    if request.param == "file":
        yield built_book.as_uri()
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built_book)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Visit:
    """A page opened in a fresh context, with what it asked for and what it complained about."""

    def __init__(self, context, address):
        self.asked_elsewhere, self.complaints = [], []
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.route("**/*", lambda route: self._guard(route, address))

    def _hear(self, kind, text):
        if kind == "error":
            self.complaints.append(text)

    def _guard(self, route, address):
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            self.asked_elsewhere.append(url)
            route.abort()


@pytest.mark.parametrize("name", PAGES)
def test_page(browser, address, name):
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context, address)
        page = visit.page
        page.goto(f"{address}/{name}.html", wait_until="load")
        if page.locator("main .math").count():
            page.evaluate("() => MathJax.startup.promise")
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
