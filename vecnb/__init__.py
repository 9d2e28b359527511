"""vecnb: networks that draw with lines, trained on pixels alone.

The names below come from their modules when they are first used, so that `import vecnb`, and with it
`vecnb --help`, does not wait for PyTorch.
"""

from __future__ import annotations

import importlib
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vecnb.data import load_mnist
    from vecnb.images import load_image
    from vecnb.preprocessing import to_mnist
    from vecnb.pretrained import load_model
    from vecnb.render import render_hard, render_soft
    from vecnb.strokes import Strokes
    from vecnb.trace import vectorise

__version__ = version("vecnb")
__all__ = [
    "Strokes",
    "load_image",
    "load_mnist",
    "load_model",
    "render_hard",
    "render_soft",
    "to_mnist",
    "vectorise",
]

_HOMES = {
    "Strokes": "strokes",
    "load_image": "images",
    "load_mnist": "data",
    "load_model": "pretrained",
    "render_hard": "render",
    "render_soft": "render",
    "to_mnist": "preprocessing",
    "vectorise": "trace",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vecnb' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"vecnb.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
