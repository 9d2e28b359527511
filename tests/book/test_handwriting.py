"""The pictures of the README's quick start are what `python book/handwriting.py` makes today."""

import numpy as np
from conftest import ROOT
from handwriting import page, photograph
from PIL import Image

from vecnb import load_image, render_hard, vectorise
from vecnb.drawing import Drawing

PHOTO = ROOT / "book" / "handwriting.jpg"


def test_the_photograph_is_the_page_s():
    made = np.asarray(photograph(page()), float)
    assert np.abs(made - np.asarray(Image.open(PHOTO), float)).mean() < 3  # JPEG's


def test_the_strokes_are_the_photograph_s_and_the_page_s():
    told = Drawing.from_svg(PHOTO.with_suffix(".svg").read_text(encoding="utf-8"))
    pictures = [render_hard(drawing, 540, 960) for drawing in (told, vectorise(load_image(PHOTO)), page())]
    committed, now, drawn = (picture[0, 0].numpy() for picture in pictures)
    assert np.abs(committed - now).mean() < 0.001
    assert np.minimum(committed, drawn).sum() > 0.93 * np.maximum(committed, drawn).sum()
