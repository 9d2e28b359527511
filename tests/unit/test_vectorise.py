"""Tests of `vectorise`: what it takes and refuses, its memory, and that it leaves the model as it is."""

import sys
import threading
import warnings

import numpy as np
import pytest
import torch

from vecnb.data import load_mnist
from vecnb.models import ImplicitLines, LineAutoencoder, LineModel, LineVAE, base
from vecnb.strokes import Strokes

MODELS = {
    "strided_conv": lambda: LineAutoencoder(encoder="strided_conv"),  # the one with batch normalisation
    "patch_conv": LineAutoencoder,
    "vae": LineVAE,
    "implicit": ImplicitLines,
}
pytestmark = pytest.mark.filterwarnings("ignore:.*do not look like MNIST")


def images(batch: int = 4):
    return torch.rand(batch, 1, 28, 28, generator=torch.Generator().manual_seed(0))


@pytest.fixture(params=MODELS)
def model(request):
    torch.manual_seed(0)
    return MODELS[request.param]()


# What it takes


def test_arrays_bytes_and_booleans_are_images_too(model):
    model.eval()
    x = images().round()
    expected = model.vectorise(x)
    assert isinstance(model, LineModel) and isinstance(expected, Strokes) and not expected.lines.requires_grad
    for same in (
        x.double(), x.half(), x.bool(), (255 * x).byte(), x[:, 0], x.numpy(), x[:, 0].numpy(),
        (255 * x[:, 0]).byte().numpy(), x[:, 0].numpy() > 0.5, x.numpy().astype(">f4"),
        x.numpy()[..., ::-1][..., ::-1], np.asfortranarray(x.numpy()), x.clone().requires_grad_(),
        x.to(memory_format=torch.channels_last),
    ):  # fmt: skip
        strokes = model.vectorise(same)
        assert torch.equal(strokes.lines, expected.lines) and torch.equal(strokes.width, expected.width)
    alone = model.vectorise(x[2, 0].numpy())
    assert len(alone) == 1 and torch.allclose(alone.lines, expected.lines[2:3], atol=1e-5)


def test_no_images_have_no_strokes(model):
    strokes = model.vectorise(images(0))
    assert strokes.lines.shape == (0, model.n_lines, 4) and strokes.width.shape == (0, model.n_lines)
    assert len(model.vectorise(np.zeros((0, 28, 28)))) == 0


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_a_model_of_another_precision_takes_single_precision(model, dtype):
    strokes = model.to(dtype).vectorise(images())
    assert strokes.lines.dtype == strokes.width.dtype == dtype


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        (torch.zeros(4, 1, 32, 32), ValueError, r"\[4, 1, 32, 32\]: vecnb.to_mnist\(images\)"),
        (torch.zeros(4, 3, 28, 28), ValueError, r"\[B, 1, H, W\], grey, not \[4, 3, 28, 28\]"),
        (np.zeros((28, 28, 3)), ValueError, r"not \[28, 1, 28, 3\]"),
        (torch.zeros(28), ValueError, r"not \[28\]"),
        (torch.zeros(4, 1, 28, 28, dtype=torch.int64), TypeError, "not torch.int64: images / 255"),
        (torch.zeros(4, 1, 28, 28, dtype=torch.complex64), TypeError, "not torch.complex64"),
        (np.zeros((28, 28), dtype=object), TypeError, "must hold numbers, not object"),
        ([[0.0] * 28] * 28, TypeError, r"not a list: numpy.asarray\(images\)"),
        (None, TypeError, "not a NoneType"),
        (torch.full((4, 1, 28, 28), 255.0), ValueError, r"not in \[255, 255\]: images / 255 may be meant"),
        (torch.full((4, 1, 28, 28), -0.1), ValueError, r"not in \[-0.1.*, -0.1.*\]: images.clip\(0, 1\)"),
        (torch.full((4, 1, 28, 28), 1 + 2e-7), ValueError, r"1.00000024\]: images.clip\(0, 1\)"),
        (torch.full((4, 1, 28, 28), torch.nan), ValueError, r"not in \[nan, nan\]: they hold NaN"),
    ],
)
def test_what_is_no_image_is_refused_by_what_it_is(wrong, error, message):
    with pytest.raises(error, match=message):
        LineAutoencoder().vectorise(wrong)


# What it leaves alone


@pytest.mark.parametrize("training", [True, False])
def test_the_model_stays_as_it_was(model, training):
    model.train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    strokes = model.vectorise(images())
    assert all(module.training is training for module in model.modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    alone = model.vectorise(images()[:1])  # running statistics: the rest of the batch has no say
    assert torch.allclose(alone.lines, strokes.lines[:1], atol=1e-5)


def test_a_frozen_layer_stays_frozen():
    """It used to be trained on from then on."""
    model = LineAutoencoder(encoder="strided_conv").train()
    model.encoder[1].eval()
    model.vectorise(images())
    assert model.training and model.encoder[4].training and not model.encoder[1].training


def test_an_interrupt_leaves_the_modes(monkeypatch):
    model = LineAutoencoder(encoder="strided_conv").train()

    def interrupt(self, images):
        raise KeyboardInterrupt

    monkeypatch.setattr(LineAutoencoder, "best_code", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.vectorise(images())
    assert all(module.training for module in model.modules())


def test_threads_share_a_model_in_training():
    model, x = LineAutoencoder(encoder="strided_conv").train(), images(64)
    expected, found, modes = model.vectorise(x).lines, [], []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=lambda: found.append(model.vectorise(x).lines)) for _ in range(4)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            modes.append(all(module.training for module in model.modules()))
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert len(found) == 4 and all(torch.equal(lines, expected) for lines in found)
    assert modes and all(modes)


# Its memory


def test_images_are_worked_on_a_few_at_a_time(monkeypatch):
    sizes = []

    def best_code(self, part):
        sizes.append(len(part))
        return LineAutoencoder.encode(self, part)

    monkeypatch.setattr(LineAutoencoder, "best_code", best_code)
    model = LineAutoencoder().eval()
    strokes = model.vectorise(images(301))
    assert sizes == [250, 51] and len(strokes) == 301
    monkeypatch.setattr(base, "CHUNK", 50)
    assert torch.allclose(model.vectorise(images(301)).lines, strokes.lines, atol=1e-6)


def test_up_to_a_chunk_the_bits_are_those_of_one_batch():
    model = LineAutoencoder(n_augmentations=3).eval()
    x = load_mnist("test", fallback="subset")[0][: base.CHUNK]
    with torch.no_grad():
        code = model.best_code(x)
    strokes, codes = model.vectorise(x), model.best_codes(x)
    assert torch.equal(strokes.lines, code.lines) and torch.equal(strokes.width, code.width)
    assert torch.equal(codes.sharpness, code.sharpness)


def test_one_copy_needs_no_choice_and_is_not_drawn(monkeypatch):
    model = LineAutoencoder(n_augmentations=1)
    monkeypatch.setattr(model, "draw", lambda code: pytest.fail("drawn"))
    assert torch.equal(model.vectorise(images()).lines, model.encode(images()).lines)


# Its warning


def test_it_warns_at_the_line_that_called_it():
    x = load_mnist("test", fallback="subset")[0][:20]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LineAutoencoder().vectorise(x)
    with pytest.warns(UserWarning, match=r"20 of 20 images do not look like MNIST.*1 - images") as caught:
        LineAutoencoder().vectorise(1 - x)
    assert [warning.filename for warning in caught] == [__file__]
