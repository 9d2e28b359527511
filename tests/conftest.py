"""What several tests share: where the full MNIST is needed, and the built book."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from vecnb.data import data_source

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
BUILD = ["jupyter-book", "build", "book/", "-W", "-n", "--keep-going"]  # as `make book` types it


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """Skip the golden notebooks that need all of MNIST, before a kernel starts, where only the subset is."""
    if item.path.name.endswith("_data.ipynb") and data_source().is_subset:
        pytest.skip("its numbers are those of the full MNIST: set VECNB_DATA, or let it be downloaded")


def build_book(root: Path) -> Path:
    """Build the book whose configuration stands in `root` as `make book` does; return its HTML folder.

    Quick when nothing has changed. Any warning, and any failing cell, is a failure.
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
    """The HTML folder of this book, as its sources stand now."""
    return build_book(ROOT)


def chromium() -> str | None:
    """Path of a browser of that family, if there is one."""
    return shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser():
    """Chromium without a window; without one, a user's tests are skipped and CI's fail."""
    program = chromium()
    if program is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say("no chromium or google-chrome on PATH: install one to see the book as its readers do")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, headless=True, args=FLAGS)
        yield browser
        browser.close()
