"""Chapter 6's training on windows: what they show, what is degraded, what counts, and a short training."""

from dataclasses import asdict, replace

import pytest
import torch

from vecnb.images import PIXEL
from vecnb.models import LineCode, WindowProposer
from vecnb.models.windows import COUNTED, middle
from vecnb.render import render_soft
from vecnb.training import RUNS, train_run
from vecnb.training.common.results import load_run
from vecnb.training.proposal.algorithm import train
from vecnb.training.proposal.drawings import degrade, windows
from vecnb.training.proposal.evaluation import evaluate
from vecnb.training.runner import Data

CONFIG = replace(RUNS["proposal/windows"], n_lines=3, stroke_price=0.2, batch_size=16, steps=60)


@pytest.fixture(scope="module")
def cut(digits):
    return windows(digits[0], 128, seed=3)


def test_windows_are_a_function_of_the_seed_half_scribbles_and_half_digits(digits, cut):
    images = digits[0]
    assert torch.equal(cut, windows(images, 128, seed=3))
    assert not torch.equal(cut, windows(images, 128, seed=4))
    assert cut.shape == (128, 1, 28, 28) and cut.min() >= 0 and cut.max() <= 1
    blank = windows(torch.zeros(4, 1, 28, 28), 128, seed=3)
    assert torch.equal(blank[:64], cut[:64]) and not blank[64:].any()  # scribbles know nothing of digits
    assert (cut[64:].sum((1, 2, 3)) > 0).float().mean() > 0.9


def test_what_is_not_to_be_degraded_stays_as_it_is(cut):
    none, most = torch.zeros(4, 128), torch.full((4, 128), 0.99)
    none[3] = 1  # not bilevel
    noise = torch.randn(cut.shape, generator=torch.Generator().manual_seed(0))
    assert torch.equal(degrade(cut, none, noise), cut)
    degraded = degrade(cut, most, noise)
    assert degraded.min() >= 0 and degraded.max() <= 1 and (degraded - cut).abs().mean() > 0.03
    bilevel = none.clone()
    bilevel[3] = 0
    assert set(degrade(cut, bilevel, noise).unique().tolist()) == {0.0, 1.0}


def test_only_the_middle_is_drawn_and_just_as_in_the_whole_window():
    generator = torch.Generator().manual_seed(0)
    lines = torch.rand(5, 4, 6, generator=generator)
    width = 4 * PIXEL * torch.rand(5, 4, generator=generator)
    code = LineCode(lines, width, torch.full((5,), 120.0))
    whole = render_soft(lines, stroke_width=width, sharpness=code.sharpness)
    drawn = WindowProposer(n_lines=4).draw(code)
    assert drawn.shape == (5, 1, COUNTED, COUNTED)
    assert torch.allclose(drawn, middle(whole), atol=0.02)


def test_a_short_training_reduces_the_error(cut, tmp_path, accelerator):
    torch.manual_seed(CONFIG.seed)
    untrained = WindowProposer.from_config(asdict(CONFIG)).eval()
    model, run = train(CONFIG, cut, tmp_path, accelerator=accelerator, log_every=20)
    assert set(run.history[-1]) == {"step", "loss", "error", "strokes"} and not model.training
    assert evaluate(model, cut)["drawing_mse"] < 0.9 * evaluate(untrained, cut)["drawing_mse"]


def test_a_run_cuts_its_own_windows_from_the_digits(digits, tmp_path):
    images, labels = digits
    config = replace(CONFIG, steps=2, n_windows=48)
    folder = train_run("proposal/windows", config, tmp_path, data=Data(images, labels, images, labels))
    metrics = load_run(folder).metrics
    assert metrics["drawing_mse"] > 0 and 0 <= metrics["strokes"] <= 3
