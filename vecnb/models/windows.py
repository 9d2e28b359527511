"""A network that proposes strokes for a window of a drawing, of which only the middle counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from vecnb.images import PIXEL, SIDE
from vecnb.models.autoencoder import LineAutoencoder
from vecnb.models.codec import LineCode
from vecnb.render import render_soft

COUNTED = 20  # pixels of the side of the part that is drawn; around it the network sees what lies there


class WindowProposer(LineAutoencoder):
    """Chapter 2's autoencoder of quadratic curves with switches, for windows: it draws the middle alone.

    What lies around the middle helps to see where a stroke goes on, and need not be drawn.

        >>> import torch
        >>> WindowProposer(n_lines=8)(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2, 1, 20, 20])

    Args:
        n_lines: N, the most curves of a window.
    """

    def __init__(self, *, n_lines: int = 8):
        super().__init__(n_lines=n_lines, encoder="small_patch_conv", init="random", degree=2, switches=True)

    def draw(self, code: LineCode) -> Tensor:
        """The middle of the drawing of a code, [B, 1, COUNTED, COUNTED] in [0, 1]."""
        zoom, corner = SIDE / COUNTED, (SIDE - COUNTED) / 2 * PIXEL
        return render_soft(
            zoom * (code.lines - corner),
            COUNTED,
            COUNTED,
            stroke_width=zoom * code.width,
            sharpness=code.sharpness / zoom,
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> WindowProposer:
        """The untrained model that a config.json describes."""
        return cls(n_lines=config["n_lines"])


def middle(windows: Tensor) -> Tensor:
    """The part of windows [B, 1, 28, 28] that counts, [B, 1, COUNTED, COUNTED]."""
    margin = (SIDE - COUNTED) // 2
    return windows[..., margin:-margin, margin:-margin]
