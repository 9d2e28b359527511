"""Chapter 4's training: every run takes its steps, each ratio sees what it should, no option is missed."""

import math
from dataclasses import fields, replace
from itertools import pairwise

import pytest
import torch

from vecnb.losses import generator_loss, ratio_loss
from vecnb.models import LineVAE
from vecnb.models.codec import encode_parameters
from vecnb.models.implicit import ImplicitLines, ImplicitPixels
from vecnb.pretrained import save_model
from vecnb.training import RUNS
from vecnb.training.lfvi.algorithm import AdversarialTrainer, EncoderTrainer, noise_at, slope_penalty
from vecnb.training.lfvi.config import LfviConfig
from vecnb.training.lfvi.evaluation import SampleMonitor, evaluate
from vecnb.training.lfvi.ratios import build_ratio
from vecnb.training.lfvi.trainer import build, train
from vecnb.training.vae.config import VAEConfig

OURS = {name.removeprefix("lfvi/"): config for name, config in RUNS.items() if name.startswith("lfvi/")}
STEPS = ["thesis_gan", *(name for name in OURS if name.startswith("ablation_") and name[9].isdigit())]
RATIOS = {"image": "gan", "joint_drawing": "joint", "joint_parameters": "joint_parameters", "prior": "split"}


@pytest.fixture(scope="module")
def approximator():
    """As `vae/thesis` trains it, but untrained."""
    torch.manual_seed(9)
    return LineVAE(networks="mlp", renderer="joint_approximator")


def small(name, **change):
    config = OURS[name]
    few = {"encoder_steps": min(2, config.encoder_steps), "steps": 3}
    few |= {"reencoding_steps": min(1, config.reencoding_steps)}
    return replace(config, batch_size=8, penalty_every=1, **few | change)


# The configs


def changed(one, other):
    one, other = OURS[one], OURS[other]
    return [field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)]


def test_each_ablation_step_changes_one_thing():
    steps = {above: changed(below, above) for below, above in pairwise(STEPS)}
    assert len(steps.pop("ablation_9_schedule")) > 1  # which the page says
    assert len(steps) == 9 and all(len(change) == 1 for change in steps.values())
    assert changed("ablation_10_seven_lines", "gan") == ["steps"]
    assert OURS["thesis"] == LfviConfig()


@pytest.mark.parametrize(
    "change, told",
    [
        ({"ratio": "splt"}, "ratio must be one of 'joint_parameters', 'joint_drawing', 'image', 'prior'"),
        ({"penalty": "r_1"}, "penalty must be one of"),
        ({"loss": "nonsaturating"}, "loss must be one of"),
        ({"renderer": "soft"}, "renderer must be one of"),
        ({"renderer": "pixels"}, "ratio 'joint_parameters' is of lines"),
        ({"ratio": "prior", "encoder_steps": 5}, "ratio 'prior' is for renderer 'exact' and at least one"),
        ({"ratio": "prior", "renderer": "exact"}, "at least one of encoder_steps"),
        ({"reencoding_steps": 1}, "are for ratio 'prior', not 'joint_parameters'"),
    ],
)
def test_options_that_do_not_fit_are_named(change, told):
    with pytest.raises(ValueError, match=told):
        LfviConfig(**change)


def test_a_ratio_of_lines_needs_lines():
    with pytest.raises(ValueError, match="ratio 'joint_drawing' is of lines, which a ImplicitPixels has not"):
        build_ratio(OURS["joint"], ImplicitPixels())


# The runs


@pytest.mark.parametrize("name", OURS)
def test_every_run_takes_its_steps_and_trains_every_part(
    name, tmp_path, images, moved, accelerator, approximator
):
    config = small(name)
    torch.manual_seed(config.seed)
    given = approximator if config.renderer == "approximator" else None
    before = build(config, given).state_dict()
    model, run = train(config, images, tmp_path, accelerator=accelerator, approximator=given)
    assert run.step == config.encoder_steps + 3 and not model.training
    still = before.keys() - moved(before, model.state_dict())
    assert all(part.startswith("approximator") for part in still), "a part of the model was not trained"
    if given is not None:
        assert not moved(given.approximator.state_dict(), model.approximator.state_dict())


def test_the_noise_ends_where_the_config_says():
    config = replace(OURS["gan"], noise=(0.3, 0.1), steps=101)
    assert [noise_at(config, step) for step in (1, 51, 101)] == pytest.approx([0.3, 0.2, 0.1])


class Watch:
    """A ratio that notes what its step is given, and the state of the model at that moment."""

    def __init__(self, ratio, model):
        self.ratio, self.model, self.seen = ratio, model, []
        self.learns_encoder = ratio.learns_encoder

    def inputs_p(self, z, noise):
        return self.ratio.inputs_p(z, noise)

    def inputs_q(self, x, chosen, noise):
        q = self.ratio.inputs_q(x, chosen, noise)
        self.seen.append(q)
        return q


def test_the_encoder_learns_alone_and_is_then_frozen(images, moved, accelerator):
    """First q's weights move and the generator's do not; then r is shown the codes of a frozen q."""
    config = small("split", ema_decay=0.0)
    torch.manual_seed(0)
    model = build(config)
    ratio = build_ratio(config, model)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    alone = EncoderTrainer(config, model, model.encoder, accelerator)
    with torch.no_grad():
        errors = (images[:8] - model.draw(model.encoder(images[:8]))).square().flatten(1).sum(1)
    # −log N(x; drawing, ½²): 2 ‖x − drawing‖² and a constant
    nats = 2 * errors.mean().item() + 392 * math.log(2 * math.pi * 0.25)
    assert alone.step(images[:8])["encoder_loss"].item() == pytest.approx(nats, rel=1e-5)
    assert {name.split(".")[0] for name in moved(before, model.state_dict())} == {"encoder"}
    begun = {name: value.clone() for name, value in model.state_dict().items()}
    ratio.begin(images)
    watch = Watch(ratio, model)
    game = AdversarialTrainer(config, model, watch, ratio.build_discriminator(), accelerator)
    chosen = torch.tensor([5, 3, 8, 1, 250, 7, 9, 2])
    game.step(1, images[chosen], chosen)
    assert {name.split(".")[0] for name in moved(begun, model.state_dict())} == {"generator"}
    ((codes,),) = watch.seen
    torch.testing.assert_close(codes, encode_parameters(model.best_code(images[chosen])))


def test_at_the_end_samples_are_encoded_again(tmp_path, images, accelerator):
    class Monitor:
        """Notes how the model makes its samples."""

        def __init__(self):
            self.seen = []

        def __call__(self, model):
            self.seen.append(model.reencode)
            return {}

    config, monitor = small("split", steps=4, reencoding_steps=2), Monitor()
    model, _ = train(config, images, tmp_path, accelerator=accelerator, monitor=monitor, log_every=1)
    assert monitor.seen == [False, False, True, True] and model.reencode


def test_averaged_weights_are_kept_if_the_config_says_so(tmp_path, images, moved, accelerator):
    config = small("gan", ema_decay=0.5, steps=2)
    averaged, run = train(config, images, tmp_path / "two", accelerator=accelerator)
    last = run.parts["model"].state_dict()
    one, _ = train(replace(config, steps=1), images, tmp_path / "one", accelerator=accelerator)
    first = one.state_dict()
    # The schedule of one step is not that of two, but both begin with the same rate.
    for name, value in averaged.state_dict().items():
        torch.testing.assert_close(value, (first[name] + last[name].cpu()) / 2)
    kept, run = train(replace(config, ema_decay=0.0), images, tmp_path / "last", accelerator=accelerator)
    assert not moved(kept.state_dict(), run.parts["model"].state_dict())


def test_a_monitor_changes_nothing_and_what_it_says_is_in_the_history(tmp_path, images, moved, accelerator):
    blind, _ = train(small("gan"), images, tmp_path / "blind", accelerator=accelerator)
    watched, run = train(
        small("gan"),
        images,
        tmp_path / "watched",
        accelerator=accelerator,
        monitor=SampleMonitor(n=8),
        log_every=1,
    )
    assert not moved(blind.state_dict(), watched.state_dict())
    assert [0 <= entry["label_entropy"] <= math.log(8) + 1e-6 for entry in run.history] == [True] * 3


# What each ratio sees


@pytest.fixture(params=RATIOS)
def game(request, images, accelerator):
    """A trainer of each ratio, ready to play."""
    config = small(RATIOS[request.param], batch_deviation=False, noise=(0.0, 0.0))
    torch.manual_seed(0)
    model = build(config)
    ratio = build_ratio(config, model)
    ratio.begin(images)
    return AdversarialTrainer(config, model, ratio, ratio.build_discriminator(), accelerator)


def test_each_ratio_sees_x_and_z_as_its_name_says(game, images):
    x, chosen = images[:4], torch.arange(4)
    z = torch.rand(4, game.model.code_size)
    with torch.no_grad():
        p, q = game.ratio.inputs_p(z, 0.0), game.ratio.inputs_q(x, chosen, 0.0)
        drawing, z_q = game.model.draw(z), game.model.encoder(x) if game.model.encoder else None
        wanted = {
            "image": lambda: ((drawing,), (x,)),
            "joint_parameters": lambda: ((drawing, z), (x, z_q)),
            "joint_drawing": lambda: (
                (torch.cat([drawing, drawing], 1),),
                (torch.cat([x, game.model.draw(z_q)], 1),),
            ),
            "prior": lambda: ((z,), (encode_parameters(game.model.best_code(x)),)),
        }[game.config.ratio]()
    for found, side in zip((p, q), wanted, strict=True):
        assert len(found) == len(side)
        for one, other in zip(found, side, strict=True):
            torch.testing.assert_close(one, other)
    assert game.discriminator(*p).shape == (4,)


def test_both_sides_carry_the_same_noise_on_what_is_compared(game, images):
    blank, chosen = torch.zeros(64, 1, 28, 28), torch.arange(64)
    with torch.no_grad():
        clean = game.ratio.inputs_q(blank, chosen, 0.0)
        noisy = game.ratio.inputs_q(blank, chosen, 0.3)
    first = noisy[0] - clean[0]
    compared = slice(0, 1) if game.config.ratio == "joint_drawing" else slice(None)
    assert first[:, compared].std().item() == pytest.approx(0.3, rel=0.05)
    if game.config.ratio == "joint_drawing":
        assert not first[:, 1:].any(), "the drawing of z carries no noise"
    if game.config.ratio == "joint_parameters":
        assert torch.equal(noisy[1], clean[1]), "the numbers of z carry no noise"
    z = torch.rand(64, game.model.code_size)
    with torch.no_grad():
        difference = game.ratio.inputs_p(z, 0.3)[0] - game.ratio.inputs_p(z, 0.0)[0]
    assert difference[:, compared].std().item() == pytest.approx(0.3, rel=0.05)


def test_the_losses_of_a_step_are_those_of_the_page(game, images):
    config, chosen = replace(game.config, penalty="none"), torch.arange(8)
    game.config = config
    torch.manual_seed(1)
    with torch.no_grad():
        p = game.ratio.inputs_p(game.model.generate(torch.randn(8, game.model.noise_size)), 0.0)
        q = game.ratio.inputs_q(images[:8], chosen, 0.0)
        r_p, r_q = game.discriminator(*p), game.discriminator(*q)
        loss = generator_loss(r_p, config.loss) - (r_q.mean() if game.ratio.learns_encoder else 0)
    torch.manual_seed(1)
    terms = game.step(1, images[:8], chosen)
    assert terms["discriminator_loss"].item() == pytest.approx(ratio_loss(r_p, r_q).item(), rel=1e-5)
    assert terms["model_loss"].item() == pytest.approx(loss.item(), rel=1e-5)
    correct = ((r_p > 0).float().mean() + (r_q < 0).float().mean()) / 2
    assert terms["discriminator_accuracy"] == correct


def test_penalties_by_hand():
    linear = torch.nn.Linear(2, 1, bias=False)
    linear.weight.data.copy_(torch.tensor([[3.0, 4.0]]))

    def r(x):
        return linear(x)[:, 0]

    p, q = (torch.rand(6, 2),), (torch.rand(6, 2),)
    config = replace(OURS["ablation_4_r1"], penalty_weight=2.0, penalty_every=3)
    assert slope_penalty(config, r, p, q).item() == pytest.approx(6 / 2 * (25 + 25))
    config = replace(OURS["ablation_wgan_gp"], penalty_weight=10.0)
    penalty = slope_penalty(config, r, p, q)
    assert penalty.item() == pytest.approx(10 * (5 - 1) ** 2)
    linear.weight.data.zero_()
    (gradient,) = torch.autograd.grad(slope_penalty(config, r, p, q), linear.weight)
    assert torch.isfinite(gradient).all(), "a flat r has a slope of 0, whose root has no gradient"


# The approximator of vae/thesis


def test_a_missing_approximator_is_named_with_the_command_that_trains_it(tmp_path, images, accelerator):
    with pytest.raises(
        ValueError, match=r"needs a trained approximator: train one by `vecnb train vae/thesis`"
    ):
        train(small("thesis"), images, tmp_path, accelerator=accelerator)
    with pytest.raises(FileNotFoundError, match="there is no model"):
        train(small("thesis"), images, tmp_path, accelerator=accelerator, approximator=tmp_path / "absent")


def test_an_approximator_of_something_else_is_refused(approximator):
    with pytest.raises(ValueError, match="a PerLineApproximator is no approximator of all lines at once"):
        build(OURS["thesis"], LineVAE())
    with pytest.raises(ValueError, match="draws another number of lines than 5"):
        build(replace(OURS["thesis"], n_lines=5), approximator)


def test_an_approximator_is_a_model_or_the_folder_of_its_run(tmp_path, approximator, moved):
    save_model(tmp_path, approximator, VAEConfig(latent_size=32))
    rounded = {name: value.half().float() for name, value in approximator.approximator.state_dict().items()}
    for named in (tmp_path, str(tmp_path)):
        assert not moved(rounded, build(OURS["thesis"], named).approximator.state_dict())
    for given in (approximator, approximator.approximator):
        copied = build(OURS["thesis"], given).approximator
        assert not moved(approximator.approximator.state_dict(), copied.state_dict())
        assert not any(parameter.requires_grad for parameter in copied.parameters())


def test_a_run_with_another_approximator_is_another(tmp_path, images, accelerator, approximator):
    train(small("thesis"), images, tmp_path, accelerator=accelerator, approximator=approximator)
    other = LineVAE(networks="mlp", renderer="joint_approximator")
    with pytest.raises(ValueError, match=r"another training \(other approximator\)"):
        train(small("thesis"), images, tmp_path, accelerator=accelerator, approximator=other)


# The numbers


SAMPLES = {"label_entropy", "frechet_distance"}
DRAWN = SAMPLES | {f"drawing_{name}" for name in SAMPLES}
ENCODED = {"mse", "excess_cross_entropy", "accuracy", "raster_mse", "raster_accuracy"}


@pytest.mark.parametrize(
    "model, wanted",
    [
        (ImplicitPixels(), SAMPLES),
        (ImplicitLines(encoder=False), DRAWN),
        (ImplicitLines(n_lines=4), DRAWN | ENCODED),
    ],
)
def test_a_model_has_the_numbers_that_are_defined_for_it(model, wanted, digits):
    numbers = evaluate(model.eval(), *(part[:200] for part in digits))
    assert set(numbers) == wanted and all(math.isfinite(value) for value in numbers.values())
