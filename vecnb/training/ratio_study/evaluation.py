"""How near the estimated log-ratio is to the analytic one."""

from __future__ import annotations

import torch
from torch import Tensor

from vecnb.densities import smoothed_log_density
from vecnb.training.ratio_study.model import RatioStudy


@torch.no_grad()
def truth_and_estimate(
    study: RatioStudy, images: Tensor, seed: int, n: int = 250
) -> dict[str, tuple[Tensor, Tensor]]:
    """The true log-ratio and its estimate, [n] each, at samples of "p" and at samples of "q".

    Implements {eq}`eq-known-ratio` in book/04_likelihood_free.md; log q(x) is the exact mixture.
    The generator of random numbers is left as it was.
    """
    device = next(study.parameters()).device
    places = [] if device.type == "cpu" else [device]
    with torch.random.fork_rng(places, device_type=device.type if places else "cuda"):
        torch.manual_seed(seed)
        chosen = torch.randint(len(images), (n,))
        pairs = dict(zip("pq", study.sample(images[chosen].to(device)), strict=True))
    results = {}
    for side, (x, z) in pairs.items():
        log_ratio, estimate = study.model.log_ratio(x, z).cpu(), study.estimator(x, z).cpu()
        truth = log_ratio.double() - smoothed_log_density(x.cpu(), images, study.model.std)
        results[side] = (truth, estimate.double())
    return results


def agreement(study: RatioStudy, images: Tensor, seed: int) -> dict[str, Tensor]:
    """How near the estimate is to the truth: on each side the two means and their correlation."""
    terms: dict[str, Tensor] = {}
    for side, (truth, estimate) in truth_and_estimate(study, images, seed).items():
        terms |= {
            f"truth_{side}": truth.mean(),
            f"estimate_{side}": estimate.mean(),
            f"correlation_{side}": torch.corrcoef(torch.stack([truth, estimate]))[0, 1],
        }
    return terms
