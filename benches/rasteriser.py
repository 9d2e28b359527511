"""Benchmark of the hard rasteriser against OpenCV and Pillow, all through Python, in one run.

`python benches/rasteriser.py` prints a table: 1,024 images of 28×28 with six random lines two pixels wide.
The libraries take turns, so that a busy machine slows all of them alike; a turn is a block of calls back to
back, which measures throughput. One core is measured in processor time, which leaves out what other programs
take: medians are compared. Two threads against one are measured by the clock, where only a free second core
can show: the fastest blocks are compared, those that other programs disturbed least. OpenCV and Pillow get
their lines converted beforehand, outside the measured time; vecnb's call is complete.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageDraw

from vecnb.render import render_hard

BATCH, LINES, SIZE, PIXELS = 1024, 6, 28, 2
ROUNDS, CALLS = 15, 20  # blocks of each contestant, calls in a block
SHIFT = 4  # OpenCV takes fixed-point coordinates: sixteenths of a pixel


def opencv(lines: np.ndarray, line_type: int) -> Callable[[], object]:
    """One polylines call an image, all its lines at once: OpenCV's fastest."""
    points = np.round((lines * SIZE - 0.5) * 2**SHIFT).astype(np.int32).reshape(BATCH, LINES, 2, 2)
    drawings = [list(image) for image in points]

    def draw():
        images = np.zeros((BATCH, SIZE, SIZE), np.uint8)
        for image, strokes in zip(images, drawings, strict=True):
            cv2.polylines(image, strokes, False, 255, PIXELS, line_type, SHIFT)
        return images

    return draw


def pillow(lines: np.ndarray) -> Callable[[], object]:
    drawings = (lines * SIZE - 0.5).tolist()

    def draw():
        images = [Image.new("L", (SIZE, SIZE)) for _ in drawings]
        for image, strokes in zip(images, drawings, strict=True):
            canvas = ImageDraw.Draw(image)
            for stroke in strokes:
                canvas.line(stroke, fill=255, width=PIXELS)
        return images

    return draw


def measured(contestants: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Microseconds an image of each: (median of processor time, least of the clock); a block each a round."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, draw in contestants.items():
            draw()  # a turn begins with what the one before left in the caches
            processor, clock = time.process_time(), time.perf_counter()
            for _ in range(CALLS):
                draw()
            times[name].append((time.process_time() - processor, time.perf_counter() - clock))
    micro = 1e6 / (BATCH * CALLS)
    return {
        name: (
            statistics.median(processor for processor, _ in blocks) * micro,
            min(clock for _, clock in blocks) * micro,
        )
        for name, blocks in times.items()
    }


def large_image() -> None:
    """4096×4096 with 10,000 lines: what a covered pixel costs, there and on a small image."""
    lines = np.random.default_rng(0).random((1, 10_000, 4), np.float32)
    lengths = np.hypot(lines[..., 2] - lines[..., 0], lines[..., 3] - lines[..., 1])
    covered = PIXELS * 4096 * float(lengths.sum())
    start = time.process_time()
    render_hard(lines, 4096, 4096, stroke_width=PIXELS / 4096, threads=1)
    seconds = time.process_time() - start
    print(
        f"4096×4096, 10,000 lines, 1 thread: {seconds * 1e3:.0f} ms, "
        f"{seconds / covered * 1e9:.1f} ns a covered pixel"
    )


def curves() -> None:
    """Strokes a microsecond of each degree, one thread: what a curve costs beside a line."""
    for size, batch in ((SIZE, 64), (512, 4)):
        for name, numbers in (("lines", 4), ("quadratic", 6), ("cubic", 8)):
            strokes = np.random.default_rng(0).random((batch, LINES, numbers), np.float32)
            seconds = []
            for _ in range(ROUNDS):
                start = time.process_time()
                render_hard(strokes, size, size, stroke_width=PIXELS / size, threads=1)
                seconds.append(time.process_time() - start)
            rate = 1e-6 * batch * LINES / statistics.median(seconds)
            print(f"  {size}×{size}, {name}: {rate:.3f} strokes a µs")


def main() -> None:
    cv2.setNumThreads(1)
    lines = np.random.default_rng(0).random((BATCH, LINES, 4), np.float32)

    def vecnb(antialias: bool, threads: int) -> Callable[[], object]:
        return lambda: render_hard(
            lines, SIZE, SIZE, stroke_width=PIXELS / SIZE, antialias=antialias, threads=threads
        )

    times = measured(
        {
            "OpenCV aliased": opencv(lines, cv2.LINE_8),
            "vecnb aliased, 1 thread": vecnb(False, 1),
            "vecnb aliased, 2 threads": vecnb(False, 2),
            "OpenCV antialiased": opencv(lines, cv2.LINE_AA),
            "vecnb antialiased, 1 thread": vecnb(True, 1),
            "vecnb antialiased, 2 threads": vecnb(True, 2),
            "Pillow aliased": pillow(lines),
        }
    )
    print(f"{BATCH} images of {SIZE}×{SIZE}, {LINES} lines, {PIXELS} px, {ROUNDS} blocks of {CALLS} calls")
    print(f"  {'':30} {'processor':>12} {'clock':>12}   processor time of OpenCV / its own")
    for name, (processor, clock) in times.items():
        rival, _ = times["OpenCV antialiased" if "antialiased" in name else "OpenCV aliased"]
        print(f"  {name:30} {processor:9.2f} µs {clock:9.2f} µs {rival / processor:9.1f}")
    for kind in ("aliased", "antialiased"):
        (_, one), (_, two) = (times[f"vecnb {kind}, {threads}"] for threads in ("1 thread", "2 threads"))
        print(f"  {kind}: two threads are {one / two:.2f} × one, by the clock")
    large_image()
    curves()


if __name__ == "__main__":
    main()
