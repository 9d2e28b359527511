"""A ratio on a line: its densities and its discriminator are SciPy's, its traits are checked, it is used."""

import itertools
import math

import numpy as np
import pytest
import shared_vectors
from gestures import DEVICES, drag_between, handle, opened, replacing, small_controls
from pages import screenshot
from scipy.integrate import quad
from scipy.special import log_ndtr
from scipy.stats import norm
from traitlets import TraitError

from vecnb.widgets import RatioOnALine

# The vectors of tests/js/ratio_on_a_line.test.js

CASES = {
    "bells": {"shape": "gaussian", "p": (1.0, 0.8), "q": (-0.5, 0.8), "noise": 0.0},
    "bells of two widths, with noise": {"shape": "gaussian", "p": (0.5, 0.3), "q": (-1.0, 1.5), "noise": 0.4},
    "boxes that overlap": {"shape": "uniform", "p": (0.5, 1.0), "q": (-0.5, 1.0), "noise": 0.0},
    "boxes with noise": {"shape": "uniform", "p": (2.0, 0.4), "q": (-1.0, 0.6), "noise": 1.0},
    "boxes with little noise": {"shape": "uniform", "p": (2.0, 0.4), "q": (-1.0, 0.6), "noise": 0.2},
}
PLACES = (-3.5, -1.0, 0.0, 0.4, 1.5, 3.5)


def log_density(x: float, side: tuple[float, float], shape: str, noise: float) -> float:
    centre, width = side
    if shape == "gaussian":
        return float(norm.logpdf(x, centre, math.hypot(width, noise)))
    if noise == 0:
        return -math.log(2 * width) if abs(x - centre) <= width else -math.inf
    # The farther half of the line: a difference of tails, none of which is near 1.
    near, far = ((width * sign - abs(x - centre)) / noise for sign in (1, -1))
    tails = log_ndtr(near), log_ndtr(far)
    return float(tails[0] + math.log1p(-math.exp(tails[1] - tails[0])) - math.log(2 * width))


def discriminator(shape: str, p: tuple, q: tuple, noise: float) -> dict:
    """What the best discriminator achieves, by adaptive quadrature between the edges of the boxes."""
    reach = [edge for c, w in (p, q) for edge in (c - w, c + w)]
    ends = [min(reach) - 12, *sorted(reach), max(reach) + 12]

    def mean(value) -> float:
        parts = [quad(value, a, b, epsabs=1e-10, limit=200)[0] for a, b in itertools.pairwise(ends)]
        return float(sum(parts))

    def both(x: float) -> tuple[float, float, float, float]:
        logs = log_density(x, p, shape, noise), log_density(x, q, shape, noise)
        return *logs, *map(math.exp, logs)

    def half_kl(at: float, other: float) -> float:
        return at * math.log(2 * at / (at + other)) / 2 if at > 0 else 0.0

    def js(x: float) -> float:
        *_, at_p, at_q = both(x)
        return half_kl(at_p, at_q) + half_kl(at_q, at_p)

    def belief(x: float) -> float:
        *_, at_p, at_q = both(x)
        return at_p * at_p / (at_p + at_q) if at_p > 0 else 0.0

    def divergence(x: float) -> float:
        log_p, log_q, at_p, _ = both(x)
        return at_p * (log_p - log_q) if at_p > 0 else 0.0

    parted = shape == "uniform" and noise == 0
    non_saturating = mean(belief)
    return {
        "accuracy": mean(lambda x: max(both(x)[2:]) / 2),
        "js": mean(js),
        "divergence": None if parted else mean(divergence),  # infinite
        "minimax": 1 - non_saturating,
        "nonSaturating": non_saturating,
    }


def vector(name: str) -> dict:
    case = CASES[name]
    found = [
        [log_density(x, case[side], case["shape"], case["noise"]) for x in PLACES] for side in ("p", "q")
    ]
    logs = [[None if math.isinf(value) else value for value in values] for values in found]
    sides = {side: dict(zip(("centre", "width"), case[side], strict=True)) for side in ("p", "q")}
    state = {"shape": case["shape"], "noise": case["noise"]} | sides
    return {"name": name, "state": state, "places": list(PLACES), "logs": logs, "best": discriminator(**case)}


def vectors() -> list[dict]:
    return [vector(name) for name in CASES]


def test_the_vectors_are_scipys():
    shared_vectors.check("ratio_on_a_line", vectors(), tolerance=1e-7)


# Python


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("shape", "triangle", "shape"),
        ("p_centre", 3.5, "p_centre"),
        ("p_width", 0.0, "p_width"),
        ("q_width", float("nan"), "q_width must be finite"),
        ("noise", -0.1, "noise"),
    ],
)
def test_a_bad_trait_is_named(trait, value, message):
    with pytest.raises(TraitError, match=message):
        RatioOnALine(**{trait: value})


@pytest.mark.parametrize("shape", ["gaussian", "uniform"])
def test_the_still_picture_shows_both_densities(shape):
    lines = RatioOnALine(shape=shape).still().lines
    assert lines.shape == (1, 160, 4) and ((lines >= 0) & (lines <= 1)).all()
    tops = lines[0, :80, :2][lines[0, :80, 1].argmin()], lines[0, 80:, :2][lines[0, 80:, 1].argmin()]
    assert tops[0][0] < tops[1][0]  # the data's to the left of the model's


# In the browser


def cells(page):
    return page.locator(".vecnb-table td").all_text_contents()[::2]


@pytest.mark.parametrize("device", DEVICES)
def test_boxes_part_and_noise_brings_r_back(browser, tmp_path, device):
    with opened(browser, tmp_path, RatioOnALine(), device) as page:
        height, best = page.locator(".vecnb").bounding_box()["height"], discriminator(**CASES["bells"])
        assert cells(page) == [
            f"{best['accuracy']:.0%}".replace("%", "\u00a0%"),
            f"{best['js']:.2f}",
            f"{best['divergence']:.2f}",
            f"{best['minimax']:.3f}",
            f"{best['nonSaturating']:.3f}",
        ]
        assert page.locator(".vecnb-chart output").text_content() == "1.8"  # a²/2σ², {eq}`eq-two-points`
        page.get_by_label("Parted", exact=True).check()
        page.get_by_text("nothing in common").wait_for()
        assert cells(page) == ["100\u00a0%", "0.69", "∞", "0", "1.00"]
        assert page.locator(".vecnb-chart output").text_content() == "≥ 10"
        screenshot(page, "ratio_on_a_line_parted")
        page.get_by_label("Parted, with noise").check()
        page.get_by_text("They overlap").wait_for()
        assert cells(page)[0] == f"{discriminator(**CASES['boxes with noise'])['accuracy']:.0%}".replace(
            "%", "\u00a0%"
        )
        assert page.locator(".vecnb").bounding_box()["height"] == height  # nothing jumps
        screenshot(page, "ratio_on_a_line")


@pytest.mark.parametrize("device", DEVICES)
def test_a_centre_is_dragged(browser, tmp_path, device):
    with opened(browser, tmp_path, RatioOnALine(), device) as page:
        target = handle(page, "centre of the model, p").locator(".vecnb-target")
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert device == "desktop" or box["height"] >= 44
        start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        width = page.locator(".vecnb-densities").bounding_box()["width"]
        drag_between(page, start, (start[0] - 1.5 / 8 * width, start[1]))  # from 1 to the data's centre
        page.get_by_text("Hardly to be told apart").wait_for()
        assert handle(page, "centre of the model, p").get_attribute("aria-valuetext") == "\u22120.50"
        assert cells(page)[:2] == ["50\u00a0%", "0.00"]
        assert not page.get_by_label("Overlap").is_checked()


def test_by_keyboard(browser, tmp_path):
    with opened(browser, tmp_path, RatioOnALine()) as page:
        handle(page, "centre of the data, q").press("Shift+ArrowLeft")
        page.wait_for_function("() => document.activeElement.getAttribute('aria-valuetext') === '\u22121.30'")
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => document.activeElement.getAttribute('aria-valuetext') === '\u22121.22'")
        page.get_by_label("boxes").check()
        page.get_by_text("nothing in common").wait_for()
        page.get_by_label("noise on both").press("End")
        page.get_by_text("They overlap").wait_for()
        np.testing.assert_allclose(page.evaluate("[model.get('noise'), model.get('q_centre')]"), [2, -1.22])


def test_a_finger_finds_every_control(browser, tmp_path):
    with opened(browser, tmp_path, RatioOnALine(), "phone") as page:
        assert small_controls(page) == []


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('"p_centre": 1.0', '"p_centre": 30', "p_centre = 30 is not from -3 to 3"),
        ('"shape": "gaussian"', '"shape": "triangle"', 'there is no shape "triangle"'),
    ],
)
def test_a_bad_state_is_shown(browser, tmp_path, good, bad, message):
    with opened(browser, tmp_path, RatioOnALine(), edit=replacing(good, bad)) as page:
        assert page.get_by_role("alert").text_content() == f"A ratio on a line: {message}"
