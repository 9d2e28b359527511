"""Types of the Rust module `vecnb._raster` (rust_ext/python/src/lib.rs); `make lint` compares the two."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "LEAST_ERROR",
    "LEAST_TOLERANCE",
    "MAX_SIDE",
    "PRICE",
    "STEPS",
    "TOLERANCE",
    "__version__",
    "fit",
    "isolate_ink",
    "propose",
    "refine",
    "render",
    "render_curves",
    "render_paths",
    "simplify",
    "soft_backward",
    "soft_forward",
    "vectorise",
]

__version__: str
MAX_SIDE: int
LEAST_ERROR: float
LEAST_TOLERANCE: float
PRICE: float
STEPS: int
TOLERANCE: float

def render(
    lines: NDArray[np.float32],
    height: int,
    width: int,
    stroke_width: NDArray[np.float32],
    antialias: bool,
    threads: int | None,
) -> NDArray[np.float32]: ...
def soft_forward(
    lines: NDArray[np.float32],
    widths: NDArray[np.float32],
    slopes: NDArray[np.float32],
    height: int,
    width: int,
    gaussian: bool,
    soft_or: bool,
    threads: int | None,
) -> tuple[NDArray[np.float32], NDArray[np.uint32]]: ...
def soft_backward(
    lines: NDArray[np.float32],
    widths: NDArray[np.float32],
    slopes: NDArray[np.float32],
    gradient: NDArray[np.float32],
    pixels: NDArray[np.float32],
    winners: NDArray[np.uint32],
    height: int,
    width: int,
    gaussian: bool,
    soft_or: bool,
    threads: int | None,
) -> NDArray[np.float32]: ...
def render_curves(
    lines: NDArray[np.float32],
    height: int,
    width: int,
    stroke_width: NDArray[np.float32],
    antialias: bool,
    threads: int | None,
) -> NDArray[np.float32]: ...
def render_paths(
    paths: Sequence[tuple[NDArray[np.float32], float, int, bool]],
    canvas: tuple[float, float],
    cap: str,
    join: str,
    height: int,
    width: int,
    antialias: bool,
    threads: int | None,
) -> NDArray[np.float32]: ...
def vectorise(image: NDArray[np.float32], detail: float) -> list[tuple[NDArray[np.float64], float, bool]]: ...
def isolate_ink(image: NDArray[np.float32]) -> NDArray[np.float32]: ...
def propose(ink: NDArray[np.float32]) -> list[tuple[NDArray[np.float64], float, bool]]: ...
def fit(points: NDArray[np.float64], width: float, tolerance: float, closed: bool) -> NDArray[np.float64]: ...
def refine(
    ink: NDArray[np.float32],
    strokes: Sequence[tuple[NDArray[np.float64], float]],
    changed: Sequence[bool] | None,
    steps: int,
) -> tuple[list[tuple[NDArray[np.float64], float, float]], float]: ...
def simplify(
    ink: NDArray[np.float32], strokes: Sequence[tuple[NDArray[np.float64], float]], detail: float
) -> list[tuple[NDArray[np.float64], float, float]]: ...
