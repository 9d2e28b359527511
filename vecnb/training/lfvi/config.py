"""What chapter 4 trains: the config of one run, and every run by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from vecnb.choices import check_choices
from vecnb.losses import GeneratorLoss

Ratio = Literal["joint_parameters", "joint_drawing", "image", "prior"]
Renderer = Literal["approximator", "exact", "pixels"]
Penalty = Literal["none", "r1", "wgan_gp"]


@dataclass(frozen=True, kw_only=True)
class LfviConfig:
    """One likelihood-free training. The defaults are thesis 4.3, and where it is silent, ours.

    Raises:
        ValueError: an option is none of its choices, or does not fit another.
    """

    seed: int = 0
    n_lines: int = 6  # thesis 1.3, as in its chapter 3; of its chapter 4 it does not say
    # What r sees. "joint_parameters": x and z (thesis 4.3); "image": x alone (thesis 4.4, the reduction to a
    # generative adversarial network); "joint_drawing": x and the drawing of z; "prior": z alone, while the
    # likelihood of x is known (the chapter's split).
    ratio: Ratio = "joint_parameters"
    # p(x|z). "approximator": the network of chapter 3's thesis model, frozen (thesis 4.3); "exact":
    # render_soft, with learnt widths; "pixels": no lines at all.
    renderer: Renderer = "approximator"
    hidden: tuple[int, ...] = (128, 256)  # ours: the layers between noise and z
    loss: GeneratorLoss = "minimax"  # thesis (10), (16)
    # Standard deviation of the Gaussian noise on what r compares, x or for "prior" z, at the first and the
    # last step; the same on both sides.
    noise: tuple[float, float] = (0.0, 0.0)
    # On the slope of r: "r1" pulls it to 0 at samples of both sides, "wgan_gp" to 1 between them.
    penalty: Penalty = "none"
    penalty_weight: float = 5.0  # ours: γ of R1; Gulrajani et al. (2017) take 10 for theirs
    penalty_every: int = 8  # ours: R1 may be lazy if it weighs so much more
    batch_deviation: bool = False  # r also sees how much its batch varies
    spectral_norm: bool = False  # r's layers are divided by their largest singular value
    ema_decay: float = 0.0  # of the averaged weights that are kept; 0 keeps the last
    # "prior": of a pixel; the squared error of an image weighs 1 / (2 · 1²) = ½, in ours 1 / (2 · .5²) = 2.
    likelihood_std: float = 1.0
    n_augmentations: int = 1  # ours: 9, as in chapter 2
    # "prior": steps in which q(z|x) learns alone, from the likelihood, before it is frozen.
    encoder_steps: int = 0
    max_gradient: float = 50.0  # ours: norm to which the encoder's gradient is clipped in these steps, nats
    # "prior": the last steps, in which p's samples are drawn, and encoded again.
    reencoding_steps: int = 0
    steps: int = 2500  # ours: of every ablation step; a collapse shows long before
    batch_size: int = 64
    learning_rate: float = 2e-4  # ours, of the generator
    encoder_learning_rate: float = 2e-4
    discriminator_learning_rate: float = 2e-4
    momentum: float = 0.9  # ours: Adam's own default, as in the thesis's models of chapters 2 and 3
    discriminator_steps: int = 1  # steps of r for one of generator and encoder
    cosine_schedule: bool = False  # ours: all rates fall as a cosine

    def __post_init__(self) -> None:
        check_choices(self)
        if self.renderer == "pixels" and self.ratio != "image":
            raise ValueError(f"ratio {self.ratio!r} is of lines: renderer 'pixels' is for ratio 'image'")
        if self.ratio == "prior" and (self.renderer != "exact" or self.encoder_steps < 1):
            raise ValueError("ratio 'prior' is for renderer 'exact' and at least one of encoder_steps")
        if self.ratio != "prior" and (self.encoder_steps or self.reencoding_steps):
            raise ValueError(
                f"encoder_steps and reencoding_steps are for ratio 'prior', not {self.ratio!r}: set them to 0"
            )


# No field says, and nor does the thesis: encoder and discriminator are those of the later runs; the encoder's
# lines begin at SEVEN_SEGMENT_INIT; Adam has β₂ = .99; generator, encoder and discriminator take their steps
# from the same values of r, once a minibatch; the discriminator sees 2z − 1.
THESIS = LfviConfig()
THESIS_GAN = replace(THESIS, ratio="image")
# The reduction, one change an ablation step.
ABLATION_1 = replace(THESIS_GAN, renderer="exact")
ABLATION_2 = replace(ABLATION_1, loss="non_saturating")
ABLATION_3 = replace(ABLATION_2, noise=(0.3, 0.1))
ABLATION_4 = replace(ABLATION_3, penalty="r1")
ABLATION_5 = replace(ABLATION_4, momentum=0.0)
ABLATION_6 = replace(ABLATION_5, batch_deviation=True)
ABLATION_7 = replace(ABLATION_6, ema_decay=0.998)
ABLATION_8 = replace(ABLATION_7, hidden=(512, 512, 512))  # wide enough for the many ways of writing a digit
# Averaged weights damp the oscillation: a smaller penalty, less noise and higher, falling rates pay.
ABLATION_9 = replace(
    ABLATION_8,
    noise=(0.3, 0.05),
    penalty_weight=2.0,
    steps=16_000,
    cosine_schedule=True,
    learning_rate=4e-4,
    encoder_learning_rate=8e-4,
    discriminator_learning_rate=4e-4,
)
ABLATION_10 = replace(ABLATION_9, n_lines=7)  # a line more than chapter 3, which has one more than chapter 2
GAN = replace(ABLATION_10, steps=20_000)
JOINT = replace(GAN, ratio="joint_drawing", steps=12_000, learning_rate=3e-4, n_augmentations=9)
# On 36 numbers instead of 784 pixels both networks can be large and steps are cheap; and slopes are steep:
# with the penalty of the joint r is blind.
SPLIT = replace(
    GAN,
    ratio="prior",
    noise=(0.0, 0.0),
    likelihood_std=0.5,
    batch_deviation=False,
    penalty_weight=0.0003,
    penalty_every=4,
    learning_rate=1e-3,
    encoder_learning_rate=1e-3,
    discriminator_learning_rate=1e-3,
    batch_size=128,
    encoder_steps=11_000,
    steps=8000,
    reencoding_steps=4000,
    n_augmentations=9,
)
RUNS = {
    "lfvi/thesis": THESIS,
    "lfvi/thesis_gan": THESIS_GAN,
    "lfvi/ablation_1_exact_renderer": ABLATION_1,
    "lfvi/ablation_2_non_saturating": ABLATION_2,
    "lfvi/ablation_3_noise": ABLATION_3,
    "lfvi/ablation_4_r1": ABLATION_4,
    "lfvi/ablation_5_no_momentum": ABLATION_5,
    "lfvi/ablation_6_batch_deviation": ABLATION_6,
    "lfvi/ablation_7_weight_averaging": ABLATION_7,
    "lfvi/ablation_8_hidden_width": ABLATION_8,
    "lfvi/ablation_9_schedule": ABLATION_9,
    "lfvi/ablation_10_seven_lines": ABLATION_10,
    "lfvi/gan": GAN,
    "lfvi/gan_no_noise": replace(ABLATION_10, noise=(0.0, 0.0)),  # what a long run owes to the noise
    "lfvi/gan_pixels": replace(ABLATION_9, renderer="pixels"),
    "lfvi/joint_six_lines": replace(JOINT, n_lines=6),
    "lfvi/joint": JOINT,
    "lfvi/joint_parameters": replace(JOINT, ratio="joint_parameters"),  # r sees z, not its drawing
    "lfvi/split_no_reencoding": replace(SPLIT, n_lines=6, reencoding_steps=0),
    "lfvi/split_six_lines": replace(SPLIT, n_lines=6),
    "lfvi/split": SPLIT,
    # Each change alone, on top of the second step.
    "lfvi/ablation_r1": replace(ABLATION_2, penalty="r1"),
    "lfvi/ablation_no_momentum": replace(ABLATION_2, momentum=0.0),
    "lfvi/ablation_batch_deviation": replace(ABLATION_2, batch_deviation=True),
    "lfvi/ablation_weight_averaging": replace(ABLATION_2, ema_decay=0.998),
    "lfvi/ablation_spectral_norm": replace(ABLATION_2, spectral_norm=True),
    "lfvi/ablation_hidden_width": replace(ABLATION_2, hidden=(512, 512, 512)),
    "lfvi/ablation_wgan_gp": replace(
        ABLATION_2,
        loss="wasserstein",
        penalty="wgan_gp",
        penalty_weight=10.0,
        penalty_every=1,
    ),
}
