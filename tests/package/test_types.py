"""The package's types: its annotations agree with each other and with torch's."""

import subprocess
import sys

from conftest import ROOT


def test_the_package_passes_the_type_checker():
    command = [sys.executable, "-m", "mypy", "vecnb"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
