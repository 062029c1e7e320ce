"""What tests of the hand-over pack stand on: a house with something to hand over, the worker, the pack as a folder."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

from conference.base.jobs import Worker
from conference.cards.model import Card, ConsentKind
from conference.desk.handover.actions import ask_for_pack, handlers, handover_of
from conference.results.model import HandOver
from tests.cards.reviewing import agreed, card_at
from tests.results.house import House, conference_yaml
from tests.results.report.test_report import DESK, WORDS, send, text


def document() -> dict[str, object]:
    found = conference_yaml()
    found["conference"]["title"] = {"de": "Vernetzungstreffen", "en": "Networking meeting"}
    found["conference"]["hosts"] = [{"name": "Land <Beispiel>", "short": "LB", "url": "https://example.org/"}]
    found.pop("report")
    return found


async def furnished(house: House, photo: bytes) -> Card:
    """A published report with two photos; the card that may leave."""
    for _ in range(2):
        assert (await send(house, f"{DESK}/photos", WORDS, photo=photo)).status_code == 303
    fields = text(do="publish", figure="forums", title_en="What stays", body_en="The first paragraph.")
    assert (await send(house, DESK, fields)).status_code == 303
    card = await card_at(house, "heimat")
    await agreed(house, card, (ConsentKind.SITE,))
    return card


async def made(house: House) -> HandOver:
    """Asked for, and made by a worker."""
    async with house.services.db.work() as work:
        await ask_for_pack(house.services, work, house.conference.id, by=None)
    await worked(house)
    return await row_of(house)


async def worked(house: House) -> None:
    services = house.services
    worker = Worker(services.db, services.clock, services.ids, handlers(services))
    while await worker.run_once():
        pass


async def row_of(house: House) -> HandOver:
    async with house.services.db.read() as db:
        row = await handover_of(db, house.conference.id)
    assert row is not None
    return row


async def unpacked(house: House, row: HandOver, folder: Path) -> Path:
    assert row.object_key is not None, row.fault
    data = await house.services.storage.get(row.object_key)
    assert len(data) == row.size
    (folder / "pack.zip").write_bytes(data)
    with zipfile.ZipFile(folder / "pack.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(folder / "pack")
    return folder / "pack"


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(tag, address) of everything that a page links or loads."""
        for tag, attributes in self.found:
            for name in ("href", "src", "poster", "action"):
                if name in attributes:
                    yield tag, attributes[name]


def missing(folder: Path) -> list[str]:
    """Addresses in pages that lead to no file of the folder; those of other sites and of the page itself are none."""
    lost = []
    for page in folder.rglob("*.html"):
        for tag, address in Tags(page.read_text(encoding="utf-8")).addresses():
            if address.startswith(("https://", "mailto:", "#", "data:text/vtt")):
                continue
            path = unquote(address.partition("#")[0].partition("?")[0])
            if path.startswith("/") or ":" in path or not (page.parent / path).resolve().is_relative_to(folder.resolve()):
                lost.append(f"{page.name}: {tag} {address} leads out of the folder")
            elif not (page.parent / path).is_file():
                lost.append(f"{page.name}: {tag} {address}")
    return lost
