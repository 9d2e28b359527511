"""Frames of the widgets while somebody uses them, in a browser without a window.

`PYTHONPATH=tests python benches/widgets.py` prints a table: the median time between two frames, that which 95
of 100 keep, and what the page's main thread computes for a frame, in milliseconds. Sixty frames a second are
16.7 ms apart, and a page may not compute longer than that. The hand is that of the browser tests.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from browsing import DESKTOP, Visit, served, write_page
from conftest import FLAGS, chromium
from hands import COUNT_FRAMES, computed
from playwright.sync_api import Locator, Page, sync_playwright

from vecnb.widgets import (
    BreakTheGan,
    DragALine,
    DrawDigit,
    SoftAgainstHard,
    TrainingReplayed,
    WalkLatentSpace,
)

MOVES = 240


def stir(page: Page, what: Locator, reach: float) -> None:
    """Hold something and move it about, `reach` pixels to each side."""
    what.scroll_into_view_if_needed()
    box = what.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(MOVES):
        page.mouse.move(x + reach * math.sin(step / 9), y + reach * math.sin(step / 13))
    page.mouse.up()


def handle(name: str, reach: float) -> Callable[[Page], None]:
    return lambda page: stir(page, page.get_by_role("slider", name=name, exact=True).first, reach)


def let_it_run(page: Page) -> None:
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_timeout(4000)


# What a reader does with each.
USES: dict[str, tuple[Callable[[], Any], Callable[[Page], None]]] = {
    "DragALine": (DragALine, handle("line 1, end", 40)),
    "SoftAgainstHard": (SoftAgainstHard, handle("line 1, end", 40)),
    "DrawDigit, three models": (
        lambda: DrawDigit(("ours", "vae_ours", "split")),
        lambda page: stir(page, page.locator(".vecnb-board"), 70),
    ),
    "WalkLatentSpace": (WalkLatentSpace, handle("the code, on the plane", 60)),
    "BreakTheGan, running": (BreakTheGan, let_it_run),
    "TrainingReplayed": (lambda: TrainingReplayed("vae_ours"), handle("step", 120)),
}


def frames(page: Page, use: Callable[[Page], None]) -> tuple[float, float, float]:
    """(median, 95th percentile, computed), milliseconds a frame."""
    meter = page.context.new_cdp_session(page)
    meter.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.wait_for_timeout(1500)  # networks unpack, stills give way
    page.evaluate(COUNT_FRAMES)
    before = computed(meter)
    use(page)
    after = computed(meter)
    between = np.diff(page.evaluate("window.frames_seen"))
    median, most = np.percentile(between, [50, 95])
    return float(median), float(most), 1000 * (after - before) / len(between)


def main() -> None:
    print(f"{'':26}{'median':>8}{'95 %':>8}{'computed':>10}   ms a frame")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as name:
        browser = playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
        for number, (title, (make, use)) in enumerate(USES.items()):
            folder = Path(name) / str(number)
            folder.mkdir()
            write_page(folder, make())
            with served(folder, "file") as address, browser.new_context(viewport=DESKTOP) as context:
                visit = Visit(context, address)
                visit.page.goto(f"{address}/page.html")
                visit.page.wait_for_selector(".vecnb > *")
                median, most, cost = frames(visit.page, use)
                assert not visit.complaints, visit.complaints
            print(f"{title:26}{median:8.1f}{most:8.1f}{cost:10.1f}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
