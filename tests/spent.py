"""What a piece of work costs the thread that does it, whatever else the process and the machine are doing."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Spent:
    """seconds: CPU time of this thread, known once the block is left."""

    seconds: float = 0.0


@contextmanager
def spent() -> Iterator[Spent]:
    """Count a block. The collector waits: in a run of thousands of tests it looks through all that they have left."""
    told = Spent()
    gc.disable()
    began = time.thread_time()
    try:
        yield told
    finally:
        told.seconds = time.thread_time() - began
        gc.enable()
