"""The command line: `vecnb train`, `sample`, `render`, `vectorise` and `evaluate`.

Each command is a typed function whose docstring is its help. It imports what it needs when it runs, so that
`vecnb --help` does not wait for PyTorch. Exit codes: 0 done, 1 an error in one line on stderr, 2 a command
that is not understood, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import io
import logging
import math
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import field, make_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro
from tyro.conf import Positional, arg

from vecnb.bulk.cli import Model, evaluate
from vecnb.commands.vectorise import vectorise

if TYPE_CHECKING:
    from vecnb.drawing import Drawing
    from vecnb.strokes import Strokes

DESCRIPTION = """Networks that draw with lines, trained on pixels alone.

`vecnb COMMAND --help` lists the options of a command, `vecnb --version` prints the version.
"""
TRAIN = """usage: vecnb train RUN [--out FOLDER] [--seed INT] [--steps INT] [...]

Train a run of the book, or a variant of it; a training that was stopped goes on where it was.
`vecnb train RUN --help` lists every option of that run.

For example:
  vecnb train autoencoder/proposed --steps 1000 --out runs
"""
STANDARD = Path("-")  # standard input or output
FORMATS = (".svg", ".png", ".json")
EXTRAS = {
    "pyarrow": "bulk",
    "distributed": "dask",
    "scipy": "skeleton",
    "skimage": "skeleton",
}  # what is not installed → the extra that has it
LARGEST = 16_384  # pixels: a PNG of that side takes 1 GB while it is drawn

Output = Annotated[Path, arg(aliases=["-o"], metavar="FILE")]


def sample(
    model: Positional[Model],
    output: Output,
    number: Annotated[int, arg(aliases=["-n"])] = 100,
    seed: int = 0,
    size: int = 560,
) -> None:
    """Draw samples of a model on one sheet; as JSON, each by itself.

    For example: vecnb sample joint -n 100 -o sheet.svg

    Args:
        model: vae, joint, split, gan, or the folder of a trained run.
        output: .svg, .png or .json, by its ending; - for SVG on standard output.
        number: how many samples.
        seed: the same seed draws the same samples.
        size: side of the sheet in pixels.
    """
    _check(output, size)
    if number < 1:
        raise ValueError(f"the number of samples must be at least 1, not {number}")
    from vecnb import load_model

    loaded: Any = load_model(model)
    if not hasattr(loaded, "sample"):
        raise ValueError(
            f"{model} cannot draw samples: it is a {type(loaded).__name__}; vae, joint, split and gan can"
        )
    _write(loaded.sample(number, seed), output, size)


def render(
    lines: Positional[Annotated[Path, arg(metavar="LINES")]], output: Output, size: int | None = None
) -> None:
    """Draw the lines of a file, several drawings on one sheet.

    For example: vecnb render lines.json -o lines.png

    Args:
        lines: .json or .svg, as vecnb writes them; - for either on standard input.
        output: .svg, .png or .json, by its ending; - for SVG on standard output.
        size: longer side of the drawing in pixels; by default 280, or of what vectorise wrote its own.
    """
    _check(output, 1 if size is None else size)
    from vecnb import Strokes
    from vecnb.drawing import Drawing

    text = sys.stdin.read() if lines == STANDARD else lines.read_text(encoding="utf-8")
    kind = Drawing if '"paths"' in text or '<g fill="none"' in text else Strokes
    try:
        read = kind.from_svg(text) if text.lstrip().startswith("<") else kind.from_json(text)
    except ValueError as error:
        raise ValueError(f"{lines}: {error}") from error
    if isinstance(read, Strokes):
        _write(read, output, 280 if size is None else size)
    else:
        _write_drawing(read, output, size)


def train() -> None:
    """Train a run of the book, or a variant of it; alone, list the runs.

    For example: vecnb train autoencoder/proposed --steps 1000 --out runs
    """


COMMANDS: dict[str, Callable[..., None]] = {
    "vectorise": vectorise,
    "evaluate": evaluate,
    "sample": sample,
    "render": render,
    "train": train,
}


class _Messages(logging.Handler):
    """What the package logs, on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        print(f"vecnb: {record.getMessage()}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """What the command `vecnb` does; it ends the process."""
    # PyTorch's threads wait for each other without giving their core away; on a busy machine that costs a
    # training most of its time. This many turns, some 0.1 ms, cost it 10 % on an idle one.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
    logger = logging.getLogger("vecnb")
    if not logger.handlers:
        logger.addHandler(_Messages(logging.INFO))
        logger.setLevel(logging.INFO)
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    """Do a command and return its exit code."""
    warnings.formatwarning = lambda message, *_, **__: f"vecnb: {message}\n"
    try:
        if arguments == ["--version"]:
            from vecnb import __version__

            print(f"vecnb {__version__}")
        elif arguments[:1] == ["train"]:
            return _train(arguments[1:])
        else:
            tyro.extras.subcommand_cli_from_dict(
                COMMANDS, prog="vecnb", description=DESCRIPTION, args=arguments
            )
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("vecnb: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of standard output has gone: nothing more can be said there
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        extra = EXTRAS.get(str(error.name), "train")
        print(f"vecnb: {error.name} is not installed: pip install 'vecnb[{extra}]' adds it", file=sys.stderr)
        return 1
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        print(f"vecnb: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    return 0


def _train(arguments: list[str]) -> int:
    """`vecnb train` with its arguments: the run's config decides what may follow its name."""
    from vecnb.training import RUNS

    name = arguments[0] if arguments else "--help"
    if name in RUNS:
        chosen = tyro.cli(_options(name, RUNS[name]), args=arguments[1:], prog=f"vecnb train {name}")
        from vecnb.training import train_run

        given = {option: value for option, value in vars(chosen).items() if option not in ("config", "out")}
        train_run(name, chosen.config, chosen.out, **given)
        return 0
    runs = "\n".join(f"  {run}" for run in RUNS)
    if name in ("-h", "--help"):
        print(f"{TRAIN}\nThe runs:\n{runs}")
        return 0
    print(f"vecnb: there is no run {name!r}; the runs are:\n{runs}", file=sys.stderr)
    return 2


def _options(name: str, config: Any) -> type[Any]:
    """A dataclass for tyro: every field of a run's config, where its files go, and what it is trained on."""
    from vecnb.data import Fallback

    out = arg(metavar="FOLDER", help=f"the files go to FOLDER/{name}/seed_SEED")
    fallback = arg(help="subset: accept 5,000 digits where MNIST is not, and cannot be downloaded")
    validation = arg(help="measure on 5,000 training digits held out of the training, to choose a recipe")
    fields = [
        ("config", Annotated[type(config), arg(name="")], field(default=config)),
        ("out", Annotated[Path, out], field(default=Path("runs"))),
        ("fallback", Annotated[Fallback | None, fallback], field(default=None)),
        ("validation", Annotated[bool, validation], field(default=False)),
    ]
    if name.startswith("lfvi/"):
        taught = arg(
            metavar="FOLDER",
            help="of the run whose approximate renderer is used (default: FOLDER/vae/thesis/seed_0)",
        )
        fields.append(("approximator", Annotated[Path | None, taught], field(default=None)))
    return make_dataclass("Options", fields, namespace={"__doc__": f"Train {name}, or a variant of it."})


def _check(output: Path, size: int) -> None:
    """Refuse what could not be written before the work begins.

    Raises:
        ValueError: the ending of the file says no format, or the size is no size.
    """
    if output != STANDARD and output.suffix.lower() not in FORMATS:
        raise ValueError(f"the output must end in {', '.join(FORMATS)}, or be -, not {str(output)!r}")
    if not 1 <= size <= LARGEST:
        raise ValueError(f"the size must be 1 to {LARGEST} pixels, not {size}")


def _write(strokes: Strokes, output: Path, size: int) -> None:
    """Drawings in the format of the file's ending; a picture of several is one sheet."""
    from vecnb.commands.files import write

    suffix = output.suffix.lower()
    write(
        output, strokes.to_json().encode() if suffix == ".json" else _picture(strokes, size, suffix == ".png")
    )


def _write_drawing(drawing: Drawing, output: Path, size: int | None) -> None:
    """A drawing in the format of the file's ending, its longer side so many pixels."""
    from vecnb.commands.files import write
    from vecnb.commands.picture import encode
    from vecnb.commands.request import Request

    if size is not None:
        drawing = drawing.scaled(size / max(drawing.width, drawing.height))
    format: Any = output.suffix.lower().removeprefix(".") or "svg"
    write(output, encode(drawing, Request(format=format)))


def _picture(strokes: Strokes, size: int, as_png: bool) -> bytes:
    """A square picture, black on white: SVG, or PNG by the hard renderer."""
    from vecnb.strokes import tile

    sheet = strokes if len(strokes) == 1 else tile(strokes, math.ceil(math.sqrt(len(strokes))))
    if not as_png:
        return sheet.to_svg(size=size).encode()
    import torch
    from PIL import Image

    from vecnb import render_hard

    intensity = 1 - render_hard(sheet, size, size)[0, 0]
    file = io.BytesIO()
    Image.fromarray((255 * intensity).round().to(torch.uint8).numpy()).save(file, "PNG")
    return file.getvalue()
