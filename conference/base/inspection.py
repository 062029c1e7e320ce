"""Files that people bring are looked at by a process of its own, which may break; nothing of them is parsed in this one."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from conference.base import inspecting
from conference.base.log import logger

TIMEOUT = 40.0

log = logger("inspection")


async def inspected(kind: str, path: Path) -> dict[str, Any] | None:
    """What `inspecting.py` says of the file: facts, or {"refused": code}, or {"missing": module} on a machine that cannot look.

    kind: deck, clip, document. None: the process died or took too long; it has met a file that nobody should open.
    """
    argv = [sys.executable, "-I", inspecting.__file__, kind, str(path)]
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env={}
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            said, complaint = await process.communicate()
    except TimeoutError:
        said, complaint = b"", b"too slow"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: dict[str, Any] = json.loads(said)
    except ValueError:
        log.warning("file_breaks_its_reader", kind=kind, said=complaint[-300:].decode("utf-8", "replace"))
        return None
    if "missing" in found:
        log.error("reader_not_installed", module=found["missing"])
    return found
