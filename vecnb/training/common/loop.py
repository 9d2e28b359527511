"""The loop of every training: its steps, history and checkpoints, and how it stops; nothing about lines."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from tqdm.auto import tqdm

from vecnb.training.common.checkpoint import (
    check_folder,
    data_digest,
    identity,
    load_checkpoint,
    save_checkpoint,
)
from vecnb.training.common.interrupts import interrupts_between_steps
from vecnb.training.common.sampling import batch_indices

if TYPE_CHECKING:
    from accelerate import Accelerator

CHECKPOINT_SECONDS = 20.0  # at most this much work is lost to a kill
LOG_EVERY = 100  # steps between two entries of a history

Terms = Mapping[str, Tensor]  # scalars by name


class TrainingStopped(RuntimeError):
    """A run that cannot go on: the message says at which step, why, and what to do."""


class Run:
    """One training: its loop, and its state on disk.

        run = Run(folder, config, images, steps, accelerator, model=model, optimizer=optimizer)
        run.train(steps, step)  # step(1), step(2), …, each returns the terms of its loss

    A run that was killed goes on from its last checkpoint, bit for bit: a checkpoint holds the state of every
    part and of torch's generators, and batches are a function of (seed, step) alone (`indices`).

    Args:
        folder: takes `checkpoint.safetensors`, one file, replaced atomically.
        config: a frozen dataclass.
        images: what it is trained on; a checkpoint of another config or of other images is refused.
        total: steps in all, >= 1.
        accelerator: its main process shows progress and writes files; its device has a generator of its own.
        labels: of the images, if they are trained on as well.
        inputs: digests of whatever else the training is given, by name.
        checkpoint_seconds: between two checkpoints.
        parts: whatever has state_dict and load_state_dict: model, optimizer, schedule.
    Attributes:
        step: steps done.
        was_finished: whether all were done before.
        history: one entry per logged step, {"step": ..., and the terms}.
        seconds, core_seconds: taken so far by the clock, and of processor time.
        data: SHA-256 of the images, and of the labels if they are trained on.
    Raises:
        OSError: the folder is not writable or its disk is full.
        ValueError: the folder holds a checkpoint of another training, or a damaged one; or it is another one
            for another process.
    """

    def __init__(
        self,
        folder: Path | str,
        config: Any,
        images: Tensor,
        total: int,
        accelerator: Accelerator,
        *,
        labels: Tensor | None = None,
        inputs: Mapping[str, str] | None = None,
        checkpoint_seconds: float = CHECKPOINT_SECONDS,
        **parts: Any,
    ):
        if total < 1:
            raise ValueError(f"a training must have at least one step, not {total}")
        self.path, self.parts, self.total = Path(folder) / "checkpoint.safetensors", parts, total
        self.accelerator, self.is_main = accelerator, accelerator.is_main_process
        self.checkpoint_seconds, self.size = checkpoint_seconds, len(images)
        self.data = data_digest(images, labels)
        self.identity = identity(config, self.data, inputs or {})
        self.step, self.saved, self.seconds, self.core_seconds = 0, 0, 0.0, 0.0
        self.history: list[dict[str, float]] = []
        self._drawn: list[str] = []
        if self.is_main:
            check_folder(self.path.parent)
            for left_by_a_kill in self.path.parent.glob(f".{self.path.name}.*.partial"):
                left_by_a_kill.unlink()
        accelerator.wait_for_everyone()
        if self.path.exists():
            self._restore()
        self._check_processes()
        self.was_finished = self.step == total

    def indices(self, batch: int, number: int, seed: int) -> Tensor:
        """Which images minibatch `number` (from 1) has, as `batch_indices`; named if this step fails."""
        self._drawn.append(f"batch_indices({self.size}, {batch}, {number}, {seed})")
        return batch_indices(self.size, batch, number, seed)

    def train(
        self,
        until: int,
        step: Callable[[int], Terms],
        *,
        observe: Callable[[int], Terms] | None = None,
        log_every: int = LOG_EVERY,
    ) -> None:
        """Take the steps that are still to do up to `until`, with checkpoints on the way and at the end.

        Ctrl-C is obeyed at the end of a step, whose checkpoint is then written; a second one at once.

        Args:
            step: takes a step by its number (from 1), and returns the terms of its loss.
            observe: is called after each step that is found good, with its number; what it returns goes into
                the history beside the terms.
            log_every: steps between two entries of the history.
        Raises:
            TrainingStopped: a term, gradient or weight is not finite, or the step failed; the message says
                which, at which step, with which images. The last checkpoint is kept.
            OSError: a checkpoint cannot be written. The last one is kept.
        """
        if self.step >= until:
            if until == self.total:
                self._say(
                    f"already finished: {self.path} holds all {self.total} steps; "
                    f"delete {self.path.parent} or choose another folder to train again"
                )
            return
        weights = self._weights()
        with interrupts_between_steps() as asked_to_stop, self._bar() as bar:
            last_saved, clock, core_clock = time.monotonic(), time.monotonic(), time.process_time()
            while self.step < until:
                number = self.step + 1
                with self._explained(number):
                    terms = dict(step(number))
                    self._check(number, terms, weights)
                    terms |= observe(number) if observe else {}
                    if number % log_every == 0:
                        self._log(number, terms, bar)
                self.step = number
                bar.update()
                now, core_now = time.monotonic(), time.process_time()
                self.seconds += now - clock
                self.core_seconds += core_now - core_clock
                clock, core_clock = now, core_now
                stop = self._agree(bool(asked_to_stop))
                if stop or now - last_saved > self.checkpoint_seconds or number == until:
                    self._save()
                    last_saved = now
                if stop:
                    self._say(
                        f"stopped after step {number}, which {self.path} holds: the same command goes on"
                    )
                    raise KeyboardInterrupt

    def _save(self) -> None:
        """Write the checkpoint of the steps done (main process only).

        Raises:
            OSError: it cannot be written; the message names the file and the remedy.
            TrainingStopped: a number of a part is not finite.
        """
        if self.is_main and self.saved < self.step:
            about = {"identity": self.identity, "step": self.step, "history": self.history}
            about |= {"seconds": self.seconds, "core_seconds": self.core_seconds}
            try:
                save_checkpoint(self.path, self.parts, about, self.accelerator.device)
            except OSError as error:
                raise OSError(
                    f"cannot write {self.path} at step {self.step}: {error.strerror}; {self._on_disk()}: "
                    "make room, and the same command goes on"
                ) from error
            except ValueError as error:
                raise TrainingStopped(f"after step {self.step}, {error}; {self._on_disk()}") from error
        self.saved = self.step

    def _restore(self) -> None:
        about = load_checkpoint(self.path, self.parts, self.identity)
        self.step = self.saved = about["step"]
        self.seconds, self.core_seconds = about["seconds"], about["core_seconds"]
        self.history = about["history"]

    def _check_processes(self) -> None:
        """Refuse processes that would go on from different steps, each from the checkpoint it has found."""
        if self.accelerator.num_processes > 1:
            steps = self.accelerator.gather(torch.tensor([self.step], device=self.accelerator.device))
            if len(steps.unique()) > 1:
                raise ValueError(
                    f"the processes found different checkpoints, of steps {steps.tolist()}: "
                    f"{self.path.parent} must be one folder for all of them"
                )

    def _bar(self) -> tqdm:
        return tqdm(
            total=self.total,
            initial=self.step,
            unit="step",
            disable=not self.is_main,
            dynamic_ncols=True,
            mininterval=0.5,
        )

    def _log(self, number: int, terms: Terms, bar: tqdm) -> None:
        values = {name: value.item() for name, value in terms.items()}
        for name, value in values.items():
            if not math.isfinite(value):
                raise TrainingStopped(f"{name} = {value} at step {number}{self._where()}")
        self.history.append({"step": number, **values})
        bar.set_postfix({name: f"{value:.4g}" for name, value in values.items()})

    def _weights(self) -> dict[str, Tensor]:
        """Every weight that an optimiser among the parts moves, by name."""
        groups = [group for part in self.parts.values() for group in getattr(part, "param_groups", ())]
        moved = {id(weight) for group in groups for weight in group["params"]}
        return {
            f"{part}.{name}": weight
            for part, module in self.parts.items()
            if isinstance(module, nn.Module)
            for name, weight in module.named_parameters()
            if id(weight) in moved
        }

    def _check(self, number: int, terms: Terms, weights: Mapping[str, Tensor]) -> None:
        """Stop if a number is not finite. All are added up first, so that a device is waited for once."""
        size = torch.nn.utils.get_total_norm(weights.values()) if weights else torch.zeros(())
        numbers = [value.detach().to(size.device, size.dtype) for value in terms.values()]
        if not torch.stack([size, *numbers]).isfinite().all():
            self._stop_at_what_is_not_finite(number, terms, weights)

    def _stop_at_what_is_not_finite(self, number: int, terms: Terms, weights: Mapping[str, Tensor]) -> None:
        """Raise TrainingStopped if there is such a number; a norm can also be too long for its kind alone."""
        told = [f"{name} = {value.item()}" for name, value in terms.items() if not value.isfinite()]
        told += [
            f"the gradient of {name} is not finite"
            for name, weight in weights.items()
            if weight.grad is not None and not weight.grad.isfinite().all()
        ]
        told += [f"{name} is not finite" for name, value in weights.items() if not value.isfinite().all()]
        if told:
            raise TrainingStopped(f"{told[0]} at step {number}{self._where()}")

    def _where(self) -> str:
        """Which images a step was trained on, and what is on disk."""
        images = ""
        if self._drawn:
            before = f"{len(self._drawn) - 3} minibatches before and " if len(self._drawn) > 3 else ""
            images = f", whose images are {before}{', '.join(self._drawn[-3:])}"
        return f"{images}; {self._on_disk()}"

    def _on_disk(self) -> str:
        if self.saved:
            return f"the last good state, of step {self.saved}, is in {self.path}"
        return f"nothing is saved in {self.path.parent} yet"

    @contextlib.contextmanager
    def _explained(self, number: int) -> Iterator[None]:
        """Name the step, its images and what is on disk when something goes wrong in it."""
        self._drawn = []
        try:
            yield
        except (
            KeyboardInterrupt
        ):  # not between two steps: the second Ctrl-C, or one that is not ours to catch
            self._say(f"stopped in step {number}, whose work is lost; {self._on_disk()}")
            raise
        except TrainingStopped:
            raise
        except (RuntimeError, ValueError) as error:
            self._stop_at_what_is_not_finite(number, {}, self._weights())
            raise TrainingStopped(f"step {number} failed: {error}{self._where()}") from error

    def _agree(self, stop: bool) -> bool:
        """Whether any process was asked to stop: all must at the same step, or one would wait for ever."""
        if self.accelerator.num_processes == 1:
            return stop
        if stop:
            self.accelerator.set_trigger()
        return self.accelerator.check_trigger()

    def _say(self, what: str) -> None:
        if self.is_main:
            tqdm.write(what, file=sys.stderr)
