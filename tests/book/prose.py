"""The prose of the pages: which of its numbers were typed, and which of its sentences compare.

A number in a sentence is either glued from a cell, or part of a formula, of a name (a section, an equation, a
year), of a quotation or of an exercise; all others were typed, and may part from what the page computes. A
sentence that compares ("better", "twice as") should have something near that decides it: a glued number or a
reference in the same paragraph. What was read and found to be in order lies in reviewed_prose.txt.

    python tests/book/prose.py            lists what is neither of these nor reviewed
    python tests/book/prose.py --review   lists every comparison with the check that stands before it
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REVIEWED = Path(__file__).with_name("reviewed_prose.txt")
NAMES = (
    "index",
    "01_introduction",
    "02_line_renderer",
    "03_variational_autoencoder",
    "04_likelihood_free",
    "05_conclusion",
    "06_any_drawing",
    "a_regularised_samples",
    "b_unregularised_samples",
    "c_how_fast",
    "prerequisites",
    "teaching",
)

COMPARISON = re.compile(
    r"\b(better|worse|best|worst|more than|less than|fewer|larger|largest|smaller|smallest|higher|highest"
    r"|lower|lowest|faster|fastest|slower|slowest|nearer|nearest to the|further|twice|times as|as fast"
    r"|as many as|ahead|behind|most of|more often|sooner|soonest|stronger|weaker|shorter|longer than)\b",
    re.IGNORECASE,
)
# 0 and 1 are ends of scales: blank and full, none and one.
NUMBER = re.compile(r"(?<![\w.,])(?![01](?!\d|[.,]\d))\.?\d[\d,.]*(?:\s?%)?|[½¼¾]")
# What is no prose, in the order in which it is taken out. Exercises state their own numbers, and solve them.
NO_PROSE = (
    r"\A---\n.*?\n---\n",  # front matter
    r"````\{(?:exercise|solution)\}.*?\n````",
    r"^```\{(?:exercise|solution)\}.*?\n```",
    r"````\{prf:algorithm\}.*?\n````",
    r"^```\{(?:code-cell|literalinclude|prf:algorithm|bibliography)\}.*?\n```",
    r"^```\w*\n.*?\n```",
    r"<!--.*?-->",
    r"^\s*\d+\. ",  # numbers of a list
    r"\$\$.*?\$\$(?: *\(eq-[\w-]+\))?",
    r"^(?:`{3,4}|:{3,4}|#|:[\w-]+:|\([\w-]+\)=$)[^\n]*$",  # fences, headings, options, targets
)
# Names, not numbers: roles, code, formulas, quotations, sections and equations of the thesis, years, digits.
NAMED = (
    r"\{[\w:]+\}`[^`]*`",
    r"`[^`]*`",
    r"\$[^$]*\$",
    r"\"[^\"]*\"",
    r"https?://\S+",
    r"\((?:thesis,? ?)?\d\.\d[^)]*\)",
    r"\((?:thesis|5|abstract)[^)]*\)",
    r"\b[Tt]hesis \(?\d+(?:\.\d)?\)?(?:(?:, | and | to )\(?\d+(?:\.\d)?\)?)*",
    r"\b(?:[Cc]hapters?|[Aa]lgorithms?|equations?|figures?|sections?|rows?|seeds?) \d+(?:\.\d)?"
    r"(?:(?:, | and | to )\d(?:\.\d)?)*",
    r"\b(?:19|20)\d\d\b",
    r"\[\d+\]",
)


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a page, and the checks (assertions) of the code cell that stands before it."""

    page: str
    text: str
    checks: str


def paragraphs(name: str, source: str) -> Iterator[Paragraph]:
    """The prose of one page, in order.

    >>> [p.text for p in paragraphs("a", "One.\\n\\n```{code-cell}\\nassert x\\n```\\n\\nTwo.")]
    ['One.', 'Two.']
    """
    checks = ""
    for block in re.split(r"(^`{3,4}\{code-cell\}.*?\n`{3,4}$)", source, flags=re.MULTILINE | re.DOTALL):
        if "{code-cell}" in block.partition("\n")[0]:
            checks = " ".join(line.strip() for line in block.splitlines() if "assert " in line) or checks
            continue
        for pattern in NO_PROSE:
            block = re.sub(pattern, "", block, flags=re.MULTILINE | re.DOTALL)
        yield from (
            Paragraph(name, " ".join(text.split()), checks)
            for text in re.split(r"\n\s*\n", block)
            if text.strip()
        )


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph; a row of a table counts as one.

    >>> sentences("It is so. (But why?) Nobody knows.")
    ['It is so.', '(But why?)', 'Nobody knows.']
    """
    return [part for part in re.split(r"(?<=[.!?:;)])\s+(?=[A-Z(*\"{])|\s\|\s", text) if part.strip(" |")]


def typed_numbers(sentence: str) -> list[str]:
    """Numbers of a sentence that are neither glued nor part of a name, a formula or a quotation.

    >>> typed_numbers("In chapter 3, of 28 × 28 pixels (thesis 2.3), {glue:text}`share` are $x > 0.5$.")
    ['28', '28']
    """
    for pattern in NAMED:
        sentence = re.sub(pattern, " ", sentence, flags=re.MULTILINE)
    return NUMBER.findall(sentence)


def is_backed(paragraph: str) -> bool:
    """Whether a paragraph names something that decides what it compares: a cell, an equation, a source."""
    return bool(re.search(r"\{(glue:text|numref|eq|ref|doc|cite:\w|prf:ref)\}", paragraph))


def reviewed() -> dict[str, list[str]]:
    """Phrases that were read and found to be in order, by page; "any" holds for all pages."""
    phrases: dict[str, list[str]] = {}
    for line in REVIEWED.read_text().splitlines():
        if line and not line.startswith("#"):
            page, _, phrase = line.partition(": ")
            phrases.setdefault(page, []).append(phrase)
    return phrases


def read_page(name: str) -> list[Paragraph]:
    """The paragraphs of a page of the book."""
    return list(paragraphs(name, (ROOT / "book" / f"{name}.md").read_text()))


def findings(name: str, phrases: list[str]) -> tuple[list[str], list[str]]:
    """Sentences of a page with typed numbers, and sentences that compare with nothing near; not reviewed."""
    typed, bare = [], []
    for paragraph in read_page(name):
        backed, text = is_backed(paragraph.text), paragraph.text
        for phrase in phrases:
            text = text.replace(phrase, "…")
        for sentence in sentences(text):
            if numbers := typed_numbers(sentence):
                typed.append(f"{', '.join(numbers)}: {sentence}")
            words = COMPARISON.findall(re.sub(r"\"[^\"]*\"", " ", sentence))
            if words and not backed:
                bare.append(f"{', '.join(words)}: {sentence}")
    return typed, bare


def main() -> None:
    phrases = reviewed()
    for name in NAMES:
        if "--review" in sys.argv:
            for paragraph in read_page(name):
                for sentence in sentences(paragraph.text):
                    if COMPARISON.search(sentence):
                        print(f"{name}: {sentence}\n    decided by: {paragraph.checks or 'no assertion'}")
            continue
        allowed = phrases.get("any", []) + phrases.get(name[:2], []) + phrases.get(name, [])
        for kind, found in zip(("typed", "compares"), findings(name, allowed), strict=True):
            for line in found:
                print(f"{name} {kind} {line}")


if __name__ == "__main__":
    main()
