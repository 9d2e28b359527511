"""What chapter 4 trains: the config of one run, and every run of the page by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, kw_only=True)
class LfviConfig:
    """One likelihood-free training. The defaults are thesis 4.3, and where it is silent, ours."""

    seed: int = 0
    n_lines: int = 6  # thesis 1.3, as in its chapter 3; of its chapter 4 it does not say
    # What r sees. "lines": x and the numbers of z (thesis 4.3); "image": x alone (thesis 4.4, the reduction
    # to a generative adversarial network); "joint": x and the drawing of z; "split": z alone, while the
    # likelihood of x is written down.
    ratio: str = "lines"
    # p(x|z). "approximate": the network of chapter 3's faithful model, frozen (thesis 4.3); "exact":
    # render_soft, with learnt widths; "pixels": no lines at all.
    renderer: str = "approximate"
    hidden: tuple[int, ...] = (128, 256)  # ours: the layers between noise and code
    loss: str = "minimax"  # thesis (10), (16); "non_saturating" or "wasserstein": see `generator_loss`
    # Standard deviation of the Gaussian noise on what r compares, x or for "split" z, at the first and the
    # last step; the same on both sides.
    noise: tuple[float, float] = (0.0, 0.0)
    # On the slope of r: "r1" pulls it to 0 at samples of both sides, "wgan_gp" to 1 between them.
    penalty: str = "none"
    penalty_weight: float = 5.0  # ours: γ of R1; Gulrajani et al. (2017) take 10 for theirs
    penalty_every: int = 8  # ours: R1 may be lazy if it weighs so much more
    deviation: bool = False  # r also sees how much its batch varies
    spectral: bool = False  # r's layers are divided by their largest singular value
    average: float = 0.0  # decay of the averaged weights that are kept; 0 keeps the last
    # "split": of a pixel; the squared error of an image weighs 1 / (2 · 1²) = ½, in ours 1 / (2 · .5²) = 2.
    likelihood_std: float = 1.0
    views: int = 1  # ours: 9, the image and its copies moved by a pixel; the best of their drawings is kept
    # "split": steps in which q(z|x) learns alone, from the likelihood, before it rests and the game begins.
    inference_steps: int = 0
    # "split": the last steps of the game, in which what the generator gives is drawn, and inferred again.
    second_look_steps: int = 0
    steps: int = 2500  # ours: of every rung; a collapse shows long before
    batch: int = 64
    rate: float = 2e-4  # ours, of the generator
    inference_rate: float = 2e-4
    critic_rate: float = 2e-4
    momentum: float = 0.9  # ours: Adam's own default, as in the faithful models of chapters 2 and 3
    critic_steps: int = 1  # steps of r for one of the players
    anneal: bool = False  # ours: all rates fall as a cosine


FAITHFUL = LfviConfig()
FAITHFUL_GAN = replace(FAITHFUL, ratio="image")
# The ladder of the reduction, one change a rung.
GAN_1 = replace(FAITHFUL_GAN, renderer="exact")
GAN_2 = replace(GAN_1, loss="non_saturating")
GAN_3 = replace(GAN_2, noise=(0.3, 0.1))
GAN_4 = replace(GAN_3, penalty="r1")
GAN_5 = replace(GAN_4, momentum=0.0)
GAN_6 = replace(GAN_5, deviation=True)
GAN_7 = replace(GAN_6, average=0.998)
GAN_8 = replace(GAN_7, hidden=(512, 512, 512))  # room for all the ways of writing a digit
# Once the averaged weights keep the circles small, less penalty, less noise and higher rates that fall pay.
GAN_9 = replace(
    GAN_8,
    noise=(0.3, 0.05),
    penalty_weight=2.0,
    steps=16_000,
    anneal=True,
    rate=4e-4,
    inference_rate=8e-4,
    critic_rate=4e-4,
)
GAN_10 = replace(GAN_9, n_lines=7)  # a line more than chapter 3, which has one more than chapter 2
GAN = replace(GAN_10, steps=20_000)
JOINT = replace(GAN, ratio="joint", steps=12_000, rate=3e-4, views=9)
# On 36 numbers instead of 784 pixels both players can be large and steps are cheap; and slopes are steep:
# with the penalty of the joint r is blind.
SPLIT = replace(
    GAN,
    ratio="split",
    noise=(0.0, 0.0),
    likelihood_std=0.5,
    deviation=False,
    penalty_weight=0.0003,
    penalty_every=4,
    rate=1e-3,
    inference_rate=1e-3,
    critic_rate=1e-3,
    batch=128,
    inference_steps=11_000,
    steps=8000,
    second_look_steps=4000,
    views=9,
)
RUNS = {
    "lfvi_faithful": FAITHFUL,
    "gan_faithful": FAITHFUL_GAN,
    "gan_1_exact": GAN_1,
    "gan_2_non_saturating": GAN_2,
    "gan_3_noise": GAN_3,
    "gan_4_r1": GAN_4,
    "gan_5_no_momentum": GAN_5,
    "gan_6_deviation": GAN_6,
    "gan_7_average": GAN_7,
    "gan_8_room": GAN_8,
    "gan_9_time": GAN_9,
    "gan_10_seventh_line": GAN_10,
    "gan": GAN,
    "gan_no_noise": replace(GAN_10, noise=(0.0, 0.0)),  # what a long run owes to this rung
    "gan_pixels": replace(GAN_9, renderer="pixels"),
    "joint_six_lines": replace(JOINT, n_lines=6),
    "joint": JOINT,
    "joint_numbers": replace(JOINT, ratio="lines"),  # r sees the numbers of z, not its drawing
    "split_first_look": replace(SPLIT, n_lines=6, second_look_steps=0),
    "split_six_lines": replace(SPLIT, n_lines=6),
    "split": SPLIT,
    # Which cure suffices alone: each the second rung and one thing more.
    "only_r1": replace(GAN_2, penalty="r1"),
    "only_no_momentum": replace(GAN_2, momentum=0.0),
    "only_deviation": replace(GAN_2, deviation=True),
    "only_average": replace(GAN_2, average=0.998),
    "only_spectral": replace(GAN_2, spectral=True),
    "only_room": replace(GAN_2, hidden=(512, 512, 512)),
    "only_wgan_gp": replace(
        GAN_2,
        loss="wasserstein",
        penalty="wgan_gp",
        penalty_weight=10.0,
        penalty_every=1,
    ),
}
