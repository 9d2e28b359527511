"""Which pictures become which files, and how these are written."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecnb.files import write_atomically
from vecnb.pictures import find_pictures

STANDARD = "-"  # standard input or output


@dataclass(frozen=True)
class Item:
    """A picture and the files that it becomes."""

    source: Path
    output: Path
    preview: Path | None

    def files(self) -> list[Path]:
        return [self.output] if self.preview is None else [self.preview, self.output]

    def is_done(self, since: int) -> bool:
        """Whether its files are there, as new as the picture and a time in nanoseconds."""
        since = max(since, os.stat(self.source).st_mtime_ns)
        try:
            found = [os.stat(file) for file in self.files()]
        except FileNotFoundError:
            return False
        return all(about.st_size > 0 and about.st_mtime_ns >= since for about in found)


def is_folder(output: str, words: Sequence[str], endings: Collection[str]) -> bool:
    """Whether an output is a folder of files, and not a file or standard output.

    Raises:
        ValueError: it can be neither, or not for so many pictures.
    """
    path = Path(output)
    known = path.suffix.lower() in endings
    several = len(words) > 1 or os.path.isdir(words[0]) or _is_pattern(words[0])
    if output.endswith(("/", os.sep)) or (path.is_dir() and not known):
        return True
    if path.is_dir():
        raise ValueError(f"{output} is a folder: name a file in it, or write {output}/ to fill it")
    if several and (known or output == STANDARD):
        raise ValueError(f"several pictures need a folder, not {output}: -o drawings/ --format svg")
    if not known and not several and output != STANDARD:
        told = ", ".join(endings)
        raise ValueError(f"the output must end in {told}, be - or a folder (drawings/), not {output!r}")
    return several


def _is_pattern(word: str) -> bool:
    return glob.has_magic(word) and not os.path.exists(word)


def plan(words: Sequence[str], folder: Path, ending: str, previews: Path | None) -> list[Item]:
    """The files in a folder that pictures become; below folders they keep their places.

    Pictures that only differ in their endings keep them: a.png and a.jpg become a.png.svg and a.jpg.svg.

    Args:
        words: as of `find_pictures`; `folder` and `previews` are not looked into.
        ending: of the files, ".svg" for instance.
        previews: a folder for previews, or None.
    Raises:
        FileNotFoundError, OSError: as `find_pictures`.
        ValueError: two files would have one name, or the place of a picture; or there is a folder.
    """
    if STANDARD in words:
        raise ValueError("standard input is one picture: -o FILE, and no other picture beside it")
    without = [folder] if previews is None else [folder, previews]
    for place in without:
        if place.suffix.lower() == ".png" or (place.exists() and not place.is_dir()):
            raise ValueError(f"several pictures need a folder, not {place}")
    places: dict[Path, tuple[Path, Path]] = {}  # each file once, and its place
    for word in words:
        for file, place in find_pictures(word, without):
            places.setdefault(file.resolve(), (file, place))
    stems = Counter(place.with_suffix("") for _, place in places.values())
    items = []
    for file, place in places.values():
        whole = stems[place.with_suffix("")] > 1
        name = place.name if whole else place.stem
        shown = None if previews is None else previews / place.with_name(f"{name}.png")
        items.append(Item(file, folder / place.with_name(f"{name}{ending}"), shown))
    _check(items)
    return items


def _check(items: Sequence[Item]) -> None:
    """Refuse files that would take each other's places."""
    taken = {item.source.resolve(): item.source for item in items}
    for item in items:
        for file in item.files():
            if file.is_dir():
                raise ValueError(f"{file} is a folder: remove it, or name another folder for the files")
            if (other := taken.setdefault(file.resolve(), file)) is not file:
                remedy = "name another folder, or vectorise them by two commands, into two folders"
                raise ValueError(f"{file}, of {item.source}, would take the place of {other}: {remedy}")


def read(picture: str) -> tuple[str, bytes]:
    """The name, for messages, and the content of a file or of standard input."""
    if picture == STANDARD:
        return "standard input", sys.stdin.buffer.read()
    if not os.path.exists(picture):
        raise FileNotFoundError(f"there is no {picture}: name a picture, a folder or a quoted pattern")
    return picture, Path(picture).read_bytes()


def write(output: str | Path, content: bytes) -> None:
    """A file whole or not at all; bytes for standard output, a pipe or a device."""
    path = Path(output)
    if str(output) == STANDARD:
        sys.stdout.buffer.write(content)
    elif path.exists() and not path.is_file():  # a pipe or a device, which cannot be replaced
        path.write_bytes(content)
    else:
        write_atomically(path.resolve(), content)
