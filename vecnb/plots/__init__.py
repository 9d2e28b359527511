"""The book's figures and tables; the only modules that use matplotlib.

Convention: images are [N, 1, H, W] in [0, 1] and are drawn ink dark, on the unit square, x right, y down,
so that pixels and lines share one pair of axes.

Each function returns a Figure that pyplot does not know: as the last line of a cell it is shown once, and its
memory is free when the page lets go of it.
"""

from vecnb.plots.canvas import (
    draw_image,
    draw_strokes,
    draw_window,
    panels,
    show_digits,
    show_rows,
    stroke_outline,
    zoom,
)
from vecnb.plots.charts import (
    show_agreement,
    show_bars,
    show_curves,
    show_number_line,
    show_pipeline,
    show_seeds,
    show_side_by_side,
    table,
)
from vecnb.plots.style import COLOURS, FAINT, FRAME, WIDTH

__all__ = [
    "COLOURS",
    "FAINT",
    "FRAME",
    "WIDTH",
    "draw_image",
    "draw_strokes",
    "draw_window",
    "panels",
    "show_agreement",
    "show_bars",
    "show_curves",
    "show_digits",
    "show_number_line",
    "show_pipeline",
    "show_rows",
    "show_seeds",
    "show_side_by_side",
    "stroke_outline",
    "table",
    "zoom",
]
