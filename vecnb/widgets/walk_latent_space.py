"""Walk the latent space: coordinate networks of chapter 3 in the page, on codes that the reader chooses."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from vecnb.data import load_mnist, reference_digits
from vecnb.losses import kl_divergence
from vecnb.models import LineVAE
from vecnb.models.codec import MAX_WIDTH, LineCode, decode_parameters
from vecnb.pretrained import load_model, model_folder, read_config
from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.packing import FINE, dequantised, pack
from vecnb.widgets.traits import LatentCode

INITIAL_DIGIT = 4  # whose code is shown first
N_IMAGES = 1_000  # test digits over which the divergence of each latent dimension is averaged


class WalkLatentSpace(Widget):
    """Lines of a latent code z that moves on planes, from digit to digit, and over samples of the prior.

        walk = WalkLatentSpace()
        walk.z = (walk.mu[4] + walk.mu[9]) / 2  # the page moves there
        walk.lines  # and these are the lines it draws

    Args:
        models: `LineVAE`s with convolutional networks and codes of one length, pretrained names or folders;
            the first is shown first.
    Raises:
        FileNotFoundError: there is no such model.
        TypeError, ValueError: a model is of another kind; two have the same name, or codes of different
            lengths; none is given.
    """

    title = "Walk the latent space"
    description = "the lines that a code stands for"
    _esm = asset("walk_latent_space.js")
    _css = asset("walk_latent_space.css")

    z = LatentCode()
    model = traitlets.Unicode().tag(sync=True)  # name of the one whose coordinate network draws
    axes = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)  # latent dimensions: across, up
    # The models for the page, by the weight of their divergence: see _WalkModel.state.
    models: traitlets.List[dict[str, Any]] = traitlets.List(read_only=True).tag(sync=True)

    def __init__(self, models: Sequence[str | PathLike[str]] = ("vae",)):
        if isinstance(models, str) or not models:
            raise ValueError(f"models must name at least one model in a list, not {models!r}")
        loaded = [_WalkModel(model) for model in models]
        self._models = {model.name: model for model in loaded}
        if len(self._models) < len(loaded):
            raise ValueError(f"two of the models {[str(model) for model in models]} have the same name")
        first, sizes = loaded[0], {model.latent_size for model in loaded}
        if len(sizes) > 1:
            raise ValueError(f"the codes of {list(self._models)} have different lengths: {sorted(sizes)}")
        self.latent_size = first.latent_size
        ranked = np.argsort(first.kl)
        axes = int(ranked[-1]), int(ranked[-2])
        super().__init__(z=first.mu[INITIAL_DIGIT], model=first.name, axes=axes)
        by_weight = sorted(loaded, key=lambda model: model.kl_weight)
        self.set_trait("models", [model.state() for model in by_weight])

    @traitlets.validate("model")
    def _check_model(self, proposal: Any) -> str:
        if proposal.value not in self._models:
            raise ValueError(f"model must be one of {', '.join(self._models)}, not {proposal.value!r}")
        return proposal.value

    @traitlets.validate("axes")
    def _check_axes(self, proposal: Any) -> tuple[int, int]:
        across, up = proposal.value
        if across == up or not all(0 <= axis < self.latent_size for axis in (across, up)):
            known = f"0 to {self.latent_size - 1}"
            raise ValueError(f"axes must be two different numbers from {known}, not {across, up}")
        return proposal.value

    @property
    def mu(self) -> np.ndarray:
        """The codes of the ten reference digits in the current model, [10, K]."""
        return self._models[self.model].mu

    @property
    def lines(self) -> np.ndarray:
        """The lines of z, as the page draws them: [N, 4] = (x1, y1, x2, y2) in the unit square."""
        return self._code().lines[0].numpy()

    @property
    def width(self) -> np.ndarray:
        """Their stroke widths, [N] in unit-square units."""
        return self._code().width[0].numpy()

    def decode(self, model: str, z: Any) -> Strokes:
        """The drawings of codes [B, K] by one of the models, equal to the page's to 1e-4."""
        code = self._models[model].decode(torch.as_tensor(np.array(z), dtype=torch.float32))
        return Strokes(code.lines, code.width)

    def still(self) -> Strokes:
        """The drawing of z."""
        return self.decode(self.model, self.z[None])

    def _code(self) -> LineCode:
        return self._models[self.model].decode(torch.tensor(self.z, dtype=torch.float32)[None])


class _WalkModel:
    """One trained model: its quantised coordinate network, and the codes of the digits."""

    def __init__(self, model: str | PathLike[str]):
        folder = model_folder(model)
        loaded = load_model(model, LineVAE)
        assert isinstance(loaded.coordinates, torch.nn.Sequential)
        self.name, self.latent_size, self.n_lines = folder.name, loaded.latent_size, loaded.n_lines
        self.kl_weight = read_config(folder)["kl_weight"]
        self.layers, self.weights = pack(loaded.coordinates, FINE)
        self.coordinates = dequantised(loaded.coordinates, FINE)
        self.mu, self.kl = _codes(loaded)

    def state(self) -> dict[str, Any]:
        """The model for the page: js/walk_latent_space/latent.js reads it."""
        return {
            "name": self.name,
            "weight": self.kl_weight,
            "lines": self.n_lines,
            "max_width": MAX_WIDTH,
            "layers": self.layers,
            "weights": self.weights,
            "mu": self.mu.tolist(),
            "kl": self.kl.tolist(),
        }

    @torch.no_grad()
    def decode(self, z: Tensor) -> LineCode:
        """The lines of codes [B, K] through the quantised network."""
        return decode_parameters(torch.sigmoid(self.coordinates(z)), self.n_lines, learnt_stroke=True)


@torch.no_grad()
def _codes(model: LineVAE) -> tuple[np.ndarray, np.ndarray]:
    """Means of q(z|x) of the reference digits [10, K], nats of each dimension [K]; rounded for the page."""
    mu, logvar = model.encode(load_mnist("test", fallback="subset")[0][:N_IMAGES])
    kl = kl_divergence(mu.T.reshape(-1, 1), logvar.T.reshape(-1, 1)).view(model.latent_size, -1).mean(1)
    digits, _ = model.encode(reference_digits(fallback="subset")[0])
    return _round(digits, 4), _round(kl, 2)


def _round(values: Tensor, decimals: int) -> np.ndarray:
    return np.round(values.double().numpy(), decimals)
