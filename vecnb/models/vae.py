"""Chapter 3's modules: variational autoencoders of lines, the approximate renderers, the pixel VAE."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from vecnb.lines import Strokes
from vecnb.losses import reparameterize
from vecnb.models.autoencoder import line_encoder
from vecnb.models.code import (
    SHARPNESS_RANGE,
    LineCode,
    begin_with_lines,
    best_of_views,
    check_views,
    code_length,
    read_code,
    standard_noise,
)
from vecnb.models.images import PIXEL, check_images
from vecnb.models.prior import LearntPrior
from vecnb.render import render_hard, render_soft

MAX_LOGVAR = 20.0  # a variance of 5e8; far from all digits an encoder names more, which float32 cannot hold
MAX_LOGIT = 12.0  # no pixel of an approximation is surer than 1 − 6e-6, whatever the network says


class Pass(NamedTuple):
    """One image's way through a variational autoencoder, with one sample of z."""

    x_recon: Tensor  # X', [B, 1, 28, 28] in [0, 1]
    mu: Tensor  # [B, K], mean of q(z|x)
    logvar: Tensor  # [B, K], logarithm of its variance
    code: LineCode | None  # the lines that were drawn; None without lines


def later_prior(latent: int, learnt: bool) -> LearntPrior | None:
    """The prior that is learnt when all else is done; without a gradient until then.

    Its first weights are drawn aside, so that a model begins alike with it and without.
    """
    if not learnt:
        return None
    with torch.random.fork_rng(devices=[]):
        return LearntPrior(latent).requires_grad_(False)


class JointApproximator(nn.Module):
    """Thesis 3.4's approximate renderer: all lines at once through three linear layers, and a sigmoid.

    The thesis names no sizes; 512 is ours.
    """

    def __init__(self, n_lines: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4 * n_lines, 512), nn.LeakyReLU(), nn.Linear(512, 512), nn.LeakyReLU()
        )
        self.pixels = nn.Linear(512, 784)

    def forward(self, lines: Tensor, width: Tensor, sharpness: Tensor) -> Tensor:
        """X' ≈ r(lines), [B, 1, 28, 28] in (0, 1); the pen is the rasteriser's own and not asked for."""
        return _ink(self.pixels(self.layers(lines.flatten(1)))).view(-1, 1, 28, 28)


class LineApproximator(nn.Module):
    """Our approximate renderer: one line at a time, composed by the maximum as the rasteriser composes.

    A coordinate enters as itself and as sines and cosines of four frequencies
    ({eq}`eq-fourier-features` in book/03_variational_autoencoder.md): a network of bare coordinates learns
    the blur of a stroke long before its edge. The width of the line and the sharpness of its edge enter too.
    """

    FREQUENCIES = 4  # π, 2π, 4π, 8π: the shortest wave is 7 pixels long

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(4 * (1 + 2 * self.FREQUENCIES) + 2, 256),
            nn.GELU(),
            nn.Linear(256, 256),
            nn.GELU(),
            nn.Linear(256, 784),
        )
        nn.init.constant_(self.layers.get_parameter("4.bias"), -4.0)  # paper is white to begin with

    def forward(self, lines: Tensor, width: Tensor, sharpness: Tensor) -> Tensor:
        """X' ≈ r(lines, pen), [B, 1, 28, 28] in (0, 1), for lines [B, N, 4], width [B, N], sharpness [B]."""
        frequencies = math.pi * 2.0 ** torch.arange(self.FREQUENCIES, device=lines.device)
        angles = (lines[..., None] * frequencies).flatten(-2)
        sharp = (sharpness / SHARPNESS_RANGE[1])[:, None].expand_as(width)
        pen = torch.stack([width / (3 * PIXEL), sharp], -1)
        features = torch.cat([lines, angles.sin(), angles.cos(), pen], -1)
        return _ink(self.layers(features).amax(1)).view(-1, 1, 28, 28)


def _ink(logits: Tensor) -> Tensor:
    """A sigmoid that is never so sure that its cross-entropy loses its gradient."""
    return torch.sigmoid(MAX_LOGIT * torch.tanh(logits / MAX_LOGIT))


def thesis_layers(inputs: int, outputs: int) -> nn.Sequential:
    """Thesis 3.4's two linear layers with a leaky ReLU; the 400 units between them are ours.

    The thesis gives both layers that activation. Ours stops at the first: after the second, a mean could
    hardly be negative.
    """
    return nn.Sequential(nn.Linear(inputs, 400), nn.LeakyReLU(), nn.Linear(400, outputs))


def coordinate_layers(inputs: int, n_lines: int) -> nn.Sequential:
    """Our coordinate network: three linear layers, from a code to N lines and their pen."""
    last = nn.Linear(256, code_length(n_lines, learnt_pen=True))
    network = nn.Sequential(nn.Linear(inputs, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), last)
    begin_with_lines(network, n_lines)
    return network


class LineVAE(nn.Module):
    """Thesis 3.4: image → q(z|x) → z → coordinate network → lines → (approximate) renderer → X'.

    Args:
        n_lines: N.
        latent: K, the length of z.
        networks: "thesis", whose pen has one fixed width, or "ours", which gives every line its own.
        renderer: "joint" or "per_line", an approximate renderer; "soft", the exact soft one of chapter 2;
            "none", drawn by the rasteriser alone, which cannot learn by itself.
        views: how many moved copies of an image `vectorise` looks at, 1 to 9 (`best_of_views`).
        learnt_prior: whether `sample` draws codes from a prior that was learnt, in place of N(0, 1).
    """

    def __init__(
        self,
        *,
        n_lines: int = 6,
        latent: int = 32,
        networks: str = "ours",
        renderer: str = "per_line",
        views: int = 1,
        learnt_prior: bool = False,
    ):
        super().__init__()
        self.views = check_views(views)
        self.n_lines, self.latent, self.networks, self.renderer = n_lines, latent, networks, renderer
        if networks == "thesis":
            self.encoder = nn.Sequential(nn.Flatten(), thesis_layers(784, 2 * latent))
            self.coordinates: nn.Module = thesis_layers(latent, code_length(n_lines, learnt_pen=False))
        else:
            self.encoder = line_encoder(2 * latent)
            self.coordinates = coordinate_layers(latent, n_lines)
        approximators = {"joint": lambda: JointApproximator(n_lines), "per_line": LineApproximator}
        self.approximator = approximators.get(renderer, lambda: None)()
        self.prior = later_prior(latent, learnt_prior)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each [B, K], of images [B, 1, 28, 28]."""
        mu, logvar = self.encoder(images).chunk(2, dim=1)
        return mu, logvar.clamp_max(MAX_LOGVAR)

    def decode(self, z: Tensor) -> LineCode:
        """The lines of codes [B, K], through the coordinate network."""
        return read_code(torch.sigmoid(self.coordinates(z)), self.n_lines)

    def draw(self, code: LineCode) -> Tensor:
        """X', [B, 1, 28, 28] in [0, 1], by the model's own renderer.

        Raises:
            ValueError: it has none (renderer "none").
        """
        if self.approximator is not None:
            return self.approximator(*code)
        if self.renderer != "soft":
            raise ValueError("this model was trained through the raster alone: draw it with render_hard")
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor) -> Pass:
        """X' of images [B, 1, 28, 28], from one sample of z each."""
        mu, logvar = self.encode(images)
        code = self.decode(reparameterize(mu, logvar))
        return Pass(self.draw(code), mu, logvar, code)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LineVAE:
        """The untrained model that a config.json describes."""
        kept = {name: config[name] for name in ("n_lines", "latent", "networks", "renderer", "views")}
        return cls(**kept, learnt_prior=config["prior_steps"] > 0)

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """The lines of images: those of the mean of q(z|x), without gradient.

        Args:
            images: [B, 1, 28, 28] in [0, 1], ink = 1, of any floating-point kind.
        Returns:
            Strokes of N lines an image, in unit-square units.
        Raises:
            TypeError, ValueError: as `check_images`.
        """
        x = check_images(images).to(next(self.parameters()).dtype)
        code = best_of_views(
            x,
            self.views,
            lambda moved: self.decode(self.encode(moved)[0]),
            lambda code: render_hard(code.lines, stroke_width=code.width),  # the raster itself is the judge
        )
        return Strokes(code.lines, code.width)

    @torch.no_grad()
    def sample(self, n: int, seed: int, *, normal: bool = False) -> Strokes:
        """Lines of `n` drawings from the prior: the learnt one if there is one, else N(0, 1).

        Args:
            n: how many, >= 0.
            seed: of the codes; the same seed gives the same drawings.
            normal: take N(0, 1) all the same.
        """
        code = self.decode(codes_of_prior(self, n, seed, normal=normal))
        return Strokes(code.lines, code.width)


class PixelVAE(nn.Module):
    """The same model without lines, for comparison: 784-400-(20), and back to pixels.

    Args:
        latent: K; 20 as is usual for MNIST.
        learnt_prior: as of `LineVAE`.
    """

    def __init__(self, *, latent: int = 20, learnt_prior: bool = False):
        super().__init__()
        self.latent = latent
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2 * latent))
        self.decoder = nn.Sequential(nn.Linear(latent, 400), nn.ReLU(), nn.Linear(400, 784))
        self.prior = later_prior(latent, learnt_prior)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each [B, K]."""
        mu, logvar = self.encoder(images).chunk(2, dim=1)
        return mu, logvar.clamp_max(MAX_LOGVAR)

    def decode(self, z: Tensor) -> Tensor:
        """X' [B, 1, 28, 28] in (0, 1) from codes [B, K]."""
        return _ink(self.decoder(z)).view(-1, 1, 28, 28)

    def forward(self, images: Tensor) -> Pass:
        """X' of images [B, 1, 28, 28], from one sample of z each."""
        mu, logvar = self.encode(images)
        return Pass(self.decode(reparameterize(mu, logvar)), mu, logvar, None)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> PixelVAE:
        """The untrained model that a config.json describes."""
        return cls(latent=config["latent"], learnt_prior=config["prior_steps"] > 0)

    @torch.no_grad()
    def sample_images(self, n: int, seed: int, *, normal: bool = False) -> Tensor:
        """`n` images from the prior, [n, 1, 28, 28]: pixels, not lines. Arguments as of `LineVAE.sample`."""
        return self.decode(codes_of_prior(self, n, seed, normal=normal))


def codes_of_prior(model: LineVAE | PixelVAE, n: int, seed: int, *, normal: bool) -> Tensor:
    """Codes [n, K], from the learnt prior if the model has one and `normal` is not asked for."""
    if model.prior is not None and not normal:
        return model.prior.sample(n, seed)
    return standard_noise(n, model.latent, seed).to(next(model.parameters()).device)
