"""Draw a digit: the trained encoders of chapters 2 to 4 answer in the page, while the reader draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor, nn

from vecnb.data import reference_digits
from vecnb.models import ImplicitLines, LineAutoencoder, LineVAE
from vecnb.models.augmentation import best_of_augmentations
from vecnb.models.codec import LineCode, decode_parameters
from vecnb.render import render_hard, render_soft
from vecnb.strokes import Strokes
from vecnb.widgets.base import Lines, Widget, bundle
from vecnb.widgets.packing import pack, rounded

FIRST = 3  # the digit that the widget shows before anybody draws

TITLES = {
    LineAutoencoder: ("Chapter 2", "learnt through a gradient"),
    LineVAE: ("Chapter 3", "learnt through a raster"),
    ImplicitLines: ("Chapter 4", "a likelihood, and a judge of codes"),
}


class Image(traitlets.TraitType):
    """A trait that holds an image [28, 28], ink = 1, as a NumPy array, whichever side sets it."""

    def __init__(self, **kwargs: Any):
        super().__init__(np.zeros((28, 28)), **kwargs)
        self.tag(sync=True, to_json=lambda value, _: value.tolist(), from_json=lambda value, _: value)

    def validate(self, owner: Any, value: Any) -> np.ndarray:
        """The value as float64 [28, 28]; read-only, since a change in place would not reach the page.

        Raises:
            TypeError: it does not hold numbers.
            ValueError: another shape, or values that are not in [0, 1].
        """
        try:
            image = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{self.name} must hold numbers, [28, 28] in [0, 1]") from error
        if image.shape != (28, 28):
            raise ValueError(f"{self.name} must have shape [28, 28], not {list(image.shape)}")
        if not ((image >= 0) & (image <= 1)).all():
            raise ValueError(f"{self.name} must lie in [0, 1], ink = 1; divide pixels of 0 to 255 by 255")
        image.flags.writeable = False
        return image


def whole_network(model: Any) -> nn.Sequential:
    """All of a model's `vectorise` that is a network, as one: image → numbers of a code in (0, 1).

    Raises:
        TypeError: the model does not say lines of an image, and with which pen to draw them.
    """
    if isinstance(model, LineAutoencoder) and model.alpha is None:
        return nn.Sequential(*model.encoder, nn.Sigmoid())
    if isinstance(model, LineVAE) and model.networks == "ours":
        *layers, last = model.encoder
        return nn.Sequential(
            *layers, _mean_alone(last, model.latent_size), *model.coordinates.children(), nn.Sigmoid()
        )
    if isinstance(model, ImplicitLines) and model.inference is not None and model.approximator is None:
        return nn.Sequential(*model.inference[0].children(), nn.Sigmoid())
    raise TypeError(f"this {type(model).__name__} says no lines of an image, or no pen of its own for them")


def _mean_alone(layer: Any, latent: int) -> nn.Linear:
    """The half of an encoder's last layer that gives the mean of q(z|x): the page draws no samples."""
    mean = nn.Linear(layer.in_features, latent)
    mean.weight.data, mean.bias.data = layer.weight.data[:latent], layer.bias.data[:latent]
    return mean


class PageModel:
    """A trained model as the page runs it: one network from an image to the numbers of a code, rounded.

    Args:
        run: name or folder of a run, as for `load_model`.
    Raises:
        FileNotFoundError: there is no such run.
        ValueError: its model has no encoder of lines, or one whose layers the page does not know.
    """

    def __init__(self, run: str | Path):
        model: Any = load_model(run)
        self.run = Path(run).name
        try:
            network = whole_network(model)
            self.layers, self.weights = pack(network)
        except TypeError as error:
            raise ValueError(f"run {self.run!r} cannot run in a page: {error}") from error
        self.network, self.n_lines, self.n_augmentations = (
            rounded(network),
            model.n_lines,
            model.n_augmentations,
        )
        self.judge = "raster" if isinstance(model, LineVAE) else "soft"  # of its views, as in `vectorise`
        self.title, self.how = TITLES[type(model)]

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """Lines of images [B, 1, 28, 28], what the page answers to 1e-4: the best of the model's views."""
        code = best_of_augmentations(
            images,
            self.n_augmentations,
            lambda seen: decode_parameters(self.network(seen), self.n_lines),
            self._draw,
        )
        return Strokes(code.lines, code.width)

    def _draw(self, code: LineCode) -> Tensor:
        if self.judge == "raster":
            return render_hard(code.lines, stroke_width=code.width)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def state(self) -> dict[str, Any]:
        """What the page is told."""
        names = ("run", "title", "how", "n_lines", "views", "judge", "layers", "weights")
        return {name: getattr(self, name) for name in names}


class DrawDigit(Widget):
    """A drawing board, and beside it what each model makes of the drawing: lines, while the reader draws.

    The models' networks travel in the page, six bits a weight. In a running notebook `image` [28, 28] is
    what they see, whether it was drawn in the page or set from Python, and `lines` [N, 4] is what the first
    model answered; lines that are set from Python are shown until the next stroke. Both are NumPy arrays,
    and follow the page whenever the pen is lifted.

    Args:
        models: runs of chapters 2 to 4, by name or folder.
    Raises:
        FileNotFoundError: there is no such run.
        ValueError: no models; or one that says no lines of an image, or whose layers the page does not know.
    """

    title = "Draw a digit"
    shows = "a digit, as the first model draws it"
    _esm = bundle("draw_digit.js")

    image = Image()
    lines = Lines([[0, 0, 1, 1]])
    networks = traitlets.List(traitlets.Dict()).tag(sync=True)
    examples = traitlets.Bytes().tag(sync=True)  # the ten reference digits, a byte a pixel

    def __init__(self, models: Sequence[str | Path] = ("ours",), **kwargs: Any):
        if isinstance(models, str) or not models:
            raise ValueError(f'models must name runs, as in models=("ours",), not {models!r}')
        answering = [PageModel(run) for run in models]
        digits, _ = reference_digits()
        self._answer = answering[0].vectorise(digits[FIRST : FIRST + 1])
        super().__init__(
            image=digits[FIRST, 0].numpy(),
            lines=self._answer.lines[0].numpy(),
            networks=[model.state() for model in answering],
            examples=(digits * 255).round().to(torch.uint8).numpy().tobytes(),
            **kwargs,
        )

    def still(self) -> Strokes:
        """The first digit, as the first model draws it."""
        return self._answer

    def parts(self) -> int:
        """Its models."""
        return len(self.networks)
