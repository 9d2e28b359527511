"""Where many images come from, and how a few of them are read: each part is read where it is worked on."""

from __future__ import annotations

import functools
import glob
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from vecnb.bulk.reading import Batch, Source, digit, from_pixels, hash_file, one_by_one
from vecnb.data import Fallback, Split, data_source, load_pixels
from vecnb.images import SIDE, Ink, as_images
from vecnb.pictures import find_pictures

PIXELS = SIDE * SIDE


def open_source(data: str, *, scratch: Path, ink: Ink = "auto", fallback: Fallback | None = None) -> Source:
    """The images that a word, a path or a pattern names.

    Args:
        data: "mnist:train" or "mnist:test"; a `.npy` file of images [M, 28, 28] or [M, 1, 28, 28], as of
            `as_images`; an `.npz` file with the arrays "images" and, if they are known, "labels"; a
            `.parquet` file with a column "image", of 784 numbers or of encoded pictures, and maybe "label";
            a folder of pictures, or a pattern such as `scans/*.png`. Pictures become digits by `to_mnist`,
            those of 28 × 28 pixels are taken as they are.
        scratch: a folder for the arrays of an `.npz` file, which are unpacked to be read in parts.
        ink: of pictures, as of `load_image`.
        fallback: of MNIST, as of `load_mnist`.
    Raises:
        DataError: there is no MNIST.
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged, or holds no such images.
    """
    if data in ("mnist:train", "mnist:test"):
        return MNISTSource("train" if data == "mnist:train" else "test", fallback)
    path = Path(data)
    if path.is_dir() or (glob.has_magic(data) and not path.exists()):
        return PictureSource([str(file) for file, _ in find_pictures(data)], ink)
    if not path.exists():
        raise FileNotFoundError(
            f"there is no {data}: name mnist:test, a folder or a pattern of pictures, or a .npy, .npz or "
            ".parquet file"
        )
    match path.suffix.lower():
        case ".npy":
            return ArraySource(path)
        case ".npz":
            return ArraySource(*_unpack(path, scratch))
        case ".parquet":
            return ParquetSource(path, ink)
    return PictureSource([data], ink)


@dataclass(frozen=True)
class MNISTSource(Source):
    """A split of MNIST."""

    split: Split
    fallback: Fallback | None

    @functools.cached_property
    def digest(self) -> str:  # type: ignore[override]
        return data_source(fallback=self.fallback).digest

    def __len__(self) -> int:
        return len(load_pixels(self.split, fallback=self.fallback)[1])

    def part(self, start: int, stop: int) -> Callable[[], Batch]:
        return functools.partial(_read_mnist, self.split, self.fallback, self.digest, start, stop)


def _read_mnist(split: Split, fallback: Fallback | None, digest: str, start: int, stop: int) -> Batch:
    if data_source(fallback=fallback).digest != digest:
        raise ValueError("this machine has another MNIST than the one that gave it the work: see VECNB_DATA")
    pixels, labels = (array[start:stop] for array in load_pixels(split, fallback=fallback))
    return Batch(as_images(pixels), torch.from_numpy(labels.astype(np.int64)))


class ArraySource(Source):
    """Images in a `.npy` file, and maybe labels in another; never in memory as a whole."""

    def __init__(self, path: Path, labels: Path | None = None):
        self.path, self.labels = path.resolve(), labels
        shape = _open_array(self.path).shape
        if shape[1:] not in ((SIDE, SIDE), (1, SIDE, SIDE)):
            raise ValueError(f"{path} must hold images [M, {SIDE}, {SIDE}], not {list(shape)}")
        self.n = shape[0]
        if labels is not None and (found := _open_array(labels).shape) != (self.n,):
            raise ValueError(f"{path}: labels must have shape [{self.n}], not {list(found)}")
        self.digest = hash_file(self.path) + (hash_file(labels) if labels else "")

    def __len__(self) -> int:
        return self.n

    def part(self, start: int, stop: int) -> Callable[[], Batch]:
        return functools.partial(_read_arrays, self.path, self.labels, start, stop)


def _read_arrays(path: Path, labels: Path | None, start: int, stop: int) -> Batch:
    # Opened anew each time: the pages of a map that stays open would count as this process's memory.
    images = np.array(_open_array(path)[start:stop]).reshape(-1, SIDE, SIDE)
    batch = from_pixels(images, start)
    if labels is not None:
        batch.labels = torch.from_numpy(np.array(_open_array(labels)[start:stop]).astype(np.int64))
    return batch


def _open_array(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r")
    except (EOFError, ValueError) as error:
        raise ValueError(f"{path} is damaged, or no array of numbers: {error}") from error


def _unpack(path: Path, scratch: Path) -> tuple[Path, Path | None]:
    """The arrays of an `.npz` file as files of their own: images and, if there are any, labels."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "images.npy" not in names:
                raise ValueError(f"{path} must hold an array images, not {', '.join(names)}")
            scratch.mkdir(parents=True, exist_ok=True)
            for name in {"images.npy", "labels.npy"}.intersection(names):
                with archive.open(name) as packed, open(scratch / name, "wb") as file:
                    shutil.copyfileobj(packed, file)
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path} is damaged: {error}") from error
    return scratch / "images.npy", scratch / "labels.npy" if "labels.npy" in names else None


class PictureSource(Source):
    """Files of pictures, in the order of their names."""

    def __init__(self, files: list[str], ink: Ink):
        self.files, self.ink = files, ink
        digest = hashlib.sha256(ink.encode())
        for file in files:  # their contents would take as long to read as all the work
            about = os.stat(file)
            digest.update(f"{file}\0{about.st_size}\0{about.st_mtime_ns}\n".encode(errors="surrogateescape"))
        self.digest = digest.hexdigest()

    def __len__(self) -> int:
        return len(self.files)

    def part(self, start: int, stop: int) -> Callable[[], Batch]:
        return functools.partial(_read_pictures, self.files[start:stop], self.ink)


def _read_pictures(files: list[str], ink: Ink) -> Batch:
    batch = one_by_one(lambda place: digit(files[place], files[place], ink), len(files))
    batch.files = files
    return batch


class ParquetSource(Source):
    """Images in a column of a Parquet file: 784 numbers each, or encoded as a file would be."""

    def __init__(self, path: Path, ink: Ink):
        self.path, self.ink = path.resolve(), ink
        try:
            schema, about = pq.read_schema(self.path), pq.read_metadata(self.path)
        except pa.ArrowInvalid as error:
            raise ValueError(f"{path} is damaged: {error}") from error
        if "image" not in schema.names:
            raise ValueError(f"{path} must have a column image; it has {', '.join(schema.names)}")
        self.has_labels = "label" in schema.names
        self.n, self.digest = about.num_rows, hash_file(self.path) + ink

    def __len__(self) -> int:
        return self.n

    def part(self, start: int, stop: int) -> Callable[[], Batch]:
        columns = ["image", "label"] if self.has_labels else ["image"]
        return functools.partial(_read_parquet, self.path, columns, start, stop, self.ink)


def _read_parquet(path: Path, columns: list[str], start: int, stop: int, ink: Ink) -> Batch:
    rows = _rows(path, columns, start, stop)
    images = rows["image"].combine_chunks()
    if pa.types.is_struct(images.type) and images.type.get_field_index("bytes") >= 0:
        images = images.field("bytes")  # as Hugging Face's data sets have it
    if pa.types.is_binary(images.type) or pa.types.is_large_binary(images.type):

        def decode(place: int) -> Tensor:
            file = BytesIO(images[place].as_py() or b"")
            file.name = f"{path}, row {start + place}"
            return digit(file, file.name, ink)

        batch = one_by_one(decode, len(images))
    else:
        try:
            flat = images.cast(pa.list_(images.type.value_type, PIXELS)).flatten()
            pixels = flat.to_numpy(zero_copy_only=False).reshape(len(images), SIDE, SIDE)
        except (AttributeError, ValueError, pa.ArrowException) as error:
            raise ValueError(f"{path}: an image must be {PIXELS} numbers, or a picture: {error}") from error
        batch = from_pixels(pixels, start)
    if "label" in columns:
        batch.labels = torch.from_numpy(rows["label"].to_numpy().astype(np.int64))
    return batch


def _rows(path: Path, columns: list[str], start: int, stop: int) -> pa.Table:
    """Rows start to stop of a Parquet file, whatever its row groups are."""
    found, first = [], 0
    with pq.ParquetFile(path, buffer_size=1 << 20) as file:
        for group in range(file.num_row_groups):
            after = first + file.metadata.row_group(group).num_rows
            if first < stop and after > start:
                for rows in file.iter_batches(1024, row_groups=[group], columns=columns):
                    if first < stop and first + len(rows) > start:
                        found.append(rows.slice(max(0, start - first), stop - max(start, first)))
                    first += len(rows)
                    if first >= stop:
                        break
            first = after
    return pa.Table.from_batches(found)
