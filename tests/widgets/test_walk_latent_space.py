"""Walk the latent space: its traits are checked, its lines are torch's, and it is used in a browser."""

import re

import numpy as np
import pytest
import torch
from conftest import ROOT
from gestures import DEVICES, drag_between, opened, press, set_trait
from pages import screenshot, visit, write_page
from traitlets import TraitError

import vecnb
from vecnb.data import reference_digits
from vecnb.widgets import WalkLatentSpace

RESULTS = ROOT / "book" / "results"
MODELS = ("vae", RESULTS / "vae" / "no_kl")


@pytest.fixture(scope="module")
def shared_walk():
    return WalkLatentSpace(MODELS)


@pytest.fixture
def walk(shared_walk):
    """The walk in its initial state."""
    shared_walk.model = "vae"
    shared_walk.z, shared_walk.axes = shared_walk.mu[4], (0, 1)
    return shared_walk


# Python


def test_the_walk_begins_at_a_four_and_draws_it(walk):
    model = vecnb.load_model("vae")
    with torch.no_grad():
        mu, _ = model.encode(reference_digits(fallback="subset")[0])
        lines, width, _ = model.decode(mu[4:5])
    np.testing.assert_allclose(walk.mu, mu, atol=1e-4)
    np.testing.assert_allclose(walk.lines, lines[0], atol=0.005)  # weights of a byte each: a seventh pixel
    np.testing.assert_allclose(walk.width, width[0], atol=0.002)
    np.testing.assert_array_equal(walk.still().lines[0], walk.lines)


def test_a_code_is_an_array_both_ways(walk):
    walk.z = list(walk.mu[7])
    np.testing.assert_array_equal(walk.z, walk.mu[7])
    with pytest.raises(ValueError, match="read-only"):
        walk.z[0] = 1
    before = walk.lines
    walk.set_state({"z": [0.5] * walk.latent_size})  # as the page sends it
    np.testing.assert_array_equal(walk.z, np.full(walk.latent_size, 0.5))
    assert np.abs(walk.lines - before).max() > 0.01
    walk.set_state({"model": "no_kl", "axes": [5, 3]})
    assert (walk.model, walk.axes) == ("no_kl", (5, 3))


@pytest.mark.parametrize(
    ("trait", "value", "error", "message"),
    [
        ("z", [0.0] * 31, ValueError, r"z must have shape \[32\], not \[31\]"),
        ("z", [[0.0] * 32], ValueError, r"not \[1, 32\]"),
        ("z", [0.0] * 31 + [np.nan], ValueError, r"z\[31\] = nan is not finite"),
        ("z", ["a"] * 32, TypeError, "z must hold 32 numbers"),
        ("model", "split", ValueError, "model must be one of vae, no_kl, not 'split'"),
        ("axes", (3, 3), ValueError, r"two different numbers from 0 to 31, not \(3, 3\)"),
        ("axes", (0, 32), ValueError, r"not \(0, 32\)"),
        ("axes", (0, 1, 2), TraitError, "axes"),
    ],
)
def test_wrong_values_are_named(walk, trait, value, error, message):
    with pytest.raises(error, match=message):
        setattr(walk, trait, value)


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        (("no_such",), FileNotFoundError, "there is no model 'no_such': name one of .*vae"),
        (("autoencoder",), ValueError, "'autoencoder' is of class LineAutoencoder"),
        ((RESULTS / "vae" / "pixels",), ValueError, "PixelVAE"),
        ((RESULTS / "vae" / "thesis",), TypeError, "cannot pack a LeakyReLU"),
        (("vae", "vae"), ValueError, "same name"),
        ((), ValueError, "at least one model"),
        ("vae", ValueError, "in a list, not 'vae'"),
    ],
)
def test_models_without_a_latent_space_of_lines_are_refused(models, error, message):
    with pytest.raises(error, match=message):
        WalkLatentSpace(models)


def test_a_model_is_below_100_kilobytes(walk):
    assert all(len(model["weights"]) < 100_000 for model in walk.models)


# In the browser

DRAWINGS = """(svgs) => svgs.map((svg) => [...svg.querySelectorAll("line")].map((line) =>
  ["x1", "y1", "x2", "y2", "stroke-width"].map((name) => Number(line.getAttribute(name)))))"""
CODE = ".vecnb-panel > .vecnb-drawing"


@pytest.fixture(params=["desktop"])
def page(request, walk, browser, tmp_path):
    """A page with the walk; `on_every_device` asks for all devices."""
    with opened(browser, tmp_path, walk, request.param) as page:
        page.locator(".vecnb-map line").first.wait_for(state="attached")
        yield page


on_every_device = pytest.mark.parametrize("page", DEVICES, indirect=True)


def drawings(page, selector):
    return np.array(page.locator(selector).evaluate_all(DRAWINGS))


def becomes(page, selector, wanted):
    """Wait until drawings are the wanted ones."""
    for _ in range(200):
        if (found := np.abs(drawings(page, selector) - wanted).max()) < 1e-4:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the drawing stays {found} from the one that was asked for")


def picker_label(page, name):
    """The drawing that stands for a radio button of this name."""
    return page.locator(f'label:has(input[aria-label="{name}"])')


def decoded(walk, model, z):
    """The drawings [B, N, 5] of codes [B, K], as torch computes them with the page's weights."""
    strokes = walk.decode(model, z)
    return torch.cat([strokes.lines, strokes.width[..., None]], -1).numpy()


def test_the_pages_lines_are_torchs(walk, page):
    for model, weight in zip(("vae", "no_kl"), ("1", "0"), strict=True):
        press(page, page.get_by_role("radio", name=weight, exact=True))
        wanted = decoded(walk, model, walk._models[model].mu)
        becomes(page, CODE, wanted[4:5])
        found = drawings(page, ".vecnb-picker >> nth=0 >> .vecnb-drawing")
        np.testing.assert_allclose(found, wanted, atol=1e-4)


@on_every_device
def test_a_reader_walks_from_digit_to_digit(walk, page):
    mu = walk.mu
    press(page, picker_label(page, "from 7"))
    becomes(page, CODE, decoded(walk, "vae", mu[7:8]))
    press(page, picker_label(page, "to 2"))
    becomes(page, CODE, decoded(walk, "vae", mu[2:3]))
    way = page.get_by_role("slider", name="way")
    assert way.input_value() == "1"
    way.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    becomes(page, CODE, decoded(walk, "vae", [0.7 * mu[7] + 0.3 * mu[2]]))
    assert page.get_by_text("7 to 2: 30").is_visible()
    press(page, page.get_by_role("button", name="Play"))
    page.get_by_role("button", name="Pause").wait_for()
    becomes(page, CODE, decoded(walk, "vae", mu[2:3]))
    page.get_by_role("button", name="Play").wait_for()
    screenshot(page, "walk_latent_space")


@on_every_device
def test_a_point_on_the_plane_is_dragged(walk, page):
    marker = page.get_by_role("slider", name="the code, on the plane")

    def code():
        values = re.findall(r"number \d+: (\S+?)(?:,|$)", marker.get_attribute("aria-valuetext"))
        z = np.array(walk.mu[4])
        z[:2] = [float(value.replace("\u2212", "-")) for value in values]
        return z

    plane = page.locator(".vecnb-latent-plane svg")
    side, before = plane.bounding_box()["width"], code()
    marker.scroll_into_view_if_needed()
    box = marker.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    drag_between(page, (x, y), (x - 0.2 * side, y + 0.1 * side), steps=5)
    for _ in range(100):  # a finger's last moves come with the next frames
        page.wait_for_timeout(50)
        moved = code() - before
        if np.abs(np.add(moved[:2], [1.4, 0.7])).max() < 0.1:
            break
    else:
        pytest.fail(f"the point was moved by {moved[:2]}")
    page.wait_for_timeout(100)
    np.testing.assert_allclose(drawings(page, CODE), decoded(walk, "vae", [code()]), atol=5e-3)
    marker.focus()
    before = code()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    np.testing.assert_allclose((code() - before)[:2], [0.7, 0.07], atol=0.011)
    press(page, plane, position={"x": side / 2, "y": side / 2})  # where both numbers are 0
    page.wait_for_timeout(300)  # a tap becomes a click after a delay
    assert np.abs(code()[:2]).max() < 0.05


def test_other_dimensions_come_onto_the_plane(walk, page):
    across, up = page.get_by_label("across, number"), page.get_by_label("up, number")
    assert (across.input_value(), up.input_value()) == ("0", "1")
    axis, cells = np.arange(-3, 4), ".vecnb-map g"
    z = np.tile(walk.mu[4], (7, 7, 1))
    z[..., 0], z[..., 1] = axis, axis[::-1, None]
    wanted = decoded(walk, "vae", z.reshape(49, -1))
    becomes(page, cells, wanted)
    across.select_option("1")  # the other axis has it: the two swap
    assert (across.input_value(), up.input_value()) == ("1", "0")
    turned = wanted.reshape(7, 7, -1, 5).transpose(1, 0, 2, 3)[::-1, ::-1]
    becomes(page, cells, turned.reshape(wanted.shape))


def test_samples_of_the_prior_are_chosen(walk, page):
    prior = ".vecnb-picker >> nth=2 >> .vecnb-drawing"
    samples = drawings(page, prior)
    press(page, picker_label(page, "sample 3 of the prior"))
    becomes(page, CODE, samples[2:3])
    page.keyboard.press("ArrowRight")
    becomes(page, CODE, samples[3:4])
    press(page, page.get_by_role("button", name="Ten others"))
    others = drawings(page, prior)
    assert np.abs(others - samples).max((1, 2)).min() > 0.01
    press(page, page.get_by_role("radio", name="0", exact=True))  # the same code in another model
    page.wait_for_timeout(100)
    assert np.abs(drawings(page, CODE)[0] - samples[3]).max() > 0.01
    assert page.get_by_text("sample 4 of the prior", exact=True).is_visible()


FOCUSED = """() => { const at = document.activeElement; return {
  name: at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent,
  seen: ["outlineStyle", "stroke"].map((name) => getComputedStyle(
    at.querySelector(".vecnb-target") ?? (at.closest(".vecnb-picker") ? at.nextElementSibling : at))[name]),
}; }"""


def test_every_control_is_reached_by_keyboard_and_seen_to_be(page):
    stops = []
    for _ in range(12):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    names = ["1", "the code, on the plane", "across, number", "up, number", "from 4", "to 9", "Play", "way"]
    for stop, name in zip(stops, names, strict=False):
        assert stop["name"].startswith(name), [stop["name"] for stop in stops]
    assert "sample" in stops[8]["name"] and "Ten others" in [stop["name"] for stop in stops[9:]]
    for stop in stops[:9]:
        outline, stroke = stop["seen"]
        assert outline != "none" or stroke == "rgb(11, 92, 173)", stop


def test_a_broken_model_is_reported(walk, browser, tmp_path):
    whole = walk.models
    walk.set_trait("models", [{**whole[0], "weights": b"not compressed"}])
    try:
        write_page(tmp_path, walk)
    finally:
        walk.set_trait("models", whole)
    with visit(browser, tmp_path) as page:
        assert "Walk the latent space: " in page.get_by_role("alert").text_content()


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("z", [0, 1], "z = [0,1] is not 32 numbers"),
        ("model", "no_such", 'there is no model "no_such"'),
        ("axes", [0, 32], "axes = [0,32] are not from 0 to 31"),
    ],
)
def test_wrong_values_are_shown(page, trait, value, message):
    set_trait(page, trait, value)
    assert page.get_by_role("alert").text_content() == f"Walk the latent space: {message}"
