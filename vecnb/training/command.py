"""What the commands of all trainings share: how a run is named and begun, and what is kept of its end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from vecnb import runs
from vecnb.data import data_source


def trainings(run: str, configs: Mapping[str, Any], seeds: Iterable[int]) -> Iterator[tuple[Any, Path]]:
    """The config of each seed of a run, and the folder for its checkpoints.

    Args:
        run: a key of configs.
        configs: frozen dataclasses with a field `seed`.
    Raises:
        SystemExit: there is no such run; the message lists the runs there are.
    """
    if run not in configs:
        raise SystemExit(f"there is no run {run!r}; there are: {', '.join(configs)}")
    for seed in seeds:
        yield replace(configs[run], seed=seed), checkpoints(f"{run}-{seed}")


def one_process(accelerator: Accelerator) -> None:
    """Refuse to train in several processes, for a trainer that does not share its gradients among them.

    Raises:
        SystemExit: there are several; the message says what to do instead.
    """
    # Without a GPU accelerate overlooks the other processes of torchrun, which says how many they are.
    processes = max(accelerator.num_processes, int(os.environ.get("WORLD_SIZE", 1)))
    if processes > 1:
        raise SystemExit(
            f"this run trains in one process, not in {processes}: start it with python, without torchrun, "
            "and other seeds beside it as commands of their own (--seeds 1)"
        )


def checkpoints(name: str) -> Path:
    """The folder for the checkpoints of a training: beside the book, never committed."""
    return runs.RESULTS.parents[1] / "runs" / name


def keep(
    run: str,
    config: Any,
    done: runs.Run,
    model: nn.Module,
    measure: Callable[[Any], Mapping[str, float | Tensor]],
    **about: Any,
) -> None:
    """Measure a trained model, keep it and its numbers in book/results, and print them (main process only).

    Args:
        config: of the training, with the fields `seed` and `steps`.
        done: its end; gives the cost and the history.
        model: is rounded to half precision, as it is kept: the numbers are those of the kept weights.
        measure: gives the numbers of a model, scalars.
        about: what else belongs to the numbers, or replaces one of them.
    """
    if not done.is_main:
        return
    model = model.half().float()
    numbers = {name: float(value) for name, value in measure(model).items()}
    numbers |= {"minutes": done.seconds / 60, "core_minutes": done.core_seconds / 60}
    facts = {
        "cores": torch.get_num_threads(),
        "steps": config.steps,
        "parameters": sum(p.numel() for p in model.parameters()),
        "data": data_source().digest,
        "history": [_short(entry) for entry in done.history],
    }
    runs.save_result(runs.RESULTS / run, config, numbers | facts | about, model)
    print(f"{run}, seed {config.seed}:", ", ".join(f"{name} {value:.4g}" for name, value in numbers.items()))


def _short(entry: Mapping[str, float]) -> dict[str, float]:
    """An entry of the history with four digits a number: enough for a curve, a third of the bytes."""
    return {name: float(f"{value:.4g}") for name, value in entry.items()}
