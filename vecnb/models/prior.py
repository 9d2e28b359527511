"""Chapter 3's learnt prior: a standard normal whose samples are weighed by an estimated ratio."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

N_PROPOSALS = 64  # of a standard normal, for each sample of the learnt prior


class ResampledPrior(nn.Module):
    """p*(z) = N(z; 0, 1) e^{−ρ(z)} / M, where ρ estimates the log-ratio of N(0, 1) to the codes in use.

    Implements {eq}`eq-learnt-prior` in book/03_variational_autoencoder.md. Were ρ exact, p* would be the
    distribution of the codes of all images together, q(z).

    Args:
        latent: K, the length of z.
    """

    def __init__(self, latent: int):
        super().__init__()
        self.latent = latent
        self.layers = nn.Sequential(
            nn.Linear(latent, 256), nn.GELU(), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 1)
        )

    def forward(self, z: Tensor) -> Tensor:
        """ρ [B], log N(z; 0, 1) − log q(z) as estimated, in nats, of codes [B, K]."""
        return self.layers(z)[:, 0]

    @torch.no_grad()
    def sample(self, n: int, seed: int) -> Tensor:
        """n codes [n, K]: of N_PROPOSALS normal ones each, one chosen with probability ∝ e^{−ρ}.

        Args:
            seed: the same gives the same codes.
        """
        random = torch.Generator().manual_seed(seed)
        device = next(self.parameters()).device
        chosen = [self._choose(len(part), random, device) for part in torch.empty(n).split(1000)]
        return torch.cat(chosen)

    def _choose(self, n: int, random: torch.Generator, device: torch.device) -> Tensor:
        z = torch.randn(n * N_PROPOSALS, self.latent, generator=random).to(device)
        if n == 0:
            return z
        weights = torch.softmax(-self(z).view(n, N_PROPOSALS), 1)
        place = torch.multinomial(weights.cpu(), 1, generator=random).to(device)
        return z.view(n, N_PROPOSALS, -1)[torch.arange(n, device=device), place[:, 0]]

    @torch.no_grad()
    def log_normaliser(self, n: int = 200_000, seed: int = 0) -> float:
        """log M, in nats, from n normal codes."""
        random = torch.Generator().manual_seed(seed)
        z = torch.randn(n, self.latent, generator=random).to(next(self.parameters()).device)
        log_ratio = torch.cat([self(part) for part in z.split(10_000)])
        return float(torch.logsumexp(-log_ratio.double(), 0)) - math.log(n)
