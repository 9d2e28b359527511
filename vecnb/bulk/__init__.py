"""Many images: lines or errors of each, by several processes or machines, in one Parquet file.

`sources.open_source` says where the images are, `run.Job` what is wanted of them, and `run.run` does it,
shard by shard, in a memory that does not grow with their number. A shard that is done stays done: whatever
stops it, the same call goes on from there. Needs the extra [bulk].
"""

from __future__ import annotations

from typing import Literal

SHARD_SIZE = 2500  # images; a multiple of those that `vectorise` takes together, so that no bit depends on it

OnError = Literal["stop", "skip"]
