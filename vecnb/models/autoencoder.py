"""Chapter 2's modules: the traditional autoencoder, the thesis's encoder and decoders, and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vecnb.choices import check_choice
from vecnb.images import check_images
from vecnb.models.augmentation import best_of_augmentations, check_n_augmentations
from vecnb.models.codec import LineCode, decode_parameters, init_output_bias, n_parameters
from vecnb.models.encoders import linear_conv_decoder, mlp_decoder, patch_conv_encoder, strided_conv_encoder
from vecnb.render import render_soft
from vecnb.strokes import Strokes

Encoder = Literal["strided_conv", "patch_conv"]
Init = Literal["random", "seven_segment"]
Decoder = Literal["none", "linear_conv", "mlp"]


class Autoencoder(nn.Module):
    """The traditional autoencoder of thesis 2.1: image → code Z → image, with no meaning asked of Z.

    Args:
        code_size: length of Z.
    """

    def __init__(self, code_size: int = 20):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, code_size))
        self.decoder = nn.Sequential(nn.Linear(code_size, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid())

    def decode(self, code: Tensor) -> Tensor:
        """X' [B, 1, 28, 28] from codes [B, code_size]."""
        return self.decoder(code).view(-1, 1, 28, 28)

    def forward(self, images: Tensor) -> Tensor:
        """X' = dec(enc(X)), [B, 1, 28, 28]."""
        return self.decode(self.encoder(images))


class LineAutoencoder(nn.Module):
    """The modified autoencoder of thesis 2.2: image → lines R_I → drawing R_O → image X'.

    Args:
        n_lines: N.
        encoder: "strided_conv", thesis 2.4, or "patch_conv", ours.
        alpha: of the thesis's presence, per squared unit-square length; None for our edge presence, whose
            widths (one a line) and sharpness (one an image) the encoder also gives.
        init: of the lines of the encoder, "random" or "seven_segment" (`init_output_bias`).
        decoder: "none" (X' = R_O), "linear_conv" (thesis 2.4) or "mlp".
        n_augmentations: how many copies of an image `vectorise` looks at, 1 to 9: the image itself, and moved by one
            pixel each way.
    Raises:
        ValueError: n_augmentations is out of range, or an option none of its choices.
    """

    def __init__(
        self,
        *,
        n_lines: int = 5,
        encoder: Encoder = "patch_conv",
        init: Init = "seven_segment",
        alpha: float | None = None,
        decoder: Decoder = "none",
        n_augmentations: int = 1,
    ):
        super().__init__()
        check_n_augmentations(n_augmentations)
        check_choice("encoder", encoder, Encoder)
        check_choice("init", init, Init)
        check_choice("decoder", decoder, Decoder)
        self.n_lines, self.alpha, self.n_augmentations = n_lines, alpha, n_augmentations
        outputs = n_parameters(n_lines, learnt_stroke=alpha is None)
        self.encoder = {"strided_conv": strided_conv_encoder, "patch_conv": patch_conv_encoder}[encoder](
            outputs
        )
        if init == "seven_segment":
            init_output_bias(self.encoder, n_lines)
        decoders: dict[str, Callable[[], nn.Module]]
        decoders = {"none": nn.Identity, "linear_conv": linear_conv_decoder, "mlp": mlp_decoder}
        self.decoder = decoders[decoder]()

    def encode(self, images: Tensor) -> LineCode:
        """R_I of images [B, 1, 28, 28]; a sigmoid keeps every coordinate on the canvas."""
        return decode_parameters(torch.sigmoid(self.encoder(images)), self.n_lines)

    def draw(self, code: LineCode) -> Tensor:
        """R_O = r(R_I), [B, 1, 28, 28] in [0, 1]."""
        if self.alpha is not None:
            return render_soft(code.lines, alpha=self.alpha)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor) -> Tensor:
        """X' = dec(r(enc(X))), [B, 1, 28, 28]."""
        return self.decoder(self.draw(self.encode(images)))

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LineAutoencoder:
        """The untrained model that a config.json describes."""
        return cls(
            **{
                name: config[name]
                for name in ("n_lines", "encoder", "init", "alpha", "decoder", "n_augmentations")
            }
        )

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """The lines of images, without gradient and with running statistics; the best of `n_augmentations` attempts.

        Args:
            images: [B, 1, 28, 28] in [0, 1], ink = 1, of any floating-point kind.
        Returns:
            Strokes of N lines an image, in unit-square units.
        Raises:
            TypeError: not a floating-point tensor.
            ValueError: another shape, or values outside [0, 1].
        """
        check_images(images)
        was_training, _ = self.training, self.eval()
        x = images.to(next(self.parameters()).dtype)
        code = best_of_augmentations(x, self.n_augmentations, self.encode, self.draw)
        self.train(was_training)
        return Strokes(code.lines, code.width)
