"""Drawings of ours for `TraceDrawing`: an icon, a word, a kanji, two by a child's hand, and a photograph."""

from __future__ import annotations

import itertools

import numpy as np
import torch

from vecnb.drawing import Degree, Drawing, Path
from vecnb.render import render_hard

SHADE = 0.55  # of the photograph: how much darker its darkest corner is
NOISE = 0.02  # of brightness, its standard deviation

Point = tuple[float, float]


def _path(*numbers: float, width: float = 4.0, degree: Degree = 1) -> Path:
    return Path(torch.tensor(numbers, dtype=torch.float32).view(-1, 2), width, degree)


def _through(*points: Point, width: float = 4.0, closed: bool = False) -> Path:
    """A smooth curve through points: at each it runs parallel to the line from the one before to the next."""
    at = torch.tensor(points, dtype=torch.float32)
    ends = (at[-1:], at[:2]) if closed else (at[:1], at[-1:])
    around = torch.cat([ends[0], at, ends[1]])
    slopes = (around[2:] - around[:-2]) / 6
    knots = around[1:-1]
    inner = torch.stack([knots[:-1] + slopes[:-1], knots[1:] - slopes[1:], knots[1:]], 1).flatten(0, 1)
    return Path(torch.cat([knots[:1], inner]), width, 3, closed)


def _circle(x: float, y: float, radius: float, width: float = 4.0) -> Path:
    bend = 0.5523 * radius  # of the cubic curve that is nearest to a quarter of a circle
    turns = [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)]
    points: list[float] = [x + radius, y]
    for (ux, uy), (vx, vy) in itertools.pairwise(turns):
        points += [x + radius * ux + bend * vx, y + radius * uy + bend * vy]
        points += [x + radius * vx + bend * ux, y + radius * vy + bend * uy]
        points += [x + radius * vx, y + radius * vy]
    return Path(torch.tensor(points).view(-1, 2), width, 3, closed=True)


CUP = Drawing(
    (
        _path(20, 42, 68, 42),
        _path(20, 42, 20, 98, 68, 98, 68, 42, degree=3),
        _path(67, 50, 88, 46, 88, 72, 62, 72, degree=3),
        _path(14, 92, 74, 92),
        _path(34, 32, 26, 24, 42, 20, 34, 12, degree=3),
        _path(52, 32, 44, 24, 60, 20, 52, 12, degree=3),
    ),
    96,
    96,
)
HELLO = Drawing(
    (
        _through(
            *(
                (8, 68),
                (16, 52),
                (25, 28),
                (24, 12),
                (17, 14),
                (16, 40),
                (15, 74),
                (19, 56),
                (27, 46),
                (32, 52),
            ),
            *(
                (32, 66),
                (36, 74),
                (44, 70),
                (53, 60),
                (55, 50),
                (48, 47),
                (44, 58),
                (48, 72),
                (58, 72),
                (67, 58),
            ),
            *(
                (75, 32),
                (75, 14),
                (68, 15),
                (66, 42),
                (68, 68),
                (75, 73),
                (84, 58),
                (92, 32),
                (92, 14),
                (85, 15),
            ),
            *((83, 42), (85, 68), (92, 74), (101, 66), (106, 52), (115, 48), (121, 58), (116, 72), (106, 73)),
            *((102, 62), (107, 50), (117, 49), (127, 54), (137, 51)),
            width=4.5,
        ),
    ),
    144,
    88,
)
THOUSAND = Drawing(
    (
        _path(88, 15, 78, 23, 54, 32, 34, 33, degree=3, width=6),
        _path(14, 62, 114, 60, width=6),
        _path(65, 31, 64, 117, width=6),
    ),
    128,
    128,
)
HOUSE = Drawing(
    (
        _through((25, 64), (25, 88), (24, 112)),
        _through((24, 112), (52, 113), (84, 111)),
        _through((84, 111), (85, 88), (84, 62)),
        _path(17, 69, 54, 33, 92, 68),
        _path(46, 111, 46, 86, 62, 85, 62, 112),
        _path(68, 75, 79, 75, 79, 85, 68, 86, 68, 75, width=3),
        _through((70, 47), (70, 34), (77, 33), (77, 53)),
        _circle(105, 23, 11),
        *(_path(*ray, width=3) for ray in ((105, 38, 105, 45), (92, 33, 88, 38), (89, 21, 82, 20))),
        _through((74, 27), (67, 21), (76, 16), (69, 9), width=3),
        _through((95, 112), (103, 114), (112, 111), (122, 113)),
        _through((109, 111), (108, 100), (109, 91), width=3),
        _circle(109, 86, 5, width=3),
    ),
    128,
    128,
)
CAT = Drawing(
    (
        _through(
            *((24, 62), (25, 40), (25, 18), (44, 33), (64, 30), (84, 33), (103, 18), (103, 40), (104, 62)),
            *((102, 84), (86, 103), (64, 108), (42, 103), (26, 84), (24, 62)),
        ),
        _circle(47, 60, 7, width=3),
        _circle(81, 60, 7, width=3),
        _path(47, 60, 47, 60, width=5),
        _path(81, 60, 81, 60, width=5),
        _through((64, 76), (63, 86), (54, 90), (47, 86)),
        _through((64, 76), (65, 86), (74, 90), (81, 86)),
        _path(58, 75, 70, 75),
        *(
            _path(*line, width=2.5)
            for line in ((34, 78, 6, 72), (34, 84, 5, 88), (94, 78, 122, 72), (94, 84, 123, 88))
        ),
    ),
    128,
    128,
)


def _render(drawing: Drawing) -> np.ndarray:
    height, width = round(drawing.height), round(drawing.width)
    return render_hard(drawing, height, width)[0, 0].numpy()


def _photograph(ink: np.ndarray) -> np.ndarray:
    """As a camera sees it beside a window: light from one side, and noise; ink = 1."""
    y, x = np.mgrid[0 : 1 : ink.shape[0] * 1j, 0 : 1 : ink.shape[1] * 1j]
    grey = (0.9 - 0.65 * ink) * (1 - SHADE * (0.7 * x + 0.3 * y))
    return 1 - (grey + np.random.default_rng(0).normal(0, NOISE, ink.shape)).clip(0, 1)


def examples() -> dict[str, np.ndarray]:
    """Pictures [H, W] in [0, 1], ink = 1, with what each shows."""
    drawings = {"a cup": CUP, "a word": HELLO, "a kanji": THOUSAND, "a house": HOUSE, "a cat": CAT}
    pictures = {name: _render(drawing) for name, drawing in drawings.items()}
    return pictures | {"the cup, photographed": _photograph(pictures["a cup"])}
