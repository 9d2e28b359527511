"""A wheel of this package in an environment of its own, outside the repository."""

import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

from conftest import ROOT

TOOLS = Path(sys.executable).parent


def run(command: list, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run a command with the tools of this environment; its output is shown if it fails."""
    variables = os.environ | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"} | environment
    for name in ("PYTHONPATH", "PYTHONWARNINGS"):  # of the tests, not of a user
        variables.pop(name, None)
    done = subprocess.run(command, cwd=cwd, env=variables, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


def build_wheel(source: Path, target: Path) -> Path:
    """The wheel that pip makes of a folder, with the tools that are here; cargo builds only what is new."""
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", target, source]
    run(command, source, CARGO_TARGET_DIR=str(ROOT / "rust_ext" / "target"))
    (wheel,) = target.glob("*.whl")
    return wheel


@dataclass(frozen=True)
class Installation:
    """An environment that has the wheel, and everything else from the one that runs the tests."""

    folder: Path

    @classmethod
    def of(cls, wheel: Path, folder: Path) -> "Installation":
        """Install a wheel, without what it requires, in a new environment."""
        run([sys.executable, "-m", "venv", "--without-pip", folder], folder.parent)
        installation = cls(folder)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", installation.python]
        run([*pip, "install", "--no-deps", "--no-index", wheel], folder.parent)
        (installation.site / "requirements.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
        return installation

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def site(self) -> Path:
        (site,) = self.folder.glob("lib/python*/site-packages")
        return site

    def files(self) -> dict[str, float]:
        """Every file in the environment, and when it was last written."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.stat().st_mtime for path in paths}

    def run(self, command: list, cwd: Path, **environment: str) -> subprocess.CompletedProcess:
        """Run a command as a user of the environment does, in another folder; it must change no file here.

        What is not stated in `environment` is not known to the command: no data, no caches.
        """
        before = self.files()
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        home = {"HOME": str(cwd), "XDG_CACHE_HOME": str(cwd / ".cache"), "VECNB_DATA": "", "PATH": path}
        done = run(command, cwd, **(home | environment))
        assert self.files() == before, "a file was written beside the installed package"
        return done
