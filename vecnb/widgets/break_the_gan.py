"""Break the GAN: the toy of chapter 4, trained live in the page."""

from __future__ import annotations

import torch
import traitlets

from vecnb.strokes import Strokes
from vecnb.training.toy import Polygon, ToyConfig, circle
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.traits import FiniteFloat

LOW, SIDE = -2.0, 4.2  # the square of the plane that is shown; y points up


class BreakTheGan(Widget):
    """`vecnb.training.toy` in JavaScript: a polygon learns to cover a circle, against a discriminator.

    Its traits are fields of `vecnb.training.toy.ToyConfig` with the same defaults: the thesis's setting,
    which fails. They follow the sliders, and the sliders follow them, while it runs; a new seed starts it
    again.
    """

    title = "Break the GAN"
    description = "the circle, and the polygon where it begins"
    _esm = asset("break_the_gan.js")
    _css = asset("break_the_gan.css")

    noise = FiniteFloat(ToyConfig.noise, min=0, max=0.6).tag(sync=True)
    r1 = FiniteFloat(ToyConfig.r1, min=0, max=2).tag(sync=True)
    learning_rate = FiniteFloat(ToyConfig.learning_rate, min=0, max=2).tag(sync=True)
    discriminator_learning_rate = FiniteFloat(ToyConfig.discriminator_learning_rate, min=1e-4, max=0.1).tag(
        sync=True
    )
    discriminator_steps = traitlets.Int(ToyConfig.discriminator_steps, min=1, max=20).tag(sync=True)
    loss = traitlets.Enum(["minimax", "non_saturating"], ToyConfig.loss).tag(sync=True)
    seed = traitlets.Int(ToyConfig.seed, min=0, max=2**32 - 1).tag(sync=True)
    batch_size = traitlets.Int(ToyConfig.batch_size, read_only=True).tag(sync=True)

    def still(self) -> Strokes:
        """The circle, and the initial polygon."""
        with torch.no_grad():
            data, model = circle(torch.arange(48) / 48), Polygon(ToyConfig.corners).corners
            sides = torch.cat([torch.cat([p, p.roll(-1, 0)], 1) for p in (data, model)])
        lines = (sides - LOW) / SIDE
        lines[:, 1::2] = 1 - lines[:, 1::2]
        return Strokes(lines[None], torch.full((1, len(lines)), 0.008))
