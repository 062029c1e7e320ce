"""The readiness page: what it says of the demo, waiving and stating, the test by the worker, going live."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner
from sqlmodel import col, select

from conference.access.model import Conference, State
from conference.access.rules import state_at
from conference.access.store import conference_by_slug, times_of
from conference.base.audit import AuditEntry
from conference.base.db import Work
from conference.base.editions import locked
from conference.base.jobs import Worker
from conference.cli_desk import doctor
from conference.desk.model import Statement
from conference.desk.readiness import acting
from conference.desk.readiness.capacity import capacity_from, capacity_in, write_capacity
from conference.desk.readiness.checks import KIND, keep_findings
from conference.desk.readiness.shapes import Capacity, Look, Result
from conference.doctor.looking import handlers
from conference.people.model import Role
from tests.site import MOMENTS, SLUG_2021, Site, open_site

READY = f"/desk/{SLUG_2021}/ready"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["draft"])
        await as_draft(opened)
        yield opened


async def as_draft(site: Site) -> None:
    async with site.services.db.work() as work:
        conference = await conference_by_slug(work.session, SLUG_2021)
        conference.announced = None
        work.session.add(conference)


async def organiser_of(site: Site) -> httpx2.AsyncClient:
    return await site.signed_in("Olga Beispiel", Role.ORGANISER)


async def acts_of(site: Site) -> list[str]:
    async with site.services.db.read() as session:
        return [entry.act for entry in await session.exec(select(AuditEntry).order_by(col(AuditEntry.at)))]


async def make_ready(site: Site, organiser: httpx2.AsyncClient) -> None:
    """Say why each red rule of the demo may stay as it is."""
    for rule in ("no_moderator", "no_question", "capacity", "mail", "unchecked"):
        answer = await organiser.post(READY, data={"do": "waive", "subject": rule, "reason": "Wird am Vortag erledigt"})
        assert answer.status_code == 303, answer.text


async def test_the_page_says_what_is_missing_and_leads_there(site: Site) -> None:
    organiser = await organiser_of(site)
    shown = (await organiser.get(READY)).text
    assert "hat keine Moderation" in shown
    rows = re.findall(r'<a class="button[^"]*" href="([^"]+)"><span>Beheben', shown)
    assert f"/desk/{SLUG_2021}/program/forum-1" in rows
    for address in sorted(set(rows)):
        assert (await organiser.get(address)).status_code == 200, address
    assert "Trotzdem freigeben" in shown
    assert (await site.browser().get(READY)).status_code == 404  # nobody is told that there is a draft


async def test_what_is_waived_with_a_reason_is_not_in_the_way(site: Site) -> None:
    organiser = await organiser_of(site)
    refused = await organiser.post(READY, data={"do": "waive", "subject": "no_moderator", "reason": " "})
    assert refused.status_code == 422
    assert "3 bis 300 Zeichen" in refused.text
    assert (await organiser.post(READY, data={"do": "waive", "subject": "nonsense", "reason": "Darum"})).status_code == 422
    answer = await organiser.post(READY, data={"do": "waive", "subject": "no_moderator", "reason": "Kommt am Montag"})
    assert answer.status_code == 303
    assert "Weil: Kommt am Montag" in (await organiser.get(READY)).text
    await organiser.post(READY, data={"do": "take_back", "key": "waived", "subject": "no_moderator"})
    assert "Kommt am Montag" not in (await organiser.get(READY)).text
    assert [act for act in await acts_of(site) if act in ("rule waived", "statement taken back")] == [
        "rule waived", "statement taken back",
    ]  # fmt: skip


async def test_the_log_names_the_rule_and_nobody(site: Site) -> None:
    organiser = await organiser_of(site)
    await organiser.post(READY, data={"do": "waive", "subject": "clash:panel+forum-1+Frieda Beispiel", "reason": "Nur kurz"})
    await organiser.post(READY, data={"do": "take_back", "key": "waived", "subject": "clash:panel+forum-1+Frieda Beispiel"})
    async with site.services.db.read() as session:
        facts = [entry.facts for entry in await session.exec(select(AuditEntry)) if "rule" in entry.facts]
    assert [each["rule"] for each in facts] == ["clash", "clash"]
    assert "Frieda" not in str(facts)


async def test_going_live_needs_everything_red_solved_or_waived(site: Site) -> None:
    organiser, stranger = await organiser_of(site), site.browser()
    refused = await organiser.post(f"{READY}/live", data={"when": "now"})
    assert refused.status_code == 409
    assert "rote Punkte sind noch offen" in refused.text
    assert (await stranger.get(f"/{SLUG_2021}/")).status_code == 404
    await make_ready(site, organiser)
    answer = await organiser.post(f"{READY}/live", data={"when": "now"})
    assert answer.status_code == 303, answer.text
    await site.services.live.catch_up()
    assert (await stranger.get(f"/{SLUG_2021}/")).status_code == 200
    again = await organiser.post(f"{READY}/live", data={"when": "now"})
    assert again.status_code == 409
    assert "conference announced" in await acts_of(site)
    await organiser.post(READY, data={"do": "take_back", "key": "waived", "subject": "no_moderator"})
    shown = (await organiser.get(READY)).text
    assert ("Darf so bleiben, weil" in shown, "Trotzdem freigeben" in shown) == (True, False)


async def test_an_announcement_is_planned_and_taken_back(site: Site) -> None:
    organiser = await organiser_of(site)
    await make_ready(site, organiser)
    for wrong in ("", "morgen", "2021-02-01T09:00", "2021-05-04T09:31"):  # nothing, no moment, past, behind the doors
        assert (await organiser.post(f"{READY}/live", data={"when": "later", "at": wrong})).status_code == 422, wrong
    assert (await organiser.post(f"{READY}/live", data={"when": "later", "at": "2021-04-01T09:00"})).status_code == 303
    conference = await site.conference()
    assert state_at(times_of(conference), MOMENTS["draft"]) is State.DRAFT
    assert state_at(times_of(conference), MOMENTS["announced"]) is State.ANNOUNCED
    assert "Geplant" in (await organiser.get(READY)).text
    assert (await organiser.post(f"{READY}/live", data={"when": "never"})).status_code == 303
    assert (await site.conference()).announced is None


async def test_what_is_stated_solves_its_rule(site: Site) -> None:
    organiser = await organiser_of(site)
    assert "Niemand ist benannt" in (await organiser.get(READY)).text
    assert (await organiser.post(READY, data={"do": "state", "key": "deputy", "text-deputy": ""})).status_code == 422
    assert (await organiser.post(READY, data={"do": "state", "key": "waived", "text-waived": "x"})).status_code == 422
    await organiser.post(READY, data={"do": "state", "key": "deputy", "text-deputy": "Milan Beispiel"})
    await organiser.post(READY, data={"do": "state", "key": "deputy", "text-deputy": "Mara Beispiel"})
    shown = (await organiser.get(READY)).text
    assert "Niemand ist benannt" not in shown
    assert "Mara Beispiel" in shown
    assert "Milan Beispiel" not in shown


async def test_the_worker_tests_and_the_page_says_what_it_found(site: Site) -> None:
    organiser = await organiser_of(site)
    assert (await organiser.post(READY, data={"do": "check"})).status_code == 303
    assert "Die Prüfung läuft" in (await organiser.get(READY)).text
    services = site.services
    worker = Worker(services.db, services.clock, services.ids, handlers(services))
    assert await worker.run_once()
    shown = (await organiser.get(READY)).text
    assert "Die Prüfung läuft." not in shown
    assert "nicht in der letzten Stunde" not in shown
    async with services.db.read() as session:
        kept = {row.subject: json.loads(row.text) for row in await session.exec(select(Statement)) if row.key == "checked"}
    assert {"mail", "store", "media", "clock"} <= kept.keys()
    assert kept["store"][0]["result"] == "ok"
    site.clock.advance(minutes=61)
    assert "wurden in der letzten Stunde nicht geprüft" in (await organiser.get(READY)).text


async def test_a_failed_test_is_red_and_says_what_the_operator_needs(site: Site) -> None:
    organiser = await organiser_of(site)
    conference = await site.conference()
    text = "{host} does not take letters ({reason}). Check MEETINGPOINT_MAIL_URL."
    look = Look(Result.FAILED, text, {"host": "mail.example.org", "reason": "refused"})
    await keep_findings(site.services, conference.id, {"mail": [look]})
    shown = (await organiser.get(READY)).text
    assert "Der Mailserver nimmt keine Briefe an." in shown
    assert "mail.example.org nimmt keine Briefe an" in shown
    await keep_findings(site.services, "gone", {"mail": [look]})  # deleted while the worker looked
    site.clock.advance(minutes=61)  # nobody mends it by waiting
    assert "mail.example.org nimmt keine Briefe an" in (await organiser.get(READY)).text
    await keep_findings(site.services, conference.id, {"mail": [Look(Result.OK, text, look.facts)]})
    assert "mail.example.org nimmt keine Briefe an" not in (await organiser.get(READY)).text


async def test_what_was_never_tested_is_in_the_way(site: Site) -> None:
    organiser = await organiser_of(site)
    await make_ready(site, organiser)
    await organiser.post(READY, data={"do": "take_back", "key": "waived", "subject": "unchecked"})
    assert (await organiser.post(f"{READY}/live", data={"when": "now"})).status_code == 409
    look = [Look(Result.OK, "", {})]
    await keep_findings(site.services, (await site.conference()).id, dict.fromkeys(("mail", "store", "media", "clock"), look))
    assert (await organiser.post(f"{READY}/live", data={"when": "now"})).status_code == 303


async def test_going_live_is_judged_by_what_is_there_then(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody changes the conference while the other one waits for its row."""
    organiser = await organiser_of(site)
    await make_ready(site, organiser)

    async def late(work: Work, table: type[Conference], row_id: str) -> Conference:
        row = await locked(work, table, row_id)
        row.contact = {**row.contact, "email": ""}
        return row

    monkeypatch.setattr(acting, "locked", late)
    assert (await organiser.post(f"{READY}/live", data={"when": "now"})).status_code == 409


def test_the_job_has_one_name() -> None:
    assert KIND == "readiness.check"


def test_capacity_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert capacity_in(tmp_path) is None
    (tmp_path / "capacity.json").write_text("{")
    assert capacity_in(tmp_path) is None
    measured = Capacity(120, 250, 320, MOMENTS["draft"])
    write_capacity(tmp_path, measured)
    assert capacity_in(tmp_path) == measured


def test_capacity_follows_from_what_a_receiver_and_a_packet_cost() -> None:
    """0.8 ms a second for a receiver and 2 us for a packet, on one node and on two."""
    one = capacity_from(0.0008, 2e-6, 1, MOMENTS["draft"])
    assert (one.audience, one.discussion, one.installation) == (538, 388, 388)
    assert capacity_from(0.0008, 2e-6, 2, MOMENTS["draft"]).installation == 776


def test_an_operator_notes_what_was_measured_elsewhere(tmp_path: Path) -> None:
    said = CliRunner(env={"MEETINGPOINT_SECRET_KEY": "k" * 40}).invoke(
        doctor, ["--capacity", "400", "250", "300", "--data", str(tmp_path)]
    )
    assert said.exit_code == 0, said.output
    measured = capacity_in(tmp_path)
    assert measured is not None
    assert (measured.audience, measured.discussion, measured.installation) == (400, 250, 300)
