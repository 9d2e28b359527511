"""Two real processes train as one does: one result, one writer, unequal shares, shared batch statistics."""

import os
import socket
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator
from torch import nn

from vecnb.training import RUNS
from vecnb.training.autoencoder.algorithm import train as train_autoencoder
from vecnb.training.common.processes import Shares, get_accelerator, share_batch_norm
from vecnb.training.vae.trainer import train as train_vae

# Batches of 15 leave one process with 8 images and the other with 7.
AUTOENCODER = replace(RUNS["autoencoder/thesis"], steps=6, batch_size=15)
VAE = replace(
    RUNS["vae/proposed"],
    steps=5,
    batch_size=15,
    latent_size=4,
    n_lines=3,
    renderer_pretrain_steps=2,
    renderer_batch_size=21,
    prior_steps=3,
)


def images():
    return torch.rand(64, 1, 28, 28, generator=torch.Generator().manual_seed(0)) ** 4


def train_both(folder):
    """A short training of each, by all processes that there are."""
    torch.set_num_threads(1)
    trained = {
        "autoencoder": train_autoencoder(AUTOENCODER, images(), folder / "autoencoder", log_every=1),
        "vae": train_vae(VAE, images(), folder / "vae", log_every=1),
    }
    return {name: (model.state_dict(), run.history) for name, (model, run) in trained.items()}


SCRIPT = """
import sys, torch
from pathlib import Path
sys.path.insert(0, {tests!r})
from training.test_processes import AUTOENCODER, images, train_autoencoder, train_both
folder = Path({folder!r})
ended = train_both(folder)
rank = torch.distributed.get_rank()
try:
    train_autoencoder(AUTOENCODER, images(), folder / ("autoencoder" if rank else "absent"))
except ValueError as error:
    ended["refused"] = str(error)
torch.save(ended, folder / f"process_{{rank}}.pt")
torch.distributed.destroy_process_group()
"""


@pytest.fixture(scope="module")
def in_two(tmp_path_factory):
    """What two processes end with, as torchrun would start them, and their folder."""
    folder = tmp_path_factory.mktemp("two")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = SCRIPT.format(tests=os.path.dirname(os.path.dirname(__file__)), folder=str(folder))
    common = {
        "WORLD_SIZE": "2",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script],
            env=os.environ | common | {"RANK": rank, "LOCAL_RANK": rank, "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    told = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(told)
    return folder, [torch.load(folder / f"process_{rank}.pt") for rank in "01"]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    threads = torch.get_num_threads()
    ended = train_both(tmp_path_factory.mktemp("one"))
    torch.set_num_threads(threads)
    return ended


@pytest.mark.parametrize("name", ["autoencoder", "vae"])
def test_both_processes_end_with_the_same_bits(in_two, name):
    (first, _), (second, _) = (ended[name] for ended in in_two[1])
    for key, value in first.items():
        assert torch.equal(value, second[key]), key


@pytest.mark.parametrize("name", ["autoencoder", "vae"])
def test_the_losses_of_every_step_are_those_of_one_process(in_two, alone, name):
    """To 1e-4 of them: only the order of sums differs."""
    (_, history), (_, expected) = in_two[1][0][name], alone[name]
    assert [set(entry) for entry in history] == [set(entry) for entry in expected]
    for entry, other in zip(history, expected, strict=True):
        for term in entry.keys() - {"approximation"}:  # which each takes of its own images
            assert entry[term] == pytest.approx(other[term], rel=1e-4), (entry["step"], term)


def distances(one, other):
    """Of each tensor, relative to its length."""
    return {
        key: ((one[key] - value).norm() / value.norm()).item()
        for key, value in other.items()
        if value.is_floating_point()
    }


def test_the_vae_s_weights_are_those_of_one_process(in_two, alone):
    apart = distances(in_two[1][0]["vae"][0], alone["vae"][0])
    assert max(apart.values()) < 1e-4


def test_the_autoencoder_s_batch_statistics_are_those_of_one_process(in_two, alone):
    """A bias in front of a batch norm has no gradient but rounding errors, which Adam makes large."""
    apart = distances(in_two[1][0]["autoencoder"][0], alone["autoencoder"][0])
    assert max(apart[f"encoder.{layer}.running_var"] for layer in (1, 4)) < 1e-4
    assert max(value for key, value in apart.items() if key.endswith("weight")) < 0.01


def test_one_of_them_writes_one_checkpoint_that_one_process_goes_on_from(in_two, capsys):
    folder, _ = in_two
    assert {path.name for path in (folder / "autoencoder").iterdir()} == {"checkpoint.safetensors"}
    _, run = train_autoencoder(AUTOENCODER, images(), folder / "autoencoder")
    assert run.was_finished and "already finished" in capsys.readouterr().err


def test_processes_that_find_different_checkpoints_are_refused(in_two):
    for ended in in_two[1]:
        assert "the processes found different checkpoints, of steps [0, 6]" in ended["refused"]


# In one process


def test_shares_are_a_batch_and_their_weighted_mean_is_its_mean():
    batch = torch.rand(15, 3)
    shares = [Shares(SimpleNamespace(num_processes=4, process_index=rank), 15) for rank in range(4)]
    parts = [share.of(batch) for share in shares]
    assert sorted(len(part) for part in parts) == [3, 4, 4, 4]
    assert torch.cat(parts).sort(0).values.equal(batch.sort(0).values)
    mean = sum(share.weight * part.mean(0) for share, part in zip(shares, parts, strict=True)) / 4
    torch.testing.assert_close(mean, batch.mean(0))


def test_a_process_alone_has_the_whole_batch_with_a_weight_of_one():
    shares, batch = Shares(Accelerator(cpu=True), 15), torch.rand(15, 3)
    assert shares.weight == 1.0 and shares.of(batch).equal(batch)
    terms = {"loss": torch.tensor(0.1)}
    assert shares.mean(terms) is terms


def test_a_batch_smaller_than_the_number_of_processes_is_refused():
    with pytest.raises(ValueError, match="a batch of 2 cannot be shared among 3 processes"):
        Shares(SimpleNamespace(num_processes=3, process_index=0), 2)


def test_one_process_keeps_torch_s_batch_norm(accelerator):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))
    share_batch_norm(model, accelerator)
    assert type(model[1]) is nn.BatchNorm2d


def test_an_accelerator_is_made_or_taken(accelerator):
    assert get_accelerator(accelerator) is accelerator
    assert get_accelerator().num_processes == 1


def test_without_accelerate_what_installs_it_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "accelerate", None)
    with pytest.raises(ModuleNotFoundError, match=r"training needs accelerate: pip install 'vecnb\[train\]'"):
        get_accelerator()
