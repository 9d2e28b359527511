"""Walk the latent space: chapter 3's coordinate networks run in the page, and a code is led through them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from vecnb.data import load_mnist, reference_digits
from vecnb.losses import kl_divergence
from vecnb.models import LineVAE
from vecnb.models.codec import MAX_WIDTH, LineCode, decode_parameters
from vecnb.pretrained import load_model
from vecnb.runs import run_folder
from vecnb.strokes import Strokes
from vecnb.widgets.base import Widget, bundle
from vecnb.widgets.packing import FINE, pack, rounded

FIRST_DIGIT = 4  # the walk begins at its code
IMAGES = 1_000  # test digits that say how busy each number of the code is


class Code(traitlets.TraitType):
    """A trait that holds a code z [K] as a NumPy array, whichever side sets it."""

    def __init__(self) -> None:
        super().__init__()
        self.tag(sync=True, to_json=lambda value, _: value.tolist(), from_json=lambda value, _: value)

    def validate(self, owner: Any, value: Any) -> np.ndarray:
        """The value as float64 [K]; read-only, since a change in place would not reach the page.

        Raises:
            TypeError: it does not hold numbers.
            ValueError: another length than the models' K, or a non-finite value.
        """
        try:
            code = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{self.name} must hold {owner.latent} numbers") from error
        if code.shape != (owner.latent,):
            raise ValueError(f"{self.name} must have shape [{owner.latent}], not {list(code.shape)}")
        bad = np.flatnonzero(~np.isfinite(code))
        if len(bad):
            raise ValueError(f"{self.name}[{bad[0]}] = {code[bad[0]]} is not finite")
        code.flags.writeable = False
        return code


class WalkLatentSpace(Widget):
    """Lines that follow a code z: through planes of it, from digit to digit, and out of the prior.

        walk = WalkLatentSpace()
        walk.z = (walk.mu[4] + walk.mu[9]) / 2  # the page moves there
        walk.lines  # and these are the lines it draws

    Args:
        models: names (or folders) of runs of chapter 3 with our networks and codes of one length; the walk
            begins in the first.
    Raises:
        FileNotFoundError: there is no such run; the message lists those there are.
        TypeError, ValueError: a run's model is no variational autoencoder of lines with our networks; two
            runs have the same name, or codes of different lengths; none is given.
    """

    title = "Walk the latent space"
    shows = "the lines that a code stands for"
    _esm = bundle("walk_latent_space.js")

    z = Code()
    model = traitlets.Unicode().tag(sync=True)  # the run whose coordinate network draws
    axes = traitlets.Tuple(traitlets.Int(), traitlets.Int()).tag(sync=True)  # numbers of z: across, up
    # The models as the page runs them, by weight of the divergence: see _Walk.
    packed: traitlets.List[dict[str, Any]] = traitlets.List(read_only=True).tag(sync=True)

    def __init__(self, models: Sequence[str] = ("vae_ours", "vae_ours_no_kl", "vae_ours_kl_03")):
        if isinstance(models, str) or not models:
            raise ValueError(f"models must name at least one run in a list, not {models!r}")
        walks = [_Walk(run) for run in models]
        self.walks = {walk.name: walk for walk in walks}
        if len(self.walks) < len(walks):
            raise ValueError(f"two of the runs {list(models)} have the same name")
        first, lengths = walks[0], {walk.latent for walk in walks}
        if len(lengths) > 1:
            raise ValueError(f"the codes of {list(models)} have different lengths: {sorted(lengths)}")
        self.latent = first.latent
        order = np.argsort(first.nats)
        super().__init__(z=first.mu[FIRST_DIGIT], model=first.name, axes=(int(order[-1]), int(order[-2])))
        self.set_trait("packed", [walk.packed for walk in sorted(walks, key=lambda walk: walk.kl_weight)])

    @traitlets.validate("model")
    def _known(self, proposal: Any) -> str:
        if proposal.value not in self.walks:
            raise ValueError(f"model must be one of {', '.join(self.walks)}, not {proposal.value!r}")
        return proposal.value

    @traitlets.validate("axes")
    def _two(self, proposal: Any) -> tuple[int, int]:
        across, up = proposal.value
        if across == up or not all(0 <= axis < self.latent for axis in (across, up)):
            known = f"0 to {self.latent - 1}"
            raise ValueError(f"axes must be two different numbers from {known}, not {across, up}")
        return proposal.value

    @property
    def mu(self) -> np.ndarray:
        """The codes of the ten reference digits in the present model, [10, K]."""
        return self.walks[self.model].mu

    @property
    def lines(self) -> np.ndarray:
        """The lines of z, as the page draws them: [N, 4] = (x1, y1, x2, y2) in the unit square."""
        return self._code().lines[0].numpy()

    @property
    def width(self) -> np.ndarray:
        """Their stroke widths, [N] in unit-square units."""
        return self._code().width[0].numpy()

    def still(self) -> Strokes:
        """The drawing of z."""
        code = self._code()
        return Strokes(code.lines, code.width)

    def _code(self) -> LineCode:
        return self.walks[self.model].decode(torch.tensor(self.z, dtype=torch.float32)[None])


class _Walk:
    """One trained model: its coordinate network as the page has it, and the codes of the digits."""

    def __init__(self, run: str):
        folder = run_folder(run)
        model = load_model(run)
        if not isinstance(model, LineVAE):
            raise ValueError(f"run {run!r} is a {type(model).__name__}, whose codes have no prior to walk in")
        assert isinstance(model.coordinates, torch.nn.Sequential)
        self.name, self.latent, self.n_lines = folder.name, model.latent_size, model.n_lines
        self.kl_weight = json.loads((folder / "config.json").read_text())["kl_weight"]
        layers, weights = pack(model.coordinates, FINE)
        self.coordinates = rounded(model.coordinates, FINE)
        self.mu, self.nats = _codes(model)
        self.packed = {
            "name": self.name,
            "weight": self.kl_weight,
            "lines": self.n_lines,
            "max_width": MAX_WIDTH,
            "layers": layers,
            "weights": weights,
            "mu": self.mu.tolist(),
            "nats": self.nats.tolist(),
        }

    @torch.no_grad()
    def decode(self, z: Tensor) -> LineCode:
        """The lines of codes [B, K] through the rounded network."""
        return decode_parameters(torch.sigmoid(self.coordinates(z)), self.n_lines)


@torch.no_grad()
def _codes(model: LineVAE) -> tuple[np.ndarray, np.ndarray]:
    """Means of q(z|x) of the reference digits [10, K], and the nats of each number [K]; rounded to travel."""
    mu, logvar = model.encode(load_mnist("test")[0][:IMAGES])
    nats = kl_divergence(mu.T.reshape(-1, 1), logvar.T.reshape(-1, 1)).view(model.latent_size, -1).mean(1)
    digits, _ = model.encode(reference_digits()[0])
    return _round(digits, 4), _round(nats, 2)


def _round(values: Tensor, places: int) -> np.ndarray:
    return np.round(values.double().numpy(), places)
