"""Tests of vecnb.plots: true stroke widths, one square for pixels and lines, curves and tables."""

import io
import itertools
import math

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from vecnb import plots
from vecnb.render import render_soft
from vecnb.strokes import Strokes


def canvas(pixels: int):
    """A figure of one borderless unit square, `pixels` wide, and a function that draws it as ink [H, W]."""
    figure = Figure(figsize=(1, 1), dpi=pixels, layout="none")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 1), ylim=(1, 0))
    ax.axis("off")

    def ink() -> np.ndarray:
        drawn = FigureCanvasAgg(figure)
        drawn.draw()
        return 1 - np.asarray(drawn.buffer_rgba())[..., 0] / 255.0

    return ax, ink


@pytest.mark.parametrize("pixels", [100, 400])
def test_stroke_has_its_true_area_at_any_size(pixels):
    ax, ink = canvas(pixels)
    plots.draw_strokes(ax, torch.tensor([[0.25, 0.5, 0.75, 0.5]]), 0.2)
    area = 0.5 * 0.2 + math.pi * 0.1**2
    assert ink().mean() == pytest.approx(area, rel=0.01)


def test_zero_length_stroke_is_a_disc():
    ax, ink = canvas(400)
    plots.draw_strokes(ax, torch.tensor([[0.5, 0.5, 0.5, 0.5]]), 0.4)
    assert ink().mean() == pytest.approx(math.pi * 0.2**2, rel=0.01)


def test_strokes_lie_where_the_renderer_puts_them():
    lines, width = torch.tensor([[0.2, 0.1, 0.9, 0.4], [0.3, 0.8, 0.35, 0.6]]), torch.tensor([0.1, 0.05])
    ax, ink = canvas(200)
    plots.draw_strokes(ax, lines, width)
    rendered = render_soft(lines[None], 200, 200, stroke_width=width[None], sharpness=2000.0)[0, 0]
    assert np.abs(ink() - rendered.numpy()).mean() < 0.002  # y down, x right, ends and widths in place


def test_a_curve_is_drawn_with_its_true_width():
    ax, ink = canvas(400)
    plots.draw_strokes(ax, torch.tensor([[0.2, 0.7, 0.5, 0.1, 0.8, 0.7]]), 0.1)
    start, control, end = np.array([[0.2, 0.7], [0.5, 0.1], [0.8, 0.7]])
    t = np.linspace(0, 1, 4001)[:, None]
    points = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    assert ink().mean() == pytest.approx(0.1 * length + math.pi * 0.05**2, rel=0.005)
    assert ink()[int(0.4 * 400), 200] == 1 and ink()[int(0.34 * 400), 200] == 0  # its top, and above it


def test_pixels_share_the_unit_square_with_strokes():
    ax, ink = canvas(4 * 28)
    image = torch.zeros(28, 28)
    image[3, 20] = 1
    plots.draw_image(ax, image)
    rows, columns = np.nonzero(ink() > 0.5)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (12, 15, 80, 83)


def test_grey_is_not_stretched():
    ax, ink = canvas(28)
    plots.draw_image(ax, torch.full((28, 28), 0.5))
    assert ink().mean() == pytest.approx(0.5, abs=0.01)


def test_rows_draw_pixels_and_strokes():
    images = torch.zeros(3, 1, 28, 28)
    strokes = Strokes(torch.full((3, 5, 4), 0.5), torch.full((3, 5), 0.1))
    figure = plots.show_rows({"input": images, "lines": strokes})
    top, bottom = figure.axes[:3], figure.axes[3:]
    assert len(bottom) == 3
    assert all(len(ax.images) == 1 and not ax.patches for ax in top)
    assert all(len(ax.patches) == 5 and not ax.images for ax in bottom)
    assert (top[0].get_ylabel(), bottom[0].get_ylabel()) == ("input", "lines")


def test_rows_of_different_length_are_refused():
    with pytest.raises(ValueError, match=r"one length.*'a': 2.*'b': 3"):
        plots.show_rows({"a": torch.zeros(2, 1, 28, 28), "b": torch.zeros(3, 1, 28, 28)})


def test_figures_are_opaque_white_svg():
    file = io.StringIO()
    plots.show_digits(torch.zeros(2, 1, 28, 28), ["a", "b"]).savefig(file, format="svg")
    assert "fill: #ffffff" in file.getvalue()


def test_curves_name_their_curves_and_levels():
    figure = plots.show_curves({"PCA": ([1, 2], [0.2, 0.1])}, x="k", y="MSE", levels={"wall": 0.05}, log="y")
    (ax,) = figure.axes
    assert {text.get_text() for text in ax.texts} == {"PCA", "wall"}
    assert ax.get_yscale() == "log" and ax.get_xscale() == "linear"


def test_several_seeds_are_a_mean_in_the_shade_of_their_range():
    figure = plots.show_curves({"p": ([1, 2, 3], [[0.0, 2.0, 4.0], [2.0, 4.0, 8.0]])}, x="step", y="nats")
    (ax,) = figure.axes
    assert ax.lines[0].get_ydata().tolist() == [1, 3, 6]
    corners = ax.collections[0].get_paths()[0].vertices
    assert {tuple(corner) for corner in corners} >= {(1, 0), (1, 2), (3, 4), (3, 8)}


def test_names_of_curves_that_end_together_do_not_lie_on_each_other():
    ends = {"a": 1.0, "b": 1.0, "c": 1.001, "far": 2.0}
    figure = plots.show_curves({name: ([0, 1], [0.0, end]) for name, end in ends.items()}, x="step", y="nats")
    FigureCanvasAgg(figure).draw()
    (ax,) = figure.axes
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)
    assert all(lower.y1 <= upper.y0 + 2 for lower, upper in itertools.pairwise(boxes))
    moved = {text.get_text(): text.get_position() for text in ax.texts}
    assert moved["far"] == (6, 0), "who is alone stays"


def test_every_seed_is_a_dot():
    figure = plots.show_seeds({"a": [1.0, 10.0], "b": [100.0]}, x="distance", log=True)
    (ax,) = figure.axes
    assert [dots.get_xdata().tolist() for dots in ax.lines] == [[1, 10], [100]]
    assert ax.get_xscale() == "log" and [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_table_rounds_as_asked():
    html = plots.table(pd.DataFrame({"MSE": [0.12345]}, index=["blank"]), {"MSE": "{:.3f}"}).to_html()
    assert "0.123" in html and "0.12345" not in html and "blank" in html


def test_a_table_shows_text_as_text():
    frame = pd.DataFrame(
        {"<i>a</i>": ["x < y & z", "<img onerror=alert(1)>"], "b": [0.25, math.nan]}, index=["<b>", "c"]
    )
    html = plots.table(frame, {"b": "{:.1f}"}).to_html()
    for raw in ("<i>", "<b>", "<img", "y & z"):
        assert raw not in html
    assert "x &lt; y &amp; z" in html and ">0.2<" in html and ">–<" in html


def test_bars_of_parts_follow_each_other_and_a_part_keeps_its_colour():
    figure = plots.show_bars({"before": {"draw": 3.0, "rest": 1.0}, "now": {"rest": 1.0}}, x="time")
    (ax,) = figure.axes
    bars = {container.get_label(): container.patches for container in ax.containers}
    assert [bar.get_width() for bar in bars["draw"]] == [3.0, 0.0]
    assert [bar.get_x() for bar in bars["rest"]] == [3.0, 0.0]
    assert len({bar.get_facecolor() for bar in bars["rest"]}) == 1
    assert [label.get_text() for label in ax.get_yticklabels()] == ["before", "now"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["draw", "rest"]


def test_curves_side_by_side_share_their_names():
    curves = {"a": ([0.0, 1.0], [0.0, 1.0]), "b": ([0.0, 1.0], [1.0, 0.0])}
    figure = plots.show_side_by_side(
        {"value": curves, "slope": curves}, x="r", limits={"value": (-1, 2), "slope": (0, 1)}
    )
    assert [ax.get_title() for ax in figure.axes] == ["value", "slope"]
    assert [ax.get_ylim() for ax in figure.axes] == [(-1, 2), (0, 1)]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]
    colours = [[line.get_color() for line in ax.lines] for ax in figure.axes]
    assert colours[0] == colours[1] and len(set(colours[0])) == 2


def test_names_on_a_number_line_do_not_lie_on_each_other():
    values = {
        "blank paper": 900.0,
        "real digits": 0.16,
        "redrawn": 0.2,
        "floor of the split": 0.34,
        "split": 0.54,
    }
    figure = plots.show_number_line(values | {"reduction": 0.82, "joint": 1.23}, x="distance")
    drawn = FigureCanvasAgg(figure)
    drawn.draw()
    (ax,) = figure.axes
    assert [text.get_text().split("\n")[0] for text in ax.texts][::6] == ["real digits", "blank paper"]
    boxes = [text.get_window_extent(drawn.get_renderer()) for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    places = [text.get_position()[0] for text in ax.texts]
    assert places == sorted((values | {"reduction": 0.82, "joint": 1.23}).values())
