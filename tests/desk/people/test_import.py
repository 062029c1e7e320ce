"""A table of people in the browser: looked at first, faults by line, taken over once, ten thousand in seconds."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Iterable
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from openpyxl import Workbook
from sqlmodel import func, select

from conference.base.tables import read_table
from conference.desk.model import PeopleTable
from conference.desk.people.rules import read_people
from conference.desk.people.sweeping import forget_people_tables
from conference.desk.people.taking import take_over
from conference.initiatives.store import initiatives_in
from conference.people.model import Person, Role, RoleHeld
from conference.people.store import person_in, roles_of
from tests.desk.test_queries import counted as statements_of
from tests.site import SLUG_2021, Site, open_site, persons_of

IMPORT = f"/desk/{SLUG_2021}/people/import"
SLOWER = 3  # than a machine of today; five seconds are asked for
TABLE = """Name;E-Mail;Organisation;Land;Rolle
Käthe Müller;kaethe@example.org;Agentur Wendlandleben;Niedersachsen;moderator:forum-1
Käthe Müller;KAETHE@example.org;;;Teilnahme
Bodo Beispiel;bodo@example.org;Neuland e. V.;Hessen;
Ohne Land;ohne@example.org;Landlos;;
Falsch;keine-adresse;;;König
"""


@pytest.fixture
async def site(tmp_path: Path, database_url: str) -> AsyncIterator[Site]:
    async with open_site(tmp_path / "one", database_url) as opened:
        yield opened


def brought(text: bytes, name: str = "liste.csv") -> dict[str, tuple[str, bytes]]:
    return {"file": (name, text)}


async def read(organiser: httpx2.AsyncClient, text: str) -> tuple[str, str]:
    """The table's id and its page."""
    answer = await organiser.post(IMPORT, files=brought(text.encode()), data={"do": "read"})
    assert answer.status_code == 303, answer.text
    where = answer.headers["location"]
    return where.partition("table=")[2].partition("&")[0], (await organiser.get(where)).text


async def counted(site: Site, table: type) -> int:
    async with site.services.db.read() as session:
        return (await session.exec(select(func.count()).select_from(table))).one()


async def test_a_table_is_looked_at_then_taken_over_once(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    _, bodo = await site.invite("Bodo Beispiel", Role.SPEAKER)
    async with site.services.db.work() as work:
        person = await person_in(work.session, (await site.conference()).id, "bodo.beispiel@example.org")
        assert person is not None
        person.email = "bodo@example.org"
        work.session.add(person)
    before = await counted(site, Person)
    table, page = await read(organiser, TABLE)
    assert await counted(site, Person) == before
    for said in (
        "3 Personen können übernommen werden", "2 sind neu", "1 ist schon da", "1 Zeile nannte noch einmal",
        "1 Zeile bleibt weg",
        "„keine-adresse“ ist keine E-Mail-Adresse", "„König“", "Neuland e. V. (Hessen)",
        "1 Organisation ohne Land",
    ):  # fmt: skip
        assert said in page, said
    answer = await organiser.post(IMPORT, data={"do": "take", "table": table, "create": "yes"}, files={"nothing": ("", b"")})
    assert answer.status_code == 303
    done = (await organiser.get(answer.headers["location"])).text
    assert "2 Personen sind neu. Zu 1 Person ist jetzt mehr bekannt." in done
    again = await organiser.post(IMPORT, data={"do": "take", "table": table})
    assert (again.status_code, await counted(site, Person), await counted(site, PeopleTable)) == (404, before + 2, 0)

    conference = await site.conference()
    async with site.services.db.read() as session:
        people = {person.email: person for person in await persons_of(session, conference.id)}
        roles = {email: {(row.role, row.session_id is None) for row in await roles_of(session, person.id)}
                 for email, person in people.items()}  # fmt: skip
        initiatives = {one.id: one for one in await initiatives_in(session, conference.id)}
    assert roles["kaethe@example.org"] == {(Role.MODERATOR, False), (Role.ATTENDEE, True)}
    assert roles["bodo@example.org"] == {(Role.SPEAKER, True)}  # who has a role does not become an attendee by a table
    assert initiatives[people["kaethe@example.org"].initiative_id or ""].slug == "wendlandleben"
    assert initiatives[people["bodo@example.org"].initiative_id or ""].slug == "neuland-e-v"
    assert (people["ohne@example.org"].organisation, people["ohne@example.org"].initiative_id) == ("Landlos", None)
    assert (await site.browser().post(bodo)).status_code == 303  # the link from before
    _, page = await read(organiser, TABLE)
    assert "0 sind neu" in page
    assert "Neuland" not in page.partition("<table")[0]


async def test_what_is_no_table_is_said_beside_the_field(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    for data, said in (
        (b"", "Bitte wählen Sie eine Datei"), (b"PK\x03\x04nothing", "lässt sich nicht als Tabelle lesen"),
        (b"Name;E-Mail\n" + b"a;a@x.de\n" * 10_001, "mehr als 10.000"), (b"x" * (10 * 1024 * 1024 + 1), "größer als 10"),
    ):  # fmt: skip
        answer = await organiser.post(IMPORT, files=brought(data), data={"do": "read"})
        assert (answer.status_code, said in answer.text) == (422, True), answer.text[-3000:]
    table, page = await read(organiser, "Vorname;Ort\nAnna;Jena\n")
    assert "Niemand" not in page
    assert "Aus dieser Liste kann niemand übernommen werden" in page
    assert "Die Spalte „E-Mail“ fehlt" in page
    dropped = await organiser.post(IMPORT, data={"do": "drop", "table": table})
    assert (dropped.status_code, await counted(site, PeopleTable)) == (303, 0)


async def test_a_table_is_of_one_conference_and_gone_after_an_hour(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    attendee = await site.signed_in("Anna Alt")
    table, _ = await read(organiser, TABLE)
    assert (await attendee.get(f"{IMPORT}?table={table}")).status_code == 403
    assert (await organiser.get(f"{IMPORT}?table=another")).status_code == 404
    assert await forget_people_tables(site.services) == 0
    async with site.services.db.work() as work:
        row = await work.session.get(PeopleTable, table)
        assert row is not None
        row.expires -= timedelta(hours=1)
        work.session.add(row)
    assert (await organiser.get(f"{IMPORT}?table={table}")).status_code == 404
    assert await forget_people_tables(site.services) == 1


def ten_thousand() -> Iterable[list[str]]:
    yield ["Name", "E-Mail", "Organisation", "Land", "Rolle"]
    for number in range(10_000):
        yield [f"Änne Muster {number}", f"a{number}@example.org", f"Verein {number % 300}", "TH", "attendee, speaker:forum-1"]


def ten_thousand_in(kind: str) -> bytes:
    if kind == "csv":
        return "\n".join(";".join(row) for row in ten_thousand()).encode()
    book, out = Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in ten_thousand():
        sheet.append(row)
    book.save(out)
    return out.getvalue()


async def test_ten_thousand_rows(site: Site) -> None:
    """However many they are, each table is read once and written in pieces; how long that takes is this process's own time."""
    conference = await site.conference()
    data = ten_thousand_in("xlsx" if site.services.db.dialect == "sqlite" else "csv")
    begun = time.process_time()
    people = await asyncio.to_thread(lambda: read_people(read_table(data, most_rows=10_001), ["forum-1"], {}))
    with statements_of(site.services.db) as statements:
        async with site.services.db.work() as work:
            taken = await take_over(work, site.services, conference.id, people.rows, by=None, create=True)
    spent = time.process_time() - begun
    assert (taken.new, taken.changed, taken.initiatives, people.faults) == (10_000, 0, 300, [])
    assert await counted(site, RoleHeld) >= 20_000
    assert len(statements) <= 120, statements  # 20 pieces of people, 40 of roles; the hub reads what was told meanwhile
    with statements_of(site.services.db) as statements:
        async with site.services.db.work() as work:
            again = await take_over(work, site.services, conference.id, people.rows, by=None, create=True)
    assert (again.new, again.changed, again.initiatives) == (0, 0, 0)
    assert len(statements) <= 40, statements
    assert spent < 5 * SLOWER
