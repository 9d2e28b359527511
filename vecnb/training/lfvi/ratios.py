"""What the discriminator compares: one class for each value of `LfviConfig.ratio`.

Each says of which network r is made, and what that is shown of the model p and of the data q.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

from vecnb.models.codec import encode_parameters
from vecnb.models.discriminators import ImageDiscriminator, ParameterDiscriminator
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.training.lfvi.config import LfviConfig

Model = ImplicitLines | ImplicitPixels
Inputs = tuple[Tensor, ...]  # of the discriminator, each [B, ...]


class Ratio(Protocol):
    """A log-ratio p/q of some part of (x, z).

    Attributes:
        learns_encoder: whether q(z|x) is trained by r, with p.
    """

    learns_encoder: bool

    def build_discriminator(self) -> nn.Module:
        """The untrained network that estimates it."""

    def begin(self, images: Tensor) -> None:
        """Prepare for the first step.

        Args:
            images: [N, 1, 28, 28], all of the training images.
        """

    def inputs_p(self, z: Tensor, noise: float) -> Inputs:
        """What r sees of samples z [B, Z] of the model, with Gaussian noise of this standard deviation."""

    def inputs_q(self, x: Tensor, chosen: Tensor, noise: float) -> Inputs:
        """What r sees of data, with the same noise.

        Args:
            x: [B, 1, 28, 28], a minibatch on the model's device.
            chosen: [B], which of the training images they are.
        """


class ImageRatio:
    """p(x)/q(x), of images alone: the reduction to a generative adversarial network (thesis 4.4)."""

    learns_encoder = False

    def __init__(self, config: LfviConfig, model: Model):
        self.config, self.model = config, model

    def build_discriminator(self) -> ImageDiscriminator:
        """r(x)."""
        return _image_discriminator(self.config, channels=1)

    def begin(self, images: Tensor) -> None:
        """Nothing to prepare."""

    def inputs_p(self, z: Tensor, noise: float) -> Inputs:
        """The drawing of z, with noise."""
        return (with_noise(self.model.draw(z), noise),)

    def inputs_q(self, x: Tensor, chosen: Tensor, noise: float) -> Inputs:
        """Images with noise."""
        return (with_noise(x, noise),)


class JointParametersRatio:
    """p(x, z)/q(x, z), z seen as numbers (thesis 4.3)."""

    learns_encoder = True

    def __init__(self, config: LfviConfig, model: ImplicitLines):
        self.config, self.model = config, model

    def build_discriminator(self) -> ImageDiscriminator:
        """r(x, z)."""
        return _image_discriminator(self.config, channels=1, code_size=self.model.code_size)

    def begin(self, images: Tensor) -> None:
        """Nothing to prepare."""

    def inputs_p(self, z: Tensor, noise: float) -> Inputs:
        """The drawing of z, with noise, and z."""
        return with_noise(self.model.draw(z), noise), z

    def inputs_q(self, x: Tensor, chosen: Tensor, noise: float) -> Inputs:
        """Images with noise, and the codes of the images without."""
        return with_noise(x, noise), self.model.encode(x)


class JointDrawingRatio:
    """p(x, z)/q(x, z), z seen as its drawing: a second channel beside x."""

    learns_encoder = True

    def __init__(self, config: LfviConfig, model: ImplicitLines):
        self.config, self.model = config, model

    def build_discriminator(self) -> ImageDiscriminator:
        """r(x, drawing of z)."""
        return _image_discriminator(self.config, channels=2)

    def begin(self, images: Tensor) -> None:
        """Nothing to prepare."""

    def inputs_p(self, z: Tensor, noise: float) -> Inputs:
        """The drawing of z with noise, and without."""
        x = self.model.draw(z)
        return (torch.cat([with_noise(x, noise), x], 1),)

    def inputs_q(self, x: Tensor, chosen: Tensor, noise: float) -> Inputs:
        """Images with noise, and the drawings of their codes without."""
        return (torch.cat([with_noise(x, noise), self.model.draw(self.model.encode(x))], 1),)


class PriorRatio:
    """p(z)/q(z), of codes alone, where q(z|x) was trained before and is frozen: the chapter's split."""

    learns_encoder = False

    def __init__(self, config: LfviConfig, model: ImplicitLines):
        self.config, self.model = config, model
        self.codes = torch.empty(0, model.code_size)  # of all training images, from `begin` on

    def build_discriminator(self) -> ParameterDiscriminator:
        """r(z)."""
        return ParameterDiscriminator(self.model.code_size)

    def begin(self, images: Tensor) -> None:
        """Freeze the encoder, and note the codes of all images."""
        self.codes = freeze_encoder_and_cache_codes(self.model, images)

    def inputs_p(self, z: Tensor, noise: float) -> Inputs:
        """z with noise."""
        return (with_noise(z, noise),)

    def inputs_q(self, x: Tensor, chosen: Tensor, noise: float) -> Inputs:
        """The codes of the images, with noise."""
        return (with_noise(self.codes[chosen].to(x.device), noise),)


def build_ratio(config: LfviConfig, model: Model) -> Ratio:
    """What the discriminator compares, for a config and its model.

    Raises:
        ValueError: the ratio needs lines, and the model has none.
    """
    if config.ratio == "image":
        return ImageRatio(config, model)
    if not isinstance(model, ImplicitLines):
        raise ValueError(f"ratio {config.ratio!r} is of lines, which a {type(model).__name__} has not")
    match config.ratio:
        case "joint_parameters":
            return JointParametersRatio(config, model)
        case "joint_drawing":
            return JointDrawingRatio(config, model)
        case "prior":
            return PriorRatio(config, model)


def _image_discriminator(config: LfviConfig, *, channels: int, code_size: int = 0) -> ImageDiscriminator:
    return ImageDiscriminator(
        channels=channels,
        code_size=code_size,
        batch_deviation=config.batch_deviation,
        spectral_norm=config.spectral_norm,
    )


def with_noise(x: Tensor, std: float) -> Tensor:
    """x with Gaussian noise of a standard deviation, of the same shape."""
    return x + std * torch.randn_like(x)


@torch.no_grad()
def freeze_encoder_and_cache_codes(model: ImplicitLines, images: Tensor) -> Tensor:
    """End the training of q(z|x), and note its codes.

    Returns:
        The codes [N, Z] of all images [N, 1, 28, 28], on the CPU; each the best of the model's
        `n_augmentations`.
    """
    if model.encoder is not None:
        model.encoder.requires_grad_(False)
    device = next(model.parameters()).device
    parts = (model.best_code(part.to(device)) for part in images.split(500))
    return torch.cat([encode_parameters(code).cpu() for code in parts])
