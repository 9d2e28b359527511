"""Digits on a sheet of any size: found, drawn with lines by a model, and put back where they lay."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from vecnb.drawing import Drawing, Path
from vecnb.illumination import reduce
from vecnb.images import SIDE, as_batch
from vecnb.models.base import LineModel
from vecnb.preprocessing import clean, fit_digit

# Of the usual digit's longer side:
DIGIT = 0.5  # what is shorter is a part of a digit
NEAR = 0.25  # from a part to its digit, at most
SPECK = 0.3  # what is shorter, and near no digit, is dropped


def vectorise_digits(image: Tensor | np.ndarray, model: LineModel) -> Drawing:
    """The digits of a sheet, each drawn with lines by a model where it lies.

    A digit is what is connected, and small parts beside it. Each becomes what MNIST would have stored
    (`to_mnist`); a ruled or squared sheet is not understood.

        >>> import vecnb
        >>> sheet = torch.zeros(90, 200)
        >>> sheet[20:70, 30:35] = sheet[20:70, 120:125] = 1  # two ones
        >>> drawing = vectorise_digits(sheet, vecnb.load_model("autoencoder"))
        >>> len(drawing.paths), (drawing.width, drawing.height)
        (10, (200, 90))

    Args:
        image: as of `vecnb.vectorise`.
        model: as of `load_model`.
    Returns:
        The lines of all digits, row by row, in pixels of the image; no paths where nothing is drawn.
    Raises:
        TypeError, ValueError: image is no picture in [0, 1], or several.
    """
    batch = as_batch(image)
    if len(batch) != 1:
        raise ValueError(f"image must be one picture, not {len(batch)}")
    page = batch[0, 0].detach().cpu().float()
    height, width = page.shape
    small = reduce(page)
    ink = clean(small)
    labels, found = find_digits(ink)
    fitted = [fit_digit(ink * (labels == digit)) for digit in found]
    if not fitted:
        return Drawing((), width, height)
    strokes = model.vectorise(torch.stack([digit for digit, _, _ in fitted])[:, None])
    times = round(max(page.shape) / max(small.shape))  # what the page was reduced by
    paths = []
    for lines, widths, (_, side, corner) in zip(strokes.lines, strokes.width, fitted, strict=True):
        ends = torch.tensor(corner) + SIDE * side * lines.detach().reshape(-1, 2, 2)
        paths += [
            Path(times * line, times * SIDE * side * float(stroke_width), 1)
            for line, stroke_width in zip(ends, widths, strict=True)
        ]
    return Drawing(tuple(paths), width, height)


def find_digits(ink: Tensor) -> tuple[Tensor, list[int]]:
    """Which pixels belong to which digit of a sheet.

    Args:
        ink: [H, W] float >= 0, on a background of exactly 0.
    Returns:
        The number of a digit for each pixel of ink, [H, W] int64, elsewhere -1; and the numbers, row by row.
    """
    labels = _connected(ink.numpy() > 0)
    if labels.max() < 0:
        return torch.from_numpy(labels), []
    boxes = _boxes(labels)
    sides = (boxes[:, 2:] - boxes[:, :2]).max(1)
    usual = float(np.median(sides[sides >= DIGIT * sides.max()]))
    digits = np.flatnonzero(sides >= DIGIT * usual)
    number = np.full(len(boxes), -1)
    number[digits] = digits
    for part in np.flatnonzero(sides < DIGIT * usual):
        gaps = np.maximum(boxes[digits, :2] - boxes[part, 2:], boxes[part, :2] - boxes[digits, 2:])
        away = np.hypot(*gaps.clip(0).T)
        if away.min() <= NEAR * usual:
            number[part] = digits[away.argmin()]
        elif sides[part] >= SPECK * usual:
            number[part] = part
    numbered = np.where(labels >= 0, number[labels], -1)
    kept = np.flatnonzero(number == np.arange(len(number)))
    return torch.from_numpy(numbered), _row_by_row(kept, boxes, usual)


def _row_by_row(digits: np.ndarray, boxes: np.ndarray, usual: float) -> list[int]:
    """Digits as they are read: a new row begins where one is half a digit lower than the row's first."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    rows: list[list[int]] = []
    for digit in sorted(digits.tolist(), key=lambda at: middles[at, 1]):
        if rows and middles[digit, 1] - middles[rows[-1][0], 1] < usual / 2:
            rows[-1].append(digit)
        else:
            rows.append([digit])
    return [digit for row in rows for digit in sorted(row, key=lambda at: middles[at, 0])]


def _boxes(labels: np.ndarray) -> np.ndarray:
    """Left, top, right and bottom of each part, [parts, 4]."""
    rows, columns = np.nonzero(labels >= 0)
    places, parts = np.stack([columns, rows], 1), labels[rows, columns]
    boxes = np.tile([*labels.shape[::-1], 0, 0], (labels.max() + 1, 1))
    np.minimum.at(boxes[:, :2], parts, places)
    np.maximum.at(boxes[:, 2:], parts, places + 1)
    return boxes


def _connected(mask: np.ndarray) -> np.ndarray:
    """The parts of a mask [H, W] that are joined by sides or corners, numbered from 0; elsewhere -1."""
    padded = np.pad(mask, 1)
    count, width = int(padded.sum()), padded.shape[1]
    place = np.full(padded.size, -1)
    place[padded.ravel()] = np.arange(count)
    pixels = np.flatnonzero(padded)
    pairs = [
        np.stack([place[pixels], place[pixels + step]], 1)[padded.ravel()[pixels + step]]
        for step in (1, width - 1, width, width + 1)
    ]
    one, other = np.concatenate(pairs).T
    root = np.arange(count)  # of each pixel, the first one that it is known to be joined to
    while (root[one] != root[other]).any():
        low, high = np.minimum(root[one], root[other]), np.maximum(root[one], root[other])
        np.minimum.at(root, high, low)
        while (root != root[root]).any():
            root = root[root]
    labels = np.full(padded.size, -1)
    labels[pixels] = np.unique(root, return_inverse=True)[1]
    return labels.reshape(padded.shape)[1:-1, 1:-1]
