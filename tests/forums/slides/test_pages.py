"""Bringing files on the session's page, and fetching them: the doors at the moment of each request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import delete
from sqlmodel import select

from conference.forums.model import Seat
from conference.forums.slides import actions, store
from conference.forums.slides.model import Piece, Screening
from conference.people.model import Person, Role
from conference.program.store import session_by_slug
from tests.forums.slides import files
from tests.site import MOMENTS, SLUG_2021, Site, open_site

BASE = f"/{SLUG_2021}/sessions/forum-1"
PDF = ("vortrag.pdf", files.deck(3, "Guten Tag"), "application/pdf")


@pytest.fixture(scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(tmp_path_factory.mktemp("slides")) as site:
        yield site


@pytest.fixture
async def site(opened: Site) -> AsyncIterator[Site]:
    """In the middle of the forums, with nothing brought yet."""
    opened.clock.jump_to(MOMENTS["live"])
    yield opened
    async with opened.services.db.work() as work:
        for table in (Piece, Screening, Seat):
            await work.session.exec(delete(table))


async def pieces(site: Site) -> list[Piece]:
    conference = await site.conference()
    async with site.services.db.read() as session:
        held = await session_by_slug(session, conference.id, "forum-1")
        return await store.pieces_of(session, held.id)


async def seated(site: Site, name: str) -> str:
    """Somebody who was invited has a seat in the room; which session it is."""
    conference = await site.conference()
    async with site.services.db.work() as work:
        held = await session_by_slug(work.session, conference.id, "forum-1")
        person = (await work.session.exec(select(Person).where(Person.name == name))).one()
        seat = Seat(id=f"seat of {name}", conference_id=conference.id, session_id=held.id, person_id=person.id, entered=work.now)
        work.session.add(seat)
        return held.id


async def bring(browser: httpx2.AsyncClient, file: tuple[str, bytes, str] = PDF, **more: object) -> httpx2.Response:
    return await browser.post(f"{BASE}/slides", files={"file": file}, data=more, headers={"accept": "application/json"})


async def test_a_deck_is_brought_before_the_day_without_scripts(site: Site) -> None:
    site.clock.jump_to(MOMENTS["announced"])
    speaker = await site.signed_in("Sara Spricht", Role.SPEAKER, session="forum-1")
    assert f'href="{BASE}/slides"' in (await speaker.get(BASE)).text
    page = await speaker.get(f"{BASE}/slides")
    assert page.status_code == 200
    answer = await speaker.post(f"{BASE}/slides", files={"file": PDF}, data={"title": "Mein Vortrag", "download": "yes"})
    piece = (await pieces(site))[0]
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}/slides#{piece.id}")
    assert (piece.title, piece.pages, piece.download, piece.by is not None) == ("Mein Vortrag", 3, True, True)
    assert "Mein Vortrag" in (await speaker.get(f"{BASE}/slides")).text
    got = await speaker.get(f"{BASE}/slides/{piece.id}/deck.pdf", headers={"range": "bytes=0-4"})
    assert (got.status_code, got.content, got.headers["content-type"]) == (206, b"%PDF-", "application/pdf")

    # described, moved, removed by plain forms
    address = f"{BASE}/slides/{piece.id}"
    assert "Seite 3" in (await speaker.get(address)).text
    answer = await speaker.post(address, data={"title": "Anders", "page-2": "Ein Diagramm", "page-7": "nichts"})
    assert answer.status_code == 303
    piece = (await pieces(site))[0]
    assert (piece.title, piece.download, piece.words) == ("Anders", False, {"2": "Ein Diagramm"})
    assert (await speaker.get(f"{address}/words.json")).json() == {"2": "Ein Diagramm"}
    await bring(speaker)
    await speaker.post(address, data={"do": "down"})
    assert [one.title for one in await pieces(site)] == ["vortrag", "Anders"]
    await speaker.post(address, data={"do": "remove"})
    assert [one.title for one in await pieces(site)] == ["vortrag"]


@pytest.mark.parametrize(
    ("file", "code", "words"),
    [
        (("a.pdf", files.acting("script"), "application/pdf"), "deck_active", "Skripte"),
        (("a.pdf", files.encrypted(), "application/pdf"), "deck_encrypted", "Passwort"),
        (("a.pdf", b"kein PDF", "application/pdf"), "slides_type", "PDF-Datei"),
        (("a.mp4", files.film("mp4", 1)[:600], "video/mp4"), "clip_damaged", "abspielen"),
    ],
)
async def test_what_cannot_be_taken_is_said_in_the_readers_language(
    site: Site, file: tuple[str, bytes, str], code: str, words: str
) -> None:
    speaker = await site.signed_in("Sara Spricht", Role.SPEAKER, session="forum-1")
    answer = await bring(speaker, file)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert words in answer.json()["text"]
    page = await speaker.post(f"{BASE}/slides", files={"file": file}, data={"title": "Bleibt stehen"})
    assert page.status_code == 422
    assert words in page.text
    assert 'value="Bleibt stehen"' in page.text
    assert await pieces(site) == []


async def test_only_who_presents_brings_and_is_asked_before_anything_is_read(site: Site) -> None:
    anna = await site.signed_in("Anna Beispiel")
    other = await site.signed_in("Otto Nebenan", Role.SPEAKER, session="forum-2")
    for browser, status in ((anna, 403), (other, 403), (site.browser(), 401)):
        for answer in (await browser.get(f"{BASE}/slides"), await bring(browser)):
            assert answer.status_code == status
        assert f"{BASE}/slides" not in (await browser.get(BASE)).text
    assert await pieces(site) == []
    mod = await site.signed_in("Mo Moderat", Role.MODERATOR)
    assert (await bring(mod)).status_code == 201
    piece = (await pieces(site))[0]
    assert (await anna.post(f"{BASE}/slides/{piece.id}", data={"do": "remove"})).status_code == 403
    assert (await mod.get(f"/{SLUG_2021}/sessions/forum-2/slides/{piece.id}")).status_code == 404
    assert (await mod.get(f"/{SLUG_2021}/sessions/forum-2/slides/{piece.id}/deck.pdf")).status_code == 404


async def test_the_file_is_there_for_the_room_while_it_is_on_the_stage(site: Site) -> None:
    mod = await site.signed_in("Mo Moderat", Role.MODERATOR)
    anna = await site.signed_in("Anna Beispiel")
    await bring(mod)
    piece = (await pieces(site))[0]
    address = f"{BASE}/slides/{piece.id}/deck.pdf"
    session = await seated(site, "Mo Moderat")
    assert (await anna.get(address)).status_code == 404
    await show(site, session, piece.id)
    assert (await anna.get(address)).status_code == 404  # not in the room
    await seated(site, "Anna Beispiel")
    got = await anna.get(address)
    assert (got.status_code, got.headers["cache-control"]) == (200, "private, no-cache")
    assert (await anna.get(address, headers={"if-none-match": got.headers["etag"]})).status_code == 304
    assert (await anna.get(f"{address}?save")).status_code == 403
    assert (await anna.get(f"{BASE}/slides/{piece.id}/clip.mp4")).status_code == 404
    assert (await site.browser().get(address)).status_code == 404
    await show(site, session, None)
    assert (await anna.get(address)).status_code == 404
    assert piece.title not in (await anna.get(BASE)).text


async def test_what_stood_on_the_stage_at_the_end_is_nobodys_afterwards(site: Site) -> None:
    mod = await site.signed_in("Mo Moderat", Role.MODERATOR)
    anna = await site.signed_in("Anna Beispiel")
    await bring(mod)
    piece = (await pieces(site))[0]
    address = f"{BASE}/slides/{piece.id}/deck.pdf"
    await show(site, await seated(site, "Mo Moderat"), piece.id)
    await seated(site, "Anna Beispiel")
    assert (await anna.get(address)).status_code == 200
    for moment in ("archive", "live"):
        site.clock.jump_to(MOMENTS[moment] + timedelta(hours=4 if moment == "live" else 0))
        assert (await anna.get(address)).status_code == 404
        assert (await mod.get(address)).status_code == 200


async def test_what_may_be_saved_stays_until_closing(site: Site) -> None:
    mod = await site.signed_in("Mo Moderat", Role.MODERATOR)
    anna = await site.signed_in("Anna Beispiel")
    await bring(mod, title="Zum Mitnehmen", download="yes")
    piece = (await pieces(site))[0]
    session = await seated(site, "Mo Moderat")
    await show(site, session, piece.id)
    await show(site, session, None)
    address = f"{BASE}/slides/{piece.id}/deck.pdf?save"
    site.clock.jump_to(MOMENTS["archive"])
    assert "Zum Mitnehmen" in (await anna.get(BASE)).text
    got = await anna.get(address)
    assert (got.status_code, got.content) == (200, PDF[1])
    assert 'filename="Zum Mitnehmen.pdf"' in got.headers["content-disposition"]
    assert (await site.browser().get(address)).status_code == 401
    site.clock.jump_to(MOMENTS["closed"])
    for browser in (anna, mod, site.browser()):
        assert (await browser.get(address)).status_code == 410


async def test_a_clip_is_played_by_an_address_that_ends(site: Site) -> None:
    mod = await site.signed_in("Mo Moderat", Role.MODERATOR)
    film = ("film.webm", files.film("webm", 1), "video/webm")
    sent = {"file": film, "captions": ("film.srt", files.SRT, "text/plain")}
    answer = await mod.post(f"{BASE}/slides", files=sent, data={"language": "de"}, headers={"accept": "application/json"})
    assert answer.json()["captions"] == "de"
    piece = (await pieces(site))[0]
    words = await mod.get(f"{BASE}/slides/{piece.id}/captions.vtt")
    assert (words.headers["content-type"], words.content) == ("text/vtt; charset=utf-8", files.CAPTIONS)
    found = await mod.get(f"{BASE}/slides/{piece.id}/clip.webm")
    assert found.status_code == 302
    part = await site.browser().get(found.headers["location"], headers={"range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"\x1aE\xdf\xa3")
    site.clock.advance(seconds=16 * 60)
    assert (await site.browser().get(found.headers["location"])).status_code == 403

    # never beyond closing
    conference = await site.conference()
    async with site.services.db.work() as work:
        kept = await work.session.get(type(conference), conference.id)
        assert kept is not None
        site.clock.jump_to(kept.closes - timedelta(seconds=40))
    found = await mod.get(f"{BASE}/slides/{piece.id}/clip.webm")
    site.clock.advance(seconds=41)
    assert (await site.browser().get(found.headers["location"])).status_code == 403


async def show(site: Site, session: str, piece: str | None) -> None:
    async with site.services.db.read() as reading:
        person = (await reading.exec(select(Person).where(Person.name == "Mo Moderat"))).one()
    await actions.show(site.services, session, person, piece)
