"""One shard: some of the images, read, worked on, and told as one row group of a Parquet file.

A shard is a function of its task alone, whichever process or machine works on it: one thread, its bits do not
depend on how many there are.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor, nn

from vecnb import metrics
from vecnb.bulk import OnError
from vecnb.bulk.pool import one_thread, quiet
from vecnb.bulk.reading import Batch
from vecnb.models import ImplicitLines, ImplicitPixels, LineAutoencoder, LineModel, LineVAE, PixelVAE
from vecnb.pretrained import load_model, weights_digest
from vecnb.render import render_hard
from vecnb.training.autoencoder import evaluation as autoencoder
from vecnb.training.lfvi import evaluation as lfvi
from vecnb.training.vae import evaluation as vae

Columns = Literal["lines", "lines_and_mse", "measures"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a shard is made from.

    Attributes:
        start: number of its first image.
        read: gives its images (`Source.part`).
        model: as of `load_model`, on the machine that works.
        weights: `weights_digest` of the model that is meant.
        columns: "lines": lines, width and sharpness; "lines_and_mse": and raster_mse, the squared error of
            their hard raster; "measures": what the book measures of each image.
        on_error: whether an image that cannot be read is an error or an empty row.
    """

    start: int
    read: Callable[[], Batch]
    model: str
    weights: str
    columns: Columns
    on_error: OnError


def work(task: Task) -> bytes:
    """The Parquet file, of one row group, of a shard.

    Raises:
        ValueError: an image cannot be read, or the model here is not the one that is meant.
    """
    with quiet(), one_thread(), torch.no_grad():
        model, batch = _model(task.model, task.weights), task.read()
        if batch.errors and task.on_error == "stop":
            raise ValueError(f"{next(iter(batch.errors.values()))} (--on-error skip would go on without it)")
        table = pa.table(_identity(task.start, batch) | _values(model, batch, task.columns))
    if batch.errors:
        table = _without(table, batch.errors)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, row_group_size=max(1, len(table)))
    return sink.getvalue().to_pybytes()


def _identity(start: int, batch: Batch) -> dict[str, Any]:
    """The columns that say which image a row is of."""
    columns: dict[str, Any] = {"index": pa.array(range(start, start + len(batch.images)), pa.int64())}
    if batch.files is not None:
        columns["file"] = pa.array(batch.files, pa.string())
    if batch.labels is not None:
        columns["label"] = pa.array(batch.labels.numpy())
    return columns


def _values(model: nn.Module, batch: Batch, columns: Columns) -> dict[str, Any]:
    """The columns that say what the model makes of images."""
    if columns == "measures":
        values = evaluation_of(model).measure_images(model, batch.images, batch.labels)
        return {name: pa.array(value.cpu().numpy()) for name, value in values.items()}
    assert isinstance(model, LineModel)
    code = model.best_codes(batch.images)
    told = {
        "lines": _lists(code.lines.flatten(1)),
        "width": _lists(code.width),
        "sharpness": pa.array(code.sharpness.numpy()),
    }
    if columns == "lines_and_mse":
        raster = render_hard(code.lines, stroke_width=code.width, threads=1)
        told["raster_mse"] = pa.array(metrics.squared_errors(raster, batch.images.float()).numpy())
    return told


def _lists(values: Tensor) -> pa.Array:
    """Rows [B, K] as lists of K."""
    return pa.FixedSizeListArray.from_arrays(pa.array(values.flatten().numpy()), values.shape[1])


def _without(table: pa.Table, errors: dict[int, str]) -> pa.Table:
    """The table, with nothing but its identity in the rows that have errors."""
    kept = pa.array([None if place in errors else place for place in range(len(table))], pa.int64())
    known = {name: table[name] for name in ("index", "file", "label") if name in table.column_names}
    emptied = table.take(kept)
    return pa.table({name: known.get(name, emptied[name]) for name in table.column_names})


# The model


def evaluation_of(model: nn.Module) -> Any:
    """The module with `measure_images` for a kind of model, and maybe `measure_set`.

    Raises:
        ValueError: the book measures no such model.
    """
    if isinstance(model, LineAutoencoder):
        return autoencoder
    if isinstance(model, LineVAE | PixelVAE):
        return vae
    if isinstance(model, ImplicitLines | ImplicitPixels):
        return lfvi
    raise ValueError(f"a {type(model).__name__} draws nothing that could be measured")


@functools.lru_cache(maxsize=1)
def _model(name: str, weights: str) -> nn.Module:
    if weights_digest(name) != weights:
        raise ValueError(f"{name} is not the model with which this work was begun")
    return load_model(name, nn.Module)
