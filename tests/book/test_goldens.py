"""The golden notebooks say what the pages say, and hold outputs: nbval passes a cell that holds none."""

import nbformat
import pytest
from make_goldens import CHECKED, HERE, golden_notebooks

ASKED = golden_notebooks()


def test_pages_and_golden_notebooks_correspond():
    assert ASKED, "no page has a cell tagged golden"
    assert {path.name for path in HERE.glob("*.ipynb")} == set(ASKED), "run `make goldens`"


@pytest.mark.parametrize("name", ASKED)
def test_golden_notebook_holds_the_cells_of_its_page(name):
    golden = nbformat.read(HERE / name, as_version=4)
    assert [(cell.source, cell.metadata) for cell in golden.cells] == [
        (cell.source, cell.metadata) for cell in ASKED[name].cells
    ], "a tagged cell of the page has changed: run `make goldens`"


@pytest.mark.parametrize("name", ASKED)
def test_golden_notebook_holds_an_output_for_each_checked_cell(name):
    cells = nbformat.read(HERE / name, as_version=4).cells
    checked = [cell for cell in cells if CHECKED in cell.metadata.get("tags", [])]
    assert checked
    assert all(cell.outputs and cell.execution_count for cell in checked)
