"""The wheel and the sdist, used outside the repository: every public name, every line of the README."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
from conftest import ROOT
from installation import Installation, build_wheel, run

from vecnb.data import data_source

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXTRAS = (
    "accelerate anywidget dask distributed IPython jinja2 matplotlib mlxtend networkx pandas pyarrow scipy "
    "skimage"
)
MEGABYTE = 2**20

CORE = f"""
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {EXTRAS.split()!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Absent())
import torch, vecnb, vecnb.pretrained
assert vecnb.__file__.startswith(sys.prefix), vecnb.__file__
assert all(getattr(vecnb, name) for name in vecnb.__all__) and len(vecnb.__all__) <= 10
x = torch.zeros(1, 1, 28, 28)
x[..., 4:24, 13:15] = 1
for name in ("autoencoder", "vae", "joint", "split"):
    strokes = vecnb.load_model(name).vectorise(x)
    assert vecnb.render_hard(strokes, 28, 28).shape == vecnb.render_soft(strokes, 28, 28).shape == x.shape
for name in ("vae", "joint", "split", "gan"):
    assert len(vecnb.load_model(name).sample(2, seed=0)) == 2
assert vecnb.pretrained.load_classifier()(x).argmax() == 1
import vecnb.densities, vecnb.losses, vecnb.metrics, vecnb.models, vecnb.render
"""
EVERYTHING = """
import sys, torch, vecnb
from vecnb import baselines, plots, widgets
from vecnb.training import RUNS
assert vecnb.__file__.startswith(sys.prefix), vecnb.__file__
x = torch.zeros(1, 1, 28, 28)
x[..., 4:24, 13:15] = 1
strokes = baselines.trace(x)[0]
assert len(RUNS) > 50
from matplotlib.figure import Figure
plots.draw_strokes(Figure().add_axes((0, 0, 1, 1)), strokes.lines[0], strokes.width[0])
assert all(isinstance(getattr(widgets, name)._esm, str) for name in ("DragALine", "BreakTheGan"))
widgets.DragALine()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installation(wheel, tmp_path_factory):
    return Installation.of(wheel, tmp_path_factory.mktemp("elsewhere") / "environment")


def contents(wheel: Path) -> dict[str, str]:
    """The files of a wheel that are the same wherever it is built, with the SHA-256 of each."""
    varying = re.compile(r"_raster\.(?!pyi)|/RECORD$|/sboms/")
    with zipfile.ZipFile(wheel) as archive:
        files = [name for name in archive.namelist() if not varying.search(name)]
        return {name: sha256(archive.read(name)).hexdigest() for name in files}


def test_the_wheel_holds_what_the_package_needs_and_no_more(wheel):
    names = contents(wheel)
    for needed in ("py.typed", "_raster.pyi", "plots/book.mplstyle", "widgets/static/trace_drawing.js"):
        assert f"vecnb/{needed}" in names
    assert {name.split("/")[0] for name in names} == {"vecnb", f"{wheel.name.rsplit('-', 3)[0]}.dist-info"}
    assert not [name for name in names if "widgets/js/" in name or "test" in name]
    assert wheel.stat().st_size < 12 * MEGABYTE


def test_the_wheel_carries_its_licences_and_a_description_without_relative_links(wheel):
    with zipfile.ZipFile(wheel) as archive:
        licences = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
        (metadata,) = [
            archive.read(name).decode() for name in archive.namelist() if name.endswith("/METADATA")
        ]
    assert {Path(name).name for name in licences} == {"LICENSE", "THIRD_PARTY.md"}
    assert "License-Expression: MIT" in metadata
    assert not re.search(r"\]\((?!https:)", metadata)


def test_the_core_works_without_any_extra(installation, tmp_path):
    installation.run([installation.python, "-W", "error", "-c", CORE], tmp_path)


def test_the_rest_works_with_the_extras(installation, tmp_path):
    installation.run([installation.python, "-c", EVERYTHING], tmp_path)


def test_the_sdist_builds_the_same_wheel(wheel, tmp_path):
    run(["maturin", "sdist", "--out", tmp_path], ROOT)
    (sdist,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "xzf", sdist], cwd=tmp_path, check=True)
    source = tmp_path / sdist.name.removesuffix(".tar.gz")
    assert contents(build_wheel(source, tmp_path)) == contents(wheel)


# The README


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


COMMANDS = [line for block in _blocks("sh") for line in block.splitlines() if line.startswith("vecnb ")]
PYTHON = "\n".join(_blocks("python"))  # one after the other, as a reader types them


def _data() -> dict[str, str]:
    """The variables by which a training finds MNIST where the other tests have it."""
    if data_source(fallback="subset").is_subset:
        pytest.skip("no MNIST here to train on: set VECNB_DATA, or let it be downloaded")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return {"VECNB_DATA": os.environ.get("VECNB_DATA", ""), "XDG_CACHE_HOME": cache}


def test_the_readme_shows_every_command():
    assert {line.split()[1] for line in COMMANDS} == {"sample", "vectorise", "render", "train", "evaluate"}


def test_the_lines_of_the_readme_work_in_an_empty_folder(installation, tmp_path):
    (tmp_path / "book").mkdir()
    shutil.copy(ROOT / "book" / "handwriting.jpg", tmp_path / "book")
    for line in COMMANDS:
        command, _, _ = line.partition("#")
        if not re.search(" (train|evaluate) ", line):
            installation.run(["bash", "-c", command], tmp_path)
            (written,) = re.findall(r"-o (\S+)", command)
            assert (tmp_path / written).stat().st_size > 100
    installation.run([installation.python, "-W", "error", "-c", PYTHON], tmp_path)
    assert (tmp_path / "drawing.svg").exists()


def test_the_training_of_the_readme_works_in_an_empty_folder(installation, tmp_path):
    (command,) = [line for line in COMMANDS if " train " in line]
    installation.run(["bash", "-c", command], tmp_path, **_data())
    assert (tmp_path / "runs/autoencoder/proposed/seed_0/metrics.json").exists()
    loaded = "import vecnb; print(vecnb.load_model('runs/autoencoder/proposed/seed_0').n_lines)"
    assert installation.run([installation.python, "-c", loaded], tmp_path).stdout == "5\n"


def test_the_evaluation_of_the_readme_gives_the_book_s_numbers(installation, tmp_path):
    (command,) = [line for line in COMMANDS if " evaluate " in line]
    installation.run(["bash", "-c", command], tmp_path, **_data())
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    with open(ROOT / "book" / "results" / "runs.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["run"] == "proposed" and row["seed"] == "0"]
    (recorded,) = [row for row in rows if row["experiment"] == "autoencoder"]
    for name in ("mse", "drawing_mse", "raster_mse", "accuracy", "raster_accuracy"):
        assert numbers[name] == pytest.approx(float(recorded[name]), abs=2e-4), name


def test_the_python_of_the_readme_passes_a_users_type_checker(installation, tmp_path):
    (tmp_path / "user.py").write_text(PYTHON)
    mypy = [sys.executable, "-m", "mypy", "--python-executable", installation.python, "--strict"]
    mypy += ["--follow-imports", "silent"]
    run([*mypy, "--cache-dir", ROOT / ".mypy_cache" / "users", "user.py"], tmp_path)
