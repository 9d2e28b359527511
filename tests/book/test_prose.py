"""Numbers of the prose are glued, comparisons have something that decides them, sources are cited."""

import doctest
import re

import prose
import pytest
from conftest import ROOT

PHRASES = prose.reviewed()


def _allowed(name: str) -> list[str]:
    return [phrase for key in ("any", name[:2], name) for phrase in PHRASES.get(key, [])]


def test_examples():
    assert not doctest.testmod(prose).failed


@pytest.mark.parametrize("name", prose.NAMES)
def test_no_number_is_typed_and_no_comparison_stands_alone(name):
    typed, bare = prose.findings(name, _allowed(name))
    assert not typed, "glue these from a cell, or add them to reviewed_prose.txt"
    assert not bare, "name what decides these, or add them to reviewed_prose.txt"


@pytest.mark.parametrize(
    "sentence", ["It takes 91.3 ms.", "Of 500 digits 3 % are read.", "They are 2.4 wide."]
)
def test_typed_number_is_found(sentence):
    assert prose.typed_numbers(sentence)


def test_comparison_without_a_number_is_found(tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "a.md").write_text(
        "So care pays.\n\nThis is several times as fast.\n\nIt is {eq}`x` larger."
    )
    monkeypatch.setattr(prose, "ROOT", tmp_path)
    assert prose.findings("a", []) == ([], ["times as: This is several times as fast."])
    assert prose.findings("a", ["several times as fast"]) == ([], [])


def test_every_reviewed_phrase_still_occurs():
    texts = {name: " ".join(p.text for p in prose.read_page(name)) for name in prose.NAMES}
    stale = [
        f"{key}: {phrase}"
        for key, phrases in PHRASES.items()
        for phrase in phrases
        if not any(phrase in text for name, text in texts.items() if key == "any" or name.startswith(key))
    ]
    assert not stale


def test_every_source_is_cited_and_every_citation_has_a_source():
    sources = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "book/references.bib").read_text(), re.MULTILINE))
    pages = [page.read_text() for page in (ROOT / "book").glob("*.md")]
    cited = {
        key.strip()
        for page in pages
        for keys in re.findall(r"\{cite:\w+\}`([^`]+)`", page)
        for key in keys.split(",")
    }
    assert cited == sources
