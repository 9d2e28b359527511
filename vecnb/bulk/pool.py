"""Who works on many images: this process, some of this machine, or a Dask cluster."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

import torch

Name = TypeVar("Name")
Input = TypeVar("Input")
Output = TypeVar("Output")


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


def results(
    work: Callable[[Input], Output],
    tasks: Iterator[tuple[Name, Input]],
    pool: Executor,
    window: int,
    asked: Sequence[int],
) -> Iterator[tuple[Name, Output]]:
    """What a function makes of tasks, as each is done, some under way at a time.

    Args:
        work: can be pickled, and so can tasks and results.
        tasks: each with a name, by which its result is known.
        window: how many are under way at a time.
        asked: no new ones begin once there is something in it (`interrupts_between_steps`).
    """
    pending: dict[Future[Output], Name] = {}
    while True:
        while not asked and len(pending) < window and (task := next(tasks, None)):
            pending[pool.submit(work, task[1])] = task[0]
        pending = {future: name for future, name in pending.items() if not (asked and future.cancel())}
        if not pending:
            return
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            yield pending.pop(future), future.result()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch works with one thread, for there are as many processes as cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextlib.contextmanager
def quiet() -> Iterator[list[warnings.WarningMessage]]:
    """Without what is told of each picture, which of a million helps nobody; warnings are collected."""
    logger = logging.getLogger("vecnb")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield caught
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def explain_a_killed_worker() -> Iterator[None]:
    """A RuntimeError that says what to do in the place of one that says that a pool is broken."""
    try:
        yield
    except BrokenProcessPool as error:
        raise RuntimeError(
            "a worker was killed, maybe for want of memory: fewer workers (--jobs) need less of it"
        ) from error


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
