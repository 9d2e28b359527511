"""A training on disk: one file with the state of all its parts, and what it belongs to."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor

from vecnb import __version__
from vecnb.files import read_tensors, write_atomically

FORMAT = 1  # raised by hand when a trainer or the file changes so that older checkpoints must not go on
# Bytes: a checkpoint of our largest model, twice (the old one stays until the new is whole).
ROOM_NEEDED = 64 * 2**20


def check_folder(folder: Path) -> None:
    """Fail before training starts, not after, if `folder` cannot take the run's files.

    Raises:
        OSError: the folder cannot be written to, or its disk has less than 64 MB free.
    """
    try:
        write_atomically(folder / ".writable", b"yes")
        (folder / ".writable").unlink()
    except OSError as error:
        raise OSError(f"cannot write to {folder}: {error.strerror}; free or choose another folder") from error
    free = shutil.disk_usage(folder).free
    if free < ROOM_NEEDED:
        raise OSError(
            f"only {free / 2**20:.0f} MB free on the disk of {folder}; training needs {ROOM_NEEDED >> 20} MB"
        )


def data_digest(images: Tensor, labels: Tensor | None = None) -> str:
    """SHA-256 (hex) of the bytes, kinds and shapes of what a model is trained on.

    >>> data_digest(torch.zeros(2, 1, 28, 28)) == data_digest(torch.zeros(2, 1, 28, 28), torch.zeros(2))
    False
    """
    digest = hashlib.sha256()
    for part in (images,) if labels is None else (images, labels):
        digest.update(f"{part.dtype} {list(part.shape)}".encode())
        for rows in part.detach().cpu().contiguous().view(-1).split(2**22):
            digest.update(rows.numpy().tobytes())
    return digest.hexdigest()


def weights_digest(module: torch.nn.Module) -> str:
    """SHA-256 (hex) of the names and values of a module's state."""
    digest = hashlib.sha256()
    for name, value in module.state_dict().items():
        digest.update(f"{name} {data_digest(value)}".encode())
    return digest.hexdigest()


def identity(config: Any, data: str, inputs: Mapping[str, str]) -> dict[str, Any]:
    """What a checkpoint belongs to: only a run of the same identity goes on from it.

    Args:
        config: a dataclass.
        data: see `data_digest`.
        inputs: the digest of whatever else the training is given, by name.
    """
    facts = {"format": FORMAT, "vecnb": __version__, "data": data, **inputs, "config": asdict(config)}
    return json.loads(json.dumps(facts))  # as it is read: a tuple is a list


def difference(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """How two identities differ, in words; empty if they do not.

    >>> difference({"config": {"steps": 10}, "data": "a"}, {"config": {"steps": 20}, "data": "b"})
    'steps is 10 there and 20 here; other data'
    """
    told: list[str] = []
    old, new = found.get("config", {}), wanted["config"]
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            told.append(f"{name} is {old.get(name)} there and {new.get(name)} here")
    for name in sorted((found.keys() | wanted.keys()) - {"config"}):
        one, other = found.get(name), wanted.get(name)
        if one != other:
            by_version = name in ("format", "vecnb")
            told.append(f"{name} {one} there and {other} here" if by_version else f"other {name}")
    return "; ".join(told)


def save_checkpoint(
    path: Path, parts: Mapping[str, Any], about: Mapping[str, Any], device: torch.device
) -> None:
    """Write the state of all parts and of torch's generators, the CPU's and the device's.

    Args:
        parts: whatever has a `state_dict`, by name.
        about: what else to write, as JSON allows.
    Raises:
        OSError: the disk is full, or the folder has become read-only; the file is then as it was.
        ValueError: a number of a part is not finite.
    """
    tensors: dict[str, Tensor] = {"random.cpu": torch.get_rng_state()}
    if device.type != "cpu":
        tensors[f"random.{device.type}"] = torch.get_device_module(device).get_rng_state()
    plain: dict[str, Any] = {}
    for name, part in parts.items():
        _flatten(f"part.{name}", part.state_dict(), tensors, plain)
    for name, value in tensors.items():
        if value.is_floating_point() and not value.isfinite().all():
            raise ValueError(f"{name.removeprefix('part.')} has a number that is not finite")
    write_atomically(path, save(tensors, {"about": json.dumps({**about, "plain": plain})}))


def load_checkpoint(path: Path, parts: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Give the parts and torch's generators the state they had.

    Args:
        wanted: the `identity` of the run that goes on.
    Returns:
        What the file says beside it.
    Raises:
        ValueError: the file is damaged, or of another identity.
    """
    tensors, about = read_tensors(path)
    try:
        if differs := difference(about["identity"], wanted):
            raise ValueError(
                f"{path} belongs to another training ({differs}): delete it, or choose another folder"
            )
        for name, part in parts.items():
            part.load_state_dict(_unflatten(f"part.{name}", tensors, about["plain"]))
        torch.set_rng_state(tensors["random.cpu"])
    except KeyError as error:
        raise ValueError(
            f"{path} is no checkpoint of this training, it has no {error}: delete it, or choose another "
            "folder"
        ) from error
    _restore_device_generator(tensors)
    return about


def _restore_device_generator(tensors: Mapping[str, Tensor]) -> None:
    """Of the kind of device on which the training ran, if there is one here."""
    device = torch.accelerator.current_accelerator()
    if device is not None and f"random.{device.type}" in tensors:
        torch.get_device_module(device).set_rng_state(tensors[f"random.{device.type}"])


def _flatten(prefix: str, value: Any, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
    """A nested state dict as safetensors wants it: tensors by path, everything else beside them."""
    if isinstance(value, Tensor):
        tensors[prefix] = value.detach().cpu().contiguous().clone()
        if value.ndim == 4 and value.is_contiguous(memory_format=torch.channels_last):
            plain[prefix] = {"channels_last": True}
    elif isinstance(value, Mapping):
        plain[prefix] = {"keys": list(value)}
        for key, inner in value.items():
            _flatten(f"{prefix}/{key}", inner, tensors, plain)
    else:
        plain[prefix] = {"value": value}


def _unflatten(prefix: str, tensors: Mapping[str, Tensor], plain: Mapping[str, Any]) -> Any:
    if prefix in tensors and prefix in plain:
        # A fused optimiser walks through memory: its moments must lie there in their parameter's order.
        return tensors[prefix].contiguous(memory_format=torch.channels_last)
    if prefix in tensors:
        return tensors[prefix]
    if "value" in plain[prefix]:
        return plain[prefix]["value"]
    return {key: _unflatten(f"{prefix}/{key}", tensors, plain) for key in plain[prefix]["keys"]}
