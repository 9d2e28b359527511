"""The Rust module: its version, its types, and its own tests where cargo is present."""

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from vecnb import _raster

ROOT = Path(__file__).resolve().parent.parent


def test_the_binary_is_the_package_s_own():
    assert _raster.__version__ == version("vecnb"), "a stale binary: run `pip install -e .` again"


def test_the_types_are_those_of_the_module(tmp_path):
    config = tmp_path / "mypy.ini"  # the package imports torch, whose types play no part here
    config.write_text("[mypy]\n[mypy-torch.*]\nfollow_imports = skip\n")
    command = [sys.executable, "-m", "mypy.stubtest", "--mypy-config-file", str(config), "vecnb._raster"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.skipif(shutil.which("cargo") is None, reason="no cargo here: the Rust tests run where it is")
def test_the_tests_of_the_core_pass():
    command = ["cargo", "test", "--locked", "--quiet"]
    result = subprocess.run(command, cwd=ROOT / "rust_ext", capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
