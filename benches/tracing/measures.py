"""What a tracer found against what was drawn: distances, counts, pictures of equal width, and written order.

Convention: strokes are points [K, 2], (x, y) in pixels. Distances are taken between points every tenth of a
pixel along either side.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree
from skimage.measure import euler_number, label

from benches.tracing.structure import Nodes, matched, nodes
from vecnb import render_hard
from vecnb.drawing import Drawing, Path

STEP = 0.1  # pixels between the points that are compared
Numbers = dict[str, float]


def measure(
    strokes: list[np.ndarray],
    truth: list[np.ndarray],
    pen: float,
    shape: tuple[int, int],
    written: bool = False,
) -> Numbers:
    """Every measure that compares two sets of strokes.

    - `chamfer`: mean distance from a point of one to the nearest of the other, both ways; `quantile_95` and
      `hausdorff`: of all those distances. The same in pen widths: `…_pens`.
    - `f1`: joins the shares of either that are within half a pen's width of the other.
    - `strokes`: those found over those drawn.
    - `iou`: of the two, drawn with the true pen, what both have ink on over what either has.
    - `components`, `loops`: 1 if so drawn they have as many pieces, or holes.
    - `junctions_…`, `ends_…`: how many are true, found, and found within a pen's width of a true one.
    - `order`, if `written`: of all pairs of pieces, a pen's width long, the share that comes in the wrong
      order: 0 as written, 1 backwards.

    Args:
        strokes, truth: found and drawn.
        pen: width of the pen in pixels.
        shape: of the picture, (H, W).
        written: whether the truth is in the order and direction of writing.
    """
    there, back = gaps(strokes, truth)
    both = np.concatenate([there, back])
    precise, complete = ((part <= pen / 2).mean() for part in (there, back))
    distances = {
        "chamfer": (there.mean() + back.mean()) / 2,
        "quantile_95": float(np.quantile(both, 0.95)),
        "hausdorff": both.max(),
    }
    numbers = {
        **distances,
        **{f"{key}_pens": value / pen for key, value in distances.items()},
        "f1": 2 * precise * complete / max(precise + complete, 1e-9),
        "strokes": len(strokes) / len(truth),
        **compare_pictures(strokes, truth, pen, shape),
        **compare_nodes(nodes(strokes, pen), nodes(truth, pen), pen),
    }
    return numbers | {"order": order(strokes, truth, pen) if written else float("nan")}


def gaps(
    strokes: list[np.ndarray], truth: list[np.ndarray], step: float = STEP
) -> tuple[np.ndarray, np.ndarray]:
    """From each point found to the nearest that was drawn, and back; very far where nothing was found."""
    found, drawn = along(strokes, step), along(truth, step)
    if not len(found):
        found = np.full((1, 2), -10 * np.abs(drawn).max())
    return cKDTree(drawn).query(found)[0], cKDTree(found).query(drawn)[0]


def chamfer(strokes: list[np.ndarray], truth: list[np.ndarray], step: float = STEP) -> float:
    """Mean distance from a point of one to the nearest of the other, both ways."""
    there, back = gaps(strokes, truth, step)
    return float(there.mean() + back.mean()) / 2


def along(strokes: list[np.ndarray], step: float = STEP) -> np.ndarray:
    """[K, 2], points at equal steps along all strokes, ends included."""
    parts = [np.zeros((0, 2))]
    for stroke in strokes:
        length = np.concatenate([[0.0], np.hypot(*np.diff(stroke, axis=0).T).cumsum()])
        places = np.linspace(0, length[-1], 2 + int(length[-1] / step))
        parts.append(np.stack([np.interp(places, length, axis) for axis in stroke.T], 1))
    return np.concatenate(parts)


def compare_pictures(
    strokes: list[np.ndarray], truth: list[np.ndarray], pen: float, shape: tuple[int, int]
) -> Numbers:
    """Both drawn with the true pen: intersection over union, and whether pieces and holes are as many."""
    found, drawn = (_picture(part, pen, shape) for part in (strokes, truth))
    pieces, holes = zip(_topology(found), _topology(drawn), strict=True)
    return {
        "iou": (found & drawn).sum() / max((found | drawn).sum(), 1),
        "components": float(pieces[0] == pieces[1]),
        "loops": float(holes[0] == holes[1]),
    }


def _picture(strokes: list[np.ndarray], pen: float, shape: tuple[int, int]) -> np.ndarray:
    """[H, W] bool, what is inked by half or more."""
    height, width = shape
    paths = [Path(torch.from_numpy(s[_bends(s)]).float(), pen, 1) for s in strokes]
    return (render_hard(Drawing(tuple(paths), width, height), height, width)[0, 0] >= 0.5).numpy()


def _bends(points: np.ndarray) -> np.ndarray:
    """Both ends, and about every half pixel between: a renderer needs no more."""
    length = np.concatenate([[0.0], np.hypot(*np.diff(points, axis=0).T).cumsum()])
    bins = np.floor(2 * length)
    keep = np.concatenate([[True], bins[1:] > bins[:-1]])
    keep[-1] = True
    return np.flatnonzero(keep) if keep.sum() > 1 else np.array([0, 0])


def _topology(picture: np.ndarray) -> tuple[int, int]:
    """Connected components, and holes."""
    pieces = int(label(picture, connectivity=2).max())
    return pieces, pieces - int(euler_number(picture, connectivity=2))


def compare_nodes(found: Nodes, drawn: Nodes, pen: float) -> Numbers:
    """Of junctions and of free ends, how many there are, were found, and were found in their place."""
    numbers = {}
    for name, ours, theirs in (
        ("junctions", found.junctions, drawn.junctions),
        ("ends", found.ends, drawn.ends),
    ):
        numbers |= {
            f"{name}_true": len(theirs),
            f"{name}_found": len(ours),
            f"{name}_right": matched(ours, theirs, pen),
        }
    return numbers


def order(strokes: list[np.ndarray], truth: list[np.ndarray], pen: float) -> float:
    """Kendall's distance of the order in which a drawing covers the pieces of the written one.

    The truth is cut into pieces as long as the pen is wide. Each has a place in the drawing that was found:
    where, from its first point to its last, is the one nearest to the piece. Returned is the share of pairs
    of pieces that these places have in the wrong order.
    """
    found, drawn = along(strokes), along(truth, pen)
    if not len(found):
        return float("nan")
    places = cKDTree(found).query(drawn)[1]
    before = places[:, None] < places[None]
    earlier = np.triu(np.ones_like(before), 1).astype(bool)
    pairs = (before | before.T) & earlier  # pieces in the same place have no order
    return float((before.T & pairs).sum() / max(pairs.sum(), 1))


def width_error(strokes: list[np.ndarray], widths: list[float], pen: float) -> float:
    """Mean of |width / pen - 1| over the strokes, weighed by length and a pen's width; NaN if unknown."""
    if not widths:
        return float("nan")
    weights = [np.hypot(*np.diff(stroke, axis=0).T).sum() + pen for stroke in strokes]
    return float(np.average(np.abs(np.array(widths) / pen - 1), weights=weights))
