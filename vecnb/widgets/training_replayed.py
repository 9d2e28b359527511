"""Training, replayed: the drawings of a run at every moment it kept, and the curves of its losses."""

from __future__ import annotations

import json
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
import traitlets

from vecnb import runs
from vecnb.data import data_source, reference_digits
from vecnb.strokes import Strokes, sheet
from vecnb.widgets.base import Widget, bundle

UNIT = 1_000  # a film's coordinates have three decimals, and travel as whole numbers
POINTS = 200  # of a curve: it needs no more than it has pixels
WIDE = 10  # a curve whose values differ by such a factor gets a logarithmic axis
NAMES = {  # of the terms in a run's history, in the words of the pages
    "loss": "loss",
    "reconstruction": "reconstruction, nats",
    "divergence": "divergence, nats",
    "algorithm_1": "loss of Algorithm 1",
    "approximation": "error of the approximator",
    "prior_loss": "loss of the prior's ratio",
    "inference_loss": "loss of inference, nats",
    "model_loss": "loss of the model",
    "estimator_loss": "loss of r",
    "estimator_accuracy": "accuracy of r",
    "generator_gradient": "gradient of the generator",
    "label_entropy": "label entropy, nats",
}


class TrainingReplayed(Widget):
    """A run's film and its losses under one scrubber.

        replay = TrainingReplayed("ours")
        replay.picture = 3  # the page shows the fourth picture
        replay.lines  # and these are its lines

    Args:
        run: the name of a committed run, or the path of any run's folder. Its metrics.json holds "film"
            [pictures, drawings, N, 5] = (x1, y1, x2, y2, width), "film_steps" and "history".
    Raises:
        FileNotFoundError: there is no such run; the message lists those there are.
        ValueError: it has no film, or a damaged one.
    """

    title = "Training, replayed"
    shows = "the last drawings of a run"
    _esm = bundle("training_replayed.js")

    picture = traitlets.Int(0).tag(sync=True)  # which is shown, from 0
    run = traitlets.Unicode(read_only=True).tag(sync=True)
    # What the page replays.
    shape: traitlets.List[int] = traitlets.List(read_only=True).tag(sync=True)  # pictures, drawings, N, 5
    film = traitlets.Bytes(read_only=True).tag(sync=True)  # thousandths, int16, deflated
    steps: traitlets.List[int] = traitlets.List(read_only=True).tag(sync=True)  # of the pictures
    names: traitlets.List[str] = traitlets.List(read_only=True).tag(sync=True)  # of the drawings
    digits = traitlets.Bytes(read_only=True).tag(sync=True)  # their ink, uint8, deflated; or nothing
    curves: traitlets.List[dict[str, Any]] = traitlets.List(read_only=True).tag(sync=True)  # see _curve

    def __init__(self, run: str | Path):
        folder = runs.run_folder(run)
        metrics = runs.load_results(str(run))[0]
        self.numbers = _film(folder.name, metrics)
        whole = np.rint(UNIT * self.numbers).astype("<i2")
        samples = json.loads((folder / "config.json").read_text())["model"].startswith("Implicit")
        count = whole.shape[1]
        super().__init__()
        values = {
            "run": folder.name,
            "shape": list(whole.shape),
            "film": zlib.compress(whole.tobytes(), 9),
            "steps": [int(step) for step in metrics["film_steps"]],
            "names": [f"sample {i + 1}" if samples else f"digit {i}" for i in range(count)],
            "digits": b"" if samples else _digits(metrics, count),
            "curves": _curves(metrics.get("history", [])),
        }
        for name, value in values.items():
            self.set_trait(name, value)

    @traitlets.validate("picture")
    def _in_film(self, proposal: Any) -> int:
        if not 0 <= proposal.value < len(self.numbers):
            raise ValueError(f"picture must be 0 to {len(self.numbers) - 1}, not {proposal.value}")
        return proposal.value

    @property
    def step(self) -> int:
        """The step of training that is shown."""
        return self.steps[self.picture]

    @property
    def lines(self) -> np.ndarray:
        """The lines that are shown, [drawings, N, 4] = (x1, y1, x2, y2) in the unit square."""
        return self.numbers[self.picture, ..., :4]

    @property
    def width(self) -> np.ndarray:
        """Their stroke widths, [drawings, N] in unit-square units."""
        return self.numbers[self.picture, ..., 4]

    def still(self) -> Strokes:
        """The last picture of the film."""
        last = torch.from_numpy(self.numbers[-1]).float()
        columns = int(np.ceil(np.sqrt(len(last))))
        return sheet(Strokes(last[..., :4], last[..., 4].clamp_min(0)), columns)

    def parts(self) -> int:
        """Its curves."""
        return len(self.curves)


def _film(run: str, metrics: dict[str, Any]) -> np.ndarray:
    """The film of a run's metrics, [pictures, drawings, N, 5] float64.

    Raises:
        ValueError: there is none; or it is not of that shape, has a number that is not finite or lies far off
            the paper, or has not one step a picture.
    """
    if not metrics.get("film"):
        raise ValueError(
            f"run {run!r} kept no film of its training: its metrics.json has no pictures to replay"
        )
    try:
        film = np.array(metrics["film"], dtype=np.float64)
    except ValueError as error:
        raise ValueError(f"the film of run {run!r} is ragged: its drawings have different lengths") from error
    if film.ndim != 4 or film.shape[-1] != 5:
        raise ValueError(
            f"the film of run {run!r} must have shape [pictures, drawings, N, 5], not {list(film.shape)}"
        )
    if not (np.abs(film) < 2**15 / UNIT).all():  # NaN is not below anything
        raise ValueError(f"the film of run {run!r} has a coordinate that is not finite or far off the paper")
    steps = metrics.get("film_steps", [])
    if len(steps) != len(film):
        raise ValueError(f"the film of run {run!r} has {len(film)} pictures, but {len(steps)} steps")
    return film


def _digits(metrics: dict[str, Any], count: int) -> bytes:
    """The digits that the film's drawings copy, or none where this page's data is not what the run had."""
    if metrics.get("data") != data_source().digest:
        return b""
    ink = (255 * reference_digits()[0][:count]).round().byte()
    return zlib.compress(ink.numpy().tobytes(), 9)


def _curves(history: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Each term of a history as a curve of at most POINTS points, its last always among them."""
    terms = list(dict.fromkeys(name for entry in history for name in entry if name != "step"))
    return [_curve(name, [entry for entry in history if name in entry]) for name in terms]


def _curve(name: str, entries: list[dict[str, float]]) -> dict[str, Any]:
    every = -(-len(entries) // POINTS)
    entries = entries[::-1][::every][::-1]
    # A run that went astray leaves NaN, which JSON does not know: null leaves a gap in the curve.
    values = [entry[name] if math.isfinite(entry[name]) else None for entry in entries]
    known = [value for value in values if value is not None]
    return {
        "name": NAMES.get(name, name.replace("_", " ")),
        "steps": [int(entry["step"]) for entry in entries],
        "values": values,
        "log": bool(known) and min(known) > 0 and max(known) > WIDE * min(known),
    }
