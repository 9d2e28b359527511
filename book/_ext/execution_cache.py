"""A Sphinx extension: no page may show what an older package, an older result or other data computed.

jupyter-cache recognises a page by the code in its cells alone, so an edit of the package would leave the old
numbers standing. Here the cache's folder is named after everything else that the cells read. Sphinx treats
that name as configuration: when it changes, every page is read again, and executed if it is new to the cache.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

ROOT = Path(__file__).resolve().parents[2]
RUST = ("rust_ext/Cargo.*", "rust_ext/*/Cargo.toml", "rust_ext/*/src/**/*.rs")
BINARY = ("vecnb/*.so", "vecnb/*.pyd")
OTHERS = ("vecnb/**/*", "book/results/**/*", "book/_helpers.py")


def cache_key(root: Path, data_digest: str) -> str:
    """A name for the state of everything, beside its own code, that a page's numbers depend on.

    Args:
        root: the repository's folder.
        data_digest: what `vecnb.data` says of the digits in use.
    Returns:
        16 hexadecimal digits.
    """
    digest = hashlib.sha256(data_digest.encode())
    for path in _matching(root, *OTHERS, *RUST, *BINARY):
        content = path.read_bytes()
        digest.update(f"\n{path.relative_to(root).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def check_binary(root: Path) -> None:
    """Refuse a compiled extension older than its sources: a page would show what the old one computes.

    Raises:
        SystemExit: it is missing or older than a file of `rust_ext/`.
    """
    built = max((path.stat().st_mtime for path in _matching(root, *BINARY)), default=0.0)
    newer = [path for path in _matching(root, *RUST) if path.stat().st_mtime > built]
    if newer:
        source = newer[0].relative_to(root).as_posix()
        raise SystemExit(f"vecnb._raster is missing or older than {source}: `make book` builds it first.")


def _matching(root: Path, *patterns: str) -> Iterator[Path]:
    """Every file under `root` that matches a pattern, in an order that does not depend on the machine."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    return iter(sorted(path for path in found if path.suffix != ".pyc"))


def _name_the_cache(app: Sphinx, config: Config) -> None:
    from vecnb.data import data_source  # here, so that this file can be read without torch

    check_binary(ROOT)
    caches = Path(app.outdir).parent / ".jupyter_cache"
    config["nb_execution_cache_path"] = str(caches / cache_key(ROOT, data_source(fallback="subset").digest))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", _name_the_cache)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
