"""`meetingpoint ARGUMENTS` that is killed (SIGKILL) before the step of the purge whose number is the first argument; the number
after the last step: in the last unit of work, before its commit."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from conference import cli, purging


async def die(*_anything: Any) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


if __name__ == "__main__":
    number = int(sys.argv.pop(1))
    if number > len(purging.STEPS):
        purging._forget_told = die  # type: ignore[assignment]
    else:
        purging.STEPS = (*purging.STEPS[:number], die, *purging.STEPS[number:])
    cli.main()
