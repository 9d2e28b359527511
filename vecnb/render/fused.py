"""The soft renderer in one pass forward and one backward: a torch operator, in Rust, for float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from vecnb.extension import raster

MAX_SIDE = raster.MAX_SIDE
MAX_THREADS = 256


# `torch.library.custom_op` would import torch's compiler at the first call, which takes two seconds.
torch.library.define(
    "vecnb::render_soft",
    "(Tensor lines, Tensor widths, Tensor slopes, SymInt height, SymInt width, bool gaussian, bool soft_or)"
    " -> (Tensor, Tensor)",
)
torch.library.define(
    "vecnb::render_soft_backward",
    "(Tensor lines, Tensor widths, Tensor slopes, Tensor gradient, Tensor image, Tensor winners,"
    " bool gaussian, bool soft_or) -> Tensor",
)


def render_fused(
    lines: Tensor, widths: Tensor, slopes: Tensor, height: int, width: int, gaussian: bool, soft_or: bool
) -> tuple[Tensor, Tensor]:
    """Presences of lines, composed, and for each pixel the line that it is of.

    Args:
        lines: [B, N, 4], [B, N, 6] or [B, N, 8] float32 on the CPU, control points (x, y).
        widths: [B, N] float32, stroke widths; of no use to the Gaussian presence.
        slopes: [B, N] float32, sharpness of the edge presence, or α of the Gaussian one.
        height, width: canvas size in pixels, 1 to 32768.
        gaussian: the thesis's presence, not ours.
        soft_or: composition by the soft-or, not by the maximum.
    Returns:
        [B, 1, H, W] in [0, 1], and the winners, which only the way back reads.
    """
    return torch.ops.vecnb.render_soft(lines, widths, slopes, height, width, gaussian, soft_or)


@torch.library.impl("vecnb::render_soft", "cpu")
def _forward(
    lines: Tensor, widths: Tensor, slopes: Tensor, height: int, width: int, gaussian: bool, soft_or: bool
) -> tuple[Tensor, Tensor]:
    pixels, winners = raster.soft_forward(
        _array(lines), _array(widths), _array(slopes), height, width, gaussian, soft_or, _threads()
    )
    return torch.from_numpy(pixels).view(-1, 1, height, width), torch.from_numpy(winners)


@torch.library.impl("vecnb::render_soft_backward", "cpu")
def _gradients(
    lines: Tensor,
    widths: Tensor,
    slopes: Tensor,
    gradient: Tensor,
    image: Tensor,
    winners: Tensor,
    gaussian: bool,
    soft_or: bool,
) -> Tensor:
    """A loss's gradients [B, N, P + 2] in P coordinates, width and slope, from its gradient in the image."""
    height, width = image.shape[2:]
    gradients = raster.soft_backward(
        _array(lines),
        _array(widths),
        _array(slopes),
        _array(gradient),
        _array(image),
        _array(winners),
        height,
        width,
        gaussian,
        soft_or,
        _threads(),
    )
    return torch.from_numpy(gradients)


def _array(values: Tensor) -> np.ndarray:
    return values.detach().contiguous().numpy()


def _threads() -> int:
    return min(torch.get_num_threads(), MAX_THREADS)


@torch.library.register_fake("vecnb::render_soft")
def _(
    lines: Tensor, widths: Tensor, slopes: Tensor, height: int, width: int, gaussian: bool, soft_or: bool
) -> tuple[Tensor, Tensor]:
    winners = 0 if soft_or else lines.shape[0] * height * width
    return lines.new_empty(lines.shape[0], 1, height, width), lines.new_empty(winners, dtype=torch.uint32)


@torch.library.register_fake("vecnb::render_soft_backward")
def _(lines: Tensor, *_: Any) -> Tensor:
    return lines.new_empty(*lines.shape[:2], lines.shape[2] + 2)


def _save(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, Tensor]) -> None:
    *tensors, ctx.height, ctx.width, ctx.gaussian, ctx.soft_or = inputs
    ctx.save_for_backward(*tensors, *output)
    ctx.set_materialize_grads(False)


def _backward(ctx: Any, gradient: Tensor | None, _: None) -> tuple[Tensor | None, ...]:
    if gradient is None:
        return (None,) * 7
    *inputs, image, winners = ctx.saved_tensors
    if torch.is_grad_enabled() and not torch.compiler.is_compiling():  # create_graph=True
        return *_differentiable_gradients(ctx, inputs, gradient), *(None,) * 4
    slopes = torch.ops.vecnb.render_soft_backward(
        *inputs, gradient, image, winners, ctx.gaussian, ctx.soft_or
    )
    return slopes[..., :-2], slopes[..., -2], slopes[..., -1], *(None,) * 4


def _differentiable_gradients(ctx: Any, inputs: list[Tensor], gradient: Tensor) -> list[Tensor | None]:
    """The same gradients by the steps of `soft.py`, which can be differentiated once more."""
    from vecnb.render.soft import Mode, draw_by_steps

    lines, widths, slopes = inputs
    stroke_width, alpha = (None, slopes) if ctx.gaussian else (widths, None)
    mode: Mode = "soft_or" if ctx.soft_or else "max"
    image = draw_by_steps(lines, ctx.height, ctx.width, stroke_width, slopes, alpha, mode)
    needed = ctx.needs_input_grad[:3]
    wanted = [value for value, is_needed in zip(inputs, needed, strict=True) if is_needed]
    found = iter(torch.autograd.grad(image, wanted, gradient, create_graph=True, allow_unused=True))
    return [next(found) if is_needed else None for is_needed in needed]


torch.library.register_autograd("vecnb::render_soft", _backward, setup_context=_save)
