"""What `vecnb vectorise` is asked for: everything that decides about the bytes of its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from vecnb import __version__

Format = Literal["svg", "json", "npz", "png"]
Ink = Literal["auto", "dark", "light"]


@dataclass(frozen=True, kw_only=True)
class Request:
    """How pictures become drawings, and drawings files.

    Attributes:
        format: of the file.
        digits: the model that draws digits, as of `load_model`; without, all strokes are followed.
        detail: as of `vecnb.vectorise`.
        lines: whether curves become chains of lines.
        width: of every stroke, in pixels; None as it was found.
        ink: as of `load_image`.
        plotter: as of `Drawing.to_svg`.
        preview: whether there is a picture of input and strokes beside it.
    """

    format: Format = "svg"
    digits: str | None = None
    detail: float = 1.0
    lines: bool = False
    width: float | None = None
    ink: Ink = "auto"
    plotter: bool = False
    preview: bool = False

    def to_json(self) -> str:
        """The request, and by which version and weights it is answered, as JSON."""
        weights = None
        if self.digits is not None:
            from vecnb.pretrained import weights_digest

            weights = weights_digest(self.digits)
        return json.dumps({"vecnb": __version__, **asdict(self), "weights": weights}, indent=1) + "\n"
