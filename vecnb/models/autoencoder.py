"""Autoencoders: the traditional one, and the one whose code is the lines of the image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn

from vecnb.choices import check_choice, check_count
from vecnb.images import check_shape
from vecnb.models.augmentation import best_of_augmentations, check_n_augmentations
from vecnb.models.base import LineModel
from vecnb.models.codec import Degree, LineCode, decode_parameters, init_output_bias, n_parameters
from vecnb.models.encoders import linear_conv_decoder, mlp_decoder, patch_conv_encoder, strided_conv_encoder
from vecnb.render import render_soft

Encoder = Literal["strided_conv", "strided_conv_unnormalised", "patch_conv", "small_patch_conv"]
Init = Literal["random", "seven_segment"]
Decoder = Literal["none", "linear_conv", "mlp"]
SWITCH_INIT = 2.0  # ours: a switch begins with p = 0.88


class Autoencoder(nn.Module):
    """The traditional autoencoder of thesis 2.1: image → code Z → image, with no meaning asked of Z.

    Args:
        code_size: length of Z.
    """

    def __init__(self, code_size: int = 20):
        super().__init__()
        check_count("code_size", code_size)
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, code_size))
        self.decoder = nn.Sequential(nn.Linear(code_size, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid())

    def decode(self, code: Tensor) -> Tensor:
        """X' [B, 1, 28, 28] from codes [B, code_size]."""
        return self.decoder(code).view(-1, 1, 28, 28)

    def forward(self, images: Tensor) -> Tensor:
        """X' = dec(enc(X)), [B, 1, 28, 28]."""
        check_shape(images)
        return self.decode(self.encoder(images))


class LineAutoencoder(LineModel):
    """The modified autoencoder of thesis 2.2: image → lines R_I → drawing R_O → image X'.

        >>> model = LineAutoencoder(n_lines=5)
        >>> images = torch.zeros(2, 1, 28, 28)
        >>> model(images).shape, model.encode(images).lines.shape
        (torch.Size([2, 1, 28, 28]), torch.Size([2, 5, 4]))

    Args:
        n_lines: N.
        encoder: "strided_conv", thesis 2.4; the same without its batch normalisation,
            "strided_conv_unnormalised"; or "patch_conv", ours, and a "small_patch_conv", half as wide.
        alpha: of the thesis's presence, per squared unit-square length; None for our edge presence, whose
            widths (one a line) and sharpness (one an image) the encoder also gives.
        init: of the lines of the encoder, "random" or "seven_segment" (`init_output_bias`).
        decoder: "none" (X' = R_O), "linear_conv" (thesis 2.4) or "mlp".
        n_augmentations: how many copies of an image `vectorise` looks at, 1 to 9: the image itself, and moved
            by one pixel each way.
        degree: of the strokes: 1, lines; 2 or 3, quadratic or cubic Bézier curves.
        switches: whether strokes may stay away: the encoder also says how probably each is there, and one
            that rather is not has the width 0, which is no ink.
    Raises:
        TypeError: n_lines or n_augmentations is not an integer.
        ValueError: one of them is out of range, or an option none of its choices.
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
        degree: Degree = 1,
        switches: bool = False,
    ):
        super().__init__()
        check_choice("encoder", encoder, Encoder)
        check_choice("init", init, Init)
        check_choice("decoder", decoder, Decoder)
        check_choice("degree", degree, Degree)
        if switches and alpha is not None:
            raise ValueError("switches need learnt widths: alpha must be None")
        self.n_lines, self.alpha = check_count("n_lines", n_lines), alpha
        self.n_augmentations = check_n_augmentations(n_augmentations)
        self.degree, self.n_switches = degree, n_lines if switches else 0
        outputs = n_parameters(n_lines, learnt_stroke=alpha is None, degree=degree) + self.n_switches
        encoders: dict[str, Callable[[int], nn.Sequential]] = {
            "strided_conv": strided_conv_encoder,
            "strided_conv_unnormalised": partial(strided_conv_encoder, normalised=False),
            "patch_conv": patch_conv_encoder,
            "small_patch_conv": partial(patch_conv_encoder, channels=32),
        }
        self.encoder = encoders[encoder](outputs)
        if init == "seven_segment":
            init_output_bias(self.encoder, n_lines, degree)
        if switches:
            torch.nn.init.constant_(self.encoder[-1].get_parameter("bias")[-n_lines:], SWITCH_INIT)
        decoders: dict[str, Callable[[], nn.Module]]
        decoders = {"none": nn.Identity, "linear_conv": linear_conv_decoder, "mlp": mlp_decoder}
        self.decoder = decoders[decoder]()

    def encode(self, images: Tensor) -> LineCode:
        """R_I of images [B, 1, 28, 28]; a sigmoid keeps every end of a stroke on the canvas."""
        code, logits = self.encode_switched(images)
        if self.n_switches:
            code = code._replace(width=torch.where(logits > 0, code.width, 0.0))
        return code

    def encode_switched(self, images: Tensor) -> tuple[LineCode, Tensor]:
        """The code with every stroke in it, and the logit of each being there, [B, N]; [B, 0] without."""
        check_shape(images)
        outputs = self.encoder(images)
        numbers = torch.sigmoid(outputs[:, : outputs.shape[1] - self.n_switches])
        code = decode_parameters(numbers, self.n_lines, learnt_stroke=self.alpha is None, degree=self.degree)
        return code, outputs[:, numbers.shape[1] :]

    def draw(self, code: LineCode) -> Tensor:
        """R_O = r(R_I), [B, 1, 28, 28] in [0, 1]."""
        if self.alpha is not None:
            return render_soft(code.lines, alpha=self.alpha)
        return render_soft(code.lines, stroke_width=code.width, sharpness=code.sharpness)

    def forward(self, images: Tensor) -> Tensor:
        """X' = dec(r(enc(X))), [B, 1, 28, 28]."""
        return self.decoder(self.draw(self.encode(images)))

    def best_code(self, images: Tensor) -> LineCode:
        """The code of `n_augmentations` whose soft drawing is nearest to images [B, 1, 28, 28]."""
        return best_of_augmentations(images, self.n_augmentations, self.encode, self.draw)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> LineAutoencoder:
        """The untrained model that a config.json describes."""
        names = ("n_lines", "encoder", "init", "alpha", "decoder", "n_augmentations")
        options = {name: config[name] for name in names}
        switches = config.get("stroke_price") is not None
        return cls(**options, degree=config.get("degree", 1), switches=switches)
