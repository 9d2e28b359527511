"""Soft against hard: the same lines through the soft renderer and the rasteriser."""

from __future__ import annotations

import torch
import traitlets

from vecnb.render import SHARPNESS, STROKE_WIDTH
from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.traits import FiniteFloat, Lines


class SoftAgainstHard(Widget):
    """Lines whose end points can be dragged, `render_soft` and `render_hard` of them, and the difference.

    The names are those of the two functions. The traits follow the page, and the page follows them.
    Convention: unit square, x right, y down.

    Traits:
        lines: [N, 4], N >= 1, a NumPy array both ways.
        stroke_width: of both, unit-square lengths.
        sharpness: of the soft edge, per unit-square length.
        size: pixels a side, 28, 56 or 280.
        antialias: whether the rasteriser paints shares of pixels, or only black and white.
    """

    title = "Soft against hard"
    description = "its lines, as strokes"
    _esm = asset("soft_against_hard.js")
    _css = asset("soft_against_hard.css")

    lines = Lines([[0.3, 0.22, 0.24, 0.52], [0.24, 0.52, 0.74, 0.55], [0.7, 0.26, 0.6, 0.84]])
    stroke_width = FiniteFloat(STROKE_WIDTH, min=0.5 / 28, max=8 / 28).tag(sync=True)
    sharpness = FiniteFloat(SHARPNESS, min=10, max=1000).tag(sync=True)
    size = traitlets.Enum([28, 56, 280], 28).tag(sync=True)
    antialias = traitlets.Bool(False).tag(sync=True)

    def still(self) -> Strokes:
        """The lines, as strokes."""
        lines = torch.from_numpy(self.lines.copy()).float()
        return Strokes(lines[None], torch.full((1, len(lines)), self.stroke_width))
