"""The book's figures and tables; the only room that knows matplotlib.

Convention: images are [N, 1, H, W] in [0, 1] and are drawn ink dark, on the unit square, x right, y down,
so that pixels and lines share one pair of axes.

Each function returns a Figure that no global state holds on to: as the last line of a cell it is shown
once, and it is gone when the page lets go of it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence

import matplotlib.style
import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, NullFormatter
from pandas.io.formats.style import Styler
from torch import Tensor

from vecnb.data import reference_digits as reference_digits  # the digits that every page shows
from vecnb.strokes import Strokes

WIDTH = 7.2  # inches, the width of the book's text column
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # as in book.mplstyle
FAINT, FRAME = "#57606a", "#d0d7de"  # notes, and the frame around a canvas

matplotlib.style.use("vecnb.plots.book")
if "IPython" in sys.modules:  # in a notebook: lines stay lines in the page, at any zoom
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg")


# One canvas


def draw_image(ax: Axes, image: Tensor) -> None:
    """Pixels as they are, each a square of its grey.

    Args:
        ax: axes made by `panels`.
        image: [H, W] or [1, H, W] in [0, 1], ink = 1.
    """
    pixels = image.detach().cpu().reshape(image.shape[-2:]).numpy()
    ax.imshow(pixels, cmap="gray_r", vmin=0, vmax=1, interpolation="none", extent=(0, 1, 1, 0))


def draw_strokes(
    ax: Axes, lines: Tensor, width: float | Tensor, colour: str | Sequence[str] = "black"
) -> None:
    """Lines as shapes, with round ends and their true width at any size of the figure.

    Args:
        ax: axes made by `panels`, or any on the same units.
        lines: [N, 4], (x1, y1, x2, y2) in the unit square.
        width: full width in unit-square lengths, one for all or [N].
        colour: one for all, or several that are taken in turn.
    """
    widths = torch.as_tensor(width, dtype=torch.float64).expand(len(lines))
    colours = [colour] if isinstance(colour, str) else colour
    for index, (line, line_width) in enumerate(zip(lines.tolist(), widths.tolist(), strict=True)):
        shape = stroke_outline(line, line_width)
        ax.add_patch(PathPatch(shape, facecolor=colours[index % len(colours)], linewidth=0, clip_on=True))


def stroke_outline(line: Sequence[float], width: float) -> Outline:
    """The edge of a stroke with round ends: two half circles and the straight sides between them.

    A polygon, so its width is in the unit of the coordinates, where matplotlib's own line widths are in
    points of the paper.
    """
    x1, y1, x2, y2 = line
    angle = math.atan2(y2 - y1, x2 - x1)
    half_turn = np.linspace(-math.pi / 2, math.pi / 2, 25) + angle
    arc = width / 2 * np.stack([np.cos(half_turn), np.sin(half_turn)], axis=1)
    corners = np.concatenate([np.array([x2, y2]) + arc, np.array([x1, y1]) - arc])
    return Outline(np.concatenate([corners, corners[:1]]), closed=True)


def draw_window(ax: Axes, window: Sequence[float], colour: str = COLOURS[1]) -> None:
    """A rectangle (left, top, right, bottom), to show which part another panel enlarges."""
    left, top, right, bottom = window
    ax.add_patch(
        Rectangle((left, top), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=1.2)
    )


def zoom(ax: Axes, window: Sequence[float]) -> None:
    """Show only the part (left, top, right, bottom) of the canvas."""
    left, top, right, bottom = window
    ax.set(xlim=(left, right), ylim=(bottom, top))


def panels(
    titles: Sequence[str], *, columns: int | None = None, size: float | None = None
) -> tuple[Figure, list[Axes]]:
    """Canvases side by side, each the unit square with y down, one for each title.

    Args:
        titles: a short line above each canvas, "" for none.
        columns: canvases in a row; all of them in one row without it.
        size: side of a canvas in inches; without it they share the text's width.
    Returns:
        The figure and its axes, row by row.
    """
    columns = columns or len(titles)
    rows = math.ceil(len(titles) / columns)
    size = size or WIDTH / columns
    head = 0.22 if any(titles) else 0.0
    layout = ConstrainedLayoutEngine(w_pad=0.02, h_pad=0.02, wspace=0.02, hspace=0.02)
    figure = Figure(figsize=(size * columns, (size + head) * rows), layout=layout)
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(len(titles))]
    for ax, title in zip(axes, titles, strict=True):
        _prepare_canvas(ax)
        ax.set_title(title, pad=4)
    return figure, axes


def _prepare_canvas(ax: Axes) -> None:
    ax.set(xlim=(0, 1), ylim=(1, 0), aspect="equal", xticks=[], yticks=[])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set(visible=True, color=FRAME)


# Many digits


def show_digits(images: Tensor, titles: Sequence[str] | None = None, *, columns: int = 10) -> Figure:
    """Images in a grid, row by row.

    Args:
        images: [N, 1, H, W] in [0, 1].
        titles: a short line above each.
        columns: images in a row.
    """
    figure, axes = panels(titles or [""] * len(images), columns=columns)
    for ax, image in zip(axes, images, strict=True):
        draw_image(ax, image)
    return figure


def show_rows(rows: Mapping[str, Tensor | Strokes]) -> Figure:
    """The same digits seen in several ways, one labelled row each: input, approximation, lines.

    Args:
        rows: from the row's label to images [N, 1, H, W] (drawn as pixels) or Strokes with B = N
            (drawn as shapes); N the same in all rows.
    Raises:
        ValueError: the rows differ in length.
    """
    lengths = {name: len(row) for name, row in rows.items()}
    columns = max(lengths.values())
    if set(lengths.values()) != {columns}:
        raise ValueError(f"all rows must be of one length, not {lengths}")
    figure, axes = panels([""] * (columns * len(rows)), columns=columns)
    for index, (name, row) in enumerate(rows.items()):
        row_axes = axes[index * columns : (index + 1) * columns]
        row_axes[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
        for ax, place in zip(row_axes, range(columns), strict=True):
            if isinstance(row, Strokes):
                draw_strokes(ax, row.lines[place].detach(), row.width[place].detach())
            else:
                draw_image(ax, row[place])
    return figure


# Curves and tables


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
    """A data frame as a plain table of the page.

    Args:
        frame: its index becomes the first column.
        formats: from a column's name to its format, as in "{:.4f}"; other columns are shown as they are.
    """
    looks = [
        {"selector": "td, th", "props": "padding: 0.15em 0.5em; text-align: right"},
        {"selector": "th.row_heading", "props": "text-align: left; font-weight: normal; white-space: nowrap"},
    ]
    return frame.style.format(dict(formats), na_rep="–").set_table_styles(looks)


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
