"""Tests of vecnb.models: shapes, gradients, and what vectorise refuses."""

import numpy as np
import pytest
import torch

from vecnb.data import load_mnist
from vecnb.models import (
    Autoencoder,
    DigitClassifier,
    GaussianLines,
    ImplicitLines,
    ImplicitPixels,
    LineAutoencoder,
    LineCode,
    LineVAE,
    PixelVAE,
)
from vecnb.models.augmentation import SHIFTS, best_of_augmentations, shift
from vecnb.models.codec import (
    MAX_WIDTH,
    SEVEN_SEGMENT_INIT,
    SHARPNESS_RANGE,
    decode_parameters,
    encode_parameters,
    n_parameters,
    normal_noise,
)
from vecnb.models.prior import ResampledPrior
from vecnb.render import STROKE_WIDTH, render_hard

ENCODERS = ("strided_conv", "strided_conv_unnormalised", "patch_conv")
ALPHAS, DECODERS = (None, 80.0), ("none", "linear_conv", "mlp")


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
@pytest.mark.parametrize("alpha", ALPHAS)
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


def test_the_thesis_s_strokes_have_one_width_and_ours_are_learnt():
    thesis, ours = LineAutoencoder(alpha=80.0), LineAutoencoder(alpha=None)
    assert (thesis.encode(images()).width == STROKE_WIDTH).all()
    assert ours.encode(images()).width.std() > 0
    assert thesis.encoder[-1].out_features == 20 and ours.encoder[-1].out_features == 26


def test_the_numbers_of_a_code_by_hand():
    numbers = torch.linspace(0.1, 0.9, n_parameters(1, learnt_stroke=True))[
        None
    ]  # .1, .26, .42, .58, .74, .9
    learnt = decode_parameters(numbers, 1, learnt_stroke=True)
    assert learnt.lines.flatten().tolist() == pytest.approx([0.1, 0.26, 0.42, 0.58])
    assert learnt.width.item() == pytest.approx(0.74 * 5 / 28)
    assert learnt.sharpness.item() == pytest.approx(28 * (2 + 0.9 * 6))
    torch.testing.assert_close(encode_parameters(learnt), numbers)
    fixed = decode_parameters(numbers[:, : n_parameters(1, learnt_stroke=False)], 1, learnt_stroke=False)
    assert torch.equal(fixed.lines, learnt.lines)
    assert fixed.width.item() == pytest.approx(STROKE_WIDTH) and fixed.sharpness.item() == 28 * 5


@pytest.mark.parametrize("degree", [2, 3])
def test_the_numbers_of_a_curve_by_hand(degree):
    """The ends as they are, control points by their distance from their places on the straight line."""
    numbers = torch.full((1, n_parameters(1, learnt_stroke=False, degree=degree)), 0.5)
    numbers[0, :2], numbers[0, -2:] = torch.tensor([0.1, 0.2]), torch.tensor([0.7, 0.8])
    straight = decode_parameters(numbers, 1, learnt_stroke=False, degree=degree).lines.view(-1, 2)
    steps = torch.linspace(0, 1, degree + 1)[:, None]
    torch.testing.assert_close(straight, torch.lerp(numbers[:, :2], numbers[:, -2:], steps))
    numbers[0, 2:4] = torch.tensor([0.6, 0.25])
    moved = decode_parameters(numbers, 1, learnt_stroke=False, degree=degree).lines.view(-1, 2) - straight
    torch.testing.assert_close(moved[1], torch.tensor([0.2, -0.5]))
    assert not moved[0].any() and not moved[2:].any()


@pytest.mark.parametrize("switches", [False, True])
@pytest.mark.parametrize("degree", [2, 3])
def test_an_autoencoder_of_curves_begins_as_one_of_lines(degree, switches):
    """On blank paper, with the bias alone; every weight is in use, but those of the switches."""
    blank = torch.zeros(1, 1, 28, 28)
    model = LineAutoencoder(n_lines=3, degree=degree, switches=switches)
    with torch.no_grad():
        model.encoder[-1].weight.zero_()
        code = model.encode(blank)
    points = code.lines[0].view(3, degree + 1, 2)
    ends = torch.tensor(SEVEN_SEGMENT_INIT[:3]).view(3, 2, 2)
    steps = torch.linspace(0, 1, degree + 1)[:, None]
    assert torch.allclose(points, torch.lerp(ends[:, :1], ends[:, 1:], steps), atol=1e-6)
    model = LineAutoencoder(n_lines=3, degree=degree, switches=switches, n_augmentations=2)
    (model(images()) - images()).square().mean().backward()
    slopes = model.encoder[-1].bias.grad
    assert (slopes[: len(slopes) - model.n_switches] != 0).all()
    assert model.best_code(images()).lines.shape == (4, 3, 2 * degree + 2)


def test_a_config_describes_its_model():
    config = {
        "n_lines": 2,
        "encoder": "strided_conv",
        "init": "random",
        "alpha": None,
        "decoder": "mlp",
        "n_augmentations": 1,
    }
    config |= {"learning_rate": 1.0, "seed": 3}
    torch.manual_seed(0)
    model = LineAutoencoder.from_config(config)
    torch.manual_seed(0)
    again = LineAutoencoder(n_lines=2, encoder="strided_conv", init="random", alpha=None, decoder="mlp")
    assert str(model) == str(again)
    assert torch.equal(model(images()), again(images()))
    curves = LineAutoencoder.from_config(config | {"degree": 2, "stroke_price": 0.5})
    assert (curves.degree, curves.n_switches) == (2, 2)


def test_our_lines_begin_on_the_segments_of_a_display():
    """On blank paper an untrained network says little but its bias; beyond six the lines begin again."""
    blank = torch.zeros(1, 1, 28, 28)
    with torch.no_grad():
        five = LineAutoencoder().encode(blank)
        seven = LineAutoencoder(n_lines=7).encode(blank).lines[0]
        random = LineAutoencoder(init="random").encode(blank).lines[0]
    first = torch.tensor(SEVEN_SEGMENT_INIT)
    assert (five.lines[0] - first[:5]).abs().max() < 0.05
    assert five.width[0].tolist() == pytest.approx([MAX_WIDTH / 2] * 5, rel=0.1)
    assert (seven[6] - first[0]).abs().max() < 0.05
    assert (random - first[:5]).abs().max() > 0.15


def test_nine_augmentations_never_draw_worse_than_one_and_some_draw_better():
    torch.manual_seed(0)
    x = load_mnist("test", fallback="subset")[0][:64]
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


def test_an_augmentation_moves_the_image_and_its_lines_move_back():
    x = torch.zeros(1, 1, 28, 28)
    x[0, 0, 10, 5] = 1
    for right, down in SHIFTS:
        assert shift(x, right, down).nonzero().tolist() == [[0, 0, 10 + down, 5 + right]]
    assert shift(x, 0, 18).sum() == 0  # off the canvas

    def encode(images):  # an encoder that puts a line's both ends where the ink is
        place = images.flatten(1).argmax(1)
        at = torch.stack([place % 28, place // 28, place % 28, place // 28], 1)[:, None] / 28
        return LineCode(at, torch.ones(1, 1), torch.ones(1))

    def draw(code):  # and draws nothing: all n_augmentations are equal, the first is kept
        return torch.zeros(1, 1, 28, 28)

    for n_augmentations in range(1, 10):
        lines = best_of_augmentations(x, n_augmentations, encode, draw).lines
        assert lines.flatten().tolist() == pytest.approx([5 / 28, 10 / 28, 5 / 28, 10 / 28])


# What is refused


@pytest.mark.parametrize(
    ("option", "error", "message"),
    [
        ({"n_augmentations": 0}, ValueError, "n_augmentations must be 1 to 9, not 0"),
        ({"n_augmentations": 10}, ValueError, "n_augmentations must be 1 to 9, not 10"),
        ({"n_augmentations": 2.5}, TypeError, "n_augmentations must be an integer, not 2.5"),
        ({"n_lines": 0}, ValueError, "n_lines must be at least 1, not 0"),
        ({"n_lines": 5.0}, TypeError, "n_lines must be an integer, not 5.0"),
        ({"n_lines": True}, TypeError, "n_lines must be an integer, not True"),
        ({"encoder": "our"}, ValueError, "encoder must be one of 'strided_conv', .*, not 'our'"),
        ({"init": "segment"}, ValueError, "init must be one of 'random', 'seven_segment', not 'segment'"),
        ({"decoder": None}, ValueError, "decoder must be one of 'none', 'linear_conv', 'mlp', not None"),
    ],
)
def test_options_out_of_range_are_named(option, error, message):
    with pytest.raises(error, match=message):
        LineAutoencoder(**option)


@pytest.mark.parametrize("kind", [Autoencoder, LineAutoencoder, DigitClassifier])
def test_images_of_another_size_are_refused_by_every_model(kind):
    """The padded MNIST of 32 × 32 pixels used to be answered."""
    model = kind()
    methods = [getattr(model, name) for name in ("forward", "encode", "features") if hasattr(model, name)]
    for method in methods:
        for shape in ((2, 1, 32, 32), (2, 3, 28, 28), (2, 28, 28)):
            with pytest.raises(ValueError, match=r"shape \[B, 1, 28, 28\], not"):
                method(torch.zeros(shape))


def test_a_code_of_another_length_is_refused():
    """27 numbers used to be read as five lines with widths [2, 6]."""
    for numbers, learnt in ((27, True), (20, True), (26, False), (0, False)):
        with pytest.raises(
            ValueError, match=f"5 lines are said by {26 if learnt else 20} numbers, not by {numbers}"
        ):
            decode_parameters(torch.rand(2, numbers), 5, learnt_stroke=learnt)


@pytest.mark.parametrize(
    ("n", "seed", "error", "message"),
    [
        (-1, 0, ValueError, "n must be at least 0, not -1"),
        (2.5, 0, TypeError, "n must be an integer, not 2.5"),
        ("3", 0, TypeError, "n must be an integer, not '3'"),
        (3, -1, ValueError, "seed must be 0 to 18446744073709551615, not -1"),
        (3, 2**64, ValueError, "seed must be 0 to 18446744073709551615, not 18446744073709551616"),
        (3, 1.5, TypeError, "seed must be an integer, not 1.5"),
        (3, None, TypeError, "seed must be an integer, not None"),
    ],
)
def test_samples_of_what_is_no_number_are_refused(n, seed, error, message):
    models = (ImplicitLines(), LineVAE(), LineVAE(learnt_prior=True))
    images = (ImplicitPixels(), PixelVAE(), PixelVAE(learnt_prior=True))
    for sample in (*(model.sample for model in models), *(model.sample_images for model in images)):
        with pytest.raises(error, match=message):
            sample(n, seed)


def test_integers_of_numpy_and_the_largest_seed_are_numbers():
    assert torch.equal(normal_noise(np.int64(3), 2, np.int64(5)), normal_noise(3, 2, 5))
    assert normal_noise(0, 2, 2**64 - 1).shape == (0, 2)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_model_of_another_precision_samples_in_it(dtype):
    for model in (ImplicitLines(), LineVAE(), LineVAE(learnt_prior=True)):
        assert model.to(dtype).sample(2, 0).lines.dtype == dtype


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LineVAE(n_lines=0), "n_lines must be at least 1"),
        (lambda: LineVAE(latent_size=0), "latent_size must be at least 1"),
        (lambda: LineVAE(networks="mlp "), "networks must be one of 'mlp', 'conv', not 'mlp '"),
        (lambda: LineVAE(renderer="sft"), "renderer must be one of"),
        (lambda: PixelVAE(latent_size=0), "latent_size must be at least 1"),
        (lambda: Autoencoder(0), "code_size must be at least 1"),
        (lambda: ImplicitLines(n_lines=-1), "n_lines must be at least 1"),
        (lambda: ImplicitLines(renderer="approximate"), "renderer must be one of 'exact', 'approximator'"),
        (lambda: ImplicitLines(hidden=(0,)), "hidden must be at least 1"),
        (lambda: ImplicitLines(encoder=False, reencode=True), "reencode needs an encoder"),
        (lambda: GaussianLines(std=0.0), "std must be above 0"),
        (lambda: GaussianLines(std=1.0, code_size=0), "code_size must be at least 1"),
        (lambda: ResampledPrior(0), "latent must be at least 1"),
    ],
)
def test_models_of_nothing_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_the_model_with_a_known_ratio_is_a_generator_and_an_encoder():
    model = GaussianLines(std=0.3)
    assert {name.split(".")[0] for name in model.state_dict()} == {"generator", "encoder"}
    x, z = torch.rand(3, 1, 28, 28), torch.randn(3, 16)
    assert model.draw(z).shape == (3, 1, 28, 28) and model.log_ratio(x, z).shape == (3,)


def test_without_normalisation_an_encoder_lacks_nothing_else():
    whole = LineAutoencoder(encoder="strided_conv").encoder.state_dict()
    plain = LineAutoencoder(encoder="strided_conv_unnormalised").encoder.state_dict()
    assert {name: value.shape for name, value in plain.items()} == {
        name: value.shape for name, value in whole.items() if name.split(".")[0] not in ("1", "4")
    }
