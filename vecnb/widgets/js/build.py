"""Build the widgets: every js/<widget>/ becomes static/<widget>.js and static/<widget>.css, minified.

`python vecnb/widgets/js/build.py` builds them and writes js/SHA256SUMS, the checksums of all sources and
results, by which tests/widgets/test_static.py notices a source that was not built. With `--check` it builds
them elsewhere and exits with 1 if a result differs.

`deno bundle` does the work. At its first use it downloads esbuild; the version of deno in constraints.txt
fixes that of esbuild, hence the bytes of the results.

One source is itself built: trace_drawing/wasm.js, the tracer of rust_ext/wasm. It is committed, because few
machines can compile for WebAssembly, and names the SHA-256 of the Rust that it was built from: where that is
as it was, it stays.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
STATIC = SOURCES.parent / "static"
DENO = ["deno", "bundle", "--quiet", "--minify", "--platform=browser", "--no-config", "--no-lock"]

RUST = SOURCES.parents[2] / "rust_ext"
TRACER = SOURCES / "trace_drawing" / "wasm.js"
TARGET = "wasm32-unknown-unknown"
CARGO = ["cargo", "build", "--locked", "--package=vecnb-wasm", "--profile=wasm", f"--target={TARGET}"]
# Browsers have these vector instructions since 2021, the last of them, Safari, since March 2023.
FLAGS = {"CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS": "-C target-feature=+simd128"}
TRACER_TEXT = """// The tracer as WebAssembly, compressed with zlib, in base64: `make widgets` builds it.
// SHA-256 of its sources: {digest}
// deno-fmt-ignore-file
export const WASM = "{code}";
"""


# The tracer


def tracer_digest() -> str:
    """The SHA-256 of the tracer's Rust; line ends count as \\n on every system."""
    digest = sha256()
    for crate in ("trace", "wasm"):
        for path in sorted([RUST / crate / "Cargo.toml", *(RUST / crate / "src").rglob("*.rs")]):
            text = path.read_text(encoding="utf-8")
            digest.update(f"{path.relative_to(RUST).as_posix()}\n{text}".encode())
    return digest.hexdigest()


def recorded_digest() -> str:
    """The SHA-256 of the Rust that the tracer was built from; empty if it was never built."""
    text = TRACER.read_text(encoding="utf-8") if TRACER.exists() else ""
    found = re.search("^// SHA-256 of its sources: (.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def build_tracer() -> None:
    """Compile the tracer.

    Raises:
        SystemExit: this machine cannot; the message says what it needs.
        subprocess.CalledProcessError: cargo failed; it has said why.
    """
    if shutil.which("cargo") is None or not _has_target():
        sys.exit(
            f"rust_ext has changed since {TRACER.name} was built, and the Rust here cannot compile for "
            f"WebAssembly: `rustup target add {TARGET}`, then `make widgets` again"
        )
    subprocess.run(CARGO, cwd=RUST, env=os.environ | FLAGS, check=True)
    folder = Path(os.environ.get("CARGO_TARGET_DIR", RUST / "target"))
    code = zlib.compress((folder / TARGET / "wasm" / "vecnb_wasm.wasm").read_bytes(), 9)
    text = TRACER_TEXT.format(digest=tracer_digest(), code=base64.b64encode(code).decode())
    TRACER.write_text(text, encoding="utf-8", newline="\n")


def _has_target() -> bool:
    """Whether the compiler has the standard library for WebAssembly."""
    command = ["rustc", "--print=target-libdir", f"--target={TARGET}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0 and Path(done.stdout.strip()).is_dir()


# The widgets


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
        if recorded_digest() != tracer_digest():
            sys.exit(f"{TRACER.name} is not built of the Rust that is here; `make widgets` builds it anew")
        if different := check():
            remedy = "`make widgets` builds them anew, with the version of deno in constraints.txt"
            sys.exit(f"{', '.join(different)}: not what js/ is built into here; {remedy}")
        return
    if recorded_digest() != tracer_digest():
        build_tracer()
    STATIC.mkdir(exist_ok=True)
    build(STATIC)
    (SOURCES / "SHA256SUMS").write_text(checksums(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
