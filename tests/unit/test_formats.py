"""Tests of drawings as text and sequences: SVG, JSON and stroke-3, written and read back."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from test_strokes import strokes

from vecnb.render import render_hard
from vecnb.strokes import Strokes, tile

SVG = "{http://www.w3.org/2000/svg}"


def one_line(*line: float, width: float = 0.1) -> Strokes:
    return Strokes(torch.tensor([[line]]), torch.tensor([[width]]))


# SVG


def test_svg_to_the_letter():
    assert one_line(0.25, 0.5, 1.0, -0.125, width=1 / 28).to_svg() == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="280" height="280" viewBox="0 0 1 1">'
        '<rect width="1" height="1" fill="white"/><g stroke="black" stroke-linecap="round">'
        '<line x1="0.25" y1="0.5" x2="1" y2="-0.125" stroke-width="0.035714287"/></g></svg>'
    )


def test_svg_holds_every_line_with_its_width_to_the_last_digit():
    drawn = strokes()
    root = ET.fromstring(drawn.to_svg(1, size=90))
    assert root.tag == f"{SVG}svg" and root.get("viewBox") == "0 0 1 1"
    assert root.get("width") == root.get("height") == "90"
    (group,) = root.findall(f"{SVG}g")
    assert group.get("stroke-linecap") == "round" and group.get("stroke") == "black"
    names = ("x1", "y1", "x2", "y2", "stroke-width")
    found = torch.tensor([[float(line.get(name)) for name in names] for line in group.findall(f"{SVG}line")])
    assert torch.equal(found, torch.cat([drawn.lines[1], drawn.width[1][:, None]], dim=1))


def test_thin_strokes_keep_their_ink_at_any_size():
    """Four decimals used to write a width of 4e-5 as nought, and to move the lines of a page of drawings."""
    thin = one_line(0.1, 0.5, 0.9, 0.5, width=4e-5)
    assert 'stroke-width="0.00004"' in thin.to_svg(size=4000)  # and no exponent, which some readers refuse
    page = tile(strokes(batch=100), 10)
    read = Strokes.from_svg(page.to_svg())
    assert torch.equal(read.lines, page.lines) and torch.equal(read.width, page.width)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_svg_is_read_as_the_same_numbers(dtype):
    drawn = strokes(batch=1, lines=5).to(dtype)
    read = Strokes.from_svg(drawn.to_svg(padding=0.25))
    assert torch.equal(read.lines, drawn.lines.float()) and torch.equal(read.width, drawn.width.float())


def test_a_width_of_nought_is_left_out_of_the_svg():
    """A line of no width is a hairline in some readers, and a way for the pen of a plotter."""
    drawn = Strokes(torch.rand(1, 3, 4), torch.tensor([[0.1, 0.0, 0.2]]))
    assert drawn.to_svg().count("<line") == 2
    assert "<line" not in Strokes(torch.rand(1, 1, 4), torch.zeros(1, 1)).to_svg()


def test_a_dot_is_a_filled_circle_and_comes_back_as_a_dot():
    """As a line of no length it is dropped by what follows paths."""
    dot = one_line(0.3, 0.7, 0.3, 0.7, width=0.2)
    assert '<circle cx="0.3" cy="0.7" r="0.1" stroke="none"/>' in dot.to_svg()
    read = Strokes.from_svg(dot.to_svg())
    assert torch.equal(read.lines, dot.lines) and torch.equal(read.width, dot.width)
    drawn, again = render_hard(dot), render_hard(read)
    assert torch.equal(drawn, again) and drawn.any()


def test_background_and_padding():
    drawn = strokes(batch=1)
    assert "<rect" not in drawn.to_svg(background=False)
    padded = drawn.to_svg(padding=0.25)
    assert 'viewBox="-0.25 -0.25 1.5 1.5"' in padded
    assert '<rect x="-0.25" y="-0.25" width="1.5" height="1.5" fill="white"/>' in padded


@pytest.mark.parametrize(
    ("option", "error", "message"),
    [
        ({"size": '1"><script>'}, TypeError, "size must be a number, not a str"),
        ({"size": True}, TypeError, "size must be a number, not a bool"),
        ({"size": 0}, ValueError, "size must be above 0"),
        ({"size": float("nan")}, ValueError, "size must be finite, not nan"),
        ({"padding": -0.1}, ValueError, "padding at least 0"),
        ({"padding": "1"}, TypeError, "padding must be a number"),
    ],
)
def test_what_is_no_size_is_refused(option, error, message, tmp_path):
    with pytest.raises(error, match=message):
        strokes().to_svg(**option)
    with pytest.raises(error, match=message):
        strokes().save_svg(tmp_path / "no.svg", **option)
    assert not list(tmp_path.iterdir())


def test_saved_svg_is_utf_8_and_whole(tmp_path):
    strokes().save_svg(tmp_path / "new" / "drawing.svg", 1, 90, background=False)
    assert (tmp_path / "new" / "drawing.svg").read_text(encoding="utf-8") == strokes().to_svg(
        1, 90, background=False
    )
    strokes().save_svg(str(tmp_path / "new" / "drawing.svg"))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["drawing.svg"]


def test_svg_of_lines_that_are_being_trained():
    learnt = Strokes(torch.rand(1, 2, 4, requires_grad=True), torch.rand(1, 2, requires_grad=True))
    assert (
        learnt.to_svg().count("<line") == 2 and len(learnt.to_stroke3()) == 4 and "lines" in learnt.to_json()
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is not SVG"),
        ("<svg>", "this is not SVG"),
        (
            '<svg><polygon points="0 0 1 1"/></svg>',
            "only lines, curves and dots that to_svg wrote can be read, not a <polygon>",
        ),
        ('<svg><path d="M0 0L1 1" stroke-width="1"/></svg>', "a <path> must be one curve.*not 'M0 0L1 1'"),
        ('<svg><path d="M0 0Q1 1 2 2 3 3 4 4" stroke-width="1"/></svg>', "a <path> must be one curve"),
        ('<svg><path d="M0 0Q1 1 2 2"/></svg>', "a <path> has no 'stroke-width'"),
        ('<svg><line x1="0" y1="0" x2="1" y2="1"/></svg>', "a <line> has no 'stroke-width'"),
        ('<svg><line x1="a" y1="0" x2="1" y2="1" stroke-width="1"/></svg>', "could not convert"),
        ('<svg><line x1="0" y1="0" x2="1" y2="1" stroke-width="-1"/></svg>', r"width\[0, 0\] = -1"),
    ],
)
def test_svg_of_others_is_refused_by_name(text, message):
    with pytest.raises(ValueError, match=message):
        Strokes.from_svg(text)


def test_svg_without_lines_is_an_empty_drawing():
    assert Strokes.from_svg('<svg xmlns="http://www.w3.org/2000/svg"/>').lines.shape == (1, 0, 4)


def curves(degree: int, batch: int = 2, lines: int = 3) -> Strokes:
    """Random curves, the last a dot, every width different."""
    generator = torch.Generator().manual_seed(degree)
    points = torch.rand(batch, lines, 2 * degree + 2, generator=generator)
    points[:, -1] = points[:, -1, :2].repeat(1, degree + 1)
    return Strokes(points, torch.rand(batch, lines, generator=generator) / 10)


def test_svg_of_curves_to_the_letter():
    group = '<g stroke="black" stroke-linecap="round" stroke-linejoin="round">'
    assert one_line(0, 0, 0.5, 1, 1, 0.25, width=0.5).to_svg(background=False) == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="280" height="280" viewBox="0 0 1 1">'
        f'{group}<path d="M0 0 Q0.5 1 1 0.25" fill="none" stroke-width="0.5"/></g></svg>'
    )
    cubic = one_line(0, 0, 0.5, 1, -0.5, 1, 1, 0, width=0.5).to_svg()
    assert '<path d="M0 0 C0.5 1 -0.5 1 1 0" fill="none" stroke-width="0.5"/>' in cubic


@pytest.mark.parametrize("degree", [2, 3])
def test_curves_come_back_from_svg_and_json(degree):
    drawn = curves(degree)
    for read in (Strokes.from_svg(drawn.to_svg(1, padding=0.5)), Strokes.from_json(drawn.to_json())[1]):
        assert torch.equal(read.lines, drawn.lines[1:]) and torch.equal(read.width, drawn.width[1:])


def test_lines_beside_curves_are_read_as_curves():
    both = Strokes.from_svg(
        '<svg><line x1="0" y1="0" x2="1" y2="0" stroke-width="0.1"/>'
        '<path d="M0 0Q.5,1 1 0" stroke-width="0.1"/></svg>'
    )
    assert both.lines.tolist() == [[[0, 0, 0.5, 0, 1, 0], [0, 0, 0.5, 1, 1, 0]]]


# JSON


def test_json_comes_back_the_same():
    drawn = strokes()
    read = Strokes.from_json(drawn.to_json())
    assert torch.equal(read.lines, drawn.lines) and torch.equal(read.width, drawn.width)
    assert (
        "0.1" in one_line(0.1, 0.2, 0.3, 0.4).to_json()
        and "0.10000000149" not in one_line(0.1, 0, 0, 0).to_json()
    )
    with pytest.raises(ValueError, match=r"\[3, 0, 4\] have no lines"):
        strokes(lines=0).to_json()


@pytest.mark.parametrize(
    ("width", "expected"),
    [("0.1", [[0.1, 0.1]]), ("[0.1, 0.2]", [[0.1, 0.2]]), ("[[0.1, 0.2]]", [[0.1, 0.2]])],
)
def test_json_by_hand(width, expected):
    read = Strokes.from_json(f'{{"lines": [[0, 0, 1, 1], [0.5, 0, 0.5, 1]], "width": {width}}}')
    assert read.lines.shape == (1, 2, 4) and torch.equal(read.width, torch.tensor(expected))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "this is not JSON"),
        ("[]", 'an object with "lines" and "width"'),
        ('{"lines": [[0, 0, 1, 1]]}', 'an object with "lines" and "width"'),
        ('{"lines": [[0, 0, 1]], "width": 1}', r"lines must be \[N, 4\] or \[B, N, 4\].* not \[1, 3\]"),
        ('{"lines": [[0, 0, 1, 1], [0]], "width": 1}', "nested lists of numbers"),
        ('{"lines": "abc", "width": 1}', "nested lists of numbers"),
        ('{"lines": [[0, 0, 1, 1]], "width": [1, 2]}', r"width must be a number or \[1, 1\], not \[2\]"),
        ('{"lines": [[0, 0, 1, NaN]], "width": 1}', r"lines\[0, 0\] = .* is not finite"),
        ('{"lines": [[0, 0, 1, 1]], "width": -1}', r"width\[0, 0\] = -1"),
    ],
)
def test_json_of_something_else_is_refused_by_name(text, message):
    with pytest.raises(ValueError, match=message):
        Strokes.from_json(text)


# Stroke-3


def test_stroke_3_joins_lines_that_meet_and_lifts_the_pen_between_others():
    lines = torch.tensor([[[0, 0, 0.5, 0], [0.5, 0, 0.5, 0.25], [0, 1, 1, 1], [0.25, 0.25, 0.25, 0.25]]])
    found = Strokes(lines, torch.full((1, 4), 0.1)).to_stroke3()
    assert found.tolist() == [
        [0, 0, 0], [0.5, 0, 0], [0, 0.25, 1],  # a corner in one go
        [-0.5, 0.75, 0], [1, 0, 1],
        [-0.75, -0.75, 0], [0, 0, 1],  # a dot
    ]  # fmt: skip


def test_stroke_3_of_curves_follows_them():
    half_circle = torch.tensor(
        [[[0.2, 0.5, 0.2, 0.9, 0.8, 0.9, 0.8, 0.5], [0.8, 0.5, 0.6, 0.4, 0.4, 0.4, 0, 0]]]
    )
    points = Strokes(half_circle, torch.full((1, 2), 0.1)).to_stroke3()
    assert points[:, 2].tolist() == [0.0] * (len(points) - 1) + [1.0]  # they meet
    places = points[:, :2].cumsum(0)
    assert places[0].tolist() == pytest.approx([0.2, 0.5]) and places[-1].tolist() == pytest.approx(
        [0, 0], abs=1e-6
    )
    t = torch.linspace(0, 1, 2001, dtype=torch.float64)[:, None]
    for curve in half_circle[0].double().unflatten(1, (4, 2)):
        exact = (
            (1 - t) ** 3 * curve[0]
            + 3 * t * (1 - t) ** 2 * curve[1]
            + 3 * t**2 * (1 - t) * curve[2]
            + t**3 * curve[3]
        )
        start, step = places[:-1].double(), places.diff(dim=0).double()
        along = ((exact[:, None] - start) * step).sum(-1) / (step**2).sum(-1)
        nearest = start + along.clamp(0, 1)[..., None] * step
        assert (exact[:, None] - nearest).norm(dim=-1).amin(1).max() < 5e-4 + 1e-6


def test_stroke_3_comes_back_as_the_same_lines_of_one_width():
    drawn = strokes(batch=2, lines=4)
    read = Strokes.from_stroke3(drawn.to_stroke3(1), 0.05)
    assert torch.allclose(read.lines, drawn.lines[1:], atol=1e-6) and (read.width == 0.05).all()


def test_stroke_3_of_sketch_rnn():
    """Its strokes begin with the first point and end with the lifted pen; integers, as an array."""
    sequence = np.array(
        [[10, 20, 0], [5, 0, 0], [0, 5, 1], [100, 0, 0], [0, 50, 1], [1, 1, 1]], dtype=np.int16
    )
    read = Strokes.from_stroke3(sequence / 255, 0.01)
    expected = [[10, 20, 15, 20], [15, 20, 15, 25], [115, 25, 115, 75], [116, 76, 116, 76]]
    assert torch.allclose(255 * read.lines[0], torch.tensor(expected, dtype=torch.float32), atol=1e-4)


def test_stroke_3_of_nothing_and_of_something_else():
    assert Strokes(torch.rand(1, 2, 4), torch.zeros(1, 2)).to_stroke3().shape == (0, 3)
    assert Strokes.from_stroke3(torch.zeros(0, 3), 0.1).lines.shape == (1, 0, 4)
    with pytest.raises(ValueError, match=r"points must be \[M, 3\].*not \[4, 5\]"):
        Strokes.from_stroke3(torch.zeros(4, 5), 0.1)  # stroke-5
    with pytest.raises(IndexError, match="there is no drawing 3 in a batch of 3"):
        strokes().to_stroke3(3)
