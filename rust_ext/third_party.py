"""Write rust_ext/THIRD_PARTY.md: the crates that the compiled extension holds, and their licences.

`python rust_ext/third_party.py` after a change of rust_ext/Cargo.lock; the wheel carries the result.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
TARGET = HERE / "THIRD_PARTY.md"
HEAD = """# Third-party notices

The compiled extension of vecnb (`_raster`) holds code of the crates below, under these licences.
"""


def crates() -> list[tuple[str, str]]:
    """Name and version of every crate that becomes part of the extension, on any platform."""
    command = ["cargo", "tree", "--locked", "--package=vecnb-python", "--target=all", "--prefix=none"]
    command += ["--edges=normal,no-proc-macro", "--format={p}"]
    done = subprocess.run(command, cwd=HERE, text=True, capture_output=True, check=True)
    ours = str(HERE)  # in brackets after the name of a crate of this workspace
    named = (line.split()[:2] for line in done.stdout.splitlines() if line and ours not in line)
    return sorted({(name, version.removeprefix("v")) for name, version in named})


def notices() -> str:
    """The text of the file."""
    command = ["cargo", "metadata", "--locked", "--format-version=1"]
    done = subprocess.run(command, cwd=HERE, text=True, capture_output=True, check=True)
    packages = {(one["name"], one["version"]): one for one in json.loads(done.stdout)["packages"]}
    by_text: dict[str, list[str]] = {}
    for crate in crates():
        package = packages[crate]
        by_text.setdefault(_licence(Path(package["manifest_path"]).parent), []).append(
            f"{crate[0]} {crate[1]} ({package['license']})"
        )
    parts = [f"## {', '.join(names)}\n\n```text\n{text}\n```\n" for text, names in by_text.items()]
    return "\n".join([HEAD, *parts])


def _licence(folder: Path) -> str:
    """The licence of a crate: of several the MIT licence, which asks for least."""
    files = sorted(folder.glob("LICEN[CS]E*"), key=lambda path: ("MIT" not in path.name.upper(), path.name))
    if not files:
        raise SystemExit(f"{folder.name} brings no licence: write down by hand what it says")
    return re.sub(r"[ \t]+\n", "\n", files[0].read_text(encoding="utf-8")).strip()


if __name__ == "__main__":
    TARGET.write_text(notices(), encoding="utf-8")
