"""Many pictures, by several processes; what is done stays done."""

from __future__ import annotations

import contextlib
import itertools
import logging
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tqdm import tqdm

from vecnb.bulk.pool import available_cores, explain_a_killed_worker, local_workers, results
from vecnb.choices import check_count
from vecnb.commands.files import Item
from vecnb.commands.picture import Answer, Task, work
from vecnb.commands.request import Request
from vecnb.files import write_atomically
from vecnb.training.common.interrupts import interrupts_between_steps

REQUEST = ".vectorise.json"  # in the folder of the files: what was asked for
ALONE = 3.0  # seconds: what takes no longer is not worth more processes
logger = logging.getLogger(__name__)


def run(items: Sequence[Item], folder: Path, request: Request, jobs: int | None) -> None:
    """Write the files of pictures; those that were written before, by the same request, stay.

    A file counts as written if it is as new as its picture and as `REQUEST`, which is written anew where
    something else is asked for than before.

    Raises:
        KeyboardInterrupt: after Ctrl-C, and the pictures that were begun; a second one stops at once.
        OSError: a file cannot be written.
        RuntimeError: a worker was killed; or some pictures could not be done, which were named before.
    """
    jobs = available_cores() if jobs is None else check_count("jobs", jobs)
    since = _since(folder / REQUEST, request)
    left = [item for item in items if not item.is_done(since)]
    done, failed = len(items) - len(left), 0
    if done:
        logger.info("%s of %s pictures were done before, and stay: %s", done, len(items), folder)
    tasks = ((item, Task(item.source, request)) for item in left)
    with contextlib.ExitStack() as stack:
        stack.enter_context(explain_a_killed_worker())
        asked = stack.enter_context(interrupts_between_steps())
        bar = stack.enter_context(tqdm(total=len(items), initial=done, unit=" pictures", disable=None))
        for item, answer in _answers(tasks, min(jobs, len(left)), asked):
            _say(answer)
            _write(item, answer)
            failed += answer.files is None
            done += answer.files is not None
            bar.update()
    if asked:
        logger.warning("%s of %s pictures are done: the same command goes on there", done, len(items))
        raise KeyboardInterrupt
    if failed:
        raise RuntimeError(
            f"{failed} of {len(items)} pictures could not be done, named above; {done} are done"
        )


def _answers(
    tasks: Iterator[tuple[Item, Task]], jobs: int, asked: Sequence[int]
) -> Iterator[tuple[Item, Answer]]:
    """By this process at first, since others take seconds to start; if that is not enough, by those."""
    with local_workers(1) as here:
        yield from results(work, tasks if jobs <= 1 else _for_some_time(tasks), here, 1, asked)
    if jobs > 1 and not asked and (first := next(tasks, None)):
        with local_workers(jobs) as pool:
            yield from results(work, itertools.chain([first], tasks), pool, 2 * jobs, asked)


def _for_some_time(tasks: Iterator[tuple[Item, Task]]) -> Iterator[tuple[Item, Task]]:
    end = time.monotonic() + ALONE
    while time.monotonic() < end and (task := next(tasks, None)):
        yield task


def _since(path: Path, request: Request) -> int:
    """The time, in nanoseconds, since which this is what is asked for."""
    content = request.to_json().encode()
    if not path.exists() or path.read_bytes() != content:
        write_atomically(path, content)
    return path.stat().st_mtime_ns


def _say(answer: Answer) -> None:
    """What there is to say of a picture, above the bar."""
    for message in [*answer.messages, *([answer.error] if answer.error else [])]:
        tqdm.write(f"vecnb: {message}", file=sys.stderr)


def _write(item: Item, answer: Answer) -> None:
    """The drawing comes last: where it is, all is."""
    if answer.files is None:
        return
    if item.preview is not None and answer.files.preview is not None:
        write_atomically(item.preview, answer.files.preview)
    write_atomically(item.output, answer.files.drawing)
