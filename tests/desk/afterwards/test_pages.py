"""The pages after the day: what is open, closing now, the question, deleting earlier, the record."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from conference.base.jobs import Worker
from conference.desk.afterwards.words import BESIDE, PARTS, part_word, word_of
from conference.keeping.fates import FATES
from conference.keeping.model import CloseCheck
from conference.people.actions import give_role, issue_link
from conference.people.model import Person, Role
from conference.purging import handlers, purge_due
from conference.web.texts import read_texts
from tests.site import MOMENTS, SLUG_2021, Site, open_site

DESK = f"/desk/{SLUG_2021}"


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["archive"])
        yield opened


async def organiser(site: Site) -> httpx2.AsyncClient:
    return await site.signed_in("Olga Beispiel", Role.ORGANISER)


async def of_the_installation(site: Site) -> httpx2.AsyncClient:
    """Somebody whom no purge deletes."""
    person = Person(id="i", name="Ina Beispiel", email="ina@example.org", created=site.clock.now())
    async with site.services.db.work() as work:
        work.session.add(person)
        await work.session.flush()
        await give_role(work, site.services.outbox, site.services.ids, person, Role.ORGANISER, by=None)
        secret = await issue_link(work, site.services.ids, person.id)
    browser = site.browser()
    assert (await browser.post(f"/sign-in/{secret}")).status_code == 303
    return browser


@pytest.mark.parametrize(
    ("moment", "facts", "said"),
    [
        ("closed", {}, "Nichts antwortet mehr"),
        ("closed", {"tried": {"left_out": 3}}, "Bitte erneut prüfen"),
        ("closed", {"faults": [{"kind": "nobody", "address": "", "answer": "timeout"}]}, "Bitte erneut prüfen"),
        (
            "closed",
            {"faults": [{"kind": "page", "address": "/a", "answer": "200"}, {"kind": "more", "address": "", "answer": "4"}]},
            "5 Adressen antworten falsch",
        ),
        ("closed", {"ended": None}, "Bitte erneut prüfen"),
        ("archive", {}, "Geschieht von selbst"),  # it was opened again since
    ],
)
async def test_the_check_from_outside_in_a_line(site: Site, moment: str, facts: dict[str, Any], said: str) -> None:
    conference = await site.conference()
    browser = await organiser(site)
    site.clock.jump_to(MOMENTS["closed"])
    begun = conference.closes + timedelta(seconds=1)
    site.clock.jump_to(begun + timedelta(days=1) if moment == "closed" else MOMENTS[moment])
    async with site.services.db.work() as work:
        row = {"ended": begun + timedelta(seconds=9), **facts}
        work.session.add(CloseCheck(id="c", conference_id=conference.id, begun=begun, **row))
    page = (await browser.get(f"{DESK}/after")).text
    (line,) = re.findall(r'<p class="text">Prüfung von außen.*?</div>', page, re.DOTALL)
    assert said in line


async def test_what_is_open_after_the_day(site: Site) -> None:
    browser = await organiser(site)
    assert "Verwendungsnachweis gesichert?" in (await browser.get(DESK)).text
    page = (await browser.get(f"{DESK}/after")).text
    for below in ("survey", "attendance", "figures", "check", "purge"):
        assert f'href="{DESK}/after/{below}"' in page
    assert f'href="{DESK}/results#forum-1"' in page
    assert f'href="/{SLUG_2021}/sessions/forum-1/results"' in page
    assert f'href="{DESK}/cards?show=published"' in page
    assert "Ihre Antwort fehlt noch" in page
    main = page.partition("<main")[2] + (await browser.get(f"{DESK}/after/purge")).text.partition("<main")[2]
    for address in sorted(set(re.findall(r'href="(/[^"#?]*)', main.replace("</main>", "")))):
        assert (await browser.get(address)).status_code in (200, 303), address
    figures = (await browser.get(f"{DESK}/after/figures")).text
    assert "Initiativen" in figures
    site.clock.jump_to(MOMENTS["live"])  # the report is for everybody from the archive on, and for nobody but the office before
    assert 'badge ok">Für Teilnehmende' not in (await browser.get(f"{DESK}/after")).text
    english = site.browser("en")
    english.cookies = browser.cookies
    assert "Extend or close" in (await english.get(f"{DESK}/after")).text


async def test_closing_now_is_typed(site: Site) -> None:
    browser = await organiser(site)
    assert (await browser.post(f"{DESK}/after/close", data={"typed": "anders"})).status_code == 422
    assert (await site.browser().get(f"/{SLUG_2021}/")).status_code == 200
    before = await site.conference()
    closed = await browser.post(f"{DESK}/after/close", data={"typed": SLUG_2021})
    assert closed.headers["location"] == f"{DESK}/after?closed"
    assert (await site.browser().get(f"/{SLUG_2021}/")).status_code == 410
    after = await site.conference()
    assert (after.closes, after.purge - after.closes) == (site.clock.now(), before.purge - before.closes)
    assert (await browser.get(f"{DESK}/after/close")).headers["location"] == f"{DESK}/closing"
    assert "Jetzt schließen" not in (await browser.get(f"{DESK}/after")).text


async def test_the_question_is_answered_with_one_button_and_its_answer_is_kept(site: Site) -> None:
    browser = await organiser(site)
    asked = (await browser.get(f"{DESK}/after/purge")).text
    assert "Verwendungsnachweis gesichert?" in asked
    assert f"{DESK}/after/purge/now" not in asked
    assert (await browser.get(f"{DESK}/after/purge/now")).headers["location"] == f"{DESK}/after/purge"
    assert (await browser.post(f"{DESK}/after/purge", data={"kept": "perhaps"})).status_code == 422
    answered = await browser.post(f"{DESK}/after/purge", data={"kept": "saved"}, follow_redirects=True)
    assert "Die Liste ist gesichert." in answered.text
    assert "Olga Beispiel" in answered.text
    assert f'href="{DESK}/after/purge/now"' in answered.text
    assert "Verwendungsnachweis" not in (await browser.get(DESK)).text
    assert "was mit der Teilnehmendenliste ist" in (await browser.get(f"{DESK}/audit")).text


async def test_deleting_earlier_signs_out_and_leaves_a_record(site: Site) -> None:
    services = site.services
    browser, everywhere = await organiser(site), await of_the_installation(site)
    assert (await browser.get(f"{DESK}/after/record")).status_code == 404
    await browser.post(f"{DESK}/after/purge", data={"kept": "not_needed"})
    assert (await browser.post(f"{DESK}/after/purge/now", data={"typed": ""})).status_code == 422
    begun = await browser.post(f"{DESK}/after/purge/now", data={"typed": SLUG_2021})
    assert (begun.status_code, "Sie werden dabei abgemeldet" in begun.text) == (200, True)
    waits = (await everywhere.get(f"{DESK}/after/purge")).text
    assert "Die Daten werden gelöscht." in waits
    await Worker(services.db, services.clock, services.ids, handlers(services)).run_once()
    assert (await browser.get(f"{DESK}/after/record")).status_code == 401
    assert "sind gelöscht" in (await everywhere.get(f"{DESK}/after/purge")).text
    page = (await everywhere.get(f"{DESK}/after/record")).text
    assert "Die Liste wird nicht gebraucht. Angegeben am" in page
    assert "Vor dem Termin" in page
    assert "veröffentlicht und soll öffentlich bleiben" in page
    text = await everywhere.get(f"{DESK}/after/record.txt")
    assert text.headers["content-disposition"] == f'attachment; filename="{SLUG_2021}-loeschprotokoll.txt"'
    assert "Personen ....." in text.text
    assert "Olga" not in text.text + page
    assert (await everywhere.get(f"{DESK}/after")).status_code == 200
    assert (await everywhere.get(f"{DESK}/after/figures")).status_code == 200


async def test_on_its_day_it_is_under_way_until_the_worker_has_been_there(site: Site) -> None:
    everywhere = await of_the_installation(site)
    site.clock.jump_to(MOMENTS["purged"])
    assert "innerhalb einer Stunde" in (await everywhere.get(f"{DESK}/after/purge")).text
    await purge_due(site.services)
    assert "Löschprotokoll" in (await everywhere.get(f"{DESK}/after")).text


async def test_a_demo_deletes_nothing(site: Site) -> None:
    browser = await organiser(site)
    await browser.post(f"{DESK}/after/purge", data={"kept": "saved"})
    inner = site.app
    while not hasattr(inner, "state"):
        inner = inner._app
    before = inner.state.services
    inner.state.services = replace(before, settings=before.settings.model_copy(update={"demo": True}))
    try:
        refused = await browser.post(f"{DESK}/after/purge/now", data={"typed": SLUG_2021})
    finally:
        inner.state.services = before
    assert (refused.status_code, "In der Demo wird nichts gelöscht" in refused.text) == (422, True)


@pytest.mark.parametrize("code", ["de", "en"])
def test_every_table_has_its_word_and_its_part(code: str) -> None:
    language = read_texts()[code]
    named = [table for tables in PARTS.values() for table in tables]
    assert sorted(named) == sorted(FATES.keys() - BESIDE)
    words = [word_of(language, table) for table in named] + [part_word(language, part) for part in PARTS]
    assert all(words)
