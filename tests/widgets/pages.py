"""Pages for the browser tests: opened from disk or from a server, with nothing requested from the network."""

import functools
import json
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from conftest import ROOT
from ipywidgets.embed import dependency_state, embed_data

SCREENSHOTS = ROOT / "artefacts" / "screenshots"
HOST = ROOT / "book" / "_offline" / "widgets.js"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
TIMEOUT = 120_000  # milliseconds, for a busy machine


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files without a log."""

    def log_message(self, *arguments):
        """Nothing."""


@contextmanager
def served(folder):
    """Serve a folder over HTTP; gives its address without the trailing slash."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(QuietHandler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Visit:
    """A page in a fresh context, with its requests to elsewhere and its errors."""

    def __init__(self, context, address):
        self.requests_elsewhere, self.errors = [], []
        self.page = context.new_page()
        self.page.set_default_timeout(TIMEOUT)
        self.page.on("console", lambda message: self._record(message.type, message.text))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.route("**/*", lambda route: self._guard(route, address))

    def _record(self, kind, text):
        if kind == "error":
            self.errors.append(text)

    def _guard(self, route, address):
        url = route.request.url
        if url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            self.requests_elsewhere.append(url)
            route.abort()

    def check(self):
        assert self.requests_elsewhere == []
        assert self.errors == []


@contextmanager
def visit(browser, folder, viewport=DESKTOP, **settings):
    """Open page.html of a folder from disk; afterwards it must fit, be without errors, and be offline."""
    with browser.new_context(viewport=viewport, **settings) as context:
        visited = Visit(context, folder.as_uri())
        visited.page.goto(f"{folder.as_uri()}/page.html")
        yield visited.page
        assert visited.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        visited.check()


PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><script defer src="widgets.js"></script></head>
<body style="margin: 0.5rem; background: {ground}"><main>{views}</main>
<script type="application/vnd.jupyter.widget-state+json">{state}</script></body></html>"""


def write_page(folder, *widgets, theme="light"):
    """Write page.html: these widgets and the book's host of them, as myst-nb and still_pictures.py write it.

    The host leaves the last widget's model in `window.model`, so that a test can act as Python.
    """
    host = HOST.read_text(encoding="utf-8")
    assert "const model = models.get(entry)" in host
    host = host.replace("const model = models.get(entry)", "const model = window.model = models.get(entry)")
    (folder / "widgets.js").write_text(host, encoding="utf-8")
    own_state = dependency_state(widgets, drop_defaults=False)  # without the process's other widgets
    state = json.dumps(embed_data(views=widgets, state=own_state)["manager_state"]).replace("</", "<\\/")
    views = "".join(
        f'<div class="cell_output"><div class="output text_html">{widget.still_html()}</div>'
        f'<script type="application/vnd.jupyter.widget-view+json">'
        f'{{"model_id": "{widget.model_id}"}}</script></div>'
        for widget in widgets
    )
    ground = {"light": "#fff", "dark": "#121212"}[theme]
    text = PAGE.format(theme=theme, ground=ground, views=views, state=state)
    (folder / "page.html").write_text(text, encoding="utf-8")


def screenshot(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{page.viewport_size['width']}.png", full_page=True)
