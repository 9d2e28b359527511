"""Drag a line: the soft renderer of chapter 2 and its gradient, for lines that the reader moves."""

from __future__ import annotations

import torch
import traitlets

from vecnb.render import SHARPNESS, STROKE_WIDTH
from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.traits import FiniteFloat, Lines

SIDE = 28  # pixels of the heat map, as in MNIST


class DragALine(Widget):
    """Lines whose end points can be dragged, their heat map, and the gradient of one pixel.

    The names are those of `vecnb.render_soft`. The traits follow the page, and the page follows them.
    Convention: unit square, x right, y down.

    Traits:
        lines: [N, 4], N >= 1, a NumPy array both ways.
        presence: "gaussian", the thesis's, with `alpha`; or "sigmoid", our edge, with `stroke_width` and
            `sharpness`.
        mode: composition, "max" or "soft_or".
        pixel: (row, column) of the chosen pixel, of 28 × 28.
    """

    title = "Drag a line"
    description = "its lines, as strokes"
    _esm = asset("drag_a_line.js")
    _css = asset("drag_a_line.css")

    lines = Lines([[0.2, 0.3, 0.75, 0.62], [0.68, 0.16, 0.34, 0.86]])
    presence = traitlets.Enum(["gaussian", "sigmoid"], "gaussian").tag(sync=True)
    # 8 per squared pixel, the thesis's narrowest, is 6272
    alpha = FiniteFloat(120, min=1, max=10_000).tag(sync=True)
    stroke_width = FiniteFloat(STROKE_WIDTH, min=0.5 / SIDE, max=8 / SIDE).tag(sync=True)
    sharpness = FiniteFloat(SHARPNESS, min=10, max=1000).tag(sync=True)
    mode = traitlets.Enum(["max", "soft_or"], "max").tag(sync=True)
    pixel = traitlets.Tuple(
        traitlets.Int(min=0, max=SIDE - 1), traitlets.Int(min=0, max=SIDE - 1), default_value=(10, 19)
    ).tag(sync=True)

    def still(self) -> Strokes:
        """The lines, as strokes."""
        lines = torch.from_numpy(self.lines.copy()).float()
        return Strokes(lines[None], torch.full((1, len(lines)), self.stroke_width))
