"""Files that are written whole or not at all, and read with a clear error."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at `path` as a whole: after a kill or a full disk the old content is still there.

    Raises:
        OSError: the folder is not writable or the disk is full; `path` is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Tensors of a safetensors file and what it says about them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is damaged.
    """
    try:
        with safe_open(path, "pt") as file:
            about = json.loads((file.metadata() or {}).get("about", "{}"))
        return load_file(path), about
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged ({error}): delete it, or take it from git again") from error
