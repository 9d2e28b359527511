"""Write the golden notebooks: the few cells of each page whose printed result must never change unnoticed.

nbval compares the notebooks beside this file with a fresh run of the same code (exactly, pictures ignored).
Only the pages in book/ are edited; this tool follows the tags of their cells:

- `golden`: the cell belongs to `<page>.ipynb`. These cells must run on their own, in the order of the page,
  without MNIST: the page's imports carry this tag too.
- `golden-data`: the cell belongs to `<page>_data.ipynb`, which holds the `golden` cells as well, and is
  compared only where the full MNIST is present. Load the data in a cell of its own, whose output is not
  compared: it names the source.
- `nbval-check-output`, beside one of the two: what the cell prints is compared. Round in the cell.

Run it as `make goldens` after changing such a cell, with VECNB_DATA set if the page has `golden-data` cells.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

HERE = Path(__file__).resolve().parent
BOOK = HERE.parents[1] / "book"
CHECKED = "nbval-check-output"
SECONDS_PER_CELL = 120


def golden_notebooks(book: Path = BOOK) -> dict[str, NotebookNode]:
    """Every golden notebook that the pages ask for, by file name, not yet run."""
    asked = {}
    for page in sorted(book.glob("*.md")):
        cells = [cell for cell in jupytext.read(page).cells if cell.cell_type == "code"]
        if any("golden" in _tags(cell) for cell in cells):
            asked[f"{page.stem}.ipynb"] = _notebook(cells, {"golden"}, {"golden"})
        if any("golden-data" in _tags(cell) for cell in cells):
            asked[f"{page.stem}_data.ipynb"] = _notebook(cells, {"golden", "golden-data"}, {"golden-data"})
    return asked


def run(notebook: NotebookNode) -> NotebookNode:
    """Run a golden notebook and keep the text that its checked cells print, nothing else.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell fails.
        ValueError: nothing is checked, or a checked cell prints nothing.
    """
    # A slow machine would send several pieces of what one cell prints.
    client = NotebookClient(notebook, timeout=SECONDS_PER_CELL, kernel_name="python3", coalesce_streams=True)
    client.execute(env=os.environ | {"PYTHONPATH": str(BOOK)})  # where the pages' _helpers are
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # when it ran: nobody needs that in a diff
        cell.outputs = list(_texts(cell.outputs)) if CHECKED in _tags(cell) else []
        if CHECKED in _tags(cell) and not cell.outputs:
            raise ValueError(f"this cell is tagged {CHECKED} and prints nothing:\n{cell.source}")
    if not any(cell.outputs for cell in notebook.cells):
        raise ValueError(f"no cell of this page is tagged {CHECKED}, so its golden notebook checks nothing")
    return notebook


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _notebook(cells: list[NotebookNode], members: set[str], compared: set[str]) -> NotebookNode:
    """The cells with a tag in `members`, of which those with a tag in `compared` may keep their output."""
    notebook = nbformat.v4.new_notebook()
    for cell in cells:
        if not members.intersection(_tags(cell)):
            continue
        checked = CHECKED in _tags(cell) and bool(compared.intersection(_tags(cell)))
        metadata = {"tags": [CHECKED]} if checked else {}
        number = f"cell-{len(notebook.cells)}"  # instead of a random one, different in every diff
        notebook.cells.append(nbformat.v4.new_code_cell(cell.source, metadata=metadata, id=number))
    return notebook


def _texts(outputs: list[NotebookNode]) -> Iterator[NotebookNode]:
    for output in outputs:
        if output.output_type == "stream" and output.name == "stdout":
            yield output
        elif output.output_type == "execute_result" and "text/plain" in output.data:
            output.data = {"text/plain": output.data["text/plain"]}
            yield output


def main() -> None:
    from vecnb.data import data_source

    asked = golden_notebooks()
    for path in HERE.glob("*.ipynb"):
        if path.name not in asked:
            path.unlink()
    for name, notebook in asked.items():
        if name.endswith("_data.ipynb") and data_source(fallback="subset").is_subset:
            print(f"{name}: left as it is, it needs the full MNIST (set VECNB_DATA)", file=sys.stderr)
            continue
        nbformat.write(run(notebook), HERE / name)
        print(name)


if __name__ == "__main__":
    main()
