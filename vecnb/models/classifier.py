"""The measuring instrument: a classifier of digits, never part of a model that is measured."""

from __future__ import annotations

from torch import Tensor, nn

from vecnb.images import check_shape


class DigitClassifier(nn.Module):
    """Reads a digit: the book's measuring instrument, never part of a model that is measured.

    Three convolutions of 3×3 with batch normalisation, each followed by a halving of the image
    (28 → 14 → 7 → 3), and two linear layers: 98,554 parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.Sequential(_stage(1, 16), _stage(16, 32), _stage(32, 64), nn.Flatten())
        self.narrow = nn.Sequential(nn.Linear(64 * 3 * 3, 128), nn.ReLU())
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(128, 10)

    def features(self, images: Tensor) -> Tensor:
        """The last hidden layer, on which `metrics.frechet_distance` is taken.

        Args:
            images: [B, 1, 28, 28] float in [0, 1], ink = 1.
        Returns:
            [B, 128], >= 0.
        Raises:
            ValueError: another shape.
        """
        check_shape(images)
        return self.narrow(self.stages(images))

    def forward(self, images: Tensor) -> Tensor:
        """Logits of the ten classes, [B, 10], for images [B, 1, 28, 28] in [0, 1]."""
        return self.head(self.dropout(self.features(images)))


def _stage(channels_in: int, channels_out: int) -> nn.Sequential:
    """One convolution that keeps the size, normalised, rectified, then halved by its maxima."""
    return nn.Sequential(
        nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels_out),
        nn.ReLU(),
        nn.MaxPool2d(2),
    )
