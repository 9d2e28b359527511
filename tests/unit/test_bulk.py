"""Many images: what is read and written, what is refused, and what a stop leaves."""

import errno
import io
import json
import os
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from vecnb import files, load_image, load_model, to_mnist
from vecnb.bulk.cli import Options
from vecnb.bulk.commands import evaluate
from vecnb.bulk.run import Job, parts_folder, run
from vecnb.bulk.sources import open_source
from vecnb.cli import main
from vecnb.data import load_mnist, load_pixels
from vecnb.models import LineAutoencoder
from vecnb.pretrained import save_model
from vecnb.training.autoencoder.evaluation import evaluate as evaluate_autoencoder
from vecnb.training.lfvi.evaluation import evaluate as evaluate_lfvi
from vecnb.training.vae.evaluation import evaluate as evaluate_vae

N = 250
CONFIG = {"n_lines": 2, "encoder": "strided_conv", "init": "random", "alpha": None, "decoder": "none"}


@pytest.fixture(scope="module")
def digits():
    return load_pixels("test", fallback="subset")[0][:N], load_pixels("test", fallback="subset")[1][:N]


@pytest.fixture
def array(tmp_path, digits) -> Path:
    np.save(tmp_path / "digits.npy", digits[0])
    return tmp_path / "digits.npy"


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> str:
    """The folder of a model that takes no time."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("small")
    config = CONFIG | {"n_augmentations": 1}
    save_model(folder, LineAutoencoder.from_config(config), config)
    return str(folder)


def job(data, folder, **named) -> Job:
    return Job(source=open_source(str(data), scratch=folder / "scratch"), **named)


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    return 0 if end.value.code is None else end.value.code


# What is written


def test_the_rows_are_what_vectorise_says(tmp_path, array, digits):
    output = run(
        job(array, tmp_path, columns="lines_and_mse", shard_size=125), tmp_path / "o.parquet", workers=1
    )
    strokes = load_model("autoencoder").vectorise(digits[0])
    table, about = pq.read_table(output), pq.read_metadata(output)
    assert table["index"].to_pylist() == list(range(N)) and about.num_row_groups == 2
    lines = np.array(table["lines"].to_pylist(), np.float32).reshape(N, -1, 4)
    assert np.abs(lines - strokes.lines.numpy()).max() < 1e-6
    assert np.abs(np.array(table["width"].to_pylist()) - strokes.width.numpy()).max() < 1e-6
    assert 0 < table["raster_mse"].to_numpy().mean() < 0.02 and table["sharpness"].to_numpy().min() > 50
    assert json.loads(table.schema.metadata[b"vecnb"])["images"] == N
    assert not parts_folder(output).exists()


def encoded(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def written(kind: str, folder: Path, pixels: np.ndarray, labels: np.ndarray) -> str:
    """The digits as a file, or as files, of some kind."""
    flat = pixels.reshape(len(pixels), -1)
    pictures = [encoded(image) for image in pixels]
    path = folder / f"digits.{kind.split()[-1]}"
    match kind:
        case "bytes npy":
            np.save(path, pixels[:, None])
        case "floats npy":
            np.save(path, np.float32(pixels) / np.float32(255))
        case "packed npz":
            np.savez_compressed(path, images=pixels, labels=labels)
        case "numbers parquet":
            pq.write_table(pa.table({"image": list(flat), "label": labels}), path, row_group_size=7)
        case "binary parquet":
            pq.write_table(pa.table({"image": pictures}), path)
        case "struct parquet":
            images = [{"bytes": picture, "path": None} for picture in pictures]
            pq.write_table(pa.table({"label": labels, "image": images}), path)
        case _:
            (folder / "scans").mkdir()
            (folder / "scans" / "notes.txt").write_text("no picture")
            for place, picture in enumerate(pictures):
                (folder / "scans" / f"{place:04}.png").write_bytes(picture)
            return str(folder / "scans" / ("*.png" if kind == "pattern" else ""))
    return str(path)


KINDS = ["bytes npy", "floats npy", "packed npz", "numbers parquet", "binary parquet", "struct parquet"]


@pytest.mark.parametrize("kind", [*KINDS, "folder", "pattern"])
def test_every_kind_of_data_holds_the_same_images(kind, tmp_path, digits):
    pixels, labels = (array[:20] for array in digits)
    source = open_source(written(kind, tmp_path, pixels, labels), scratch=tmp_path / "scratch", ink="light")
    batches = [source.part(start, min(20, start + 8))() for start in range(0, 20, 8)]
    images = torch.cat([batch.images for batch in batches])
    assert len(source) == 20 and not any(batch.errors for batch in batches)
    assert torch.equal(images, torch.tensor(pixels[:, None]).float() / 255)
    if kind in ("packed npz", "numbers parquet", "struct parquet"):
        assert torch.cat([batch.labels for batch in batches]).tolist() == labels.tolist()
    if kind in ("folder", "pattern"):
        assert [Path(name).name for batch in batches for name in batch.files][-1] == "0019.png"


def test_pictures_of_another_size_become_digits(tmp_path, digits):
    Image.fromarray(255 - digits[0][3]).resize((90, 90)).save(tmp_path / "scan.png")
    batch = open_source(str(tmp_path / "scan.png"), scratch=tmp_path).part(0, 1)()
    assert torch.equal(batch.images, to_mnist(load_image(tmp_path / "scan.png")))


EVALUATE = {
    "autoencoder": evaluate_autoencoder,
    "vae": evaluate_vae,
    "joint": evaluate_lfvi,
    "gan": evaluate_lfvi,
}


@pytest.mark.parametrize("model", EVALUATE)
def test_evaluate_gives_the_numbers_of_the_book(model, tmp_path, digits, capsys):
    np.savez(tmp_path / "digits.npz", images=digits[0], labels=digits[1].astype(np.int64))
    numbers, rows = tmp_path / "numbers.json", tmp_path / "rows.parquet"
    options = Options(jobs=1, shard_size=125)
    evaluate(model, str(tmp_path / "digits.npz"), numbers, rows, options)
    found = json.loads(numbers.read_text())
    images, labels = load_mnist("test", fallback="subset")
    expected = EVALUATE[model](load_model(model), images[:N], labels[:N])
    assert set(found) == {"model", "weights", "data", "images"} | set(expected)
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-5)
    assert len(pq.read_table(rows)) == found["images"] == N
    assert all(name in capsys.readouterr().out for name in list(expected)[:1])


def test_without_labels_nothing_is_said_of_accuracy(tmp_path, array, small):
    evaluate(small, str(array), tmp_path / "numbers.json", None, Options(jobs=1))
    assert not any("accuracy" in name for name in json.loads((tmp_path / "numbers.json").read_text()))


# What stops it


@pytest.mark.parametrize("done", [2, 5])  # of five shards: the disk is full at the third, or at the whole
def test_a_full_disk_leaves_whole_shards_which_are_not_done_again(done, tmp_path, array, monkeypatch):
    whole = run(job(array, tmp_path, shard_size=50), tmp_path / "whole.parquet", workers=1).read_bytes()
    fsync, left = os.fsync, [1 + done]

    def full(descriptor):
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(files.os, "fsync", full)
    output = tmp_path / "resumed.parquet"
    with pytest.raises(OSError, match="No space left"):
        run(job(array, tmp_path, shard_size=50), output, workers=1)
    parts = parts_folder(output)
    shards = {f"{shard:07}.parquet" for shard in range(done)}
    assert {path.name for path in parts.iterdir()} == shards | {"manifest.json"} and not output.exists()
    monkeypatch.undo()
    times = {path: path.stat().st_mtime_ns for path in parts.iterdir()}
    seen = []
    monkeypatch.setattr(
        "vecnb.bulk.run.write_atomically",
        lambda path, content: (seen.append(path), files.write_atomically(path, content)),
    )
    assert run(job(array, tmp_path, shard_size=50), output, workers=1).read_bytes() == whole
    assert not times.keys() & set(seen) and len(seen) == 5 - done


@pytest.mark.parametrize("change", [{"shard_size": 49}, {"columns": "lines_and_mse"}, {"model": "vae"}])
def test_a_part_of_another_work_is_refused(change, tmp_path, array):
    begun = job(array, tmp_path, shard_size=50)
    parts = parts_folder(tmp_path / "o.parquet")
    parts.mkdir()
    (parts / "manifest.json").write_text(json.dumps(begun.manifest()))
    other = job(array, tmp_path, **{"shard_size": 50} | change)
    with pytest.raises(ValueError, match=f"another work .*{next(iter(change))}.*delete the folder"):
        run(other, tmp_path / "o.parquet", workers=1)


def test_the_refusal_takes_one_line_and_leaves_the_parts(tmp_path, array, capsys):
    parts = parts_folder(tmp_path / "o.parquet")
    parts.mkdir()
    (parts / "manifest.json").write_text("{}")
    (parts / "0000000.parquet").write_bytes(b"a shard")
    assert call("vectorise", array, "--workers", 1, "-o", tmp_path / "o.parquet") == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and "holds a part of another work" in told[0] and len(list(parts.iterdir())) == 2


def test_other_data_of_the_same_size_are_refused(tmp_path, array, digits):
    before = job(array, tmp_path).manifest()
    np.save(array, digits[0][::-1])
    assert {name for name, value in job(array, tmp_path).manifest().items() if value != before[name]} == {
        "data"
    }


# Images that cannot be read


def test_a_bad_picture_is_named_or_its_row_is_empty(tmp_path, digits, capsys):
    data = written("folder", tmp_path, digits[0][:12], digits[1][:12])
    bad = Path(data) / "0007.png"
    bad.write_bytes(bad.read_bytes()[:60])
    command = ["vectorise", data, "--workers", 1, "--ink", "light", "-o", tmp_path / "o.parquet"]
    assert call(*command) == 1
    told = capsys.readouterr().err
    assert str(bad) in told and "--on-error skip" in told and not (tmp_path / "o.parquet").exists()
    assert call(*command, "--on-error", "skip") == 0
    table = pq.read_table(tmp_path / "o.parquet").to_pylist()
    assert [row["index"] for row in table] == list(range(12)) and table[7]["file"] == str(bad)
    assert [row["index"] for row in table if row["lines"] is None] == [7] and table[7]["width"] is None


def test_a_bad_image_of_an_array_is_named_by_its_number(tmp_path, digits):
    images = np.float32(digits[0]) / np.float32(255)
    images[130, 0, 0] = np.nan
    np.save(tmp_path / "bad.npy", images)
    with pytest.raises(ValueError, match=r"image 130: .*they hold NaN"):
        run(job(tmp_path / "bad.npy", tmp_path, shard_size=100), tmp_path / "o.parquet", workers=1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (partial(np.save, arr=np.zeros((3, 32, 32))), r"images \[M, 28, 28\], not \[3, 32, 32\]"),
        (partial(np.save, arr=np.array([{}])), "damaged, or no array"),
        (lambda path: path.write_bytes(b"\x93NUMPY"), "damaged, or no array"),
        (partial(np.save, arr=np.zeros((0, 28, 28))), "there are no images"),
    ],
)
def test_what_holds_no_images_is_refused(content, message, tmp_path):
    path = tmp_path / "wrong.npy"
    content(path)
    with pytest.raises(ValueError, match=message):
        run(job(path, tmp_path), tmp_path / "o.parquet", workers=1)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("vectorise nothing.npy -o o.parquet", "there is no nothing.npy"),
        ("vectorise *.tif -o o.parquet", "there are no pictures in *.tif"),
        ("vectorise mnist:validation -o o.parquet", "mnist has the splits train and test"),
        ("vectorise digits.npy --model gan -o o.parquet", "gan has no encoder"),
        ("vectorise bad.npz -o o.parquet", "image 3: images must lie in [0, 1]"),
        ("vectorise digits.npy --workers 0 -o o.parquet", "workers must be at least 1"),
        ("evaluate classifier --data digits.npy", "draws nothing that could be measured"),
        ("evaluate autoencoder --data digits.npy -o numbers.csv", "numbers.csv must end in .json"),
    ],
)
def test_wrong_commands_are_refused_in_one_line(command, said, array, monkeypatch, capsys):
    monkeypatch.chdir(array.parent)
    np.savez("bad.npz", images=np.full((5, 28, 28), 2 * (np.arange(5) == 3)[:, None, None], float))
    assert call(*command.split(), *(["--workers", "1"] if "bad" in command else [])) == 1
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1 and said in told[0] and not list(Path().glob("o.parquet*"))
