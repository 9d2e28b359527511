"""Trace a drawing: chapter 6's whole method runs in the page, on any picture of up to 256 pixels a side."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import torch
import traitlets
from torch import Tensor

from vecnb.drawing import Drawing
from vecnb.trace import vectorise
from vecnb.widgets.base import Widget, asset
from vecnb.widgets.trace_examples import examples
from vecnb.widgets.traits import FiniteFloat, Picture

LONGEST = 256  # pixels: the longest side of a picture that a page traces


class TraceDrawing(Widget):
    """A board to draw on, or to drop a picture on, and the strokes of it as they settle.

    The page runs `vecnb.vectorise` itself, the same Rust as WebAssembly. In a running notebook `image` [H, W]
    is what is on the board, drawn or dropped there or set from Python, and `drawing` its strokes.

        >>> image = np.zeros((40, 60), np.float32)
        >>> image[18:22, 10:50] = 1  # a stroke
        >>> len(TraceDrawing(image).drawing.paths)
        1

    Args:
        image: a tensor or an array as for `vectorise`, ink = 1; a picture of more than 256 pixels a side is
            scaled down. None is the first of our examples.
        detail: as for `vectorise`, 0.01 to 100.
    Raises:
        TypeError, ValueError: image is no picture in [0, 1], or several.
        TraitError: detail is out of its range.
    """

    title = "Trace a drawing"
    description = "a picture's strokes, each with its width"
    _esm = asset("trace_drawing.js")
    _css = asset("trace_drawing.css")

    image = Picture([[0.0]], longest=LONGEST)
    detail = FiniteFloat(1.0, min=0.01, max=100).tag(sync=True)
    examples: traitlets.Dict[str, Any] = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, image: Tensor | np.ndarray | None = None, detail: float = 1.0, **kwargs: Any):
        pictures = examples()
        super().__init__(
            image=next(iter(pictures.values())) if image is None else image, detail=detail, **kwargs
        )
        self.set_trait("examples", _pack(pictures))
        self._initial = self.drawing

    @property
    def drawing(self) -> Drawing:
        """The strokes of the image, in its pixels."""
        return vectorise(torch.from_numpy(self.image.copy()), detail=self.detail)

    def still(self) -> Drawing:
        """The strokes of the first image."""
        return self._initial


def _pack(pictures: dict[str, np.ndarray]) -> dict[str, Any]:
    """Pictures for the page, a byte a pixel, compressed together: js/trace_drawing/state.js reads them."""
    pixels = b"".join(np.rint(255 * picture).astype(np.uint8).tobytes() for picture in pictures.values())
    names = [[name, *picture.shape] for name, picture in pictures.items()]
    return {"names": names, "pixels": zlib.compress(pixels, 9)}
