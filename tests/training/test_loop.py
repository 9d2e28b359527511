"""Tests of vecnb.runs: nothing is lost to a kill, and a run goes on bit for bit."""

import errno
import itertools
import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from dataclasses import dataclass, replace

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

from vecnb import runs
from vecnb.runs import Run, TrainingStopped, batch_indices, read_tensors, write_atomically


@dataclass(frozen=True)
class TinyConfig:
    seed: int = 0
    steps: int = 12


class Tiny:
    """A training with everything that a resumed run must find again: dropout, running statistics, moments of
    a fused optimiser in another memory order, a schedule, batches."""

    def __init__(self, folder, config=TinyConfig()):
        torch.manual_seed(config.seed)
        self.config = config
        self.model = nn.Sequential(
            nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(3, 2, 3)
        ).to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), 0.01, fused=True)
        self.schedule = torch.optim.lr_scheduler.StepLR(self.optimizer, 3, 0.5)
        self.images = torch.rand(20, 2, 6, 6, generator=torch.Generator().manual_seed(1))
        self.run = Run(
            folder, config, model=self.model, optimizer=self.optimizer, schedule=self.schedule, is_main=True
        )

    def train(self, before_step=lambda step: None):
        for step in self.run.steps(self.config.steps):
            before_step(step)
            x = self.images[batch_indices(20, 6, step, self.config.seed)]
            loss = F.mse_loss(self.model(x), x[:, :, 2:4, 2:4])
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            self.schedule.step()
            self.run.log(step, every=1, loss=loss)
        return self

    def bits(self):
        """Everything of the last checkpoint but the clocks: bytes of the tensors, and the rest."""
        tensors, about = read_tensors(self.run.path)
        about = {name: value for name, value in about.items() if "seconds" not in name}
        return {name: value.numpy().tobytes() for name, value in tensors.items()}, about


@pytest.fixture
def every_step(monkeypatch):
    """A checkpoint after each step."""
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_CHECKPOINTS", -1.0)


def stop_before(last):
    def stop(step):
        if step == last:
            raise KeyboardInterrupt

    return stop


# Files


def disk_full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_the_old_content_survives_a_full_disk(call, tmp_path, monkeypatch):
    path = tmp_path / "deep" / "file"
    write_atomically(path, b"old")
    with monkeypatch.context() as patch, pytest.raises(OSError, match="No space left"):
        patch.setattr(os, call, disk_full)
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]  # nothing half-written stays
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_folder_that_cannot_be_written_to_is_named_before_training(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match=r"cannot write to .*below: .*; free or choose another folder"):
        Tiny(tmp_path / "file" / "below")


def test_a_disk_without_room_is_an_error_before_training(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(2**40, 2**40, 3 * 2**20))
    with pytest.raises(OSError, match=r"only 3 MB free on the disk of .*; training needs 64 MB"):
        Tiny(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(OSError, match=r"cannot write.*No space left"):
        patch.setattr(os, "fsync", disk_full)
        Tiny(tmp_path)


def test_what_a_kill_left_half_written_is_removed(tmp_path):
    left = tmp_path / ".checkpoint.safetensors.12345.partial"
    left.write_bytes(b"half")
    Tiny(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_not_the_main_one_writes_nothing(tmp_path, every_step):
    run = Run(tmp_path / "untouched", TinyConfig(), is_main=False)
    assert list(run.steps(3)) == [1, 2, 3]
    assert list(tmp_path.iterdir()) == []


# Going on


@pytest.mark.parametrize("stops", [[1], [2], [7], [3, 4, 12]])
def test_an_interrupted_run_goes_on_bit_for_bit(stops, tmp_path, every_step):
    whole = Tiny(tmp_path / "whole").train()
    for last in stops:
        with pytest.raises(KeyboardInterrupt):
            Tiny(tmp_path / "stopped").train(stop_before(last))
        torch.manual_seed(random.randrange(2**31))  # whatever happened in between
    resumed = Tiny(tmp_path / "stopped")
    assert resumed.run.step == max(stops) - 1
    assert resumed.train().bits() == whole.bits()
    assert [entry["step"] for entry in resumed.run.history] == list(range(1, 13))
    for ours, theirs in zip(resumed.model.parameters(), whole.model.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_moments_return_in_the_memory_order_of_their_parameters(tmp_path):
    Tiny(tmp_path).train()
    again = Tiny(tmp_path)
    for parameter, moments in again.optimizer.state.items():
        assert moments["exp_avg"].stride() == parameter.stride()


def test_work_since_the_last_checkpoint_is_done_again(tmp_path, monkeypatch):
    whole = Tiny(tmp_path / "whole").train()
    clock = itertools.count(0.0, 1.0)  # two looks before the first step, then one a step
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(time, "monotonic", lambda: next(clock))
        patch.setattr(runs, "SECONDS_BETWEEN_CHECKPOINTS", 5.5)
        Tiny(tmp_path / "stopped").train(stop_before(10))
    resumed = Tiny(tmp_path / "stopped")
    assert resumed.run.step == 5
    assert resumed.train().bits() == whole.bits()


def test_a_finished_run_has_nothing_left_to_do(tmp_path):
    done = Tiny(tmp_path).train()
    again = Tiny(tmp_path)
    assert list(again.run.steps(12)) == []
    assert again.run.seconds == done.run.seconds > 0 and again.run.core_seconds == done.run.core_seconds


KILLED = """
import sys
sys.path.insert(0, {tests!r})
from test_runs import Tiny, TinyConfig
from vecnb import runs
runs.SECONDS_BETWEEN_CHECKPOINTS = -1.0
Tiny({folder!r}, TinyConfig(steps={steps})).train(lambda step: print(step, flush=True))
"""


def test_a_run_killed_at_any_moment_goes_on_bit_for_bit(tmp_path):
    """kill -9 at random moments: what is on disk is always whole, and the end is always the same."""
    steps, moments = 400, random.Random(0)
    whole = Tiny(tmp_path / "whole", TinyConfig(steps=steps)).train()
    script = KILLED.format(tests=os.path.dirname(__file__), folder=str(tmp_path / "killed"), steps=steps)
    begun = [1]
    for _ in range(3):
        process = subprocess.Popen(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(moments.randint(5, 50)):
            begun.append(int(process.stdout.readline()))
        time.sleep(moments.uniform(0, 0.01))
        process.kill()
        process.communicate()
    assert begun == sorted(begun), "a killed run went back further than its last checkpoint"
    assert process.returncode == -signal.SIGKILL
    reached = Tiny(tmp_path / "killed", TinyConfig(steps=steps))
    assert begun[-1] - 1 <= reached.run.step < steps
    assert reached.train().bits() == whole.bits()
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["checkpoint.safetensors"]


# Refusals


def test_a_checkpoint_of_another_config_is_refused(tmp_path):
    Tiny(tmp_path).train()
    with pytest.raises(ValueError, match="belongs to another config"):
        Tiny(tmp_path, replace(TinyConfig(), seed=1))


@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten"])
def test_a_damaged_checkpoint_is_refused_and_named(damage, tmp_path):
    path = Tiny(tmp_path).train().run.path
    whole = path.read_bytes()
    path.write_bytes({"truncated": whole[:-100], "emptied": b"", "overwritten": b"\xff" * len(whole)}[damage])
    with pytest.raises(ValueError, match=r"checkpoint\.safetensors is damaged .*delete it"):
        Tiny(tmp_path)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_stops_the_run_and_keeps_the_last_checkpoint(value, tmp_path, every_step):
    tiny = Tiny(tmp_path)
    with pytest.raises(TrainingStopped, match=rf"kl = {value} at step 4, .*checkpoint\.safetensors"):
        for step in tiny.run.steps(12):
            bad = torch.tensor(value if step == 4 else 1.0)
            tiny.run.log(step, mse=torch.tensor(1.0), kl=bad)
    assert Tiny(tmp_path).run.step == 3


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


# Results


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "RESULTS", tmp_path / "results")
    return tmp_path / "results"


def test_results_come_back_by_name_and_seed(results):
    model = nn.BatchNorm2d(2)
    for seed in (0, 11, 2):
        runs.save_result(results / "tiny", TinyConfig(seed=seed), {"mse": seed / 10}, model)
    assert {path.name for path in (results / "tiny").iterdir()} == {
        "config.json",
        "metrics.json",
        "weights.safetensors",
        "seed_2.json",
        "seed_11.json",
    }
    assert list(runs.load_results("tiny").items()) == [
        (0, {"mse": 0.0}),
        (2, {"mse": 0.2}),
        (11, {"mse": 1.1}),
    ]
    assert json.loads((results / "tiny" / "config.json").read_text()) == {
        "seed": 0,
        "steps": 12,
        "model": "BatchNorm2d",
    }
    kept, _ = read_tensors(results / "tiny" / "weights.safetensors")
    assert kept["weight"].dtype == torch.float16 and kept["num_batches_tracked"].dtype == torch.int64
    assert set(kept) == set(model.state_dict())


def test_a_run_is_found_by_name_or_path_and_an_unknown_one_lists_the_known(results, tmp_path):
    runs.save_result(results / "b", TinyConfig(), {})
    runs.save_result(results / "a", TinyConfig(), {})
    runs.save_result(tmp_path / "mine", TinyConfig(), {})
    assert runs.run_folder("a") == results / "a"
    assert runs.run_folder(tmp_path / "mine") == tmp_path / "mine"
    for call in (runs.run_folder, runs.load_results):
        with pytest.raises(FileNotFoundError, match=r"no run 'c'; the committed runs are: a, b$"):
            call("c")


def test_what_a_file_says_about_its_tensors_is_read(tmp_path):
    save_file({"a": torch.ones(2)}, tmp_path / "plain")
    tensors, about = read_tensors(tmp_path / "plain")
    assert about == {} and torch.equal(tensors["a"], torch.ones(2))
    with pytest.raises(FileNotFoundError):
        read_tensors(tmp_path / "absent")
