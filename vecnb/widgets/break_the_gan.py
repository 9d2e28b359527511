"""Break the GAN: the toy of chapter 4, trained live in the page."""

from __future__ import annotations

import torch
import traitlets

from vecnb.strokes import Strokes
from vecnb.training.toy import Polygon, ToyConfig, circle
from vecnb.widgets.base import Finite, Widget, bundle

LOW, SIDE = -2.0, 4.2  # of the plane's square that is seen, y up


class BreakTheGan(Widget):
    """A polygon, a circle and an estimator of their ratio, at play: vecnb.training.toy in JavaScript.

    Its traits are the fields of `vecnb.training.toy.ToyConfig` with the same defaults: the thesis's setting, which
    fails. They follow the sliders, and the sliders follow them, while it runs; a new seed starts it again.
    """

    title = "Break the GAN"
    shows = "the circle, and the polygon where it begins"
    _esm = bundle("break_the_gan.js")

    noise = Finite(ToyConfig.noise, min=0, max=0.6).tag(sync=True)
    r1 = Finite(ToyConfig.r1, min=0, max=2).tag(sync=True)
    rate = Finite(ToyConfig.learning_rate, min=0, max=2).tag(sync=True)
    critic_rate = Finite(ToyConfig.discriminator_learning_rate, min=1e-4, max=0.1).tag(sync=True)
    critic_steps = traitlets.Int(ToyConfig.discriminator_steps, min=1, max=20).tag(sync=True)
    loss = traitlets.Enum(["minimax", "non_saturating"], ToyConfig.loss).tag(sync=True)
    seed = traitlets.Int(ToyConfig.seed, min=0, max=2**32 - 1).tag(sync=True)

    def still(self) -> Strokes:
        """The circle, and the polygon where it begins."""
        with torch.no_grad():
            round_, polygon = circle(torch.arange(48) / 48), Polygon(ToyConfig.corners).corners
            sides = torch.cat([torch.cat([p, p.roll(-1, 0)], 1) for p in (round_, polygon)])
        lines = (sides - LOW) / SIDE
        lines[:, 1::2] = 1 - lines[:, 1::2]
        return Strokes(lines[None], torch.full((1, len(lines)), 0.008))
