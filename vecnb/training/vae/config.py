"""What chapter 3 trains: the config of one run, and every run by its name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from vecnb.choices import check_choices

Networks = Literal["mlp", "conv", "pixels"]
Gradient = Literal["path", "straight_through", "score_function"]


@dataclass(frozen=True, kw_only=True)
class VAEConfig:
    """One training of chapter 3; the defaults are thesis 3.4, to the letter where it is explicit.

    Raises:
        ValueError: an option is none of its choices, or a gradient does not fit its renderer.
    """

    seed: int = 0
    n_lines: int = 6  # thesis 3.4
    latent_size: int = 20  # ours, as is usual for MNIST: the thesis is silent
    networks: Networks = "mlp"  # thesis 3.4; ours: "conv"; "pixels": no lines at all
    # Thesis 3.4; ours: "per_line_approximator"; "none" is for pixels.
    renderer: Literal["joint_approximator", "per_line_approximator", "exact", "smoothed", "none"] = (
        "joint_approximator"
    )
    gradient: Gradient = "path"  # through the renderer; the other two are for renderer "smoothed"
    steps: int = 20_000  # of Algorithm 2; ours: 21 epochs
    batch_size: int = 64  # ours: half the usual, and half the cost of a step
    # Of Algorithm 2; ours: slower than the approximation, which must keep up. Chosen on validation digits,
    # together with the four steps of Algorithm 1 for each: book/results/vae_selection.csv.
    learning_rate: float = 1e-4
    # Ours: the norm to which the gradient in φ is clipped, in nats per unit of its weights; the thesis: none.
    max_gradient: float | None = None
    renderer_pretrain_steps: int = 1_000  # steps of Algorithm 1 before the first of Algorithm 2; ours
    block_steps: int = 1  # steps of one algorithm before the other's turn; an epoch is 937
    renderer_steps_per_step: int = (
        4  # steps of Algorithm 1 for each of Algorithm 2; ours: chosen with the rate
    )
    renderer_learning_rate: float = 1e-3  # of Algorithm 1; ours: Adam's own default
    renderer_batch_size: int = 64  # ours: images that one step of Algorithm 1 asks of the rasteriser
    off_policy: bool = False  # ours: half of them away from the codes in use
    smoothed: bool = False  # ours: imitate the smoothed rasteriser, whose edges are soft
    kl_weight: float = 1.0  # thesis (6), and 0 in its ablation
    kl_warmup: float = 0.0  # share of the steps over which that weight rises from 0
    n_scales: int = 1  # ours: 3; during the warm-up images are also compared halved once and twice
    n_augmentations: int = 1  # ours: 9, as in chapter 2
    cosine_schedule: bool = False  # ours: warm up to twice the rates, then let them fall as a cosine
    prior_steps: int = 0  # ours: at the end, learn the prior that the codes ask for

    def __post_init__(self) -> None:
        check_choices(self)
        learnt = self.renderer in ("joint_approximator", "per_line_approximator")
        if not learnt and (self.renderer_pretrain_steps or self.renderer_steps_per_step):
            raise ValueError(
                f"renderer {self.renderer!r} learns nothing: renderer_pretrain_steps and "
                "renderer_steps_per_step must be 0"
            )
        if (self.networks == "pixels") != (self.renderer == "none"):
            raise ValueError(
                f"networks {self.networks!r} with renderer {self.renderer!r}: pixels need renderer 'none', "
                "lines another"
            )
        if (self.gradient == "path") == (self.renderer == "smoothed"):
            raise ValueError(
                f"gradient {self.gradient!r} with renderer {self.renderer!r}: a smoothed raster has no "
                "gradient 'path', and the others are for it alone"
            )


# No field says, and nor does the thesis: Adam has β = (.9, .999) in both algorithms; weights begin as torch
# draws them; log-variances end at MAX_LOGVAR = 20, the logits of an approximation at ±12
# (models/approximators.py); both algorithms draw minibatches of their own, each epoch without what is left
# after whole batches.
THESIS = VAEConfig()
PROPOSED = VAEConfig(
    batch_size=128,
    latent_size=32,
    networks="conv",
    renderer="per_line_approximator",
    steps=10_000,
    learning_rate=1e-3,
    max_gradient=50.0,
    renderer_pretrain_steps=600,
    renderer_steps_per_step=1,
    renderer_learning_rate=4e-3,
    renderer_batch_size=256,
    off_policy=True,
    smoothed=True,
    n_augmentations=9,
    kl_warmup=0.4,
    n_scales=3,
    cosine_schedule=True,
    prior_steps=4_000,
)
EXACT = replace(
    PROPOSED, renderer="exact", smoothed=False, renderer_steps_per_step=0, renderer_pretrain_steps=0
)
# As many steps as the proposed model. Measured side by side, one by the score function takes as long as one
# of Algorithms 1 and 2 together, one straight-through half of it, as with the exact renderer.
SCORE_FUNCTION = replace(EXACT, renderer="smoothed", gradient="score_function", prior_steps=0)
PIXELS = replace(EXACT, networks="pixels", renderer="none", latent_size=20, n_augmentations=1, n_scales=1)
RUNS = {
    "vae/thesis": THESIS,
    "vae/thesis_no_kl": replace(THESIS, kl_weight=0.0),  # thesis 3.5 (iii)
    # Whole epochs in turn, as the algorithms are written.
    "vae/thesis_epochs": replace(THESIS, block_steps=937, renderer_steps_per_step=1, steps=9_370),
    "vae/proposed": PROPOSED,
    "vae/no_kl": replace(PROPOSED, kl_weight=0.0, prior_steps=0),  # thesis 3.5 (iii)
    "vae/kl_weight_03": replace(PROPOSED, kl_weight=0.3, prior_steps=0),
    "vae/unsmoothed": replace(PROPOSED, smoothed=False, prior_steps=0),
    "vae/single_scale": replace(PROPOSED, n_scales=1, prior_steps=0),
    "vae/exact_renderer": EXACT,
    "vae/score_function": SCORE_FUNCTION,
    "vae/straight_through": replace(SCORE_FUNCTION, gradient="straight_through"),
    "vae/pixels": PIXELS,
    "vae/pixels_long": replace(PIXELS, steps=65_000),  # as many minutes as chapter 4's models of lines
}
