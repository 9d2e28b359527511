"""Types of the Rust module `vecnb._raster` (rust_ext/python/src/lib.rs); `make lint` compares the two."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_SIDE", "__version__", "render"]

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
