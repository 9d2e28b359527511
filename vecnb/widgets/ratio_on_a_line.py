"""A ratio on a line: the best discriminator of chapter 4 between two densities that the reader moves."""

from __future__ import annotations

import torch
import traitlets
from torch import Tensor
from torch.distributions import Normal, Uniform

from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.traits import FiniteFloat

LOW, LENGTH = -4.0, 8.0  # the part of the line that is shown
POINTS = 81  # of a curve of the still picture


class RatioOnALine(Widget):
    """Model p and data q on a line, with the same noise on both; r* = ln p/q and what it achieves.

    All of it in closed form; nothing is trained. The traits follow the page, and the page follows them.

    Traits:
        shape: of both densities, "gaussian" or "uniform".
        p_centre, q_centre: their means.
        p_width, q_width: standard deviations of Gaussians, half the lengths of uniform densities.
        noise: standard deviation of the Gaussian noise that is added to samples of both.
    Example:
        >>> RatioOnALine(shape="uniform", noise=0.5).noise
        0.5
    """

    title = "A ratio on a line"
    description = "the densities of the data, left, and of the model, right"
    _esm = asset("ratio_on_a_line.js")
    _css = asset("ratio_on_a_line.css")

    shape = traitlets.Enum(["gaussian", "uniform"], "gaussian").tag(sync=True)
    p_centre = FiniteFloat(1.0, min=-3, max=3).tag(sync=True)
    q_centre = FiniteFloat(-0.5, min=-3, max=3).tag(sync=True)
    p_width = FiniteFloat(0.8, min=0.1, max=2).tag(sync=True)
    q_width = FiniteFloat(0.8, min=0.1, max=2).tag(sync=True)
    noise = FiniteFloat(0.0, min=0, max=2).tag(sync=True)

    def still(self) -> Strokes:
        """Both densities as curves, without noise."""
        x = torch.linspace(LOW, LOW + LENGTH, POINTS)
        sides = (self.q_centre, self.q_width), (self.p_centre, self.p_width)
        heights = torch.stack([self._density(x, *side) for side in sides])
        y = 0.9 - 0.8 * heights / heights.max()
        points = torch.stack([((x - LOW) / LENGTH).expand_as(y), y], -1)
        lines = torch.cat([points[:, :-1], points[:, 1:]], -1).flatten(0, 1)
        return Strokes(lines[None], torch.full((1, len(lines)), 0.008))

    def _density(self, x: Tensor, centre: float, width: float) -> Tensor:
        if self.shape == "gaussian":
            return Normal(centre, width).log_prob(x).exp()
        return Uniform(centre - width, centre + width, validate_args=False).log_prob(x).exp()
