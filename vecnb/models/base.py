"""What every model of lines shares: from images to strokes."""

from __future__ import annotations

import copy
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from vecnb.images import as_images
from vecnb.models.codec import LineCode
from vecnb.preprocessing import warn_unlike_mnist
from vecnb.strokes import Strokes

# Images that are vectorised together, at about 75 kB an image. On a CPU so few that what the layers pass on
# stays in a core's cache: 500 take a quarter more time.
CHUNK, GPU_CHUNK = 250, 500

M = TypeVar("M", bound=nn.Module)


class LineModel(nn.Module):
    """A model that says of an image which lines it is made of.

    Attributes:
        n_lines: N, how many lines it gives an image.
        n_augmentations: how many copies of an image `vectorise` looks at, 1 to 9 (`best_of_augmentations`).
    """

    n_lines: int
    n_augmentations: int

    def best_code(self, images: Tensor) -> LineCode:
        """The best code of `n_augmentations` attempts for images [B, 1, 28, 28]."""
        raise NotImplementedError

    def vectorise(self, images: Tensor | np.ndarray) -> Strokes:
        """The lines of images, without gradient, in evaluation mode whatever the model's own modes are.

        Works through any number of images, a few at a time, and changes nothing of the model: threads may
        share it. Warns, with the remedy, if the images do not look like MNIST, which the models were trained
        on.

            >>> from vecnb.models import LineAutoencoder
            >>> LineAutoencoder(n_lines=5).vectorise(np.zeros((3, 28, 28))).lines.shape
            torch.Size([3, 5, 4])

        Args:
            images: a tensor or an array, [H, W], [B, H, W] or [B, 1, H, W], of 28 × 28 pixels, ink = 1:
                floats in [0, 1], or bool, or uint8 in 0 to 255, which is divided by 255.
        Returns:
            Strokes of N lines an image, in unit-square units, on the device and in the dtype of the model.
        Raises:
            TypeError: neither tensor nor array, or another dtype.
            ValueError: another shape, or values outside [0, 1]; or the model has no encoder.
        """
        batch = as_images(images)
        warn_unlike_mnist(batch, stacklevel=3)
        code = self.best_codes(batch)
        return Strokes(code.lines, code.width)

    @torch.no_grad()
    def best_codes(self, images: Tensor) -> LineCode:
        """The code that `vectorise` draws by, its sharpness too, of any number of images [B, 1, 28, 28]."""
        model, parameter = in_evaluation(self), next(self.parameters())
        chunk = CHUNK if parameter.device.type == "cpu" else GPU_CHUNK
        codes = [model.best_code(part.to(parameter)) for part in images.split(chunk)]
        return LineCode(*(torch.cat(part) for part in zip(*codes, strict=True)))


def in_evaluation(model: M) -> M:
    """The model itself if all of it is in evaluation mode, otherwise a copy that is.

    A copy, because modes that are changed and changed back are wrong in between, for another thread or after
    an interrupt.
    """
    if not any(module.training for module in model.modules()):
        return model
    return copy.deepcopy(model).eval()
