"""Walk the latent space: its traits are checked, its lines are torch's, and it is walked in a browser."""

import re

import numpy as np
import pytest
import torch
from browsing import DESKTOP, PHONE, SCREENSHOTS, Visit, served, write_page
from hands import exposed, opened, set_trait
from traitlets import TraitError

import vecnb
from vecnb.data import reference_digits
from vecnb.widgets import WalkLatentSpace

RUNS = ("vae_ours", "vae_ours_no_kl")


@pytest.fixture(scope="module")
def walk():
    return WalkLatentSpace(RUNS)


@pytest.fixture
def fresh(walk):
    """The walk, where it began."""
    walk.model, walk.z, walk.axes = RUNS[0], walk.walks[RUNS[0]].mu[4], (0, 1)
    return walk


# The Python side


def test_the_walk_begins_at_a_four_and_draws_it(fresh):
    model = vecnb.load_model(RUNS[0])
    with torch.no_grad():
        mu, _ = model.encode(reference_digits()[0])
        lines, width, _ = model.decode(mu[4:5])
    np.testing.assert_allclose(fresh.mu, mu, atol=1e-4)
    np.testing.assert_allclose(fresh.lines, lines[0], atol=0.005)  # weights of a byte each: a seventh pixel
    np.testing.assert_allclose(fresh.width, width[0], atol=0.002)
    np.testing.assert_array_equal(fresh.still().lines[0], fresh.lines)


def test_a_code_is_an_array_both_ways(fresh):
    fresh.z = list(fresh.mu[7])
    np.testing.assert_array_equal(fresh.z, fresh.mu[7])
    with pytest.raises(ValueError, match="read-only"):
        fresh.z[0] = 1
    before = fresh.lines
    fresh.set_state({"z": [0.5] * fresh.latent})  # as the page sends it
    np.testing.assert_array_equal(fresh.z, np.full(fresh.latent, 0.5))
    assert np.abs(fresh.lines - before).max() > 0.01
    fresh.set_state({"model": RUNS[1], "axes": [5, 3]})
    assert (fresh.model, fresh.axes) == (RUNS[1], (5, 3))


@pytest.mark.parametrize(
    ("trait", "value", "error", "message"),
    [
        ("z", [0.0] * 31, ValueError, r"z must have shape \[32\], not \[31\]"),
        ("z", [[0.0] * 32], ValueError, r"not \[1, 32\]"),
        ("z", [0.0] * 31 + [np.nan], ValueError, r"z\[31\] = nan is not finite"),
        ("z", ["a"] * 32, TypeError, "z must hold 32 numbers"),
        ("model", "ours", ValueError, "model must be one of vae_ours, vae_ours_no_kl, not 'ours'"),
        ("axes", (3, 3), ValueError, r"two different numbers from 0 to 31, not \(3, 3\)"),
        ("axes", (0, 32), ValueError, r"not \(0, 32\)"),
        ("axes", (0, 1, 2), TraitError, "axes"),
    ],
)
def test_wrong_values_are_named(fresh, trait, value, error, message):
    with pytest.raises(error, match=message):
        setattr(fresh, trait, value)


@pytest.mark.parametrize(
    ("models", "error", "message"),
    [
        (("no_such",), FileNotFoundError, "there is no run 'no_such'; the committed runs are: .*vae_ours"),
        (("ours",), ValueError, "run 'ours' is a LineAutoencoder"),
        (("pixel_vae",), ValueError, "PixelVAE"),
        (("vae_faithful",), TypeError, "cannot pack a LeakyReLU"),
        (("vae_ours", "vae_ours"), ValueError, "same name"),
        ((), ValueError, "at least one run"),
        ("vae_ours", ValueError, "in a list, not 'vae_ours'"),
    ],
)
def test_runs_without_a_space_to_walk_in_are_refused(models, error, message):
    with pytest.raises(error, match=message):
        WalkLatentSpace(models)


def test_a_model_is_below_100_kilobytes(walk):
    assert all(len(packed["weights"]) < 100_000 for packed in walk.packed)


# In the browser

PICTURES = """(svgs) => svgs.map((svg) => [...svg.querySelectorAll("line")].map((line) =>
  ["x1", "y1", "x2", "y2", "stroke-width"].map((name) => Number(line.getAttribute(name)))))"""


@pytest.fixture(params=[("http", DESKTOP, "light"), ("file", PHONE, "dark")], ids=["desktop", "phone"])
def walked(request, fresh, browser, tmp_path):
    """The widget in a page: by mouse on a desk, by finger on a phone."""
    how, size, theme = request.param
    write_page(tmp_path, fresh, theme=theme)
    touch = size is PHONE
    with (
        served(tmp_path, how) as address,
        browser.new_context(viewport=size, has_touch=touch, reduced_motion="no-preference") as context,
    ):
        visit = Visit(context, address)
        visit.page.goto(f"{address}/page.html")
        visit.page.locator(".vecnb-map line").first.wait_for(state="attached")
        yield Hand(visit.page, touch, size["width"])
        assert visit.asked_elsewhere == []
        assert visit.complaints == []


class Hand:
    """A reader's hand upon the widget, with a mouse or a finger."""

    def __init__(self, page, touch, width):
        self.page, self.touch, self.width = page, touch, width

    def press(self, locator):
        locator.tap() if self.touch else locator.click()

    def label(self, name):
        """The drawing that stands for a radio button of this name."""
        return self.page.locator(f'label:has(input[aria-label="{name}"])')

    def drag(self, locator, dx, dy):
        locator.scroll_into_view_if_needed()
        box = locator.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        if not self.touch:
            self.page.mouse.move(x, y)
            self.page.mouse.down()
            self.page.mouse.move(x + dx, y + dy, steps=5)
            self.page.mouse.up()
            return
        finger = self.page.context.new_cdp_session(self.page)
        for kind, share in [("touchStart", 0), *(("touchMove", k / 5) for k in range(1, 6)), ("touchEnd", 1)]:
            points = [] if kind == "touchEnd" else [{"x": x + share * dx, "y": y + share * dy}]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drawings(self, selector):
        return np.array(self.page.locator(selector).evaluate_all(PICTURES))

    def drawn(self):
        """The drawing of the code, [N, 5]."""
        return self.drawings(".vecnb-panel > .vecnb-lines")[0]

    def arrives(self, wanted):
        """The drawing becomes the wanted one, [N, 5]."""
        self.becomes(".vecnb-panel > .vecnb-lines", wanted[None])

    def becomes(self, selector, wanted):
        """Drawings become the wanted ones, within a reader's patience."""
        for _ in range(200):
            if (found := np.abs(self.drawings(selector) - wanted).max()) < 1e-4:
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"the drawing stays {found} from the one that was asked for")


def torchs(walk, model, z):
    """What torch draws for codes [B, K] with the weights that the page has, [B, N, 5]."""
    code = walk.walks[model].decode(torch.as_tensor(np.array(z), dtype=torch.float32))
    return torch.cat([code.lines, code.width[..., None]], -1).numpy()


def test_the_pages_lines_are_torchs(fresh, walked):
    for model, weight in zip(RUNS, ("1", "0"), strict=True):
        walked.press(walked.page.get_by_role("radio", name=weight, exact=True))
        wanted = torchs(fresh, model, fresh.walks[model].mu)
        walked.arrives(wanted[4])
        found = walked.drawings(".vecnb-picker >> nth=0 >> .vecnb-lines")
        np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_reader_walks_from_digit_to_digit(fresh, walked):
    mu, page = fresh.mu, walked.page
    walked.press(walked.label("from 7"))
    walked.arrives(torchs(fresh, RUNS[0], mu[7:8])[0])
    walked.press(walked.label("to 2"))
    walked.arrives(torchs(fresh, RUNS[0], mu[2:3])[0])
    way = page.get_by_role("slider", name="way")
    assert way.input_value() == "1"
    way.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    walked.arrives(torchs(fresh, RUNS[0], [0.7 * mu[7] + 0.3 * mu[2]])[0])
    assert page.get_by_text("7 to 2: 30").is_visible()
    walked.press(page.get_by_role("button", name="Play"))
    page.get_by_role("button", name="Pause").wait_for()
    walked.arrives(torchs(fresh, RUNS[0], mu[2:3])[0])
    page.get_by_role("button", name="Play").wait_for()


def test_a_point_on_the_plane_is_dragged(fresh, walked):
    page, spot = walked.page, walked.page.get_by_role("slider", name="the code, on the plane")

    def code():
        values = re.findall(r"number \d+: (\S+?)(?:,|$)", spot.get_attribute("aria-valuetext"))
        z = np.array(fresh.mu[4])
        z[:2] = [float(value.replace("\u2212", "-")) for value in values]
        return z

    side = page.locator(".vecnb-slice svg").bounding_box()["width"]
    before = code()
    walked.drag(spot, -0.2 * side, 0.1 * side)
    for _ in range(100):  # a finger's last moves come with the next frames
        page.wait_for_timeout(50)
        moved = code() - before
        if np.abs(np.add(moved[:2], [1.4, 0.7])).max() < 0.1:
            break
    else:
        pytest.fail(f"the point was moved by {moved[:2]}")
    page.wait_for_timeout(100)
    np.testing.assert_allclose(walked.drawn(), torchs(fresh, RUNS[0], [code()])[0], atol=5e-3)
    spot.focus()
    before = code()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    np.testing.assert_allclose((code() - before)[:2], [0.7, 0.07], atol=0.011)
    box = page.locator(".vecnb-slice svg").bounding_box()
    middle = {"x": box["width"] / 2, "y": box["height"] / 2}  # where both numbers are 0
    plane = page.locator(".vecnb-slice svg")
    plane.tap(position=middle) if walked.touch else plane.click(position=middle)
    page.wait_for_timeout(300)  # a tap becomes a click when the browser is sure of it
    assert np.abs(code()[:2]).max() < 0.05


def test_other_numbers_come_onto_the_plane(fresh, walked):
    page = walked.page
    across, up = page.get_by_label("across, number"), page.get_by_label("up, number")
    assert (across.input_value(), up.input_value()) == ("0", "1")
    axis, sheet = np.arange(-3, 4), ".vecnb-map g"
    z = np.tile(fresh.mu[4], (7, 7, 1))
    z[..., 0], z[..., 1] = axis, axis[::-1, None]
    cells = torchs(fresh, RUNS[0], z.reshape(49, -1))
    walked.becomes(sheet, cells)
    across.select_option("1")  # which is taken: the two change places
    assert (across.input_value(), up.input_value()) == ("1", "0")
    turned = cells.reshape(7, 7, -1, 5).transpose(1, 0, 2, 3)[::-1, ::-1]
    walked.becomes(sheet, turned.reshape(cells.shape))


def test_the_prior_answers_at_a_click(fresh, walked):
    samples = walked.drawings(".vecnb-picker >> nth=2 >> .vecnb-lines")
    walked.press(walked.label("sample 3 of the prior"))
    walked.arrives(samples[2])
    walked.page.keyboard.press("ArrowRight")
    walked.arrives(samples[3])
    walked.press(walked.page.get_by_role("button", name="Ten others"))
    others = walked.drawings(".vecnb-picker >> nth=2 >> .vecnb-lines")
    assert np.abs(others - samples).max((1, 2)).min() > 0.01
    walked.press(walked.page.get_by_role("radio", name="0", exact=True))  # the same code in another model
    walked.page.wait_for_timeout(100)
    assert np.abs(walked.drawn() - samples[3]).max() > 0.01
    assert walked.page.get_by_text("sample 4 of the prior", exact=True).is_visible()


FOCUSED = """() => { const at = document.activeElement; return {
  name: at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent,
  seen: ["outlineStyle", "stroke"].map((name) => getComputedStyle(
    at.querySelector(".vecnb-reach") ?? (at.closest(".vecnb-picker") ? at.nextElementSibling : at))[name]),
}; }"""


def test_every_control_is_reached_by_keyboard_and_seen_to_be(walked):
    stops = []
    for _ in range(12):
        walked.page.keyboard.press("Tab")
        stops.append(walked.page.evaluate(FOCUSED))
    names = ["1", "the code, on the plane", "across, number", "up, number", "from 4", "to 9", "Play", "way"]
    for stop, name in zip(stops, names, strict=False):
        assert stop["name"].startswith(name), [stop["name"] for stop in stops]
    assert "sample" in stops[8]["name"] and "Ten others" in [stop["name"] for stop in stops[9:]]
    for stop in stops[:9]:
        outline, stroke = stop["seen"]
        assert outline != "none" or stroke == "rgb(11, 92, 173)", stop


def test_nothing_is_too_wide_and_a_picture_is_kept(walked):
    assert walked.page.evaluate("document.documentElement.scrollWidth") <= walked.width
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    walked.page.screenshot(path=SCREENSHOTS / f"walk_latent_space-{walked.width}.png", full_page=True)


def test_a_broken_model_is_told_of(fresh, browser, tmp_path):
    whole = fresh.packed
    fresh.set_trait("packed", [{**whole[0], "weights": b"not deflated"}])
    try:
        write_page(tmp_path, fresh)
    finally:
        fresh.set_trait("packed", whole)
    with browser.new_context(viewport=DESKTOP) as context:
        visit = Visit(context, tmp_path.as_uri())
        visit.page.goto(f"{tmp_path.as_uri()}/page.html")
        assert "Walk the latent space: " in visit.page.get_by_role("alert").text_content()


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("z", [0, 1], "z = [0,1] is not 32 numbers"),
        ("model", "no_such", 'there is no model "no_such"'),
        ("axes", [0, 32], "axes = [0,32] are not from 0 to 31"),
    ],
)
def test_wrong_values_are_shown(fresh, browser, tmp_path, trait, value, message):
    with opened(browser, tmp_path, fresh, "file, desktop, light", exposed) as page:
        set_trait(page, trait, value)
        assert page.get_by_role("alert").text_content() == f"Walk the latent space: {message}"
