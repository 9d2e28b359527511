"""A few of many images at a time, and which of them could not be read."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vecnb.images import SIDE, Ink, as_images, load_image
from vecnb.preprocessing import to_mnist


@dataclass
class Batch:
    """Images that were read.

    Attributes:
        images: [B, 1, 28, 28] float in [0, 1], ink = 1; of one that could not be read, zeros.
        labels: [B] int64, where they are known.
        files: their names, where they have any.
        errors: place in the batch → what is wrong with the image there.
    """

    images: Tensor
    labels: Tensor | None = None
    files: list[str] | None = None
    errors: dict[int, str] = field(default_factory=dict)


class Source(ABC):
    """Any number of images, numbered from 0.

    Attributes:
        digest: tells other data from these, for a work that is taken up again.
    """

    digest: str

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def part(self, start: int, stop: int) -> Callable[[], Batch]:
        """What reads images start to stop; small, and can be pickled."""


def digit(file: str | BytesIO, name: str, ink: Ink) -> Tensor:
    """A picture as a digit of MNIST, [1, 1, 28, 28], which it is if it has that size; errors name it."""
    image = load_image(file, ink=ink)
    if image.shape[-2:] == (SIDE, SIDE):
        return image
    try:
        return to_mnist(image)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def from_pixels(pixels: np.ndarray, start: int) -> Batch:
    """Images [B, 28, 28] of numbers; if they are not all good, those that are."""
    try:
        return Batch(as_images(pixels).float())
    except ValueError:

        def read(place: int) -> Tensor:
            try:
                return as_images(pixels[place])
            except ValueError as error:
                raise ValueError(f"image {start + place}: {error}") from error

        return one_by_one(read, len(pixels))


def one_by_one(read: Callable[[int], Tensor], n: int) -> Batch:
    batch = Batch(torch.zeros(n, 1, SIDE, SIDE))
    for place in range(n):
        try:
            batch.images[place] = read(place)[0]
        except (OSError, ValueError) as error:
            batch.errors[place] = str(error)
    return batch


def hash_file(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
