"""Break the GAN: its twin is torch's toy, its traits are checked, and it is played in a browser."""

import json
import re

import pytest
import torch
from browsing import PHONE
from cases import close_to
from conftest import ROOT
from hands import WAYS, exposed, opened, picture, set_trait
from torch import Tensor, nn
from traitlets import TraitError

from vecnb.losses import generator_loss, input_slopes, ratio_loss
from vecnb.training.toy import Polygon, circle, curve_distance
from vecnb.widgets import BreakTheGan

CASES = ROOT / "tests" / "js" / "toy.cases.json"


# What the JavaScript is held to


def sines(count: int) -> Tensor:
    return torch.arange(1, count + 1).sin()


def network(hidden: int, scale: float) -> nn.Sequential:
    """r with `hidden` units a layer, its weights scale · sin(k + 1) in torch's order."""
    net = nn.Sequential(
        nn.Linear(2, hidden),
        nn.LeakyReLU(0.2),
        nn.Linear(hidden, hidden),
        nn.LeakyReLU(0.2),
        nn.Linear(hidden, 1),
    )
    count = sum(p.numel() for p in net.parameters())
    nn.utils.vector_to_parameters(scale * sines(count), net.parameters())
    return net


def polygon_of(corners: Tensor) -> Polygon:
    polygon = Polygon(len(corners))
    polygon.corners.data.copy_(corners)
    return polygon


def kept(gradient: Tensor) -> list[float]:
    """All of a gradient when it is short, else two sums that no entry escapes."""
    if len(gradient) < 200:
        return gradient.tolist()
    return [float(gradient @ sines(len(gradient))), float(gradient.square().sum())]


def estimator_loss(net: nn.Module, points: Tensor, r1: float) -> Tensor:
    """The loss of r, as in `vecnb.training.toy.train`."""
    x = points.detach().requires_grad_()
    r = net(x)[:, 0]
    return ratio_loss(*r.chunk(2)) + r1 * input_slopes(r, x).mean()


def network_case(hidden: int, scale: float, batch: int, seed: int) -> dict:
    torch.manual_seed(seed)
    net, polygon = network(hidden, scale), polygon_of(torch.randn(6, 2))
    u_p, u_q = torch.rand(2, batch)
    noise = 0.2 * torch.randn(2 * batch, 2)
    points = torch.cat([polygon(u_p), circle(u_q)]) + noise
    r_p, r_q = net(points)[:, 0].chunk(2)
    case = {
        "hidden": hidden,
        "scale": scale,
        "corners": polygon.corners.flatten().tolist(),
        "u": u_p.tolist(),
    }
    case |= {
        "points": points.flatten().tolist(),
        "r": torch.cat([r_p, r_q]).tolist(),
        "estimator": [],
        "model": [],
    }
    for r1 in (0.0, 0.5):
        loss = estimator_loss(net, points, r1)
        gradient = torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(net.parameters()))])
        case["estimator"].append({"r1": r1, "loss": loss.item(), "gradient": kept(gradient)})
    for kind in ("minimax", "non_saturating"):
        loss = generator_loss(r_p, kind)
        (gradient,) = torch.autograd.grad(loss, polygon.corners, retain_graph=True)
        accuracy = float(((r_p > 0).double().mean() + (r_q < 0).double().mean()) / 2)
        entry = {"kind": kind, "loss": loss.item(), "gradient": gradient.flatten().tolist()}
        case["model"].append(entry | {"accuracy": accuracy})
    return case


def adam_case(case: dict) -> dict:
    """The weights of a network after three steps of Adam on one batch."""
    net = network(case["hidden"], case["scale"])
    points = torch.tensor(case["points"]).reshape(-1, 2)
    adam = torch.optim.Adam(net.parameters(), 5e-3, betas=(0.0, 0.99))
    for _ in range(3):
        adam.zero_grad()
        estimator_loss(net, points, 0.5).backward()
        adam.step()
    return {"r1": 0.5, "rate": 5e-3, "weights": nn.utils.parameters_to_vector(net.parameters()).tolist()}


def polygon_case(corners: Tensor) -> dict:
    polygon, u = polygon_of(corners), torch.tensor([0.0, 0.1, 0.5, 0.7, 0.999])
    distance = curve_distance(polygon)
    case = {"corners": polygon.corners.flatten().tolist(), "u": u.tolist()}
    return case | {"points": polygon(u).flatten().tolist(), "distance": distance}


def mulberry32(seed: int, count: int) -> list[float]:
    """The generator as its author, Tommy Ettinger, gives it in C."""
    numbers, state = [], seed
    for _ in range(count):
        state = z = (state + 0x6D2B79F5) & 0xFFFFFFFF
        z = (z ^ z >> 15) * (z | 1) & 0xFFFFFFFF
        z ^= z + (z ^ z >> 7) * (z | 61) & 0xFFFFFFFF
        numbers.append(((z ^ z >> 14) & 0xFFFFFFFF) / 2**32)
    return numbers


def all_cases() -> dict:
    """In float64, so that six digits are beyond clamp_probabilities."""
    torch.set_default_dtype(torch.float64)
    try:
        return _all_cases()
    finally:
        torch.set_default_dtype(torch.float32)


def _all_cases() -> dict:
    torch.manual_seed(0)
    networks = [network_case(8, 0.6, 8, 0), network_case(64, 0.25, 32, 1)]
    polygons = [Polygon(6).corners.detach(), 1.1 * circle(torch.arange(5) / 5), torch.randn(3, 2)]
    return {
        "networks": networks,
        "adam": adam_case(networks[0]),
        "polygons": [polygon_case(corners) for corners in polygons],
        "mulberry32": mulberry32(0, 3),
    }


def test_the_cases_of_the_javascript_are_torchs():
    close_to(json.loads(CASES.read_text()), all_cases())


# What Python is told


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("noise", float("nan"), "noise must be finite"),
        ("noise", -0.1, "'noise'"),
        ("r1", 2.1, "'r1'"),
        ("rate", float("inf"), "'rate'"),
        ("critic_rate", 0.0, "'critic_rate'"),
        ("critic_steps", 0, "'critic_steps'"),
        ("critic_steps", 1.5, "'critic_steps'"),
        ("loss", "hinge", "'loss'"),
        ("seed", -1, "'seed'"),
    ],
)
def test_a_bad_trait_is_named(trait, value, message):
    with pytest.raises(TraitError, match=message):
        BreakTheGan(**{trait: value})


def test_the_still_picture_shows_both_curves_on_its_paper():
    still = BreakTheGan().still()
    assert still.lines.shape == (1, 48 + 6, 4)
    assert ((still.lines > 0) & (still.lines < 1)).all()


# What a reader does


PATHS = """(curves) => curves.map((curve) => curve.getAttribute("d"))"""


def press(page, locator, **where):
    (locator.tap if page.viewport_size == PHONE else locator.click)(**where)


def push(page, name, share):
    """Press a slider at a share of its length."""
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    press(page, slider, position={"x": share * box["width"], "y": box["height"] / 2})


def value(page, name):
    """What stands beside a slider."""
    return page.get_by_role("slider", name=name, exact=True).get_attribute("aria-valuetext")


def drawn(page, part):
    """The path of a part of the plane."""
    return page.locator(f".vecnb-plane .vecnb-{part}").get_attribute("d")


def step(page):
    """The step that the curves have come to."""
    return int(page.locator(".vecnb-steps span").nth(1).text_content().removeprefix("step "))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def first_step(page):
    """Where the first step of the corners leads from the start, in words and as a polygon."""
    press(page, button(page, "Start again"))
    press(page, button(page, "One step"))  # r has its turn
    press(page, button(page, "One step"))
    page.get_by_text("Step 1: ").wait_for()
    return page.locator(".vecnb-readout").text_content(), drawn(page, "model")


@pytest.mark.parametrize("way", WAYS)
def test_it_runs_and_pauses_and_steps(browser, tmp_path, way):
    with opened(browser, tmp_path, BreakTheGan(), way) as page:
        begin = drawn(page, "model")
        words, moved = first_step(page)
        assert moved != begin and re.fullmatch(r"Step 1: accuracy of r \d+\s%, .*distance [01]\.\d+\.", words)
        field = page.locator(".vecnb-plane canvas").evaluate("(canvas) => canvas.toDataURL()")
        press(page, button(page, "Run"))
        assert button(page, "One step").is_disabled()
        page.locator(".vecnb-steps").first.get_by_text(re.compile("step ([4-9]|[0-9]{2})")).wait_for()
        press(page, button(page, "Pause"))
        page.get_by_text(f"Step {step(page)}: ").wait_for()
        rest = step(page)
        assert page.locator(".vecnb-plane canvas").evaluate("(canvas) => canvas.toDataURL()") != field
        assert all("L" in path for path in page.locator(".vecnb-curve").evaluate_all(PATHS))
        picture(page, "break_the_gan")
        page.wait_for_timeout(200)
        assert step(page) == rest and button(page, "Run").is_visible()
        press(page, button(page, "Start again"))
        page.get_by_text("Step 0: ").wait_for()
        assert drawn(page, "model") == begin


@pytest.mark.parametrize("way", WAYS)
def test_presets_and_sliders_change_what_is_shown(browser, tmp_path, way):
    with opened(browser, tmp_path, BreakTheGan(), way) as page:
        samples, (_, thesis) = drawn(page, "samples-p"), first_step(page)
        assert page.get_by_role("radio", name="As the thesis").is_checked()

        press(page, page.get_by_text("With noise", exact=True))
        page.get_by_text("Step 0: ").wait_for()  # a preset starts again
        assert value(page, "noise on both sides") == "0.30"
        assert page.get_by_text("Watch the samples").is_visible()
        assert drawn(page, "samples-p") != samples
        press(page, page.get_by_text("With R1", exact=True))
        assert (value(page, "noise on both sides"), value(page, "weight of R1, γ")) == ("0.00", "0.50")
        assert first_step(page)[1] != thesis

        press(page, page.get_by_text("As the thesis", exact=True))
        assert first_step(page)[1] == thesis
        for name in ("noise on both sides", "weight of R1, γ", "rate of the corners", "rate of r"):
            before = value(page, name)
            push(page, name, 0.75)
            assert value(page, name) != before, name
            assert first_step(page)[1] != thesis, name
            press(page, page.get_by_text("As the thesis", exact=True))
            assert value(page, name) == before, name
        push(page, "noise on both sides", 0.9)
        assert not page.get_by_role("radio", name="As the thesis").is_checked()
        assert page.get_by_text("Your own").is_visible()


FOCUSED = """() => {
  const at = document.activeElement, radio = at.type === "radio";
  const outline = getComputedStyle(radio ? at.nextElementSibling : at).outlineStyle;
  return [at.labels?.[0]?.textContent ?? at.textContent, outline, getComputedStyle(at).outlineStyle];
}"""


@pytest.mark.parametrize("way", WAYS)
def test_every_control_is_reached_by_keyboard_and_seen_to_be(browser, tmp_path, way):
    with opened(browser, tmp_path, BreakTheGan(), way) as page:
        stops = []
        for _ in range(10):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUSED))
            if stops[-1][0] == "Run":
                picture(page, "break_the_gan_focus")
        names = ["As the thesis", "Run", "One step", "Start again", "noise", "weight of R1", "steps of r"]
        names += ["rate of the corners", "rate of r", "minimax"]
        for (found, *outlines), name in zip(stops, names, strict=True):
            assert found.startswith(name), stops
            assert "solid" in outlines, (found, outlines)
        for _ in range(2):
            button(page, "One step").press("Enter")
        page.get_by_text("Step 1: ").wait_for()
        page.get_by_role("slider", name="noise on both sides").press("ArrowRight")
        assert value(page, "noise on both sides") == "0.02"


@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ('"noise": 0.0', '"noise": "much"', "noise = much is not a number"),
        ('"rate": 1.0', '"rate": 7', "rate = 7 is not from 0 to 2"),
        ('"loss": "minimax"', '"loss": "hinge"', 'there is no loss "hinge"'),
        ('"seed": 0', '"seed": null', "seed = null is not a number"),
    ],
)
def test_bad_state_is_shown(browser, tmp_path, good, bad, message):
    def spoil(text: str) -> str:
        assert good in text
        return text.replace(good, bad)

    with opened(browser, tmp_path, BreakTheGan(), "file, desktop, light", spoil) as page:
        assert page.get_by_role("alert").text_content() == f"Break the GAN: {message}"


def test_what_goes_wrong_while_it_runs_is_shown(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan(), "file, desktop, light", exposed) as page:
        button(page, "Run").click()
        set_trait(page, "r1", -1)
        assert page.get_by_role("alert").text_content() == "Break the GAN: r1 = -1 is not from 0 to 2"


if __name__ == "__main__":  # write the cases anew
    CASES.write_text(json.dumps(all_cases()) + "\n")
