"""Variational autoencoders of lines, and one of pixels to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from vecnb.choices import check_choice, check_count
from vecnb.images import check_shape
from vecnb.losses import reparameterize
from vecnb.models.approximators import JointApproximator, PerLineApproximator, bounded_sigmoid
from vecnb.models.augmentation import best_of_augmentations, check_n_augmentations
from vecnb.models.base import LineModel
from vecnb.models.codec import LineCode, decode_parameters, n_parameters, normal_noise
from vecnb.models.encoders import coordinate_network, mlp_layers, patch_conv_encoder
from vecnb.models.prior import ResampledPrior
from vecnb.render import render_hard, render_smoothed, render_soft
from vecnb.strokes import Strokes

# A smoothed raster is exactly 0 and 1 away from edges: the cross-entropy of a certain error is infinite.
PROBABILITY_MARGIN = 1e-3
MAX_LOGVAR = 20.0  # a variance of 5e8; far from all digits an encoder names more, which float32 cannot hold

Networks = Literal["mlp", "conv"]
Renderer = Literal["joint_approximator", "per_line_approximator", "exact", "smoothed"]


class VAEOutput(NamedTuple):
    """What a variational autoencoder makes of a batch of images, with one sample of z an image."""

    x_recon: Tensor  # X', [B, 1, 28, 28] in [0, 1]
    mu: Tensor  # [B, K], mean of q(z|x)
    logvar: Tensor  # [B, K], logarithm of its variance
    code: LineCode | None  # the lines that were drawn; None without lines


def build_prior(latent_size: int, learnt: bool) -> ResampledPrior | None:
    """The prior that is trained after the rest of the model; until then without a gradient.

    Its initial weights do not touch the state of torch's generator: a model begins alike with it and without.
    """
    if not learnt:
        return None
    with torch.random.fork_rng(devices=[]):
        return ResampledPrior(latent_size).requires_grad_(False)


def build_approximator(renderer: Renderer, n_lines: int) -> JointApproximator | PerLineApproximator | None:
    """The network that a renderer asks for, untrained; None for the two that are no network."""
    match renderer:
        case "joint_approximator":
            return JointApproximator(n_lines)
        case "per_line_approximator":
            return PerLineApproximator()
        case "exact" | "smoothed":
            return None


class LineVAE(LineModel):
    """Thesis 3.4: image → q(z|x) → z → coordinate network → lines → (approximate) renderer → X'.

        >>> model = LineVAE(n_lines=6)
        >>> output = model(torch.zeros(2, 1, 28, 28))
        >>> output.x_recon.shape, output.mu.shape, model.sample(10, seed=0).lines.shape
        (torch.Size([2, 1, 28, 28]), torch.Size([2, 32]), torch.Size([10, 6, 4]))

    Args:
        n_lines: N.
        latent_size: K, the length of z.
        networks: "mlp", thesis 3.4, whose strokes have one fixed width, or "conv", ours, which gives every
            line its own.
        renderer: "joint_approximator" or "per_line_approximator"; "exact", the soft renderer of chapter 2;
            "smoothed", the rasteriser's own drawings averaged (`render_smoothed`), which has no gradient.
        n_augmentations: how many moved copies of an image `vectorise` looks at, 1 to 9
            (`best_of_augmentations`).
        learnt_prior: whether `sample` draws codes from a prior that was learnt, in place of N(0, 1).
    Raises:
        TypeError: n_lines, latent_size or n_augmentations is not an integer.
        ValueError: one of them is out of range, or an option none of its choices.
    """

    def __init__(
        self,
        *,
        n_lines: int = 6,
        latent_size: int = 32,
        networks: Networks = "conv",
        renderer: Renderer = "per_line_approximator",
        n_augmentations: int = 1,
        learnt_prior: bool = False,
    ):
        super().__init__()
        self.n_augmentations = check_n_augmentations(n_augmentations)
        check_choice("networks", networks, Networks)
        check_choice("renderer", renderer, Renderer)
        self.n_lines, self.latent_size = (
            check_count("n_lines", n_lines),
            check_count("latent_size", latent_size),
        )
        self.networks, self.renderer = networks, renderer
        if networks == "mlp":
            self.encoder = nn.Sequential(nn.Flatten(), mlp_layers(784, 2 * latent_size))
            self.coordinates: nn.Module = mlp_layers(latent_size, n_parameters(n_lines, learnt_stroke=False))
        else:
            self.encoder = patch_conv_encoder(2 * latent_size)
            self.coordinates = coordinate_network(latent_size, n_lines)
        self.approximator = build_approximator(renderer, n_lines)
        self.prior = build_prior(latent_size, learnt_prior)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each [B, K], of images [B, 1, 28, 28]."""
        check_shape(images)
        mu, logvar = self.encoder(images).chunk(2, dim=1)
        return mu, logvar.clamp_max(MAX_LOGVAR)

    def decode(self, z: Tensor) -> LineCode:
        """The lines of codes [B, K], through the coordinate network."""
        numbers = torch.sigmoid(self.coordinates(z))
        return decode_parameters(numbers, self.n_lines, learnt_stroke=self.networks == "conv")

    def draw(self, code: LineCode) -> Tensor:
        """X', [B, 1, 28, 28] in [0, 1], by the model's own renderer."""
        if self.approximator is not None:
            return self.approximator(*code)
        if self.renderer == "smoothed":
            return render_smoothed(*code).clamp(PROBABILITY_MARGIN, 1 - PROBABILITY_MARGIN)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor, noise: Tensor | None = None) -> VAEOutput:
        """X' of images [B, 1, 28, 28], from one sample of z each; its noise [B, K] can be given."""
        mu, logvar = self.encode(images)
        code = self.decode(reparameterize(mu, logvar, noise=noise))
        return VAEOutput(self.draw(code), mu, logvar, code)

    def best_code(self, images: Tensor) -> LineCode:
        """The code of `n_augmentations` whose hard raster is nearest to images [B, 1, 28, 28]."""
        return best_of_augmentations(
            images,
            self.n_augmentations,
            lambda moved: self.decode(self.encode(moved)[0]),  # the mean of q(z|x)
            lambda code: render_hard(code.lines, stroke_width=code.width),
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LineVAE:
        """The untrained model that a config.json describes."""
        names = ("n_lines", "latent_size", "networks", "renderer", "n_augmentations")
        return cls(**{name: config[name] for name in names}, learnt_prior=config["prior_steps"] > 0)

    @torch.no_grad()
    def sample(self, n: int, seed: int, *, normal: bool = False) -> Strokes:
        """Drawings from the prior: the learnt one if there is one, else N(0, 1).

        Args:
            n: how many, >= 0.
            seed: of the codes, 0 to 2⁶⁴ − 1; the same seed gives the same drawings.
            normal: take N(0, 1) all the same.
        Raises:
            TypeError, ValueError: n or seed is not an integer, or out of range.
        """
        code = self.decode(codes_of_prior(self, n, seed, normal=normal))
        return Strokes(code.lines, code.width)


class PixelVAE(nn.Module):
    """The same model without lines, to compare with: 784-400-(20), and back to pixels.

    It has no lines, so there is no `vectorise`; `load_model(folder, PixelVAE)` loads one.

    Args:
        latent_size: K; 20 as is usual for MNIST.
        learnt_prior: as of `LineVAE`.
    """

    def __init__(self, *, latent_size: int = 20, learnt_prior: bool = False):
        super().__init__()
        self.latent_size = check_count("latent_size", latent_size)
        self.encoder = nn.Sequential(
            nn.Flatten(), nn.Linear(784, 400), nn.ReLU(), nn.Linear(400, 2 * latent_size)
        )
        self.decoder = nn.Sequential(nn.Linear(latent_size, 400), nn.ReLU(), nn.Linear(400, 784))
        self.prior = build_prior(latent_size, learnt_prior)

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each [B, K]."""
        check_shape(images)
        mu, logvar = self.encoder(images).chunk(2, dim=1)
        return mu, logvar.clamp_max(MAX_LOGVAR)

    def decode(self, z: Tensor) -> Tensor:
        """X' [B, 1, 28, 28] in (0, 1) from codes [B, K]."""
        return bounded_sigmoid(self.decoder(z)).view(-1, 1, 28, 28)

    def forward(self, images: Tensor, noise: Tensor | None = None) -> VAEOutput:
        """X' of images [B, 1, 28, 28], from one sample of z each; its noise [B, K] can be given."""
        mu, logvar = self.encode(images)
        return VAEOutput(self.decode(reparameterize(mu, logvar, noise=noise)), mu, logvar, None)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> PixelVAE:
        """The untrained model that a config.json describes."""
        return cls(latent_size=config["latent_size"], learnt_prior=config["prior_steps"] > 0)

    @torch.no_grad()
    def sample_images(self, n: int, seed: int, *, normal: bool = False) -> Tensor:
        """`n` images from the prior, [n, 1, 28, 28]: pixels, not lines. Arguments as of `LineVAE.sample`."""
        return self.decode(codes_of_prior(self, n, seed, normal=normal))


def codes_of_prior(model: LineVAE | PixelVAE, n: int, seed: int, *, normal: bool) -> Tensor:
    """Codes [n, K], from the learnt prior if the model has one and `normal` is not asked for."""
    if model.prior is not None and not normal:
        return model.prior.sample(n, seed)
    return normal_noise(n, model.latent_size, seed).to(next(model.parameters()))
