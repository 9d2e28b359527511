"""Draw a digit: trained encoders of chapters 2 to 4 run in the page, on what the reader draws."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import torch
import traitlets
from torch import Tensor, nn

from vecnb.data import reference_digits
from vecnb.models import ImplicitLines, LineAutoencoder, LineVAE
from vecnb.models.augmentation import SHIFTS, best_of_augmentations
from vecnb.models.codec import MAX_WIDTH, SHARPNESS_RANGE, LineCode, decode_parameters
from vecnb.pretrained import load_model, model_folder
from vecnb.render import STROKE_WIDTH, render_hard, render_soft
from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.packing import dequantised, pack
from vecnb.widgets.traits import FiniteFloat, Image, Lines

INITIAL_DIGIT = 3  # shown before the reader draws

TITLES = {
    LineAutoencoder: ("Chapter 2", "learnt through a gradient"),
    LineVAE: ("Chapter 3", "learnt through a raster"),
    ImplicitLines: ("Chapter 4", "a likelihood, and a judge of codes"),
}


def vectorising_network(model: Any) -> nn.Sequential:
    """The network in a model's `vectorise`: image → parameters of a `LineCode` in (0, 1).

    Raises:
        TypeError: the model infers no lines from an image, or no stroke widths.
    """
    if isinstance(model, LineAutoencoder) and model.alpha is None:
        return nn.Sequential(*model.encoder, nn.Sigmoid())
    if isinstance(model, LineVAE) and model.networks == "conv":
        *layers, last = model.encoder
        mean = _mean_layer(last, model.latent_size)
        return nn.Sequential(*layers, mean, *model.coordinates.children(), nn.Sigmoid())
    if isinstance(model, ImplicitLines) and model.encoder is not None and model.approximator is None:
        return nn.Sequential(*model.encoder[0].children(), nn.Sigmoid())
    raise TypeError(f"this {type(model).__name__} infers no lines from an image, or no stroke widths")


def _mean_layer(layer: Any, latent_size: int) -> nn.Linear:
    """The part of an encoder's last layer that gives the mean of q(z|x)."""
    mean = nn.Linear(layer.in_features, latent_size)
    mean.weight.data, mean.bias.data = layer.weight.data[:latent_size], layer.bias.data[:latent_size]
    return mean


class PackedModel:
    """A trained model as the page has it: one quantised network from an image to the parameters of a code.

    Args:
        model: pretrained name or folder, as for `load_model`.
    Raises:
        FileNotFoundError: there is no such model.
        ValueError: the model infers no lines, or has layers that the page cannot run.
    """

    def __init__(self, model: str | PathLike[str]):
        self.run = model_folder(model).name
        loaded: Any = load_model(model, nn.Module)
        try:
            network = vectorising_network(loaded)
            self.layers, self.weights = pack(network)
        except TypeError as error:
            raise ValueError(f"model {self.run!r} cannot run in a page: {error}") from error
        self.network = dequantised(network)
        self.n_lines, self.n_augmentations = loaded.n_lines, loaded.n_augmentations
        # The renderer that chooses among the augmentations, as in the model's own `vectorise`.
        self.renderer = "hard" if isinstance(loaded, LineVAE) else "soft"
        self.title, self.subtitle = TITLES[type(loaded)]

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """Lines of images [B, 1, 28, 28], equal to the page's to 1e-4."""
        code = best_of_augmentations(
            images,
            self.n_augmentations,
            lambda shifted: decode_parameters(self.network(shifted), self.n_lines, learnt_stroke=True),
            self._draw,
        )
        return Strokes(code.lines, code.width)

    def _draw(self, code: LineCode) -> Tensor:
        if self.renderer == "hard":
            return render_hard(code.lines, stroke_width=code.width)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def state(self) -> dict[str, Any]:
        """The model for the page: js/lib/vectorise.js reads it."""
        names = ("run", "title", "subtitle", "n_lines", "n_augmentations", "renderer", "layers", "weights")
        constants = {"shifts": SHIFTS, "max_width": MAX_WIDTH, "sharpness_range": SHARPNESS_RANGE}
        return {name: getattr(self, name) for name in names} | constants


class DrawDigit(Widget):
    """A drawing pad, and beside it the lines that each model infers from the drawing while it grows.

    The models' networks are in the page, six bits a weight. In a running notebook `image` [28, 28] is their
    input, drawn in the page or set from Python, and `lines` [N, 4] the first model's answer; lines that are
    set from Python are shown until the next stroke. Both are arrays, and follow the page when a stroke ends.

    Args:
        models: of chapters 2 to 4, pretrained names or folders.
    Raises:
        FileNotFoundError: there is no such model.
        ValueError: no models; or one that infers no lines from an image, or has layers that the page cannot
            run.
    """

    title = "Draw a digit"
    description = "a digit, as the first model draws it"
    _esm = asset("draw_digit.js")
    _css = asset("draw_digit.css")

    image = Image([[0] * 28] * 28)
    lines = Lines([[0, 0, 1, 1]])
    stroke_width = FiniteFloat(STROKE_WIDTH, read_only=True).tag(sync=True)  # of lines set from Python
    networks: traitlets.List[dict[str, Any]] = traitlets.List(traitlets.Dict()).tag(sync=True)
    examples = traitlets.Bytes().tag(sync=True)  # the ten reference digits, a byte a pixel

    def __init__(self, models: Sequence[str | PathLike[str]] = ("autoencoder",), **kwargs: Any):
        if isinstance(models, str) or not models:
            raise ValueError(f'models must be a list of names, as in models=("autoencoder",), not {models!r}')
        packed = [PackedModel(model) for model in models]
        digits, _ = reference_digits(fallback="subset")
        self._initial = packed[0].vectorise(digits[INITIAL_DIGIT : INITIAL_DIGIT + 1])
        super().__init__(
            image=digits[INITIAL_DIGIT, 0].numpy(),
            lines=self._initial.lines[0].numpy(),
            networks=[model.state() for model in packed],
            examples=(digits * 255).round().to(torch.uint8).numpy().tobytes(),
            **kwargs,
        )

    def still(self) -> Strokes:
        """The initial digit, as the first model draws it."""
        return self._initial

    def n_panels(self) -> int:
        """One a model."""
        return len(self.networks)
