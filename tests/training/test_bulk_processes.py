"""Many images by real processes: the bits of one, whatever kills or stops them, in a bounded memory."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import ROOT

from vecnb.bulk.run import Job, parts_folder, run
from vecnb.bulk.sources import open_source
from vecnb.cli import main
from vecnb.data import load_pixels
from vecnb.models import LineAutoencoder
from vecnb.pretrained import save_model

COMMAND = [sys.executable, "-c", "from vecnb.cli import main\nif __name__ == '__main__': main()"]
CONFIG = {
    "n_lines": 2,
    "encoder": "strided_conv",
    "init": "random",
    "alpha": None,
    "decoder": "none",
    "n_augmentations": 1,
}


@pytest.fixture
def array(tmp_path) -> Path:
    np.save(tmp_path / "digits.npy", load_pixels("test", fallback="subset")[0][:250])
    return tmp_path / "digits.npy"


def job(data, folder, **named) -> Job:
    return Job(source=open_source(str(data), scratch=folder / "scratch"), **named)


def call(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    return 0 if end.value.code is None else end.value.code


def test_two_processes_give_the_bits_of_one(tmp_path, array):
    one, two = (
        run(job(array, tmp_path, columns="measures", shard_size=50), tmp_path / f"{n}.parquet", workers=n)
        for n in (1, 2)
    )
    assert one.read_bytes() == two.read_bytes()


def test_two_dask_workers_give_the_bits_of_one_process(tmp_path, array):
    distributed = pytest.importorskip("distributed")
    options = ["--shard-size", 50, "-o"]
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        assert call("vectorise", array, "--dask", address, *options, tmp_path / "two.parquet") == 0
    assert call("vectorise", array, "--workers", 1, *options, tmp_path / "one.parquet") == 0
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()


def test_after_a_kill_it_goes_on_without_gaps_or_doubles(tmp_path, array):
    psutil = pytest.importorskip("psutil")
    output, whole = tmp_path / "killed.parquet", tmp_path / "whole.parquet"
    command = ["vectorise", array, "--shard-size", 5, "--workers", 2, "-o"]
    process = subprocess.Popen([*COMMAND, *map(str, command), output], cwd=ROOT, stderr=subprocess.DEVNULL)
    parts = parts_folder(output)
    done = wait_for(lambda: sorted(parts.glob("0*.parquet"))[:-1], process)
    workers = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not output.exists()
    assert not psutil.wait_procs(workers, timeout=10)[1], "the workers outlive the command"
    assert done
    (parts / ".0000049.parquet.1.partial").write_bytes(b"half")
    assert call(*command, output) == 0
    assert call("vectorise", array, "--shard-size", 5, "--workers", 1, "-o", whole) == 0
    assert output.read_bytes() == whole.read_bytes()
    assert not parts.exists()


def wait_for(condition, process, seconds: float = 60):
    """The first true value of a condition, while a process runs."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    return value


def test_ctrl_c_leaves_whole_shards_and_says_how_to_go_on(tmp_path, array):
    output = tmp_path / "stopped.parquet"
    command = [*COMMAND, "vectorise", str(array), "--shard-size", "2", "--workers", "2", "-o", str(output)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
    parts = parts_folder(output)
    wait_for(lambda: list(parts.glob("0*.parquet"))[1:], process)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the workers too
    told = process.communicate(timeout=30)[1]
    assert process.returncode == 130 and f"{parts}: the same command goes on there" in told, told
    assert "Traceback" not in told and not output.exists() and not list(parts.glob(".*"))
    for path in parts.glob("0*.parquet"):
        assert len(pq.read_table(path)) == 2


MEMORY = """
import resource, sys
from pathlib import Path
from vecnb.bulk.run import Job, run
from vecnb.bulk.sources import open_source
folder, model = Path(sys.argv[1]), sys.argv[2]
for name in ("few", "many"):
    source = open_source(str(folder / f"{name}.npy"), scratch=folder)
    run(Job(source=source, model=model, shard_size=1000), folder / f"{name}.parquet", workers=1)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts in kilobytes on Linux only")
def test_memory_does_not_grow_with_the_number_of_images(tmp_path):
    """60,000 images of floats are 188 MB, ten times the bound on the growth."""
    for name, n in (("few", 10_000), ("many", 60_000)):
        images = np.lib.format.open_memmap(tmp_path / f"{name}.npy", "w+", np.float32, (n, 28, 28))
        images[:, 10, 10] = 1
    save_model(tmp_path / "small", LineAutoencoder.from_config(CONFIG), CONFIG)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEMORY, tmp_path, str(tmp_path / "small")],
        capture_output=True,
        text=True,
        check=True,
    )
    few, many = map(int, done.stdout.split())
    assert many - few < 20_000
    assert pq.read_metadata(tmp_path / "many.parquet").num_rows == 60_000
