"""The built scripts and styles: as new as their sources, small, and read whatever the machine's encoding."""

import importlib
import os
import subprocess
import sys
from hashlib import sha256

import pytest
from conftest import ROOT

from vecnb import widgets

FOLDER = ROOT / "vecnb" / "widgets"
REMEDY = "build them: make widgets"
NAMES = ["break_the_gan", "drag_a_line", "draw_digit", "ratio_on_a_line", "soft_against_hard"]
NAMES += ["trace_drawing", "training_replayed", "walk_latent_space", "watch_descent"]
LARGEST = {"trace_drawing": 150_000, "watch_descent": 24_000}  # bytes of a script; of the others


def test_the_built_files_are_those_of_their_sources():
    sums = (FOLDER / "js" / "SHA256SUMS").read_text(encoding="utf-8")
    recorded = {name: digest for digest, name in map(str.split, sums.splitlines())}
    patterns = ("js/**/*.js", "js/**/*.css", "static/*.js", "static/*.css")
    found = {
        path.relative_to(FOLDER).as_posix(): sha256(path.read_text(encoding="utf-8").encode()).hexdigest()
        for pattern in patterns
        for path in FOLDER.glob(pattern)
    }
    different = {name for name, _ in recorded.items() ^ found.items()}
    assert not different, f"{sorted(different)} changed since the widgets were built; {REMEDY}"


@pytest.fixture
def build(monkeypatch):
    """The module that builds the widgets."""
    monkeypatch.syspath_prepend(FOLDER / "js")
    return importlib.import_module("build")


def test_the_tracer_is_built_of_the_rust_that_is_here(build):
    assert build.recorded_digest() == build.tracer_digest(), REMEDY


def test_a_machine_that_cannot_build_the_tracer_says_what_it_needs(build, monkeypatch, tmp_path):
    monkeypatch.setattr(build, "TRACER", tmp_path / "wasm.js")
    assert build.recorded_digest() == ""
    monkeypatch.setattr(build.sys, "argv", ["build.py", "--check"])
    with pytest.raises(SystemExit, match=r"wasm.js is not built of the Rust that is here; `make widgets`"):
        build.main()
    monkeypatch.setattr(build.sys, "argv", ["build.py"])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match="rustup target add wasm32-unknown-unknown"):
        build.main()


@pytest.mark.parametrize("name", NAMES)
def test_a_widget_is_one_small_module(name):
    script = (FOLDER / "static" / f"{name}.js").read_bytes()
    style = (FOLDER / "static" / f"{name}.css").read_bytes()
    assert len(script) <= LARGEST.get(name, 20_000) and len(style) <= 8_000
    assert b"import " not in script and b" as default}" in script
    assert b"@import" not in style


def test_every_widget_has_its_files():
    assert len(widgets.__all__) == len(NAMES)
    assert {path.stem for path in (FOLDER / "static").glob("*.*")} == set(NAMES)


def test_the_widgets_are_imported_where_the_encoding_is_ascii():
    environment = os.environ | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-c", "import vecnb.widgets"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
