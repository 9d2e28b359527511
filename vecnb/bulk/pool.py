"""Who works on shards: this process, some of this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from typing import Any


def available_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def local_workers(workers: int) -> Iterator[Executor]:
    """So many processes; one is this process itself.

    They are spawned, since a forked process hangs in PyTorch's threads; a script that asks for several must
    therefore be guarded by `if __name__ == "__main__":`. They leave Ctrl-C to this process, and end with it,
    even if it is killed.
    """
    if workers == 1:
        yield _ThisProcess()
        return
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _begin)
    with _without_ctrl_c():  # as they are from their first moment, when they could not yet ignore it
        pool.submit(int)  # starts them all
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _without_ctrl_c() -> Iterator[None]:
    """Ctrl-C waits, for this thread and for processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """The first thing that a worker does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def end_with(parent: Any) -> None:
        parent.join()
        os._exit(1)  # it waits for work on a pipe that it holds open itself, and would wait for ever

    threading.Thread(target=end_with, args=(parent,), daemon=True).start()


class _ThisProcess(Executor):
    def submit(self, fn: Callable[..., Any], /, *arguments: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*arguments, **named))
        except Exception as error:
            future.set_exception(error)
        return future


@contextlib.contextmanager
def dask_workers(address: str) -> Iterator[tuple[Executor, int]]:
    """The workers of a Dask cluster and how many they are; needs the extra [dask].

    Args:
        address: of its scheduler, "tcp://host:8786" for instance. Its workers need vecnb[bulk], and see data
            and models under the same paths.
    Raises:
        OSError: there is no scheduler.
    """
    from distributed import Client

    with Client(address) as client:
        workers = sum(client.nthreads().values())
        if not workers:
            raise RuntimeError(f"the Dask cluster at {address} has no workers: start one by `dask worker`")
        yield client.get_executor(pure=False), workers
