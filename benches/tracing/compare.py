"""Every tracer on the same pictures: its default and its best threshold, medians, quartiles, paired tests."""

from __future__ import annotations

import dataclasses
import re
import time

import numpy as np
from scipy.stats import wilcoxon

from benches.tracing.degrade import degrade
from benches.tracing.measures import Numbers, chamfer, measure, width_error
from benches.tracing.rivals import THRESHOLDS, Threshold, Traced, Tracer
from benches.tracing.truth import Case

TRIES = 3  # the least of so many times counts
SEARCHED = 3  # one drawing in so many decides on a threshold
TOTALS = ("junctions", "ends")  # counted over all drawings, not by drawing
Rows = list[Numbers]


@dataclasses.dataclass
class Result:
    """What one tracer with one setting reaches: a row of numbers for each drawing."""

    tracer: str
    setting: str
    threshold: Threshold
    rows: Rows


def compare(cases: list[Case], condition: str, tracers: list[Tracer]) -> list[Result]:
    """Each tracer on the same pictures; but for the first, and outlines, by default and at its best.

    The best threshold is the one with the least median Chamfer distance on a third of these very pictures,
    which favours the rival.
    """
    inks = [degrade(case.ink, condition, seed) for seed, case in enumerate(cases)]
    results = []
    for tracer in tracers:
        if len(inks[0]) > tracer.largest:
            continue
        results.append(_try(tracer, "default", tracer.default, cases, inks))
        if tracer.modules and not tracer.outlines:
            best = best_threshold(tracer, cases[::SEARCHED], inks[::SEARCHED])
            results.append(_try(tracer, "best", best, cases, inks))
    return results


def best_threshold(tracer: Tracer, cases: list[Case], inks: list[np.ndarray]) -> Threshold:
    """The one with the least median Chamfer distance."""
    return min(THRESHOLDS, key=lambda threshold: _median(tracer, threshold, cases, inks))


def _try(
    tracer: Tracer, setting: str, threshold: Threshold, cases: list[Case], inks: list[np.ndarray]
) -> Result:
    rows = []
    for case, ink in zip(cases, inks, strict=True):
        traced, seconds = timed(tracer, ink, threshold)
        rows.append(numbers_of(traced, case, tracer.outlines) | {"ms": 1e3 * seconds})
    return Result(tracer.name, setting, threshold, rows)


def timed(tracer: Tracer, ink: np.ndarray, threshold: Threshold) -> tuple[Traced, float]:
    """What a tracer finds, and the seconds of processor time: the least of a few tries."""
    times = []
    for _ in range(TRIES):
        start = time.process_time()
        traced = tracer.trace(ink, threshold)
        times.append(time.process_time() - start)
    return traced, min(times)


def numbers_of(traced: Traced, case: Case, outlines: bool = False) -> Numbers:
    """All measures of one drawing; of outlines only the size of the file."""
    numbers: Numbers = {"bytes": svg_bytes(traced.svg) if traced.svg else float("nan")}
    if outlines:
        return numbers
    return numbers | {
        **measure(traced.strokes, case.strokes, case.pen, case.ink.shape, case.written),
        "segments": traced.segments / case.segments,
        "width_error": width_error(traced.strokes, traced.widths, case.pen),
        "strokes_found": len(traced.strokes),
        "strokes_true": len(case.strokes),
        "segments_found": traced.segments,
        "segments_true": case.segments,
    }


def svg_bytes(svg: str) -> int:
    """Length of an SVG whose numbers are rounded to hundredths, so that no tracer pays for its digits."""
    rounded = re.sub(
        r"-?\d+\.\d+", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), svg.strip()
    )
    return len(rounded.encode())


def _median(tracer: Tracer, threshold: Threshold, cases: list[Case], inks: list[np.ndarray]) -> float:
    """The median Chamfer distance with that threshold."""
    traced = [tracer.trace(ink, threshold).strokes for ink in inks]
    return float(np.median([chamfer(t, case.strokes, 0.5) for t, case in zip(traced, cases, strict=True)]))


def summarise(results: list[Result]) -> list[dict[str, str | float]]:
    """Of each result its medians and quartiles, and how it compares with the first on the same drawings.

    `nearer` is the share of drawings on which the first is the nearer one, `p_value` that of Wilcoxon's
    signed-rank test of both Chamfer distances. Junctions and ends are counted over all drawings:
    `…_precision` and `…_recall`.
    """
    first = np.array([row["chamfer"] for row in results[0].rows])
    return [
        {
            "tracer": result.tracer,
            "setting": result.setting,
            "threshold": str(result.threshold),
            "drawings": len(result.rows),
            **_against(first, result, at == 0),
            **_quartiles(result.rows),
            **_totals(result.rows),
        }
        for at, result in enumerate(results)
    ]


def _against(first: np.ndarray, result: Result, itself: bool) -> Numbers:
    if itself or "chamfer" not in result.rows[0]:
        return {"nearer": float("nan"), "p_value": float("nan")}
    theirs = np.array([row["chamfer"] for row in result.rows])
    return {"nearer": float((first < theirs).mean()), "p_value": float(wilcoxon(first, theirs).pvalue)}


def _quartiles(rows: Rows) -> Numbers:
    numbers = {}
    for key in rows[0]:
        if not key.endswith(("_true", "_found", "_right")):
            values = np.array([row[key] for row in rows], float)
            known = values[~np.isnan(values)]
            low, middle, high = np.quantile(known, (0.25, 0.5, 0.75)) if len(known) else (np.nan,) * 3
            numbers |= {key: middle, f"{key}_low": low, f"{key}_high": high}
    for key in ("f1", "iou", "components", "loops"):
        if key in rows[0]:
            numbers[f"{key}_mean"] = float(np.mean([row[key] for row in rows]))
    return numbers


def _totals(rows: Rows) -> Numbers:
    if "chamfer" not in rows[0]:
        return {}
    total = {
        key: sum(row[key] for row in rows) for key in rows[0] if key.endswith(("_true", "_found", "_right"))
    }
    numbers = {}
    for name in TOTALS:
        numbers[f"{name}_precision"] = total[f"{name}_right"] / max(total[f"{name}_found"], 1)
        numbers[f"{name}_recall"] = total[f"{name}_right"] / max(total[f"{name}_true"], 1)
    for name in ("strokes", "segments"):
        numbers[f"{name}_total"] = total[f"{name}_found"] / total[f"{name}_true"]
    return numbers
