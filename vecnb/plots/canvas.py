"""Pixels and lines on the unit square, one canvas or many."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from torch import Tensor

from vecnb.bezier import flatten
from vecnb.formats import FLATNESS
from vecnb.plots.style import COLOURS, FRAME, WIDTH
from vecnb.strokes import Strokes


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
    """Lines or curves as shapes, with round ends and their true width at any size of the figure.

    Args:
        ax: axes made by `panels`, or any on the same units.
        lines: [N, 4], (x1, y1, x2, y2) in the unit square; of curves [N, 6] or [N, 8].
        width: full width in unit-square lengths, one for all or [N].
        colour: one for all, or several that are taken in turn.
    """
    widths = torch.as_tensor(width, dtype=torch.float64).expand(len(lines))
    colours = [colour] if isinstance(colour, str) else colour
    curves = lines.double().cpu().unflatten(-1, (-1, 2))
    for index, (curve, line_width) in enumerate(zip(curves, widths.tolist(), strict=True)):
        points = flatten(curve, FLATNESS).flatten().tolist()
        pieces = [stroke_outline(points[at : at + 4], line_width) for at in range(0, len(points) - 2, 2)]
        shape = Path.make_compound_path(*pieces) if len(pieces) > 1 else pieces[0]
        ax.add_patch(PathPatch(shape, facecolor=colours[index % len(colours)], linewidth=0, clip_on=True))


def stroke_outline(line: Sequence[float], width: float) -> Path:
    """The edge of a stroke with round ends: two half circles and the straight sides between them.

    A polygon, so its width is in the unit of the coordinates, where matplotlib's own line widths are in
    points of the paper.
    """
    x1, y1, x2, y2 = line
    angle = math.atan2(y2 - y1, x2 - x1)
    half_turn = np.linspace(-math.pi / 2, math.pi / 2, 25) + angle
    arc = width / 2 * np.stack([np.cos(half_turn), np.sin(half_turn)], axis=1)
    corners = np.concatenate([np.array([x2, y2]) + arc, np.array([x1, y1]) - arc])
    return Path(np.concatenate([corners, corners[:1]]), closed=True)


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
