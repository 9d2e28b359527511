"""The types that a user's project sees: right lines pass a strict check, slips do not."""

import subprocess
import sys

from conftest import ROOT

USER = """
from pathlib import Path
import torch
from vecnb.models import PixelVAE
from vecnb.pretrained import load_model

x = torch.zeros(1, 1, 28, 28)
width: torch.Tensor = load_model("autoencoder").vectorise(x).width
mean, logvar = load_model("vae").encode(x)
lines = load_model("split").sample(3, seed=0).lines
count: int = load_model(Path("runs") / "vae").n_lines
images = load_model("runs/pixels", PixelVAE).sample_images(3, seed=0)
"""
WRONG = 'load_model("runs/vae").sample_images(3)\nload_model("runs/pixels", PixelVAE).vectorise(x)\n'


def test_a_users_lines_pass_the_type_checker_and_their_slips_do_not(tmp_path):
    (tmp_path / "right.py").write_text(USER)
    (tmp_path / "wrong.py").write_text(USER + WRONG)  # what a model does not have, nn.Module has as a Tensor
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--follow-imports", "silent"]
    command += ["--strict", "--cache-dir", str(ROOT / ".mypy_cache" / "users"), "right.py", "wrong.py"]
    done = subprocess.run(command, cwd=tmp_path, env={"MYPYPATH": str(ROOT)}, text=True, capture_output=True)
    errors = [line for line in done.stdout.splitlines() if "error" in line]
    assert [error.split(":")[0] for error in errors] == ["wrong.py"] * 2, done.stdout + done.stderr
    assert all("not callable" in error for error in errors)
