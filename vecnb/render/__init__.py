"""From lines to pixels: differentiable (`soft`), exact without a gradient (`hard`), its mean (`smoothed`)."""

from vecnb.render.distance import pixel_grid, squared_distance
from vecnb.render.hard import render_hard
from vecnb.render.smoothed import render_smoothed
from vecnb.render.soft import (
    SHARPNESS,
    STROKE_WIDTH,
    alpha_from_width,
    compose,
    edge_presence,
    presence,
    render_soft,
    width_from_alpha,
)

__all__ = [
    "SHARPNESS",
    "STROKE_WIDTH",
    "alpha_from_width",
    "compose",
    "edge_presence",
    "pixel_grid",
    "presence",
    "render_hard",
    "render_smoothed",
    "render_soft",
    "squared_distance",
    "width_from_alpha",
]
