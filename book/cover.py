"""The picture of the README: `python book/cover.py` draws ten test digits and the lines of "autoencoder"."""

from pathlib import Path

import vecnb
from vecnb import plots
from vecnb.data import reference_digits

digits, _ = reference_digits(fallback="subset")
drawn = vecnb.load_model("autoencoder").vectorise(digits)
figure = plots.show_rows({"seen": digits, "drawn": drawn})
figure.savefig(Path(__file__).with_name("cover.svg"), metadata={"Date": None})
