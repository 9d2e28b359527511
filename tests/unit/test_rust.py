"""The Rust module: its version; `make lint` runs its own tests, and compares it with its types."""

from importlib.metadata import version

from vecnb import _raster


def test_the_binary_is_the_package_s_own():
    assert _raster.__version__ == version("vecnb"), "a stale binary: run `pip install -e .` again"
