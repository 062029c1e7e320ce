"""Letters leave once each, over a real connection, whatever the mail server says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlmodel import col

from conference.base.errors import Conflict, Unavailable
from conference.base.mail import SmtpMail
from conference.mailing import claims
from conference.mailing.actions import send_again, stop, write_to
from conference.mailing.model import DeliveryState, LetterKind, Mailing, MailingState
from conference.mailing.planning import end_what_is_done
from conference.mailing.sending import Sender
from conference.people.actions import revoke
from conference.people.model import Person, Role, RoleHeld
from tests.mailing.house import House, open_house
from tests.services import free_ports
from tests.site import MOMENTS, SLUG_2021


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_each_gets_one(tmp_path: Path, database_url: str) -> None:
    async with open_house(tmp_path, database_url) as house:
        await house.people("ada", "bert", "cleo", role=Role.SPEAKER)
        await house.people("dora")
        mailing = await house.mailing()
        assert await house.start(mailing) == 3
        with pytest.raises(Conflict):
            await house.start(mailing, 2)
        await asyncio.gather(house.send_all(), house.send_all())
        assert house.post.recipients == ["ada@example.org", "bert@example.org", "cleo@example.org"]
        assert await house.states() == {DeliveryState.SENT}
        assert sorted(house.post.ids) == [f"<{delivery.message_id}>" for delivery in await house.deliveries()]
        assert await end_what_is_done(house.services) == 1
        assert (await house.row(mailing)).state is MailingState.SENT
        assert await end_what_is_done(house.services) == 0


async def test_the_link_of_a_letter_signs_in(house: House) -> None:
    """And those that were given out before go on doing so."""
    _, first = await house.site.invite("ada", Role.SPEAKER)
    await house.start(await house.mailing())
    await house.send_all()
    (letter,) = house.post.letters
    assert letter["Subject"].startswith("Neues von ")
    text = letter.get_content()
    assert text.startswith("Guten Tag ada,")
    link = next(line for line in text.splitlines() if "/sign-in/" in line)
    browser = house.site.browser()
    assert (await browser.post(link.removeprefix(house.services.settings.base_url))).status_code == 303
    assert (await house.site.browser().post(first)).status_code == 303


async def test_a_letter_names_the_last_day_as_the_pages_do(house: House) -> None:
    await house.people("ada", role=Role.SPEAKER)
    mailing = await house.mailing()
    async with house.services.db.work() as work:
        row = await work.session.get_one(Mailing, mailing)
        row.body = {"de": "Alles ist bis {until} zugänglich."}
        work.session.add(row)
    await house.start(mailing)
    await house.send_all()
    (letter,) = house.post.letters
    said = re.search(r"bis (\d+\. \w+ \d{4}) zugänglich", letter.get_content())
    assert said is not None
    page = (await house.site.browser().get(f"/{SLUG_2021}/")).text
    assert f"Diese Seiten sind bis {said[1]} öffentlich." in page


async def test_a_letter_that_cannot_be_put_together_stands_in_nobodys_way(house: House) -> None:
    await house.people("ada", role=Role.SPEAKER)
    broken, whole = await house.mailing(), await house.mailing()
    await house.start(broken)
    await house.start(whole)
    async with house.services.db.work() as work:
        mailing = await work.session.get_one(Mailing, broken)
        mailing.body = {"de": 5}  # type: ignore[dict-item]
        work.session.add(mailing)
    await house.send_all()
    assert house.post.recipients == ["ada@example.org"]
    assert await house.states(broken) == {DeliveryState.FAILED}
    assert await house.states(whole) == {DeliveryState.SENT}


async def test_greylisting(house: House) -> None:
    """Another time, with the same Message-ID and the same link."""
    await house.people("ada", "bert", role=Role.SPEAKER)
    house.post.to = lambda address: "451 4.7.1 greylisted" if address.startswith("ada") else "250 OK"
    await house.start(await house.mailing())
    await house.send_all()
    assert house.post.recipients == ["bert@example.org"]
    house.post.to = lambda _: "250 OK"
    await house.send_all()
    assert len(house.post.letters) == 1
    house.site.clock.advance(minutes=1, seconds=1)
    await house.send_all()
    assert house.post.recipients == ["ada@example.org", "bert@example.org"]
    assert sorted(house.post.ids) == [f"<{delivery.message_id}>" for delivery in await house.deliveries()]


async def test_a_mailbox_that_stays_full(house: House) -> None:
    """Given up after a day, and no sooner."""
    await house.people("ada", role=Role.SPEAKER)
    house.post.content = lambda _: "452 mailbox full"
    await house.start(await house.mailing())
    for _ in range(40):
        await house.send_all()
        house.site.clock.advance(hours=1)
    (delivery,) = await house.deliveries()
    assert (delivery.state, delivery.tries, delivery.reply) == (DeliveryState.FAILED, 24, "452")


async def test_refused_for_good(house: House) -> None:
    """The address is marked where it is at fault, and gets nothing more until somebody says so."""
    ada, bert = await house.people("ada", "bert", role=Role.SPEAKER)
    house.post.to = lambda address: "550 5.1.1 no such mailbox" if address.startswith("ada") else "250 OK"
    house.post.content = lambda _: "554 5.6.0 not like this"
    mailing = await house.mailing()
    await house.start(mailing)
    await house.send_all()
    assert [delivery.reply for delivery in sorted(await house.deliveries(), key=lambda each: str(each.reply))] == ["550", "554"]
    assert await house.states() == {DeliveryState.BOUNCED}
    async with house.services.db.read() as session:
        people = [await session.get_one(Person, each) for each in (ada, bert)]
    assert [person.bounced is not None for person in people] == [True, False]
    assert await house.start(await house.mailing()) == 1
    house.post.to = house.post.content = lambda _: "250 OK"
    to_ada = next(delivery for delivery in await house.deliveries(mailing) if delivery.person_id == ada)
    async with house.services.db.work() as work:
        await send_again(work, house.services, house.conference_id, to_ada.id, by=None)
    await house.send_all()
    assert house.post.recipients == ["ada@example.org", "bert@example.org"]


async def test_a_server_that_is_away_costs_no_try(house: House) -> None:
    await house.people("ada", role=Role.SPEAKER)
    await house.start(await house.mailing())
    away = replace(house.services, mail=SmtpMail(f"smtp://127.0.0.1:{free_ports()[0]}", "a@example.org", house.site.clock))
    with pytest.raises(Unavailable):
        await replace_sender(house, away)
    (delivery,) = await house.deliveries()
    assert (delivery.state, delivery.tries) == (DeliveryState.WAITING, 0)
    await house.send_all()
    assert house.post.recipients == ["ada@example.org"]


async def replace_sender(house: House, services: object) -> None:
    elsewhere = replace(house, services=services)  # type: ignore[arg-type]
    await elsewhere.send_all()


async def test_a_server_that_says_nothing_after_the_last_line(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows, so it is not sent again by itself; an organiser may, and the Message-ID tells both apart from two letters."""
    monkeypatch.setattr("conference.base.mail_line.REPLY_SECONDS", 0.3)
    await house.people("ada", role=Role.SPEAKER)
    await house.start(await house.mailing())
    house.post.silent = True
    with pytest.raises(Unavailable, match="mail_unanswered"):
        await house.send_all()
    house.post.silent = False
    house.site.clock.advance(days=1)
    await house.send_all()
    (delivery,) = await house.deliveries()
    assert (delivery.state, len(house.post.letters)) == (DeliveryState.HANDED, 1)
    async with house.services.db.work() as work:
        await send_again(work, house.services, house.conference_id, delivery.id, by=None)
    await house.send_all()
    assert len(set(house.post.ids)) == 1
    assert await house.states() == {DeliveryState.SENT}


async def test_a_letter_in_hand_is_nobody_elses(house: House) -> None:
    """Stopped between offer and last line, or taken over by another worker: the last line is not given."""
    await house.people("ada", role=Role.SPEAKER)
    mailing = await house.mailing()
    await house.start(mailing)
    claimed = await claims.claim(house.services)
    assert claimed is not None
    assert await claims.claim(house.services) is None
    house.site.clock.advance(minutes=6)  # this worker is dead, as far as others know
    again = await claims.claim(house.services)
    assert again is not None
    assert again.number == 2
    assert not await claims.hand(house.services, claimed)
    async with house.services.db.work() as work:
        await stop(work, house.services, house.conference_id, mailing, by=None)
    assert not await claims.hand(house.services, again)
    assert await house.states() == {DeliveryState.WAITING}
    assert await house.start(mailing, 3) == 1
    assert await claims.hand(house.services, again)
    delivery = (await house.deliveries())[0]
    with pytest.raises(Conflict):
        async with house.services.db.work() as work:
            await send_again(work, house.services, house.conference_id, delivery.id, by=None)


async def test_revoked_between_two_tries(house: House) -> None:
    """The link of the next try is a fresh one; else tries share one link."""
    (ada,) = await house.people("ada", role=Role.SPEAKER)
    house.post.content = lambda _: "451 later"
    await house.start(await house.mailing())
    await house.send_all()
    async with house.services.db.work() as work:
        await revoke(work, house.services.outbox, ada)
    house.post.content = lambda _: "250 OK"
    house.site.clock.advance(minutes=2)
    await house.send_all()
    link = next(line for line in house.post.letters[0].get_content().splitlines() if "/sign-in/" in line)
    browser = house.site.browser()
    assert (await browser.post(link.removeprefix(house.services.settings.base_url))).status_code == 303


async def test_who_registers_does_not_wait_for_a_thousand_others(house: House) -> None:
    await house.people("ada", "bert", role=Role.SPEAKER)
    await house.start(await house.mailing())
    (cleo,) = await house.people("cleo")
    async with house.services.db.work() as work:
        await write_to(work, house.services, cleo, LetterKind.CONFIRMED)
    await house.sender.send_next()
    assert house.post.recipients == ["cleo@example.org"]
    parts = list(house.post.letters[0].iter_attachments())
    assert [part.get_content_type() for part in parts] == ["text/calendar"]


async def test_the_loop_itself(house: House) -> None:
    await house.people(*(f"p{number}" for number in range(60)), role=Role.SPEAKER)
    await house.start(await house.mailing())
    loop = asyncio.create_task(house.sender.run())
    async with asyncio.timeout(60):
        while await house.states() != {DeliveryState.SENT}:
            await asyncio.sleep(0.05)
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert house.post.recipients == sorted(f"p{number}@example.org" for number in range(60))


async def test_no_more_than_the_mail_server_bears(house: House) -> None:
    """Ten in a second at most: the fourth one leaves three tenths after the first, or later."""
    await house.people("ada", "bert", "cleo", "dora", role=Role.SPEAKER)
    await house.start(await house.mailing())
    sender = Sender(house.services, per_minute=600)
    begun = asyncio.get_running_loop().time()
    while await sender.send_next():
        pass
    assert asyncio.get_running_loop().time() - begun >= 0.3
    await sender.hang_up()
    assert len(house.post.letters) == 4


async def test_who_has_lost_the_right_to_a_letter_gets_none(house: House) -> None:
    """Between the start and their turn: no role any more, deleted, closed for all."""
    ada, bert, _cleo = await house.people("ada", "bert", "cleo", role=Role.SPEAKER)
    await house.start(await house.mailing())
    async with house.services.db.work() as work:
        await work.session.exec(delete(RoleHeld).where(col(RoleHeld.person_id).in_([ada, bert])))
        await work.session.delete(await work.session.get_one(Person, bert))
    await house.send_all()
    assert house.post.recipients == ["cleo@example.org"]
    assert await house.states() == {DeliveryState.SKIPPED, DeliveryState.SENT}
    assert await house.start(await house.mailing()) == 1
    house.site.clock.jump_to(MOMENTS["closed"])
    await house.send_all()
    assert len(house.post.letters) == 1
