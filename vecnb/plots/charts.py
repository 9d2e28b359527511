"""Curves, dots and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, NullFormatter
from pandas.io.formats.style import Styler
from torch import Tensor

from vecnb.plots.style import COLOURS, FAINT, WIDTH


def show_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float] | Sequence[Sequence[float]]]],
    *,
    x: str,
    y: str,
    levels: Mapping[str, float] | None = None,
    log: str = "",
    height: float = 3.0,
) -> Figure:
    """Curves with their names beside their last point, and named horizontal levels.

    Args:
        curves: from a name to its x values [P] and its y values [P], or [S, P] of several seeds: their mean,
            in a shade that reaches from the least to the largest.
        x, y: what the axes show, with the unit.
        levels: from a name to its value on the y axis.
        log: the axes with a logarithmic scale, "", "x", "y" or "xy".
        height: in inches.
    """
    figure = Figure(figsize=(WIDTH, height))
    ax = figure.add_subplot()
    names = []
    for name, (across, values) in curves.items():
        seeds = np.atleast_2d(values)
        up = seeds.mean(0)
        (curve,) = ax.plot(across, up, marker="o" if len(across) <= 12 else "")
        if len(seeds) > 1:
            ax.fill_between(
                across, seeds.min(0), seeds.max(0), color=curve.get_color(), alpha=0.15, linewidth=0
            )
        end, colour = (float(across[-1]), float(up[-1])), curve.get_color()
        label = ax.annotate(name, end, (6, 0), textcoords="offset points", color=colour, va="center")
        names.append((label, end))
    ax.set(xlabel=x, ylabel=y)
    for name in log:
        _logarithmic(ax, name)
    _set_apart(ax, names)
    for name, value in (levels or {}).items():
        ax.axhline(value, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.text(1.0, value, name, transform=ax.get_yaxis_transform(), ha="right", va="bottom", color=FAINT)
    return figure


def _set_apart(ax: Axes, names: Sequence[tuple[Annotation, tuple[float, float]]]) -> None:
    """Move the names of points that would lie on each other apart, up and down by the same."""
    wanted = np.array([72 / ax.figure.dpi * ax.transData.transform(point)[1] for _, point in names])
    order, gap = np.argsort(wanted, kind="stable"), 1.1 * matplotlib.rcParams["font.size"]
    places = wanted[order]
    for _ in range(100):  # each round takes every close pair half of its way
        overlap = np.clip(gap - np.diff(places), 0, None) / 2
        places[:-1] -= overlap
        places[1:] += overlap
    for place, index in zip(places, order, strict=True):
        names[index][0].set_position((6, place - wanted[index]))


def _logarithmic(ax: Axes, name: str) -> None:
    """Give the axis "x" or "y" a logarithmic scale with readable numbers."""
    getattr(ax, f"set_{name}scale")("log")
    axis = getattr(ax, f"{name}axis")
    low, high = axis.get_view_interval()
    # Over many decades a label at 2 and 5 of each would be a wall of numbers.
    axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 1000 * low else (1,)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(NullFormatter())


def show_agreement(clouds: Mapping[str, tuple[Tensor, Tensor]], *, x: str, y: str) -> Figure:
    """How an estimate follows the truth: one panel a cloud of points, with the line on which both agree.

    Args:
        clouds: from a panel's title to the true values [N] and the estimated ones [N].
        x, y: what the axes show, with the unit.
    """
    figure = Figure(figsize=(WIDTH, WIDTH / len(clouds)))
    for place, (title, (truth, estimate)) in enumerate(clouds.items()):
        ax = figure.add_subplot(1, len(clouds), place + 1)
        ax.plot(truth, estimate, "o", markersize=3, alpha=0.5)
        ax.axline((0, 0), slope=1, color=FAINT, linewidth=0.9, linestyle=(0, (4, 3)))
        ax.set(xlabel=x, title=title, ylabel=y if place == 0 else "")
    return figure


def table(frame: pd.DataFrame, formats: Mapping[str, str]) -> Styler:
    """A data frame as a plain table of the page; text in it stays text, also where it looks like HTML.

    Args:
        frame: its index becomes the first column.
        formats: from a column's name to its format, as in "{:.4f}"; other columns are shown as they are.
    """
    looks = [
        {"selector": "td, th", "props": "padding: 0.15em 0.5em; text-align: right"},
        {"selector": "th.row_heading", "props": "text-align: left; font-weight: normal; white-space: nowrap"},
    ]
    styler = frame.style.format(dict(formats), na_rep="–", escape="html")
    for axis in ("index", "columns"):
        styler = styler.format_index(escape="html", axis=axis)
    return styler.set_table_styles(looks)


def show_pipeline(parts: Sequence[str]) -> Figure:
    """A chain of data and the networks between them: data in round boxes, what transforms it in square ones.

    Args:
        parts: names in order; data and transformations take turns. "R_I" is set with an index.
    """
    figure = Figure(figsize=(WIDTH, 0.75))
    ax = figure.add_subplot()
    ax.set(xlim=(-0.5, len(parts) - 0.5), ylim=(-0.5, 0.5))
    ax.set_axis_off()
    for place, part in enumerate(parts):
        is_data = place % 2 == 0
        look = {
            "boxstyle": "round4,pad=0.5" if is_data else "square,pad=0.5",
            "edgecolor": COLOURS[1 - is_data],
        }
        text = f"${part}$" if is_data else part
        ax.text(place, 0, text, ha="center", va="center", bbox={"facecolor": "white", **look})
        if place:
            ax.annotate(
                "", (place - 0.33, 0), (place - 0.67, 0), arrowprops={"arrowstyle": "->", "color": FAINT}
            )
    return figure


def show_seeds(runs: Mapping[str, Sequence[float]], *, x: str, log: bool = False) -> Figure:
    """Every seed of several runs as a dot, a row a run.

    Args:
        runs: from a run's name to one number per seed.
        x: what the axis shows, with the unit.
        log: whether its scale is logarithmic.
    """
    figure = Figure(figsize=(WIDTH, 0.6 + 0.3 * len(runs)))
    ax = figure.add_subplot()
    for row, values in enumerate(runs.values()):
        ax.plot(values, [row] * len(values), "o", color=COLOURS[0], alpha=0.6)
    ax.set(xlabel=x, yticks=range(len(runs)), yticklabels=list(runs), ylim=(len(runs) - 0.5, -0.5))
    if log:
        _logarithmic(ax, "x")
    return figure


def show_bars(rows: Mapping[str, Mapping[str, float]], *, x: str) -> Figure:
    """A horizontal bar a row, made of parts that are named once, above; a part has one colour in all rows.

    Args:
        rows: from a row's name to the parts of its bar, from left to right, each with its length, >= 0.
        x: what the axis shows, with the unit.
    """
    figure = Figure(figsize=(WIDTH, 1.0 + 0.4 * len(rows)))
    ax = figure.add_subplot()
    parts = list(dict.fromkeys(part for row in rows.values() for part in row))
    starts = np.zeros(len(rows))
    for index, part in enumerate(parts):
        lengths = np.array([row.get(part, 0.0) for row in rows.values()])
        colour = COLOURS[index % len(COLOURS)]
        ax.barh(list(rows), lengths, 0.6, starts, color=colour, label=part)
        starts += lengths
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.set(xlabel=x)
    if len(parts) > 1:
        figure.legend(loc="outside upper left", ncols=len(parts), columnspacing=1.2, handlelength=1.0)
    return figure


def show_side_by_side(
    panels: Mapping[str, Mapping[str, tuple[Sequence[float], Sequence[float]]]],
    *,
    x: str,
    limits: Mapping[str, tuple[float, float]],
    height: float = 2.6,
) -> Figure:
    """Curves of the same names in several panels; a name has one colour, and stands once, above.

    Args:
        panels: from a panel's title to its curves, each with its x values [P] and y values [P].
        x: what all x axes show, with the unit.
        limits: from a panel's title to the part of the y axis that is shown; curves end there.
        height: in inches.
    Example:
        >>> panels = {"value": {"square": ([0, 1, 2], [0, 1, 4])}, "slope": {"square": ([0, 2], [0, 4])}}
        >>> len(show_side_by_side(panels, x="r", limits={"value": (0, 4), "slope": (0, 4)}).axes)
        2
    """
    figure = Figure(figsize=(WIDTH, height))
    for place, (title, curves) in enumerate(panels.items()):
        ax = figure.add_subplot(1, len(panels), place + 1)
        for name, (across, up) in curves.items():
            ax.plot(across, up, marker="", label=name)
        ax.set(xlabel=x, title=title, ylim=limits[title])
    handles, names = figure.axes[0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside upper left", ncols=len(names), columnspacing=1.2, handlelength=1.4
    )
    return figure


def show_number_line(values: Mapping[str, float], *, x: str) -> Figure:
    """Named numbers on one logarithmic line, each with its name and value above it.

    Args:
        values: from a name to its number, > 0.
        x: what the line shows, with the unit.
    Example:
        >>> [text.get_text() for text in show_number_line({"a": 0.5, "b": 20}, x="length").axes[0].texts]
        ['a\\n0.50', 'b\\n20.0']
    """
    names, numbers = zip(*sorted(values.items(), key=lambda item: item[1]), strict=True)
    places = [2 if number < 10 else 1 if number < 100 else 0 for number in numbers]
    texts = [f"{name}\n{values[name]:.{place}f}" for name, place in zip(names, places, strict=True)]
    low, high = numbers[0] / 1.6, numbers[-1] * 1.6
    inches = WIDTH / np.log(high / low) * np.log(np.array(numbers) / low)
    rows = _rows_without_overlap(
        inches, [0.45 * len(name) * matplotlib.rcParams["font.size"] / 72 for name in names]
    )
    figure = Figure(figsize=(WIDTH, 0.9 + 0.42 * (max(rows) + 1)))
    ax = figure.add_subplot()
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # above the lines to higher names
    for number, text, row in zip(numbers, texts, rows, strict=True):
        ax.plot([number, number], [0, row + 0.45], color=FAINT, linewidth=0.7, marker="")
        ax.text(number, row + 0.5, text, ha="center", va="bottom", linespacing=1.1, bbox=box)
    ax.plot(numbers, [0] * len(numbers), "o", clip_on=False)
    ax.set(xlabel=x, xlim=(low, high), ylim=(0, max(rows) + 1.3), yticks=[])
    ax.spines["left"].set_visible(False)
    _logarithmic(ax, "x")
    ax.set_xlim(low, high)
    return figure


def _rows_without_overlap(places: Sequence[float], half_widths: Sequence[float]) -> list[int]:
    """For texts centred at growing places: the lowest row of each in which it is clear of the one before."""
    ends: list[float] = []  # of the last text in each row
    rows = []
    for place, half in zip(places, half_widths, strict=True):
        free = (row for row, end in enumerate(ends) if place - half > end)
        row = next(free, len(ends))
        ends[row : row + 1] = [place + half]
        rows.append(row)
    return rows
