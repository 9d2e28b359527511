"""A network in few bytes: what a page needs to run an encoder without Python."""

from __future__ import annotations

import copy
import zlib
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

COARSE, FINE = 31, 127  # levels of a weight, each way: six bits or eight; tests/test_packing.py measures
ACTIVATIONS = {nn.GELU: "gelu", nn.ReLU: "relu", nn.Sigmoid: "sigmoid"}


def pack(network: nn.Sequential, levels: int = COARSE) -> tuple[list[dict[str, Any]], bytes]:
    """The layers of a network, and their numbers in few bits each.

    A row of weights, all that make one output, becomes one scale and whole numbers of −levels to levels. The
    bytes hold for each layer with weights its scales and its biases, float32, then its whole numbers, int8,
    row by row; all deflated. network.js reads them.

    Args:
        network: linear layers, convolutions with square kernels, their activations and `Flatten`.
        levels: COARSE for an encoder, whose size a page feels, or FINE.
    Returns:
        One description a layer, and the bytes.
    Raises:
        TypeError: the network has a layer of another kind.
    """
    layers, parts = [], []
    for layer in network:
        kind = ACTIVATIONS.get(type(layer))
        if isinstance(layer, nn.Flatten):
            continue  # the page's images are flat lists anyway
        if kind is not None:
            layers.append({"kind": kind})
        elif isinstance(layer, nn.Linear | nn.Conv2d):
            layers.append(_describe(layer))
            scale, whole = quantise(layer.weight, levels)
            parts += [scale, _numbers(layer.bias), whole.astype(np.int8)]
        else:
            raise TypeError(f"cannot pack a {type(layer).__name__}")
    return layers, zlib.compress(b"".join(part.tobytes() for part in parts), 9)


def _describe(layer: nn.Linear | nn.Conv2d) -> dict[str, Any]:
    if isinstance(layer, nn.Linear):
        return {"kind": "linear", "inputs": layer.in_features, "outputs": layer.out_features}
    about = {"inputs": layer.in_channels, "outputs": layer.out_channels, "kernel": layer.kernel_size[0]}
    return {"kind": "convolution", **about, "stride": layer.stride[0], "padding": layer.padding[0]}


def quantise(weight: Tensor, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Scales [rows] float32 and whole numbers [rows, columns] whose product is nearest to the weights."""
    rows = _numbers(weight).reshape(len(weight), -1)
    scale = np.maximum(np.abs(rows).max(1), 1e-12).astype(np.float32) / levels
    return scale, np.rint(rows / scale[:, None])


def _numbers(tensor: Tensor | None) -> np.ndarray:
    assert tensor is not None  # the book's layers all have a bias
    return tensor.detach().cpu().float().numpy()


def rounded(network: nn.Sequential, levels: int = COARSE) -> nn.Sequential:
    """A copy of the network with the weights that `pack` keeps of it: what the page computes with."""
    network = copy.deepcopy(network)
    for layer in network:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            scale, whole = quantise(layer.weight, levels)
            kept = torch.from_numpy(whole * scale[:, None]).to(layer.weight.dtype)
            layer.weight.data = kept.reshape(layer.weight.shape)
    return network
