"""The forms: filling a template, own words, the yearly review, two who edit; what was there before stays to the letter."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import httpx2
import pytest

from conference.access.model import LegalPage, Page
from conference.access.store import conference_by_slug
from conference.base.jobs import Worker
from conference.base.mail import mail_handlers
from conference.desk.legal.saving import page_of
from conference.people.model import Role
from tests.desk.legal.test_wording import FILLED
from tests.site import MOMENTS, SLUG_2021, SLUG_2024, Site, open_site

LEGAL = f"/desk/{SLUG_2021}/legal"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def organiser_of(site: Site) -> httpx2.AsyncClient:
    return await site.signed_in("Olga Beispiel", Role.ORGANISER)


async def row_of(site: Site, page: Page) -> LegalPage | None:
    conference = await site.conference()
    async with site.services.db.read() as session:
        return await page_of(session, conference.id, page)


def fields_in(html: str) -> dict[str, str]:
    """What a browser would send of the page's form."""
    form = html[html.index('<form class="form"') :]
    found = {name: unescape(value) for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)}
    areas = re.findall(r'<textarea id="[^"]+" name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    return {**found, **{name: unescape(text).replace("\n", "\r\n") for name, text in areas}}


def times_in(html: str) -> dict[str, str]:
    """What the form of the times would send as it is."""
    form = html[html.index('<form class="form') :]
    tags = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in re.findall(r"<input [^>]*>", form)]
    return {tag["name"]: tag.get("value", "") for tag in tags if tag.get("type") != "checkbox"}


async def test_texts_of_a_file_are_unchanged_by_opening_and_saving_their_forms(tmp_path: Path) -> None:
    async with open_site(tmp_path, conferences=("2021", "2024")) as site:
        for slug in (SLUG_2021, SLUG_2024):
            organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER, slug=slug)
            before = (await site.conference(slug)).legal
            for page in ("imprint", "privacy", "accessibility", "easy", "signed"):
                address = f"/desk/{slug}/legal/{page}"
                sent = {**fields_in((await organiser.get(address)).text), "do": "save"}
                answer = await organiser.post(address, data=sent)
                assert answer.status_code == 303, answer.text
            assert (await site.conference(slug)).legal == before


async def test_a_filled_template_is_what_readers_see(site: Site) -> None:
    organiser, stranger = await organiser_of(site), site.browser()
    address = f"{LEGAL}/imprint"
    missing = await organiser.post(address, data={"version": "0", "own": "no", "do": "save", "body": "Amt"})
    assert missing.status_code == 422
    assert "Diese Angabe wird gebraucht." in missing.text
    sent = {**FILLED, "version": "0", "own": "no"}
    preview = await organiser.post(address, data={**sent, "do": "preview"})
    assert "Noch ist nichts gespeichert." in preview.text
    assert await row_of(site, Page.IMPRINT) is None
    assert (await organiser.post(address, data={**sent, "do": "save"})).status_code == 303
    await site.services.live.catch_up()
    shown = (await stranger.get(f"/{SLUG_2021}/legal/imprint")).text
    assert "<h2>Anbieterin dieser Seiten</h2>" in shown
    assert 'href="mailto:post@example.org"' in shown
    english = (await site.browser("en").get(f"/{SLUG_2021}/legal/imprint")).text
    assert "Provider of these pages" in english
    row = await row_of(site, Page.IMPRINT)
    assert row is not None
    assert (row.version, row.own, str(row.reviewed)) == (1, False, "2021-04-20")
    again = (await organiser.get(address)).text
    assert "Präsidentin Beispiel" in again
    assert "aus der Vorlage" in (await organiser.get(LEGAL)).text


async def test_pages_name_the_days_until_the_deletion_as_they_are(site: Site) -> None:
    """Moving the day of deletion brings templates along; what the hosts have written themselves stays theirs."""
    organiser = await organiser_of(site)
    for page, sent in (
        ("privacy", {**FILLED, "own": "no"}),
        ("imprint", {**FILLED, "own": "no"}),
        ("notice", {"own": "yes", "text-de": "Die Liste wird 14 Tage danach gelöscht.", "text-en": ""}),
    ):
        answer = await organiser.post(f"{LEGAL}/{page}", data={**sent, "version": "0", "do": "save"})
        assert answer.status_code == 303, answer.text
    before = await site.conference()
    days = (before.purge - before.closes).days
    assert f"Spätestens {days} Tage" in before.legal["privacy"]["de"]
    times = f"/desk/{SLUG_2021}/settings/times"
    later = (site.services.clock.now().replace(2021, 6, 1)).date()
    entered = times_in((await organiser.get(times)).text)
    assert (await organiser.post(times, data={**entered, "purge": later.isoformat()})).status_code == 303
    after = await site.conference()
    assert (after.purge - after.closes).days != days
    assert f"Spätestens {(after.purge - after.closes).days} Tage" in after.legal["privacy"]["de"]
    assert {page: after.legal[page] for page in ("imprint", "notice")} == {
        page: before.legal[page] for page in ("imprint", "notice")
    }
    assert (await row_of(site, Page.PRIVACY)).version == 2  # type: ignore[union-attr]
    page = (await organiser.get(f"{LEGAL}/privacy")).text
    assert "aus der Vorlage" in (await organiser.get(LEGAL)).text
    assert fields_in(page)["version"] == "2"

    # what a file brought, or was written over the template, is the hosts' own as well
    async with site.services.db.work() as work:
        row = await conference_by_slug(work.session, SLUG_2021)
        row.legal = {**row.legal, "privacy": {"de": "Spätestens 14 Tage danach."}}
        work.session.add(row)
    entered = times_in((await organiser.get(times)).text)
    assert (await organiser.post(times, data={**entered, "purge": "2021-06-20"})).status_code == 303
    assert (await site.conference()).legal["privacy"] == {"de": "Spätestens 14 Tage danach."}


async def test_two_who_edit_and_nothing_is_lost(site: Site) -> None:
    organiser, other = await organiser_of(site), await site.signed_in("Otto Beispiel", Role.ORGANISER)
    sent = {"version": "0", "own": "yes", "do": "save", "text-de": "Von Olga", "text-en": ""}
    assert (await organiser.post(f"{LEGAL}/imprint", data=sent)).status_code == 303
    answer = await other.post(f"{LEGAL}/imprint", data={**sent, "text-de": "Von Otto"})
    assert answer.status_code == 409
    assert "Inzwischen" in answer.text
    assert "Olga Beispiel" in answer.text
    assert "Von Otto" in answer.text
    assert "Von Olga" in answer.text
    assert fields_in(answer.text)["version"] == "1"
    assert (await other.post(f"{LEGAL}/imprint", data={**sent, "text-de": "Von Otto", "version": "1"})).status_code == 303
    assert (await site.conference()).legal["imprint"] == {"de": "Von Otto"}


async def test_a_review_begins_another_year_and_the_statement_says_so(site: Site) -> None:
    organiser = await organiser_of(site)
    sent = {**FILLED, "version": "0", "own": "no", "do": "save"}
    await organiser.post(f"{LEGAL}/accessibility", data=sent)
    site.clock.advance(days=5)
    assert (await organiser.post(f"{LEGAL}/accessibility", data={"do": "review", "version": "0"})).status_code == 409
    assert (await organiser.post(f"{LEGAL}/accessibility", data={"do": "review", "version": "1"})).status_code == 303
    text = (await site.conference()).legal["accessibility"]["de"]
    assert "zuletzt am 25. April 2021 überprüft" in text
    assert (await organiser.post(f"{LEGAL}/privacy", data={"do": "review", "version": "0"})).status_code == 303
    row = await row_of(site, Page.PRIVACY)
    assert row is not None
    assert (row.own, str(row.reviewed)) == (True, "2021-04-25")


async def test_the_notice_is_there_once_it_is_written(site: Site) -> None:
    organiser, stranger = await organiser_of(site), site.browser()
    assert (await stranger.get(f"/{SLUG_2021}/legal/notice")).status_code == 404
    answer = await organiser.post(f"{LEGAL}/notice", data={**FILLED, "version": "0", "own": "no", "do": "save"})
    assert answer.status_code == 303, answer.text
    await site.services.live.catch_up()
    assert "Verteiler" in (await stranger.get(f"/{SLUG_2021}/legal/notice")).text
    assert f'href="/{SLUG_2021}/legal/notice"' in (await stranger.get(f"/{SLUG_2021}/legal/privacy")).text
    assert (await organiser.get(f"{LEGAL}/nonsense")).status_code == 404


async def test_leichte_sprache_is_a_text_or_a_reason(site: Site) -> None:
    organiser = await organiser_of(site)
    empty = {"version": "0", "do": "save", "text-de": "", "reason-de": " "}
    assert (await organiser.post(f"{LEGAL}/easy", data=empty)).status_code == 422
    answer = await organiser.post(f"{LEGAL}/easy", data={**empty, "reason-de": "Der Text kommt im Mai."})
    assert answer.status_code == 303
    assert (await site.conference()).legal["easy"] == {"text": None, "reason": {"de": "Der Text kommt im Mai."}}


async def test_a_reported_barrier_becomes_a_letter(site: Site) -> None:
    stranger = site.browser()
    address = f"/{SLUG_2021}/legal/accessibility/feedback"
    assert f'href="{address}"' in (await stranger.get(f"/{SLUG_2021}/legal/accessibility")).text
    assert (await stranger.post(address, data={"message": " "})).status_code == 422
    assert (await stranger.post(address, data={"message": "Hilfe", "email": "nobody"})).status_code == 422
    for data in ({"message": "Kein Fokus", "where": "Programm", "email": "mara@example.org"}, {"message": "Ton fehlt"}):
        assert (await stranger.post(address, data=data)).status_code == 303
    assert (
        await stranger.post(address, data={"message": "Werbung", "website": "x"})
    ).status_code == 303  # a program: nothing is sent
    services = site.services
    worker = Worker(services.db, services.clock, services.ids, mail_handlers(site.mail))
    while await worker.run_once():
        pass
    first, second = sorted(site.mail.letters, key=lambda letter: letter.reply_to is None)
    assert (first.to, first.reply_to) == ("netzwerkbuero@inqa.de", "mara@example.org")
    assert "Kein Fokus" in first.text
    assert "Wo: Programm" in first.text
    assert second.reply_to is None
    answers = [await stranger.post(address, data={"message": "Noch einmal"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert "Noch einmal" in answers[-1].text


async def test_feedback_goes_to_the_address_that_the_statement_names(site: Site) -> None:
    organiser, stranger = await organiser_of(site), site.browser()
    await organiser.post(f"{LEGAL}/accessibility", data={**FILLED, "version": "0", "own": "no", "do": "save"})
    await stranger.post(f"/{SLUG_2021}/legal/accessibility/feedback", data={"message": "Zu klein"})
    services = site.services
    assert await Worker(services.db, services.clock, services.ids, mail_handlers(site.mail)).run_once()
    assert site.mail.letters[0].to == "post@example.org"


async def test_where_no_letter_can_go_nobody_is_asked_for_reports(site: Site) -> None:
    stranger = site.browser()
    async with site.services.db.work() as work:
        conference = await conference_by_slug(work.session, SLUG_2021)
        conference.contact = {**conference.contact, "email": ""}
        work.session.add(conference)
    assert "feedback" not in (await stranger.get(f"/{SLUG_2021}/legal/accessibility")).text
    assert (await stranger.get(f"/{SLUG_2021}/legal/accessibility/feedback")).status_code == 404
