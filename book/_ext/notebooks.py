"""A Sphinx extension: every page with cells also as a notebook that shows what the page shows, to work in.

A notebook made from the page's source shows neither its numbers nor its references. So this one is made of
what was built: the prose of the HTML, turned into Markdown, around the cells as they were executed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from markdownify import MarkdownConverter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx

FOLDER = "notebooks"  # beside the pages
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
BEGIN = """\
# The pages' helpers and the trained models lie in the repository's folder `book`. `make lab` opens this
# notebook beside it; if you have put it elsewhere, say here where that folder is.
import os
import sys
from pathlib import Path

BOOK = Path("../book")
if not (BOOK / "_helpers.py").exists():
    raise FileNotFoundError(f"{BOOK.resolve()} is not the book's folder: set BOOK to the repository's `book`")
os.chdir(BOOK)
sys.path.insert(0, str(Path.cwd()))"""


FOLDED = {"jupyter": {"source_hidden": True}}


class PageConverter(MarkdownConverter):
    """Markdown of a page's HTML: mathematics, listings, notes and solutions as Jupyter shows them."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return super().escape(text, parent_tags).replace("$", r"\$")

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "math" in el.get("class", []):
            formula = re.sub(r"^\\\(|\\\)$", "", el.get_text().strip())
            return f"${formula.replace('|', chr(92) + 'vert ') if 'td' in parent_tags else formula}$"
        return text

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        classes = el.get("class", [])
        if "math" in classes:
            return f"\n\n{_equation(el)}\n\n"
        if any(name.startswith("highlight-") for name in classes):
            language = "" if "highlight-none" in classes else "python"
            return f"\n\n```{language}\n{el.get_text().strip(chr(10))}\n```\n\n"
        if "dropdown" in classes:
            title, _, rest = text.strip().partition("\n\n")
            return f"\n\n<details>\n<summary>{title.strip('*')}</summary>\n\n{rest.strip()}\n\n</details>\n\n"
        if "admonition" in classes and "exercise" not in classes:
            return "\n\n" + re.sub("^", "> ", text.strip(), flags=re.MULTILINE) + "\n\n"
        return f"\n\n{text.strip()}\n\n"

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "admonition-title" in el.get("class", []):
            return f"\n\n**{text.strip()}**\n\n"
        return super().convert_p(el, text, parent_tags)

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "headerlink" in el.get("class", []):
            return ""
        outside = el.get("href", "").startswith("http")
        return super().convert_a(el, text, parent_tags) if outside else text


def _equation(div: Tag) -> str:
    number = div.find(class_="eqno")
    tag = rf"\tag{{{number.get_text().strip('()#¶ ')}}}" if number else ""
    formula = "".join(text for text in div.find_all(string=True) if not text.find_parent(class_="eqno"))
    formula = re.sub(r"^\\\[|\\\]$", "", formula.strip()).strip()
    if tag and (end := formula.rfind(r"\end{align}")) > 0:
        return f"$$\n{formula[:end].rstrip()} {tag}\n{formula[end:]}\n$$"
    return f"$$\n{formula} {tag}\n$$"


def page_notebook(html: str, executed: Any) -> Any:
    """The notebook of a built page.

    Args:
        html: of the page.
        executed: the notebook that was executed for it, nbformat 4; its Markdown is not looked at.
    Returns:
        A notebook, nbformat 4: every code cell of the page in its order, helpers folded, between them what
        the page says; the code of an exercise is a cell, too.
    Raises:
        ValueError: the page does not show the cells that were executed.
    """
    article = BeautifulSoup(html, "html.parser").find("article")
    if not isinstance(article, Tag):
        raise ValueError("the page has no article")
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    shown = [cell for cell in code if "remove-cell" not in cell.metadata.get("tags", [])]
    if (found := len(article.select("div.cell"))) != len(shown):
        raise ValueError(f"the page shows {found} cells, but {len(shown)} were executed to be shown")
    cells: list[Any] = [new_markdown_cell(""), new_code_cell(BEGIN, metadata=FOLDED)]
    remaining = iter(code)
    prose: list[str] = []

    def flush() -> None:
        text = re.sub(r"\n{3,}", "\n\n", "\n\n".join(prose)).strip()
        prose.clear()
        if text:
            cells.append(new_markdown_cell(text))

    for block in _blocks(article):
        classes = block.get("class", [])
        if "cell" in classes:
            flush()
            for cell in remaining:
                cells.append(_code_cell(cell))
                if "remove-cell" not in cell.metadata.get("tags", []):
                    break
            if (caption := block.find("figcaption")) and not caption.find_parent(class_="vecnb-still"):
                prose.append(f"*{PageConverter().convert_soup(caption).strip()}*")
        elif "highlight-python" in classes and block.find_parent(class_="exercise"):
            flush()
            cells.append(new_code_cell(block.get_text().strip("\n")))
        else:
            prose.append(PageConverter(heading_style="ATX", bullets="-").convert_soup(block))
    flush()
    cells.extend(_code_cell(cell) for cell in remaining)
    if cells[2].cell_type == "markdown":  # the title comes first
        cells[0] = cells.pop(2)
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"
    kept = {
        key: executed.metadata[key] for key in ("kernelspec", "language_info") if key in executed.metadata
    }
    return new_notebook(cells=cells, metadata=kept)  # without the states of widgets, whose views are gone


def _blocks(parent: Tag) -> Iterator[Tag]:
    """What a page consists of, in its order: cells, exercises' code, and the largest parts without either."""
    for child in parent.find_all(True, recursive=False):
        classes = child.get("class", [])
        if "cell" not in classes and (
            child.name == "section" or child.select_one("div.cell, div.exercise div.highlight-python")
        ):
            yield from _blocks(child)
        elif "exercise" in classes and child.select_one("div.highlight-python"):
            yield from _blocks(child)
        elif child.name not in ("script", "style"):
            yield child


def _code_cell(cell: Any) -> Any:
    """The cell with its outputs, but for widgets, which a kernel makes; what the page hides is folded."""
    tags = cell.metadata.get("tags", [])
    made = new_code_cell(cell.source, execution_count=cell.execution_count)
    if folded := [tag for tag in tags if tag in ("hide-input", "remove-input", "remove-cell")]:
        made.metadata = {**FOLDED, "tags": folded}
    if "remove-cell" not in tags:
        for output in cell.outputs:
            forms = {form: data for form, data in output.get("data", {}).items() if form != WIDGET_VIEW}
            if forms or "data" not in output:
                made.outputs.append(nbformat.from_dict({**output, **({"data": forms} if forms else {})}))
    return made


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """After the build of the pages, write the notebook of each that has cells."""
    if exception or app.builder.name != "html":
        return
    executed = Path(app.outdir).parent / "jupyter_execute"
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for page in sorted(app.env.found_docs):
        source = executed / f"{page}.ipynb"
        if source.exists():
            html = Path(app.outdir, f"{page}.html").read_text(encoding="utf-8")
            nbformat.write(page_notebook(html, nbformat.read(source, 4)), folder / f"{page}.ipynb")


def offer_notebook(app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Let the page's menu of downloads begin with its notebook."""
    if (Path(app.outdir).parent / "jupyter_execute" / f"{page}.ipynb").exists():
        for group in context.get("header_buttons", []):
            if group.get("label") == "download-buttons":
                button = {
                    "type": "link",
                    "url": f"{FOLDER}/{page}.ipynb",
                    "text": ".ipynb",
                    "icon": "fas fa-code",
                    "tooltip": "Download this page as a notebook",
                    "label": "download-notebook-button",
                }
                group["buttons"].insert(0, button)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", offer_notebook, priority=900)  # after the theme has made its buttons
    app.connect("build-finished", write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
