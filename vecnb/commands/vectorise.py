"""The command `vecnb vectorise`: its options, and which of them go together."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

from tyro.conf import FlagCreatePairsOff, Positional, arg, create_mutex_group

from vecnb.bulk.cli import DEFAULTS, Many, Options
from vecnb.commands.request import Format, Ink, Request

ENDINGS = (".svg", ".json", ".npz", ".png")
TABLE = ".parquet"

Shape = create_mutex_group(required=False, title="what strokes are made of")
Pictures = Positional[Annotated[tuple[str, ...], arg(metavar="PICTURE [PICTURE ...]")]]
Output = Annotated[str, arg(aliases=["-o"], metavar="PATH")]
Flag = FlagCreatePairsOff[bool]
Result = TypeVar("Result")


def vectorise(
    pictures: Pictures,
    output: Output,
    format: Format | None = None,
    detail: float = 1.0,
    lines: Annotated[Flag, Shape] = False,
    curves: Annotated[Flag, Shape] = False,
    width: Annotated[float | None, arg(metavar="PIXELS")] = None,
    ink: Ink = "auto",
    plotter: Flag = False,
    preview: Annotated[Path | None, arg(metavar="PATH")] = None,
    digits: Annotated[str | None, arg(aliases=["--model"], metavar="MODEL")] = None,
    mse: Flag = False,
    many: Many = DEFAULTS,
) -> None:
    """The strokes of drawings: icons, sketches, handwriting, scanned or photographed, of any size.

    For example: vecnb vectorise sketch.png -o sketch.svg

    Many: vecnb vectorise scans/ 'photos/*.jpg' -o drawings/

    What was stopped goes on by the same command: files that are newer than their pictures stay.

    Args:
        pictures: files in any format that Pillow reads, folders, or quoted patterns; - for standard input.
            Of an animation the first frame is taken.
        output: a file that ends in .svg, .json (to read again), .npz (sketch-rnn's pen movements, "stroke3")
            or .png; a folder, of several pictures; - for standard output. Or .parquet, a table of a model's
            lines (--digits, by default autoencoder), a row a picture of one digit: then the pictures may be
            an array of them in .npy, .npz or .parquet, mnist:train or mnist:test.
        format: of the files in a folder, and of standard output, if not svg.
        detail: above 0; twice as much keeps a curve for half the error that it saves.
        lines: straight lines only, as near to the curves as the detail asks.
        curves: curves, where they are shorter; this is the default.
        width: of all strokes; without it each as it was found.
        ink: whether strokes are darker or lighter than their ground; auto decides by contrast, and says so.
        plotter: SVG for a pen: no background, a path a stroke, in an order with little way in the air, and
            dots as paths.
        preview: a .png of the picture beside its strokes, each in a colour; a folder of them, if there are
            several pictures.
        digits: draw the digits on the picture, and nothing else, by this model: autoencoder, vae, joint,
            split, or the folder of a trained run.
        mse: of a .parquet, also each picture's squared error, of the raster of its lines.
    """
    if not pictures:
        print("vecnb: name a picture, a folder or a quoted pattern, or - for standard input", file=sys.stderr)
        raise SystemExit(2)
    request = Request(
        digits=digits,
        detail=detail,
        lines=lines,
        width=width,
        ink=ink,
        plotter=plotter,
        preview=preview is not None,
    )
    if output.lower().endswith(TABLE):
        return _table(pictures, Path(output), request, format, mse, many)
    _check(request, mse, many)
    from vecnb.commands.files import is_folder

    if is_folder(output, pictures, ENDINGS):
        request = _with_format(request, format or "svg")
        from vecnb.commands import batch, files

        items = files.plan(pictures, Path(output), f".{request.format}", preview)
        return batch.run(items, Path(output), request, many.jobs)
    ending = Path(output).suffix.lower().removeprefix(".")
    if output != "-" and format not in (None, ending):
        raise ValueError(f"--format is of folders and of standard output: {output} would not be {format}")
    request = _with_format(request, format or "svg" if output == "-" else ending)
    _one(pictures[0], output, request, preview)


def _one(picture: str, output: str, request: Request, preview: Path | None) -> None:
    """A picture into a file."""
    if preview is not None and preview.suffix.lower() != ".png":
        raise ValueError(f"the preview of one picture must end in .png, not {str(preview)!r}")
    for name in (output, preview):
        if name not in (None, "-") and Path(name).resolve() == Path(picture).resolve():
            raise ValueError(f"{name} is the picture itself: name another file")
    if preview is not None and preview.resolve() == Path(output).resolve():
        raise ValueError(f"{output} cannot be both the drawing and its preview")
    from vecnb.commands.files import read, write
    from vecnb.commands.picture import trace

    name, content = read(picture)
    made = _stoppable(lambda: trace(content, name, request))
    if preview is not None and made.preview is not None:
        write(preview, made.preview)
    write(output, made.drawing)


def _stoppable(work: Callable[[], Result]) -> Result:
    """What a function gives; Ctrl-C ends the process at once, though Rust, at work, does not see it."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        try:
            return future.result()
        except KeyboardInterrupt:
            print("vecnb: stopped", file=sys.stderr, flush=True)
            os._exit(130)


def _table(
    pictures: tuple[str, ...], output: Path, request: Request, format: Format | None, mse: bool, many: Options
) -> None:
    """The lines of many digits, as a table."""
    if request != Request(digits=request.digits, ink=request.ink) or format is not None:
        raise ValueError("a .parquet goes with --digits, --ink, --mse and the options for many images only")
    if len(pictures) > 1:
        raise ValueError("a .parquet is made of one folder, one quoted pattern or one file of images")
    from vecnb.bulk import commands

    model = request.digits or "autoencoder"
    commands.vectorise(pictures[0], output, model, request.ink, mse, many)


def _check(request: Request, mse: bool, many: Options) -> None:
    """Refuse what means nothing, before the work begins."""
    if not (request.detail > 0 and math.isfinite(request.detail)):
        raise ValueError(f"the detail must be above 0, not {request.detail}")
    if request.width is not None and not (request.width > 0 and math.isfinite(request.width)):
        raise ValueError(f"the width must be above 0, not {request.width}")
    if request.digits is not None and (request.lines or request.detail != 1):
        raise ValueError("with --digits a model draws lines of its own: leave --lines and --detail out")
    if mse or replace(many, jobs=None) != DEFAULTS:
        raise ValueError("--mse, --shard-size, --on-error, --dask and --fallback are of a .parquet")


def _with_format(request: Request, format: str) -> Request:
    if request.plotter and format != "svg":
        raise ValueError(f"--plotter is a kind of .svg, not of .{format}")
    return replace(request, format=format)  # type: ignore[arg-type]  # an ending of ENDINGS
