"""A Sphinx extension: MathJax from the package sphinx-mathjax-offline, so that no page asks the network.

That package is 24 MB with every input and output it knows; a page of this book needs 2 MB of them.
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

from sphinx.application import Sphinx

NEEDED = ("tex-chtml.js", "input/tex/extensions", "output/chtml/fonts/woff-v2")


def mathjax_folder() -> Path:
    """Where the package keeps MathJax.

    Raises:
        FileNotFoundError: it is installed, but not laid out as expected.
    """
    package = distribution("sphinx-mathjax-offline")
    for file in package.files or []:
        if file.name == "tex-chtml.js":
            return Path(str(file.locate())).parent
    raise FileNotFoundError(
        "sphinx-mathjax-offline holds no tex-chtml.js; constraints.txt names a version that does"
    )


def _copy(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    source, target = mathjax_folder(), Path(app.outdir) / "_static" / "mathjax"
    for name in NEEDED:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copyfile
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if not (target / name).exists():
            copy(source / name, target / name)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", _copy)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
