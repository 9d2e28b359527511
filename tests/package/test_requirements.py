"""What pyproject.toml asks for: a room of vecnb imports its extra and no more, every version is pinned."""

import ast
import importlib.util
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from packaging.requirements import Requirement

from vecnb import __version__

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
# Module or folder of vecnb → the extra it may need; every other is the core.
ROOMS = {
    "training": "train",
    "plots": "plots",
    "widgets": "widgets",
    "baselines": "skeleton",
    "bulk": "bulk",
}
INSIDE = {"metrics": "plots", "bulk": "dask"}  # imported only in a function that cannot do without
IMPORTED_AS = {"pillow": "PIL", "scikit-image": "skimage", "ipython": "IPython", "jinja2": "jinja2"}
FILES = sorted((ROOT / "vecnb").rglob("*.py"))


def _room(path: Path) -> str:
    return path.relative_to(ROOT / "vecnb").parts[0].removesuffix(".py")


def _imports(path: Path) -> Iterator[tuple[str, bool]]:
    """The packages that a file imports, and whether as soon as it is imported itself."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [node.module]
        for name in names:
            yield name.split(".")[0], node in tree.body


def _modules(requirements: list[str]) -> set[str]:
    names = [Requirement(line).name for line in requirements]
    return {IMPORTED_AS.get(name, name) for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_module_imports_only_what_its_room_requires(path):
    room = _room(path)
    core = _modules(PROJECT["dependencies"]) | {"vecnb", *sys.stdlib_module_names}
    at_once = core | _modules(EXTRAS.get(ROOMS.get(room, ""), []))
    later = at_once | _modules(EXTRAS.get(INSIDE.get(room, ""), [])) | {"matplotlib_inline"}
    for name, immediate in _imports(path):
        assert name in (at_once if immediate else later), f"{name}: an extra of another room, or undeclared"


def _requirements() -> list[Requirement]:
    lines = PROJECT["dependencies"] + [line for extra in EXTRAS.values() for line in extra]
    return [requirement for requirement in map(Requirement, lines) if requirement.name != "vecnb"]


@pytest.mark.parametrize("requirement", _requirements(), ids=lambda requirement: requirement.name)
def test_every_requirement_has_a_lower_bound_and_a_pin_that_it_allows(requirement):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = {pin.name.lower(): str(pin.specifier) for pin in map(Requirement, filter(_is_entry, lines))}
    assert ">=" in str(requirement.specifier)
    assert requirement.specifier.contains(pins[requirement.name.lower()].removeprefix("=="))


def test_requirements_txt_asks_for_the_extras_alone():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    (entry,) = filter(_is_entry, lines)
    assert set(re.fullmatch(r"-e \.\[(.*)\]", entry)[1].split(",")) <= set(EXTRAS)


def _is_entry(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def test_no_list_of_requirements_names_a_server():
    for name in ("requirements.txt", "constraints.txt", "pyproject.toml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert not re.search(r"://|--(extra-)?index|--find-links", text)


def test_the_citation_has_the_version_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == __version__


@pytest.mark.skipif(shutil.which("cargo") is None, reason="no cargo here to ask")
def test_the_third_party_notices_are_of_the_crates_in_use():
    spec = importlib.util.spec_from_file_location("third_party", ROOT / "rust_ext" / "third_party.py")
    third_party = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(third_party)
    assert third_party.TARGET.read_text(encoding="utf-8") == third_party.notices(), (
        "run rust_ext/third_party.py"
    )
