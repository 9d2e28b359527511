"""`raster`, the module compiled from Rust; where it is missing or old, what to do about it."""

from vecnb import __version__

_REMEDY = "run `make test` or `pip install -e .` in a clone, `pip install --force-reinstall vecnb` elsewhere"
try:
    from vecnb import _raster as raster
except ImportError as error:
    raise ImportError(
        f"vecnb/_raster, compiled from Rust, is missing or for another Python: {_REMEDY}"
    ) from error
if raster.__version__ != __version__:
    raise ImportError(f"vecnb/_raster is of version {raster.__version__}, vecnb of {__version__}: {_REMEDY}")
