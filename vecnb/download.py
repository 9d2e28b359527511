"""One file from the first of several mirrors that sends it, at a bearable speed."""

from __future__ import annotations

import http.client
import logging
import queue
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from tqdm import tqdm

PATIENCE = 5.0  # seconds within which a mirror must have sent the next PROGRESS bytes, or all
PROGRESS = 50_000  # bytes
DEADLINE = 300.0  # seconds for one file from one mirror
logger = logging.getLogger(__name__)


class DownloadError(RuntimeError):
    """No mirror has sent the file; the message says why, mirror by mirror."""


def download(name: str, mirrors: Sequence[str], check: Callable[[str, bytes], None]) -> bytes:
    """The content of a file.

    A mirror that refuses, stalls, trickles, or sends something else is left for the next. Shows a bar where
    there is a terminal.

    Args:
        name: of the file.
        mirrors: addresses of the folders that hold it, tried in this order.
        check: raises a `DownloadError` for a name and a content that is not that of the file.
    Raises:
        DownloadError: no mirror has sent it.
    """
    failures = []
    for mirror in mirrors:
        logger.info("downloading %s%s", mirror, name)
        try:
            content = _fetch(mirror + name)
            check(name, content)
            return content
        except (OSError, http.client.HTTPException, DownloadError) as error:
            failures.append(f"{mirror}: {error or type(error).__name__}")
            logger.info("failed: %s", failures[-1])
    raise DownloadError("; ".join(failures))


def _fetch(url: str) -> bytes:
    """What an address sends.

    A thread receives it: a name server that does not answer ignores every timeout of a socket, and a byte
    now and then resets it. Left alone, the thread ends with the process at the latest.
    """
    parts: queue.Queue[bytes | Exception] = queue.Queue()
    given_up = threading.Event()

    def receive() -> None:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as response:
                while not given_up.is_set() and (part := response.read1(65536)):
                    parts.put(part)
                if response.length:
                    raise http.client.IncompleteRead(b"", response.length)
            parts.put(b"")
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()  # it holds the connection
            parts.put(error)

    threading.Thread(target=receive, daemon=True).start()
    try:
        return _collect(parts, url.rpartition("/")[2])
    finally:
        given_up.set()


def _collect(parts: queue.Queue[bytes | Exception], name: str) -> bytes:
    """The parts as one, up to the empty one that ends them."""
    content, began = bytearray(), time.monotonic()
    goal, since = PROGRESS, began
    with tqdm(desc=name, unit="B", unit_scale=True, leave=False, disable=None) as bar:
        while True:
            left = min(since + PATIENCE, began + DEADLINE) - time.monotonic()
            try:
                part = parts.get(timeout=max(left, 0))
            except queue.Empty:
                raise TimeoutError(
                    f"only {len(content):,} bytes in {time.monotonic() - began:.0f} s"
                ) from None
            if isinstance(part, Exception):
                raise part
            if not part:
                return bytes(content)
            content += part
            bar.update(len(part))
            if len(content) >= goal:
                goal, since = len(content) + PROGRESS, time.monotonic()


def failed_recently(folder: Path, seconds: float) -> bool:
    """Whether a download into a folder failed within so many seconds."""
    try:
        return time.time() - mark_of_failure(folder).stat().st_mtime < seconds
    except OSError:  # no mark
        return False


def remember_failure(folder: Path) -> None:
    """Leave a mark beside a folder whose download has failed."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark_of_failure(folder).touch()
    except OSError:  # where nothing can be written, nothing is remembered
        logger.info("%s cannot be written", folder)


def mark_of_failure(folder: Path) -> Path:
    """The file that remembers it."""
    return folder / ".download-failed"
