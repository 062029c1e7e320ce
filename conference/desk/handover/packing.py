"""Puts the pack together on the disk: pages, what they need to look right, the files out of the store; then the zip of it all."""

from __future__ import annotations

import asyncio
import zipfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from conference.base.errors import Invalid, Unavailable
from conference.desk.handover.contents import Contents
from conference.desk.handover.drawing import Drawing
from conference.desk.handover.rules import MOST_BYTES, digest_of
from conference.web.render import Rendering
from conference.web.services import Services
from conference.web.static import FOLDER, Assets

STYLES = ("base", "layout", "pages", "results", "report", "cards", "handover")
ASSETS = (*(f"css/{name}.css" for name in STYLES), "img/favicon.svg")
FACES = "vendor/atkinson-hyperlegible-next-5.3.0"


def drawn(services: Services, contents: Contents, captions: Mapping[str, bytes]) -> dict[str, str]:
    """Path -> HTML. Takes some milliseconds for each page, so call it in a thread."""
    return Drawing(contents, Rendering(services.texts, Assets()), captions).pages()


def digest_for(services: Services, contents: Contents) -> str:
    """Of what a pack shows, captions by their files alone. In a thread, as `drawn`."""
    return digest_of(drawn(services, contents, {}), ((path, key) for path, key, _ in contents.files()))


async def pack(services: Services, contents: Contents, target: Path, told: Callable[[float], None]) -> None:
    """Write the zip. told: how far it is, 0..1.

    Raises Invalid("handover_too_large"), NotFound("object") for a file that the store has lost, Unavailable.
    """
    files = contents.files()
    total = sum(size for _, _, size in files)
    if total > MOST_BYTES:
        raise Invalid("handover_too_large", size=total, limit=MOST_BYTES)
    captions = {file.key: await services.storage.get(file.key) for card in contents.cards for file in card.captions.values()}
    pages = await asyncio.to_thread(drawn, services, contents, captions)
    done = 0
    async with _opened(target) as archive:
        await asyncio.to_thread(_write_pages, archive, pages, _read_me(services, contents))
        for path, key, size in files:
            await _copy(services, archive, path, key, size, services.clock.now())
            done += size
            told(done / total)


@asynccontextmanager
async def _opened(target: Path) -> AsyncIterator[zipfile.ZipFile]:
    archive = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
    try:
        yield archive
    finally:
        await asyncio.to_thread(archive.close)


def _write_pages(archive: zipfile.ZipFile, pages: Mapping[str, str], read_me: str) -> None:
    archive.writestr("LIESMICH.txt", read_me)
    for path, html in sorted(pages.items()):
        archive.writestr(path, html)
    for name in _assets():
        archive.write(FOLDER / name, f"assets/{name}")


def _assets() -> Iterable[str]:
    return (*ASSETS, *sorted(str(file.relative_to(FOLDER)) for file in (FOLDER / FACES).iterdir()))


async def _copy(services: Services, archive: zipfile.ZipFile, path: str, key: str, size: int, now: datetime) -> None:
    """One object as it lies in the store: films, photos and PDFs are compressed already."""
    entry = zipfile.ZipInfo(path, now.timetuple()[:6])
    entry.compress_type, entry.external_attr, entry.file_size = zipfile.ZIP_STORED, 0o644 << 16, size
    _, chunks = await services.storage.open_range(key)
    got = 0
    with archive.open(entry, "w") as file:
        async with aclosing(chunks):
            async for data in chunks:
                got += len(data)
                await asyncio.to_thread(_write, file, data)
    if got != size:
        raise Unavailable("store", reason=f"{got} bytes instead of {size}")


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(data)


def _read_me(services: Services, contents: Contents) -> str:
    """What somebody needs to know who finds this folder, in each language."""
    lines = []
    for language in ("de", "en"):
        words = services.texts[language]
        _, visit = words.gettext, contents.visit(language)
        lines += [
            visit.say(contents.conference.title),
            "",
            _("This folder is a copy of the pages of the conference as of {moment}.").format(
                moment=words.moment(visit.local(visit.now))
            ),
            _("Open index.html in any browser, or put the whole folder on any web server. Nothing else is needed."),
            _("It holds what was public, and video cards whose initiatives agreed to the hosts' sites and to staying."),
            _("Should an initiative take that back later, please delete its page in the folder cards and its files in films."),
            "",
        ]
    return "\r\n".join(lines)
