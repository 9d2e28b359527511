"""Drag a line: its twin is torch's renderer and gradient, its traits are checked, a browser drags it."""

import json

import torch
from cases import close_to
from conftest import ROOT

from vecnb.render import render_soft

CASES = ROOT / "tests" / "js" / "geometry.cases.json"

# What the JavaScript is held to

CROSS = [[0.2, 0.3, 0.75, 0.62], [0.68, 0.16, 0.34, 0.86]]
PIXELS = [(0, 0), (1, 4), (3, 2), (6, 5)]
SETTINGS = {
    "bell, max": (CROSS, {"alpha": 30.0}, "max"),
    "bell, soft or": (CROSS, {"alpha": 30.0}, "soft_or"),
    "hairlines, soft or": (CROSS, {"alpha": 2000.0}, "soft_or"),
    "edge, max": (CROSS, {"width": 0.1, "sharpness": 40.0}, "max"),
    "edge, soft or, a width a line": (CROSS, {"width": [0.05, 0.2], "sharpness": 40.0}, "soft_or"),
    "a point, a line outside": ([[0.3, 0.4, 0.3, 0.4], [-0.5, 1.2, 1.5, 0.9]], {"alpha": 8.0}, "soft_or"),
    "one upright line": ([[0.5, 0.1, 0.5, 0.8]], {"width": 0.3, "sharpness": 10.0}, "max"),
}


def case(name: str, height: int = 7, width: int = 6) -> dict:
    """A drawing, and the gradient of some of its pixels."""
    line_list, pen, mode = SETTINGS[name]
    lines = torch.tensor([line_list], dtype=torch.float64, requires_grad=True)
    settings = {key: torch.tensor(value, dtype=torch.float64)[None] for key, value in pen.items()}
    if "width" in settings:
        settings["stroke_width"] = settings.pop("width")
    image = render_soft(lines, height, width, mode=mode, **settings)[0, 0]
    pixels = []
    for i, j in PIXELS:
        (gradient,) = torch.autograd.grad(image[i, j], lines, retain_graph=True)
        pixels.append({"pixel": [i, j], "gradient": gradient[0].tolist()})
    sizes = {"height": height, "width": width, "image": image.flatten().tolist(), "pixels": pixels}
    return {"name": name, "lines": line_list, "pen": pen, "mode": mode} | sizes


def all_cases() -> list[dict]:
    return [case(name) for name in SETTINGS]


def test_the_cases_of_the_javascript_are_torchs():
    close_to(json.loads(CASES.read_text()), all_cases())


if __name__ == "__main__":  # write the cases anew
    CASES.write_text(json.dumps(all_cases()) + "\n")
