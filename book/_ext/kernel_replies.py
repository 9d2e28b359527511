"""A Sphinx extension: no answer of a kernel is overlooked while a page with a control is executed.

A control shows what its function returns through a widget, which nbclient keeps up to date by sending on the
very socket on which it waits for the kernel's reply. If the reply arrives in that moment, ZeroMQ does not
announce it again (nbclient's issue 312), and the page waits for as long as a cell may take. Asking again once
a second finds it.
"""

import math
from queue import Empty
from time import monotonic
from typing import Any

from jupyter_client.channels import AsyncZMQSocketChannel
from sphinx.application import Sphinx

SECOND = 1.0
_get_msg = AsyncZMQSocketChannel.get_msg


async def get_msg(channel: AsyncZMQSocketChannel, timeout: float | None = None) -> dict[str, Any]:
    """The next message of a channel, asked for once a second.

    Raises:
        queue.Empty: none came within `timeout` seconds.
    """
    deadline = monotonic() + (math.inf if timeout is None else timeout)
    while True:
        left = deadline - monotonic()
        try:
            return await _get_msg(channel, max(0.0, min(left, SECOND)))
        except Empty:
            if left <= SECOND:
                raise


def setup(app: Sphinx) -> dict[str, bool]:
    AsyncZMQSocketChannel.get_msg = get_msg
    return {"parallel_read_safe": True, "parallel_write_safe": True}
