"""The picture of the README: `python book/cover.py` draws ten test digits and our lines for them."""

from pathlib import Path

import vecnb
from vecnb import plots

digits, _ = plots.reference_digits()
figure = plots.show_rows({"seen": digits, "drawn": vecnb.load_model("ours").vectorise(digits)})
figure.savefig(Path(__file__).with_name("cover.svg"), metadata={"Date": None})
