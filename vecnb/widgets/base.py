"""What every widget has: its built script and style, bounds for its sliders, a still picture."""

from __future__ import annotations

import html
import math
from importlib import resources
from typing import Any, ClassVar

import anywidget
import traitlets

from vecnb.drawing import Drawing
from vecnb.strokes import Strokes


def asset(name: str) -> str:
    """The text of a file in static/, which `make widgets` builds out of js/."""
    return (resources.files(__package__) / "static" / name).read_text(encoding="utf-8")


class Widget(anywidget.AnyWidget):
    """A widget of the book: alive in a static page without a kernel, and in a running notebook with one.

    A subclass has the text of its script and style (`_esm`, `_css`), and its `title`, which screen readers
    read. It draws `still`, which is shown where no script runs, and says in `description` what that shows.

    Traits:
        bounds: of each numeric trait, [least, largest]; the page's sliders have them.
    """

    title: ClassVar[str]
    description: ClassVar[str]

    bounds = traitlets.Dict(read_only=True).tag(sync=True)

    @traitlets.default("bounds")
    def _default_bounds(self) -> dict[str, list[Any]]:
        traits = self.traits(sync=True).items()
        limits = {name: [getattr(trait, end, None) for end in ("min", "max")] for name, trait in traits}
        return {name: both for name, both in limits.items() if all(map(_is_finite, both))}

    def still(self) -> Strokes | Drawing:
        """The drawing that is shown where the widget's script does not run."""
        raise NotImplementedError

    def n_panels(self) -> int:
        """How many models or curves it shows: the page reserves room for them."""
        return 1

    def still_html(self) -> str:
        """The still picture with its caption; the page hides it once the widget is alive."""
        text = html.escape(f"{self.title}: {self.description}")
        return (
            f'<figure class="vecnb-still" data-widget="{type(self).__name__}" '
            f'data-panels="{self.n_panels()}">'
            f'<div role="img" aria-label="{text}">{self.still().to_svg()}</div>'
            f"<figcaption>{text}. A still picture: the live one needs scripts.</figcaption></figure>"
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """anywidget's bundle, with the still picture for readers of the notebook that cannot show widgets."""
        bundle = super()._repr_mimebundle_(**kwargs)
        assert bundle is not None  # it is for widgets without a view
        data, metadata = bundle
        return data | {"text/html": self.still_html()}, metadata


def _is_finite(limit: float | None) -> bool:
    return limit is not None and math.isfinite(limit)
