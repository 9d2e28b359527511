"""All shards: handed out, kept as files as they come in, and at last joined to one."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch
from tqdm import tqdm

from vecnb import __version__
from vecnb.bulk import SHARD_SIZE, OnError
from vecnb.bulk.pool import available_cores, explain_a_killed_worker, local_workers, results
from vecnb.bulk.reading import Source
from vecnb.bulk.shards import Columns, Task, work
from vecnb.choices import check_choice, check_count
from vecnb.files import write_atomically
from vecnb.preprocessing import warn_unlike_mnist
from vecnb.pretrained import load_model, weights_digest
from vecnb.training.common.interrupts import interrupts_between_steps

FORMAT = 1  # of the manifest
FIRST = 100  # images that are looked at beforehand


class OtherWorkError(ValueError):
    """The shards that are there are of another job."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """What is to be done.

    Attributes:
        source: the images (`vecnb.bulk.sources.open_source`).
        model: as of `load_model`.
        columns: of each image (`vecnb.bulk.shards.Task`).
        shard_size: images of one row group.
        on_error: "stop" at an image that cannot be read, or "skip" it: the values of its row are null.
    """

    source: Source
    model: str = "autoencoder"
    columns: Columns = "lines"
    shard_size: int = SHARD_SIZE
    on_error: OnError = "stop"

    def __post_init__(self) -> None:
        check_count("shard_size", self.shard_size)
        check_choice("columns", self.columns, Columns)
        check_choice("on_error", self.on_error, OnError)

    def manifest(self) -> dict[str, Any]:
        """Everything that decides about the bits of the result."""
        return {
            "format": FORMAT,
            "vecnb": __version__,
            "torch": torch.__version__,
            "model": self.model,
            "weights": weights_digest(self.model),
            "images": len(self.source),
            "data": self.source.digest,
            "columns": self.columns,
            "shard_size": self.shard_size,
        }


def parts_folder(output: Path) -> Path:
    """Where the shards of an output wait until all are there."""
    return output.with_name(f"{output.name}.parts")


def run(job: Job, output: Path, *, workers: int | None = None, executor: Executor | None = None) -> Path:
    """Write a Parquet file with a row for each image, in their order, a row group for each shard.

    Whatever stops it, Ctrl-C, a kill or a full disk, leaves whole shards in `<output>.parts`; the same call
    goes on there, and its result has the same bits. The memory does not depend on the number of images.

        >>> import tempfile
        >>> import numpy as np
        >>> from vecnb.bulk.sources import open_source
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/digits.npy", np.zeros((30, 28, 28), np.uint8))
        ...     job = Job(source=open_source(f"{folder}/digits.npy", scratch=Path(folder)), shard_size=20)
        ...     table = pq.read_table(run(job, Path(folder) / "lines.parquet", workers=1))
        >>> table.column_names, len(table)
        (['index', 'lines', 'width', 'sharpness'], 30)

    Columns: index; file and label, where they are known; lines, (x1, y1, x2, y2) of each line in turn, width
    and sharpness, as of `LineCode` (a constant, if the model learns none), or what the job asks for instead.
    The schema's metadata "vecnb" holds the manifest, as JSON.

    Args:
        output: is replaced as a whole.
        workers: processes, by default one a core; of an executor: how many shards it works on at a time.
        executor: of any kind that `concurrent.futures` describes, whose workers can read the data.
    Returns:
        The path of the file.
    Raises:
        KeyboardInterrupt: after Ctrl-C, and the shards that were begun.
        OSError: the disk is full, or the folder not writable; no half-written file remains.
        OtherWorkError: the shards that are there are of another job.
        RuntimeError: a worker was killed.
        ValueError: there are no images, or one cannot be read; or the model says no lines.
    """
    parts, manifest = parts_folder(output), job.manifest()
    workers = available_cores() if workers is None else check_count("workers", workers)
    _check(job)
    _begin(parts, manifest)
    starts = range(0, len(job.source), job.shard_size)
    paths = [parts / f"{shard:07}.parquet" for shard in range(len(starts))]
    missing = [shard for shard, path in enumerate(paths) if not path.exists()]
    left = sum(_size(job, starts[shard]) for shard in missing)
    tasks = ((shard, _task(job, manifest["weights"], starts[shard])) for shard in missing)
    with contextlib.ExitStack() as stack:
        stack.enter_context(explain_a_killed_worker())
        workers = min(workers, max(1, len(missing)))
        pool = executor or stack.enter_context(local_workers(workers))
        asked = stack.enter_context(interrupts_between_steps())
        total = len(job.source)
        bar = stack.enter_context(tqdm(total=total, initial=total - left, unit=" images", disable=None))
        for shard, content in results(work, tasks, pool, 2 * workers, asked):
            write_atomically(paths[shard], content)
            bar.update(_size(job, starts[shard]))
        if asked:
            raise KeyboardInterrupt
        _join(paths, output, manifest)
    shutil.rmtree(parts)
    return output


def _check(job: Job) -> None:
    """Refuse what cannot be done, and warn of images unlike those that the models know, before the work."""
    if not len(job.source):
        raise ValueError("there are no images")
    if job.columns != "measures":
        model = load_model(job.model)  # refuses one that says no lines
        if getattr(model, "encoder", None) is None:
            raise ValueError(f"{job.model} has no encoder: it says nothing of images")
    first = job.source.part(0, min(FIRST, len(job.source)))()
    good = [place for place in range(len(first.images)) if place not in first.errors]
    warn_unlike_mnist(first.images[good], stacklevel=3)


def _begin(parts: Path, manifest: dict[str, Any]) -> None:
    """Write down what the shards are of; refuse those of another job."""
    path = parts / "manifest.json"
    if not path.exists():
        write_atomically(path, json.dumps(manifest, indent=1).encode())
        return
    found = json.loads(path.read_text(encoding="utf-8"))
    other = [name for name in manifest if found.get(name) != manifest[name]]
    if other:
        told = ", ".join(f"{name} {found.get(name)!s:.20}, not {manifest[name]!s:.20}" for name in other)
        raise OtherWorkError(
            f"{parts} holds a part of another work ({told}): repeat the command that began it, or delete the "
            "folder"
        )


def _size(job: Job, start: int) -> int:
    return min(job.shard_size, len(job.source) - start)


def _task(job: Job, weights: str, start: int) -> Task:
    return Task(
        start=start,
        read=job.source.part(start, start + _size(job, start)),
        model=job.model,
        weights=weights,
        columns=job.columns,
        on_error=job.on_error,
    )


def _join(paths: Sequence[Path], output: Path, manifest: dict[str, Any]) -> None:
    """One file of all shards, whole or not at all."""
    whole = parts_folder(output) / "whole"
    schema = pq.read_schema(paths[0]).with_metadata({"vecnb": json.dumps(manifest)})
    try:
        with open(whole, "wb") as file:
            with pq.ParquetWriter(file, schema) as writer:
                for path in paths:
                    with pq.ParquetFile(path) as shard:
                        table = shard.read()
                    writer.write_table(table.replace_schema_metadata(schema.metadata), len(table))
            file.flush()
            os.fsync(file.fileno())
        os.replace(whole, output)
    finally:
        whole.unlink(missing_ok=True)
