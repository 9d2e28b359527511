"""Chapter 4's modules: implicit distributions of lines, and the estimator of their log-ratio.

Convention: images are [B, 1, 28, 28] in [0, 1], ink = 1; a code `z` [B, Z] in (0, 1) holds the coordinates of
N lines (4N numbers) and, for the pen that learns, a width for each line and one sharpness (Z = 5N + 1).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from vecnb.lines import Strokes
from vecnb.losses import gaussian_log_density
from vecnb.models.autoencoder import line_encoder
from vecnb.models.code import (
    LineCode,
    begin_with_lines,
    best_of_views,
    check_views,
    code_length,
    read_code,
    standard_noise,
)
from vecnb.models.images import check_images
from vecnb.models.vae import JointApproximator
from vecnb.render import render_soft

NOISE_SIZE = 32  # ours: more than the 31 numbers that say six lines, so that p(z|β) can have a density
PIXELS = 28 * 28
PATCH_FEATURES = 48  # of each of the 8 × 8 patches
REGION_FEATURES = 96  # of each of the 4 × 4 regions of 2 × 2 patches


def noise_network(
    outputs: int, inputs: int = NOISE_SIZE, hidden: Sequence[int] = (128, 256)
) -> nn.Sequential:
    """enc_β of thesis 4.3: what turns noise ε [B, inputs] into a sample [B, outputs] in (0, 1)."""
    layers: list[nn.Module] = []
    for size, following in itertools.pairwise((inputs, *hidden)):
        layers += [nn.Linear(size, following), nn.GELU()]
    return nn.Sequential(*layers, nn.Linear(hidden[-1], outputs), nn.Sigmoid())


class ImplicitLines(nn.Module):
    """The generative and the inference half of thesis 4.3: p(z|β), p(x|z) and q(z|x), none with a density.

    Args:
        n_lines: N.
        renderer: p(x|z), a point mass: "exact" draws with a pen whose widths and sharpness belong to z,
            "approximate" with the network of chapter 3's faithful model and a pen of 2.5 pixels.
        inference: whether there is a q(z|x); the reduction to a generative adversarial network has none.
        hidden: sizes of the layers between noise and code.
        views: how many copies of an image `vectorise` looks at, 1 to 9, as in `LineAutoencoder`.
        second_look: whether a sample of p(z|β) is what inference sees in the drawing of enc_β(ε), and not
            enc_β(ε) itself.
    Raises:
        ValueError: views is out of range.
    """

    def __init__(
        self,
        *,
        n_lines: int = 6,
        renderer: str = "exact",
        inference: bool = True,
        hidden: Sequence[int] = (128, 256),
        views: int = 1,
        second_look: bool = False,
    ):
        super().__init__()
        self.n_lines, self.views, self.second_look = n_lines, check_views(views), second_look
        self.code_size = code_length(n_lines, learnt_pen={"exact": True, "approximate": False}[renderer])
        self.noise_size = max(NOISE_SIZE, self.code_size + 1)  # more lines need more noise
        self.generator = noise_network(self.code_size, self.noise_size, hidden)
        self.inference = None
        if inference:
            encoder = line_encoder(self.code_size)
            begin_with_lines(encoder, n_lines)
            self.inference = nn.Sequential(encoder, nn.Sigmoid())
        approximate = renderer == "approximate"
        self.approximator = JointApproximator(n_lines).requires_grad_(False) if approximate else None

    def generate(self, noise: Tensor) -> Tensor:
        """z [B, Z], a sample of p(z|β), from noise ε [B, `noise_size`] of a standard normal.

        It is enc_β(ε) or, with a second look, {eq}`eq-second-look` in book/04_likelihood_free.md.
        """
        z = self.generator(noise)
        return self.infer(self.draw(z)) if self.second_look else z

    def infer(self, images: Tensor) -> Tensor:
        """z [B, Z], the point in which q(z|x) has all its mass."""
        if self.inference is None:
            raise ValueError("this model only generates: it was trained without an inference network")
        return self.inference(images)

    def read(self, z: Tensor) -> LineCode:
        """What the numbers of z mean: lines, widths, sharpness."""
        return read_code(z, self.n_lines)

    def draw(self, z: Tensor) -> Tensor:
        """x [B, 1, 28, 28] in [0, 1], the point in which p(x|z) has all its mass; differentiable in z."""
        return self.draw_code(self.read(z))

    def draw_code(self, code: LineCode) -> Tensor:
        """The same of numbers that have been read."""
        if self.approximator is not None:
            return self.approximator(*code)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor) -> Tensor:
        """x' [B, 1, 28, 28]: the images inferred and drawn again."""
        return self.draw(self.infer(images))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> ImplicitLines:
        """The untrained model that a config.json describes."""
        kept = {name: config[name] for name in ("n_lines", "renderer", "hidden", "views")}
        second_look = config["second_look_steps"] > 0
        return cls(inference=config["ratio"] != "image", second_look=second_look, **kept)

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """The lines of images [B, 1, 28, 28] in [0, 1], ink = 1; the best of `views` attempts.

        Raises:
            TypeError: not a floating-point tensor.
            ValueError: another shape, or values outside [0, 1]; or the model has no inference network.
        """
        check_images(images)
        code = self.best_code(images.to(next(self.parameters()).dtype))
        return Strokes(code.lines, code.width)

    def best_code(self, images: Tensor) -> LineCode:
        """The best code of `views` attempts for images [B, 1, 28, 28]."""
        return best_of_views(images, self.views, lambda seen: self.read(self.infer(seen)), self.draw_code)

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Strokes:
        """n drawings out of nothing but noise; the same seed gives the same drawings."""
        noise = standard_noise(n, self.noise_size, seed).to(next(self.parameters()).device)
        code = self.read(self.generate(noise))
        return Strokes(code.lines, code.width)

    @torch.no_grad()
    def sample_images(self, n: int, seed: int) -> Tensor:
        """The same samples as p(x|z) draws them, [n, 1, 28, 28] in [0, 1]."""
        noise = standard_noise(n, self.noise_size, seed).to(next(self.parameters()).device)
        return torch.cat([self.draw(self.generate(part)) for part in noise.split(250)])


class ImplicitPixels(nn.Module):
    """The pen's rival: a generator of as many layers that paints all 784 pixels itself.

    Args:
        hidden: sizes of the layers between noise and pixels.
    """

    inference = None  # it says nothing of an image
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
        noise = standard_noise(n, self.noise_size, seed).to(next(self.parameters()).device)
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
        self.pen = ImplicitLines(inference=False)
        self.pen.generator = noise_network(self.pen.code_size, code_size)
        self.inference = line_encoder(2 * code_size)

    def draw(self, z: Tensor) -> Tensor:
        """The mean of p(x|z), [B, 1, 28, 28]."""
        return self.pen.draw(self.pen.generate(z))

    def infer(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and logarithm of the variance of q(z|x), each [B, K]."""
        mu, logvar = self.inference(x).chunk(2, 1)
        return mu, logvar

    def log_ratio(self, x: Tensor, z: Tensor) -> Tensor:
        """log p(x|z) + log p(z) − log q(z|x), [B] nats: the true log-ratio but for log q(x)."""
        mu, logvar = self.infer(x)
        likelihood = gaussian_log_density(x, self.draw(z), self.std)
        prior = gaussian_log_density(z, torch.zeros_like(z), 1.0)
        return likelihood + prior - gaussian_log_density(z, mu, (logvar / 2).exp())


class RatioEstimator(nn.Module):
    """r(·; θ) of thesis (10): one number a sample, large where the model p, low where the data q is likely.

    Images pass through two convolutions, of 8×8 pixels with stride 4 and of 2×2 patches with stride 2, each
    written as one matrix product: on a CPU the second derivatives that a penalty on the slope asks for are
    many times faster so.

    Args:
        channels: of the images that it sees: 1 for x, 2 for x and the drawing of z.
        code_size: numbers of z that it sees beside them.
        deviation: whether it also sees how much the batch varies (`batch_deviation`).
        spectral: whether every layer is divided by its largest singular value.
    """

    def __init__(
        self, *, channels: int = 1, code_size: int = 0, deviation: bool = False, spectral: bool = False
    ):
        super().__init__()
        normalise = spectral_norm if spectral else nn.Identity()
        self.channels, self.deviation = channels, deviation
        self.patches = normalise(nn.Linear(64 * channels, PATCH_FEATURES))
        self.regions = normalise(nn.Linear(4 * PATCH_FEATURES, REGION_FEATURES))
        self.first = normalise(nn.Linear(16 * REGION_FEATURES + code_size, 256))
        self.second = normalise(nn.Linear(256 + deviation, 256))
        self.last = normalise(nn.Linear(256, 1))

    def forward(self, images: Tensor, z: Tensor | None = None) -> Tensor:
        """The log-ratio [B] of images [B, channels, 28, 28], or of pairs of them and codes [B, code_size]."""
        parts = [] if z is None else [2 * z - 1]
        parts.append(self._look(images).flatten(1))
        hidden = F.leaky_relu(self.first(torch.cat(parts, 1)), 0.2)
        if self.deviation:
            hidden = torch.cat([hidden, batch_deviation(hidden)], 1)
        return self.last(F.leaky_relu(self.second(hidden), 0.2))[:, 0]

    def _look(self, images: Tensor) -> Tensor:
        """The features [B, 4, 4, REGION_FEATURES] of images [B, channels, 28, 28]."""
        blocks = F.pad(images, (4, 4, 4, 4)).view(-1, self.channels, 9, 4, 9, 4)
        blocks = blocks.permute(0, 2, 4, 1, 3, 5).flatten(3)  # [B, 9, 9, 16 channels]
        corners = [blocks[:, down : down + 8, right : right + 8] for down in (0, 1) for right in (0, 1)]
        patches = F.leaky_relu(self.patches(torch.cat(corners, 3)), 0.2)  # [B, 8, 8, PATCH_FEATURES]
        around = patches.unflatten(2, (4, 2)).unflatten(1, (4, 2)).transpose(2, 3).flatten(3)
        return F.leaky_relu(self.regions(around), 0.2)


class CodeRatioEstimator(nn.Module):
    """r of the split: of codes alone, so that three layers of 512 cost less than one look at an image.

    Args:
        code_size: Z.
    """

    SCALE = 10.0  # a coordinate of the codes of MNIST has a standard deviation of about .1

    def __init__(self, code_size: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(code_size, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 512),
            nn.LeakyReLU(0.2),
            nn.Linear(512, 1),
        )

    def forward(self, images: None, z: Tensor) -> Tensor:
        """The log-ratio [B] of codes [B, Z] in (0, 1); there are no images to see."""
        return self.layers(self.SCALE * (z - 0.5))[:, 0]


def batch_deviation(hidden: Tensor) -> Tensor:
    """How much a batch varies: the standard deviation of each feature over the batch, averaged over features.

    A generator that has collapsed gives itself away by it, whatever its single sample looks like
    (Karras et al., 2018; {eq}`eq-deviation` in book/04_likelihood_free.md).

    Args:
        hidden: [B, F].
    Returns:
        [B, 1], the same number for every sample of the batch.
    """
    deviation = (hidden.var(0, unbiased=False) + 1e-8).sqrt().mean()
    return deviation.expand(len(hidden), 1)
