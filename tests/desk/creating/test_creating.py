"""From an empty installation to a draft with three forums, by the form alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest
from sqlmodel import select

from conference.access.rules import order_faults
from conference.desk.creating.rules import slug_fault, slug_of, times_from
from conference.desk.creating.templates import TEMPLATES, length_of, program_of
from conference.people.actions import make_organiser
from conference.people.model import Role
from conference.program.model import Session
from conference.program.store import sessions_of
from tests.site import MOMENTS, SLUG_2021, Site, open_site

BERLIN = ZoneInfo("Europe/Berlin")
FORM = {
    "template": "half-day", "title": "Vernetzungstreffen im Herbst", "day": "2021-10-14", "begins": "10:00", "rooms": "3",
    "host": "Netzwerkbüro Beispiel", "contact": "Büro", "email": "buero@example.org", "phone": "",
}  # fmt: skip


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, conferences=()) as opened:
        yield opened


async def creator(site: Site) -> httpx2.AsyncClient:
    async with site.services.db.work() as work:
        secret = await make_organiser(work, site.services.ids, "olga@example.org")
    browser = site.browser()
    answer = await browser.post(f"/sign-in/{secret}")
    assert answer.headers["location"] == "/desk"
    return browser


async def test_an_empty_installation_says_what_to_do_and_the_form_makes_a_draft(site: Site) -> None:
    organiser, stranger = await creator(site), site.browser()
    assert 'href="/desk/new"' in (await organiser.get("/desk")).text
    assert (await organiser.get("/desk/new")).status_code == 200
    answer = await organiser.post("/desk/new", data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/vernetzungstreffen-im-herbst-2021?made")
    desk = await organiser.get(answer.headers["location"])
    assert (desk.status_code, "als Entwurf angelegt" in desk.text) == (200, True)
    conference = await site.conference("vernetzungstreffen-im-herbst-2021")
    assert conference.live == datetime(2021, 10, 14, 8, tzinfo=UTC)
    assert conference.closes == datetime(2021, 10, 28, 22, tzinfo=UTC)
    async with site.services.db.read() as session:
        held = await sessions_of(session, conference.id)
    assert [each.slug for each in held] == [
        "begruessung", "podium", "pause", "forum-1", "forum-2", "forum-3", "wechsel", "abschluss",
    ]  # fmt: skip
    assert [each.number for each in held if each.slug.startswith("forum")] == [1, 2, 3]
    assert (await organiser.get(f"/{conference.slug}/program")).status_code == 200
    assert (await stranger.get(f"/{conference.slug}/")).status_code == 404
    again = await organiser.post("/desk/new", data=FORM)
    assert again.headers["location"] == "/desk/vernetzungstreffen-im-herbst-2021-2?made"
    assert (await organiser.post("/desk/new", data=FORM | {"zone": "Mond/Krater"})).status_code == 422
    await organiser.post("/desk/new", data=FORM | {"zone": "Europe/Athens"})
    third = await site.conference("vernetzungstreffen-im-herbst-2021-3")
    assert (third.zone, third.live) == ("Europe/Athens", datetime(2021, 10, 14, 7, tzinfo=UTC))
    desks = (await organiser.get("/desk")).text
    assert desks.count('<h2 class="h3">') == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 151}, "title"),
        ({"day": ""}, "day"),
        ({"day": "2021-10-14T10:00"}, "day"),
        ({"day": "2022-03-27", "begins": "02:30"}, "day"),
        ({"day": "2020-01-01"}, "day"),
        ({"rooms": "0"}, "rooms"),
        ({"rooms": "13"}, "rooms"),
        ({"host": "  "}, "host"),
        ({"email": "buero"}, "email"),
        ({"template": "other"}, "template"),
    ],
)
async def test_what_is_wrong_is_named_and_nothing_is_made(site: Site, change: dict[str, str], field: str) -> None:
    organiser = await creator(site)
    answer = await organiser.post("/desk/new", data=FORM | change)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    async with site.services.db.read() as session:
        assert (await session.exec(select(Session))).first() is None


async def test_only_organisers_of_the_installation_make_conferences(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
        attendee = await site.signed_in("Mara Beispiel")
        for path in ("/desk/new",):
            assert (await site.browser().get(path)).status_code == 401
            assert (await attendee.get(path)).status_code == 403
            assert (await organiser.get(path)).status_code == 403
            assert (await organiser.post(path, data=FORM)).status_code == 403
        assert (await organiser.get("/desk")).headers["location"] == f"/desk/{SLUG_2021}"
        assert (await attendee.get("/desk")).headers["location"] == "/"
        assert (await site.browser().get("/desk")).status_code == 401


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda one: one.key)
def test_templates_fit_into_their_day(template: object) -> None:
    for begins in (datetime(2021, 10, 14, 10, tzinfo=BERLIN), datetime(2021, 10, 31, 1, 30, tzinfo=BERLIN)):
        begins = begins.astimezone(UTC)
        planned = program_of(template, begins, 12)  # type: ignore[arg-type]
        ends = begins + length_of(template)  # type: ignore[arg-type]
        assert order_faults(times_from(begins, ends, BERLIN)) == []
        assert len({each.facts["slug"] for each in planned}) == len(planned)
        for each in planned:
            assert begins <= each.facts["starts"] < each.facts["ends"] <= ends
            for first, last in each.rounds:
                assert each.facts["starts"] <= first < last <= each.facts["ends"]


def test_addresses_out_of_titles() -> None:
    assert slug_of("Zurück für die Zukunft!", 2026, ()) == "zurueck-fuer-die-zukunft-2026"
    assert slug_of("Straßen & Wege 2026", 2026, ()) == "strassen-wege-2026"
    assert slug_of("!!!", 2026, ("treffen-2026",)) == "treffen-2026-2"
    assert slug_of("a" * 300, 2026, ()) == "a" * 40 + "-2026"
    assert all(slug_fault(slug_of(title, 2026, ()), ()) is None for title in ("Ä ö Ü", "x--y", "日本", "Desk", "  new "))
    assert [slug_fault(slug, {"mine"}) for slug in ("Groß", "a--b", "", "x" * 61, "desk", "new", "mine", "fine-1")] == [
        "form", "form", "form", "form", "kept", "kept", "taken", None,
    ]  # fmt: skip


def test_public_until_midnight_also_when_the_clocks_change() -> None:
    begins = datetime(2026, 10, 20, 8, tzinfo=UTC)
    times = times_from(begins, begins + timedelta(hours=3), BERLIN)
    assert times.closes == datetime(2026, 11, 4, tzinfo=BERLIN)
    assert times.closes.astimezone(BERLIN).hour == 0
    assert MOMENTS["draft"] < times.doors


async def test_the_start_page_of_a_new_installation(site: Site) -> None:
    assert "meetingpoint organiser" in (await site.browser().get("/")).text
    organiser = await creator(site)
    assert 'href="/desk/new"' in (await organiser.get("/")).text
    stranger = (await site.browser().get("/")).text
    assert ("meetingpoint organiser" in stranger, 'href="/sign-in"' in stranger) == (False, True)
