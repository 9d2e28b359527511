"""Networks: components (encoders, approximators, discriminators, codec, prior) and the models made of them.

Convention: images are [B, 1, 28, 28] in [0, 1], ink = 1; lines are [B, N, 4] in the unit square.
"""

from vecnb.models.autoencoder import Autoencoder, LineAutoencoder
from vecnb.models.base import LineModel
from vecnb.models.classifier import DigitClassifier
from vecnb.models.codec import LineCode
from vecnb.models.implicit import GaussianLines, ImplicitLines, ImplicitPixels
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.models.windows import WindowProposer

__all__ = [
    "Autoencoder",
    "DigitClassifier",
    "GaussianLines",
    "ImplicitLines",
    "ImplicitPixels",
    "LineAutoencoder",
    "LineCode",
    "LineModel",
    "LineVAE",
    "PixelVAE",
    "WindowProposer",
]
