"""Traits that check what they are given: finite numbers, and arrays that the page has as lists."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import traitlets
from torch.nn.functional import adaptive_avg_pool2d

from vecnb.images import as_batch


class FiniteFloat(traitlets.Float):
    """A float trait that rejects NaN and ±inf."""

    def validate(self, obj: Any, value: Any) -> float:
        number = super().validate(obj, value)
        if not math.isfinite(number):
            raise traitlets.TraitError(f"{self.name} must be finite, not {number}")
        return number


class Array(traitlets.TraitType):
    """A synchronised trait whose value is a read-only float64 array, whichever side sets it.

    Read-only, because a change in place would not reach the page.
    """

    def __init__(self, default: Any = None, **kwargs: Any):
        super().__init__(np.array(default, dtype=np.float64), **kwargs)
        self.tag(sync=True, to_json=lambda value, _: value.tolist(), from_json=lambda value, _: value)

    def validate(self, owner: Any, value: Any) -> np.ndarray:
        """The value as an array.

        Raises:
            TypeError: it does not hold numbers.
            ValueError: `check` refuses it.
        """
        try:
            array = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{self.name} must hold {self.expected(owner)}") from error
        self.check(owner, array)
        array.flags.writeable = False
        return array

    def expected(self, owner: Any) -> str:
        """What the array must hold, in words."""
        raise NotImplementedError

    def check(self, owner: Any, array: np.ndarray) -> None:
        """Raise a ValueError that names what is wrong with the shape or a value."""
        raise NotImplementedError


class Lines(Array):
    """Lines [N, 4], N >= 1. Convention: unit square, x right, y down, (x1, y1, x2, y2)."""

    def expected(self, owner: Any) -> str:
        return "numbers, [N, 4] = (x1, y1, x2, y2)"

    def check(self, owner: Any, array: np.ndarray) -> None:
        if array.ndim != 2 or array.shape[1] != 4 or len(array) == 0:
            raise ValueError(
                f"{self.name} must have shape [N, 4] = (x1, y1, x2, y2), not {list(array.shape)}"
            )
        for i in np.flatnonzero(~np.isfinite(array).all(1))[:1]:
            raise ValueError(f"{self.name}[{i}] = {array[i].tolist()} is not finite")


class Image(Array):
    """An image [28, 28] in [0, 1], ink = 1."""

    def expected(self, owner: Any) -> str:
        return "numbers, [28, 28] in [0, 1]"

    def check(self, owner: Any, array: np.ndarray) -> None:
        if array.shape != (28, 28):
            raise ValueError(f"{self.name} must have shape [28, 28], not {list(array.shape)}")
        if not ((array >= 0) & (array <= 1)).all():
            raise ValueError(f"{self.name} must lie in [0, 1], ink = 1; divide pixels of 0 to 255 by 255")


class LatentCode(Array):
    """A latent code [K]; K is the owner's `latent_size`."""

    def expected(self, owner: Any) -> str:
        return f"{owner.latent_size} numbers"

    def check(self, owner: Any, array: np.ndarray) -> None:
        if array.shape != (owner.latent_size,):
            raise ValueError(f"{self.name} must have shape [{owner.latent_size}], not {list(array.shape)}")
        for k in np.flatnonzero(~np.isfinite(array))[:1]:
            raise ValueError(f"{self.name}[{k}] = {array[k]} is not finite")


class Picture(Array):
    """An image [H, W] in [0, 1], ink = 1, as its page has it: a byte a pixel, no side above `longest`.

    It takes one image of any size, as `vectorise` does; a larger one is scaled down.
    """

    def __init__(self, default: Any, longest: int, **kwargs: Any):
        super().__init__(default, **kwargs)
        self.longest = longest
        self.tag(to_json=lambda value, _: _to_bytes(value), from_json=lambda value, _: _from_bytes(value))

    def validate(self, owner: Any, value: Any) -> np.ndarray:
        """The value in steps of 1/255, scaled down if it must be.

        Raises:
            TypeError: it is no array of numbers.
            ValueError: it is not one picture, or not in [0, 1].
        """
        value = np.array(value, dtype=np.float64) if isinstance(value, list) else value
        if 0 in (shape := list(getattr(value, "shape", []))):
            raise ValueError(f"{self.name} must have pixels, not the shape {shape}")
        batch = as_batch(value)
        if len(batch) != 1:
            raise ValueError(f"{self.name} must be one picture [H, W], not {len(batch)}")
        height, width = batch.shape[-2:]
        if (largest := max(height, width)) > self.longest:
            small = [max(1, round(side * self.longest / largest)) for side in (height, width)]
            batch = adaptive_avg_pool2d(batch, (small[0], small[1]))
        pixels = np.rint(255 * batch[0, 0].detach().cpu().double().numpy()) / 255
        pixels.flags.writeable = False
        return pixels


def _to_bytes(image: np.ndarray) -> dict[str, Any]:
    return {"shape": list(image.shape), "pixels": np.rint(255 * image).astype(np.uint8).tobytes()}


def _from_bytes(image: dict[str, Any]) -> np.ndarray:
    return np.frombuffer(image["pixels"], np.uint8).reshape(image["shape"])
