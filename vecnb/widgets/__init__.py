"""Widgets of the book, for static pages without a kernel and for notebooks: the extra `vecnb[widgets]`."""

from vecnb.widgets.break_the_gan import BreakTheGan
from vecnb.widgets.drag_a_line import DragALine
from vecnb.widgets.draw_digit import DrawDigit
from vecnb.widgets.ratio_on_a_line import RatioOnALine
from vecnb.widgets.soft_against_hard import SoftAgainstHard
from vecnb.widgets.trace_drawing import TraceDrawing
from vecnb.widgets.training_replayed import TrainingReplayed
from vecnb.widgets.walk_latent_space import WalkLatentSpace
from vecnb.widgets.watch_descent import WatchDescent

__all__ = [
    "BreakTheGan",
    "DragALine",
    "DrawDigit",
    "RatioOnALine",
    "SoftAgainstHard",
    "TraceDrawing",
    "TrainingReplayed",
    "WalkLatentSpace",
    "WatchDescent",
]
