"""Chapter 4's problem in the plane: data on a circle, a model that can only draw a polygon, an estimator r.

The two curves meet in a few points at most, as digits and line drawings do. Everything runs in seconds on one
thread and needs no data. Convention: points are [B, 2]; r is large where the model is likely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vecnb.choices import check_choices
from vecnb.losses import GeneratorLoss, generator_loss, input_slopes, ratio_loss

RADIUS = 1.0  # of the circle that the data lie on, around (0, 0)


@dataclass(frozen=True, kw_only=True)
class ToyConfig:
    """One training of the toy. All values are ours, chosen so that it takes seconds, seed 0.

    Raises:
        ValueError: the loss is none of its choices.
    """

    seed: int = 0
    corners: int = 6
    loss: GeneratorLoss = "minimax"
    noise: float = 0.0  # standard deviation of the noise on both sides
    r1: float = 0.0  # γ, weight of the squared slope of r
    discriminator_steps: int = 10  # of r for one of the corners: how strong r is
    steps: int = 300
    batch_size: int = 128
    # Of the corners: plain gradient descent, so that a short gradient is a short step.
    learning_rate: float = 1.0
    discriminator_learning_rate: float = 5e-3  # of r: Adam

    def __post_init__(self) -> None:
        check_choices(self)


class Polygon(nn.Module):
    """The model: N corners, joined in their order and back to the first; 2N parameters.

    It starts as a small one, well outside the circle, so that it has a way to go.
    """

    def __init__(self, corners: int):
        super().__init__()
        angle = torch.arange(corners) * (2 * math.pi / corners)
        self.corners = nn.Parameter(torch.stack([1.5 + 0.3 * angle.cos(), 1.0 + 0.3 * angle.sin()], 1))

    def forward(self, u: Tensor) -> Tensor:
        """Points [B, 2] of the outline, from positions u [B] in [0, 1); each side has an equal share."""
        place = u * len(self.corners)
        side = place.long().clamp_max(len(self.corners) - 1)
        start, end = self.corners[side], self.corners.roll(-1, 0)[side]
        return start + (place - side)[:, None] * (end - start)


def circle(u: Tensor) -> Tensor:
    """The data: points [B, 2] of the circle, from positions u [B] in [0, 1)."""
    angle = 2 * math.pi * u
    return RADIUS * torch.stack([angle.cos(), angle.sin()], 1)


def ratio_network() -> nn.Sequential:
    """r: the plane to one number, two hidden layers of 64."""
    return nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
    )


def curve_distance(polygon: Polygon, points: int = 400) -> float:
    """How far the two curves are apart: the mean distance to the nearest point of the other, both ways.

    0 when they cover each other; a polygon that has shrunk to one point of the circle is far from 0.
    """
    u = (torch.arange(points) + 0.5) / points
    with torch.no_grad():
        distances = torch.cdist(polygon(u), circle(u))
    return float((distances.amin(0).mean() + distances.amin(1).mean()) / 2)


@dataclass(frozen=True)
class ToyRun:
    """What a training of the toy leaves behind: the networks, and one entry of each list per step logged."""

    polygon: Polygon
    discriminator: nn.Sequential
    steps: list[int]
    accuracy: list[float]  # of r as a classifier, 0.5 to 1
    gradient: list[float]  # length of the gradient of the model's loss in the corners
    distance: list[float]  # `curve_distance`
    corners: list[Tensor]  # [N, 2] each


def train(config: ToyConfig, every: int = 25) -> ToyRun:
    """A few steps of r, {eq}`eq-ratio-loss`, then one of the corners, {eq}`eq-generator-losses`, in turn.

    Args:
        every: steps between two entries of the log.
    """
    torch.manual_seed(config.seed)
    polygon, discriminator = Polygon(config.corners), ratio_network()
    run = ToyRun(polygon, discriminator, [], [], [], [], [])
    optimizer = torch.optim.Adam(
        discriminator.parameters(), config.discriminator_learning_rate, betas=(0.0, 0.99), fused=True
    )
    for step in range(config.steps + 1):
        for _ in range(config.discriminator_steps):
            x_p, x_q = sample_both(config, polygon)
            x = torch.cat([x_p, x_q]).detach().requires_grad_(config.r1 > 0)
            r = discriminator(x)[:, 0]
            loss = ratio_loss(*r.chunk(2))
            if config.r1:
                loss = loss + config.r1 * input_slopes(r, x).mean()  # γ/2 on each of the two sides
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        x_p, x_q = sample_both(config, polygon)
        r_p, r_q = discriminator(x_p)[:, 0], discriminator(x_q)[:, 0]
        (gradient,) = torch.autograd.grad(generator_loss(r_p, config.loss), polygon.corners)
        if step % every == 0:
            correct = ((r_p > 0).float().mean() + (r_q < 0).float().mean()) / 2
            run.steps.append(step)
            run.accuracy.append(correct.item())
            run.gradient.append(gradient.norm().item())
            run.distance.append(curve_distance(polygon))
            run.corners.append(polygon.corners.detach().clone())
        with torch.no_grad():
            polygon.corners.sub_(config.learning_rate * gradient)
    return run


def sample_both(config: ToyConfig, polygon: Polygon) -> tuple[Tensor, Tensor]:
    """Points [B, 2] of the polygon and of the circle, with the same noise on both."""
    u_p, u_q = torch.rand(2, config.batch_size)
    noise_p, noise_q = config.noise * torch.randn(2, config.batch_size, 2)
    return polygon(u_p) + noise_p, circle(u_q) + noise_q


def true_log_ratio(x: Tensor, polygon: Polygon, noise: float, points: int = 2000) -> Tensor:
    """log p/q at points x of the plane, when both curves carry Gaussian noise; by summing over the curves.

    Args:
        x: [M, 2].
        noise: standard deviation > 0.
    Returns:
        [M] nats: finite everywhere, and growing without bound as the noise goes to 0.
    """
    u = (torch.arange(points, dtype=torch.float64) + 0.5) / points
    sides = []
    with torch.no_grad():
        for curve in (polygon(u.float()).double(), circle(u)):
            squared = torch.cdist(x.double(), curve).square()
            sides.append(torch.logsumexp(-squared / (2 * noise**2), 1))
    return sides[0] - sides[1]
