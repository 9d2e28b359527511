"""One picture: read, drawn, and written as the bytes of a file."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from vecnb.bulk.pool import one_thread, quiet
from vecnb.commands.preview import preview
from vecnb.commands.request import Request
from vecnb.digits import vectorise_digits
from vecnb.drawing import Drawing
from vecnb.drawing import Path as Stroke
from vecnb.images import load_image
from vecnb.models.base import LineModel
from vecnb.pretrained import load_model
from vecnb.render import render_hard
from vecnb.trace import vectorise

FLATNESS = 1 / 8  # of a stroke's width, at detail 1: furthest that a line is from its curve


@dataclass(frozen=True)
class Files:
    """The bytes of a picture's files; of its preview only where one is asked for."""

    drawing: bytes
    preview: bytes | None


def trace(content: bytes, name: str, request: Request) -> Files:
    """What is written for a picture.

    Args:
        content: of the picture's file.
        name: for messages.
    Raises:
        ValueError: as `load_image`; or nothing is drawn on it.
    """
    image = load_image(_named(content, name), ink=request.ink)
    if request.digits is not None:
        drawing = vectorise_digits(image, _model(request.digits))
    else:
        drawing = vectorise(image, detail=request.detail)
    if not drawing.paths:
        other = (
            "--ink dark or --ink light, if it is the other way round"
            if request.ink == "auto"
            else "--ink auto"
        )
        raise ValueError(
            f"{name}: nothing is drawn on it, or too faintly to be told from the paper (try {other})"
        )
    if request.lines:
        drawing = replace(drawing, paths=tuple(_as_lines(path, request.detail) for path in drawing.paths))
    if request.width is not None:
        drawing = replace(drawing, paths=tuple(replace(path, width=request.width) for path in drawing.paths))
    return Files(encode(drawing, request), _preview(content, name, drawing) if request.preview else None)


def encode(drawing: Drawing, request: Request) -> bytes:
    """A drawing in the format that is asked for; a PNG has the pixels of the canvas."""
    if request.format == "svg":
        return drawing.to_svg(plotter=request.plotter).encode()
    if request.format == "json":
        return drawing.to_json().encode()
    file = io.BytesIO()
    if request.format == "npz":
        np.savez(file, stroke3=drawing.to_stroke3().numpy().astype(np.float32))
    else:
        intensity = 1 - render_hard(drawing, round(drawing.height), round(drawing.width))[0, 0]
        Image.fromarray((255 * intensity).round().to(torch.uint8).numpy()).save(file, "PNG")
    return file.getvalue()


def _as_lines(path: Stroke, detail: float) -> Stroke:
    return Stroke(path.polyline(FLATNESS * path.width / detail), path.width, 1, path.closed)


def _preview(content: bytes, name: str, drawing: Drawing) -> bytes:
    with quiet():
        brightness = load_image(_named(content, name), ink="light")[0, 0]
    return preview(brightness.numpy(), drawing)


def _named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name  # type: ignore[attr-defined]  # for messages
    return file


@functools.lru_cache(maxsize=1)
def _model(name: str) -> LineModel:
    return load_model(name)


# One of many


@dataclass(frozen=True)
class Task:
    """A picture of many."""

    source: Path
    request: Request


@dataclass(frozen=True)
class Answer:
    """Its files or what is wrong with it, and what there is to say."""

    files: Files | None
    error: str | None
    messages: list[str]


def work(task: Task) -> Answer:
    """What a process does with a picture; nothing that is wrong with it stops the others."""
    name = str(task.source)
    files, error = None, None
    with quiet() as caught, one_thread():
        try:
            files = trace(task.source.read_bytes(), name, task.request)
        except MemoryError:
            error = f"{name}: it does not fit into memory: make it smaller first, or work with --jobs 1"
        except (OSError, ValueError) as found:
            told = " ".join(str(found).split())
            error = told if name in told else f"{name}: {told}"
        except Exception as found:
            error = f"{name}: {type(found).__name__}: {found}"
    return Answer(files, error, [str(warning.message) for warning in caught])
