"""Frames of the widgets while somebody uses them, in a browser without a window.

`PYTHONPATH=tests python benches/widgets.py` prints a table: the median time between two frames, that which 95
of 100 keep, and what the page's main thread computes for a frame, in milliseconds. Sixty frames a second are
16.7 ms apart, and a page may not compute longer than that. The uses are those of tests/test_frames.py.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from conftest import FLAGS, chromium
from frames import USES, frames
from playwright.sync_api import sync_playwright


def main() -> None:
    print(f"{'':28}{'median':>8}{'95 %':>8}{'computed':>10}   ms a frame")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        for name in USES:
            with tempfile.TemporaryDirectory() as folder:
                costs, between = frames(browser, Path(folder), name)
            median, most = np.percentile(between, [50, 95])
            print(f"{name:28}{median:8.1f}{most:8.1f}{np.median(costs):10.1f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
