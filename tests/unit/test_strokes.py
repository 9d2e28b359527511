"""Tests of vecnb.lines: what is refused and how it is named, slices of a batch, the SVG export."""

import xml.etree.ElementTree as ET

import pytest
import torch

import vecnb
from vecnb.strokes import Strokes, check_lines, sheet

SVG = "{http://www.w3.org/2000/svg}"


def strokes(batch: int = 3, lines: int = 2) -> Strokes:
    """Random strokes, every line and every width different."""
    generator = torch.Generator().manual_seed(0)
    return Strokes(
        torch.rand(batch, lines, 4, generator=generator), torch.rand(batch, lines, generator=generator) / 10
    )


def test_good_lines_come_back_as_they_are():
    for lines in (
        torch.rand(3, 2, 4),
        torch.full((1, 1, 4), -1e30),
        torch.rand(0, 5, 4),
        torch.rand(2, 0, 4),
    ):
        assert check_lines(lines) is lines


@pytest.mark.parametrize("shape", [(4,), (2, 4), (1, 2, 5), (1, 2, 2, 2), (1, 4, 2)])
def test_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"shape \[B, N, 4\] = \(x1, y1, x2, y2\), not \["):
        check_lines(torch.zeros(shape))


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (torch.zeros(1, 2, 4, dtype=torch.int64), "torch.int64 tensor"),
        (torch.zeros(1, 2, 4, dtype=torch.bool), "torch.bool tensor"),
        ([[[0.0, 0.0, 1.0, 1.0]]], "list"),
        (torch.zeros(1, 2, 4).numpy(), "ndarray"),
    ],
)
def test_what_is_no_floating_point_tensor_is_refused(lines, kind):
    with pytest.raises(TypeError, match=f"not a {kind}"):
        check_lines(lines)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a_value_that_is_not_finite_is_named(value, dtype):
    lines = torch.zeros(4, 6, 4, dtype=dtype)
    lines[3, 2, 1] = value
    with pytest.raises(ValueError, match=rf"lines\[3, 2\] = \[0\.0, {value}, 0\.0, 0\.0\] is not finite"):
        check_lines(lines)


def test_strokes_check_their_lines_and_their_width():
    lines, width = torch.zeros(2, 3, 4), torch.full((2, 3), 0.1)
    with pytest.raises(TypeError, match="floating-point"):
        Strokes(lines.int(), width)
    with pytest.raises(ValueError, match=r"lines\[0, 0\]"):
        Strokes(lines * torch.nan, width)
    for wrong in (width[0], width[..., None], width.T, torch.tensor(0.1)):
        with pytest.raises(ValueError, match=r"width must be a tensor of shape \[2, 3\]"):
            Strokes(lines, wrong)
    with pytest.raises(ValueError, match=r"width must be a tensor of shape \[2, 3\], not float"):
        Strokes(lines, 0.1)


@pytest.mark.parametrize("value", [-0.5, float("nan"), float("inf")])
def test_a_bad_width_is_named(value):
    width = torch.zeros(2, 3)  # zero itself is a width: no ink
    width[1, 2] = value
    with pytest.raises(ValueError, match=rf"width\[1, 2\] = {value:g} is not finite and >= 0"):
        Strokes(torch.zeros(2, 3, 4), width)


@pytest.mark.parametrize(
    ("index", "kept"),
    [
        (0, [0]),
        (2, [2]),
        (-1, [2]),
        (-3, [0]),
        (slice(1, None), [1, 2]),
        (slice(None, None, 2), [0, 2]),
        (slice(3, 3), []),
        ([2, 0], [2, 0]),
        (torch.tensor([True, False, True]), [0, 2]),
    ],
)
def test_any_index_keeps_the_batch_axis(index, kept):
    whole = strokes()
    part = whole[index]
    assert len(part) == len(kept)
    assert torch.equal(part.lines, whole.lines[kept]) and torch.equal(part.width, whole.width[kept])


def test_beyond_the_batch_is_an_error_and_ends_a_loop():
    for index in (3, -4):
        with pytest.raises(IndexError):
            strokes()[index]
        with pytest.raises(IndexError):
            strokes().to_svg(index)
    assert [len(one) for one in strokes()] == [1, 1, 1]


def test_svg_holds_every_line_with_its_width():
    drawn = strokes()
    root = ET.fromstring(drawn.to_svg(1, size=90))
    assert (root.tag, root.get("viewBox"), root.get("width"), root.get("height")) == (
        f"{SVG}svg",
        "0 0 1 1",
        "90",
        "90",
    )
    (group,) = root.findall(f"{SVG}g")
    assert group.get("stroke-linecap") == "round" and group.get("stroke") == "black"
    names = ("x1", "y1", "x2", "y2", "stroke-width")
    found = torch.tensor([[float(line.get(name)) for name in names] for line in group.findall(f"{SVG}line")])
    expected = torch.cat([drawn.lines[1], drawn.width[1][:, None]], dim=1)
    assert torch.allclose(found, expected, rtol=0, atol=0.00005001)


def test_svg_to_the_letter():
    one = Strokes(torch.tensor([[[0.25, 0.5, 1.0, -0.125]]]), torch.tensor([[1 / 28]]))
    assert one.to_svg() == (
        '<svg xmlns="http://www.w3.org/2000/svg" width="280" height="280" viewBox="0 0 1 1">'
        '<rect width="1" height="1" fill="white"/><g stroke="black" stroke-linecap="round">'
        '<line x1="0.2500" y1="0.5000" x2="1.0000" y2="-0.1250" stroke-width="0.0357"/></g></svg>'
    )


def test_svg_of_lines_that_are_being_trained():
    learnt = Strokes(torch.rand(1, 2, 4, requires_grad=True), torch.rand(1, 2, requires_grad=True))
    assert learnt.to_svg().count("<line") == 2


def test_sheet_places_drawings_row_by_row():
    lines = torch.tensor([0.0, 0.25, 1.0, 0.5]).expand(3, 1, 4)
    page = sheet(Strokes(lines, torch.full((3, 1), 0.1)), columns=2)
    assert page.lines.tolist() == [[[0, 0.125, 0.5, 0.25], [0.5, 0.125, 1, 0.25], [0, 0.625, 0.5, 0.75]]]
    assert torch.allclose(page.width, torch.full((1, 3), 0.05))


def test_sheet_of_one_column_is_the_drawing_itself():
    one = strokes(batch=1)
    page = tile(one, columns=1)
    assert torch.equal(page.lines, one.lines) and torch.equal(page.width, one.width)


def test_the_package_offers_what_it_names():
    assert all(hasattr(vecnb, name) for name in vecnb.__all__)
    assert vecnb.Strokes is Strokes
