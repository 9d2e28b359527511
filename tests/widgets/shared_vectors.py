"""Test vectors that Python and JavaScript share: tests/js/*.json, written and compared again by Python.

`PYTHONPATH=tests python tests/widgets/shared_vectors.py` writes them.
"""

import json
import math

from conftest import ROOT

FOLDER = ROOT / "tests" / "js"


def check(name, vectors, tolerance=1e-9):
    """The committed vectors are those that Python computes now, numbers within the tolerance."""
    committed = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    assert_close(committed, vectors, name, tolerance)


def write(name, vectors):
    (FOLDER / f"{name}.json").write_text(json.dumps(vectors) + "\n", encoding="utf-8")


def assert_close(found, wanted, where, tolerance):
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), where
        for name in wanted:
            assert_close(found[name], wanted[name], f"{where}.{name}", tolerance)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for i, (one, other) in enumerate(zip(found, wanted, strict=True)):
            assert_close(one, other, f"{where}[{i}]", tolerance)
    elif isinstance(wanted, float):
        assert math.isclose(found, wanted, rel_tol=tolerance, abs_tol=tolerance), where
    else:
        assert found == wanted, where


def main():
    import mnist_vectors
    import test_drag_a_line
    import test_ratio_on_a_line
    import test_soft_against_hard
    import test_watch_descent
    import toy_vectors
    import trace_vectors

    write("mnist", mnist_vectors.vectors())
    write("soft_renderer", test_drag_a_line.vectors())
    write("hard_renderer", test_soft_against_hard.vectors())
    write("ratio_on_a_line", test_ratio_on_a_line.vectors())
    write("descent", test_watch_descent.vectors())
    write("toy", toy_vectors.vectors())
    write("trace_drawing", trace_vectors.vectors())


if __name__ == "__main__":
    main()
