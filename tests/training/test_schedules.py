"""Learning rates: the factors by hand, each run's schedule, and the scheduler that applies them."""

from itertools import pairwise

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from vecnb.training import RUNS
from vecnb.training.common.schedules import build_schedule, constant, cosine, one_cycle
from vecnb.training.lfvi.algorithm import AdversarialTrainer, EncoderTrainer
from vecnb.training.lfvi.ratios import build_ratio
from vecnb.training.lfvi.trainer import build as build_implicit
from vecnb.training.vae.algorithm import PosteriorTrainer, RendererTrainer
from vecnb.training.vae.trainer import build as build_vae


def test_a_constant_rate_stays():
    assert {constant(step) for step in range(0, 3000, 7)} == {1.0}


@pytest.mark.parametrize("steps", [100, 1000])
def test_a_rate_with_a_warm_up_rises_to_its_peak_and_ends_at_nought(steps):
    factor = cosine(steps, peak=2.0, warmup=0.05)
    rates = [factor(step) for step in range(steps + 1)]
    top = rates.index(max(rates))
    assert top == 0.05 * steps - 1
    assert all(a < b for a, b in pairwise(rates[: top + 1]))
    assert all(a > b for a, b in pairwise(rates[top:]))
    assert rates[0] == pytest.approx(rates[top] / (0.05 * steps), rel=0.01)
    assert rates[steps // 2] == pytest.approx(rates[top] / 2, rel=0.02)
    assert rates[-1] == pytest.approx(0, abs=1e-12) and min(rates) >= 0


def test_a_fall_begins_where_it_is_told_and_ends_at_its_floor():
    factor = cosine(100, start=50, floor=0.03)
    assert [factor(step) for step in (0, 50)] == [1, 1]
    assert factor(100) == pytest.approx(0.515)
    assert factor(150) == factor(151) == pytest.approx(0.03)


def test_a_scheduler_multiplies_each_group_s_rate_with_its_own_factor():
    groups = [{"params": [nn.Parameter(torch.zeros(1))], "lr": lr} for lr in (1.0, 10.0)]
    optimizer = torch.optim.SGD(groups)
    schedule = build_schedule(optimizer, [constant, cosine(2)])
    rates = []
    for _ in range(3):
        rates.append([group["lr"] for group in optimizer.param_groups])
        optimizer.step()
        schedule.step()
    assert rates == [[1, 10], [1, pytest.approx(5)], [1, pytest.approx(0)]]


def test_one_cycle_rises_over_15_percent_and_moves_the_momentum_the_other_way():
    optimizer = torch.optim.AdamW([nn.Parameter(torch.zeros(1))], 0.1)
    schedule = one_cycle(optimizer, 0.1, 100)
    rates, momenta = [], []
    for _ in range(100):
        rates.append(optimizer.param_groups[0]["lr"])
        momenta.append(optimizer.param_groups[0]["betas"][0])
        optimizer.step()
        schedule.step()
    assert rates.index(max(rates)) == momenta.index(min(momenta)) == 14
    assert max(rates) == pytest.approx(0.1) and (max(momenta), min(momenta)) == pytest.approx((0.95, 0.85))


def factors(schedule, steps):
    """The factor of the first group at each of some steps."""
    return [schedule.lr_lambdas[0](step) for step in steps]


def test_the_rates_of_the_vaes():
    accelerator = Accelerator(cpu=True)
    config = RUNS["vae/proposed"]
    model = build_vae(config)
    theta = RendererTrainer(model, model.approximator, config, accelerator).schedule
    pretrain, end = config.renderer_pretrain_steps, config.renderer_pretrain_steps + config.steps
    assert factors(theta, [0, pretrain, end]) == pytest.approx([1, 1, 0.03])
    phi = PosteriorTrainer(model, config, accelerator).schedule
    assert max(factors(phi, range(config.steps))) == pytest.approx(2, abs=0.02)
    assert factors(phi, [0, config.steps]) == pytest.approx([0, 0], abs=0.01)
    config = RUNS["vae/thesis"]
    model = build_vae(config)
    for trainer in (
        RendererTrainer(model, model.approximator, config, accelerator),
        PosteriorTrainer(model, config, accelerator),
    ):
        assert set(factors(trainer.schedule, range(0, 3000, 300))) == {1.0}


def test_the_rates_of_likelihood_free_inference():
    accelerator = Accelerator(cpu=True)

    def game(name):
        config = RUNS[name]
        model = build_implicit(config)
        ratio = build_ratio(config, model)
        return (
            config,
            model,
            AdversarialTrainer(config, model, ratio, ratio.build_discriminator(), accelerator),
        )

    config, model, joint = game("lfvi/joint")
    steps = [0, config.steps // 20 - 1, config.steps // 2, config.steps]
    generator, encoder = joint.model_schedule.lr_lambdas
    assert [generator(step) for step in steps] == pytest.approx([1, 1, 0.5, 0], abs=0.01)
    assert [encoder(step) for step in steps] == pytest.approx([20 / config.steps, 1, 0.5, 0], abs=0.01)
    assert factors(joint.discriminator_schedule, steps) == pytest.approx([1, 1, 0.5, 0], abs=0.01)

    config, model, split = game("lfvi/split")
    assert len(split.model_schedule.lr_lambdas) == 1, "the encoder is frozen in the game"
    alone = EncoderTrainer(config, model, model.encoder, accelerator).schedule
    steps = [config.encoder_steps // 20, config.encoder_steps // 2, config.encoder_steps]
    assert factors(alone, steps) == pytest.approx([2, 1, 0], abs=0.02)
    _, _, first = game("lfvi/ablation_1_exact_renderer")
    assert set(factors(first.model_schedule, range(0, 2500, 500))) == {1.0}
