"""Training, replayed: the snapshots that a training run has recorded, and the curves of its losses."""

from __future__ import annotations

import math
import zlib
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import torch
import traitlets

from vecnb.data import data_source, reference_digits
from vecnb.strokes import Strokes, tile
from vecnb.training.common.results import UNIT, SavedRun, load_run, load_snapshots
from vecnb.widgets.base import Widget, asset

MAX_POINTS = 200  # of a curve: as many as it has pixels
LOG_RATIO = 10  # a curve whose largest value is so many times its smallest gets a logarithmic axis
TERM_NAMES = {  # of the columns of history.csv, in the words of the pages
    "loss": "loss",
    "reconstruction": "reconstruction, nats",
    "divergence": "divergence, nats",
    "algorithm_1": "loss of Algorithm 1",
    "approximation": "error of the approximator",
    "prior_loss": "loss of the prior's ratio",
    "encoder_loss": "loss of inference, nats",
    "model_loss": "loss of the model",
    "discriminator_loss": "loss of r",
    "discriminator_accuracy": "accuracy of r",
    "generator_gradient": "gradient of the generator",
    "label_entropy": "label entropy, nats",
}


class TrainingReplayed(Widget):
    """The snapshots and losses of a training run under one slider.

        replay = TrainingReplayed("runs/autoencoder/proposed/seed_0")
        replay.snapshot = 3  # the page shows the fourth snapshot
        replay.lines  # and these are its lines

    Args:
        folder: of a run, as `vecnb train` leaves it, with snapshots.safetensors and perhaps history.csv.
    Raises:
        FileNotFoundError: there is no run in the folder.
        ValueError: it has no snapshots, or damaged ones.
    """

    title = "Training, replayed"
    description = "the last drawings of a run"
    _esm = asset("training_replayed.js")
    _css = asset("training_replayed.css")

    snapshot = traitlets.Int(0).tag(sync=True)  # index of the one that is shown
    run = traitlets.Unicode(read_only=True).tag(sync=True)
    # What the page replays.
    shape: traitlets.List[int] = traitlets.List(read_only=True).tag(sync=True)  # snapshots, drawings, N, 5
    snapshots = traitlets.Bytes(read_only=True).tag(sync=True)  # int16, compressed with zlib
    scale = traitlets.Int(UNIT, read_only=True).tag(sync=True)  # of those integers, per unit-square length
    steps: traitlets.List[int] = traitlets.List(read_only=True).tag(sync=True)  # of the snapshots
    names: traitlets.List[str] = traitlets.List(read_only=True).tag(sync=True)  # of the drawings
    digits = traitlets.Bytes(read_only=True).tag(sync=True)  # uint8, compressed with zlib; or empty
    curves: traitlets.List[dict[str, Any]] = traitlets.List(read_only=True).tag(sync=True)  # see _curve

    def __init__(self, folder: str | PathLike[str]):
        run, file = load_run(Path(folder)), Path(folder) / "snapshots.safetensors"
        if not file.exists():
            raise ValueError(f"the run in {folder} recorded no snapshots: it has no {file.name}")
        snapshots, metadata = load_snapshots(file)
        self._drawings = snapshots.drawings.numpy()
        integers = np.rint(UNIT * self._drawings).astype("<i2")
        count = integers.shape[1]
        sampled = run.config["model"] == "ImplicitLines"  # drawings of no particular digits
        super().__init__()
        values = {
            "run": metadata.get("run", Path(folder).name),
            "shape": list(integers.shape),
            "snapshots": zlib.compress(integers.tobytes(), 9),
            "steps": snapshots.steps.tolist(),
            "names": [f"sample {i + 1}" if sampled else f"digit {i}" for i in range(count)],
            "digits": b"" if sampled else _digits(run, count),
            "curves": _curves(run.history),
        }
        for trait, value in values.items():
            self.set_trait(trait, value)

    @traitlets.validate("snapshot")
    def _check_snapshot(self, proposal: Any) -> int:
        if not 0 <= proposal.value < len(self._drawings):
            raise ValueError(f"snapshot must be 0 to {len(self._drawings) - 1}, not {proposal.value}")
        return proposal.value

    @property
    def step(self) -> int:
        """The training step that is shown."""
        return self.steps[self.snapshot]

    @property
    def lines(self) -> np.ndarray:
        """The lines that are shown, [drawings, N, 4] = (x1, y1, x2, y2) in the unit square."""
        return self._drawings[self.snapshot, ..., :4]

    @property
    def width(self) -> np.ndarray:
        """Their stroke widths, [drawings, N] in unit-square units."""
        return self._drawings[self.snapshot, ..., 4]

    def still(self) -> Strokes:
        """The last snapshot."""
        last = torch.from_numpy(self._drawings[-1]).float()
        columns = math.ceil(math.sqrt(len(last)))
        return tile(Strokes(last[..., :4], last[..., 4].clamp_min(0)), columns)

    def n_panels(self) -> int:
        """One a curve."""
        return len(self.curves)


def _digits(run: SavedRun, count: int) -> bytes:
    """The digits that the drawings copy; none if the data here are not those of the training."""
    if run.data != data_source(fallback="subset").digest:
        return b""
    pixels = (255 * reference_digits(fallback="subset")[0][:count]).round().byte()
    return zlib.compress(pixels.numpy().tobytes(), 9)


def _curves(history: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Each term of a history as a curve."""
    terms = dict.fromkeys(name for entry in history for name in entry if name != "step")
    return [_curve(name, [entry for entry in history if name in entry]) for name in terms]


def _curve(name: str, entries: list[dict[str, float]]) -> dict[str, Any]:
    """A term as a curve of at most MAX_POINTS points, its last among them."""
    every = math.ceil(len(entries) / MAX_POINTS)
    entries = entries[::-1][::every][::-1]
    # JSON has no NaN and no infinity: null leaves a gap in the curve.
    values = [entry[name] if math.isfinite(entry[name]) else None for entry in entries]
    known = [value for value in values if value is not None]
    return {
        "name": TERM_NAMES.get(name, name.replace("_", " ")),
        "steps": [int(entry["step"]) for entry in entries],
        "values": values,
        "log": bool(known) and min(known) > 0 and max(known) > LOG_RATIO * min(known),
    }
