"""The time that a page computes for a frame of each widget in use, in a browser without a window."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from conftest import ROOT
from pages import visit, write_page
from playwright.sync_api import Locator, Page

from vecnb.widgets import (
    BreakTheGan,
    DragALine,
    DrawDigit,
    RatioOnALine,
    SoftAgainstHard,
    TraceDrawing,
    TrainingReplayed,
    WalkLatentSpace,
    WatchDescent,
)
from vecnb.widgets.base import Widget
from vecnb.widgets.trace_examples import examples

A_RUN = ROOT / "book" / "results" / "vae" / "proposed"
ROUNDS, FRAMES = 11, 12
MOUSE = 1  # as Chromium numbers its pointers

# One action in every frame: a pointer that is down moves around the middle of its view, a slider is set; or a
# button starts something, and its next press stops it. A mouse from outside the page is late on a busy
# machine, and leaves frames idle.
ROUND = f"""(what, [use, reach]) => new Promise((done) => {{
  const times = [], box = (what.closest(".vecnb-view") ?? what).getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2;
  const actions = {{
    run() {{}},
    scrub(angle) {{
      what.value = Number(what.max) * (1 + Math.sin(angle)) / 2;
      what.dispatchEvent(new Event("input"));
    }},
    drag(angle) {{
      const to = {{ clientX: x + reach * Math.sin(angle), clientY: y + reach * Math.cos(angle) }};
      what.dispatchEvent(new PointerEvent("pointermove", {{ ...to, pointerId: {MOUSE} }}));
    }},
  }};
  const frame = (now) => {{
    if (use === "run" && times.length % {FRAMES} === 0) what.click();
    times.push(now);
    if (times.length > {FRAMES}) return done(times);
    actions[use](times.length);
    requestAnimationFrame(frame);
  }};
  requestAnimationFrame(frame);
}})"""


SEEN = """() => document.querySelector(".vecnb").innerHTML +
  [...document.querySelectorAll("canvas")].map((canvas) => canvas.toDataURL()).join("")"""


class Use(NamedTuple):
    """What a reader does with a widget."""

    make: Callable[[], Widget]
    find: Callable[[Page], Locator]  # what is dragged, set or pressed
    how: str  # "drag", "scrub" or "run"
    reach: int = 0  # of a drag, pixels to each side


def slider(name):
    return lambda page: page.get_by_role("slider", name=name, exact=True).first


START = slider("line 1, start")
USES = {
    "DragALine": Use(DragALine, START, "drag", 40),
    "SoftAgainstHard": Use(SoftAgainstHard, START, "drag", 40),
    "SoftAgainstHard, 280 pixels": Use(lambda: SoftAgainstHard(size=280), START, "drag", 40),
    "DrawDigit, three models": Use(
        lambda: DrawDigit(("autoencoder", "vae", "split")),
        lambda page: page.locator(".vecnb-pad"),
        "drag",
        70,
    ),
    "WalkLatentSpace": Use(WalkLatentSpace, slider("the code, on the plane"), "drag", 60),
    "BreakTheGan, running": Use(
        BreakTheGan, lambda page: page.get_by_role("button", name="Run", exact=True), "run"
    ),
    "RatioOnALine, with noise": Use(
        lambda: RatioOnALine(shape="uniform", noise=0.5), slider("centre of the model, p"), "drag", 60
    ),
    "TraceDrawing, drawn": Use(TraceDrawing, lambda page: page.locator(".vecnb-pad"), "drag", 70),
    "TraceDrawing, played": Use(
        lambda: TraceDrawing(examples()["a word"]),
        lambda page: page.get_by_role("button", name="Play", exact=True),
        "run",
    ),
    "WatchDescent, twelve lines": Use(
        lambda: WatchDescent(n_lines=12, n_scales=3),
        lambda page: page.get_by_role("button", name="Play", exact=True),
        "run",
    ),
    "TrainingReplayed": Use(lambda: TrainingReplayed(A_RUN), slider("step"), "scrub"),
}


def frame_times(browser, folder, name):
    """Milliseconds a frame: computed by the page's main thread [ROUNDS], means; and between two [many].

    The time that is computed does not depend on other processes of the machine, so a test can bound it.
    """
    use = USES[name]
    write_page(folder, use.make())
    with visit(browser, folder) as page:
        what = use.find(page).element_handle()
        page.wait_for_timeout(1500)  # until networks and snapshots are unpacked
        meter = page.context.new_cdp_session(page)
        meter.send("Performance.enable", {"timeDomain": "threadTicks"})
        if use.how == "drag":
            what.hover()
            page.mouse.down()
        unused = page.evaluate(SEEN)
        costs, between = [], []
        for _ in range(ROUNDS):
            before = computed(meter)
            times = what.evaluate(ROUND, [use.how, use.reach])
            costs.append((computed(meter) - before) / FRAMES)
            between += np.diff(times).tolist()
        assert page.evaluate(SEEN) != unused
    return costs, between


def computed(meter):
    """Milliseconds that the page's main thread has computed so far."""
    metrics = meter.send("Performance.getMetrics")["metrics"]
    return 1000 * next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
