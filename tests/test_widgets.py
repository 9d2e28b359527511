"""The widgets' Python side: one text out of several modules, traits that check what they are given."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import traitlets
from conftest import ROOT

from vecnb.widgets.base import FOLDER, Lines, bundle

SCRIPTS = [*sorted(FOLDER.glob("*.js")), ROOT / "book" / "_offline" / "widgets.js"]
WIDGETS = [path.name for path in sorted(FOLDER.glob("*.js")) if "export default" in path.read_text()]
NAMES = re.compile(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", re.MULTILINE)


class Holder(traitlets.HasTraits):
    lines = Lines([[0, 0, 1, 1]])


def test_lines_are_an_array_both_ways():
    holder = Holder()
    holder.lines = [[0.1, 0.2, 0.3, 0.4]]
    np.testing.assert_array_equal(holder.lines, [[0.1, 0.2, 0.3, 0.4]])
    with pytest.raises(ValueError, match="read-only"):
        holder.lines[0, 0] = 1


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([0.1, 0.2, 0.3, 0.4], ValueError, r"lines must have shape \[N, 4\].*not \[4\]"),
        (np.zeros((2, 3)), ValueError, r"not \[2, 3\]"),
        (np.zeros((0, 4)), ValueError, r"not \[0, 4\]"),
        ([[0, 0, 1, 1], [0, 0, np.nan, 1]], ValueError, r"lines\[1\] = .* is not finite"),
        ([["a", 0, 1, 1]], TypeError, "must hold numbers"),
    ],
)
def test_bad_lines_are_named(value, error, message):
    with pytest.raises(error, match=message):
        Holder().lines = value


@pytest.mark.parametrize("name", WIDGETS)
def test_a_bundle_is_one_scope_without_imports(name):
    text = bundle(name)
    names = NAMES.findall(text)
    assert len(names) == len(set(names)), {n for n in names if names.count(n) > 1}
    assert not re.search(r"^(import|export (?!default))", text, re.MULTILINE)
    assert text.count("export default") == 1


@pytest.mark.parametrize("command", [["fmt", "--check", "--line-width", "110"], ["lint"]])
def test_the_javascript_is_formatted_and_linted(command):
    deno = Path(sys.executable).with_name("deno")
    scripts = [*SCRIPTS, *sorted((ROOT / "tests" / "js").glob("*.js"))]
    done = subprocess.run([deno, *command, *scripts], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_javascript_passes_its_own_tests():
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on PATH to run the tests of the JavaScript with")
    scripts = sorted((ROOT / "tests" / "js").glob("*.test.js"))
    assert scripts
    done = subprocess.run([node, "--test", *scripts], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
