"""A Sphinx extension: the docstrings of vecnb, for the API reference.

They are written to be read in the source: code in single backticks, equations of the book as
``{eq}`label` in book/page.md``, code that is no doctest indented by four spaces. Here that becomes what
reStructuredText calls it.
"""

import re
from typing import Any

from sphinx.application import Sphinx

EQUATION = re.compile(r"\{eq\}`([\w-]+)`(?: in book/\w+\.md)?")
CODE = re.compile(r"(?<![:`\w])`([^`]+)`(?!`)(?=([\w(])?)")
INDENT = re.compile(r" {4,}(?!>>>)\S")


def as_rst(lines: list[str]) -> list[str]:
    """A docstring's lines in reStructuredText.

    >>> as_rst(["As `Run`, {eq}`eq-mse` in book/01_introduction.md.", "", "    run = Run()"])
    ['As ``Run``, :eq:`eq-mse`.', '', '::', '', '    run = Run()']
    """
    converted: list[str] = []
    for place, line in enumerate(lines):
        starts_code = INDENT.match(line) and place and not lines[place - 1].strip()
        if starts_code and not _continues(converted):
            converted += ["::", ""]
        in_code = line.startswith("    ") and _continues(converted)
        converted.append(line if in_code else _sentence(line))
    return converted


def _sentence(line: str) -> str:
    line = re.sub(r"(?<=: )([A-Z]\.)$", r"\\\1", line)  # "N." alone would begin a numbered list
    line = EQUATION.sub(r":eq:`\1`", line.replace("|", r"\|"))  # |name| would be a substitution
    # What follows code without a blank is set off by an escaped one.
    return CODE.sub(lambda found: f"``{found[1]}``" + ("\\ " if found[2] else ""), line)


def _continues(converted: list[str]) -> bool:
    """Whether the lines so far end inside a block of code."""
    for line in reversed(converted):
        if line == "::":
            return True
        if line and not line.startswith("    "):
            return False
    return False


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_rst(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    app.setup_extension("sphinx.ext.autodoc")
    app.setup_extension("sphinx.ext.napoleon")
    app.connect("autodoc-process-docstring", _process, priority=100)  # before napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
