"""The command line: what each command writes, and how it refuses, in one line and with which exit code."""

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import vecnb
from vecnb import Strokes, cli, training

STROKES = Strokes(torch.tensor([[[0.2, 0.5, 0.8, 0.5]], [[0.5, 0.2, 0.5, 0.8]]]), torch.full((2, 1), 0.1))


def call(*arguments: object) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as end:
        cli.main([str(argument) for argument in arguments])
    return 0 if end.value.code is None else end.value.code


@pytest.fixture
def lines(tmp_path) -> Path:
    path = tmp_path / "lines.json"
    path.write_text(STROKES.to_json())
    return path


def test_help_and_version_do_not_wait_for_torch():
    program = "import sys; from vecnb.cli import main\ntry: main()\nfinally: print('torch' in sys.modules)"
    for argument in ("--help", "--version"):
        command = [sys.executable, "-c", program, argument]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "vecnb" in done.stdout and done.stdout.endswith("False\n")


@pytest.mark.parametrize("command", ["vectorise", "sample", "render", "train", "train autoencoder/proposed"])
def test_each_command_has_help(command, capsys):
    assert call(*command.split(), "--help") == 0
    assert "usage: vecnb" in capsys.readouterr().out


# What is written


def test_render_draws_what_the_hard_renderer_draws(tmp_path, lines):
    assert call("render", lines, "-o", tmp_path / "sheet.png", "--size", 56) == 0
    pixels = torch.from_numpy(np.array(Image.open(tmp_path / "sheet.png")) / 255)
    sheet = vecnb.render_hard(vecnb.strokes.tile(STROKES, 2), 56, 56)[0, 0]
    assert (1 - pixels - sheet).abs().max() < 1 / 255


def test_formats_give_the_same_lines_again(tmp_path, lines):
    assert call("render", lines, "-o", tmp_path / "sheet.svg") == 0
    assert call("render", tmp_path / "sheet.svg", "-o", tmp_path / "sheet.json") == 0
    sheet = vecnb.strokes.tile(STROKES, 2)
    again = Strokes.from_json((tmp_path / "sheet.json").read_text())
    assert torch.equal(again.lines, sheet.lines) and torch.equal(again.width, sheet.width)


def test_samples_are_those_of_the_model(tmp_path):
    assert call("sample", "joint", "-n", 3, "--seed", 5, "-o", tmp_path / "samples.json") == 0
    samples = Strokes.from_json((tmp_path / "samples.json").read_text())
    assert torch.equal(samples.lines, vecnb.load_model("joint").sample(3, seed=5).lines)


def test_standard_output_gets_svg(lines, capsysbinary):
    assert call("render", lines, "-o", "-") == 0
    assert len(Strokes.from_svg(capsysbinary.readouterr().out.decode()).lines[0]) == 2


def test_a_reader_that_has_gone_is_no_error_to_report():
    program = (
        "from vecnb import cli; cli.COMMANDS['render'] = lambda: print('x' * 100_000); cli.main(['render'])"
    )
    command = f'{sys.executable} -c "{program}" render | head -c 10'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("x" * 10, "")


def test_an_output_is_replaced_through_a_link_and_written_into_a_pipe(tmp_path, lines):
    (tmp_path / "target.svg").write_text("old")
    (tmp_path / "link.svg").symlink_to(tmp_path / "target.svg")
    assert call("render", lines, "-o", tmp_path / "link.svg") == 0
    assert (tmp_path / "link.svg").is_symlink() and "<svg" in (tmp_path / "target.svg").read_text()


def test_train_hands_every_option_to_the_trainer(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(training, "train_run", lambda *arguments, **named: asked.append((arguments, named)))
    options = ["--seed", 3, "--steps", 7, "--alpha", "None", "--encoder", "patch_conv", "--out", tmp_path]
    options += ["--fallback", "subset", "--validation"]
    assert call("train", "autoencoder/thesis", *options) == 0
    (((name, config, out), named),) = asked
    assert named == {"fallback": "subset", "validation": True}
    assert (name, out) == ("autoencoder/thesis", tmp_path)
    assert (config.seed, config.steps, config.alpha, config.encoder) == (3, 7, None, "patch_conv")
    assert config.batch_size == training.RUNS[name].batch_size


@pytest.mark.parametrize("name", {type(config): name for name, config in training.RUNS.items()}.values())
def test_every_kind_of_config_can_be_given_on_the_command_line(name, capsys):
    assert call("train", name, "--help") == 0
    told = capsys.readouterr().out
    fields = [f"--{field.name.replace('_', '-')}" for field in dataclasses.fields(training.RUNS[name])]
    assert all(field in told for field in fields)


def test_train_alone_lists_the_runs(capsys):
    assert call("train") == 0
    assert all(f"  {name}\n" in capsys.readouterr().out for name in list(training.RUNS)[:1])


# How it refuses


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("sample nothing -o a.svg", "there is no model 'nothing'"),
        ("sample autoencoder -o a.svg", "autoencoder cannot draw samples"),
        ("sample joint -n 0 -o a.svg", "at least 1"),
        ("sample joint -o a.gif", ".svg, .png, .json"),
        ("sample joint -o a.svg --size 0", "the size must be"),
        ("render nothing.json -o a.svg", "nothing.json"),
        ("render broken.json -o a.svg", "broken.json: this is not JSON"),
        ("train autoencoder/thesis --steps 0", "at least one step"),
    ],
)
def test_errors_take_one_line_and_leave_no_file(command, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("broken.json").write_text("{")
    assert call(*command.split()) == 1
    told = [line for line in capsys.readouterr().err.splitlines() if "MNIST" not in line]  # and the data
    assert len(told) == 1 and told[0].startswith("vecnb: ") and said in told[0]
    assert not Path("a.svg").exists()


@pytest.mark.parametrize(
    "command", ["draw", "sample joint", "sample joint -n x -o a.svg", "train autoencoder/thesis --encoder x"]
)
def test_a_command_that_is_not_understood_ends_with_2(command, capsys):
    assert call(*command.split()) == 2
    assert capsys.readouterr().err


def test_an_unknown_run_is_answered_with_the_runs(capsys):
    assert call("train", "autoencoder/ours") == 2
    told = capsys.readouterr().err
    assert "no run 'autoencoder/ours'" in told and all(name in told for name in training.RUNS)


def test_ctrl_c_ends_with_130(lines, monkeypatch, capsys):
    def stopped(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_write", stopped)
    assert call("render", lines, "-o", "a.svg") == 130
    assert capsys.readouterr().err == "vecnb: stopped\n"


def test_a_missing_extra_is_named(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "accelerate", None)
    for name in [name for name in sys.modules if name.startswith("vecnb.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(cli, "_options", lambda *_: __import__("accelerate"))
    assert call("train", "autoencoder/thesis") == 1
    assert "accelerate is not installed: pip install 'vecnb[train]'" in capsys.readouterr().err
