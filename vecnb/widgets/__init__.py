"""Widgets of the book: every idea can be touched, in the page without a kernel and in a notebook with one."""

from vecnb.widgets.break_the_gan import BreakTheGan
from vecnb.widgets.draw_digit import DrawDigit

__all__ = ["BreakTheGan", "DrawDigit"]
