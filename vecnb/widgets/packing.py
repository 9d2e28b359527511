"""A network in few bytes: weights quantised to small integers, for inference in the page."""

from __future__ import annotations

import copy
import zlib
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

COARSE, FINE = 31, 127  # largest integers of a weight, six bits or eight: see tests/widgets/test_packing.py
ACTIVATIONS = {nn.GELU: "gelu", nn.ReLU: "relu", nn.Sigmoid: "sigmoid"}


def pack(network: nn.Sequential, levels: int = COARSE) -> tuple[list[dict[str, Any]], bytes]:
    """Quantise a network for the page: descriptions of its layers, and their numbers compressed.

    Each row of weights, those of one output, becomes a scale and integers from −levels to levels. The bytes
    hold, for each layer with weights, its scales and its biases, float32, then its integers, int8, row by
    row; all compressed with zlib. js/lib/unpack.js reads them.

    Args:
        network: linear layers, convolutions with square kernels, their activations and `Flatten`.
        levels: COARSE for an encoder, whose size a reader notices, or FINE.
    Returns:
        One description a layer, and the bytes.
    Raises:
        TypeError: the network has a layer of another kind.
    """
    layers, chunks = [], []
    for layer in network:
        kind = ACTIVATIONS.get(type(layer))
        if isinstance(layer, nn.Flatten):
            continue  # images are flat lists in the page
        if kind is not None:
            layers.append({"kind": kind})
        elif isinstance(layer, nn.Linear | nn.Conv2d):
            layers.append(_describe(layer))
            scale, integers = quantise(layer.weight, levels)
            chunks += [scale, _to_numpy(layer.bias), integers.astype(np.int8)]
        else:
            raise TypeError(f"cannot pack a {type(layer).__name__}")
    return layers, zlib.compress(b"".join(chunk.tobytes() for chunk in chunks), 9)


def _describe(layer: nn.Linear | nn.Conv2d) -> dict[str, Any]:
    if isinstance(layer, nn.Linear):
        return {"kind": "linear", "inputs": layer.in_features, "outputs": layer.out_features}
    sizes = {"inputs": layer.in_channels, "outputs": layer.out_channels, "kernel": layer.kernel_size[0]}
    return {"kind": "convolution", **sizes, "stride": layer.stride[0], "padding": layer.padding[0]}


def quantise(weight: Tensor, levels: int) -> tuple[np.ndarray, np.ndarray]:
    """Scales [rows] float32 and integers [rows, columns] whose product is nearest to the weights."""
    rows = _to_numpy(weight).reshape(len(weight), -1)
    scale = np.maximum(np.abs(rows).max(1), 1e-12).astype(np.float32) / levels
    return scale, np.rint(rows / scale[:, None])


def _to_numpy(tensor: Tensor | None) -> np.ndarray:
    assert tensor is not None  # every layer of the package's networks has a bias
    return tensor.detach().cpu().float().numpy()


def dequantised(network: nn.Sequential, levels: int = COARSE) -> nn.Sequential:
    """A copy of the network with the weights that `pack` keeps of it: what the page computes with."""
    network = copy.deepcopy(network)
    for layer in network:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            scale, integers = quantise(layer.weight, levels)
            weight = torch.from_numpy(integers * scale[:, None]).to(layer.weight.dtype)
            layer.weight.data = weight.reshape(layer.weight.shape)
    return network
