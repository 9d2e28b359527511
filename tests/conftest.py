"""What several tests share: their markers, the data that some need, the built book and the browser."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
BUILD = ["jupyter-book", "build", "book/", "-W", "-n", "--keep-going"]  # as `make book` types it
BUILT = "_build/.book"  # its time is that of the sources of the book that stands in _build/html
SOURCES = ("book/**/*", "vecnb/**/*", "rust_ext/**/*.rs", "_config.yml", "pyproject.toml")
MARKERS = {  # folder of tests/ → marker
    "unit": "unit",
    "training": "training",
    "widgets": "widgets",
    "book": "book",
    "golden": "book",
    "package": "package",
}

# Started in the background, this process ignores Ctrl-C, and so would all that it starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# `make` names the pins by a path that holds in this folder alone, and pip is run elsewhere too.
for variable in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"):
    os.environ.pop(variable, None)

os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # as in the Makefile, before torch is imported
# The kernels of the golden notebooks run elsewhere, and import book/_helpers.py as the pages do.
os.environ["PYTHONPATH"] = str(ROOT / "book")


def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker(MARKERS[item.path.relative_to(ROOT / "tests").parts[0]])
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skip the golden notebooks that need all of MNIST, before a kernel starts, where only the subset is."""
    if item.path.name.endswith("_data.ipynb"):
        from vecnb.data import data_source

        if data_source(fallback="subset").is_subset:
            pytest.skip("its numbers are those of the full MNIST: set VECNB_DATA, or let it be downloaded")


@pytest.fixture(autouse=True)
def seeded():
    """Every test draws the same random numbers, whichever ran before it."""
    import torch

    torch.manual_seed(0)
    np.random.seed(0)
    random.seed(0)


def newest(root: Path) -> float:
    """When the last file changed that the book is made of, in seconds since 1970."""
    files = (path for pattern in SOURCES for path in root.glob(pattern) if path.is_file())
    return max(path.stat().st_mtime for path in files if "__pycache__" not in path.parts)


def build_book(root: Path) -> Path:
    """Build the book whose configuration stands in `root` as `make book` does; return its HTML folder.

    Any warning, and any failing cell, is a failure.
    """
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        BUILD,
        cwd=root,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    html = root / "_build" / "html"
    if done.returncode != 0 or not (html / "index.html").is_file():
        pytest.fail(f"{' '.join(BUILD)} failed:\n{done.stdout[-6000:]}", pytrace=False)
    return html


@pytest.fixture(scope="session")
def built_book() -> Path:
    """The HTML folder of this book, as its sources stand: built here, unless `make book` has just done it."""
    stamp, before = ROOT / BUILT, time.time()
    if stamp.exists() and stamp.stat().st_mtime > newest(ROOT):
        return ROOT / "_build" / "html"
    html = build_book(ROOT)
    stamp.touch()
    os.utime(stamp, (before, before))
    return html


def chromium() -> str | None:
    """Path of a browser of that family, if there is one."""
    return shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; without one, a user's tests are skipped and CI's fail."""
    from playwright.sync_api import sync_playwright

    program = chromium()
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no chromium or google-chrome on PATH: install one to see the book as its readers do")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()
