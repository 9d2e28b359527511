"""What every widget shares: one module out of several, one style, a still picture, checked traits."""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import numpy as np
import traitlets
from IPython.display import HTML, display

from vecnb.strokes import Strokes

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "widgets.css").read_text()
# As deno formats it: on one line, or a name a line.
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+\.js)";\n', re.MULTILINE)


def bundle(module: str) -> str:
    """One ES module out of `module` and all that it imports from beside it, each once, the imported first.

    A widget travels as one text, so it cannot import its neighbours by their address. The modules share one
    scope afterwards: tests/test_widgets.py sees to it that no name is given twice.

    Args:
        module: file name in vecnb/widgets.
    Returns:
        The text; only the widget's own `export default` is left.
    """
    seen: dict[str, str] = {}

    def visit(name: str) -> None:
        text = (FOLDER / name).read_text()
        for imported in IMPORT.findall(text):
            if imported not in seen:
                visit(imported)
        seen[name] = re.sub(r"^export (?!default)", "", IMPORT.sub("", text), flags=re.MULTILINE)

    visit(module)
    return "\n".join(seen.values())


class Lines(traitlets.TraitType):
    """A trait that holds lines [N, 4] as a NumPy array, whichever side sets them.

    Convention: unit square, x right, y down, (x1, y1, x2, y2).
    """

    def __init__(self, default: Sequence[Sequence[float]], **kwargs: Any):
        super().__init__(np.array(default, dtype=np.float64), **kwargs)
        self.tag(sync=True, to_json=lambda value, _: value.tolist(), from_json=lambda value, _: value)

    def validate(self, owner: Any, value: Any) -> np.ndarray:
        """The value as float64 [N, 4], N >= 1; read-only, since a change in place would not reach the page.

        Raises:
            TypeError: it does not hold numbers.
            ValueError: another shape, or a non-finite value (named by its line).
        """
        try:
            lines = np.array(value, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise TypeError(f"{self.name} must hold numbers, [N, 4] = (x1, y1, x2, y2)") from error
        if lines.ndim != 2 or lines.shape[1] != 4 or len(lines) == 0:
            raise ValueError(
                f"{self.name} must have shape [N, 4] = (x1, y1, x2, y2), not {list(lines.shape)}"
            )
        bad = np.flatnonzero(~np.isfinite(lines).all(1))
        if len(bad):
            raise ValueError(f"{self.name}[{bad[0]}] = {lines[bad[0]].tolist()} is not finite")
        lines.flags.writeable = False
        return lines


class Finite(traitlets.Float):
    """A number that is not NaN, which lies between no two bounds and outside of none."""

    def validate(self, obj: Any, value: Any) -> float:
        number = super().validate(obj, value)
        if not math.isfinite(number):
            raise traitlets.TraitError(f"{self.name} must be finite, not {number}")
        return number


class Widget(anywidget.AnyWidget):
    """A widget of the book: alive in a static page without a kernel, and in a running notebook with one.

    A subclass names its module (`_esm = bundle("its.js")`) and its `title`, which screen readers hear. It
    draws `still`, the picture that stands in its place where no script runs, and says what that `shows`.
    """

    title: ClassVar[str]
    shows: ClassVar[str]
    _css = STYLE

    def still(self) -> Strokes:
        """The drawing to show where the widget's script does not run."""
        raise NotImplementedError

    def parts(self) -> int:
        """How many models or curves it shows: the page keeps room for them."""
        return 1

    def figure(self) -> str:
        """The still picture with its caption, as HTML; controls.js hides it once the widget is alive."""
        words = html.escape(f"{self.title}: {self.shows}")
        return (
            f'<figure class="vecnb-still" data-widget="{type(self).__name__}" data-parts="{self.parts()}">'
            f'<div role="img" aria-label="{words}">{self.still().to_svg()}</div>'
            f"<figcaption>{words}. A still picture: the live one needs scripts.</figcaption></figure>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        display(HTML(self.figure()))
        return super()._repr_mimebundle_(**kwargs)
