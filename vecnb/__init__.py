"""vecnb: a machine learns to draw with lines, having only ever seen pixels."""

from importlib.metadata import version

from vecnb.data import load_mnist
from vecnb.pretrained import load_model
from vecnb.render import render_hard, render_soft
from vecnb.strokes import Strokes

__version__ = version("vecnb")
__all__ = ["Strokes", "load_mnist", "load_model", "render_hard", "render_soft"]
