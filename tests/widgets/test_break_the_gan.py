"""Break the GAN: its JavaScript trains as Python does, its traits are checked, and it runs in a browser."""

import re

import pytest
import shared_vectors
import torch
from gestures import DEVICES, opened, press, replacing, set_trait
from pages import screenshot
from torch import Tensor, nn
from traitlets import TraitError

from vecnb.losses import generator_loss, input_slopes, ratio_loss
from vecnb.training import toy
from vecnb.training.toy import Polygon, ToyConfig, circle, curve_distance
from vecnb.widgets import BreakTheGan

# The vectors of tests/js/toy.test.js


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


def digest(gradient: Tensor) -> list[float]:
    """A short gradient as it is, a long one as two sums to which every entry contributes."""
    if len(gradient) < 200:
        return gradient.tolist()
    return [float(gradient @ sines(len(gradient))), float(gradient.square().sum())]


def discriminator_loss(net: nn.Module, points: Tensor, r1: float) -> Tensor:
    """The loss of r, as in `vecnb.training.toy.train`."""
    x = points.detach().requires_grad_()
    r = net(x)[:, 0]
    return ratio_loss(*r.chunk(2)) + r1 * input_slopes(r, x).mean()


def network_vector(hidden: int, scale: float, batch: int, seed: int) -> dict:
    torch.manual_seed(seed)
    net, polygon = network(hidden, scale), polygon_of(torch.randn(6, 2))
    u_p, u_q = torch.rand(2, batch)
    noise = 0.2 * torch.randn(2 * batch, 2)
    points = torch.cat([polygon(u_p), circle(u_q)]) + noise
    r_p, r_q = net(points)[:, 0].chunk(2)
    discriminator, model = [], []
    for r1 in (0.0, 0.5):
        loss = discriminator_loss(net, points, r1)
        gradient = torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(net.parameters()))])
        discriminator.append({"r1": r1, "loss": loss.item(), "gradient": digest(gradient)})
    accuracy = float(((r_p > 0).double().mean() + (r_q < 0).double().mean()) / 2)
    for kind in ("minimax", "non_saturating"):
        loss = generator_loss(r_p, kind)
        (gradient,) = torch.autograd.grad(loss, polygon.corners, retain_graph=True)
        entry = {"kind": kind, "loss": loss.item(), "gradient": gradient.flatten().tolist()}
        model.append(entry | {"accuracy": accuracy})
    return {
        "hidden": hidden,
        "scale": scale,
        "corners": polygon.corners.flatten().tolist(),
        "u": u_p.tolist(),
        "points": points.flatten().tolist(),
        "r": torch.cat([r_p, r_q]).tolist(),
        "discriminator": discriminator,
        "model": model,
    }


def adam_vector(one: dict) -> dict:
    """The weights of a network after three steps of Adam on one batch."""
    net = network(one["hidden"], one["scale"])
    points = torch.tensor(one["points"]).reshape(-1, 2)
    adam = torch.optim.Adam(net.parameters(), 5e-3, betas=(0.0, 0.99))
    for _ in range(3):
        adam.zero_grad()
        discriminator_loss(net, points, 0.5).backward()
        adam.step()
    weights = nn.utils.parameters_to_vector(net.parameters()).tolist()
    return {"r1": 0.5, "learning_rate": 5e-3, "weights": weights}


def polygon_vector(corners: Tensor) -> dict:
    polygon, u = polygon_of(corners), torch.tensor([0.0, 0.1, 0.5, 0.7, 0.999])
    distance = curve_distance(polygon)
    vector = {"corners": polygon.corners.flatten().tolist(), "u": u.tolist()}
    return vector | {"points": polygon(u).flatten().tolist(), "distance": distance}


class Mulberry32:
    """The generator as its author, Tommy Ettinger, gives it in C, and what random.js makes of it."""

    def __init__(self, seed: int):
        self.state = seed

    def number(self) -> float:
        self.state = z = (self.state + 0x6D2B79F5) & 0xFFFFFFFF
        z = (z ^ z >> 15) * (z | 1) & 0xFFFFFFFF
        z ^= z + (z ^ z >> 7) * (z | 61) & 0xFFFFFFFF
        return ((z ^ z >> 14) & 0xFFFFFFFF) / 2**32

    def rand(self, *shape: int) -> Tensor:
        return torch.tensor([self.number() for _ in range(torch.Size(shape).numel())]).reshape(shape)

    def randn(self, *shape: int) -> Tensor:
        u, v = self.rand(torch.Size(shape).numel(), 2).T
        return (torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * torch.pi * v)).reshape(shape)


def training_vector(monkeypatch: pytest.MonkeyPatch, steps: int, seed: int, **settings) -> dict:
    """The first steps of `train` on the random numbers that the page draws; settings as the page names them."""
    names = {"r1": "r1", "noise": "noise", "loss": "loss", "batchSize": "batch_size"}
    names |= {"discriminatorSteps": "discriminator_steps"}
    config = ToyConfig(steps=steps, seed=seed, **{names[name]: value for name, value in settings.items()})
    random, net = Mulberry32(seed), toy.ratio_network()
    for layer in (net[0], net[2], net[4]):
        for values in (layer.weight, layer.bias):
            values.data.copy_((2 * random.rand(*values.shape) - 1) / layer.in_features**0.5)
    monkeypatch.setattr(toy, "ratio_network", lambda: net)
    monkeypatch.setattr(torch, "rand", random.rand)
    # The page draws normal numbers only where there is noise.
    monkeypatch.setattr(torch, "randn", random.randn if config.noise else lambda *shape: torch.zeros(shape))
    toy.sample_both(config, Polygon(config.corners))  # the page's first batch, before any step
    run = toy.train(config, every=1)
    monkeypatch.undo()
    return {
        "settings": settings,
        "seed": seed,
        "corners": [corners.flatten().tolist() for corners in run.corners],
        "accuracy": run.accuracy,
        "gradient_norm": run.gradient,
    }


def vectors() -> dict:
    """In float64, so that six digits are certain."""
    torch.set_default_dtype(torch.float64)
    try:
        with pytest.MonkeyPatch.context() as monkeypatch:
            return _vectors(monkeypatch)
    finally:
        torch.set_default_dtype(torch.float32)


def _vectors(monkeypatch: pytest.MonkeyPatch) -> dict:
    networks = [network_vector(8, 0.6, 8, 0), network_vector(64, 0.25, 32, 1)]
    torch.manual_seed(0)
    polygons = [Polygon(6).corners.detach(), 1.1 * circle(torch.arange(5) / 5), torch.randn(3, 2)]
    small = {"batchSize": 16, "discriminatorSteps": 5}
    trainings = [
        training_vector(monkeypatch, 8, 0, **small),
        training_vector(monkeypatch, 8, 1, noise=0.3, loss="non_saturating", **small),
        training_vector(monkeypatch, 8, 2, r1=0.5, **small),
    ]
    return {
        "networks": networks,
        "adam": adam_vector(networks[0]),
        "polygons": [polygon_vector(corners) for corners in polygons],
        "trainings": trainings,
        "mulberry32": Mulberry32(0).rand(3).tolist(),
    }


def test_the_vectors_are_torchs():
    shared_vectors.check("toy", vectors())


# Python


@pytest.mark.parametrize(
    ("trait", "value", "message"),
    [
        ("noise", float("nan"), "noise must be finite"),
        ("noise", -0.1, "'noise'"),
        ("r1", 2.1, "'r1'"),
        ("learning_rate", float("inf"), "'learning_rate'"),
        ("discriminator_learning_rate", 0.0, "'discriminator_learning_rate'"),
        ("discriminator_steps", 0, "'discriminator_steps'"),
        ("discriminator_steps", 1.5, "'discriminator_steps'"),
        ("loss", "hinge", "'loss'"),
        ("seed", -1, "'seed'"),
    ],
)
def test_a_bad_trait_is_named(trait, value, message):
    with pytest.raises(TraitError, match=message):
        BreakTheGan(**{trait: value})


def test_the_still_picture_shows_both_curves_on_its_canvas():
    still = BreakTheGan().still()
    assert still.lines.shape == (1, 48 + 6, 4)
    assert ((still.lines > 0) & (still.lines < 1)).all()


# In the browser

PATHS = """(curves) => curves.map((curve) => curve.getAttribute("d"))"""


def push(page, name, share):
    """Press a slider at a share of its length."""
    slider = page.get_by_role("slider", name=name, exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    press(page, slider, position={"x": share * box["width"], "y": box["height"] / 2})


def value(page, name):
    """The text beside a slider."""
    return page.get_by_role("slider", name=name, exact=True).get_attribute("aria-valuetext")


def drawn(page, part):
    """The path of a part of the plane."""
    return page.locator(f".vecnb-plane .vecnb-{part}").get_attribute("d")


def step(page):
    """The step at the end of the curves."""
    return int(page.locator(".vecnb-axis-labels span").nth(1).text_content().removeprefix("step "))


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def first_step(page):
    """The result of the first step of the corners from the start, in words and as a polygon."""
    press(page, button(page, "Start again"))
    press(page, button(page, "One step"))  # the discriminator's steps
    press(page, button(page, "One step"))
    page.get_by_text("Step 1: ").wait_for()
    return page.locator(".vecnb-live").text_content(), drawn(page, "model")


@pytest.mark.parametrize("device", DEVICES)
def test_it_runs_and_pauses_and_steps(browser, tmp_path, device):
    with opened(browser, tmp_path, BreakTheGan(), device) as page:
        begin = drawn(page, "model")
        words, moved = first_step(page)
        assert moved != begin and re.fullmatch(r"Step 1: accuracy of r \d+\s%, .*distance [01]\.\d+\.", words)
        field = page.locator(".vecnb-plane canvas").evaluate("(canvas) => canvas.toDataURL()")
        press(page, button(page, "Run"))
        assert button(page, "One step").is_disabled()
        page.locator(".vecnb-axis-labels").first.get_by_text(re.compile("step ([4-9]|[0-9]{2})")).wait_for()
        press(page, button(page, "Pause"))
        page.get_by_text(f"Step {step(page)}: ").wait_for()
        rest = step(page)
        assert page.locator(".vecnb-plane canvas").evaluate("(canvas) => canvas.toDataURL()") != field
        assert all("L" in path for path in page.locator(".vecnb-curve").evaluate_all(PATHS))
        screenshot(page, "break_the_gan")
        page.wait_for_timeout(200)
        assert step(page) == rest and button(page, "Run").is_visible()
        press(page, button(page, "Start again"))
        page.get_by_text("Step 0: ").wait_for()
        assert drawn(page, "model") == begin


def test_presets_and_sliders_change_what_is_shown(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan()) as page:
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


def test_every_control_is_reached_by_keyboard_and_seen_to_be(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan()) as page:
        stops = []
        for _ in range(10):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(FOCUSED))
            if stops[-1][0] == "Run":
                screenshot(page, "break_the_gan_focus")
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
        ('"learning_rate": 1.0', '"learning_rate": 7', "learning_rate = 7 is not from 0 to 2"),
        ('"loss": "minimax"', '"loss": "hinge"', 'there is no loss "hinge"'),
        ('"seed": 0', '"seed": null', "seed = null is not a number"),
    ],
)
def test_a_bad_state_is_shown(browser, tmp_path, good, bad, message):
    with opened(browser, tmp_path, BreakTheGan(), edit=replacing(good, bad)) as page:
        assert page.get_by_role("alert").text_content() == f"Break the GAN: {message}"


def test_what_goes_wrong_while_it_runs_is_shown(browser, tmp_path):
    with opened(browser, tmp_path, BreakTheGan()) as page:
        button(page, "Run").click()
        set_trait(page, "r1", -1)
        assert page.get_by_role("alert").text_content() == "Break the GAN: r1 = -1 is not from 0 to 2"


if __name__ == "__main__":
    shared_vectors.write("toy", vectors())
