"""Files are written whole or not at all, and what they say about their tensors is read."""

import errno
import os

import pytest
import torch
from safetensors.torch import save_file

from vecnb.files import read_tensors, write_atomically


def disk_full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_the_old_content_survives_a_full_disk(call, tmp_path, monkeypatch):
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, call, disk_full)
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]  # nothing half-written stays
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_what_a_file_says_about_its_tensors_is_read(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "plain")
    tensors, about = read_tensors(tmp_path / "plain")
    assert about == {} and torch.equal(tensors["a"], torch.ones(2))
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "absent")


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x08\x00\x00\x00\x00\x00\x00\x00{broken}"])
def test_a_damaged_file_is_named(content, tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"weights\.safetensors is damaged"):
        read_tensors(path)
