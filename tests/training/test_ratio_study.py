"""The study of a known log-ratio: the ratio by hand, and a training that compares estimate and truth."""

import pytest
import torch

from vecnb.training.ratio_study.algorithm import train
from vecnb.training.ratio_study.config import RatioStudyConfig
from vecnb.training.ratio_study.evaluation import truth_and_estimate
from vecnb.training.ratio_study.model import RatioStudy


def test_the_known_ratio_of_a_model_that_ignores_its_code(images):
    """With q(z|x) = p(z), only the x-parts are left: log N(x; drawing, std²) − log q(x)."""
    study = RatioStudy(RatioStudyConfig(std=0.5))
    for parameter in study.model.encoder[-1].parameters():
        torch.nn.init.zeros_(parameter)
    x, z = images[:3], torch.randn(3, 16)
    by_hand = -(x - study.model.draw(z)).square().flatten(1).sum(1) / (2 * 0.25)
    by_hand = by_hand - 392 * torch.log(torch.tensor(2 * torch.pi * 0.25))
    assert torch.allclose(study.model.log_ratio(x, z), by_hand, rtol=1e-4)


@pytest.mark.parametrize("objective", ["analytic", "estimated"])
def test_the_study_compares_estimate_and_truth(objective, images, tmp_path, accelerator):
    config = RatioStudyConfig(objective=objective, std=1.0, n_images=64, batch_size=8, steps=2)
    study, run = train(config, images, tmp_path, accelerator=accelerator, log_every=2)
    entry = run.history[-1]
    assert entry["truth_p"] > 0 > entry["truth_q"]  # a new model and its data are far apart
    assert {"estimate_p", "correlation_q", "discriminator_loss", "model_loss"} <= set(entry)
    state = torch.get_rng_state()
    pairs = truth_and_estimate(study, images[:64], seed=0, n=8)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(part.shape == (8,) for pair in pairs.values() for part in pair)


def test_only_the_first_images_are_trained_on(images, tmp_path, accelerator):
    config = RatioStudyConfig(n_images=64, batch_size=8, steps=2)
    _, first = train(config, images, tmp_path / "more", accelerator=accelerator)
    _, second = train(config, images[:64], tmp_path / "as many", accelerator=accelerator)
    assert first.data == second.data and first.size == 64


def test_an_objective_that_is_none_of_its_choices_is_named():
    with pytest.raises(ValueError, match="objective must be one of 'analytic', 'estimated', not 'truth'"):
        RatioStudyConfig(objective="truth")
