"""Pages for the browser tests: served or from disk, visited with nothing asked of the network."""

import functools
import json
import shutil
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from conftest import ROOT
from ipywidgets.embed import dependency_state, embed_data

SCREENSHOTS = ROOT / "artefacts" / "screenshots"
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 120_000  # milliseconds, for a busy machine


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without telling of each."""

    def log_message(self, *arguments):
        """Nothing: pytest shows what went wrong, not what was served."""


@contextmanager
def served(folder, how):
    """Address of a folder of pages without the trailing slash, from disk ("file") or a server ("http")."""
    if how == "file":
        yield folder.as_uri()
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
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


PAGE = """<!DOCTYPE html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><script defer src="widgets.js"></script></head>
<body style="margin: 0.5rem; background: {ground}"><main>{views}</main>
<script type="application/vnd.jupyter.widget-state+json">{state}</script></body></html>"""


def write_page(folder, *widgets, theme="light"):
    """A static page with these widgets and the book's host of them, as myst-nb would write it: page.html."""
    shutil.copy(ROOT / "book" / "_offline" / "widgets.js", folder)
    theirs = dependency_state(widgets, drop_defaults=False)  # and not that of every widget of the process
    state = json.dumps(embed_data(n_augmentations=widgets, state=theirs)["manager_state"]).replace(
        "</", "<\\/"
    )
    views = "".join(
        f'<div class="cell_output">{widget.figure()}'
        f'<script type="application/vnd.jupyter.widget-view+json">'
        f'{{"model_id": "{widget.model_id}"}}</script></div>'
        for widget in widgets
    )
    ground = {"light": "#fff", "dark": "#121212"}[theme]
    text = PAGE.format(theme=theme, ground=ground, n_augmentations=views, state=state)
    (folder / "page.html").write_text(text, encoding="utf-8")
