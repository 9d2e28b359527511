"""The vectors of tests/js/toy.test.js: what torch and `vecnb.training.toy` compute."""

import pytest
import torch
from torch import Tensor, nn

from vecnb.losses import generator_loss, input_slopes, ratio_loss
from vecnb.training import toy
from vecnb.training.toy import Polygon, ToyConfig, circle, curve_distance


def sines(count: int) -> Tensor:
    return torch.arange(1, count + 1).sin()


def network(hidden: int, scale: float) -> nn.Sequential:
    """r with `hidden` units a layer, its weights scale · sin(k + 1) in torch's order."""
    net = nn.Sequential(
        nn.Linear(2, hidden),
        nn.LeakyReLU(0.2),
        nn.Linear(hidden, hidden),
        nn.LeakyReLU(0.2),
        nn.Linear(hidden, 1),
    )
    count = sum(p.numel() for p in net.parameters())
    nn.utils.vector_to_parameters(scale * sines(count), net.parameters())
    return net


def polygon_of(corners: Tensor) -> Polygon:
    polygon = Polygon(len(corners))
    polygon.corners.data.copy_(corners)
    return polygon


def digest(gradient: Tensor) -> list[float]:
    """A short gradient as it is, a long one as two sums to which every entry contributes."""
    if len(gradient) < 200:
        return gradient.tolist()
    return [float(gradient @ sines(len(gradient))), float(gradient.square().sum())]


def discriminator_loss(net: nn.Module, points: Tensor, r1: float) -> Tensor:
    """The loss of r, as in `vecnb.training.toy.train`."""
    x = points.detach().requires_grad_()
    r = net(x)[:, 0]
    return ratio_loss(*r.chunk(2)) + r1 * input_slopes(r, x).mean()


def network_vector(hidden: int, scale: float, batch: int, seed: int) -> dict:
    torch.manual_seed(seed)
    net, polygon = network(hidden, scale), polygon_of(torch.randn(6, 2))
    u_p, u_q = torch.rand(2, batch)
    noise = 0.2 * torch.randn(2 * batch, 2)
    points = torch.cat([polygon(u_p), circle(u_q)]) + noise
    r_p, r_q = net(points)[:, 0].chunk(2)
    discriminator, model = [], []
    for r1 in (0.0, 0.5):
        loss = discriminator_loss(net, points, r1)
        gradient = torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(net.parameters()))])
        discriminator.append({"r1": r1, "loss": loss.item(), "gradient": digest(gradient)})
    accuracy = float(((r_p > 0).double().mean() + (r_q < 0).double().mean()) / 2)
    for kind in ("minimax", "non_saturating"):
        loss = generator_loss(r_p, kind)
        (gradient,) = torch.autograd.grad(loss, polygon.corners, retain_graph=True)
        entry = {"kind": kind, "loss": loss.item(), "gradient": gradient.flatten().tolist()}
        model.append(entry | {"accuracy": accuracy})
    return {
        "hidden": hidden,
        "scale": scale,
        "corners": polygon.corners.flatten().tolist(),
        "u": u_p.tolist(),
        "points": points.flatten().tolist(),
        "r": torch.cat([r_p, r_q]).tolist(),
        "discriminator": discriminator,
        "model": model,
    }


def adam_vector(one: dict) -> dict:
    """The weights of a network after three steps of Adam on one batch."""
    net = network(one["hidden"], one["scale"])
    points = torch.tensor(one["points"]).reshape(-1, 2)
    adam = torch.optim.Adam(net.parameters(), 5e-3, betas=(0.0, 0.99))
    for _ in range(3):
        adam.zero_grad()
        discriminator_loss(net, points, 0.5).backward()
        adam.step()
    weights = nn.utils.parameters_to_vector(net.parameters()).tolist()
    return {"r1": 0.5, "learning_rate": 5e-3, "weights": weights}


def polygon_vector(corners: Tensor) -> dict:
    polygon, u = polygon_of(corners), torch.tensor([0.0, 0.1, 0.5, 0.7, 0.999])
    distance = curve_distance(polygon)
    vector = {"corners": polygon.corners.flatten().tolist(), "u": u.tolist()}
    return vector | {"points": polygon(u).flatten().tolist(), "distance": distance}


class Mulberry32:
    """The generator as its author, Tommy Ettinger, gives it in C, and what random.js makes of it."""

    def __init__(self, seed: int):
        self.state = seed

    def number(self) -> float:
        self.state = z = (self.state + 0x6D2B79F5) & 0xFFFFFFFF
        z = (z ^ z >> 15) * (z | 1) & 0xFFFFFFFF
        z ^= z + (z ^ z >> 7) * (z | 61) & 0xFFFFFFFF
        return ((z ^ z >> 14) & 0xFFFFFFFF) / 2**32

    def rand(self, *shape: int) -> Tensor:
        return torch.tensor([self.number() for _ in range(torch.Size(shape).numel())]).reshape(shape)

    def randn(self, *shape: int) -> Tensor:
        u, v = self.rand(torch.Size(shape).numel(), 2).T
        return (torch.sqrt(-2 * torch.log(1 - u)) * torch.cos(2 * torch.pi * v)).reshape(shape)


def training_vector(monkeypatch: pytest.MonkeyPatch, steps: int, seed: int, **settings) -> dict:
    """The first steps of `train` with the page's random numbers; settings as the page names them."""
    names = {"r1": "r1", "noise": "noise", "loss": "loss", "batchSize": "batch_size"}
    names |= {"discriminatorSteps": "discriminator_steps"}
    config = ToyConfig(steps=steps, seed=seed, **{names[name]: value for name, value in settings.items()})
    random, net = Mulberry32(seed), toy.ratio_network()
    for layer in (net[0], net[2], net[4]):
        for values in (layer.weight, layer.bias):
            values.data.copy_((2 * random.rand(*values.shape) - 1) / layer.in_features**0.5)
    monkeypatch.setattr(toy, "ratio_network", lambda: net)
    monkeypatch.setattr(torch, "rand", random.rand)
    # The page draws normal numbers only where there is noise.
    monkeypatch.setattr(torch, "randn", random.randn if config.noise else lambda *shape: torch.zeros(shape))
    toy.sample_both(config, Polygon(config.corners))  # the page's first batch, before any step
    run = toy.train(config, every=1)
    monkeypatch.undo()
    return {
        "settings": settings,
        "seed": seed,
        "corners": [corners.flatten().tolist() for corners in run.corners],
        "accuracy": run.accuracy,
        "gradient_norm": run.gradient,
    }


def vectors() -> dict:
    """In float64, so that six digits are certain."""
    torch.set_default_dtype(torch.float64)
    try:
        with pytest.MonkeyPatch.context() as monkeypatch:
            return _vectors(monkeypatch)
    finally:
        torch.set_default_dtype(torch.float32)


def _vectors(monkeypatch: pytest.MonkeyPatch) -> dict:
    networks = [network_vector(8, 0.6, 8, 0), network_vector(64, 0.25, 32, 1)]
    torch.manual_seed(0)
    polygons = [Polygon(6).corners.detach(), 1.1 * circle(torch.arange(5) / 5), torch.randn(3, 2)]
    small = {"batchSize": 16, "discriminatorSteps": 5}
    trainings = [
        training_vector(monkeypatch, 8, 0, **small),
        training_vector(monkeypatch, 8, 1, noise=0.3, loss="non_saturating", **small),
        training_vector(monkeypatch, 8, 2, r1=0.5, **small),
    ]
    return {
        "networks": networks,
        "adam": adam_vector(networks[0]),
        "polygons": [polygon_vector(corners) for corners in polygons],
        "trainings": trainings,
        "mulberry32": Mulberry32(0).rand(3).tolist(),
    }
