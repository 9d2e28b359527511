"""A run of training: its folder, seed, progress bar, checkpoints and results; nothing about lines."""

from __future__ import annotations

import functools
import json
import math
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn
from tqdm.auto import tqdm

RESULTS = Path(__file__).resolve().parents[1] / "book" / "results"  # committed, small, read by the book
SECONDS_BETWEEN_CHECKPOINTS = 20.0  # at most this much work is lost to a kill
# Bytes: a checkpoint of our largest model, twice (the old one stays until the new is whole).
ROOM_NEEDED = 64 * 2**20


class TrainingStopped(RuntimeError):
    """A run that cannot go on: the message says at which step, why, and what to do."""


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path` as a whole: after a kill or a full disk the old content is still there.

    Raises:
        OSError: the folder is not writable or the disk is full; `path` is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def check_folder(folder: Path) -> None:
    """Fail before training starts, not after, if `folder` cannot take the run's files.

    Raises:
        OSError: the folder cannot be written to, or its disk has less than 64 MB free.
    """
    try:
        write_atomically(folder / ".writable", b"yes")
        (folder / ".writable").unlink()
    except OSError as error:
        raise OSError(f"cannot write to {folder}: {error.strerror}; free or choose another folder") from error
    free = shutil.disk_usage(folder).free
    if free < ROOM_NEEDED:
        raise OSError(
            f"only {free / 2**20:.0f} MB free on the disk of {folder}; training needs {ROOM_NEEDED >> 20} MB"
        )


class Run:
    """The state of one training run on disk, and its loop.

        run = Run(folder, config, model=model, optimizer=optimizer)
        for step in run.steps(config.steps):
            ...
            run.log(step, loss=loss)

    A run that was killed goes on from its last checkpoint, bit for bit: a checkpoint holds the state of every
    part and of torch's generators, and batches are a function of (seed, step) alone (`batch_indices`).

    Args:
        folder: takes `checkpoint.safetensors`, one file, replaced atomically.
        config: a frozen dataclass; a checkpoint of another config is refused.
        is_main: whether this process shows progress and writes files.
        parts: whatever has state_dict and load_state_dict: model, optimizer, schedule.
    Raises:
        OSError: the folder is not writable or its disk is full.
        ValueError: the folder holds a checkpoint of another config, or a damaged one.
    """

    def __init__(self, folder: Path, config: Any, *, is_main: bool = True, **parts: Any):
        self.path, self.parts, self.is_main = Path(folder) / "checkpoint.safetensors", parts, is_main
        self.config = json.dumps(asdict(config), sort_keys=True)
        self.seconds, self.core_seconds = 0.0, 0.0
        self.history: list[dict[str, float]] = []
        if is_main:
            check_folder(self.path.parent)
            for left_by_a_kill in self.path.parent.glob(f".{self.path.name}.*.partial"):
                left_by_a_kill.unlink()
        self.step = self._restore() if self.path.exists() else 0

    def steps(self, total: int) -> Iterator[int]:
        """The steps still to do, 1 to `total`, with a progress bar and checkpoints on the way."""
        self.bar = tqdm(
            total=total,
            initial=self.step,
            unit="step",
            disable=not self.is_main,
            dynamic_ncols=True,
            mininterval=0.5,
        )
        last_saved, clock, core_clock = time.monotonic(), time.monotonic(), time.process_time()
        try:
            while self.step < total:
                yield self.step + 1
                self.step += 1
                self.bar.update()
                now, core_now = time.monotonic(), time.process_time()
                self.seconds += now - clock
                self.core_seconds += core_now - core_clock
                clock, core_clock = now, core_now
                if now - last_saved > SECONDS_BETWEEN_CHECKPOINTS or self.step == total:
                    self.save()
                    last_saved = now
        except (KeyboardInterrupt, GeneratorExit):
            self.bar.write(
                f"stopped after step {self.step}; the same command goes on from the last checkpoint"
            )
            raise
        finally:
            self.bar.close()

    def log(self, step: int, every: int = 100, **terms: Tensor) -> None:
        """Check the loss terms of this step, scalars; every so many steps show them and keep them.

        Raises:
            TrainingStopped: a term is not finite; the last checkpoint is kept.
        """
        values = {name: value.item() for name, value in terms.items()}
        for name, value in values.items():
            if not math.isfinite(value):
                config = json.loads(self.config)
                batch = f"batch_indices(images, {config.get('batch')}, {step}, {config.get('seed')})"
                raise TrainingStopped(
                    f"{name} = {value} at step {step}, whose images are {batch}; "
                    f"the last good state is in {self.path}"
                )
        if step % every:
            return
        self.history.append({"step": step, **values})
        self.bar.set_postfix({name: f"{value:.4g}" for name, value in values.items()})

    def save(self) -> None:
        """Write the checkpoint (main process only)."""
        if not self.is_main:
            return
        tensors: dict[str, Tensor] = {"random.cpu": torch.get_rng_state()}
        if torch.cuda.is_available():
            tensors["random.cuda"] = torch.cuda.get_rng_state()
        plain: dict[str, Any] = {}
        for name, part in self.parts.items():
            _flatten(f"part.{name}", part.state_dict(), tensors, plain)
        about = {"config": self.config, "step": self.step, "seconds": self.seconds}
        about |= {"core_seconds": self.core_seconds, "history": self.history, "plain": plain}
        write_atomically(self.path, save(tensors, {"about": json.dumps(about)}))

    def _restore(self) -> int:
        tensors, about = read_tensors(self.path)
        if about["config"] != self.config:
            raise ValueError(f"{self.path} belongs to another config: delete the folder, or name another")
        for name, part in self.parts.items():
            part.load_state_dict(_unflatten(f"part.{name}", tensors, about["plain"]))
        torch.set_rng_state(tensors["random.cpu"])
        if "random.cuda" in tensors and torch.cuda.is_available():
            torch.cuda.set_rng_state(tensors["random.cuda"])
        self.seconds, self.core_seconds = about["seconds"], about["core_seconds"]
        self.history = about["history"]
        return about["step"]


def _flatten(prefix: str, value: Any, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
    """A nested state dict as safetensors wants it: tensors by path, everything else beside them."""
    if isinstance(value, Tensor):
        tensors[prefix] = value.detach().cpu().contiguous().clone()
        if value.ndim == 4 and value.is_contiguous(memory_format=torch.channels_last):
            plain[prefix] = {"channels_last": True}
    elif isinstance(value, Mapping):
        plain[prefix] = {"keys": [[key, isinstance(key, int)] for key in value]}
        for key, inner in value.items():
            _flatten(f"{prefix}/{key}", inner, tensors, plain)
    else:
        plain[prefix] = {"value": value}


def _unflatten(prefix: str, tensors: dict[str, Tensor], plain: dict[str, Any]) -> Any:
    if prefix in tensors and prefix in plain:
        # A fused optimiser walks through memory: its moments must lie there in their parameter's order.
        return tensors[prefix].contiguous(memory_format=torch.channels_last)
    if prefix in tensors:
        return tensors[prefix]
    if "value" in plain[prefix]:
        return plain[prefix]["value"]
    return {key: _unflatten(f"{prefix}/{key}", tensors, plain) for key, _ in plain[prefix]["keys"]}


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors of a safetensors file and what it says about them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
        return load_file(path), about
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged ({error}): delete it, or take it from git again") from error


def batch_indices(size: int, batch: int, step: int, seed: int) -> Tensor:
    """Which images step `step` (from 1) trains on: an epoch's order is a function of (seed, epoch) alone.

    Args:
        size: number of images; an incomplete last batch of an epoch is left out.
    Returns:
        [batch] int64.
    """
    epoch, place = divmod(step - 1, size // batch)
    return _permutation(size, seed, epoch)[place * batch : (place + 1) * batch]


@functools.lru_cache(maxsize=2)  # chapter 3 walks through the images at two paces
def _permutation(size: int, seed: int, epoch: int) -> Tensor:
    return torch.randperm(size, generator=torch.Generator().manual_seed(seed * 1_000_003 + epoch))


def save_result(folder: Path, config: Any, metrics: dict[str, Any], model: nn.Module | None = None) -> None:
    """Write what the book keeps of a finished run.

    Seed 0 is the reported one: config.json, metrics.json and, in half precision, weights.safetensors. Of any
    other seed only the numbers are kept, in seed_<k>.json.

    Args:
        folder: of the run, in `RESULTS`.
        config: frozen dataclass with a field `seed`.
        metrics: plain numbers and strings.
    """
    if config.seed:
        files: dict[str, Any] = {f"seed_{config.seed}.json": {"config": asdict(config), "metrics": metrics}}
    else:
        files = {"config.json": asdict(config), "metrics.json": metrics}
        if model is not None:
            files["config.json"]["model"] = type(model).__name__
            state = model.state_dict().items()
            weights = {k: (v.half() if v.is_floating_point() else v).cpu().contiguous() for k, v in state}
            write_atomically(folder / "weights.safetensors", save(weights))
    for name, content in files.items():
        write_atomically(folder / name, (json.dumps(content, indent=1) + "\n").encode())


def load_results(run: str) -> dict[int, dict[str, Any]]:
    """The metrics of every seed of a committed run, by seed.

    Raises:
        FileNotFoundError: there is no such run; the message lists the runs there are.
    """
    folder = run_folder(run)
    metrics = {0: json.loads((folder / "metrics.json").read_text())}
    for path in folder.glob("seed_*.json"):
        metrics[int(path.stem.removeprefix("seed_"))] = json.loads(path.read_text())["metrics"]
    return dict(sorted(metrics.items()))


def run_folder(run: str | Path) -> Path:
    """The folder of a run: a committed one by its name, any other by its path.

    Raises:
        FileNotFoundError: it holds no config.json; the message lists the committed runs.
    """
    for folder in (RESULTS / run, Path(run)):
        if (folder / "config.json").exists():
            return folder
    known = ", ".join(sorted(path.parent.name for path in RESULTS.glob("*/config.json")))
    raise FileNotFoundError(f"there is no run {str(run)!r}; the committed runs are: {known}")
