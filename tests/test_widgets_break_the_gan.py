"""Break the GAN: its twin is torch's toy, its traits are checked, and it is played in a browser."""

import json

import torch
from cases import close_to
from conftest import ROOT
from torch import Tensor, nn

from vecnb.losses import generator_loss, input_slopes, ratio_loss
from vecnb.toy import Polygon, circle, curve_distance

CASES = ROOT / "tests" / "js" / "toy.cases.json"


# What the JavaScript is held to


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


def kept(gradient: Tensor) -> list[float]:
    """All of a gradient when it is short, else two sums that no entry escapes."""
    if len(gradient) < 200:
        return gradient.tolist()
    return [float(gradient @ sines(len(gradient))), float(gradient.square().sum())]


def estimator_loss(net: nn.Module, points: Tensor, r1: float) -> Tensor:
    """The loss of r, as in `vecnb.toy.train`."""
    x = points.detach().requires_grad_()
    r = net(x)[:, 0]
    return ratio_loss(*r.chunk(2)) + r1 * input_slopes(r, x).mean()


def network_case(hidden: int, scale: float, batch: int, seed: int) -> dict:
    torch.manual_seed(seed)
    net, polygon = network(hidden, scale), polygon_of(torch.randn(6, 2))
    u_p, u_q = torch.rand(2, batch)
    noise = 0.2 * torch.randn(2 * batch, 2)
    points = torch.cat([polygon(u_p), circle(u_q)]) + noise
    r_p, r_q = net(points)[:, 0].chunk(2)
    case = {
        "hidden": hidden,
        "scale": scale,
        "corners": polygon.corners.flatten().tolist(),
        "u": u_p.tolist(),
    }
    case |= {
        "points": points.flatten().tolist(),
        "r": torch.cat([r_p, r_q]).tolist(),
        "estimator": [],
        "model": [],
    }
    for r1 in (0.0, 0.5):
        loss = estimator_loss(net, points, r1)
        gradient = torch.cat([part.flatten() for part in torch.autograd.grad(loss, list(net.parameters()))])
        case["estimator"].append({"r1": r1, "loss": loss.item(), "gradient": kept(gradient)})
    for kind in ("minimax", "non_saturating"):
        loss = generator_loss(r_p, kind)
        (gradient,) = torch.autograd.grad(loss, polygon.corners, retain_graph=True)
        accuracy = float(((r_p > 0).double().mean() + (r_q < 0).double().mean()) / 2)
        entry = {"kind": kind, "loss": loss.item(), "gradient": gradient.flatten().tolist()}
        case["model"].append(entry | {"accuracy": accuracy})
    return case


def adam_case(case: dict) -> dict:
    """The weights of a network after three steps of Adam on one batch."""
    net = network(case["hidden"], case["scale"])
    points = torch.tensor(case["points"]).reshape(-1, 2)
    adam = torch.optim.Adam(net.parameters(), 5e-3, betas=(0.0, 0.99))
    for _ in range(3):
        adam.zero_grad()
        estimator_loss(net, points, 0.5).backward()
        adam.step()
    return {"r1": 0.5, "rate": 5e-3, "weights": nn.utils.parameters_to_vector(net.parameters()).tolist()}


def polygon_case(corners: Tensor) -> dict:
    polygon, u = polygon_of(corners), torch.tensor([0.0, 0.1, 0.5, 0.7, 0.999])
    distance = curve_distance(polygon)
    case = {"corners": polygon.corners.flatten().tolist(), "u": u.tolist()}
    return case | {"points": polygon(u).flatten().tolist(), "distance": distance}


def mulberry32(seed: int, count: int) -> list[float]:
    """The generator as its author, Tommy Ettinger, gives it in C."""
    numbers, state = [], seed
    for _ in range(count):
        state = z = (state + 0x6D2B79F5) & 0xFFFFFFFF
        z = (z ^ z >> 15) * (z | 1) & 0xFFFFFFFF
        z ^= z + (z ^ z >> 7) * (z | 61) & 0xFFFFFFFF
        numbers.append(((z ^ z >> 14) & 0xFFFFFFFF) / 2**32)
    return numbers


def all_cases() -> dict:
    """In float64, so that six digits are beyond doubt."""
    torch.set_default_dtype(torch.float64)
    try:
        return _all_cases()
    finally:
        torch.set_default_dtype(torch.float32)


def _all_cases() -> dict:
    torch.manual_seed(0)
    networks = [network_case(8, 0.6, 8, 0), network_case(64, 0.25, 32, 1)]
    polygons = [Polygon(6).corners.detach(), 1.1 * circle(torch.arange(5) / 5), torch.randn(3, 2)]
    return {
        "networks": networks,
        "adam": adam_case(networks[0]),
        "polygons": [polygon_case(corners) for corners in polygons],
        "mulberry32": mulberry32(0, 3),
    }


def test_the_cases_of_the_javascript_are_torchs():
    close_to(json.loads(CASES.read_text()), all_cases())


if __name__ == "__main__":  # write the cases anew
    CASES.write_text(json.dumps(all_cases()) + "\n")
