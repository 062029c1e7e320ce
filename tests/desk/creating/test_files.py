"""Conferences as files in the browser, and as copies: what goes along, what stays, what is said before anything changes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
import yaml
from sqlmodel import select

from conference.access.model import Conference
from conference.desk.settings.logos import keep_logo
from conference.people.actions import make_organiser
from conference.people.model import Person, Role
from conference.program.model import Billing
from conference.program.store import rounds_of, sessions_of
from conference.registration.store import terms_of
from conference.registration.terms import Wanted as Registering
from conference.registration.terms import set_terms
from conference.results.setting.actions import Wanted, save_look
from conference.results.setting.store import look_row
from tests.site import DEMO, MOMENTS, SLUG_2021, SLUG_2024, Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, conferences=("2021", "2024")) as opened:
        yield opened


async def creator(site: Site) -> httpx2.AsyncClient:
    async with site.services.db.work() as work:
        secret = await make_organiser(work, site.services.ids, "olga@example.org")
    browser = site.browser()
    await browser.post(f"/sign-in/{secret}")
    return browser


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_both_demo_conferences_go_out_and_in_again_through_the_browser(site: Site, tmp_path: Path) -> None:
    organiser = await creator(site)
    async with open_site(tmp_path / "other", conferences=()) as other:
        there = await creator(other)
        for slug in (SLUG_2021, SLUG_2024):
            taken = await organiser.get(f"/desk/{slug}/export?file")
            assert taken.headers["content-type"] == "application/zip"
            answer = await there.post("/desk/new/file", files={"file": ("a.zip", taken.content)})
            assert answer.headers["location"] == f"/desk/{slug}?made", answer.text
            back = members((await there.get(f"/desk/{slug}/export?file")).content)
            before = members(taken.content)
            assert back.keys() == before.keys()
            assert len(before) > 5
            for name in before.keys() - {"conference.yaml"}:
                assert back[name] == before[name], name
            first, second = yaml.safe_load(before["conference.yaml"]), yaml.safe_load(back["conference.yaml"])
            assert second["conference"]["times"].pop("announced") is None  # whatever was public begins as a draft
            first["conference"]["times"].pop("announced")
            assert second == first


async def test_a_taken_address_is_exchanged(site: Site) -> None:
    organiser = await creator(site)
    answer = await organiser.post("/desk/new/file", files={"file": ("a.yaml", plain_file())})
    assert answer.status_code == 303
    slug = answer.headers["location"].removeprefix("/desk/").removesuffix("?made")
    assert slug not in (SLUG_2021, SLUG_2024)
    assert (await site.browser().get(f"/{slug}/")).status_code == 404
    assert (await site.conference()).title["de"].startswith("Digitales")


def plain_file(**changes: object) -> bytes:
    """The demo of 2021 without its files."""
    document = yaml.safe_load((DEMO / "2021" / "conference.yaml").read_text())
    document = {name: document[name] for name in ("meetingpoint", "conference", "sessions", "legal")}
    for session in document["sessions"]:
        session.pop("results", None)
    document["conference"] |= changes
    return yaml.safe_dump(document, allow_unicode=True).encode()


async def test_what_a_file_would_change_is_said_before_it_does(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = f"/desk/{SLUG_2021}/import"
    file = plain_file(motto={"de": "Anders"}, slug="irgendwo")
    looked = await organiser.post(page, files={"file": ("a.yaml", file)}, data={"do": "look"})
    main = looked.text.split("<main")[1]
    assert looked.status_code == 200
    assert ("Diese Datei würde ändern:" in main, "Leitwort" in main, "Zeiten" in main) == (True, True, False)
    assert (await site.conference()).motto["de"] != "Anders"
    taken = await organiser.post(page, files={"file": ("a.yaml", file)}, data={"do": "take"})
    assert taken.headers["location"] == f"/desk/{SLUG_2021}/export?taken"
    assert (await site.conference()).motto["de"] == "Anders"
    same = await organiser.post(page, files={"file": ("a.yaml", file)}, data={"do": "look"})
    assert "Leitwort" not in same.text.split("<main")[1]


@pytest.mark.parametrize("brought", [b"", b"\x00\xff", b"PK\x03\x04 no zip", b"meetingpoint: 2", b"- a\n- b", b"a: [" * 1000])
async def test_what_is_no_such_file_is_refused_with_sentences(site: Site, brought: bytes) -> None:
    organiser = await creator(site)
    for page in ("/desk/new/file", f"/desk/{SLUG_2021}/import"):
        answer = await organiser.post(page, files={"file": ("a.zip", brought)}, data={"do": "take"})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert "/tmp" not in answer.text
    assert (await organiser.post("/desk/new/file", data={"do": "take"})).status_code == 422
    own = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    assert (await own.post("/desk/new/file", files={"file": ("a.zip", brought)})).status_code == 403


async def test_a_copy_takes_the_program_to_another_day_and_leaves_the_people(site: Site) -> None:
    organiser = await creator(site)
    own = await site.signed_in("Otto Beispiel", Role.ORGANISER)
    page = f"/desk/{SLUG_2024}/copy"
    assert (await own.get(page)).status_code in (401, 403)
    assert f'href="{page}"' in (await organiser.get("/desk")).text
    assert (await organiser.get(page)).status_code == 200
    form = {"title": "Meetingpoint 2026", "day": "2026-03-19", "begins": "10:00"}
    for wrong in ({"title": ""}, {"day": "2020-01-01"}, {"day": "2026-03-29", "begins": "02:30"}):
        assert (await organiser.post(page, data=form | wrong)).status_code == 422, wrong
    answer = await organiser.post(page, data=form)
    assert answer.headers["location"] == "/desk/meetingpoint-2026?made"
    made, source = await site.conference("meetingpoint-2026"), await site.conference(SLUG_2024)
    assert made.live == datetime(2026, 3, 19, 9, tzinfo=UTC)
    assert (made.announced, made.hosts, made.legal) == (None, source.hosts, source.legal)
    assert made.closes.astimezone(ZoneInfo("Europe/Berlin")).time() == time()
    async with site.services.db.read() as session:
        copies, originals = await sessions_of(session, made.id), await sessions_of(session, source.id)
        assert [each.slug for each in copies] == [each.slug for each in originals]
        assert copies[0].starts == made.live
        assert {each.sequence for each in copies} == {0}
        rounds = await rounds_of(session, [each.id for each in copies])
        assert sum(map(len, rounds.values())) == sum(map(len, (await rounds_of(session, [o.id for o in originals])).values())) > 0
        assert (await session.exec(select(Person).where(Person.conference_id == made.id))).first() is None
        billed = select(Billing).where(Billing.session_id.in_([each.id for each in copies]))  # type: ignore[attr-defined]
        assert (await session.exec(billed)).first() is None
    assert (await organiser.get(f"/{made.slug}/program")).status_code == 200


async def test_a_copy_takes_logos_look_and_terms_of_registering_which_is_closed(site: Site) -> None:
    services, source = site.services, await site.conference(SLUG_2024)
    sign = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 3"><rect width="9" height="3"/></svg>'
    logo = await keep_logo(services, sign, {"de": "Zeichen"})
    await save_look(services, source, Wanted("#7a1f3d", "noto-serif", sign, {"de": "Zeichen"}), by=None)
    terms = Registering(True, source.doors, 80, ("organisation",), {"de": "Was wünschen Sie?"}, {}, 3)
    async with services.db.work() as work:
        changed = await work.session.get_one(Conference, source.id)
        changed.hosts = [changed.hosts[0] | {"logo": logo}, *changed.hosts[1:]]
        before = await terms_of(work.session, source.id)
        await set_terms(work, services, source.id, terms, seen=str(before.version if before else 0), by=None)
    organiser = await creator(site)
    form = {"title": "Meetingpoint 2026", "day": "2026-03-19", "begins": "10:00"}
    await organiser.post(f"/desk/{SLUG_2024}/copy", data=form)
    made = await site.conference("meetingpoint-2026")
    copied = made.hosts[0]["logo"]
    assert copied == logo | {"key": copied["key"]} != logo  # each has its own, so that deleting one leaves the other
    async with services.db.read() as session:
        look, theirs = await look_row(session, made.id), await look_row(session, source.id)
        registering = await terms_of(session, made.id)
    assert (look.colour, look.face, look.logo_alt) == ("#7a1f3d", "noto-serif", {"de": "Zeichen"})
    assert look.logo_key is not None
    assert look.logo_key != theirs.logo_key
    assert [await services.storage.get(key) for key in (copied["key"], look.logo_key)] == [sign, sign]
    assert registering is not None
    assert (registering.is_open, registering.until, registering.places) == (False, None, 80)
    assert (registering.asks, registering.wishes, registering.needs_kept) == (["organisation"], {"de": "Was wünschen Sie?"}, 3)


async def test_pages_as_others_see_them(site: Site) -> None:
    site.clock.jump_to(MOMENTS["draft"])
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = f"/desk/{SLUG_2021}/look-as"
    assert (await organiser.post(page, data={"role": "organiser", "state": "archive"})).status_code == 422
    begun = await organiser.post(page, data={"role": "stranger", "state": "archive"})
    assert begun.headers["location"] == f"/{SLUG_2021}/"
    home = (await organiser.get(f"/{SLUG_2021}/")).text
    assert ("Zurück ins Büro" in home, f'/desk/{SLUG_2021}"' in home.split("<main")[0].split("looking")[-1]) == (True, False)
    assert (await organiser.get(f"/{SLUG_2021}/report")).status_code == 200  # strangers see it in the archive alone
    assert (await organiser.get(f"/desk/{SLUG_2021}")).status_code in (401, 403)
    refused = await organiser.post(f"/desk/{SLUG_2021}/closing", data={"until": "2021-06-01T00:00", "reason": "x"})
    assert (refused.status_code, "Zurück ins Büro" in refused.text) == (403, True)
    assert (await organiser.get(f"/{SLUG_2021}/sessions/forum-1/room")).status_code == 403
    assert (await organiser.get(f"/{SLUG_2024}/")).status_code == 200
    await organiser.post(page, data={"role": "attendee", "state": "closed"})
    closed = await organiser.get(f"/{SLUG_2021}/program")
    assert (closed.status_code, "Zurück ins Büro" in closed.text) == (410, True)
    ended = await organiser.post(page, data={"end": "yes"})
    assert ended.headers["location"] == f"/desk/{SLUG_2021}"
    assert (await organiser.get(f"/desk/{SLUG_2021}")).status_code == 200
    assert "Zurück ins Büro" not in (await organiser.get(f"/{SLUG_2021}/")).text
