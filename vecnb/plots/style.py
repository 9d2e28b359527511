"""What all figures share: the width of the text, colours, and the style of matplotlib."""

from __future__ import annotations

import sys

import matplotlib.style

WIDTH = 7.2  # inches, the width of the book's text column
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # as in book.mplstyle
FAINT, FRAME = "#57606a", "#d0d7de"  # notes, and the frame around a canvas

matplotlib.style.use("vecnb.plots.book")
if "IPython" in sys.modules:  # in a notebook: lines stay lines in the page, at any zoom
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg")
