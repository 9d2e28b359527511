"""Tests of pictures from files: every kind that Pillow reads, either ink, and what is no picture."""

import logging

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin

import vecnb
from vecnb.images import load_image


def picture(height: int = 40, width: int = 60) -> np.ndarray:
    """Black strokes of different greys on white, [H, W] uint8."""
    grey = np.full((height, width), 255, np.uint8)
    grey[5:9, 10:50] = 0
    grey[15:30, 20:24] = 51  # a fifth of white
    return grey


def expected(grey: np.ndarray | None = None) -> torch.Tensor:
    return 1 - torch.from_numpy((picture() if grey is None else grey) / np.float32(255)).float()[None, None]


def near(found, wanted, tolerance=0.0):
    assert found.shape == wanted.shape and found.dtype == torch.float32
    assert (found - wanted).abs().max() <= tolerance


# Kinds of files


@pytest.mark.parametrize(
    ("mode", "suffix", "tolerance"),
    [
        ("L", "png", 0), ("RGB", "png", 0), ("P", "png", 0), ("1", "png", 0.21), ("LA", "png", 0),
        ("RGBA", "png", 0), ("L", "bmp", 0), ("P", "gif", 0), ("RGB", "webp", 0.1), ("L", "jpg", 0.1),
        ("CMYK", "jpg", 0.1),
        ("L", "tiff", 0), ("CMYK", "tiff", 0.01), ("YCbCr", "jpg", 0.1), ("L", "pgm", 0),
    ],
)  # fmt: skip
def test_every_mode_is_read_as_the_same_ink(mode, suffix, tolerance, tmp_path):
    path = tmp_path / f"digit.{suffix}"
    image = Image.fromarray(picture()).convert("RGB").convert(mode, dither=Image.Dither.NONE)
    image.save(
        path, **({"lossless": True} if suffix == "webp" else {"quality": 95} if suffix == "jpg" else {})
    )
    near(load_image(path), expected(), tolerance)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_are_read_to_their_depth(suffix, tmp_path):
    path = tmp_path / f"digit.{suffix}"
    deep = picture().astype(np.uint16) * 257
    deep[20, 30] = 32_768  # between two of 256 greys
    Image.fromarray(deep).save(path)
    found = load_image(path)
    assert found[0, 0, 20, 30].item() == pytest.approx(1 - 32_768 / 65_535, abs=1e-6)
    deep[20, 30] = 65_535
    Image.fromarray(deep).save(path)
    near(load_image(path), expected(), 1e-6)


def test_floats_of_tiff_are_brightness_from_nought_to_one(tmp_path):
    path = tmp_path / "digit.tiff"
    Image.fromarray(picture().astype(np.float32) / 255).save(path)
    near(load_image(path), expected(), 1e-6)
    Image.fromarray(picture().astype(np.float32)).save(path)
    with pytest.raises(ValueError, match=r"brightness is in \[0, 255\], not in \[0, 1\]"):
        load_image(path)


def test_what_is_transparent_is_white(tmp_path):
    path, alpha = tmp_path / "digit.png", 255 - picture()
    Image.merge("LA", [Image.new("L", (60, 40), 0), Image.fromarray(alpha)]).save(path)
    near(load_image(path), expected(), 1e-6)
    palette = Image.fromarray(picture()).convert("P")
    palette.putpixel((0, 0), 0)  # of the colour of the ink
    palette.save(path, transparency=palette.getpixel((0, 0)))
    assert not load_image(path)[0, 0, 5:9, 10:50].any()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_turned_upright(orientation, tmp_path):
    """As the camera stored it, with the tag of how it was held."""
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = Image.fromarray(picture())
    stored = stored if undo is None else stored.transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "photo.png", exif=exif)
    near(load_image(tmp_path / "photo.png"), expected())


def test_the_first_frame_of_an_animation_is_taken_and_said(tmp_path):
    frames = [Image.fromarray(picture()), Image.fromarray(255 - picture())]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    with pytest.warns(UserWarning, match=r"moving.gif has 2 frames: the first is taken") as caught:
        near(load_image(tmp_path / "moving.gif"), expected())
    assert caught[0].filename == __file__


# The ink


def test_either_ink_is_found_and_said(tmp_path, caplog):
    caplog.set_level(logging.INFO, "vecnb")
    for name, grey in (("paper", picture()), ("board", 255 - picture())):
        Image.fromarray(grey).save(tmp_path / f"{name}.png")
        near(load_image(tmp_path / f"{name}.png"), expected(), 1e-6)
    assert "paper.png: dark ink" in caplog.text and "board.png: light ink" in caplog.text
    near(load_image(tmp_path / "paper.png", ink="light"), 1 - expected(), 1e-6)
    near(load_image(str(tmp_path / "board.png"), ink="dark"), 1 - expected(), 1e-6)
    with pytest.raises(ValueError, match="ink must be one of 'auto', 'dark', 'light', not 'black'"):
        load_image(tmp_path / "paper.png", ink="black")


def test_a_close_decision_is_warned_of(tmp_path):
    grey = np.full((40, 60), 128, np.uint8)
    Image.fromarray(grey).save(tmp_path / "plain.png")
    with pytest.warns(UserWarning, match="plain.png has hardly any contrast"):
        load_image(tmp_path / "plain.png")
    grey[10:20, 10:20], grey[10:20, 30:40] = 0, 250
    Image.fromarray(grey).save(tmp_path / "both.png")
    with pytest.warns(
        UserWarning, match='both.png: the ink is taken to be dark; ink="light" takes the other'
    ):
        load_image(tmp_path / "both.png")


# What is no picture


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere.png"):
        load_image(tmp_path / "nowhere.png")
    with pytest.raises(IsADirectoryError):
        load_image(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_a_file_that_is_no_picture_is_named(content, tmp_path):
    (tmp_path / "digit.png").write_bytes(content)
    with pytest.raises(ValueError, match=r"digit.png is empty, or not a picture that Pillow reads"):
        load_image(tmp_path / "digit.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "gif", "tiff", "bmp", "webp"])
def test_a_truncated_picture_is_named(suffix, tmp_path):
    path = tmp_path / f"digit.{suffix}"
    noise = np.random.default_rng(0).integers(0, 256, (90, 90), np.uint8)
    Image.fromarray(noise).save(path)
    whole = path.read_bytes()
    for share in (0.9, 0.5, 0.02):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ValueError, match=rf"digit.{suffix} (is damaged|cannot be read|is empty)"):
            load_image(path)


def test_a_picture_too_large_for_memory_is_named(tmp_path, monkeypatch):
    Image.fromarray(picture()).save(tmp_path / "bomb.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(ValueError, match=r"bomb.png cannot be read: .*exceeds limit"):
        load_image(tmp_path / "bomb.png")
    assert PngImagePlugin  # loaded, so that the limit is what failed


def test_the_package_offers_it():
    assert vecnb.load_image is load_image
