"""Which files are pictures: those that are named, those below a folder, those that fit a pattern."""

from __future__ import annotations

import glob
import os
from collections.abc import Collection, Iterator
from pathlib import Path

from PIL import Image


def find_pictures(word: str, without: Collection[Path] = ()) -> list[tuple[Path, Path]]:
    """The pictures that a word of the command line names, in the order of their names.

    Args:
        word: a file; a folder, of which the files are taken whose ending is that of a picture, its folders
            included and what begins with a dot left out; or a pattern such as `scans/**/*.png`.
        without: folders that are not looked into.
    Returns:
        Of each the file, and its place: the path from the folder, or from the part of the pattern that has no
        sign of one; of a file its name.
    Raises:
        FileNotFoundError: there is no such file, or no picture in the folder or of the pattern.
        OSError: a folder cannot be read.
    """
    path = Path(word)
    if path.is_dir():
        files, root = list(_below(path, {folder.resolve() for folder in without})), path
    elif path.exists() or not glob.has_magic(word):
        if not path.exists():
            raise FileNotFoundError(f"there is no {word}: name a picture, a folder or a quoted pattern")
        files, root = [path], path.parent
    else:
        files = [Path(name) for name in sorted(glob.glob(word, recursive=True)) if not os.path.isdir(name)]
        root = Path(*_fixed(path.parts[:-1]))
    if not files:
        raise FileNotFoundError(f"there are no pictures in {word}")
    return [(file, file.relative_to(root)) for file in files]


def _below(folder: Path, without: Collection[Path]) -> Iterator[Path]:
    endings = {ending for ending, kind in Image.registered_extensions().items() if kind in Image.OPEN}

    def stop(error: OSError) -> None:
        raise error

    for where, folders, files in os.walk(folder, onerror=stop):
        here = Path(where)
        folders[:] = sorted(
            name for name in folders if name[0] != "." and (here / name).resolve() not in without
        )
        for name in sorted(files):
            if os.path.splitext(name)[1].lower() in endings and not name.startswith("."):
                yield here / name


def _fixed(parts: tuple[str, ...]) -> Iterator[str]:
    for part in parts:
        if glob.has_magic(part):
            return
        yield part
