"""A soft edge out of hard drawings only: the mean of rasters whose stroke widths scatter."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.render.hard import render_hard

# The logistic distribution in fourteen intervals, finer in the middle; a node in the middle of each.
QUADRATURE_EDGES = torch.tensor([-7, -5, -4, -3, -2.25, -1.5, -0.75, 0, 0.75, 1.5, 2.25, 3, 4, 5, 7])
QUADRATURE_NODES = (QUADRATURE_EDGES[1:] + QUADRATURE_EDGES[:-1]) / 2
QUADRATURE_WEIGHTS = torch.sigmoid(QUADRATURE_EDGES).diff() / torch.sigmoid(QUADRATURE_EDGES).diff().sum()


def render_smoothed(
    lines: Tensor, stroke_width: Tensor, sharpness: Tensor, height: int = 28, width: int = 28
) -> Tensor:
    """The expected hard raster when the stroke widths of an image are perturbed: a smoothed rasteriser.

    Implements {eq}`eq-crowd` in book/03_variational_autoencoder.md: a stroke of half width w/2 − Λ/k, with Λ
    logistic, covers a point at a distance d with probability σ(k (w/2 − d)), which is the edge presence of
    chapter 2. All lines of an image share their Λ, so that the mean of their unions is the union of means.
    A stroke of width 0 has no ink, whatever Λ is.

        >>> lines = torch.tensor([[[0.2, 0.5, 0.8, 0.5], [0.5, 0.0, 0.5, 1.0]]])
        >>> image = render_smoothed(lines, torch.tensor([[0.1, 0.0]]), torch.tensor([100.0]))
        >>> image.shape, image[0, 0, 0].max().item()  # the second line, of width 0, is not there
        (torch.Size([1, 1, 28, 28]), 0.0)

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2) in the unit square.
        stroke_width: [B, N] float, w >= 0, unit-square lengths.
        sharpness: [B] float, k > 0, per unit-square length.
        height, width: canvas size in pixels, 1 to 32768.
    Returns:
        [B, 1, H, W] float32 in [0, 1], without gradient.
    Raises:
        TypeError, ValueError: as `render_hard`; or sharpness is not [B] and > 0.
    """
    if sharpness.shape != lines.shape[:1] or not bool((sharpness > 0).all()):
        raise ValueError(f"sharpness must be [{len(lines)}] numbers > 0, not {sharpness}")
    n_nodes = len(QUADRATURE_NODES)
    shift = 2 * QUADRATURE_NODES.to(lines)[:, None, None] / sharpness[:, None]  # [nodes, B, 1]
    widths = torch.where(
        stroke_width > 0, (stroke_width - shift).clamp_min(0), stroke_width
    )  # a bad one is refused
    rasters = render_hard(lines.repeat(n_nodes, 1, 1), height, width, stroke_width=widths.flatten(0, 1))
    mean = torch.tensordot(QUADRATURE_WEIGHTS.to(rasters), rasters.view(n_nodes, -1, 1, height, width), 1)
    return mean.clamp(0, 1)  # the weights add up to 1 but for a rounding
