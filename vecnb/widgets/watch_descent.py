"""Watch gradient descent draw: lines crawl to a picture's ink, down the gradient of the soft renderer."""

from __future__ import annotations

from os import PathLike
from typing import Any

import torch
import traitlets

from vecnb.data import reference_digits
from vecnb.losses import multiscale_mse
from vecnb.render import STROKE_WIDTH, render_soft
from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.draw_digit import PackedModel
from vecnb.widgets.traits import FiniteFloat, Image, Lines

INITIAL_DIGIT = 2  # some random starts find it, others stay stuck
STEPS, RATE = 300, 0.02  # of Adam from random lines, as in book/01_introduction.md
STARTS = 4  # of the still picture, which shows the best
NARROWEST = 0.5 / 28  # no line becomes narrower on its way


class WatchDescent(Widget):
    """Gradient descent on the error of a drawing, of a digit or of what the reader draws, step by step.

    It moves the ends of all lines and their widths. The traits follow the page, and the page follows them;
    each change begins anew. Convention: unit square, x right, y down.

    Traits:
        image: [28, 28] in [0, 1], what is to be drawn.
        lines: [N, 4], where the lines came to rest; lines set from Python are the next start.
        n_lines: of a random start.
        stroke_width: of the lines of a random start, unit-square lengths.
        n_scales: of the error {eq}`eq-multiscale` that is minimised, 1 or 3.
        seed: of a random start.
    Args:
        model: pretrained name or folder of an encoder that a start can be taken from; None for random ones.
    Raises:
        FileNotFoundError: there is no such model.
        ValueError: it infers no lines, or has layers that the page cannot run.
    Example:
        >>> WatchDescent(model=None, n_lines=3).n_lines
        3
    """

    title = "Watch gradient descent draw"
    description = "lines that have found a digit, the best of some random starts"
    _esm = asset("watch_descent.js")
    _css = asset("watch_descent.css")

    image = Image([[0] * 28] * 28)
    lines = Lines([[0, 0, 1, 1]])
    n_lines = traitlets.Int(5, min=1, max=12).tag(sync=True)
    stroke_width = FiniteFloat(STROKE_WIDTH, min=NARROWEST, max=8 / 28).tag(sync=True)
    n_scales = traitlets.Enum([1, 3], 1).tag(sync=True)
    seed = traitlets.Int(0, min=0, max=2**32 - 1).tag(sync=True)
    network: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)  # empty without a model
    examples = traitlets.Bytes().tag(sync=True)  # the ten reference digits, a byte a pixel

    def __init__(self, model: str | PathLike[str] | None = "autoencoder", **kwargs: Any):
        digits, _ = reference_digits(fallback="subset")
        own = {
            "image": digits[INITIAL_DIGIT, 0].numpy(),
            "network": {} if model is None else PackedModel(model).state(),
            "examples": (digits * 255).round().to(torch.uint8).numpy().tobytes(),
        }
        super().__init__(**own | kwargs)

    def n_panels(self) -> int:
        """How many kinds of starts it has: random ones, and an encoder's if it has a model."""
        return 2 if self.network else 1

    def still(self) -> Strokes:
        """Where the best of some random starts ends."""
        image = torch.from_numpy(self.image.copy()).float().expand(STARTS, 1, 28, 28)
        random = torch.Generator().manual_seed(0)
        lines = 0.2 + 0.6 * torch.rand(STARTS, self.n_lines, 4, generator=random)
        width = torch.full((STARTS, self.n_lines), self.stroke_width)
        optimizer = torch.optim.Adam([lines.requires_grad_(), width.requires_grad_()], lr=RATE)
        for _ in range(STEPS):
            drawn = render_soft(lines, stroke_width=width)
            optimizer.zero_grad()
            (STARTS * multiscale_mse(drawn, image, self.n_scales)).backward()  # each start has its own error
            optimizer.step()
            with torch.no_grad():
                width.clamp_(min=NARROWEST)
        best = (drawn.detach() - image).square().mean((1, 2, 3)).argmin()
        return Strokes(lines.detach()[best, None], width.detach()[best, None])
