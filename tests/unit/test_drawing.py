"""Tests of Drawing: what is refused and how it is named; SVG, JSON and stroke-3."""

import json

import pytest
import torch

from vecnb.drawing import Drawing, Path
from vecnb.render import render_hard

CORNER = torch.tensor([[10.0, 10.0], [90.0, 10.0], [90.0, 40.0]])


def drawing(**options) -> Drawing:
    """A corner, a closed quadratic leaf, a cubic arc that is not drawn, and a dot."""
    leaf = torch.tensor([[10.0, 60.0], [30.0, 40.0], [50.5, 60.0], [30.0, 80.0], [10.0, 60.0]])
    arc = torch.tensor([[0.0, 0.0], [0.0, 10.0], [10.0, 20.0], [20.0, 20.0]])
    dot = torch.tensor([[70.0, 70.0], [70.0, 70.0]])
    paths = (Path(CORNER, 5, 1), Path(leaf, 2.5, 2, closed=True), Path(arc, 0, 3), Path(dot, 4, 1))
    return Drawing(paths, 100, 80.5, **options)


def same(one: Drawing, other: Drawing) -> bool:
    pairs = zip(one.paths, other.paths, strict=True)
    return (one.width, one.height, one.cap, one.join) == (
        other.width,
        other.height,
        other.cap,
        other.join,
    ) and all(
        torch.equal(a.points, b.points) and (a.width, a.degree, a.closed) == (b.width, b.degree, b.closed)
        for a, b in pairs
    )


@pytest.mark.parametrize(
    ("points", "width", "degree", "error", "message"),
    [
        (CORNER, 1, 3, ValueError, r"points of degree 3 must be \[3·S \+ 1, 2\], not \[3, 2\]"),
        (CORNER[:1], 1, 1, ValueError, r"not \[1, 2\]"),
        (CORNER[0], 1, 1, ValueError, r"not \[2\]"),
        (CORNER.int(), 1, 1, TypeError, r"points must be a floating-point torch tensor"),
        (
            CORNER * torch.tensor([1.0, torch.inf]),
            1,
            1,
            ValueError,
            r"points\[0\] = \[10\.0, inf\] is not finite",
        ),
        (CORNER, -1, 1, ValueError, "width must be >= 0, not -1"),
        (CORNER, float("nan"), 1, ValueError, "width must be finite, not nan"),
        (CORNER, "1", 1, TypeError, "width must be a number, not a str"),
        (CORNER, 1, 4, ValueError, "degree must be 1, 2 or 3, not 4"),
    ],
)
def test_what_is_no_path_is_refused(points, width, degree, error, message):
    with pytest.raises(error, match=message):
        Path(points, width, degree)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"width": 0}, ValueError, "width must be above 0, not 0"),
        ({"height": float("inf")}, ValueError, "height must be finite"),
        ({"height": "80"}, TypeError, "height must be a number"),
        ({"cap": "flat"}, ValueError, "cap must be one of round, butt, square, not 'flat'"),
        ({"join": "bevel"}, ValueError, "join must be one of round, miter, not 'bevel'"),
        ({"paths": [CORNER]}, TypeError, r"paths\[0\] must be a Path, not a Tensor"),
    ],
)
def test_what_is_no_drawing_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        Drawing(**{"paths": (), "width": 10, "height": 10, **options})


def test_svg_to_the_letter():
    assert drawing(join="miter").to_svg() == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="80.5" viewBox="0 0 100 80.5">'
        '<rect width="100" height="80.5" fill="white"/>'
        '<g fill="none" stroke="black" stroke-linecap="round" stroke-linejoin="miter">'
        '<path d="M10 10L90 10 90 40" stroke-width="5"/>'
        '<path d="M10 60Q30 40 50.5 60 30 80 10 60Z" stroke-width="2.5"/>'
        '<circle cx="70" cy="70" r="2" fill="black" stroke="none"/></g></svg>'
    )
    assert '<path d="M70 70L70 70" stroke-width="4"/>' in drawing(cap="square").to_svg()
    tiny = Drawing((Path(1e-6 * CORNER, 1e-7, 1),), 1e-4, 1e-4)
    assert 'd="M0.00001 0.00001L0.00009' in tiny.to_svg()  # no exponents


def test_json_comes_back_the_same():
    one = drawing(cap="butt", join="miter")
    assert same(Drawing.from_json(one.to_json()), one)
    odd = Drawing((Path(torch.rand(7, 2), 0.1, 3),), 1, 1)
    assert same(Drawing.from_json(odd.to_json()), odd)
    assert len(json.loads(Drawing((), 3, 4).to_json())["paths"]) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", "not the JSON of a drawing"),
        ('{"paths": []}', "not the JSON of a drawing: 'width'"),
        ('{"paths": [1], "width": 1, "height": 1}', "not the JSON of a drawing"),
        ('{"paths": [{"degree": 1, "width": 1}], "width": 1, "height": 1}', "'points'"),
        ('{"paths": [{"degree": 1, "width": 1, "points": "a"}], "width": 1, "height": 1}', "points must be"),
        (
            '{"paths": [{"degree": 1, "width": 1, "points": [[0, 0]]}], "width": 1, "height": 1}',
            r"not \[1, 2\]",
        ),
        ('{"paths": [], "width": "a", "height": 1}', "width must be a number"),
    ],
)
def test_json_of_something_else_is_refused_by_name(text, message):
    with pytest.raises(ValueError, match=message):
        Drawing.from_json(text)


def test_stroke_3_is_in_the_unit_of_the_canvas():
    points = drawing().to_stroke3()
    assert points[:3].tolist() == [[10, 10, 0], [80, 0, 0], [0, 30, 1]]
    assert points[:, 2].sum() == 3  # the corner, the leaf, the dot; not what has no width
    leaf = points[:-2, :2].cumsum(0)[3:]
    assert leaf[0].tolist() == leaf[-1].tolist() == [10, 60]
    assert points[:, :2].sum(0).tolist() == [70, 70]
    assert Drawing((), 1, 1).to_stroke3().shape == (0, 3)


def test_a_closed_path_of_lines_goes_back_to_its_start():
    triangle = Drawing((Path(CORNER, 1, 1, closed=True),), 100, 50)
    assert triangle.to_stroke3().tolist() == [[10, 10, 0], [80, 0, 0], [0, 30, 0], [-80, -30, 1]]
    assert "L90 10 90 40Z" in triangle.to_svg()


def test_svg_comes_back_the_same():
    one = drawing(join="miter")
    again = Drawing.from_svg(one.to_svg())
    drawn = Drawing(tuple(path for path in one.paths if path.width > 0), one.width, one.height, join="miter")
    assert same(again, drawn)
    odd = Drawing((Path(torch.rand(7, 2), 0.1, 3, closed=True),), 1, 1)
    assert same(Drawing.from_svg(odd.to_svg(background=False)), odd)
    assert Drawing.from_svg(Drawing((), 3, 4).to_svg()).paths == ()


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "<svg/>",
        '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>',
        Drawing((Path(CORNER, 5, 1),), 9, 9).to_svg().replace("M10", "m10"),
        Drawing((Path(CORNER, 5, 1),), 9, 9).to_svg().replace(' 40"', '"'),
        Drawing((Path(CORNER, 5, 1),), 9, 9).to_svg().replace("<path d", "<path e"),
        Drawing((Path(CORNER, 5, 1),), 9, 9).to_svg().replace("<path ", "<text "),
    ],
)
def test_svg_of_something_else_is_refused(text):
    with pytest.raises(ValueError, match="this is not the SVG of a drawing, as to_svg writes it"):
        Drawing.from_svg(text)


def test_a_pen_gets_paths_in_order_without_ground_or_rings():
    svg = drawing().to_svg(plotter=True)
    assert "<rect" not in svg and "<circle" not in svg
    read = Drawing.from_svg(svg).paths
    assert len(read) == 3  # without the one of width 0
    starts = [tuple(path.points[0].tolist()) for path in read]
    assert starts[0] == (10, 10) and starts[1] == pytest.approx((70, 70), abs=0.01) and starts[2] == (10, 60)
    assert read[2].closed and read[1].points.diff(dim=0).tolist() == [[pytest.approx(0.01, abs=1e-4), 0]]


def test_an_order_keeps_the_picture():
    one = drawing()
    ordered = one.ordered()
    assert len(ordered.paths) == 4 and (ordered.width, ordered.height) == (100, 80.5)
    kept = {(path.width, path.closed, *sorted(map(tuple, path.points.tolist()))) for path in one.paths}
    assert {(p.width, p.closed, *sorted(map(tuple, p.points.tolist()))) for p in ordered.paths} == kept
    assert Drawing((), 1, 1).ordered().paths == ()


def test_a_larger_drawing_is_the_same_picture():
    large = drawing().scaled(3)
    small, twice = render_hard(drawing(), 161, 200), render_hard(large, 161, 200)
    assert (large.width, large.height) == (300, 241.5) and (small - twice).abs().max() < 1e-3
