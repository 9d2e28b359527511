"""Ctrl-C between two steps of a training instead of within one."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def interrupts_between_steps() -> Iterator[list[int]]:
    """Collect Ctrl-C in a list, for the loop to obey between two steps; a second one interrupts at once.

    Only where Ctrl-C means what it does by default, and in the main thread, which alone may change that.
    """
    asked: list[int] = []
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield asked
        return

    def ask(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
