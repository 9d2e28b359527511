"""Tests of vecnb.models: shapes, gradients, and what vectorise refuses."""

import pytest
import torch

from vecnb.data import load_mnist
from vecnb.models import Autoencoder, DigitClassifier, LineAutoencoder, LineCode, check_images
from vecnb.models.codec import (
    MAX_WIDTH,
    SEVEN_SEGMENT_INIT,
    SHARPNESS_RANGE,
    SHIFTS,
    best_of_augmentations,
    decode_parameters,
    encode_parameters,
    move,
    n_parameters,
)
from vecnb.render import STROKE_WIDTH, render_hard
from vecnb.strokes import Strokes

ENCODERS, PENS, DECODERS = ("thesis", "ours"), (None, 80.0), ("none", "thesis", "large")


def images(batch: int = 4):
    return torch.rand(batch, 1, 28, 28, generator=torch.Generator().manual_seed(0))


def test_the_traditional_autoencoder():
    model = Autoencoder(code_size=7)
    assert model.encoder(images()).shape == (4, 7)
    recon = model(images())
    assert recon.shape == (4, 1, 28, 28) and recon.min() >= 0 and recon.max() <= 1
    assert torch.equal(model.decode(model.encoder(images())), recon)
    recon.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


def test_the_classifier():
    model = DigitClassifier().eval()
    assert model(images()).shape == (4, 10)
    assert model.features(images()).shape == (4, 128) and model.features(images()).min() >= 0


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("alpha", PENS)
@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_line_autoencoder_runs_forward_and_back(encoder, alpha, decoder):
    torch.manual_seed(0)
    model = LineAutoencoder(n_lines=3, encoder=encoder, alpha=alpha, decoder=decoder)
    code = model.encode(images())
    assert code.lines.shape == (4, 3, 4) and code.width.shape == (4, 3) and code.sharpness.shape == (4,)
    assert code.lines.min() >= 0 and code.lines.max() <= 1
    assert code.width.min() >= 0 and code.width.max() <= MAX_WIDTH
    drawing = model.draw(code)
    assert drawing.shape == (4, 1, 28, 28) and drawing.min() >= 0 and drawing.max() <= 1

    recon = model(images())
    assert recon.shape == (4, 1, 28, 28)
    assert (decoder == "none") == torch.equal(recon, model.draw(model.encode(images())))
    (recon - images()).square().mean().backward()
    for name, parameter in model.named_parameters():
        assert torch.isfinite(parameter.grad).all(), name
        assert parameter.grad.any(), f"{name} has no effect"


@pytest.mark.parametrize("scale", [1e3, 1e10])
def test_coordinates_stay_on_the_canvas_however_large_the_weights(scale):
    model = LineAutoencoder().eval()
    with torch.no_grad():
        for parameter in model.encoder[-1].parameters():
            parameter.mul_(scale)
    code = model.encode(images())
    assert code.lines.min() >= 0 and code.lines.max() <= 1
    low, high = SHARPNESS_RANGE
    assert code.sharpness.min() >= low and code.sharpness.max() <= high
    assert torch.isfinite(model.draw(code)).all()


def test_the_thesis_s_pen_has_one_width_and_ours_learns_it():
    thesis, ours = LineAutoencoder(alpha=80.0), LineAutoencoder(alpha=None)
    assert (thesis.encode(images()).width == STROKE_WIDTH).all()
    assert ours.encode(images()).width.std() > 0
    assert thesis.encoder[-1].out_features == 20 and ours.encoder[-1].out_features == 26


def test_the_numbers_of_a_code_by_hand():
    numbers = torch.linspace(0.1, 0.9, n_parameters(1, learnt_stroke=True))[
        None
    ]  # .1, .26, .42, .58, .74, .9
    learnt = decode_parameters(numbers, 1)
    assert learnt.lines.flatten().tolist() == pytest.approx([0.1, 0.26, 0.42, 0.58])
    assert learnt.width.item() == pytest.approx(0.74 * 5 / 28)
    assert learnt.sharpness.item() == pytest.approx(28 * (2 + 0.9 * 6))
    torch.testing.assert_close(encode_parameters(learnt), numbers)
    fixed = decode_parameters(numbers[:, : n_parameters(1, learnt_stroke=False)], 1)
    assert torch.equal(fixed.lines, learnt.lines)
    assert fixed.width.item() == pytest.approx(STROKE_WIDTH) and fixed.sharpness.item() == 28 * 5


def test_a_config_describes_its_model():
    config = {
        "n_lines": 2,
        "encoder": "thesis",
        "start": "random",
        "alpha": None,
        "decoder": "large",
        "n_augmentations": 1,
    }
    config |= {"rate": 1.0, "seed": 3}
    torch.manual_seed(0)
    model = LineAutoencoder.from_config(config)
    torch.manual_seed(0)
    again = LineAutoencoder(n_lines=2, encoder="thesis", start="random", alpha=None, decoder="large")
    assert str(model) == str(again)
    assert torch.equal(model(images()), again(images()))


# vectorise


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (torch.zeros(4, 28, 28), ValueError, r"shape \[B, 1, 28, 28\], not \[4, 28, 28\]"),
        (torch.zeros(4, 1, 32, 32), ValueError, r"shape \[B, 1, 28, 28\], not \[4, 1, 32, 32\]"),
        (torch.zeros(4, 3, 28, 28), ValueError, r"shape \[B, 1, 28, 28\], not \[4, 3, 28, 28\]"),
        (torch.zeros(4, 1, 28, 28, dtype=torch.uint8), TypeError, "divide pixels of 0 to 255 by 255"),
        (torch.zeros(4, 1, 28, 28).numpy(), TypeError, "floating-point torch tensor"),
        (torch.full((4, 1, 28, 28), 255.0), ValueError, "divide pixels of 0 to 255 by 255"),
        (torch.full((4, 1, 28, 28), -0.1), ValueError, r"lie in \[0, 1\]"),
        (torch.full((4, 1, 28, 28), torch.nan), ValueError, r"lie in \[0, 1\]"),
    ],
)
def test_what_is_no_image_is_refused(wrong, error, message):
    for refuse in (check_images, LineAutoencoder().vectorise):
        with pytest.raises(error, match=message):
            refuse(wrong)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_vectorising_leaves_the_model_as_it_was(encoder, training):
    model = LineAutoencoder(encoder=encoder).train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    strokes = model.vectorise(images())
    assert all(module.training is training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert isinstance(strokes, Strokes) and not strokes.lines.requires_grad
    alone = model.vectorise(images()[:1])  # running statistics: the rest of the batch has no say
    assert torch.allclose(alone.lines, strokes.lines[:1], atol=1e-5)


def test_our_lines_begin_on_the_segments_of_a_display():
    """On blank paper an untrained network says little but its bias; beyond six the lines begin again."""
    blank = torch.zeros(1, 1, 28, 28)
    with torch.no_grad():
        five = LineAutoencoder().encode(blank)
        seven = LineAutoencoder(n_lines=7).encode(blank).lines[0]
        random = LineAutoencoder(start="random").encode(blank).lines[0]
    first = torch.tensor(SEVEN_SEGMENT_INIT)
    assert (five.lines[0] - first[:5]).abs().max() < 0.05
    assert five.width[0].tolist() == pytest.approx([MAX_WIDTH / 2] * 5, rel=0.1)
    assert (seven[6] - first[0]).abs().max() < 0.05
    assert (random - first[:5]).abs().max() > 0.15


def test_nine_views_never_draw_worse_than_one_and_some_draw_better():
    torch.manual_seed(0)
    x = load_mnist("test")[0][:64]
    one, nine = LineAutoencoder(n_augmentations=1), LineAutoencoder(n_augmentations=9)
    nine.load_state_dict(one.state_dict())

    def errors(model):
        return (render_hard(model.vectorise(x)) - x).square().mean((1, 2, 3))

    code = best_of_augmentations(x, 1, one.encode, one.draw)
    assert torch.equal(code.lines, one.encode(x).lines)

    def soft_errors(code):
        return (one.draw(code) - x).square().mean((1, 2, 3))

    best = best_of_augmentations(x, 9, one.encode, one.draw)
    assert (soft_errors(best) <= soft_errors(code)).all()
    assert (soft_errors(best) < soft_errors(code)).any()
    assert torch.equal(nine.vectorise(x).lines, best.lines)
    assert not torch.equal(errors(one), errors(nine))


def test_a_view_moves_the_image_and_its_lines_move_back():
    x = torch.zeros(1, 1, 28, 28)
    x[0, 0, 10, 5] = 1
    for right, down in SHIFTS:
        assert move(x, right, down).nonzero().tolist() == [[0, 0, 10 + down, 5 + right]]
    assert move(x, 0, 18).sum() == 0  # off the canvas

    def encode(images):  # an encoder that puts a line's both ends where the ink is
        place = images.flatten(1).argmax(1)
        at = torch.stack([place % 28, place // 28, place % 28, place // 28], 1)[:, None] / 28
        return LineCode(at, torch.ones(1, 1), torch.ones(1))

    def draw(code):  # and draws nothing: all n_augmentations are equal, the first is kept
        return torch.zeros(1, 1, 28, 28)

    for n_augmentations in range(1, 10):
        lines = best_of_augmentations(x, n_augmentations, encode, draw).lines
        assert lines.flatten().tolist() == pytest.approx([5 / 28, 10 / 28, 5 / 28, 10 / 28])


@pytest.mark.parametrize("n_augmentations", [0, 10])
def test_a_model_has_one_to_nine_views(n_augmentations):
    with pytest.raises(ValueError, match=f"n_augmentations must be 1 to 9, not {n_augmentations}"):
        LineAutoencoder(n_augmentations=n_augmentations)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16])
def test_images_of_another_float_are_vectorised_too(dtype):
    model, x = LineAutoencoder().eval(), images().round()
    assert torch.equal(model.vectorise(x.to(dtype)).lines, model.vectorise(x).lines)


def test_no_images_have_no_strokes():
    strokes = LineAutoencoder().vectorise(images(0))
    assert strokes.lines.shape == (0, 5, 4) and strokes.width.shape == (0, 5)
