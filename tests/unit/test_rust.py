"""The compiled module: what is said where it is missing or stale; signals, threads, forks, Python's end.

`make lint` runs the tests of the Rust crates, and compares the module with its types.
"""

import os
import runpy
import signal
import subprocess
import sys
import textwrap
import threading

import numpy as np
import pytest

import vecnb
from vecnb import _raster, extension
from vecnb.render import render_hard

# Before each script: a rendering of some lines, without PyTorch, which takes seconds to import.
PREPARED = """
import numpy as np, os, signal, sys, threading, time
from vecnb import _raster

def render(lines=6, size=28, batch=64, threads=None):
    ends = np.random.default_rng(0).random((batch, lines, 4), np.float32)
    return _raster.render(ends, size, size, np.array(0.3, np.float32), True, threads)
"""
posix = pytest.mark.skipif(os.name == "nt", reason="signals and forks are POSIX's")


def start(script: str) -> subprocess.Popen:
    command = [sys.executable, "-c", PREPARED + textwrap.dedent(script)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_missing_module_is_named_with_the_remedy(monkeypatch):
    monkeypatch.delattr(vecnb, "_raster")
    monkeypatch.setitem(sys.modules, "vecnb._raster", None)
    with pytest.raises(ImportError, match=r"vecnb/_raster, .*missing.*pip install -e \."):
        runpy.run_path(extension.__file__)


def test_a_module_of_another_version_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setattr(_raster, "__version__", "0.0.1")
    with pytest.raises(ImportError, match=r"of version 0\.0\.1, vecnb of .*pip install -e \."):
        runpy.run_path(extension.__file__)


@posix
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_stops_a_long_rendering(threads):
    process = start(f"""
        print("begins", flush=True)
        try:
            render(lines=20_000, size=6_000, batch=1, threads={threads})
        except KeyboardInterrupt:
            print("stopped")
    """)
    process.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)  # it is long
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)  # at once, but for a busy machine
    assert output == "stopped\n", errors


@posix
def test_a_signal_s_own_exception_stops_it_too():
    process = start("""
        def handler(number, frame):
            raise RuntimeError("enough")

        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        try:
            render(lines=20_000, size=6_000, batch=1)
        except RuntimeError as error:
            print(error)
    """)
    output, errors = process.communicate(timeout=60)
    assert output == "enough\n", errors


def test_daemon_threads_that_render_do_not_abort_the_end_of_the_process():
    process = start("""
        def loop():
            while True:
                render()

        for _ in range(3):
            threading.Thread(target=loop, daemon=True).start()
        time.sleep(0.3)
    """)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0 and not errors


@posix
def test_a_forked_child_renders_the_same_while_another_thread_of_the_parent_renders():
    process = start("""
        expected, ended = render().tobytes(), threading.Event()

        def loop():
            while not ended.is_set():
                render()

        thread = threading.Thread(target=loop)
        thread.start()
        for _ in range(20):
            child = os.fork()
            if child == 0:
                signal.alarm(60)  # a child that waits for the parent's threads would wait for ever
                same = render().tobytes() == expected and render(threads=2).tobytes() == expected
                os._exit(0 if same else 1)
            print(os.waitpid(child, 0)[1])
        ended.set()
        thread.join()
    """)
    output, errors = process.communicate(timeout=120)
    assert output.split() == ["0"] * 20, errors


def test_a_small_batch_does_not_wait_for_a_large_one_of_another_thread():
    lines = np.random.default_rng(0).random((64, 60, 4), np.float32)
    ended = threading.Event()

    def large():
        render_hard(lines.reshape(1, -1, 4), 2_000, 2_000, stroke_width=0.2)
        ended.set()

    thread = threading.Thread(target=large)
    thread.start()
    for _ in range(5):
        render_hard(lines[:, :6])
    assert not ended.is_set()
    thread.join()
