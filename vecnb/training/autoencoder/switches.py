"""Strokes that may stay away: what each is worth in a drawing, and how its switch learns from that."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.models.autoencoder import LineAutoencoder
from vecnb.models.codec import LineCode


def switched_loss(
    model: LineAutoencoder, images: Tensor, price: float, uniform: Tensor, target: Tensor | None = None
) -> dict[str, Tensor]:
    """The squared error of a drawing with some of its strokes, and the exact slope in their switches.

    Implements {prf:ref}`alg-switches` of book/02_line_renderer.md.

    Args:
        images: [B, 1, 28, 28].
        price: of a stroke that is drawn, in squared error summed over the image, >= 0.
        uniform: [B, N] in [0, 1), what decides which strokes are drawn.
        target: what the drawing is to be, of the shape that the model draws; None is the images.
    Returns:
        "loss", whose gradient is that of the expected cost; and, to be logged, "error", per pixel, and
        "strokes", those drawn in an image: scalars.
    """
    target = images if target is None else target
    code, logits = model.encode_switched(images)
    p = torch.sigmoid(logits.detach())
    on = uniform < p
    drawing = model.draw(code._replace(width=torch.where(on, code.width, 0.0)))
    error = (drawing - target).square().flatten(1).sum(1)
    with torch.no_grad():
        cost = price - stroke_worth(stroke_presences(model, code), on, target)
    switches = (p * (1 - p) * cost * logits).sum(1)  # its gradient in a logit is p (1 − p) · cost
    pixels = target[0].numel()
    return {
        "loss": (error + switches).mean() / pixels,
        "error": error.detach().mean() / pixels,
        "strokes": on.sum(1, dtype=error.dtype).mean(),
    }


def stroke_presences(model: LineAutoencoder, code: LineCode) -> Tensor:
    """Each stroke of a code drawn alone, [B, N, H, W]."""
    batch, n = code.width.shape
    alone = LineCode(
        code.lines.reshape(batch * n, 1, -1),
        code.width.reshape(batch * n, 1),
        code.sharpness.repeat_interleave(n),
    )
    return model.draw(alone).unflatten(0, (batch, n)).squeeze(2)


def stroke_worth(presences: Tensor, on: Tensor, images: Tensor) -> Tensor:
    """How much larger the squared error is without each stroke than with it, the others being as they are.

        >>> presences = torch.tensor([[1.0, 0.0], [1.0, 1.0]]).view(1, 2, 1, 2)  # two strokes, two pixels
        >>> both = torch.ones(1, 2, dtype=torch.bool)
        >>> stroke_worth(presences, both, torch.ones(1, 1, 1, 2))  # the second covers the first
        tensor([[0., 1.]])

    Args:
        presences: [B, N, H, W], of each stroke alone; a drawing is their maximum.
        on: [B, N] bool, which of the others are drawn.
        images: [B, 1, H, W].
    Returns:
        [B, N], squared ink, summed over the pixels.
    """
    drawn = presences * on[..., None, None]
    before = after = torch.zeros_like(drawn[:, 0])  # the strokes before one, and those after it
    befores, afters = [before], [after]
    for stroke in range(drawn.shape[1] - 1):
        before, after = torch.maximum(before, drawn[:, stroke]), torch.maximum(after, drawn[:, -1 - stroke])
        befores.append(before)
        afters.append(after)
    without = torch.maximum(torch.stack(befores, 1), torch.stack(afters[::-1], 1))
    gain = (presences - without).clamp_min(0)  # the ink that the stroke adds
    return (gain * (2 * (images - without) - gain)).sum((-2, -1))
