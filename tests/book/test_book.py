"""The book's machinery: nothing stale is shown, commands say what is missing, nothing odd is committed."""

import asyncio
import doctest
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import docstrings
import jupytext
import kernel_replies
import pytest
import yaml
import zmq
import zmq.asyncio
from conftest import ROOT, build_book
from execution_cache import cache_key, check_binary
from jupyter_client.channels import AsyncZMQSocketChannel
from jupyter_client.session import Session

PAGES = sorted((ROOT / "book").glob("*.md"))
NOTEBOOKS = [page for page in PAGES if "{code-cell}" in page.read_text()]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# Nothing stale


@pytest.mark.parametrize(
    "file",
    [
        "vecnb/render/soft.py",
        "vecnb/_raster.pyi",
        "vecnb/_raster.abi3.so",
        "vecnb/pretrained/vae/model.safetensors",
        "vecnb/plots/book.mplstyle",
        "vecnb/widgets/static/drag_a_line.js",
        "rust_ext/raster/src/strokes.rs",
        "rust_ext/python/src/lib.rs",
        "rust_ext/Cargo.toml",
        "rust_ext/raster/Cargo.toml",
        "book/results/runs.csv",
        "book/results/vae/thesis/history.csv",
        "book/_helpers.py",
    ],
)
def test_cache_key_follows_what_pages_compute_with(tmp_path, file):
    _write(tmp_path / file, "one")
    before = cache_key(tmp_path, "digits")
    assert cache_key(tmp_path, "digits") == before
    _write(tmp_path / file, "two")
    assert cache_key(tmp_path, "digits") != before


def test_cache_key_follows_the_data():
    assert cache_key(ROOT, "folder") != cache_key(ROOT, "subset")


@pytest.mark.parametrize(
    "file", ["README.md", "book/index.md", "book/cover.py", "tests/unit/test_render_soft.py", "vecnb/a.pyc"]
)
def test_cache_key_ignores_what_pages_do_not_compute_with(tmp_path, file):
    _write(tmp_path / "vecnb/render/soft.py", "one")
    before = cache_key(tmp_path, "digits")
    _write(tmp_path / file, "two")
    assert cache_key(tmp_path, "digits") == before


def test_binary_older_than_its_sources_is_refused(tmp_path):
    _write(tmp_path / "vecnb/_raster.abi3.so", "")
    _write(tmp_path / "rust_ext/raster/src/strokes.rs", "")
    os.utime(tmp_path / "vecnb/_raster.abi3.so", (2_000, 2_000))
    os.utime(tmp_path / "rust_ext/raster/src/strokes.rs", (1_000, 1_000))
    check_binary(tmp_path)
    os.utime(tmp_path / "rust_ext/raster/src/strokes.rs", (3_000, 3_000))
    with pytest.raises(SystemExit, match=r"older than rust_ext/raster/src/strokes\.rs"):
        check_binary(tmp_path)


def _small_book(root: Path, cell: str) -> None:
    """A book of one page with one cell, with this book's own configuration and extensions."""
    shutil.copy(ROOT / "_config.yml", root)
    for folder in ("_ext", "_offline"):
        shutil.copytree(ROOT / "book" / folder, root / "book" / folder)
    shutil.copy(ROOT / "book" / "references.bib", root / "book")
    _write(root / "book/_toc.yml", "format: jb-book\nroot: index\n")
    front_matter = NOTEBOOKS[0].read_text().split("---")[1]
    _write(root / "book/index.md", f"---{front_matter}---\n# One page\n\n```{{code-cell}}\n{cell}\n```\n")


def test_edit_of_the_package_is_executed_and_shown(tmp_path):
    executions = tmp_path / "executions"
    read = "print(open('../vecnb/constant.py').read())"
    _small_book(tmp_path, f"print('executed', file=open('../executions', 'a'))\n{read}")

    for value, count in (("WIDTH = 11", 1), ("WIDTH = 11", 1), ("WIDTH = 22", 2)):
        _write(tmp_path / "vecnb/constant.py", value)
        page = (build_book(tmp_path) / "index.html").read_text()
        assert value in page
        assert len(executions.read_text().splitlines()) == count


async def _reply_that_arrives_during_a_send() -> str:
    context, session = zmq.asyncio.Context(), Session(key=b"key")
    page, kernel = context.socket(zmq.DEALER), context.socket(zmq.DEALER)
    page.connect(f"tcp://127.0.0.1:{kernel.bind_to_random_port('tcp://127.0.0.1')}")
    channel = AsyncZMQSocketChannel(page, session)
    channel.send(session.msg("execute_request", {}))
    await asyncio.sleep(0.2)
    waiting = asyncio.ensure_future(kernel_replies.get_msg(channel))
    await asyncio.sleep(0.2)
    session.send(kernel, "execute_reply", {"status": "ok"})
    time.sleep(0.2)  # the loop sleeps too: the reply is there, its announcement unread
    channel.send(session.msg("comm_msg", {}))  # uses the announcement up
    try:
        return (await asyncio.wait_for(waiting, 10))["msg_type"]
    finally:
        context.destroy(linger=0)


def test_reply_that_arrives_during_a_send_is_found():
    with ThreadPoolExecutor() as elsewhere:  # a browser that is open has its event loop in this thread
        reply = elsewhere.submit(asyncio.run, _reply_that_arrives_during_a_send())
    assert reply.result() == "execute_reply"


def test_docstrings_become_restructured_text():
    assert not doctest.testmod(docstrings).failed


@pytest.mark.parametrize("cell", ["1 / 0", "import sys\n\nprint('careful', file=sys.stderr)"])
def test_failing_or_complaining_cell_fails_the_build(tmp_path, cell):
    _small_book(tmp_path, cell)
    with pytest.raises(pytest.fail.Exception, match=r"index\.md"):
        build_book(tmp_path)


# The two commands


def _checkout(folder: Path) -> None:
    """What the Makefile reads, in a folder of its own."""
    for name in ("Makefile", "requirements.txt", "constraints.txt", "pyproject.toml", "rust_ext/Cargo.toml"):
        _write(folder / name, (ROOT / name).read_text())


def _program(path: Path, text: str) -> None:
    _write(path, f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def _make(folder: Path, *arguments: str, path: Path) -> subprocess.CompletedProcess:
    environment = {"HOME": str(folder), "PATH": f"{path}:/usr/bin:/bin"}
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, text=True, capture_output=True, check=False
    )


def test_missing_tools_take_one_line_each_before_anything_is_installed(tmp_path):
    _checkout(tmp_path)
    for tool in ("old-python", "cargo"):
        _program(tmp_path / "tools" / tool, "exit 1")
    done = _make(tmp_path, "book", "PYTHON=old-python", path=tmp_path / "tools")
    assert done.returncode != 0
    python, cargo = [line for line in done.stderr.splitlines() if not line.startswith("make")]
    assert "Python 3.11" in python and "https://" in python
    assert "cargo" in cargo and "https://rustup.rs" in cargo
    assert not (tmp_path / ".venv").exists()


def test_the_address_of_the_book_can_be_clicked_from_a_folder_with_a_space(tmp_path):
    folder = tmp_path / "my book"
    _checkout(folder)
    bin_folder = folder / ".venv" / "bin"
    _program(bin_folder / "jupyter-book", "mkdir -p _build/html && touch _build/html/index.html")
    _program(bin_folder / "python", f'exec "{sys.executable}" "$@"')
    _write(folder / "vecnb" / "_raster.abi3.so", "")
    (folder / ".venv" / ".installed").touch()
    done = _make(folder, "book", path=bin_folder)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].strip() == (folder / "_build/html/index.html").as_uri()
    assert "%20" in done.stdout


def test_an_extension_that_is_gone_is_built_again(tmp_path):
    _checkout(tmp_path)
    bin_folder = tmp_path / ".venv" / "bin"
    _program(bin_folder / "jupyter-book", "mkdir -p _build/html && touch _build/html/index.html")
    _program(bin_folder / "python", 'echo "$@" >> asked')
    _program(bin_folder / "cargo", "echo cargo 99.0.0")
    (tmp_path / ".venv" / ".installed").touch()
    done = _make(tmp_path, "book", "PYTHON=python", path=bin_folder)
    assert done.returncode == 0, done.stderr
    assert "-m pip install --quiet --no-deps --no-build-isolation -e ." in (tmp_path / "asked").read_text()


# Pages


def test_every_page_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())
    listed = {toc["root"]} | {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    assert listed == {page.stem for page in PAGES}


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_page_with_cells_is_a_notebook_for_the_kernel_of_this_environment(page):
    """Without this front matter the cells would be printed and not run, or run elsewhere."""
    metadata = jupytext.read(page).metadata
    assert metadata["jupytext"]["text_representation"]["format_name"] == "myst"
    assert metadata["kernelspec"]["name"] == "python3"


# What is committed

# A folder of somebody's machine; only .ci/run may look for data beside the clone.
MACHINE_PATHS = re.compile(r"/(work|farm|root)/|/(home|tmp|Users)/[a-z]|\.\./shared(?!/data$)", re.MULTILINE)


def _committed() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git clone, so nothing says what is committed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, text=True, capture_output=True, check=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def test_no_committed_file_holds_a_path_of_one_machine():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in _committed()
        if b"\0" not in path.read_bytes()
        for match in MACHINE_PATHS.finditer(path.read_text(errors="replace"))
    ]
    assert not found


def test_no_committed_file_is_over_five_megabytes():
    assert not [path.name for path in _committed() if path.stat().st_size > 5_000_000]
