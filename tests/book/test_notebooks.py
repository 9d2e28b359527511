"""The notebooks that are made of the built pages: they show what a page shows, and run."""

import re

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from notebooks import BEGIN, page_notebook

PAGES = sorted(
    page.stem for page in (ROOT / "book").glob("*.md") if "{code-cell}" in page.read_text(encoding="utf-8")
)
PAGE = r"""<article><section><h1>Lines<a class="headerlink" href="#lines">#</a></h1>
<p>It costs $2 or <span class="math notranslate">\(a|b_*\)</span>, see <a href="#there">(1.1)</a>.</p>
<div class="math notranslate"><span class="eqno">(1.1)<a class="headerlink" href="#e">#</a></span>
\[x = 1\]</div>
<div class="cell"><figure><figcaption>Fig. 1.1 A line.</figcaption></figure></div>
<div class="exercise admonition"><p class="admonition-title">Exercise 1.1</p><section><p>How long?</p>
<div class="highlight-python"><pre>print(1)
</pre></div></section></div>
<div class="solution dropdown admonition"><p class="admonition-title">Solution</p><p>One.</p></div>
<div class="highlight-default"><pre>def length(): ...</pre></div>
</section></article>"""


def run(notebook, folder):
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": folder}}).execute()


def executed(*cells):
    return new_notebook(cells=[new_code_cell(source, metadata={"tags": tags}) for source, *tags in cells])


def test_a_page_becomes_prose_and_cells_in_its_order():
    page = executed(("hidden()", "remove-cell"), ("draw()", "hide-input"))
    page.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "widgets": {"state": {}}}
    notebook = page_notebook(PAGE, page)
    nbformat.validate(notebook)
    assert set(notebook.metadata) == {"kernelspec"}
    kinds = [(cell.cell_type, cell.source.split("\n")[0]) for cell in notebook.cells]
    assert kinds == [
        ("markdown", "# Lines"),
        ("code", BEGIN.split("\n")[0]),
        ("code", "hidden()"),
        ("code", "draw()"),
        ("markdown", "*Fig. 1.1 A line.*"),
        ("code", "print(1)"),
        ("markdown", "<details>"),
    ]
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert r"It costs \$2 or $a|b_*$, see (1.1)." in prose
    assert "$$\nx = 1 \\tag{1.1}\n$$" in prose
    assert "**Exercise 1.1**" in prose and "<summary>Solution</summary>" in prose
    assert "```python\ndef length(): ...\n```" in prose
    folded = [cell.metadata.get("jupyter", {}).get("source_hidden") for cell in notebook.cells]
    assert folded == [None, True, True, True, None, None, None]


def test_a_page_of_other_cells_is_refused():
    with pytest.raises(ValueError, match="shows 1 cells, but 2 were executed"):
        page_notebook(PAGE, executed(("one()",), ("two()",)))


@pytest.fixture(scope="module")
def notebooks(built_book):
    return {page: nbformat.read(built_book / "notebooks" / f"{page}.ipynb", 4) for page in PAGES}


@pytest.mark.parametrize("page", PAGES)
def test_a_notebook_shows_what_its_page_shows(notebooks, built_book, page):
    """Every number, reference and listing is there, every cell of the page, and no role is left as such."""
    notebook = notebooks[page]
    nbformat.validate(notebook)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    outside = re.sub(r"```.*?```", "", prose, flags=re.DOTALL)
    assert not re.search(r"\{[a-z]+(:[a-z]+)*\}`|:pyobject:|^```\{|\\\(|\\\[", outside, flags=re.MULTILINE)
    assert outside.count("<details>") == outside.count("</details>")
    source = nbformat.read(built_book.parent / "jupyter_execute" / f"{page}.ipynb", 4)
    wanted = [cell.source for cell in source.cells if cell.cell_type == "code"]
    found = iter(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert all(code in found for code in wanted)  # in this order
    html = (built_book / f"{page}.html").read_text(encoding="utf-8")
    assert f'href="notebooks/{page}.ipynb"' in html


# A chapter with exercises, and a page of pictures: the others have the cells of the built pages, which ran.
@pytest.mark.parametrize("page", ["01_introduction", "b_unregularised_samples"])
def test_a_notebook_runs_beside_the_book(notebooks, tmp_path, page):
    (tmp_path / "book").symlink_to(ROOT / "book")
    (tmp_path / "notebooks").mkdir()
    run(notebooks[page], tmp_path / "notebooks")


def test_a_notebook_elsewhere_says_what_it_needs(tmp_path):
    notebook = new_notebook(cells=[new_code_cell(BEGIN)])
    with pytest.raises(Exception, match="set BOOK to the repository's `book`"):
        run(notebook, tmp_path)
