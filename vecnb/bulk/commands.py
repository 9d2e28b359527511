"""What `vecnb vectorise` does for many images, and `vecnb evaluate`."""

from __future__ import annotations

import contextlib
import json
import logging
import tempfile
from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import torch
from torch import nn

from vecnb.bulk.cli import Options
from vecnb.bulk.pool import dask_workers
from vecnb.bulk.reading import Source
from vecnb.bulk.run import Job, OtherWorkError, parts_folder, run
from vecnb.bulk.shards import Columns, evaluation_of
from vecnb.bulk.sources import open_source
from vecnb.data import SPLITS
from vecnb.files import write_atomically
from vecnb.images import Ink
from vecnb.pretrained import load_model, weights_digest

LARGEST_SET = 70_000  # images that are held in memory for what is measured of all of them together
OURS = ("manifest.json", "images.npy", "labels.npy")  # what is in the folder of parts before the first shard
IDENTITY = ("index", "file", "label")
logger = logging.getLogger(__name__)


def vectorise(data: str, output: Path, model: str, ink: Ink, mse: bool, options: Options) -> None:
    """Write the lines of many images."""
    with _say_how_to_go_on(output):
        source = _open(data, output, ink, options)
        _run(source, output, model, "lines_and_mse" if mse else "lines", options)


def evaluate(model: str, data: str, output: Path | None, rows: Path | None, options: Options) -> None:
    """Print the numbers of a model, and write them as JSON; rows: what is known of each image."""
    loaded = load_model(model, nn.Module)
    evaluation = evaluation_of(loaded)
    with contextlib.ExitStack() as stack:
        if rows is None:
            rows = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "rows.parquet"
        else:
            stack.enter_context(_say_how_to_go_on(rows))
        source = _open(data, rows, "auto", options)
        of_set = _measure_set(evaluation, loaded, source) if hasattr(evaluation, "measure_set") else {}
        numbers = _means(_run(source, rows, model, "measures", options)) | of_set
        about = {"model": model, "weights": weights_digest(model), "data": data, "images": len(source)}
    for name, value in numbers.items():
        print(f"{name:<28}{value:.6g}")
    if output is not None:
        write_atomically(output.resolve(), (json.dumps(about | numbers, indent=1) + "\n").encode())


def _open(data: str, output: Path, ink: Ink, options: Options) -> Source:
    if data.startswith("mnist:") and data.removeprefix("mnist:") not in SPLITS:
        raise ValueError(f"mnist has the splits {' and '.join(SPLITS)}, not {data.removeprefix('mnist:')!r}")
    return open_source(data, scratch=parts_folder(output), ink=ink, fallback=options.fallback)


def _run(source: Source, output: Path, model: str, columns: Columns, options: Options) -> Path:
    job = Job(
        source=source, model=model, columns=columns, shard_size=options.shard_size, on_error=options.on_error
    )
    with _workers(options) as (executor, workers):
        return run(job, output, workers=workers, executor=executor)


@contextlib.contextmanager
def _workers(options: Options) -> Iterator[tuple[Executor | None, int | None]]:
    if options.dask is None:
        yield None, options.jobs
        return
    with dask_workers(options.dask) as (executor, workers):
        yield executor, workers


@contextlib.contextmanager
def _say_how_to_go_on(output: Path) -> Iterator[None]:
    """Where the shards are that are done, if something stops the work; without any, it leaves nothing."""
    try:
        yield
    except OtherWorkError:
        raise
    except BaseException:
        parts = parts_folder(output)
        if done := len(list(parts.glob("[0-9]*.parquet"))):
            logger.warning("%s shards are done, in %s: the same command goes on there", done, parts)
        elif parts.exists():
            for name in OURS:
                (parts / name).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # something else is there
                parts.rmdir()
        raise


def _means(rows: Path) -> dict[str, float]:
    """The mean of each measure over all images."""
    names = [name for name in pq.read_schema(rows).names if name not in IDENTITY]
    with pq.ParquetFile(rows) as file:
        values = {name: file.read([name])[name].drop_null().to_numpy() for name in names}
    return {name: float(torch.from_numpy(value.copy()).mean()) for name, value in values.items()}


def _measure_set(evaluation: Any, model: nn.Module, source: Source) -> dict[str, float]:
    """What is measured of all images together, where they fit into memory."""
    if len(source) > LARGEST_SET:
        logger.info("of more than %s images, samples and the bound are not measured", f"{LARGEST_SET:,}")
        return {}
    batch = source.part(0, len(source))()
    good = [place for place in range(len(source)) if place not in batch.errors]
    numbers: dict[str, float] = evaluation.measure_set(model, batch.images[good])
    return numbers
