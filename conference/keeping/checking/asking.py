"""Starts the process that asks from outside, hands it its list and reads its answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict

from conference.base.log import logger
from conference.keeping.checking.rules import Answer, Probe

WITHIN = 20.0
AT_ONCE = 8
SECONDS = 20 * 60.0
"""For all of them together; what is not asked by then is counted as left out."""
PROGRAM = "conference.keeping.checking.probing"
HANDED = ("PATH", "PYTHONPATH", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Of our environment; it holds secrets, and whoever asks from outside has none."""

log = logger("checking")


async def answers_to(
    base_url: str, probes: Sequence[Probe], *, within: float = WITHIN, seconds: float = SECONDS
) -> dict[int, Answer]:
    """The answers by the probes' places in the list. The process has none of our settings, and dies with this call."""
    wanted = {
        "base": base_url, "within": within, "seconds": seconds, "at_once": AT_ONCE, "probes": [asdict(probe) for probe in probes]
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", PROGRAM),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: os.environ[name] for name in HANDED if name in os.environ},
    )
    try:
        async with asyncio.timeout(seconds + 3 * within):
            said, complaint = await process.communicate(json.dumps(wanted).encode())
    except TimeoutError:
        said, complaint = b"", b"too slow"
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if process.returncode:
        log.warning("asking_from_outside_broke_off", said=complaint[-300:].decode("utf-8", "replace"))
    found = [json.loads(line) for line in said.splitlines()]
    return {each.pop("number"): Answer(**each) for each in found}
