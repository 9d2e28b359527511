"""A learnt prior: a standard normal whose samples are weighed by an estimated ratio, and resampled."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from vecnb.choices import check_count
from vecnb.densities import to_double
from vecnb.models.codec import seeded_generator

N_PROPOSALS = 64  # of a standard normal, for each sample of the learnt prior


class ResampledPrior(nn.Module):
    """p*(z) = N(z; 0, 1) e^{−ρ(z)} / M, where ρ estimates the log-ratio of N(0, 1) to the codes in use.

    Implements {eq}`eq-learnt-prior` in book/03_variational_autoencoder.md. Were ρ exact, p* would be the
    distribution of the codes of all images together, q(z).

    Args:
        latent: K, the length of z.
    Raises:
        ValueError: latent is below 1.
    """

    def __init__(self, latent: int):
        super().__init__()
        self.latent = check_count("latent", latent)
        self.layers = nn.Sequential(
            nn.Linear(latent, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 1)
        )

    def forward(self, z: Tensor) -> Tensor:
        """ρ [B], log N(z; 0, 1) − log q(z) as estimated, in nats, of codes [B, K]."""
        return self.layers(z)[:, 0]

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Tensor:
        """Codes of p*: of N_PROPOSALS normal ones each, one chosen with probability ∝ e^{−ρ}.

        Args:
            n: how many, >= 0.
            seed: 0 to 2⁶⁴ − 1; the same gives the same codes.
        Returns:
            [n, K].
        Raises:
            TypeError, ValueError: n or seed is not an integer, or out of range.
        """
        check_count("n", n, 0)
        generator, parameter = seeded_generator(seed), next(self.parameters())
        codes = torch.zeros(n, self.latent).to(parameter)
        for part in codes.split(1000) if n else ():
            z = torch.randn(len(part), N_PROPOSALS, self.latent, generator=generator).to(parameter)
            weights = torch.softmax(-self(z.flatten(0, 1)).view(len(part), N_PROPOSALS), 1)
            chosen = torch.multinomial(weights.cpu(), 1, generator=generator).to(z.device)
            part[:] = z[torch.arange(len(part), device=z.device), chosen[:, 0]]
        return codes

    @torch.no_grad()
    def log_normaliser(self, n: int = 200_000, seed: int = 0) -> float:
        """log M, in nats, from n normal codes."""
        z = torch.randn(n, self.latent, generator=seeded_generator(seed)).to(next(self.parameters()))
        log_ratio = torch.cat([self(part) for part in z.split(10_000)])
        return float(torch.logsumexp(-to_double(log_ratio), 0)) - math.log(n)
