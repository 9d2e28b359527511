"""The goals that tracing was given, with what is measured: one row for each."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from benches.tracing.compare import Result, timed
from benches.tracing.degrade import degrade
from benches.tracing.rivals import VECNB
from benches.tracing.truth import page

Key = tuple[str, int, float, str]  # kind, size, pen, condition
MAIN: dict[str, Key] = {
    "letters, 28 px": ("letters", 28, 2.0, "clean"),
    "letters, 256 px": ("letters", 256, 7.0, "clean"),
    "plotter font, 64 px": ("plotter font", 64, 3.0, "clean"),
}
LIMITS = {"chamfer": (0.07, 0.10, 0.10), "hausdorff": (0.30, 0.70, 0.60)}


class Goal(NamedTuple):
    """A goal: met if the value is between the limits."""

    goal: str
    value: float
    least: float
    most: float

    @property
    def met(self) -> bool:
        return self.least <= self.value <= self.most


def goals(measured: dict[Key, Result]) -> list[Goal]:
    """All of them, from the results of vecnb; pages are drawn and timed here."""
    main = {name: measured[key].rows for name, key in MAIN.items()}
    together = [row for rows in main.values() for row in rows]
    found = [
        Goal(f"{measure}, {name}", _median(rows, measure), 0, most)
        for measure, limits in LIMITS.items()
        for (name, rows), most in zip(main.items(), limits, strict=True)
    ]
    for name, least, most in (("strokes", 0.95, 1.05), ("segments", 0, 1.1)):
        found.append(Goal(f"{name} over the truth, median", _median(together, name), least, most))
        found.append(
            Goal(f"{name} over the truth, of all drawings together", _ratio(together, name), least, most)
        )
    clean = [row for key, result in measured.items() if key[3] == "clean" for row in result.rows]
    found.append(Goal("F1 at half a pen width, mean of clean drawings", _mean(clean, "f1"), 0.995, 1))
    return [*found, *_degraded(measured), *_times(measured), *_widths(measured, together)]


def _degraded(measured: dict[Key, Result]) -> list[Goal]:
    """The worst condition against clean, of the same drawings at the same size."""
    ratios, worst = [], []
    for key, result in measured.items():
        if key[3] != "clean" and key[1] >= 96:
            distance = _median(result.rows, "chamfer")
            ratios.append(distance / _median(measured[*key[:3], "clean"].rows, "chamfer"))
            worst.append(distance)
    return [
        Goal("chamfer degraded over clean, 96 px and more, worst row", max(ratios), 0, 1.4),
        Goal("chamfer degraded over clean, 96 px and more, median row", float(np.median(ratios)), 0, 1.4),
        Goal("chamfer degraded, 96 px and more, worst row", max(worst), 0, 0.15),
    ]


def _times(measured: dict[Key, Result]) -> list[Goal]:
    """Milliseconds of processor time."""
    text = page((512, 512), 73, 3.0)
    scan = page((3000, 2000), 200, 8.0)
    return [
        Goal("ms, letters, 28 px", _median(measured[MAIN["letters, 28 px"]].rows, "ms"), 0, 3),
        Goal("ms, icons, 96 px", _median(measured["icons", 96, 8.0, "clean"].rows, "ms"), 0, 20),
        Goal(f"ms, a page of 512 px with {len(text.strokes)} strokes", _page_ms(text.ink), 0, 200),
        Goal(
            f"ms, a scan of 2,000 × 3,000 px with {len(scan.strokes)} strokes",
            _page_ms(degrade(scan.ink, "scanned", 0)),
            0,
            5000,
        ),
    ]


def _page_ms(ink: np.ndarray) -> float:
    return 1e3 * timed(VECNB, ink, None)[1]


def _widths(measured: dict[Key, Result], clean: list) -> list[Goal]:
    worst = max(_median(result.rows, "width_error") for key, result in measured.items() if key[1] >= 96)
    return [
        Goal("width error, clean", _median(clean, "width_error"), 0, 0.03),
        Goal("width error, 96 px and more, worst row", worst, 0, 0.03),
    ]


def _median(rows: list, key: str) -> float:
    return float(np.nanmedian([row[key] for row in rows]))


def _mean(rows: list, key: str) -> float:
    return math.fsum(row[key] for row in rows) / len(rows)


def _ratio(rows: list, key: str) -> float:
    return sum(row[f"{key}_found"] for row in rows) / sum(row[f"{key}_true"] for row in rows)
