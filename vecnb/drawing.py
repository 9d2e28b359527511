"""Drawing, any number of paths of lines or Bézier curves on a canvas of any size, and its files."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from vecnb.bezier import flatten
from vecnb.checks import check_floats, peek
from vecnb.formats import FLATNESS, LETTERS, digits, number_text, pen_movements, read_drawing
from vecnb.pen_order import pen_order

Degree = Literal[1, 2, 3]
Cap = Literal["round", "butt", "square"]
Join = Literal["round", "miter"]
TOUCH = 1e-4  # of the canvas's longer side: how far a pen moves to make a dot


@dataclass(frozen=True, eq=False)
class Path:
    """A chain of S Bézier curves of one degree, each beginning where the last one ends, with one width.

    Convention: the unit of the drawing that it is part of, x right, y down.

        >>> corner = Path(torch.tensor([[10.0, 10.0], [90.0, 10.0], [90.0, 40.0]]), width=5, degree=1)
        >>> corner.segments().shape
        torch.Size([2, 2, 2])

    Args:
        points: [d·S + 1, 2] float, S >= 1: the control points, each end point once.
        width: full stroke width >= 0, in the unit of the points; 0 is no ink.
        degree: d: 1 of lines, 2 of quadratic, 3 of cubic curves.
        closed: whether the end is joined to the start, by a straight line where they are not the same point.
    Raises:
        TypeError: points is not a floating-point tensor, or width is not a number.
        ValueError: points is not [d·S + 1, 2] or not finite, width is negative or not finite, or there is no
            such degree.
    """

    points: Tensor
    width: float
    degree: Degree
    closed: bool = False

    def __post_init__(self) -> None:
        if self.degree not in get_args(Degree):
            raise ValueError(f"degree must be 1, 2 or 3, not {self.degree!r}")
        check_floats("points", self.points)
        shape = list(self.points.shape)
        if self.points.ndim != 2 or shape[1] != 2 or shape[0] < 2 or (shape[0] - 1) % self.degree:
            raise ValueError(f"points of degree {self.degree} must be [{self.degree}·S + 1, 2], not {shape}")
        if peek(torch.isfinite(self.points).all()) is False:
            at = int((~torch.isfinite(self.points)).any(1).nonzero()[0])
            raise ValueError(f"points[{at}] = {self.points[at].tolist()} is not finite")
        number_text("width", self.width)
        if self.width < 0:
            raise ValueError(f"width must be >= 0, not {self.width}")

    def segments(self) -> Tensor:
        """[S, d + 1, 2], the control points of each curve; without the straight line that closes the path."""
        return self.points.unfold(0, self.degree + 1, self.degree).transpose(1, 2)

    def polyline(self, tolerance: float) -> Tensor:
        """[K, 2], from start to end, and back if closed; nowhere further from the curves than that."""
        parts = [flatten(segment, tolerance) for segment in self.segments()]
        points = torch.cat([parts[0], *(part[1:] for part in parts[1:])])
        back = self.closed and not torch.equal(points[0], points[-1])
        return torch.cat([points, points[:1]]) if back else points


@dataclass(frozen=True, eq=False)
class Drawing:
    """Paths on a canvas: one picture, of any size.

    Convention: the canvas has a unit of its own, for instance a pixel of the picture that was traced: (0, 0)
    is its top left corner, (width, height) its bottom right one, x right, y down. Coordinates and stroke
    widths are in that unit, so that strokes are as wide in every direction, however long the sides.

        >>> wave = torch.tensor([[10.0, 50.0], [40.0, 0.0], [60.0, 100.0], [90.0, 50.0]])
        >>> drawing = Drawing((Path(wave, width=4, degree=3),), width=100, height=80)
        >>> drawing.to_svg(background=False)
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="80" viewBox="0 0 100 80"><g fill="none" \
stroke="black" stroke-linecap="round" stroke-linejoin="round"><path d="M10 50C40 0 60 100 90 50" \
stroke-width="4"/></g></svg>'

    Args:
        paths: any number, drawn one over the other.
        width, height: sides of the canvas, > 0.
        cap: how a path that is not closed ends, as SVG's stroke-linecap.
        join: how its curves meet, as SVG's stroke-linejoin. A mitre of more than four widths is cut off, to
            a bevel.
    Raises:
        TypeError: paths holds something else, or a side is not a number.
        ValueError: a side is not finite and > 0, or there is no such cap or join.
    """

    paths: tuple[Path, ...]
    width: float
    height: float
    cap: Cap = "round"
    join: Join = "round"

    def __post_init__(self) -> None:
        object.__setattr__(self, "paths", tuple(self.paths))
        for at, path in enumerate(self.paths):
            if not isinstance(path, Path):
                raise TypeError(f"paths[{at}] must be a Path, not a {type(path).__name__}")
        for name in ("width", "height"):
            number_text(name, getattr(self, name))
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")
        for name, choices in (("cap", get_args(Cap)), ("join", get_args(Join))):
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} must be one of {', '.join(choices)}, not {getattr(self, name)!r}")

    def ordered(self) -> Drawing:
        """The same paths in an order, and each in the direction, that leaves a pen little way in the air.

        The way begins at (0, 0) and is never longer than before.

            >>> right, left = (torch.tensor([[x, 5.0], [x + 4, 5.0]]) for x in (20.0, 10.0))
            >>> drawing = Drawing((Path(right, 1, 1), Path(left, 1, 1)), 30, 10)
            >>> [path.points[0, 0].item() for path in drawing.ordered().paths]
            [10.0, 20.0]
        """
        if not self.paths:
            return self
        points = [path.points.numpy(force=True) for path in self.paths]
        ends = [
            own[[0, 0]] if path.closed else own[[0, -1]] for own, path in zip(points, self.paths, strict=True)
        ]
        order, backwards = pen_order(np.array(ends, float))
        paths = (
            replace(path, points=path.points.flip(0)) if back else path
            for path, back in zip((self.paths[at] for at in order), backwards, strict=True)
        )
        return replace(self, paths=tuple(paths))

    def scaled(self, factor: float) -> Drawing:
        """The same picture, so many times as large, factor > 0.

        >>> line = Path(torch.tensor([[1.0, 1.0], [9.0, 1.0]]), width=2, degree=1)
        >>> large = Drawing((line,), width=10, height=5).scaled(2)
        >>> large.height, large.paths[0].width, large.paths[0].points[1].tolist()
        (10, 4, [18.0, 2.0])
        """
        paths = (replace(path, points=factor * path.points, width=factor * path.width) for path in self.paths)
        return replace(self, paths=tuple(paths), width=factor * self.width, height=factor * self.height)

    def to_svg(self, *, background: bool = True, plotter: bool = False) -> str:
        """A self-contained SVG document, as large in CSS pixels as the canvas is in its unit.

        Numbers have as many digits as give the same numbers again. A path of width 0 is left out; one of no
        length with round caps is a filled circle, which programs that follow paths keep.

        Args:
            background: whether there is white behind the strokes.
            plotter: for a pen: no background, the paths as `ordered`, and one of no length as a line of a
                ten-thousandth of the canvas's longer side, where a pen would draw a circle as a ring.
        """
        width, height = number_text("width", self.width), number_text("height", self.height)
        shown = background and not plotter
        backdrop = f'<rect width="{width}" height="{height}" fill="white"/>' if shown else ""
        drawn = replace(self, paths=tuple(path for path in self.paths if path.width > 0))
        if plotter:
            drawn = replace(drawn, paths=tuple(drawn._for_a_pen(path) for path in drawn.ordered().paths))
        shapes = "".join(map(self._shape, drawn.paths))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">{backdrop}<g fill="none" stroke="black" '
            f'stroke-linecap="{self.cap}" stroke-linejoin="{self.join}">{shapes}</g></svg>'
        )

    def _shape(self, path: Path) -> str:
        points = [f"{digits(x)} {digits(y)}" for x, y in path.points.numpy(force=True)]
        width = digits(np.float64(path.width))
        if self.cap == "round" and len(set(points)) == 1:
            x, y = points[0].split()
            radius = digits(np.float64(path.width / 2))
            return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="black" stroke="none"/>'
        data = f"M{points[0]}{LETTERS[2 * path.degree]}{' '.join(points[1:])}{'Z' if path.closed else ''}"
        return f'<path d="{data}" stroke-width="{width}"/>'

    def _for_a_pen(self, path: Path) -> Path:
        """A path of no length as a line so short that only its dot is seen."""
        if bool((path.points != path.points[0]).any()):
            return path
        half = TOUCH / 2 * max(self.width, self.height)
        ends = path.points[:1].double() + torch.tensor([[-half, 0.0], [half, 0.0]], dtype=torch.double)
        return Path(ends, path.width, 1)

    def to_json(self) -> str:
        """All of it as JSON: {"width": …, "height": …, "cap": …, "join": …, "paths": […]}, and of each path
        {"degree": …, "width": …, "closed": …, "points": [[x, y], …]}."""
        paths = [
            {"degree": p.degree, "width": float(p.width), "closed": p.closed, "points": _shortest(p.points)}
            for p in self.paths
        ]
        sides = {"width": self.width, "height": self.height}
        return json.dumps({**sides, "cap": self.cap, "join": self.join, "paths": paths})

    @classmethod
    def from_json(cls, text: str) -> Drawing:
        """The drawing that `to_json`, or a hand, wrote, in single precision.

            >>> line = '{"degree": 1, "width": 2, "points": [[1, 1], [9, 5]]}'
            >>> Drawing.from_json(f'{{"width": 10, "height": 6, "paths": [{line}]}}').paths[0].closed
            False

        Args:
            text: an object as of `to_json`; "cap", "join" and "closed" may be left out.
        Raises:
            TypeError, ValueError: text is not that; or as Path and Drawing.
        """
        try:
            return cls._from_fields(json.loads(text))
        except json.JSONDecodeError as error:
            raise ValueError(f"this is not JSON ({error})") from error
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"this is not the JSON of a drawing: {error}") from error

    @classmethod
    def from_svg(cls, text: str) -> Drawing:
        """The drawing of a document that `to_svg` wrote, in single precision.

            >>> dot = Drawing((Path(torch.full((2, 2), 5.0), width=2, degree=1),), width=10, height=10)
            >>> Drawing.from_svg(dot.to_svg()).paths[0].points[0]
            tensor([5., 5.])

        Raises:
            ValueError: text is not that.
        """
        return cls._from_fields(read_drawing(text))

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Drawing:
        paths = [_read_path(path) for path in fields["paths"]]
        sides = fields["width"], fields["height"]
        return cls(tuple(paths), *sides, fields.get("cap", "round"), fields.get("join", "round"))

    def to_stroke3(self) -> Tensor:
        """The sequence of pen movements of sketch-rnn ("stroke-3").

        Lost are the widths, caps and joins, and the paths of width 0. A path that begins where the last one
        ends is joined. A curve becomes a polyline, nowhere further from it than half a thousandth of the
        canvas's longer side.

        Returns:
            [M, 3] float64, (Δx, Δy, 1 if the pen is lifted after this point), in the canvas's unit; the first
            point counts from (0, 0).
        """
        tolerance = FLATNESS * max(self.width, self.height)
        drawn = [path for path in self.paths if path.width > 0]
        return pen_movements([path.polyline(tolerance).detach().double() for path in drawn])


def _shortest(points: Tensor) -> list[list[float]]:
    """The numbers with the fewest digits that are read as the same in the points' own precision."""
    return [[float(str(value)) for value in point] for point in points.numpy(force=True)]


def _read_path(fields: dict[str, Any]) -> Path:
    numbers = fields["points"]
    try:
        points = torch.tensor(numbers, dtype=torch.float32)
    except (TypeError, ValueError) as error:
        raise ValueError(f"points must be [[x, y], …]: {error}") from error
    return Path(points, fields["width"], fields["degree"], bool(fields.get("closed", False)))
