"""Chapter 2's modules: the traditional autoencoder, the thesis's encoder and decoders, and ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from vecnb.lines import Strokes
from vecnb.models.code import (
    LineCode,
    begin_with_lines,
    best_of_views,
    check_views,
    code_length,
    read_code,
)
from vecnb.models.images import check_images
from vecnb.render import render_soft


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


def thesis_encoder(outputs: int) -> nn.Sequential:
    """Thesis 2.4: convolutions to 16 and 8 channels, batch normalisation and leaky ReLU, one linear layer.

    The thesis names no kernel and no stride; ours are 3×3, halving the image twice (28 → 14 → 7).
    """
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1),
        nn.BatchNorm2d(16),
        nn.LeakyReLU(),
        nn.Conv2d(16, 8, 3, stride=2, padding=1),
        nn.BatchNorm2d(8),
        nn.LeakyReLU(),
        nn.Flatten(),
        nn.Linear(8 * 7 * 7, outputs),
    )


def thesis_decoder() -> nn.Sequential:
    """Thesis 2.4: convolutions to 16 and 1 channels, no activations: one linear 5×5 filter, in effect."""
    return nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.Conv2d(16, 1, 3, padding=1))


def large_decoder() -> nn.Sequential:
    """A decoder with the capacity that thesis 2.4 warns of: it can redraw a digit from almost any trace."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 512),
        nn.ReLU(),
        nn.Linear(512, 784),
        nn.Sigmoid(),
        nn.Unflatten(1, (1, 28, 28)),
    )


def line_encoder(outputs: int) -> nn.Sequential:
    """Our encoder: 4×4 patches, one convolution that mixes neighbours, three linear layers; no normalisation.

    Batch normalisation would shake every coordinate with the noise of its batch's statistics, which a
    regression to a tenth of a pixel feels.
    """
    last = nn.Linear(256, outputs)
    nn.init.uniform_(last.bias, -0.3, 0.3)  # different lines to begin with, around the middle
    return nn.Sequential(
        nn.Conv2d(1, 64, 4, stride=4),  # 28 → 7
        nn.GELU(),
        nn.Conv2d(64, 128, 3, stride=2, padding=1),  # 7 → 4
        nn.GELU(),
        nn.Flatten(),
        nn.Linear(128 * 4 * 4, 256),
        nn.GELU(),
        nn.Linear(256, 256),
        nn.GELU(),
        last,
    )


class LineAutoencoder(nn.Module):
    """The modified autoencoder of thesis 2.2: image → lines R_I → drawing R_O → image X'.

    Args:
        n_lines: N.
        encoder: "thesis" or "ours".
        alpha: of the thesis's presence, per squared unit-square length; None for our edge presence, whose
            widths (one a line) and sharpness (one an image) the encoder also gives.
        start: where the lines of our encoder begin, "random" or at "segments" (`begin_with_lines`).
        decoder: "none" (X' = R_O), "thesis" or "large".
        views: how many copies of an image `vectorise` looks at, 1 to 5: the image itself, and moved by one
            pixel to each side.
    Raises:
        ValueError: views is out of range.
    """

    def __init__(
        self,
        *,
        n_lines: int = 5,
        encoder: str = "ours",
        start: str = "segments",
        alpha: float | None = None,
        decoder: str = "none",
        views: int = 1,
    ):
        super().__init__()
        check_views(views)
        self.n_lines, self.alpha, self.views = n_lines, alpha, views
        outputs = code_length(n_lines, learnt_pen=alpha is None)
        self.encoder = {"thesis": thesis_encoder, "ours": line_encoder}[encoder](outputs)
        if start == "segments":
            begin_with_lines(self.encoder, n_lines)
        decoders: dict[str, Callable[[], nn.Module]]
        decoders = {"none": nn.Identity, "thesis": thesis_decoder, "large": large_decoder}
        self.decoder = decoders[decoder]()

    def encode(self, images: Tensor) -> LineCode:
        """R_I of images [B, 1, 28, 28]; a sigmoid keeps every coordinate on the canvas."""
        return read_code(torch.sigmoid(self.encoder(images)), self.n_lines)

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
            **{name: config[name] for name in ("n_lines", "encoder", "start", "alpha", "decoder", "views")}
        )

    @torch.no_grad()
    def vectorise(self, images: Tensor) -> Strokes:
        """The lines of images, without gradient and with running statistics; the best of `views` attempts.

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
        code = best_of_views(x, self.views, self.encode, self.draw)
        self.train(was_training)
        return Strokes(code.lines, code.width)
