"""The list of addresses knows every door: a route that is added and not asked from outside is found here."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.routing import Route

from conference.access.model import LegalPage
from conference.base.storage import FolderStorage
from conference.forums.slides.model import Piece, PieceKind
from conference.keeping.checking.listing import Lent, probes_of
from conference.keeping.checking.rules import STAYING, Kind, Probe
from conference.program.store import session_by_slug
from tests.site import MOMENTS, Site, open_site

NOT_ASKED = {
    "legal.feedback": "a form of the legal pages, there or not as the contact address is",
    "signed.film": "asked where there is one",
}


def routes_of(app: object) -> list[Route]:
    """Those of conferences that answer GET, the desk's left out, whose doors let no stranger in at any time."""
    while not hasattr(app, "routes"):
        app = app._app  # type: ignore[attr-defined]
    found = [each for each in app.routes if isinstance(each, Route) and each.path.startswith("/{c}")]
    return [each for each in found if each.name in ("whip", "whep") or "GET" in (each.methods or ())]


async def fill(site: Site) -> None:
    """One of each kind that the example conference has none of."""
    conference = await site.conference()
    new, now = site.services.ids.new, site.clock.now()
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, conference.id, "forum-1")
        of = {"id": new(), "conference_id": conference.id}
        work.session.add(
            Piece(
                session_id=session.id,
                kind=PieceKind.CLIP,
                title="Clip",
                position=1,
                key="slides/clip.mp4",
                content_type="video/mp4",
                size=1,
                etag="a",
                captions_key="slides/clip.vtt",
                added=now,
                **of,
            )
        )
        film = {
            "film_key": "legal/film.mp4",
            "film_type": "video/mp4",
            "film_size": 1,
            "film_etag": "a",
            "film_captions": "WEBVTT",
        }
        work.session.add(LegalPage(id=new(), conference_id=conference.id, page="signed", fields={}, changed=now, **film))
        logo = {"key": "hosts/logo.svg", "type": "image/svg+xml", "size": 1, "etag": "0" * 32, "alt": {"de": "Logo"}}
        held = await work.session.merge(conference)
        held.hosts = [{**held.hosts[0], "logo": logo}, *held.hosts[1:]]
    for key in ("slides/clip.mp4", "slides/clip.vtt", "legal/film.mp4", "hosts/logo.svg"):
        await site.services.storage.put(key, b"x", "video/mp4")


async def listed(site: Site, lent: Lent) -> list[Probe]:
    conference = await site.conference()
    async with site.services.db.read() as session:
        return await probes_of(site.services, session, conference, lent)


async def test_every_public_address_is_asked(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        await fill(site)
        site.clock.jump_to(MOMENTS["closed"])
        probes = await listed(site, Lent())
        paths = {probe.address.removeprefix(site.origin).partition("?")[0] for probe in probes}
        forgotten = {
            f"{route.name}: {route.path}"
            for route in routes_of(site.app)
            if route.name not in NOT_ASKED
            and "connection" not in route.path
            and not any(route.path_regex.match(path) for path in paths)
        }
        assert forgotten == set()
        stored = {key async for key in site.services.storage.list()}
        asked = {probe.address.partition("/objects/")[2] for probe in probes if probe.kind is Kind.OBJECT}
        assert stored <= asked


async def test_what_stays_is_asked_as_such_and_once(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        site.clock.jump_to(MOMENTS["closed"])
        probes = await listed(site, Lent())
        addresses = [probe.address for probe in probes if probe.kind not in (Kind.LIVE, Kind.CALL, Kind.SIGNED)]
        assert len(addresses) == len(set(addresses))
        browser = site.browser()
        for probe in probes:
            if probe.kind in STAYING:
                answer = await browser.get(probe.address)
                assert answer.status_code == 200, probe.address
                assert not probe.hidden or "noindex" in answer.headers["x-robots-tag"]
        assert {probe.kind for probe in probes} >= STAYING


async def test_where_the_web_server_in_front_reads_the_folder_is_asked_too(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        site.clock.jump_to(MOMENTS["closed"])
        storage = site.services.storage
        assert isinstance(storage, FolderStorage)
        storage.accel = "/accel/"
        probes = await listed(site, Lent())
        asked = [probe.address for probe in probes if probe.address.startswith(f"{site.origin}/accel/")]
        assert len(asked) == len({key async for key in storage.list()})
        assert all(probe.kind is Kind.OBJECT for probe in probes if probe.address in asked)


@pytest.mark.parametrize("moment", ["closed", "purged"])
async def test_tokens_and_links_are_asked_with_where_there_are_any(tmp_path: Path, moment: str) -> None:
    async with open_site(tmp_path) as site:
        site.clock.jump_to(MOMENTS[moment])
        conference = await site.conference()
        async with site.services.db.read() as session:
            forum = await session_by_slug(session, conference.id, "forum-1")
        probes = await listed(site, Lent({forum.id: "secret"}, "link"))
        calls = [probe for probe in probes if probe.kind is Kind.CALL and probe.headers.get("Authorization")]
        assert [probe.address.rpartition("/")[2] for probe in calls] == ["whip", "whep"]
        (link,) = [probe for probe in probes if probe.kind is Kind.LINK]
        assert (link.address, link.name) == (f"{site.origin}/sign-in/link", f"{site.origin}/sign-in/...")
