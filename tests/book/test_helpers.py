"""What the pages share: the table of runs comes back bit for bit, and is summarised over seeds."""

import csv
import math

import _helpers
import numpy as np
import pandas as pd
import pytest
from _helpers import RESULTS, SEEDS, glue_run, history, load, minutes, runs, seeds, spread, summary

from vecnb.models import LineAutoencoder, PixelVAE

TABLE = """experiment,run,seed,data,steps,mse,accuracy
toy,one,0,d,100,0.1,0.5
toy,one,1,d,100,0.30000000000000004,1.0
toy,other,0,d,200,0.2,
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    (tmp_path / "runs.csv").write_text(TABLE)
    monkeypatch.setattr(_helpers, "RESULTS", tmp_path)
    _helpers._table.cache_clear()
    yield
    _helpers._table.cache_clear()


def test_every_number_comes_back_bit_for_bit():
    table = runs()
    with open(RESULTS / "runs.csv", newline="") as file:
        for row in csv.DictReader(file):
            found = table.loc[(row.pop("experiment"), row.pop("run"), int(row.pop("seed")))]
            for name, cell in row.items():
                assert cell == ("" if pd.isna(found[name]) else str(found[name])), name
    assert all(table[name].dtype == np.int64 for name in ("steps", "cores", "parameters"))


def test_the_table_can_be_changed_without_harm():
    table = runs()
    table["mse"] = 0.0
    assert runs()["mse"].max() > 0


def test_a_run_has_its_seeds_and_the_columns_it_knows(small):
    assert seeds("toy/one").index.tolist() == [0, 1]
    assert seeds("toy/one")["mse"].tolist() == [0.1, 0.30000000000000004]
    assert list(seeds("toy/other").columns) == ["data", "steps", "mse"]
    with pytest.raises(KeyError):
        seeds("toy/none")


def test_a_table_of_a_page_is_one_call(small):
    columns = {
        "seeds": SEEDS,
        "MSE": ("mse", "mean"),
        "worst": ("accuracy", "min"),
        "all": ("accuracy", spread),
        "steps": ("steps", "first"),
    }
    found = summary({"toy/other": "B", "toy/one": "A"}, columns)
    assert found.index.tolist() == ["B", "A"] and list(found.columns) == list(columns)
    assert found.loc["A"].tolist() == [2, 0.2, 0.5, "50.0%\u2060–\u2060100.0%", 100]
    assert found.loc["B", ["seeds", "MSE", "all"]].tolist() == [1, 0.2, "–"]
    assert math.isnan(found.loc["B", "worst"])
    assert list(summary({"toy/other": "B"}, columns).columns) == ["seeds", "MSE", "all", "steps"]


def test_a_label_without_a_run_is_an_error(small):
    with pytest.raises(KeyError, match="toy/none"):
        summary({"toy/one": "A", "toy/none": "C"}, {"seeds": SEEDS})


def test_a_history_has_its_steps_and_gaps():
    table = history("lfvi/split", seed=1)
    assert table.index.name == "step" and table.index[0] == 100
    assert math.isnan(table["discriminator_accuracy"].iloc[0])
    assert table["discriminator_accuracy"].dropna().between(0, 1).all()
    with pytest.raises(KeyError):
        history("lfvi/split", seed=99)


def test_models_come_by_the_name_of_their_run():
    assert isinstance(load("autoencoder/proposed"), LineAutoencoder)  # of the package
    assert isinstance(load("autoencoder/thesis"), LineAutoencoder)  # of book/results
    assert isinstance(load("vae/pixels", PixelVAE), PixelVAE)
    with pytest.raises(FileNotFoundError, match="its weights were not kept"):
        load("autoencoder/ablation_4_encoder")


def test_the_box_of_a_long_run_is_glued(monkeypatch):
    glued = {}
    monkeypatch.setattr(_helpers, "glue", lambda name, value, display: glued.update({name: value}))
    glue_run("split", "lfvi/split", 0.98765)
    assert glued == {
        "split_all": "0 1 2 3 4",
        "split_recorded": f"{seeds('lfvi/split').loc[0, 'raster_accuracy']:.2%}",
        "split_live": "98.77%",
        "split_minutes": f"{seeds('lfvi/split').loc[0, 'core_minutes']:.1f}",
        "split_steps": "8,000",
    }


def test_minutes_count_text_and_neither_code_nor_what_has_minutes_of_its_own(tmp_path, monkeypatch):
    text = "word " * 1000
    parts = {
        "front matter": f"---\nkey: {text}\n---\n",
        "code": f"```{{code-cell}} ipython3\nwidgets.DrawDigit()\n# {text}\n```\n",
        "exercise": f"````{{exercise}}\n{text}\n```python\nx\n```\n{text}\n````\n",
        "solution": f"```{{solution}} ex\n{text}\n```\n",
        "note": f"```{{note}}\n{text}\n```\n",
    }
    monkeypatch.setattr(_helpers, "BOOK", tmp_path)
    (tmp_path / "page.md").write_text("\n".join(parts.values()) + "\n" + text)
    assert minutes("page") == {"read": 10, "play": 5, "exercises": 15}
