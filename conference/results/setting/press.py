"""Sets sheets, each in a process of its own, so that no text can stop or fill this one."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from conference.base.errors import Invalid, Unavailable
from conference.base.log import logger
from conference.results.content import Content
from conference.results.setting import child
from conference.results.setting.drawing import drawn
from conference.results.setting.shape import Look, Occasion, Pdf
from conference.web.render import TEMPLATES
from conference.web.services import Services

TEMPLATE = TEMPLATES / "results" / "sheet.typ"
FONTS = Path(__file__).parent / "fonts"
# Seconds for one sheet, and for its turn when others are being set. A usual one takes less than a tenth of a second.
TIMEOUT = 30.0
PATIENCE = 20.0
# Of processor time, and bytes: a usual sheet takes 0.05 s and 60 MB, a thousand long findings 2 s and 250 MB.
MOST_SECONDS = 20
MOST_MEMORY = 2 * 1024**3

log = logger("results")


async def set_sheet(services: Services, content: Content, occasion: Occasion, look: Look | None = None) -> Pdf:
    """The sheet as PDF/UA-1 in `occasion.language`; the same sheet gives the same bytes.

    `drawing.occasion_of` makes the occasion, `store.look_of` reads the host's look (None: the project's own). Takes about 60 ms
    in a process of its own. Raises Invalid (sheet_too_long); Unavailable (setting): a fault of ours or of this machine.
    """
    data, missing = drawn(content, occasion, look or Look(), services.texts[occasion.language])
    async with turn(services):
        files, pages = await press(data, made=occasion.made)
    return Pdf(files[0], pages, missing)


async def set_pictures(
    services: Services, content: Content, occasion: Occasion, look: Look | None = None, *, ppi: float = 96.0
) -> list[bytes]:
    """The same sheet's pages as PNG pictures, for a preview. Raises as set_sheet."""
    data, _ = drawn(content, occasion, look or Look(), services.texts[occasion.language])
    async with turn(services):
        files, _ = await press(data, ppi=ppi)
    return files


@asynccontextmanager
async def turn(services: Services) -> AsyncIterator[None]:
    """At most as many at a time as the machine bears. Raises Unavailable when it takes too long to get there."""
    try:
        async with asyncio.timeout(PATIENCE):
            await services.setting.acquire()
    except TimeoutError:
        raise Unavailable("setting", why="busy") from None
    try:
        yield
    finally:
        services.setting.release()


async def press(
    data: dict[str, Any],
    *,
    made: datetime | None = None,
    ppi: float | None = None,
    seconds: int | None = None,
    template: Path | None = None,
) -> tuple[list[bytes], int]:
    """Files and number of pages: a PDF that says it was made then, or (ppi) a picture of each page.

    seconds: of processor time at most; template: another than the sheet's, which takes `data` and tells its pages as that does.
    Raises Invalid (sheet_too_long: it used more than it may); Unavailable (setting).
    """
    job = {
        "template": str(template or TEMPLATE),
        "fonts": str(FONTS),
        "format": "png" if ppi else "pdf",
        "ppi": ppi,
        "made": int(made.timestamp()) if made else 0,
        "seconds": seconds or MOST_SECONDS,
        "memory": MOST_MEMORY,
        "sheet": data,
    }
    head, body, code = await _asked(json.dumps(job).encode())
    if "broken" in head or "missing" in head:
        log.warning("sheet_not_set", why=head)
        raise Unavailable("setting", why=str(head))
    if not head:
        # Signals end it when it uses more time or memory than a sheet can need.
        log.warning("sheet_breaks_its_setter", code=code)
        raise Invalid("sheet_too_long")
    files, at = [], 0
    for size in head["sizes"]:
        files.append(body[at : at + size])
        at += size
    return files, head["pages"]


def _packages() -> str:
    """The folder in which Typst is installed. It is loaded only there, never here."""
    found = find_spec("typst")
    if found is None or found.origin is None:
        raise Unavailable("setting", why="typst is not installed")
    return str(Path(found.origin).parents[1])


async def _asked(job: bytes) -> tuple[dict[str, Any], bytes, int | None]:
    """What the child says, the bytes behind it, its exit code. {}: it died or was ended without a word."""
    argv = [sys.executable, "-I", "-S", child.__file__, _packages()]
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env={}
    )
    try:
        async with asyncio.timeout(TIMEOUT):
            said, _ = await process.communicate(job)
    except TimeoutError:
        said = b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    head, _, body = said.partition(b"\n")
    try:
        found: dict[str, Any] = json.loads(head)
    except ValueError:
        found = {}
    return found, body, process.returncode
