"""Traits that check what they are given, and what every widget has."""

import numpy as np
import pytest
import traitlets

from vecnb import widgets
from vecnb.widgets.traits import FiniteFloat, Lines


class Holder(traitlets.HasTraits):
    lines = Lines([[0, 0, 1, 1]])
    number = FiniteFloat(1.0)


def test_lines_are_an_array_both_ways():
    holder = Holder()
    holder.lines = [[0.1, 0.2, 0.3, 0.4]]
    np.testing.assert_array_equal(holder.lines, [[0.1, 0.2, 0.3, 0.4]])
    with pytest.raises(ValueError, match="read-only"):
        holder.lines[0, 0] = 1


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([0.1, 0.2, 0.3, 0.4], ValueError, r"lines must have shape \[N, 4\].*not \[4\]"),
        (np.zeros((2, 3)), ValueError, r"not \[2, 3\]"),
        (np.zeros((0, 4)), ValueError, r"not \[0, 4\]"),
        ([[0, 0, 1, 1], [0, 0, np.nan, 1]], ValueError, r"lines\[1\] = .* is not finite"),
        ([["a", 0, 1, 1]], TypeError, "must hold numbers"),
    ],
)
def test_bad_lines_are_named(value, error, message):
    with pytest.raises(error, match=message):
        Holder().lines = value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_number_must_be_finite(value):
    with pytest.raises(traitlets.TraitError, match="number must be finite"):
        Holder().number = value


def test_the_bounds_of_the_sliders_are_those_of_the_traits():
    bounds = widgets.DragALine().bounds
    assert bounds == {
        "alpha": [1, 10_000],
        "sharpness": [10, 1000],
        "stroke_width": [0.5 / 28, 8 / 28],
    }


def test_a_widget_brings_its_still_picture_and_displays_nothing_else(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    data, _ = widgets.DragALine()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/html"].count("<line ") == 2
    assert shown == []
