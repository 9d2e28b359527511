"""`vecnb vectorise`: files of every kind, batches that are stopped and go on, and how it refuses."""

import contextlib
import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from vecnb import cli, load_image, render_hard, vectorise
from vecnb.commands import batch
from vecnb.commands.batch import REQUEST
from vecnb.drawing import Drawing


def call(*arguments: object) -> int:
    """The exit code of `vecnb vectorise`."""
    with pytest.raises(SystemExit) as end:
        cli.main(["vectorise", *map(str, arguments)])
    return 0 if end.value.code is None else end.value.code


def cross(side: int = 48) -> np.ndarray:
    """A plus and a dot, black on white, [H, W] uint8."""
    grey = np.full((side, side + 12), 255, np.uint8)
    grey[22:26, 8:40] = grey[8:40, 22:26] = 0
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]] + 0.5
    grey[np.hypot(x - 50, y - 12) < 3] = 0
    return grey


def save(path: Path, grey: np.ndarray | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(cross() if grey is None else grey).save(path)
    return path


@pytest.fixture
def picture(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return save(tmp_path / "cross.png").relative_to(tmp_path)


def told(capsys) -> list[str]:
    """What stands on standard error, but for which ink was chosen."""
    return [line for line in capsys.readouterr().err.splitlines() if "contrast with" not in line]


# Files


def test_a_drawing_is_what_the_function_gives_in_every_format(picture):
    expected = vectorise(load_image(picture))
    assert len(expected.paths) == 3
    for ending in ("svg", "json", "npz", "png"):
        assert call(picture, "-o", f"made.{ending}") == 0
    assert Path("made.svg").read_text() == expected.to_svg()
    assert Path("made.json").read_text() == expected.to_json()
    with np.load("made.npz") as file:
        assert file.files == ["stroke3"] and file["stroke3"].dtype == np.float32
        assert np.allclose(file["stroke3"], expected.to_stroke3())
    pixels = np.asarray(Image.open("made.png"))
    assert pixels.shape == cross().shape
    assert np.abs(pixels / 255 - (1 - render_hard(expected, 48, 60)[0, 0].numpy())).max() < 1 / 255


def test_a_drawing_is_drawn_again_from_its_files(picture):
    for ending in ("svg", "json"):
        assert call(picture, "-o", f"made.{ending}") == 0
        with pytest.raises(SystemExit) as end:
            cli.main(["render", f"made.{ending}", "-o", f"{ending}.png", "--size", "120"])
        assert end.value.code == 0
        pixels = np.asarray(Image.open(f"{ending}.png"))
        assert pixels.shape == (96, 120) and pixels[47, 48] == 0 and pixels[4, 4] == 255


def test_standard_input_and_output(picture, monkeypatch, capsysbinary):
    class Input:
        buffer = io.BytesIO(picture.read_bytes())

    monkeypatch.setattr(sys, "stdin", Input)
    assert call("-", "-o", "-") == 0
    assert capsysbinary.readouterr().out.decode() == vectorise(load_image(picture)).to_svg()
    Input.buffer.seek(0)
    assert call("-", "-o", "-", "--format", "json") == 0
    assert len(json.loads(capsysbinary.readouterr().out)["paths"]) == 3
    Input.buffer.seek(5)
    assert call("-", "-o", "made.svg") == 1
    assert "standard input is empty, or not a picture" in capsysbinary.readouterr().err.decode()


def test_a_plotter_gets_paths_alone_and_their_dots(picture):
    assert call(picture, "-o", "pen.svg", "--plotter") == 0
    (group,) = ElementTree.parse("pen.svg").getroot()  # no background
    assert [element.tag.split("}")[1] for element in group] == ["path"] * 3
    paths = Drawing.from_svg(Path("pen.svg").read_text()).paths
    lengths = sorted(float((path.points[-1] - path.points[0]).norm()) for path in paths)
    assert 0 < lengths[0] < 0.1 and lengths[1] > 25
    assert len(vectorise(load_image(picture)).ordered().paths) == 3


def test_lines_bend_as_little_as_the_detail_asks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    y, x = np.mgrid[:80, :80] + 0.5
    ink = np.clip(2.5 - np.abs(np.hypot(x - 40, y - 40) - 25), 0, 1)
    save(Path("ring.png"), (255 * (1 - ink)).astype(np.uint8))
    counts = []
    for detail in (1, 4):
        assert call("ring.png", "-o", "ring.json", "--lines", "--detail", detail) == 0
        (path,) = Drawing.from_json(Path("ring.json").read_text()).paths
        assert path.degree == 1
        ends = path.points.numpy()
        middles = (ends[1:] + ends[:-1]) / 2
        assert np.abs(np.hypot(*(middles - 40).T) - 25).max() < 0.1 + path.width / 8 / detail
        counts.append(len(ends))
    assert 8 <= counts[0] < counts[1]
    assert call("ring.png", "-o", "ring.json", "--curves") == 0
    assert Drawing.from_json(Path("ring.json").read_text()).paths[0].degree == 3


def test_one_width_for_all_strokes(picture):
    assert call(picture, "-o", "made.json", "--width", 1.5) == 0
    assert {path.width for path in Drawing.from_json(Path("made.json").read_text()).paths} == {1.5}


def test_detail_and_ink_reach_the_function(picture):
    save(Path("board.png"), 255 - cross())
    for arguments in (["board.png"], ["board.png", "--ink", "light"], ["cross.png", "--ink", "dark"]):
        assert call(*arguments, "-o", "made.svg") == 0
        assert Path("made.svg").read_text() == vectorise(load_image(picture)).to_svg()
    assert call("cross.png", "-o", "coarse.svg", "--detail", 0.001) == 0
    assert Path("coarse.svg").read_text() == vectorise(load_image(picture), detail=0.001).to_svg()


def test_a_preview_shows_the_picture_and_colours_over_a_pale_one(picture):
    assert call(picture, "-o", "made.svg", "--preview", "look.png") == 0
    look = np.asarray(Image.open("look.png")).astype(int)
    side = look.shape[0] // 48
    width = 60 * side
    assert look.shape[1] == 2 * width + 16
    assert (look[:, :width] == cross().repeat(side, 0).repeat(side, 1)[..., None]).all()
    right = look[:, -width:]
    assert (right.max(2) - right.min(2)).max() > 100  # a colour
    corner = right[:side, :side]
    assert (corner == 255).all()


def test_the_same_bytes_twice(picture):
    for name in ("one", "two"):
        for ending in ("svg", "npz", "png"):
            assert call(picture, "-o", f"{name}.{ending}", "--preview", f"{name}_look.png") == 0
    for ending in (".svg", ".npz", ".png", "_look.png"):
        assert Path(f"one{ending}").read_bytes() == Path(f"two{ending}").read_bytes()


# Batches


def test_folders_patterns_and_files_fill_a_folder(picture, capsys):
    save(Path("scans/a.png"))
    save(Path("scans/deep/b.jpg"))
    save(Path("scans/.hidden/c.png"))
    Path("scans/notes.txt").write_text("no picture")
    save(Path("photos/march/d.png"))
    assert call("scans", "photos/*/*.png", picture, "scans/a.png", "-o", "made/", "--preview", "looks") == 0
    names = sorted(str(path) for path in Path("made").rglob("*.svg"))
    assert names == ["made/a.svg", "made/cross.svg", "made/deep/b.svg", "made/march/d.svg"]
    assert len(list(Path("looks").rglob("*.png"))) == 4
    assert not list(Path("made").rglob("*partial*"))
    assert told(capsys) == []
    assert call(".", "-o", "made", "--format", "json") == 0  # not what lies in its own output
    assert not (Path("made") / "made").exists()


def test_names_that_only_differ_in_their_endings_keep_them(picture):
    save(Path("cross.bmp"))
    assert call(".", "-o", "made/") == 0
    assert {path.name for path in Path("made").glob("*.svg")} == {"cross.png.svg", "cross.bmp.svg"}


def test_what_is_wrong_with_one_picture_does_not_stop_the_others(picture, capsys):
    Path("broken.png").write_bytes(picture.read_bytes()[:60])
    save(Path("blank.png"), np.full((40, 40), 255, np.uint8))
    assert call("broken.png", "blank.png", picture, "-o", "made/") == 1
    said = told(capsys)
    assert any("broken.png" in line for line in said) and any(
        "blank.png: nothing is drawn" in line for line in said
    )
    assert said[-1] == "vecnb: 2 of 3 pictures could not be done, named above; 1 are done"
    assert [path.name for path in Path("made").glob("*.svg")] == ["cross.svg"]


def test_any_number_of_processes_write_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for at in range(5):
        save(Path(f"in/{at}.png"), np.roll(cross(), at, 1))
    assert call("in", "-o", "one", "--preview", "look_one", "--jobs", 1) == 0
    monkeypatch.setattr(batch, "ALONE", 0.0)
    assert call("in", "-o", "two", "--preview", "look_two", "--jobs", 2) == 0
    for kind, number in (("{}", 6), ("look_{}", 5)):
        one, two = (sorted(Path(kind.format(name)).iterdir()) for name in ("one", "two"))
        assert [path.name for path in one] == [path.name for path in two] and len(one) == number
        assert all(a.read_bytes() == b.read_bytes() for a, b in zip(one, two, strict=True))


def test_the_same_command_leaves_what_is_done(picture, capsys):
    save(Path("in/a.png"))
    save(Path("in/b.png"))
    command = ["in", "-o", "made", "--preview", "looks"]
    assert call(*command) == 0
    before = {path: path.stat().st_mtime_ns for path in Path("made").iterdir()}
    assert told(capsys) == []
    assert call(*command) == 0
    assert told(capsys) == ["vecnb: 2 of 2 pictures were done before, and stay: made"]
    assert {path: path.stat().st_mtime_ns for path in Path("made").iterdir()} == before

    def redone() -> set[str]:
        now = {path: path.stat().st_mtime_ns for path in Path("made").iterdir()}
        return {path.name for path in now if now[path] != before[path]} - {REQUEST}

    Path("made/a.svg").write_bytes(b"")  # not complete
    assert call(*command) == 0
    assert redone() == {"a.svg"} and Path("made/a.svg").stat().st_size > 100
    Path("looks/b.png").unlink()
    assert call(*command) == 0
    assert redone() == {"a.svg", "b.svg"}
    before = {path: path.stat().st_mtime_ns for path in Path("made").iterdir()}
    later = time.time_ns() + 10**9
    os.utime("in/b.png", ns=(later, later))  # drawn again
    assert call(*command) == 0
    assert redone() == {"b.svg"}
    before = {path: path.stat().st_mtime_ns for path in Path("made").iterdir()}
    assert call(*command, "--width", 2) == 0  # something else is asked for
    assert redone() == {"a.svg", "b.svg"}


PROGRAM = """
import sys, time
from vecnb import cli
from vecnb.commands import picture
whole = picture.vectorise
def slow(image, *, detail):
    time.sleep(float(sys.argv[1]))
    return whole(image, detail=detail)
picture.vectorise = slow
cli.main(sys.argv[2:])
"""


def start(*arguments: str, pause: float = 0.4) -> subprocess.Popen:
    """The command, of which each picture takes so many seconds."""
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(pause), "vectorise", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(number: int, process: subprocess.Popen) -> None:
    while len(list(Path("made").glob("*.svg"))) < number:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_batch_that_was_stopped_goes_on(number, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for at in range(6):
        save(Path(f"in/{at}.png"), np.roll(cross(), at, 1))
    assert call("in", "-o", "whole") == 0
    process = start("in", "-o", "made", "--jobs", "1")
    wait_for(2, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    done = list(Path("made").glob("*.svg"))
    assert 2 <= len(done) < 6 and not list(Path("made").glob(".*partial"))
    assert all(path.read_bytes() == Path("whole", path.name).read_bytes() for path in done)
    if number == signal.SIGINT:
        assert process.returncode == 130
        assert said.splitlines()[-2:] == [
            f"vecnb: {len(done)} of 6 pictures are done: the same command goes on there",
            "vecnb: stopped",
        ]
    capsys.readouterr()
    assert call("in", "-o", "made", "--jobs", 1) == 0
    assert told(capsys) == [f"vecnb: {len(done)} of 6 pictures were done before, and stay: made"]
    for at in range(6):
        assert Path(f"made/{at}.svg").read_bytes() == Path(f"whole/{at}.svg").read_bytes()


def test_a_terminal_sees_the_time_that_is_left(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for at in range(3):
        save(Path(f"in/{at}.png"))
    above, below = pty.openpty()
    fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-c", PROGRAM, "0.4", "vectorise", "in", "-o", "made", "--jobs", "1"]
    with subprocess.Popen(command, stderr=below) as process:
        os.close(below)
        shown = b""
        with contextlib.suppress(OSError):  # the terminal's end
            while part := os.read(above, 4096):
                shown += part
        assert process.wait(60) == 0
    os.close(above)
    assert re.search(rb"2/3 \[\d\d:\d\d<\d\d:\d\d", shown) and b"3/3" in shown


def test_ctrl_c_stops_a_picture_at_once_and_leaves_no_part_of_its_file(picture):
    process = start(str(picture), "-o", "made.svg", pause=60)
    time.sleep(0.1)
    while "contrast" not in process.stderr.readline():
        assert process.poll() is None
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    assert "vecnb: stopped" in process.communicate(timeout=20)[1]
    assert process.returncode == 130 and list(Path().iterdir()) == [picture]


# How it refuses


def _animation(path: Path) -> None:
    frames = [Image.fromarray(cross()), Image.fromarray(255 - cross())]
    frames[0].save(path, save_all=True, append_images=frames[1:])


def test_the_first_frame_of_an_animation_is_drawn(picture, capsys):
    _animation(Path("moving.gif"))
    with pytest.warns(UserWarning, match="moving.gif has 2 frames: the first is taken"):
        assert call("moving.gif", "-o", "made.svg") == 0
    assert Path("made.svg").read_text() == vectorise(load_image(picture)).to_svg()
    assert call("moving.gif", picture, "-o", "made/") == 0
    assert told(capsys) == ["vecnb: moving.gif has 2 frames: the first is taken"]


def test_every_kind_of_picture_becomes_the_same_drawing(picture):
    """Alpha, palette, 16 bits, turned by its EXIF tag, either polarity."""
    grey = Image.fromarray(cross())
    alpha = Image.merge("LA", [Image.new("L", grey.size, 0), Image.fromarray(255 - cross())])
    turned = grey.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held so that the picture is to be turned by 90° clockwise
    alpha.save("alpha.png")
    grey.convert("P").save("palette.gif")
    Image.fromarray(cross().astype(np.uint16) * 257).save("deep.png")
    turned.save("turned.png", exif=exif)
    save(Path("board.png"), 255 - cross())
    expected = vectorise(load_image(picture)).to_svg()
    for name in ("alpha.png", "palette.gif", "deep.png", "turned.png", "board.png"):
        assert call(name, "-o", "made.svg") == 0
        assert Path("made.svg").read_text() == expected, name


@pytest.mark.filterwarnings("ignore:blank.png has hardly any contrast")
@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nothing.png -o a.svg", "there is no nothing.png: name a picture"),
        ("nothing.png other.png -o a/", "there is no nothing.png: name a picture"),
        ("*.tif -o a/", "there are no pictures in *.tif"),
        ("hollow -o a/", "there are no pictures in hollow"),
        ("empty.png -o a.svg", "empty.png is empty, or not a picture that Pillow reads"),
        ("text.png -o a.svg", "text.png is empty, or not a picture"),
        ("cut.png -o a.svg", "cut.png is damaged"),
        ("blank.png -o a.svg", "blank.png: nothing is drawn on it"),
        ("blank.png -o a.svg --digits vae", "blank.png: nothing is drawn on it"),
        ("cross.png -o hollow.svg", "hollow.svg is a folder: name a file in it, or write hollow.svg/"),
        ("cross.png cut.png -o a.svg", "several pictures need a folder, not a.svg"),
        ("hollow -o -", "several pictures need a folder, not -"),
        ("- cross.png -o a/", "standard input is one picture"),
        ("cross.png cut.png -o text.png/", "several pictures need a folder, not text.png"),
        ("cross.png cut.png -o notes", "several pictures need a folder, not notes"),
        ("cross.png cut.png -o a --preview b.png", "several pictures need a folder, not b.png"),
        ("cross.png -o a.gif", "must end in .svg, .json, .npz, .png, be - or a folder"),
        ("cross.png -o cross.png", "cross.png is the picture itself"),
        ("cross.png -o a.svg --preview cross.png", "cross.png is the picture itself"),
        ("cross.png -o a.png --preview a.png", "cannot be both the drawing and its preview"),
        ("cross.png -o a.svg --preview a.svg", "the preview of one picture must end in .png"),
        ("cross.png blank.png -o . --format png", "would take the place of cross.png"),
        ("cross.png blank.png -o a/ --format png --preview a", "would take the place of"),
        ("cross.png -o a.svg --format png", "--format is of folders"),
        ("cross.png -o a.svg --detail 0", "the detail must be above 0"),
        ("cross.png -o a.svg --width nan", "the width must be above 0"),
        ("cross.png cut.png -o a --jobs 0", "jobs must be at least 1"),
        ("cross.png -o a.json --plotter", "--plotter is a kind of .svg, not of .json"),
        ("cross.png -o a.svg --digits nothing", "there is no model 'nothing'"),
        ("cross.png -o a.svg --digits vae --lines", "leave --lines and --detail out"),
        ("cross.png -o a.svg --mse", "are of a .parquet"),
        ("cross.png -o a.parquet --digits vae --lines", "a .parquet goes with --digits, --ink, --mse"),
        ("cross.png cut.png -o a.parquet --digits vae", "is made of one folder"),
    ],
)
def test_what_cannot_be_done_takes_one_line_and_leaves_no_file(command, said, picture, capsys):
    Path("hollow").mkdir()
    Path("hollow.svg").mkdir()
    Path("empty.png").touch()
    Path("text.png").write_text("no picture")
    Path("notes").write_text("no folder")
    noise = np.random.default_rng(0).integers(0, 256, (60, 60), np.uint8)
    save(Path("cut.png"), noise)
    Path("cut.png").write_bytes(Path("cut.png").read_bytes()[:2000])
    save(Path("blank.png"), np.full((40, 40), 255, np.uint8))
    before = set(Path().rglob("*"))
    assert call(*command.split()) == 1
    errors = told(capsys)
    assert len(errors) == 1 and errors[0].startswith("vecnb: ") and said in errors[0]
    assert set(Path().rglob("*")) == before


@pytest.mark.parametrize("limit", [1000, 2000])  # of which the second makes Pillow only warn
def test_a_picture_that_is_too_large_is_refused_with_the_remedy(limit, picture, monkeypatch, capsys):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    assert call(picture, "-o", "made.svg") == 1
    (error,) = told(capsys)
    assert "cross.png cannot be read: Image size (2880 pixels)" in error
    assert f"Make it smaller first, to at most {limit:,} pixels" in error


def test_a_folder_that_cannot_be_read_is_an_error(picture, monkeypatch, capsys):
    Path("closed").mkdir()
    scan = os.scandir

    def refuse(path):
        if str(path) == "closed":
            raise PermissionError(13, "Permission denied", "closed")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert call("closed", "-o", "made/") == 1
    assert told(capsys) == ["vecnb: [Errno 13] Permission denied: 'closed'"]


@pytest.mark.parametrize(
    "command", ["-o a.svg", "cross.png", "cross.png -o a.svg --ink grey", "cross.png -o a.svg --x"]
)
def test_a_command_that_is_not_understood_ends_with_2(command, picture, capsys):
    assert call(*command.split()) == 2
    assert capsys.readouterr().err and list(Path().iterdir()) == [picture]
