"""vecnb.digits: digits found on a sheet, and the lines of a model put back where they lay."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import vecnb
from vecnb import cli, load_model, render_hard, to_mnist
from vecnb.digits import find_digits, vectorise_digits
from vecnb.drawing import Drawing
from vecnb.metrics import squared_errors
from vecnb.preprocessing import fit_digit
from vecnb.pretrained import load_classifier

MODEL = load_model("autoencoder")


@pytest.fixture(scope="module")
def digits() -> torch.Tensor:
    """Ten digits that a model made up, in pixels [10, 1, 28, 28]."""
    return render_hard(load_model("joint").sample(10, seed=7), 28, 28)


def sheet(digits: torch.Tensor, scale: int) -> tuple[torch.Tensor, list[tuple[int, int]]]:
    """Two rows of five, not quite straight, [2·33·scale, 5·33·scale]; and the corner of each."""
    pitch = 33 * scale
    page = torch.zeros(2 * pitch, 5 * pitch)
    corners = []
    for at, digit in enumerate(F.interpolate(digits, scale_factor=scale, mode="bilinear")[:, 0]):
        y, x = (at // 5) * pitch + at % 3, (at % 5) * pitch + 2 * (at % 2)
        page[y : y + 28 * scale, x : x + 28 * scale] = digit
        corners.append((x, y))
    return page, corners


def test_one_digit_is_what_the_model_says_of_it(digits):
    page, x, y = torch.zeros(80, 120), 57, 9
    page[y : y + 28, x : x + 28] = digits[3, 0]
    strokes = MODEL.vectorise(to_mnist(page))
    drawing = vectorise_digits(page, MODEL)
    placed = torch.stack([path.points for path in drawing.paths])
    fitted, side, corner = fit_digit(page)
    assert torch.equal(fitted, to_mnist(page)[0, 0]) and (drawing.width, drawing.height) == (120, 80)
    again = (placed - torch.tensor(corner)) / side / 28
    assert torch.allclose(again, strokes.lines[0].reshape(-1, 2, 2), atol=1e-5)
    widths = [path.width / side / 28 for path in drawing.paths]
    assert widths == pytest.approx(strokes.width[0].tolist(), rel=1e-5)


@pytest.mark.parametrize("scale", [1, 3, 16])  # the last is reduced to be looked at
def test_the_digits_of_a_sheet_are_drawn_where_they_lie(digits, scale):
    page, corners = sheet(digits, scale)
    drawing = vectorise_digits(page, MODEL)
    assert len(drawing.paths) == 5 * len(digits)
    drawn = render_hard(drawing, *page.shape)[0, 0]
    parts = [drawn[y : y + 28 * scale, x : x + 28 * scale] for x, y in corners]
    small = F.avg_pool2d(torch.stack(parts)[:, None], scale)
    assert squared_errors(small, digits).mean() < 0.02  # of blank paper .10
    assert (load_classifier()(to_mnist(small)).argmax(1) == load_classifier()(digits).argmax(1)).sum() >= 9
    middles = [torch.cat([path.points for path in drawing.paths[5 * at :][:5]]).mean(0) for at in range(10)]
    for (x, y), middle in zip(corners, middles, strict=True):  # row by row
        assert abs(middle[0] - x - 14 * scale) < 6 * scale and abs(middle[1] - y - 14 * scale) < 6 * scale


def test_parts_belong_to_the_digit_beside_them_and_specks_to_none():
    page = torch.zeros(60, 100)
    page[10:50, 20:24] = page[10:50, 60:64] = 1  # two ones
    page[10:14, 28:40] = 1  # a bar near the first
    page[3:5, 90:92] = 1  # a speck
    page[40:56, 90:93] = 1  # a small digit
    labels, found = find_digits(page)
    assert len(found) == 3
    assert labels[12, 30] == labels[30, 22] == found[0] and labels[30, 62] == found[1]
    assert labels[45, 91] == found[2] and labels[4, 91] == -1 and labels[0, 0] == -1


def test_what_is_connected_is_one_digit_however_long_its_way():
    page = torch.zeros(41, 81)
    page[::4] = 1  # bars, joined at alternating ends, and by corners only
    for bar in range(0, 40, 4):
        x = 80 if bar % 8 else 0
        page[bar + 1 : bar + 4, x] = 1
    labels, found = find_digits(page)
    assert len(found) == 1 and (labels[page > 0] == found[0]).all() and (labels[page == 0] == -1).all()
    page[38, 0] = page[38, 80] = 0  # the last bar lies apart
    assert len(find_digits(page)[1]) == 2
    assert len(find_digits(torch.eye(30))[1]) == 1
    assert find_digits(torch.zeros(5, 5))[1] == []


def test_nothing_and_nonsense():
    assert vectorise_digits(torch.zeros(30, 50), MODEL).paths == ()
    with pytest.raises(ValueError, match="image must be one picture, not 2"):
        vectorise_digits(torch.zeros(2, 30, 50), MODEL)
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\]"):
        vectorise_digits(np.full((30, 50), 7.0), MODEL)


def test_the_command_draws_a_sheet(digits, tmp_path):
    from PIL import Image

    page, _ = sheet(digits, 3)
    Image.fromarray((255 * (1 - page)).round().byte().numpy()).save(tmp_path / "sheet.png")
    with pytest.raises(SystemExit) as end:
        cli.main(
            ["vectorise", f"{tmp_path}/sheet.png", "-o", f"{tmp_path}/sheet.json", "--digits", "autoencoder"]
        )
    assert not end.value.code
    expected = vectorise_digits(vecnb.load_image(tmp_path / "sheet.png"), MODEL).to_json()
    assert (tmp_path / "sheet.json").read_text() == expected
    assert len(Drawing.from_json(expected).paths) == 50
