"""The loop: nothing is lost to a kill, a run goes on bit for bit, and what stops it is named."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import namedtuple
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F

from vecnb.files import read_tensors
from vecnb.strokes import Strokes
from vecnb.training.common.checkpoint import identity, load_checkpoint, save_checkpoint
from vecnb.training.common.loop import Run, TrainingStopped
from vecnb.training.common.sampling import batch_indices


@dataclass(frozen=True)
class TinyConfig:
    seed: int = 0
    steps: int = 12


TESTS = os.path.dirname(os.path.dirname(__file__))
IMAGES = torch.rand(20, 2, 6, 6, generator=torch.Generator().manual_seed(1))


class Tiny:
    """A training with everything that a resumed run must find again: dropout, running statistics, moments of
    a fused optimiser in another memory order, a schedule, batches."""

    def __init__(self, folder, config=TinyConfig(), images=IMAGES, seconds=-1.0, **parts):
        torch.manual_seed(config.seed)
        self.config, self.images = config, images
        self.model = nn.Sequential(
            nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(3, 2, 3)
        ).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), 0.01, fused=True)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, 3, 0.5)
        parts |= {"model": self.model, "optimizer": self.optimizer, "schedule": self.schedule}
        accelerator = Accelerator(cpu=True)
        self.run = Run(folder, config, images, config.steps, accelerator, checkpoint_seconds=seconds, **parts)

    def step(self, number):
        x = self.images[self.run.indices(6, number, self.config.seed)]
        loss = F.mse_loss(self.model(x), x[:, :, 2:4, 2:4])
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        return {"loss": loss.detach()}

    def train(self, before=lambda number: None, observe=None):
        def step(number):
            before(number)
            return self.step(number)

        self.run.train(self.config.steps, step, observe=observe, log_every=1)
        return self

    def bits(self):
        """Everything of the last checkpoint but the clocks: bytes of the tensors, and the rest."""
        tensors, about = read_tensors(self.run.path)
        about = {name: value for name, value in about.items() if "seconds" not in name}
        return {name: value.numpy().tobytes() for name, value in tensors.items()}, about


def at(last, action):
    """What does something before, or after, one step."""

    def act(number):
        if number == last:
            action()
        return {}

    return act


def interrupt():
    raise KeyboardInterrupt


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


# Folders


def test_a_folder_that_cannot_be_written_to_is_named_before_training(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"cannot write to .*below: .*; free or choose another folder"):
        Tiny(tmp_path / "file" / "below")


def test_a_disk_without_room_is_an_error_before_training(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(2**40, 2**40, 3 * 2**20))
    with pytest.raises(OSError, match=r"only 3 MB free on the disk of .*; training needs 64 MB"):
        Tiny(tmp_path)


def test_a_disk_that_fills_up_is_named_with_what_is_saved_and_what_to_do(tmp_path):
    class FullDisk:
        """A part that cannot be written once the disk is full."""

        full = False

        def state_dict(self):
            if self.full:
                raise OSError(errno.ENOSPC, "No space left on device")
            return {}

        def load_state_dict(self, state):
            pass

    whole = Tiny(tmp_path / "whole", disk=FullDisk()).train()
    disk = FullDisk()
    with pytest.raises(
        OSError, match=r"cannot write .*safetensors at step 5: No space .*of step 4.*make room"
    ):
        Tiny(tmp_path / "stopped", disk=disk).train(at(5, lambda: setattr(disk, "full", True)))
    resumed = Tiny(tmp_path / "stopped", disk=FullDisk())
    assert resumed.run.step == 4
    assert resumed.train().bits() == whole.bits()


def test_what_a_kill_left_half_written_is_removed(tmp_path):
    left = tmp_path / ".checkpoint.safetensors.12345.partial"
    left.write_bytes(b"half")
    Tiny(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_not_the_main_one_writes_nothing(tmp_path):
    second = SimpleNamespace(
        is_main_process=False,
        num_processes=1,
        device=torch.device("cpu"),
        wait_for_everyone=lambda: None,
    )
    run = Run(tmp_path / "untouched", TinyConfig(), IMAGES, 3, second, checkpoint_seconds=-1.0)
    run.train(3, lambda number: {"loss": torch.tensor(1.0)})
    assert run.step == 3 and list(tmp_path.iterdir()) == []


# Going on


@pytest.mark.parametrize("stops", [[1], [2], [7], [3, 4, 12]])
def test_a_run_interrupted_within_a_step_goes_on_bit_for_bit(stops, tmp_path, capsys):
    whole = Tiny(tmp_path / "whole").train()
    for last in stops:
        with pytest.raises(KeyboardInterrupt):
            Tiny(tmp_path / "stopped").train(at(last, interrupt))
        torch.manual_seed(random.randrange(2**31))  # whatever happened in between
    told = capsys.readouterr().err
    assert f"stopped in step {last}, whose work is lost; " in told
    assert ("nothing is saved" if last == 1 else f"last good state, of step {last - 1}, is in") in told
    resumed = Tiny(tmp_path / "stopped")
    assert resumed.run.step == last - 1
    assert resumed.train().bits() == whole.bits()
    assert [entry["step"] for entry in resumed.run.history] == list(range(1, 13))


def test_ctrl_c_ends_the_step_saves_it_and_says_so(tmp_path, capsys):
    whole = Tiny(tmp_path / "whole").train()
    with pytest.raises(KeyboardInterrupt):
        Tiny(tmp_path / "stopped", seconds=1e9).train(at(5, ctrl_c))
    path = tmp_path / "stopped" / "checkpoint.safetensors"
    assert f"stopped after step 5, which {path} holds: the same command goes on" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    resumed = Tiny(tmp_path / "stopped")
    assert resumed.run.step == 5
    assert resumed.train().bits() == whole.bits()


def test_a_second_ctrl_c_does_not_wait_for_the_end_of_the_step(tmp_path, capsys):
    def twice():
        ctrl_c()
        ctrl_c()
        pytest.fail("the second was not obeyed")

    with pytest.raises(KeyboardInterrupt):
        Tiny(tmp_path, seconds=1e9).train(at(5, twice))
    assert "stopped in step 5, whose work is lost; nothing is saved in" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_training_in_another_thread_leaves_ctrl_c_alone(tmp_path):
    thread = threading.Thread(target=Tiny(tmp_path).train)
    thread.start()
    thread.join()
    assert Tiny(tmp_path).run.step == 12


def test_moments_return_in_the_memory_order_of_their_parameters(tmp_path):
    Tiny(tmp_path).train()
    again = Tiny(tmp_path)
    for parameter, moments in again.optimizer.state.items():
        assert moments["exp_avg"].stride() == parameter.stride()


def test_work_since_the_last_checkpoint_is_done_again(tmp_path):
    whole = Tiny(tmp_path / "whole").train()
    for stop in (at(5, ctrl_c), at(10, interrupt)):
        with pytest.raises(KeyboardInterrupt):
            Tiny(tmp_path / "stopped", seconds=1e9).train(stop)
    resumed = Tiny(tmp_path / "stopped")
    assert resumed.run.step == 5
    assert resumed.train().bits() == whole.bits()


def test_a_finished_run_has_nothing_left_to_do_and_says_so(tmp_path, capsys):
    done = Tiny(tmp_path).train()
    again = Tiny(tmp_path)
    assert again.run.was_finished and not done.run.was_finished
    again.train(at(1, lambda: pytest.fail("it trained")))
    assert again.run.seconds == done.run.seconds > 0 and again.run.core_seconds == done.run.core_seconds
    told = capsys.readouterr().err
    assert (
        f"already finished: {again.run.path} holds all 12 steps; delete {tmp_path} or choose another" in told
    )


KILLED = """
import sys
import torch
sys.path.insert(0, {tests!r})
from training.test_loop import Tiny, TinyConfig
torch.set_num_threads({threads})
def wait(step):
    print(step, flush=True)
    sys.stdin.readline()
Tiny({folder!r}, TinyConfig(steps={steps})).train(wait)
"""


def test_a_run_killed_at_any_moment_goes_on_bit_for_bit(tmp_path):
    """kill -9 at random moments: what is on disk is always whole, and the end is always the same."""
    steps, moments = 150, random.Random(0)
    # In a process where this was ever called, MKL divides its sums differently, were it with the same number.
    torch.set_num_threads(threads := torch.get_num_threads())
    whole = Tiny(tmp_path / "whole", TinyConfig(steps=steps)).train()
    folder = str(tmp_path / "killed")
    script = KILLED.format(tests=TESTS, folder=folder, steps=steps, threads=threads)
    begun = [1]
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", script],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(moments.randint(5, 30)):  # it waits for us, who may be slower, at each step
            begun.append(int(process.stdout.readline()))
            print(file=process.stdin, flush=True)
        time.sleep(moments.uniform(0, 0.01))
        process.kill()
        process.communicate()
    assert begun == sorted(begun), "a killed run went back further than its last checkpoint"
    assert process.returncode == -signal.SIGKILL
    reached = Tiny(tmp_path / "killed", TinyConfig(steps=steps))
    assert begun[-1] - 1 <= reached.run.step < steps
    assert reached.train().bits() == whole.bits()
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["checkpoint.safetensors"]


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_device_s_generator_goes_on_too(kind, tmp_path, monkeypatch):
    """Without such a device here: torch is asked for the generator of whichever it is, and gets it back."""
    device, state = torch.device(kind), torch.tensor([1, 2, 3], dtype=torch.uint8)
    restored = []
    module = SimpleNamespace(get_rng_state=lambda: state, set_rng_state=restored.append)
    monkeypatch.setattr(torch, "get_device_module", lambda asked: module if asked == device else None)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", lambda: device)
    wanted = identity(TinyConfig(), "digest", {})
    save_checkpoint(tmp_path / "file", {}, {"identity": wanted}, device)
    load_checkpoint(tmp_path / "file", {}, wanted)
    assert [part.tolist() for part in restored] == [[1, 2, 3]]


# Refusals


@pytest.mark.parametrize(
    "change, told",
    [
        ({"config": replace(TinyConfig(), seed=1)}, r"seed is 0 there and 1 here"),
        ({"images": IMAGES + 1}, "other data"),
        ({"images": IMAGES[:19]}, "other data"),
        ({"images": IMAGES.double()}, "other data"),
    ],
)
def test_a_checkpoint_of_another_config_or_of_other_data_is_refused(change, told, tmp_path):
    Tiny(tmp_path).train()
    with pytest.raises(ValueError, match=rf"belongs to another training \({told}\): delete it, or choose"):
        Tiny(tmp_path, **change)


@pytest.mark.parametrize("fact, old", [("format", 0), ("vecnb", "0.0.1")])
def test_a_checkpoint_of_other_code_is_refused(fact, old, tmp_path):
    path = Tiny(tmp_path).train().run.path
    rewrite(path, lambda about: about["identity"].update({fact: old}))
    with pytest.raises(ValueError, match=rf"another training \({fact} {old} there and .* here\)"):
        Tiny(tmp_path)


def rewrite(path, change):
    import json

    tensors, about = read_tensors(path)
    change(about)
    path.write_bytes(save(tensors, {"about": json.dumps(about)}))


def test_a_file_of_something_else_is_refused(tmp_path):
    path = Tiny(tmp_path).train().run.path
    rewrite(path, lambda about: about.pop("identity"))
    with pytest.raises(ValueError, match="is no checkpoint of this training, it has no 'identity'"):
        Tiny(tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten"])
def test_a_damaged_checkpoint_is_refused_and_named(damage, tmp_path):
    path = Tiny(tmp_path).train().run.path
    whole = path.read_bytes()
    path.write_bytes({"truncated": whole[:-100], "emptied": b"", "overwritten": b"\xff" * len(whole)}[damage])
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors is damaged .*delete it"):
        Tiny(tmp_path)


def test_a_training_without_a_step_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at least one step, not 0"):
        Tiny(tmp_path, TinyConfig(steps=0))


# What is not finite


def spoiled(tiny, what, value):
    """Tiny's step, after whose fourth something is not finite."""

    def step(number):
        terms = tiny.step(number)
        if number == 4 and what == "term":
            terms["kl"] = torch.tensor(value)
        elif number == 4:
            weight = tiny.model[0].weight
            (weight.grad if what == "gradient" else weight).data[0, 0, 0, 0] = value
            if what == "gradient":
                tiny.optimizer.step()
        return terms

    return step


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize(
    "what, told",
    [
        ("term", "kl = {}"),
        ("gradient", r"the gradient of model\.0\.weight is not finite"),
        ("weight", r"model\.0\.weight is not finite"),
    ],
)
def test_what_is_not_finite_stops_the_run_at_its_step_and_is_never_saved(what, told, value, tmp_path):
    whole = Tiny(tmp_path / "whole").train()
    tiny = Tiny(tmp_path / "stopped")
    batch = r"batch_indices\(20, 6, 4, 0\)"
    with pytest.raises(
        TrainingStopped,
        match=rf"{told.format(value)} at step 4, whose images are {batch}; the last .* of step 3, is in",
    ):
        tiny.run.train(12, spoiled(tiny, what, value))
    resumed = Tiny(tmp_path / "stopped")
    assert resumed.run.step == 3
    assert resumed.train().bits()[0] == whole.bits()[0]


@pytest.mark.parametrize(
    "error, told",
    [
        (lambda: Strokes(torch.full((1, 1, 4), torch.nan), 0.1), r"lines\[0, 0\] = .*nan"),
        (lambda: F.binary_cross_entropy(torch.tensor([torch.nan]), torch.ones(1)), "between 0 and 1"),
    ],
)
def test_what_fails_for_a_number_that_is_not_finite_is_named_with_its_step(error, told, tmp_path):
    with pytest.raises(TrainingStopped, match=rf"step 4 failed: .*{told}.*of step 3, is in") as stopped:
        Tiny(tmp_path).train(at(4, error))
    assert isinstance(stopped.value.__cause__, (ValueError, RuntimeError))
    assert Tiny(tmp_path).run.step == 3


def test_a_moment_that_overflows_is_not_saved(tmp_path):
    tiny = Tiny(tmp_path)
    tiny.run.train(3, tiny.step)
    next(iter(tiny.optimizer.state.values()))["exp_avg_sq"][0] = torch.inf
    with pytest.raises(TrainingStopped, match=r"after step 4, optimizer/state.* not finite; .*of step 3"):
        tiny.run.train(12, tiny.step)
    assert Tiny(tmp_path).run.step == 3


def test_a_term_that_is_only_looked_at_is_checked_as_well(tmp_path):
    tiny = Tiny(tmp_path)
    with pytest.raises(TrainingStopped, match="entropy = nan at step 2"):
        tiny.train(observe=lambda number: {"entropy": torch.tensor(1.0 if number < 2 else torch.nan)})


# Batches


@pytest.mark.parametrize(("size", "batch"), [(12, 4), (13, 4), (5, 5), (7, 1)])
def test_an_epoch_shows_every_image_at_most_once_and_all_whole_batches(size, batch):
    steps = size // batch
    for epoch in range(3):
        shown = torch.cat([batch_indices(size, batch, epoch * steps + i + 1, seed=0) for i in range(steps)])
        assert len(shown) == steps * batch == len(set(shown.tolist()))
        assert set(shown.tolist()) <= set(range(size))
        if size % batch == 0:
            assert sorted(shown.tolist()) == list(range(size))


def test_a_batch_depends_on_seed_and_step_alone():
    in_order = [batch_indices(100, 10, step, seed=3).tolist() for step in range(1, 31)]
    torch.manual_seed(7)
    before = torch.get_rng_state()
    for step in (30, 1, 11, 30, 10):
        assert batch_indices(100, 10, step, seed=3).tolist() == in_order[step - 1]
    assert torch.equal(torch.get_rng_state(), before)  # and it leaves torch's own generator alone
    assert in_order[0] != in_order[10] != in_order[20]
    assert batch_indices(100, 10, 1, seed=4).tolist() != in_order[0]


@pytest.mark.parametrize(
    "batch, told", [(0, "at least one image, not 0"), (-1, "not -1"), (21, "from 20 images")]
)
def test_a_batch_that_cannot_be_drawn_is_named(batch, told):
    with pytest.raises(ValueError, match=told):
        batch_indices(20, batch, 1, seed=0)
