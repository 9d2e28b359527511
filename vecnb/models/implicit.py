"""Implicit distributions: generators and encoders that can be sampled but have no density.

Convention: images are [B, 1, 28, 28] in [0, 1], ink = 1; a code `z` [B, Z] in (0, 1) holds the coordinates of
N lines (4N numbers) and, for learnt strokes, a width for each line and one sharpness (Z = 5N + 1).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vecnb.choices import check_choice, check_count
from vecnb.densities import gaussian_log_density
from vecnb.images import check_shape
from vecnb.models.approximators import JointApproximator
from vecnb.models.augmentation import best_of_augmentations, check_n_augmentations
from vecnb.models.base import LineModel
from vecnb.models.codec import LineCode, decode_parameters, init_output_bias, n_parameters, normal_noise
from vecnb.models.encoders import patch_conv_encoder
from vecnb.render import render_soft
from vecnb.strokes import Strokes

NOISE_SIZE = 32  # ours: more than the 31 numbers that say six lines, so that p(z|β) can have a density
HIDDEN = (128, 256)  # ours: sizes of the layers between noise and code
PIXELS = 28 * 28

Renderer = Literal["exact", "approximator"]


def noise_network(outputs: int, inputs: int = NOISE_SIZE, hidden: Sequence[int] = HIDDEN) -> nn.Sequential:
    """enc_β of thesis 4.3: what turns noise ε [B, inputs] into a sample [B, outputs] in (0, 1)."""
    layers: list[nn.Module] = []
    for size, following in itertools.pairwise((inputs, *hidden)):
        layers += [nn.Linear(size, check_count("hidden", following)), nn.GELU()]
    return nn.Sequential(*layers, nn.Linear((inputs, *hidden)[-1], outputs), nn.Sigmoid())


class ImplicitLines(LineModel):
    """Generator and encoder of thesis 4.3: p(z|β), p(x|z) and q(z|x), none with a density.

        >>> ImplicitLines(n_lines=6).sample(10, seed=0).lines.shape
        torch.Size([10, 6, 4])

    Args:
        n_lines: N.
        renderer: p(x|z), a point mass: "exact" draws strokes whose widths and sharpness belong to z,
            "approximator" with the network of chapter 3's thesis model, whose strokes are 2.5 pixels wide.
        encoder: whether there is a q(z|x); the reduction to a generative adversarial network has none.
        hidden: sizes of the layers between noise and code.
        n_augmentations: how many copies of an image `vectorise` looks at, 1 to 9, as in `LineAutoencoder`.
        reencode: whether a sample of p(z|β) is the code that the encoder gives the drawing of enc_β(ε), not
            enc_β(ε) itself.
    Raises:
        TypeError: a number is not an integer.
        ValueError: a number is out of range, renderer is another word, or there is nothing to reencode with.
    """

    def __init__(
        self,
        *,
        n_lines: int = 6,
        renderer: Renderer = "exact",
        encoder: bool = True,
        hidden: Sequence[int] = HIDDEN,
        n_augmentations: int = 1,
        reencode: bool = False,
    ):
        super().__init__()
        check_choice("renderer", renderer, Renderer)
        if reencode and not encoder:
            raise ValueError("reencode needs an encoder")
        self.n_lines, self.reencode = check_count("n_lines", n_lines), reencode
        self.n_augmentations = check_n_augmentations(n_augmentations)
        self.code_size = n_parameters(n_lines, learnt_stroke=renderer == "exact")
        self.noise_size = max(NOISE_SIZE, self.code_size + 1)  # more lines need more noise
        self.generator = noise_network(self.code_size, self.noise_size, hidden)
        self.encoder = None
        if encoder:
            layers = patch_conv_encoder(self.code_size)
            init_output_bias(layers, n_lines)
            self.encoder = nn.Sequential(layers, nn.Sigmoid())
        approximate = renderer == "approximator"
        self.approximator = JointApproximator(n_lines).requires_grad_(False) if approximate else None

    def generate(self, noise: Tensor) -> Tensor:
        """z [B, Z], a sample of p(z|β), from noise ε [B, `noise_size`] of a standard normal.

        It is enc_β(ε) or, with `reencode`, {eq}`eq-reencoded` in book/04_likelihood_free.md.
        """
        z = self.generator(noise)
        return self.encode(self.draw(z)) if self.reencode else z

    def encode(self, images: Tensor) -> Tensor:
        """z [B, Z], the point in which q(z|x) has all its mass.

        Raises:
            ValueError: images are not [B, 1, 28, 28], or the model has no encoder.
        """
        if self.encoder is None:
            raise ValueError("this model only generates: it was trained without an encoder")
        check_shape(images)
        return self.encoder(images)

    def decode(self, z: Tensor) -> LineCode:
        """What the numbers of z [B, Z] mean: lines, widths, sharpness."""
        return decode_parameters(z, self.n_lines, learnt_stroke=self.approximator is None)

    def draw(self, z: Tensor) -> Tensor:
        """x [B, 1, 28, 28] in [0, 1], the point in which p(x|z) has all its mass; differentiable in z."""
        return self.draw_code(self.decode(z))

    def draw_code(self, code: LineCode) -> Tensor:
        """The same of a code that has been decoded."""
        if self.approximator is not None:
            return self.approximator(*code)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor) -> Tensor:
        """x' [B, 1, 28, 28]: the images encoded and drawn again."""
        return self.draw(self.encode(images))

    def best_code(self, images: Tensor) -> LineCode:
        """The code of `n_augmentations` whose drawing is nearest to images [B, 1, 28, 28]."""
        return best_of_augmentations(
            images, self.n_augmentations, lambda moved: self.decode(self.encode(moved)), self.draw_code
        )

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Strokes:
        """Drawings of noise alone.

        Args:
            n: how many, >= 0.
            seed: 0 to 2⁶⁴ − 1; the same gives the same drawings.
        Raises:
            TypeError, ValueError: n or seed is not an integer, or out of range.
        """
        code = self.decode(self.generate(_noise_for(self, n, seed)))
        return Strokes(code.lines, code.width)

    @torch.no_grad()
    def sample_images(self, n: int, seed: int) -> Tensor:
        """The same samples as p(x|z) draws them, [n, 1, 28, 28] in [0, 1]."""
        noise = _noise_for(self, n, seed)
        return torch.cat([self.draw(self.generate(part)) for part in noise.split(250)])

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ImplicitLines:
        """The untrained model that a config.json describes."""
        fields = {name: config[name] for name in ("n_lines", "renderer", "hidden", "n_augmentations")}
        reencode = config["reencoding_steps"] > 0
        return cls(encoder=config["ratio"] != "image", reencode=reencode, **fields)


class ImplicitPixels(nn.Module):
    """A generator of as many layers whose sample is all 784 pixels, to compare with: it has no lines.

    So there is no `vectorise`, and no encoder: it says nothing of an image.
    `load_model(folder, ImplicitPixels)` loads one.

    Args:
        hidden: sizes of the layers between noise and pixels.
    """

    def __init__(self, *, hidden: Sequence[int] = HIDDEN) -> None:
        super().__init__()
        self.noise_size = NOISE_SIZE
        self.encoder: nn.Module | None = None
        self.generator = noise_network(PIXELS, hidden=hidden)

    def generate(self, noise: Tensor) -> Tensor:
        """Pixels [B, 784] in (0, 1) from noise [B, 32]."""
        return self.generator(noise)

    def draw(self, z: Tensor) -> Tensor:
        """The pixels as images, [B, 1, 28, 28]."""
        return z.view(-1, 1, 28, 28)

    @torch.no_grad()
    def sample_images(self, n: int, seed: int) -> Tensor:
        """Images of noise, [n, 1, 28, 28] in [0, 1]; arguments as of `ImplicitLines.sample`."""
        return self.draw(self.generate(_noise_for(self, n, seed)))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ImplicitPixels:
        """The untrained model that a config.json describes."""
        return cls(hidden=config["hidden"])


class GaussianLines(nn.Module):
    """The model whose log-ratio is known: Gaussian q(z|x), Gaussian p(x|z), standard normal p(z).

    Here z [B, K] is a code in front of the coordinates of six lines, as in chapter 3, and x carries Gaussian
    noise of standard deviation std on both sides, so that q(x) is a mixture of bumps, one at each digit.

    Args:
        std: > 0, of a pixel.
        code_size: K.
    Raises:
        ValueError: std is not above 0, or code_size below 1.
    """

    N_LINES = 6

    def __init__(self, *, std: float, code_size: int = 16):
        super().__init__()
        if not std > 0:
            raise ValueError(f"std must be above 0, not {std}")
        self.std, self.code_size = std, check_count("code_size", code_size)
        outputs = n_parameters(self.N_LINES, learnt_stroke=True)
        noise_network(outputs)  # only its random numbers are used: the committed runs began behind them
        self.generator = noise_network(outputs, code_size)
        self.encoder = patch_conv_encoder(2 * code_size)

    def draw(self, z: Tensor) -> Tensor:
        """The mean of p(x|z), [B, 1, 28, 28]."""
        code = decode_parameters(self.generator(z), self.N_LINES, learnt_stroke=True)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of q(z|x), each [B, K]."""
        mu, logvar = self.encoder(x).chunk(2, 1)
        return mu, logvar

    def log_ratio(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) + log p(z) − log q(z|x), [B] nats: the true log-ratio but for log q(x)."""
        mu, logvar = self.encode(x)
        likelihood = gaussian_log_density(x, self.draw(z), self.std)
        prior = gaussian_log_density(z, torch.zeros_like(z), 1.0)
        return likelihood + prior - gaussian_log_density(z, mu, (logvar / 2).exp())


def _noise_for(model: ImplicitLines | ImplicitPixels, n: int, seed: int) -> Tensor:
    """Noise [n, `noise_size`] on the device of a model."""
    return normal_noise(n, model.noise_size, seed).to(next(model.parameters()))
