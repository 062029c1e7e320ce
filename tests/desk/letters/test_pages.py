"""The office's pages for letters, as an organiser goes through them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from conference.base.jobs import Job
from conference.mailing.actions import send_again
from conference.mailing.model import DeliveryState, LetterKind, MailingState
from conference.mailing.planning import begin_what_is_due
from conference.people.model import Person, Role
from tests.mailing.house import House, open_house
from tests.site import SLUG_2021

BASE = f"/desk/{SLUG_2021}/letters"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def olga(house: House) -> httpx2.AsyncClient:
    return await house.site.signed_in("Olga Beispiel", Role.ORGANISER)


def field(html: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    assert found, name
    return found[1]


async def drafted(olga: httpx2.AsyncClient, **more: str) -> str:
    """The address of a draft to all speakers."""
    form = {"version": "0", "subject_de": "Neues", "body_de": "Guten Tag {name}\n\n{link}", "role_speaker": "yes", **more}
    answer = await olga.post(f"{BASE}/new?kind=letter", data=form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removesuffix("/check")


async def test_from_the_words_to_the_last_letter(house: House, olga: httpx2.AsyncClient) -> None:
    await house.people("ada", "bert", role=Role.SPEAKER)
    page = (await olga.get(f"{BASE}/new?kind=invitation")).text
    assert "wir laden Sie herzlich ein" in page
    draft = await drafted(olga)
    page = (await olga.get(f"{draft}/check")).text
    assert "Guten Tag ada" in page
    assert "An 2 Personen versenden" in page
    assert "/sign-in/" not in page
    assert "Guten Tag bert" in (await olga.get(f"{draft}/check?n=2")).text
    await house.people("cleo", role=Role.SPEAKER)
    told = {"act": "send", "version": field(page, "version"), "people": field(page, "people")}
    answer = await olga.post(f"{draft}/check", data=told)
    assert answer.status_code == 409
    assert "An 3 Personen versenden" in answer.text
    answer = await olga.post(f"{draft}/check", data={**told, "people": "3"})
    assert answer.headers["location"] == draft
    assert "0 von 3" in (await olga.get(draft)).text
    await house.send_all()
    page = (await olga.get(draft)).text
    assert "3 von 3" in page
    assert house.post.recipients == ["ada@example.org", "bert@example.org", "cleo@example.org"]
    assert "Neues" in (await olga.get(BASE)).text


async def test_a_test_goes_to_oneself(house: House, olga: httpx2.AsyncClient) -> None:
    draft = await drafted(olga, calendar="yes")
    answer = await olga.post(f"{draft}/check", data={"act": "test"})
    assert "tested" in answer.headers["location"]
    async with house.services.db.read() as session:
        (job,) = (await session.exec(select(Job).where(Job.kind == "mail.send"))).all()
    assert job.facts["to"] == "olga.beispiel@example.org"
    assert job.facts["subject"] == "Probe: Neues"
    assert "/sign-in/" in job.facts["text"]
    assert job.facts["calendar"].startswith("BEGIN:VCALENDAR")


async def test_what_cannot_be_sent(olga: httpx2.AsyncClient) -> None:
    for wrong, sentence in (
        ({"subject_de": ""}, "braucht ein Anschreiben Betreff und Text"),
        ({"body_de": "ohne"}, "hier steht es 0-mal"),
        ({"body_de": "{link} {link}"}, "hier steht es 2-mal"),
        ({"body_de": "{link} {geheim}"}, "{geheim} steht für nichts"),
        ({"body_de": "{link} https://example.org"}, "hat einen Link"),
        ({"subject_de": "x" * 151}, "Höchstens 150"),
        ({"subject_en": "News"}, "entweder beides oder nichts"),
        ({"at": "2001-01-01T10:00"}, "ist vorbei"),
        ({"at": "gestern"}, "Datum"),
    ):
        form = {"version": "0", "subject_de": "Neues", "body_de": "{link}", **wrong}
        answer = await olga.post(f"{BASE}/new?kind=letter", data=form)
        assert answer.status_code == 422
        assert sentence in answer.text, wrong
    for address in ("/new?kind=confirmed", "/new?kind=x", "/templates/x", "/nobody"):
        assert (await olga.get(BASE + address)).status_code == 404


async def test_two_who_write(house: House, olga: httpx2.AsyncClient) -> None:
    otto = await house.site.signed_in("Otto Beispiel", Role.ORGANISER)
    form = {"version": "0", "subject_de": "Otto", "body_de": "{link}"}
    assert (await otto.post(f"{BASE}/templates/letter", data=form)).status_code == 303
    answer = await olga.post(f"{BASE}/templates/letter", data={**form, "subject_de": "Olga"})
    assert answer.status_code == 409
    assert "Otto Beispiel" in answer.text
    draft = await drafted(olga)
    form = {"version": "1", "subject_de": "Otto war schneller", "body_de": "{link}"}
    assert (await otto.post(f"{draft}/edit", data=form)).status_code == 303
    answer = await olga.post(f"{draft}/edit", data={**form, "subject_de": "Olga"})
    assert answer.status_code == 409
    assert "Otto war schneller" in answer.text
    assert 'value="Olga"' in answer.text
    assert (await olga.post(f"{draft}/edit", data={**form, "version": field(answer.text, "version")})).status_code == 303


async def test_stop_and_go_on(house: House, olga: httpx2.AsyncClient) -> None:
    await house.people("ada", "bert", role=Role.SPEAKER)
    draft = await drafted(olga)
    await olga.post(f"{draft}/check", data={"act": "send", "version": "1", "people": "2"})
    await house.sender.send_next()
    await olga.post(draft, data={"act": "stop"})
    await house.send_all()
    assert len(house.post.letters) == 1
    page = (await olga.get(draft)).text
    assert "Angehalten" in page
    await olga.post(draft, data={"act": "go_on", "version": field(page, "version")})
    await house.send_all()
    assert house.post.recipients == ["ada@example.org", "bert@example.org"]


async def test_uncertain_ones_are_listed(house: House, olga: httpx2.AsyncClient) -> None:
    await house.people("ada", role=Role.SPEAKER)
    mailing = await house.mailing()
    await house.start(mailing)
    async with house.services.db.work() as work:
        (delivery,) = await house.deliveries()
        delivery.state, delivery.handed, delivery.tries = DeliveryState.HANDED, work.now, 1
        delivery.next_try = work.now + timedelta(minutes=11)
        await work.session.merge(delivery)
    assert "Noch einmal senden" not in (await olga.get(f"{BASE}/{mailing}")).text
    house.site.clock.advance(minutes=12)
    assert "Bei 1 Anschreiben ist ungewiss" in (await olga.get(f"/desk/{SLUG_2021}")).text
    assert f"{BASE}/{mailing}?show=uncertain" in (await olga.get(BASE)).text
    page = (await olga.get(f"{BASE}/{mailing}?show=uncertain")).text
    assert "Ungewiss" in page
    await olga.post(f"{BASE}/{mailing}?show=uncertain", data={"act": "again", "letter": field(page, "letter")})
    await house.send_all()
    assert house.post.ids == [f"<{delivery.message_id}>"]
    with pytest.raises(Exception, match="letter_on_its_way"):
        async with house.services.db.work() as work:
            await send_again(work, house.services, house.conference_id, delivery.id, by=None)


async def test_thrown_away(house: House, olga: httpx2.AsyncClient) -> None:
    draft = await drafted(olga)
    assert (await olga.post(f"{draft}/check", data={"act": "discard"})).headers["location"] == BASE
    assert (await olga.get(f"{draft}/check")).status_code == 404


async def test_reminders_stand_there_and_can_be_switched_off(house: House, olga: httpx2.AsyncClient) -> None:
    conference = await house.site.conference()
    house.site.clock.jump_to(conference.live - timedelta(days=3))
    await begin_what_is_due(house.services)
    assert (await olga.get(BASE)).text.count("Geplant") == 2
    address = f"{BASE}/{conference.id}:day_before:planned"
    page = (await olga.get(address)).text
    assert "beginnt von selbst am" in page
    await olga.post(address, data={"act": "stop"})
    assert "ausgeschaltet" in (await olga.get(address)).text
    house.site.clock.jump_to(conference.live - timedelta(hours=20))
    await begin_what_is_due(house.services)
    assert (await house.row(f"{conference.id}:day_before:planned")).state is MailingState.STOPPED
    page = (await olga.get(address)).text
    await olga.post(address, data={"act": "go_on", "version": field(page, "version")})
    await begin_what_is_due(house.services)
    assert (await house.row(f"{conference.id}:day_before:planned")).state is MailingState.SENDING


async def test_words_of_ones_own(house: House, olga: httpx2.AsyncClient) -> None:
    form = {"version": "0", "subject_de": "Willkommen {name}", "body_de": "Hier: {link}"}
    assert (await olga.post(f"{BASE}/templates/confirmed", data=form)).status_code == 303
    page = (await olga.get(f"{BASE}/templates/confirmed?saved")).text
    assert "Willkommen Kim Beispiel" in page
    assert "eigener Text" in (await olga.get(BASE)).text
    await olga.post(f"{BASE}/templates/confirmed", data={"act": "shipped"})
    assert "eigener Text" not in (await olga.get(BASE)).text


REPORT = """From: MAILER-DAEMON@mx.example.org
To: post@meet.example.org
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: user unknown

--b
Content-Type: text/rfc822-headers

Message-ID: <{id}>
Subject: Neues

--b--
"""


def report(address: str, message_id: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return REPORT.format(address=address, id=message_id, action=action, status=status).replace("\n", "\r\n").encode()


async def test_what_comes_back(house: House, olga: httpx2.AsyncClient) -> None:
    ada, bert, cleo = await house.people("ada", "bert", "cleo", role=Role.SPEAKER)
    mailing = await house.mailing()
    await house.start(mailing)
    await house.send_all()
    of = {delivery.person_id: delivery.message_id for delivery in await house.deliveries()}
    mails = [
        ("mails", ("a.eml", report("other@elsewhere.example", of[ada]), "message/rfc822")),
        ("mails", ("b.eml", report("bert@example.org", "lost@elsewhere"), "message/rfc822")),
        ("mails", ("c.eml", report("cleo@example.org", of[cleo], "delayed", "4.4.1"), "message/rfc822")),
        ("mails", ("d.eml", b"Subject: out of office\r\n\r\nback on Monday", "message/rfc822")),
        ("mails", ("e.eml", report("x@example.org", "y@elsewhere"), "message/rfc822")),
        ("mails", ("f.eml", b"\x00\xff" * 500, "message/rfc822")),
    ]
    page = (await olga.post(f"{BASE}/returns", files=mails)).text
    assert "2 Adressen sind gekennzeichnet" in page
    assert "1 Anschreiben verspätet sich nur" in page
    assert "3 Dateien sagen nichts" in page
    states = {delivery.person_id: (delivery.state, delivery.reply) for delivery in await house.deliveries()}
    assert states == {
        ada: (DeliveryState.BOUNCED, "550"),
        bert: (DeliveryState.BOUNCED, "550"),
        cleo: (DeliveryState.SENT, "250"),
    }
    async with house.services.db.read() as session:
        bounced = [each.id for each in await session.exec(select(Person).where(Person.bounced != None))]  # noqa: E711
    assert sorted(bounced) == sorted([ada, bert])
    assert await house.start(await house.mailing()) == 1


async def test_only_organisers(house: House) -> None:
    anna = await house.site.signed_in("Anna Muster", Role.SPEAKER)
    for address in ("", "/new?kind=letter", "/returns", "/templates/letter", "/x", "/x/check", "/x/edit"):
        assert (await anna.get(BASE + address)).status_code == 403


async def test_every_kind_reads_well(house: House, olga: httpx2.AsyncClient) -> None:
    """Each kind's words can be kept as they came, in both languages."""
    for kind in LetterKind:
        page = (await olga.get(f"{BASE}/templates/{kind.value}")).text
        values = dict(re.findall(r'<textarea id="(body_\w\w)"[^>]*>(.*?)</textarea>', page, re.DOTALL))
        assert set(values) == {"body_de", "body_en"}
        form = {"version": "0", "subject_de": field(page, "subject_de"), "subject_en": field(page, "subject_en"), **values}
        assert (await olga.post(f"{BASE}/templates/{kind.value}", data=form)).status_code == 303, kind
