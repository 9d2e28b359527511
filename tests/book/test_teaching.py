"""The pages for learners and teachers: what they name is there; a lab's starter is its solution with gaps."""

import ast
import re

import pytest
from conftest import ROOT

BOOK = ROOT / "book"
TEACHING = (BOOK / "teaching.md").read_text()
LABS = re.findall(r"^### (Lab \d) .*?(?=^##)", TEACHING, re.MULTILINE | re.DOTALL)


def _lab(name: str) -> str:
    return re.search(rf"^### {name} .*?(?=^##)", TEACHING, re.MULTILINE | re.DOTALL)[0]


def _named_sections(source: str) -> list[tuple[str, str]]:
    """Page and title of the sections in a page's tables: {doc}`page`, then titles in italics."""
    found = []
    for row in re.findall(r"^\|.*\|$", source, re.MULTILINE):
        for page, rest in re.findall(r"\{doc\}`(\w+)`((?:(?!\{doc\}|\|).)*)", row):
            found += [(page, title) for title in re.findall(r"\*([^*]+)\*", rest)]
    return found


@pytest.mark.parametrize("name", ["prerequisites", "teaching"])
def test_every_section_that_is_named_is_there(name):
    named = _named_sections((BOOK / f"{name}.md").read_text())
    assert len(named) > 5
    titles = {
        page: re.findall(r"^#+ (.+)$", (BOOK / f"{page}.md").read_text(), re.MULTILINE) for page, _ in named
    }
    assert [(page, title) for page, title in named if title not in titles[page]] == []


def test_there_are_labs():
    assert LABS == ["Lab 1", "Lab 2", "Lab 3", "Lab 4"]


@pytest.mark.parametrize("name", LABS)
def test_a_starter_is_its_solution_with_gaps(name):
    (starter,) = re.findall(r"^```python\n(.*?)^```$", _lab(name), re.MULTILINE | re.DOTALL)
    ast.parse(starter)
    solution = re.search(r"^:tags: \[hide-input\]\n(.*?)^```$", _lab(name), re.MULTILINE | re.DOTALL)[1]
    given = [line for line in starter.splitlines() if not line.rstrip().endswith("...")]
    assert len(given) < len(starter.splitlines()), "nothing is left to write"
    assert set(given) <= set(solution.splitlines())


@pytest.mark.parametrize("name", LABS)
def test_a_checker_passes_its_solution_and_refuses_a_mistake(name):
    checker = re.search(r"^def (check_\w+)\(", _lab(name), re.MULTILINE)[1]
    assert f"{checker}, " in re.search(r"print\(passes\(.*\)\)", _lab(name))[0]
    assert f"refuses({checker}, " in _lab(name)
