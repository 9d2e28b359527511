"""Baselines without a network: constant images, class means, principal components, skeletons (thesis 5)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import networkx
import numpy as np
import torch
from scipy.ndimage import distance_transform_edt, zoom
from skimage.measure import approximate_polygon
from skimage.morphology import skeletonize
from torch import Tensor

from vecnb.choices import check_count
from vecnb.densities import to_double
from vecnb.images import as_images
from vecnb.strokes import Strokes

Pixel = tuple[int, int]  # (row, column)
FINER = 3  # parts of a pixel's side: grey says where an edge lies within its pixel
THRESHOLD = 0.5  # from here on a part belongs to a stroke
SPUR = 2 * FINER  # parts: a dead end no longer than this at a junction is an artefact of thinning


def zero_image(x: Tensor) -> Tensor:
    """The code of no numbers: an empty image for every one of x [N, 1, H, W]."""
    return torch.zeros_like(x)


def mean_image(x_train: Tensor, x: Tensor) -> Tensor:
    """The mean of the training images [M, 1, H, W] for every one of x [N, 1, H, W], again without a code."""
    return x_train.mean(0, keepdim=True).expand_as(x)


def class_mean(x_train: Tensor, labels_train: Tensor, labels: Tensor) -> Tensor:
    """A code of one digit: the mean training image of the label, [N, 1, 28, 28] for labels [N].

    Raises:
        ValueError: there is no training image of one of the labels.
    """
    if missing := sorted(set(labels.tolist()) - set(labels_train.tolist())):
        raise ValueError(f"there is no training image of {missing}")
    means = torch.stack([x_train[labels_train == digit].mean(0) for digit in range(10)])
    return means[labels]


def nearest_bilevel(x: Tensor) -> Tensor:
    """The nearest image of 0 and 1 alone: what a rasteriser without grey can reach at best."""
    return (x >= 0.5).to(x.dtype)


@dataclass(frozen=True)
class PCA:
    """Principal components: the best *linear* code of any given length, in mean squared error.

    Attributes:
        mean: [784].
        components: [784, 784], orthonormal rows, in order of falling variance.
        variances: [784], along each component.
    """

    mean: Tensor
    components: Tensor
    variances: Tensor

    def reconstruct(self, x: Tensor, k: int) -> Tensor:
        """x [N, 1, 28, 28] from its first k components, clipped into [0, 1], which only brings it nearer.

        Raises:
            TypeError, ValueError: k is not an integer from 0 to 784.
        """
        check_count("k", k, 0, len(self.components))
        mean, basis = self.mean.to(x), self.components[:k].to(x)
        code = (x.flatten(1) - mean) @ basis.T
        return (mean + code @ basis).clamp(0, 1).reshape(x.shape)


def fit_pca(x_train: Tensor) -> PCA:
    """Principal components of the images, exactly, from their covariance matrix."""
    flat = x_train.flatten(1)
    mean = to_double(flat).mean(0)
    scatter = torch.zeros(len(mean), len(mean), dtype=torch.float64, device=mean.device)
    for chunk in flat.split(5000):  # bounds the memory of the float64 copy
        centred = to_double(chunk) - mean
        scatter += centred.T @ centred
    values, vectors = torch.linalg.eigh(scatter / (len(flat) - 1))
    return PCA(mean, vectors.T.flip(0).contiguous(), values.flip(0))


def trace(images: Tensor | np.ndarray, tolerance: float = 1.0) -> Strokes:
    """The centre lines of images by classical image processing, as many as each of them asks for.

    Args:
        images: [B, 1, 28, 28] float in [0, 1], ink = 1, or what else `as_images` takes; ink below 0.5 is not
            seen.
        tolerance: pixels by which a line may leave the skeleton (Douglas and Peucker's ε), >= 0.
    Returns:
        B drawings of N lines, N being the most that an image needs; the others have lines of width 0.
    Raises:
        TypeError, ValueError: as `as_images`; or a negative tolerance.
    """
    images = as_images(images).detach()
    if not tolerance >= 0:
        raise ValueError(f"tolerance must be >= 0 pixels, not {tolerance}")
    grey = images[:, 0].cpu().to(torch.promote_types(images.dtype, torch.float32)).numpy()
    traced = [_trace_one(image, tolerance) for image in grey]
    most = max((len(strokes) for strokes in traced), default=0)
    padded = [np.pad(strokes, ((0, most - len(strokes)), (0, 0))) for strokes in traced]
    numbers = torch.from_numpy(np.stack(padded) if padded else np.zeros((0, 0, 5))).to(images)
    return Strokes(numbers[..., :4], numbers[..., 4])


def _trace_one(image: np.ndarray, tolerance: float) -> np.ndarray:
    """The strokes [N, 5] of one image [H, W]: x1, y1, x2, y2 and width, in unit-square units."""
    foreground = zoom(image, FINER, order=1, mode="grid-constant", grid_mode=True) >= THRESHOLD
    # From a stroke's middle to the centre of the nearest part without ink: half the width and, on average, a
    # quarter more.
    width = 2 * distance_transform_edt(np.pad(foreground, 1))[1:-1, 1:-1] - 0.5
    strokes = []
    for path in branches(pixel_graph(skeletonize(foreground))):
        corners = approximate_polygon(np.array(path, dtype=float), FINER * tolerance)
        stroke_width = float(np.mean([width[pixel] for pixel in path]))
        for (top, left), (bottom, right) in itertools.pairwise(corners):
            strokes.append([left + 0.5, top + 0.5, right + 0.5, bottom + 0.5, stroke_width])
    return np.array(strokes, dtype=float).reshape(-1, 5) / len(foreground)


def pixel_graph(skeleton: np.ndarray) -> networkx.Graph:
    """The pixels of a skeleton [H, W] of booleans, joined to their neighbours, its thinning spurs pruned.

    Two pixels that touch at a corner only are joined if no third one joins them already: otherwise every bend
    would count as a junction.
    """
    pixels: set[Pixel] = {(int(row), int(column)) for row, column in zip(*skeleton.nonzero(), strict=True)}
    graph = networkx.Graph()
    graph.add_nodes_from(sorted(pixels))
    for row, column in sorted(pixels):
        for neighbour in ((row, column + 1), (row + 1, column)):
            if neighbour in pixels:
                graph.add_edge((row, column), neighbour)
        for side in (-1, 1):
            corner, third = (row + 1, column + side), {(row + 1, column), (row, column + side)}
            if corner in pixels and not third & pixels:
                graph.add_edge((row, column), corner)
    degree = dict(graph.degree)
    for path in list(branches(graph)):
        ends = sorted(degree[pixel] for pixel in (path[0], path[-1]))
        if len(path) - 1 <= SPUR and ends[0] == 1 and ends[1] > 2:
            graph.remove_nodes_from(pixel for pixel in path if degree[pixel] <= 2)
    return graph


def branches(graph: networkx.Graph) -> Iterator[list[Pixel]]:
    """The paths of a graph between its ends and junctions, each edge once.

    A ring without a junction is a path that ends where it began; a lone pixel is a path to itself.
    """
    seen: set[frozenset[Pixel]] = set()
    knots = [pixel for pixel in graph if graph.degree[pixel] != 2]
    for start in [*knots, *graph]:  # after the knots' own branches, what is left are rings
        for following in graph[start]:
            if frozenset((start, following)) in seen:
                continue
            path = [start, following]
            seen.add(frozenset(path))
            while graph.degree[path[-1]] == 2 and path[-1] != start:
                ahead = next(pixel for pixel in graph[path[-1]] if pixel != path[-2])
                seen.add(frozenset((path[-1], ahead)))
                path.append(ahead)
            yield path
        if graph.degree[start] == 0:
            yield [start, start]
