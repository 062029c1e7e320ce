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

    kind: deck, clip, document. None: as `said_by`.
    """
    return await said_by(inspecting.__file__, kind, str(path))


async def said_by(program: str, *arguments: str) -> dict[str, Any] | None:
    """The line of JSON that a program of ours writes about a file. program: its path; it runs alone, with an empty environment.

    None: the process died or took too long; it has met a file that nobody should open.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", program, *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={},
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
        log.warning("file_breaks_its_reader", reader=Path(program).stem, said=complaint[-300:].decode("utf-8", "replace"))
        return None
    if "missing" in found:
        log.error("reader_not_installed", module=found["missing"])
    return found
