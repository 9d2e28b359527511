"""Types of the Rust module `vecnb._raster` (rust_ext/python/src/lib.rs); `make lint` compares the two."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "MAX_SIDE",
    "__version__",
    "fit_cubic",
    "refine",
    "render",
    "render_curves",
    "render_paths",
    "soft_backward",
    "soft_forward",
]

__version__: str
MAX_SIDE: int

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
def fit_cubic(
    points: NDArray[np.float64],
    start: Sequence[float] | NDArray[np.float64],
    end: Sequence[float] | NDArray[np.float64],
    tolerance: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def refine(
    ink: NDArray[np.float32],
    strokes: Sequence[tuple[NDArray[np.float64], float]],
    changed: Sequence[bool] | None,
    steps: int,
) -> tuple[list[tuple[NDArray[np.float64], float, float]], float]: ...
