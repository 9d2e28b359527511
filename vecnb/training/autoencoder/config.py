"""What chapter 2 trains: the config of one run, and every run by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vecnb.choices import check_choices
from vecnb.models.autoencoder import Decoder, Encoder, Init
from vecnb.models.codec import Degree
from vecnb.render import STROKE_WIDTH, alpha_from_width


@dataclass(frozen=True, kw_only=True)
class AutoencoderConfig:
    """One training of a line autoencoder; the defaults are thesis 2.4, to the letter where it is explicit.

    Raises:
        ValueError: an option is none of its choices.
    """

    seed: int = 0
    n_lines: int = 5  # thesis 1.3
    encoder: Encoder = "strided_conv"  # thesis 2.4; ours: "patch_conv"
    init: Init = "random"  # of the lines; ours: at the strokes of a "seven_segment" display
    # Thesis 2.3: 8, in a unit it does not state; the best of three readings is per squared pixel.
    # None: our edge presence, with learnt widths.
    alpha: float | None = 8.0 * 28**2
    decoder: Decoder = "linear_conv"  # thesis 2.4; ours: "none"
    n_scales: int = 1  # thesis 2.4: the mean squared error; ours: also of the images halved once and twice
    steps: int = 1000  # ours: two epochs; the thesis is silent
    batch_size: int = 128  # ours
    learning_rate: float = 1e-3  # ours: Adam's own default
    n_augmentations: int = 1  # ours: 9, the image and its copies shifted by a pixel; the best drawing is kept
    # Ours: a warm-up to twice the rate, then a cosine; with it weight decay .05, β₂ = .99 and gradients
    # clipped to a norm of 1.
    cosine_schedule: bool = False
    degree: Degree = 1  # thesis: lines; ours: also Bézier curves
    # Ours: what a stroke that is drawn costs, in squared error summed over the image; None: all are drawn.
    stroke_price: float | None = None

    def __post_init__(self) -> None:
        check_choices(self)
        if self.stroke_price is not None and (self.n_scales != 1 or self.decoder != "none"):
            raise ValueError(
                "a stroke price is in squared error of the drawing: n_scales 1 and decoder 'none'"
            )


# No field says, and nor does the thesis: Adam has β = (.9, .999); weights begin as torch draws them; an
# epoch's order is drawn from seed and number, and what is left of it after whole batches is not shown.
THESIS = AutoencoderConfig()
# From the thesis's model to the proposed one, one change an ablation step.
ABLATION_1 = replace(THESIS, alpha=alpha_from_width(STROKE_WIDTH))
ABLATION_2 = replace(ABLATION_1, decoder="none")
ABLATION_3 = replace(ABLATION_2, alpha=None)
ABLATION_4 = replace(ABLATION_3, encoder="patch_conv")
ABLATION_5 = replace(ABLATION_4, n_scales=3)
ABLATION_6 = replace(ABLATION_5, cosine_schedule=True)
ABLATION_7 = replace(ABLATION_6, init="seven_segment")
ABLATION_8 = replace(ABLATION_7, steps=10_000)
# Lines and curves of any number, in shorter runs of one recipe: the squared error alone, by which bits are
# counted. On the last 5,000 training digits it was no worse than that of three scales.
LINES = replace(ABLATION_7, n_scales=1, steps=4_000, batch_size=64)
CURVES = replace(LINES, degree=2)
PRICES = (2.0, 0.5, 0.25)  # of a stroke, ink²
RUNS = {
    "autoencoder/thesis": THESIS,
    "autoencoder/thesis_long": replace(THESIS, steps=10_000),  # as many as the proposed model's
    "autoencoder/thesis_unnormalised": replace(THESIS, encoder="strided_conv_unnormalised"),
    "autoencoder/ablation_1_stroke_width": ABLATION_1,
    "autoencoder/ablation_2_no_decoder": ABLATION_2,
    "autoencoder/ablation_3_edge_presence": ABLATION_3,
    "autoencoder/ablation_4_encoder": ABLATION_4,
    "autoencoder/ablation_5_multiscale_loss": ABLATION_5,
    "autoencoder/ablation_6_schedule": ABLATION_6,
    "autoencoder/ablation_7_seven_segment_init": ABLATION_7,
    "autoencoder/ablation_8_steps": ABLATION_8,
    "autoencoder/proposed": replace(ABLATION_8, n_augmentations=9),
    # The study of alpha: the same 8, read on a square from 0 to 1 and on one from -1 to 1.
    "autoencoder/alpha_8_unit_square": replace(THESIS, alpha=8.0),
    "autoencoder/alpha_8_centred_square": replace(THESIS, alpha=8.0 * 2**2),
    # The thesis's remark on the decoder's capacity.
    "autoencoder/large_decoder": replace(THESIS, decoder="mlp"),
    **{f"autoencoder/lines_{n}": replace(LINES, n_lines=n) for n in (3, 5, 7, 12)},
    **{f"autoencoder/curves_{n}": replace(CURVES, n_lines=n) for n in (3, 5, 8)},
    # As many strokes as an image asks for at a price, in hundredths.
    **{
        f"autoencoder/{kind}_at_{round(100 * price):03}": replace(config, n_lines=n, stroke_price=price)
        for kind, config, n in (("lines", LINES, 12), ("curves", CURVES, 8))
        for price in PRICES
    },
}
