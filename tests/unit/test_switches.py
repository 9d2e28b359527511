"""Tests of strokes that may stay away: what each is worth, and that its switch's slope is exact."""

import itertools

import pytest
import torch

from vecnb.models import LineAutoencoder
from vecnb.render import compose
from vecnb.training.autoencoder.switches import stroke_presences, stroke_worth, switched_loss

PRICE = 0.7


def digits(batch=2):
    return torch.rand(batch, 1, 28, 28, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def switched_model(degree=1, n_lines=3):
    torch.manual_seed(0)
    model = LineAutoencoder(n_lines=n_lines, degree=degree, switches=True).double()
    with torch.no_grad():  # neither rare nor certain
        model.encoder[-1].bias[-n_lines:] = torch.linspace(-0.5, 1.0, n_lines)
    return model


def all_switches(n):
    return [torch.tensor(bits, dtype=torch.bool) for bits in itertools.product((False, True), repeat=n)]


def test_what_a_stroke_is_worth_is_the_difference_of_two_drawings():
    torch.manual_seed(0)
    presences, images = torch.rand(2, 4, 5, 6, dtype=torch.float64), torch.rand(2, 1, 5, 6).double()
    for on in all_switches(4):
        worth = stroke_worth(presences, on.expand(2, 4), images)
        for stroke in range(4):
            errors = []
            for there in (0.0, 1.0):
                switches = on.double()
                switches[stroke] = there
                drawing = compose(presences * switches[:, None, None])
                errors.append((drawing - images).square().sum((1, 2, 3)))
            assert torch.allclose(worth[:, stroke], errors[0] - errors[1], atol=1e-12)


@pytest.mark.parametrize("degree", [1, 2])
def test_the_slope_is_that_of_the_expected_cost(degree):
    """The mean over all combinations of switches, summed up, against autograd on the expectation itself."""
    model, images = switched_model(degree), digits(1)
    code, logits = model.encode_switched(images)
    p, expected = torch.sigmoid(logits), torch.zeros((), dtype=torch.float64)
    for on in all_switches(3):
        probability = torch.where(on, p, 1 - p).prod()
        drawing = model.draw(code._replace(width=torch.where(on, code.width, 0.0)))
        expected = expected + probability * ((drawing - images).square().sum() + PRICE * on.sum())
    wanted = torch.autograd.grad(expected / 784, list(model.parameters()))

    mean = [torch.zeros_like(weight) for weight in model.parameters()]
    for on in all_switches(3):
        probability = torch.where(on, p, 1 - p).prod().detach()
        uniform = torch.where(on, 0.0, 1.0 - 1e-9).expand(1, 3)
        loss = switched_loss(model, images, PRICE, uniform)["loss"]
        for total, slope in zip(mean, torch.autograd.grad(loss, list(model.parameters())), strict=True):
            total += probability * slope
    for found, slope in zip(mean, wanted, strict=True):
        assert torch.allclose(found, slope, atol=1e-12)


def test_a_drawing_is_the_maximum_of_its_strokes():
    model, images = switched_model(), digits()
    code, _ = model.encode_switched(images)
    assert torch.allclose(compose(stroke_presences(model, code)), model.draw(code))


def test_a_stroke_that_rather_stays_away_has_no_ink():
    model, images = switched_model(n_lines=4), digits()
    code, logits = model.encode_switched(images)
    used = model.encode(images)
    assert torch.equal(used.width, torch.where(logits > 0, code.width, 0.0))
    assert ((used.width == 0).any() and (used.width > 0).any()).item()
    assert torch.equal(model.best_codes(images).width == 0, logits <= 0)
    drawn = compose(stroke_presences(model, code) * (logits > 0)[..., None, None])
    assert torch.allclose(model(images), drawn)


def test_what_is_logged_is_the_error_and_the_number_of_strokes():
    model, images = switched_model(), digits()
    terms = switched_loss(model, images, PRICE, torch.full((2, 3), 1 - 1e-9))  # none is drawn
    assert terms["strokes"] == 0
    assert terms["error"].item() == pytest.approx(images.square().mean().item())


def test_switches_need_widths():
    with pytest.raises(ValueError, match="alpha must be None"):
        LineAutoencoder(alpha=80.0, switches=True)
