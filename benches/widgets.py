"""Frames of the widgets in use, in a browser without a window.

`PYTHONPATH=tests:tests/widgets python benches/widgets.py` prints a table: median and 95th percentile of the
time between two frames, and the time that the page's main thread computes for a frame, in milliseconds. Sixty
frames a second are 16.7 ms apart, and a page may not compute longer than that. The uses are those of
tests/widgets/test_frame_timing.py.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from conftest import FLAGS, chromium
from frame_timing import USES, frame_times
from playwright.sync_api import sync_playwright


def main() -> None:
    print(f"{'':28}{'median':>8}{'95 %':>8}{'computed':>10}   ms a frame")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        for name in USES:
            with tempfile.TemporaryDirectory() as folder:
                costs, between = frame_times(browser, Path(folder), name)
            median, most = np.percentile(between, [50, 95])
            print(f"{name:28}{median:8.1f}{most:8.1f}{np.median(costs):10.1f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
