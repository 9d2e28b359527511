"""Checks of the values of tensors, which look at nothing while torch compiles or maps."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor


def peek(flag: Tensor) -> bool | None:
    """The value of a boolean scalar; None where values cannot be read: while compiling or mapping, on "meta".

    >>> peek(torch.tensor(True))
    True
    """
    if torch.compiler.is_compiling() or flag.is_meta:
        return None
    try:
        return bool(flag)
    except RuntimeError as error:
        if "vmap" in str(error):
            return None
        raise


def check_lines(lines: Tensor) -> Tensor:
    """Return `lines` unchanged if it is a valid line tensor, else say what is wrong and where.

    Convention: unit square, x right, y down; coordinates may lie outside the square.

        >>> check_lines(torch.zeros(2, 4))
        Traceback (most recent call last):
        ValueError: lines must have shape [B, N, 4] = (x1, y1, x2, y2), not [2, 4]

    Args:
        lines: [B, N, 4] float, (x1, y1, x2, y2).
    Returns:
        `lines` itself.
    Raises:
        TypeError: lines is not a floating-point tensor.
        ValueError: lines is not [B, N, 4], or holds a non-finite value (named as lines[b, n]). Values are not
            looked at while `torch.compile` or `torch.func.vmap` traces.
    """
    check_floats("lines", lines)
    if lines.ndim != 3 or lines.shape[-1] != 4:
        raise ValueError(f"lines must have shape [B, N, 4] = (x1, y1, x2, y2), not {list(lines.shape)}")
    return _check_finite(lines)


def check_curves(lines: Tensor) -> Tensor:
    """Return `lines` unchanged if it holds lines or Bézier curves, else say what is wrong and where.

    Convention: a curve's control points stand in one row, and the last axis says its degree: (x1, y1, x2, y2)
    is a line, (x1, y1, cx, cy, x2, y2) a quadratic curve, (x1, y1, cx1, cy1, cx2, cy2, x2, y2) a cubic one.

        >>> check_curves(torch.zeros(1, 1, 5))
        Traceback (most recent call last):
        ValueError: lines must have shape [B, N, 4], or of curves [B, N, 6] or [B, N, 8], not [1, 1, 5]

    Args:
        lines: [B, N, 4], [B, N, 6] or [B, N, 8] float.
    Returns:
        `lines` itself.
    Raises:
        TypeError: lines is not a floating-point tensor.
        ValueError: another shape, or a non-finite value, as `check_lines`.
    """
    check_floats("lines", lines)
    if lines.ndim != 3 or lines.shape[-1] not in (4, 6, 8):
        raise ValueError(
            f"lines must have shape [B, N, 4], or of curves [B, N, 6] or [B, N, 8], not {list(lines.shape)}"
        )
    return _check_finite(lines)


def _check_finite(lines: Tensor) -> Tensor:
    # One sum instead of one test per number: an infinity or a NaN anywhere survives into the sum of x - x.
    if peek(torch.isfinite((lines - lines).sum())) is False:
        image, line, _ = (~torch.isfinite(lines)).nonzero()[0].tolist()
        values = [round(value, 4) for value in lines[image, line].tolist()]
        raise ValueError(f"lines[{image}, {line}] = {values} is not finite")
    return lines


def check_floats(name: str, values: Any) -> None:
    """Refuse what is no floating-point tensor, with the expression that makes it one."""
    if isinstance(values, Tensor):
        if not values.is_floating_point():
            raise TypeError(
                f"{name} must be a floating-point torch tensor, not a {values.dtype} tensor: {name}.float()"
            )
        return
    remedy = f"torch.as_tensor({name}, dtype=torch.float32) makes one"
    raise TypeError(f"{name} must be a floating-point torch tensor, not a {type(values).__name__}: {remedy}")
