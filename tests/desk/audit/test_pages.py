"""The log of changes: who did what, filtered, page by page, as a table; for organisers only."""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

import conference
from conference.base.audit import record
from conference.desk.audit.facts import SILENT, labels
from conference.people.model import Role
from conference.program.store import session_by_slug
from conference.web.texts import read_texts
from tests.site import SLUG_2021, Site, open_site

ADDRESS = f"/desk/{SLUG_2021}/audit"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


def rows(text: str) -> list[tuple[str, ...]]:
    """(who, what) of the table's lines."""
    return re.findall(r"</time></td>\s*<td>([^<]*)</td>\s*<th scope=\"row\">([^<]*)", text)


async def test_acts_stand_there_as_sentences_with_their_facts(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    olga, _ = await site.invite("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        forum = await session_by_slug(work.session, conference.id, "forum-1")
        record(
            work, "session.extended", conference_id=conference.id, person_id=olga.id, session=forum.id,
            before=work.now, after=work.now + timedelta(minutes=5),
        )  # fmt: skip
        record(work, "cards purged", conference_id=conference.id, cards=3, films=None, kept=0)
        record(work, "token minted", conference_id=conference.id, role="publisher")
        record(work, "roles changed", conference_id=conference.id, person=olga.id, taken="technical_director moderator", given="")
        record(work, "settings changed", conference_id=conference.id, fields="doors live motto")
        record(work, "person deleted", conference_id=conference.id, program=True)
        record(work, "something of old", conference_id=conference.id, person_id="gone")
        record(work, "cards purged", conference_id="another")
    page = (await desk.get(ADDRESS)).text
    assert set(rows(page)) == {
        ("Olga Beispiel", "Ein Programmpunkt wurde verlängert."),
        ("die Plattform", "Die Video-Visitenkarten wurden gelöscht."),
        ("die Plattform", "Ein Zugangsschlüssel für Ton und Bild eines Programmpunkts wurde erzeugt."),
        ("die Plattform", "Die Rollen einer Person wurden geändert."),
        ("die Plattform", "Die Einstellungen der Veranstaltung wurden geändert."),
        ("die Plattform", "Eine Person wurde gelöscht."),
        ("eine gelöschte Person", "Von einer früheren Version festgehalten: something of old"),
        ("die Plattform", "Die Veranstaltung wurde aus einer Datei eingelesen."),
    }
    assert forum.title["de"] in page
    assert "Danach: 4. Mai 2021, 11:25 Uhr" in page
    for fact in ("Rolle: sendet Ton und Bild", "Entzogen: Technische Leitung, Moderation", "Betrifft: Zeiten, Titel und Kontakt"):
        assert fact in page
    assert "program:" not in page
    assert olga.id not in page.split("<table")[1]


async def test_the_filter_holds_for_page_and_table(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    olga, _ = await site.invite("Olga Beispiel", Role.ORGANISER)
    conference = await site.conference()
    async with site.services.db.work() as work:
        for number in range(120):
            record(work, "card published", conference_id=conference.id, person_id=olga.id, number=number)
        record(work, "report published", conference_id=conference.id, person_id=olga.id, reason="=1+1")
    first = (await desk.get(f"{ADDRESS}?part=cards")).text
    assert (len(rows(first)), "120 Einträge" in first, "Seite 1 von 3" in first) == (50, True, True)
    assert len(rows((await desk.get(f"{ADDRESS}?part=cards&page=3")).text)) == 20
    assert len(rows((await desk.get(f"{ADDRESS}?part=results&who={olga.id}")).text)) == 1
    assert len(rows((await desk.get(f"{ADDRESS}?who=-")).text)) == 1
    assert len(rows((await desk.get(f"{ADDRESS}?from=2021-05-04&to=2021-05-04&part=results")).text)) == 1
    assert "keinen Eintrag" in (await desk.get(f"{ADDRESS}?from=2021-05-05&part=results")).text
    for odd in ("part=x", "who=%00", "from=x&to=9999-12-31", "page=-3", "from=0001-01-01"):
        assert (await desk.get(f"{ADDRESS}?{odd}")).status_code == 200, odd

    answer = await desk.get(f"{ADDRESS}.csv?part=cards")
    assert answer.headers["content-type"].startswith("text/csv")
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert (table[0], len(table)) == (["Zeit", "Wer", "Was", "Einzelheiten"], 121)
    assert table[1][1:3] == ["Olga Beispiel", "Eine Video-Visitenkarte wurde veröffentlicht."]


async def test_only_organisers_read_it(site: Site) -> None:
    anna = await site.signed_in("Anna Beispiel", Role.MODERATOR)
    for address in (ADDRESS, f"{ADDRESS}.csv"):
        assert (await anna.get(address)).status_code == 403
        assert (await site.browser().get(address)).status_code == 401


def test_every_fact_that_is_recorded_has_words_or_is_left_out_on_purpose() -> None:
    named = set(labels(read_texts()["de"])) | SILENT
    recorded = set()
    for file in Path(conference.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("record", "audit.record"):
                recorded |= {keyword.arg for keyword in node.keywords if keyword.arg}
    assert recorded - named - {"conference_id", "person_id"} == set()
