"""Build the widgets: every js/<widget>/ becomes static/<widget>.js and static/<widget>.css, minified.

`python vecnb/widgets/js/build.py` builds them and writes js/SHA256SUMS, the checksums of all sources and
results, by which tests/widgets/test_static.py notices a source that was not built. With `--check` it builds
them elsewhere and exits with 1 if a result differs.

`deno bundle` does the work. At its first use it downloads esbuild; the version of deno in constraints.txt
fixes that of esbuild, hence the bytes of the results.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
STATIC = SOURCES.parent / "static"
DENO = ["deno", "bundle", "--quiet", "--minify", "--platform=browser", "--no-config", "--no-lock"]


def build(target: Path) -> None:
    """Bundle every widget into `target`.

    Raises:
        subprocess.CalledProcessError: deno failed; it has said why.
    """
    for entry in sorted(SOURCES.glob("*/index.js")):
        for source, suffix in ((entry, ".js"), (entry.with_name("style.css"), ".css")):
            result = target / f"{entry.parent.name}{suffix}"
            subprocess.run([*DENO, f"--output={result}", source], check=True)


def checksums() -> str:
    """A line for each source and result, as sha256sum writes it; line ends count as \\n on every system."""
    lines = []
    for path in sorted(_files()):
        digest = sha256(path.read_text(encoding="utf-8").encode()).hexdigest()
        lines.append(f"{digest}  {path.relative_to(STATIC.parent).as_posix()}\n")
    return "".join(lines)


def _files() -> Iterator[Path]:
    for pattern in ("js/**/*.js", "js/**/*.css", "static/*.js", "static/*.css"):
        yield from STATIC.parent.glob(pattern)


def check() -> list[str]:
    """The names of results that a build here makes differently."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        built = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    names = built.keys() | {path.name for path in STATIC.glob("*.*")}
    committed = {name: (STATIC / name).read_bytes() for name in names if (STATIC / name).exists()}
    return sorted(name for name in names if built.get(name) != committed.get(name))


def main() -> None:
    """See the module."""
    if sys.argv[1:] == ["--check"]:
        if different := check():
            remedy = "`make widgets` builds them anew, with the version of deno in constraints.txt"
            sys.exit(f"{', '.join(different)}: not what js/ is built into here; {remedy}")
        return
    STATIC.mkdir(exist_ok=True)
    build(STATIC)
    (SOURCES / "SHA256SUMS").write_text(checksums(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
