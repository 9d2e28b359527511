"""Chapter 4's models and discriminators: what they draw, what they see, what they refuse."""

import pytest
import torch
from torch.nn import functional as F

from vecnb.models.discriminators import ImageDiscriminator, ParameterDiscriminator, batch_deviation
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.strokes import Strokes

pytestmark = pytest.mark.filterwarnings("ignore:.*do not look like MNIST")  # noise does not


@pytest.fixture
def images():
    return torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0)) ** 4


def test_samples_and_inferred_lines_are_strokes_on_the_canvas(images):
    model = ImplicitLines(n_lines=4).eval()
    strokes = model.sample(5, seed=3)
    assert isinstance(strokes, Strokes) and strokes.lines.shape == (5, 4, 4) and strokes.width.shape == (5, 4)
    assert strokes.lines.min() >= 0 and strokes.lines.max() <= 1
    assert torch.equal(model.sample(5, seed=3).lines, strokes.lines)
    assert not torch.equal(model.sample(5, seed=4).lines, strokes.lines)
    assert model.vectorise(images).lines.shape == (6, 4, 4)
    assert model.sample_images(5, seed=3).shape == (5, 1, 28, 28)
    assert ImplicitPixels().sample_images(5, seed=3).shape == (5, 1, 28, 28)


@pytest.mark.parametrize("renderer", ["exact", "approximator"])
@pytest.mark.parametrize("n_lines", [1, 6, 7, 20])
def test_noise_has_more_numbers_than_the_code_that_it_becomes(n_lines, renderer):
    model = ImplicitLines(n_lines=n_lines, renderer=renderer, encoder=False)
    assert model.noise_size > model.code_size
    assert model.generate(torch.randn(3, model.noise_size)).shape == (3, model.code_size)


def test_a_model_that_only_generates_refuses_to_encode(images):
    with pytest.raises(ValueError, match="only generates"):
        ImplicitLines(encoder=False).vectorise(images)


def test_a_sample_can_be_the_code_of_its_own_drawing():
    model = ImplicitLines(reencode=True)
    noise = torch.randn(3, model.noise_size)
    torch.testing.assert_close(model.generate(noise), model.encode(model.draw(model.generator(noise))))
    model.reencode = False
    assert torch.equal(model.generate(noise), model.generator(noise))


def test_the_deviation_of_a_batch_by_hand():
    hidden = torch.tensor([[0.0, 5.0], [2.0, 5.0]], dtype=torch.float64)
    assert batch_deviation(hidden).flatten().tolist() == pytest.approx([0.5, 0.5], abs=1e-3)
    collapsed = hidden[:1].expand(4, 2)
    assert batch_deviation(collapsed).max() < 1e-3


@pytest.mark.parametrize(("channels", "code_size"), [(1, 0), (2, 0), (1, 24)])
@pytest.mark.parametrize("deviation", [False, True])
def test_every_input_and_weight_of_a_discriminator_counts(channels, code_size, deviation):
    torch.manual_seed(0)
    discriminator = ImageDiscriminator(channels=channels, code_size=code_size, batch_deviation=deviation)
    images = torch.rand(4, channels, 28, 28, requires_grad=True)
    z = torch.rand(4, code_size, requires_grad=True) if code_size else None
    r = discriminator(images, z)
    assert r.shape == (4,)
    r.square().sum().backward()
    for part in (images, z, *discriminator.parameters()):
        assert part is None or part.grad.flatten(1 if part.ndim > 1 else 0).any()


def test_an_image_discriminator_is_two_convolutions():
    torch.manual_seed(0)
    discriminator, images = ImageDiscriminator(channels=2), torch.rand(3, 2, 28, 28)
    patches, regions = discriminator.patches, discriminator.regions
    # Four blocks of 4×4 pixels make a patch, four patches a region: a block is (down, right) of its four.
    kernel = patches.weight.view(-1, 2, 2, 2, 4, 4).permute(0, 3, 1, 4, 2, 5).reshape(-1, 2, 8, 8)
    seen = F.conv2d(images, kernel, patches.bias, stride=4, padding=4)
    weight = regions.weight.view(-1, 2, 2, patches.out_features).permute(0, 3, 1, 2)
    seen = F.conv2d(F.leaky_relu(seen, 0.2), weight, regions.bias, stride=2)
    looked = discriminator._features(images).permute(0, 3, 1, 2)
    torch.testing.assert_close(looked, F.leaky_relu(seen, 0.2))


def test_a_discriminator_of_codes_sees_them_by_their_spread():
    torch.manual_seed(0)
    discriminator = ParameterDiscriminator(31)
    z = torch.rand(4, 31, requires_grad=True)
    r = discriminator(z)
    assert r.shape == (4,)
    torch.testing.assert_close(r, discriminator.layers(10 * (z - 0.5))[:, 0])
    r.square().sum().backward()
    assert all(part.grad.any() for part in (z, *discriminator.parameters()))
