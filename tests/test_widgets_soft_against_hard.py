"""Soft against hard: its rasteriser is Rust's, its traits are checked, and a browser plays with it."""

import json

import numpy as np
from cases import close_to
from conftest import ROOT

from vecnb.render import render_hard

CASES = ROOT / "tests" / "js" / "raster.cases.json"

# What the JavaScript is held to

DIGIT = [[0.3, 0.22, 0.24, 0.52], [0.24, 0.52, 0.74, 0.55], [0.7, 0.26, 0.6, 0.84]]
SETTINGS = {
    "a four": (DIGIT, 2.5 / 28),
    "a four in hairlines": (DIGIT, 0.004),
    "a four in bold": (DIGIT, 0.25),
    "a width a line": (DIGIT, [0.02, 0.1, 0.3]),
    "along rows and columns": ([[0.25, 0.5, 0.75, 0.5], [0.5, 0.125, 0.5, 0.875]], 0.125),
    "a point, and a line across all": ([[0.7, 0.3, 0.7, 0.3], [-1.0, -0.7, 2.0, 1.4]], 0.08),
    "diagonals": ([[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 0.0, 1.0]], 0.05),
}
SMALL, LARGE = 10, (28, 56, 280)


def drawings(line_list: list, width: float | list[float], size: int) -> list[np.ndarray]:
    """Antialiased and aliased, both flat."""
    lines, widths = np.array([line_list]), np.array(width)[None] if isinstance(width, list) else width
    images = (render_hard(lines, size, size, stroke_width=widths, antialias=edge) for edge in (True, False))
    return [image.ravel().astype(np.float64) for image in images]


def sums(image: np.ndarray) -> list[float]:
    """Two sums that no pixel escapes."""
    return [float(image @ np.sin(np.arange(1, len(image) + 1))), float(image @ image)]


def case(name: str) -> dict:
    lines, width = SETTINGS[name]
    smooth, rough = drawings(lines, width, SMALL)
    small = {"size": SMALL, "antialiased": smooth.tolist(), "aliased": "".join(f"{ink:.0f}" for ink in rough)}
    large = []
    for size in LARGE:
        smooth, rough = map(sums, drawings(lines, width, size))
        large.append({"size": size, "antialiased": smooth, "aliased": rough})
    return {"name": name, "lines": lines, "width": width, "small": small, "large": large}


def all_cases() -> list[dict]:
    return [case(name) for name in SETTINGS]


def test_the_cases_of_the_javascript_are_rusts():
    close_to(json.loads(CASES.read_text()), all_cases())


if __name__ == "__main__":  # write the cases anew
    CASES.write_text(json.dumps(all_cases()) + "\n")
