"""Chapter 2's training: the ablation steps, and short trainings that learn."""

from dataclasses import asdict, fields, replace
from itertools import pairwise

import pytest
import torch

from vecnb.models import LineAutoencoder
from vecnb.training import RUNS
from vecnb.training.autoencoder.algorithm import train
from vecnb.training.autoencoder.config import THESIS, AutoencoderConfig

OURS = {name: config for name, config in RUNS.items() if name.startswith("autoencoder/")}
STEPS = [
    THESIS,
    *(OURS[name] for name in sorted(OURS) if "/ablation_" in name),
    OURS["autoencoder/proposed"],
]
TINY = AutoencoderConfig(
    n_lines=3,
    encoder="patch_conv",
    alpha=None,
    decoder="none",
    steps=40,
    batch_size=16,
    learning_rate=2e-3,
)


def changed(one, other):
    return [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]


def test_each_ablation_step_changes_one_thing():
    steps = [changed(below, above) for below, above in pairwise(STEPS)]
    assert len(steps) == 9 and all(len(step) == 1 for step in steps), steps
    # No change is taken back; only alpha changes twice, first to another width, then to another presence.
    names = [name for (name,) in steps]
    assert sorted(names) == sorted([*set(names), "alpha"])
    alphas = [config.alpha for config in STEPS]
    assert alphas[0] != alphas[1] is not None and alphas[-1] is None


def test_the_side_studies_change_one_thing_of_the_thesis():
    assert THESIS == AutoencoderConfig() == RUNS["autoencoder/thesis"]
    for name, config in OURS.items():
        assert config.seed == 0
        if "/alpha_" in name:
            assert changed(THESIS, config) == ["alpha"]
    assert changed(THESIS, RUNS["autoencoder/large_decoder"]) == ["decoder"]


@pytest.mark.parametrize("option", ["encoder", "init", "decoder"])
def test_an_option_that_is_none_of_its_choices_is_named(option):
    with pytest.raises(ValueError, match=f"{option} must be one of '.*, not 'thesis '"):
        replace(THESIS, **{option: "thesis "})


@pytest.mark.parametrize(
    "config",
    [
        TINY,
        replace(TINY, cosine_schedule=True),
        replace(THESIS, steps=40, batch_size=16),
        replace(TINY, degree=2, n_lines=2),
        replace(TINY, stroke_price=0.1),
    ],
)
def test_a_short_training_reduces_the_loss(config, images, tmp_path, accelerator):
    def error(model):
        with torch.no_grad():
            return (model(images) - images).square().mean().item()

    torch.manual_seed(config.seed)
    untrained = LineAutoencoder.from_config(asdict(config)).eval()
    model, run = train(config, images, tmp_path, accelerator=accelerator)
    assert not model.training and run.step == config.steps and run.seconds > 0
    assert error(model) < 0.9 * error(untrained)


@pytest.mark.parametrize("scheduled", [False, True])
def test_gradients_are_clipped_with_the_cosine_schedule_alone(scheduled, images, tmp_path, accelerator):
    """Adam's second moment tells how long the first gradient was."""
    config = replace(THESIS, steps=1, batch_size=16, cosine_schedule=scheduled)
    _, run = train(config, images, tmp_path, accelerator=accelerator)
    optimizer = run.parts["optimizer"]
    share = 1 - optimizer.param_groups[0]["betas"][1]
    squares = sum(moment["exp_avg_sq"].sum() / share for moment in optimizer.state_dict()["state"].values())
    length = squares.sqrt().item()
    assert length == pytest.approx(1, abs=1e-3) if scheduled else length > 1.5


def test_a_dear_stroke_stays_away_and_a_cheap_one_comes(images, tmp_path, accelerator):
    def strokes(price):
        config = replace(TINY, stroke_price=price, learning_rate=5e-3, steps=60)
        folder = tmp_path / str(price)
        model, run = train(config, images, folder, accelerator=accelerator, log_every=20)
        assert set(run.history[-1]) == {"step", "loss", "error", "strokes"}
        return (model.vectorise(images).width > 0).sum(1).float().mean().item()

    assert strokes(0.0) > 2 and strokes(300.0) == 0


def test_a_stroke_price_is_of_the_squared_error_of_the_drawing():
    with pytest.raises(ValueError, match="stroke price"):
        replace(TINY, stroke_price=0.5, n_scales=3)
    with pytest.raises(ValueError, match="stroke price"):
        replace(THESIS, stroke_price=0.5)
