"""A run of training: its folder, seed, progress bar, checkpoints and results; nothing about lines."""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor
from tqdm.auto import tqdm

from vecnb.files import read_tensors, write_atomically

SECONDS_BETWEEN_CHECKPOINTS = 20.0  # at most this much work is lost to a kill
# Bytes: a checkpoint of our largest model, twice (the old one stays until the new is whole).
ROOM_NEEDED = 64 * 2**20


class TrainingStopped(RuntimeError):
    """A run that cannot go on: the message says at which step, why, and what to do."""


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
