"""Cases that Python and JavaScript share: written by Python, committed, and compared with it again."""

import math


def close_to(found, wanted, where="cases"):
    """Two nests of dicts and lists agree, numbers to 1e-9."""
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys(), where
        for name in wanted:
            close_to(found[name], wanted[name], f"{where}.{name}")
    elif isinstance(wanted, list):
        assert len(found) == len(wanted), where
        for place, (one, other) in enumerate(zip(found, wanted, strict=True)):
            close_to(one, other, f"{where}[{place}]")
    elif isinstance(wanted, float):
        assert math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9), where
    else:
        assert found == wanted, where
