"""Chapter 4's modules: implicit distributions of lines, and the estimator of their log-ratio.

Convention: images are [B, 1, 28, 28] in [0, 1], ink = 1; a code `z` [B, Z] in (0, 1) holds the coordinates of
N lines (4N numbers) and, for the pen that learns, a width for each line and one sharpness (Z = 5N + 1).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vecnb.choices import check_choice
from vecnb.densities import gaussian_log_density
from vecnb.images import check_images
from vecnb.models.approximators import JointApproximator
from vecnb.models.augmentation import best_of_augmentations, check_n_augmentations
from vecnb.models.codec import LineCode, decode_parameters, init_output_bias, n_parameters, normal_noise
from vecnb.models.encoders import patch_conv_encoder
from vecnb.render import render_soft
from vecnb.strokes import Strokes

NOISE_SIZE = 32  # ours: more than the 31 numbers that say six lines, so that p(z|β) can have a density
PIXELS = 28 * 28


Renderer = Literal["exact", "approximator"]


def noise_network(
    outputs: int, inputs: int = NOISE_SIZE, hidden: Sequence[int] = (128, 256)
) -> nn.Sequential:
    """enc_β of thesis 4.3: what turns noise ε [B, inputs] into a sample [B, outputs] in (0, 1)."""
    layers: list[nn.Module] = []
    for size, following in itertools.pairwise((inputs, *hidden)):
        layers += [nn.Linear(size, following), nn.GELU()]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], outputs), nn.Sigmoid())


class ImplicitLines(nn.Module):
    """Generator and encoder of thesis 4.3: p(z|β), p(x|z) and q(z|x), none with a density.

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
        ValueError: n_augmentations is out of range.
    """

    def __init__(
        self,
        *,
        n_lines: int = 6,
        renderer: Renderer = "exact",
        encoder: bool = True,
        hidden: Sequence[int] = (128, 256),
        n_augmentations: int = 1,
        reencode: bool = False,
    ):
        super().__init__()
        check_choice("renderer", renderer, Renderer)
        self.n_lines, self.n_augmentations, self.reencode = (
            n_lines,
            check_n_augmentations(n_augmentations),
            reencode,
        )
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

        It is enc_β(ε) or, if `reencode`, {eq}`eq-reencoded` in book/04_likelihood_free.md.
        """
        z = self.generator(noise)
        return self.encode(self.draw(z)) if self.reencode else z

    def encode(self, images: Tensor) -> Tensor:
        """z [B, Z], the point in which q(z|x) has all its mass."""
        if self.encoder is None:
            raise ValueError("this model only generates: it was trained without an encoder")
        return self.encoder(images)

    def decode(self, z: Tensor) -> LineCode:
        """What the numbers of z mean: lines, widths, sharpness."""
        return decode_parameters(z, self.n_lines)

    def draw(self, z: Tensor) -> Tensor:
        """x [B, 1, 28, 28] in [0, 1], the point in which p(x|z) has all its mass; differentiable in z."""
        return self.draw_code(self.decode(z))

    def draw_code(self, code: LineCode) -> Tensor:
        """The same of numbers that have been read."""
        if self.approximator is not None:
            return self.approximator(*code)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor) -> Tensor:
        """x' [B, 1, 28, 28]: the images inferred and drawn again."""
        return self.draw(self.encode(images))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ImplicitLines:
        """The untrained model that a config.json describes."""
        kept = {name: config[name] for name in ("n_lines", "renderer", "hidden", "n_augmentations")}
        reencode = config["reencoding_steps"] > 0
        return cls(encoder=config["ratio"] != "image", reencode=reencode, **kept)

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """The lines of images [B, 1, 28, 28] in [0, 1], ink = 1; the best of `n_augmentations` attempts.

        Raises:
            TypeError: not a floating-point tensor.
            ValueError: another shape, or values outside [0, 1]; or the model has no encoder.
        """
        check_images(images)
        code = self.best_code(images.to(next(self.parameters()).dtype))
        return Strokes(code.lines, code.width)

    def best_code(self, images: Tensor) -> LineCode:
        """The best code of `n_augmentations` attempts for images [B, 1, 28, 28]."""
        return best_of_augmentations(
            images, self.n_augmentations, lambda seen: self.decode(self.encode(seen)), self.draw_code
        )

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Strokes:
        """n drawings out of nothing but noise; the same seed gives the same drawings."""
        noise = normal_noise(n, self.noise_size, seed).to(next(self.parameters()).device)
        code = self.decode(self.generate(noise))
        return Strokes(code.lines, code.width)

    @torch.no_grad()
    def sample_images(self, n: int, seed: int) -> Tensor:
        """The same samples as p(x|z) draws them, [n, 1, 28, 28] in [0, 1]."""
        noise = normal_noise(n, self.noise_size, seed).to(next(self.parameters()).device)
        return torch.cat([self.draw(self.generate(part)) for part in noise.split(250)])


class ImplicitPixels(nn.Module):
    """The pen's rival: a generator of as many layers that paints all 784 pixels itself.

    Args:
        hidden: sizes of the layers between noise and pixels.
    """

    encoder = None  # it says nothing of an image
    noise_size = NOISE_SIZE

    def __init__(self, *, hidden: Sequence[int] = (128, 256)) -> None:
        super().__init__()
        self.generator = noise_network(PIXELS, hidden=hidden)

    def generate(self, noise: Tensor) -> Tensor:
        """Pixels [B, 784] in (0, 1) from noise [B, 32]."""
        return self.generator(noise)

    def draw(self, z: Tensor) -> Tensor:
        """The pixels as images, [B, 1, 28, 28]."""
        return z.view(-1, 1, 28, 28)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ImplicitPixels:
        """The untrained model that a config.json describes."""
        return cls(hidden=config["hidden"])

    @torch.no_grad()
    def sample_images(self, n: int, seed: int) -> Tensor:
        """n images out of noise, [n, 1, 28, 28] in [0, 1]; the same seed gives the same images."""
        noise = normal_noise(n, self.noise_size, seed).to(next(self.parameters()).device)
        return self.draw(self.generate(noise))


class GaussianLines(nn.Module):
    """The model whose log-ratio is known: Gaussian q(z|x), Gaussian p(x|z), standard normal p(z).

    Here z [B, K] is a code in front of the coordinates, as in chapter 3, and x carries Gaussian noise of
    standard deviation std on both sides, so that q(x) is a mixture of bumps, one at each digit.

    Args:
        std: > 0, of a pixel.
        code_size: K.
    """

    def __init__(self, *, std: float, code_size: int = 16):
        super().__init__()
        self.std, self.code_size = std, code_size
        self.lines = ImplicitLines(encoder=False)
        self.lines.generator = noise_network(self.lines.code_size, code_size)
        self.encoder = patch_conv_encoder(2 * code_size)

    def draw(self, z: Tensor) -> Tensor:
        """The mean of p(x|z), [B, 1, 28, 28]."""
        return self.lines.draw(self.lines.generate(z))

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
