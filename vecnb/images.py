"""Images: any file or array as ink between 0 and 1.

Convention: [B, 1, H, W] float in [0, 1], ink = 1 on a background of 0; the models take 28 × 28 pixels.
"""

from __future__ import annotations

import logging
import warnings
from os import PathLike
from typing import IO, Any, Literal

import numpy as np
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from vecnb.choices import check_choice
from vecnb.illumination import contrasts, reduce

PIXEL = 1 / 28  # the side of an MNIST pixel, in the unit square
SIDE = 28  # pixels of an MNIST image

Ink = Literal["auto", "dark", "light"]
logger = logging.getLogger(__name__)


# Arrays


def as_images(images: Tensor | np.ndarray) -> Tensor:
    """Images of 28 × 28 pixels as a floating-point tensor [B, 1, 28, 28].

        >>> as_images(np.full((28, 28), 255, np.uint8)).shape
        torch.Size([1, 1, 28, 28])

    Args:
        images: a tensor or an array, [H, W], [B, H, W] or [B, 1, H, W]; floats in [0, 1], or bool, or uint8
            in 0 to 255, which is divided by 255.
    Returns:
        Floats as they are, uint8 and bool as float32.
    Raises:
        TypeError: neither tensor nor array, or another dtype.
        ValueError: another shape, or values outside [0, 1]; the message names what was given.
    """
    batch = as_batch(images)
    check_shape(batch)
    return batch


def check_shape(images: Tensor) -> None:
    """Refuse images that are not [B, 1, 28, 28].

    Raises:
        ValueError: they are not.
    """
    if images.ndim != 4 or images.shape[1:] != (1, SIDE, SIDE):
        raise ValueError(
            f"images must have shape [B, 1, {SIDE}, {SIDE}], not {list(images.shape)}: "
            "vecnb.to_mnist(images) fits a digit of another size into it"
        )


def as_batch(images: Any) -> Tensor:
    """Images of any size as a floating-point tensor [B, 1, H, W] in [0, 1]."""
    if isinstance(images, np.ndarray):
        if images.dtype.kind not in "fiub":
            raise TypeError(f"images must hold numbers, not {images.dtype}")
        images = torch.from_numpy(np.array(images, dtype=images.dtype.newbyteorder("=")))
    if not isinstance(images, Tensor):
        remedy = "numpy.asarray(images), or vecnb.load_image(path) for a file"
        raise TypeError(
            f"images must be a torch tensor or a NumPy array, not a {type(images).__name__}: {remedy}"
        )
    if images.dtype in (torch.uint8, torch.bool):
        images = images.float() / (255 if images.dtype == torch.uint8 else 1)
    if not images.is_floating_point():
        raise TypeError(f"images must be floats in [0, 1], uint8 or bool, not {images.dtype}: images / 255")
    if not 2 <= images.ndim <= 4 or (images.ndim == 4 and images.shape[1] != 1):
        raise ValueError(f"images must be [H, W], [B, H, W] or [B, 1, H, W], grey, not {list(images.shape)}")
    if images.numel() and not bool(((images >= 0) & (images <= 1)).all()):
        low, high = images.detach().amin().item(), images.detach().amax().item()
        remedy = "images / 255" if high > 2 and low >= 0 else "images.clip(0, 1)"
        remedy = "they hold NaN" if low != low else f"{remedy} may be meant"
        raise ValueError(f"images must lie in [0, 1], ink = 1, not in [{low:.9g}, {high:.9g}]: {remedy}")
    return images.reshape(-1, 1, *images.shape[-2:])


# Files


def load_image(path: str | PathLike[str] | IO[bytes], *, ink: Ink = "auto") -> Tensor:
    """The picture of a file as ink: whatever Pillow reads, a scan or a photograph for instance.

    Colours become grey, what is transparent becomes white, a photograph is turned upright as its EXIF data
    say, and of an animation the first frame is taken. `to_mnist` makes a digit for the models of it.

        >>> import tempfile
        >>> with tempfile.NamedTemporaryFile(suffix=".png") as file:  # a black stroke on white
        ...     Image.fromarray(255 - 255 * np.eye(40, dtype=np.uint8)).save(file)
        ...     image = load_image(file.name)
        >>> image.shape, image[0, 0, 7, 7].item(), image[0, 0, 7, 9].item()
        (torch.Size([1, 1, 40, 40]), 1.0, 0.0)

    Args:
        path: of the file, or a file that is open.
        ink: "dark" on a light background, "light" on a dark one, or "auto": whatever stands out more from the
            background along the border; the decision is logged, and warned of where it is a close one.
    Returns:
        [1, 1, H, W] float32 in [0, 1], ink = 1.
    Raises:
        FileNotFoundError, PermissionError, IsADirectoryError: as `open`.
        ValueError: not a picture that Pillow reads; it is truncated, empty, or too large; another `ink`.
    """
    check_choice("ink", ink, Ink)
    name = str(path) if isinstance(path, str | PathLike) else getattr(path, "name", "the picture")
    grey = torch.from_numpy(_read_grey(path, name))
    if ink == "auto":
        ink = _choose_ink(reduce(grey), name)
    return (1 - grey if ink == "dark" else grey)[None, None]


def _read_grey(path: str | PathLike[str] | IO[bytes], name: str) -> np.ndarray:
    """Brightness [H, W] float32 in [0, 1] of the picture in a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            opened = Image.open(path)
        with opened as picture:
            if (frames := getattr(picture, "n_frames", 1)) > 1:
                warnings.warn(f"{name} has {frames} frames: the first is taken", stacklevel=3)
            return _brightness(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as error:
        raise ValueError(
            f"{name} is empty, or not a picture that Pillow reads: save it as .png or .jpg"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(
            f"{name} cannot be read: {error} Make it smaller first, to at most "
            f"{Image.MAX_IMAGE_PIXELS:,} pixels"
        ) from error
    except (SyntaxError, ValueError) as error:
        raise ValueError(f"{name} cannot be read: {error}") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise ValueError(f"{name} is damaged, copy or save it again: {error}") from error


def _brightness(picture: Image.Image) -> np.ndarray:
    """Brightness [H, W] of a picture, of 8 or of 16 bits, over white."""
    if picture.mode.startswith(("I", "F")):
        values = np.asarray(picture).astype(np.float32)
        depth = 65535 if picture.mode.startswith("I") else 1
        if not (values.min() >= 0 and values.max() <= depth):
            raise OSError(f"its brightness is in [{values.min():g}, {values.max():g}], not in [0, {depth}]")
        return values / np.float32(depth)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    if picture.mode not in ("1", "L", "RGB"):
        picture = picture.convert("RGB")
    return np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)


def _choose_ink(grey: Tensor, name: str) -> Literal["dark", "light"]:
    """Which ink a picture [H, W] was made with, said aloud."""
    darker, lighter = contrasts(grey)
    ink: Literal["dark", "light"] = "dark" if darker > lighter else "light"
    stronger, weaker = max(darker, lighter), min(darker, lighter)
    other = "light" if ink == "dark" else "dark"
    if stronger < 0.1:
        warnings.warn(f"{name} has hardly any contrast: the ink is taken to be {ink}", stacklevel=3)
    elif weaker > 0.6 * stronger:
        warnings.warn(f'{name}: the ink is taken to be {ink}; ink="{other}" takes the other', stacklevel=3)
    logger.info(
        "%s: %s ink (contrast with the border: darker %.2f, lighter %.2f)", name, ink, darker, lighter
    )
    return ink
