"""The command `vecnb evaluate`, and the options that it shares with `vecnb vectorise` of many images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from tyro.conf import Positional, arg

from vecnb.bulk import SHARD_SIZE, OnError

Model = Annotated[str, arg(metavar="MODEL")]


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of the command line for many images.

    Attributes:
        jobs: how many processes; by default as many as there are cores for them.
        shard_size: images of one row group, and of one step of the work.
        on_error: stop at a picture that cannot be read, or skip it: its row is then empty.
        dask: work on this Dask cluster instead, by the address of its scheduler. Its machines see the data
            under the same path.
        fallback: subset: accept 5,000 digits where MNIST is not, and cannot be downloaded.
    """

    jobs: Annotated[int | None, arg(aliases=["-j", "--workers"])] = None
    shard_size: int = SHARD_SIZE
    on_error: OnError = "stop"
    dask: Annotated[str | None, arg(metavar="ADDRESS")] = None
    fallback: Literal["subset"] | None = None


Many = Annotated[Options, arg(name="")]
DEFAULTS = Options()


def evaluate(
    model: Positional[Model],
    data: str = "mnist:test",
    output: Annotated[Path | None, arg(aliases=["-o"], metavar="FILE")] = None,
    rows: Annotated[Path | None, arg(metavar="FILE")] = None,
    many: Many = DEFAULTS,
) -> None:
    """Print the numbers that the book reports of a model, on any images.

    For example: vecnb evaluate autoencoder --data mnist:test -o numbers.json

    Args:
        model: autoencoder, vae, joint, split, gan, or the folder of a trained run.
        data: mnist:train or mnist:test, a folder or a quoted pattern of pictures, or .npy, .npz or .parquet.
        output: write the numbers too, as .json.
        rows: write what is measured of each image, as .parquet; what is done of it survives a stop.
    """
    for path, ending in ((output, ".json"), (rows, ".parquet")):
        if path is not None and path.suffix.lower() != ending:
            raise ValueError(f"{path} must end in {ending}")
    from vecnb.bulk import commands

    commands.evaluate(model, data, output, rows, many)
