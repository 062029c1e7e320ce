"""Publishing, exchanging, asking for a change, taking down, reminding: the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, Unavailable
from conference.base.mail import Letter, MemoryMail
from conference.cards.consent.rules import NEEDED
from conference.cards.model import Card, CardFilm, CardState, FilmState
from conference.cards.review.actions import (
    Reminding,
    ask_change,
    end_change,
    release_card,
    remind,
    take_down,
    unpublish_card,
)
from conference.cards.review.terms import Wanted, set_terms
from conference.cards.store import films_of, terms_of
from conference.live.model import OutboxRow
from conference.people.model import Role
from tests.cards.reviewing import (
    acts_of,
    agreed,
    all_sent,
    card_at,
    changed,
    film_beside,
    letters_waiting,
    objects_forgotten,
    person_of,
    postman,
)
from tests.results.house import House, house_at


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """On each of the two databases, weeks before the day."""
    async with house_at(tmp_path, database_url=database_url) as house:
        house.at(State.ANNOUNCED)
        yield house


async def done(house: House, act: Callable[..., Awaitable[Any]], *what: Any, **more: Any) -> Any:
    async with house.services.db.work() as work:
        return await act(house.services, work, *what, by=None, **more)


async def told(house: House) -> int:
    async with house.services.db.read() as db:
        return len([row for row in await db.exec(select(OutboxRow)) if row.kind == "card.changed"])


async def films(house: House, card: Card) -> list[CardFilm]:
    async with house.services.db.read() as db:
        return await films_of(db, card.id)


async def test_a_card_is_published_when_all_have_agreed(both: House) -> None:
    card = await card_at(both, "werkbank")
    await agreed(both, card, NEEDED[:2])
    with pytest.raises(Conflict, match="card_consent_missing"):
        await done(both, release_card, card.id)
    assert await letters_waiting(both) == []
    await agreed(both, card, NEEDED[2:])
    before = await told(both)
    await done(both, release_card, card.id)
    await done(both, release_card, card.id)  # again: nothing changes, nobody is written to twice
    card = await card_at(both, "werkbank")
    assert (card.state, card.published) == (CardState.PUBLISHED, both.clock.now())
    assert await told(both) == before + 1
    assert [letter.to for letter in await letters_waiting(both)] == ["initiative@example.org"]
    assert await acts_of(both) == ["card published"]


async def test_three_who_publish_at_the_same_moment_publish_once(both: House) -> None:
    card = await card_at(both, "werkbank")
    await agreed(both, card)
    before = await told(both)
    await asyncio.gather(*(done(both, release_card, card.id) for _ in range(3)))
    assert len(await letters_waiting(both)) == await told(both) - before == len(await acts_of(both)) == 1


@pytest.mark.parametrize("state", [CardState.BEGUN, CardState.CHANGE_ASKED, CardState.WITHDRAWN])
async def test_only_a_ready_card_is_published(house: House, state: CardState) -> None:
    card = await card_at(house, "werkbank")
    await agreed(house, card)
    await changed(house, card, state=state)
    with pytest.raises(Conflict, match="card_not_ready"):
        await done(house, release_card, card.id)


async def test_the_version_that_was_watched_is_published_and_no_other(house: House) -> None:
    card = await card_at(house, "werkbank")
    await agreed(house, card)
    (watched,) = await films(house, card)
    newer = await film_beside(house, card)
    await agreed(house, card)
    with pytest.raises(Conflict, match="card_other_film"):
        await done(house, release_card, card.id, film_id=watched.id)
    await done(house, release_card, card.id, film_id=newer.id)


async def test_a_waiting_version_takes_the_place_of_the_shown_one(both: House) -> None:
    card = await card_at(both, "heimat")
    keys = set(await both.keys())
    newer = await film_beside(both, card)
    await film_beside(both, card, FilmState.REFUSED)
    with pytest.raises(Conflict, match="card_consent_missing"):  # the people in the new film have not agreed yet
        await done(both, release_card, card.id, film_id=newer.id)
    await agreed(both, card)
    first = (await card_at(both, "heimat")).published
    before = await told(both)
    await done(both, release_card, card.id, film_id=newer.id)
    card = await card_at(both, "heimat")
    assert (card.state, card.seconds, card.published) == (CardState.PUBLISHED, 12.0, first)
    assert [(film.id == newer.id, film.state) for film in await films(both, card) if film.shown] == [(True, FilmState.READY)]
    assert len(await films(both, card)) == 2  # what came to nothing is its owner's to see
    assert await told(both) == before + 1
    assert await acts_of(both) == ["card exchanged"]
    await objects_forgotten(both)
    assert len(keys - set(await both.keys())) == 4  # film, poster and two captions of the old version are deleted


async def test_taking_it_out_of_the_gallery_holds_at_once(both: House) -> None:
    card = await card_at(both, "heimat")
    both.at(State.ARCHIVE)
    assert (await both.get("/cards/heimat/media/video.mp4")).status_code == 302
    await done(both, unpublish_card, card.id)
    await done(both, unpublish_card, card.id)
    assert (await both.get("/cards/heimat/media/video.mp4")).status_code == 404
    card = await card_at(both, "heimat")
    assert (card.state, card.published) == (CardState.READY, None)
    assert await acts_of(both) == ["card unpublished"]


async def test_what_waited_is_shown_once_the_card_is_public_no_more(house: House) -> None:
    card = await card_at(house, "heimat")
    newer = await film_beside(house, card)
    await done(house, unpublish_card, card.id)
    assert [(film.id, film.shown) for film in await films(house, card)] == [(newer.id, True)]


async def test_a_change_is_asked_for_and_taken_back(both: House) -> None:
    card = await card_at(both, "werkbank")
    for reason in ("", "  ", "x" * 1001):
        with pytest.raises(Invalid, match="card_change_text"):
            await done(both, ask_change, card.id, reason)
    for _ in range(2):  # whoever clicks twice
        await done(both, ask_change, card.id, " Bitte {initiative} lauter\nsprechen. ")
    card = await card_at(both, "werkbank")
    assert (card.state, card.change) == (CardState.CHANGE_ASKED, "Bitte {initiative} lauter\nsprechen.")
    (letter,) = await letters_waiting(both)
    assert letter.subject == "Bitte ändern Sie die Video-Visitenkarte von Werkbank / Please change the video card of Werkbank"
    assert letter.text.count("    Bitte {initiative} lauter\n    sprechen.") == 2  # in German and in English, as it was written
    assert letter.reply_to == "buero@example.org"
    links = set(re.findall(r"http\S+", letter.text))
    assert len(links) == 1
    (link,) = links
    assert link.endswith("?next=/treffen/cards/werkbank/own")
    assert (await both.get("/" + link.partition(":8000")[2])).status_code == 200
    await done(both, end_change, card.id)
    await done(both, end_change, card.id)
    card = await card_at(both, "werkbank")
    assert (card.state, card.change) == (CardState.READY, "")
    assert await acts_of(both) == ["card change asked", "card change taken back"]


async def test_asking_of_a_public_card_takes_it_from_public_unless_a_new_version_is_meant(house: House) -> None:
    card = await card_at(house, "heimat")
    newer = await film_beside(house, card)
    await done(house, ask_change, card.id, "Lauter, bitte.")
    card = await card_at(house, "heimat")
    assert (card.state, card.change) == (CardState.PUBLISHED, "Lauter, bitte.")
    await agreed(house, card)
    await done(house, release_card, card.id, film_id=newer.id)  # they thought better of it
    card = await card_at(house, "heimat")
    assert card.change == ""
    await done(house, ask_change, card.id, "Lauter, bitte.")
    card = await card_at(house, "heimat")
    assert (card.state, card.published) == (CardState.CHANGE_ASKED, None)


async def test_a_card_is_taken_down_for_good_and_its_people_learn_of_it(both: House) -> None:
    card = await card_at(both, "werkbank")
    await done(both, take_down, card.id)
    await done(both, take_down, card.id)
    card = await card_at(both, "werkbank")
    assert card.state is CardState.WITHDRAWN
    assert [letter.subject.partition(" / ")[0] for letter in await letters_waiting(both)] == [
        "Die Video-Visitenkarte von Werkbank wurde entfernt"
    ]
    for act, what in ((release_card, ()), (ask_change, ("Lauter",))):
        with pytest.raises(Conflict, match="card_not_ready"):
            await done(both, act, card.id, *what)


async def test_terms_are_set_and_written_down_once(both: House) -> None:
    wanted = Wanted(both.clock.now() + timedelta(days=1), 120, 400_000_000, 480)
    for _ in range(2):
        async with both.services.db.work() as work:
            await set_terms(work, both.conference.id, wanted, by=None)
    async with both.services.db.read() as db:
        terms = await terms_of(db, both.conference.id)
    assert (terms.until, terms.most_seconds, terms.most_bytes, terms.least_height, terms.reminded) == (
        wanted.until, 120, 400_000_000, 480, None,
    )  # fmt: skip
    assert await acts_of(both) == ["card terms set"]


async def reminded(house: House, seen: datetime | None = None) -> Reminding:
    async with house.services.db.work() as work:
        return await remind(house.services, work, house.conference, by=None, seen=seen)


async def without_cards(house: House) -> None:
    """Wendland has two people and no card; a person elsewhere in it has another role; one address is none."""
    await person_of(house, "Wanda", Role.INITIATIVE, initiative="wendland")
    await person_of(house, "Wido", Role.INITIATIVE, Role.SPEAKER, initiative="wendland")
    await person_of(house, "Wilma", Role.ATTENDEE, initiative="wendland")
    await person_of(house, "Wolf", Role.INITIATIVE, initiative="wendland", email="wolf @example..org")


async def test_each_person_of_each_initiative_without_a_card_gets_one_letter(both: House) -> None:
    await without_cards(both)
    found = await reminded(both)
    assert (found.letters, [initiative.slug for initiative in found.initiatives], found.unreachable) == (2, ["wendland"], [])
    sent = await all_sent(both)
    assert sorted(letter.to for letter in sent) == ["wanda@example.org", "wido@example.org"]
    text = sent[0].text
    for said in (
        "17. Mai 2021, 23:59 Uhr",
        "höchstens 3:00 Minuten, höchstens 500 MB",
        "17 May 2021, 23:59",
        "Say in the first sentence",
    ):
        assert said in text
    links = [set(re.findall(r"/sign-in/[\w-]{43}\?next=/treffen/cards/wendland/own", letter.text)) for letter in sent]
    assert all(len(one) == 1 for one in links)
    assert links[0] != links[1]
    with pytest.raises(Conflict, match="cards_reminded"):
        await reminded(both)  # two pressed the button at the same time
    assert len(await all_sent(both)) == 2
    both.clock.advance(days=2)
    async with both.services.db.read() as db:
        first = (await terms_of(db, both.conference.id)).reminded
    await reminded(both, seen=first)
    assert len(await all_sent(both)) == 4
    assert await acts_of(both) == ["cards reminded"] * 2


async def test_two_who_remind_at_the_same_moment_send_one_letter(both: House) -> None:
    await without_cards(both)
    outcomes = await asyncio.gather(*(reminded(both) for _ in range(3)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Conflict", "Reminding"]
    assert len(await letters_waiting(both)) == 2


async def test_a_link_from_before_stays_valid(both: House) -> None:
    await without_cards(both)
    await reminded(both)
    async with both.services.db.read() as db:
        first = (await terms_of(db, both.conference.id)).reminded
    await reminded(both, seen=first)
    for letter in await all_sent(both):
        link = re.findall(r"/sign-in/[\w-]{43}", letter.text)[0]
        assert (await both.get("/" + link)).status_code == 200


async def test_after_the_deadline_nobody_is_reminded(both: House) -> None:
    await without_cards(both)
    async with both.services.db.work() as work:
        await set_terms(work, both.conference.id, Wanted(both.clock.now(), 180, 500_000_000, 360), by=None)
    with pytest.raises(Conflict, match="cards_deadline"):
        await reminded(both)
    assert await letters_waiting(both) == []


async def test_a_reminder_that_cannot_be_committed_leaves_no_letter_and_no_link(both: House) -> None:
    await without_cards(both)

    async def broken(work: Work) -> None:
        await remind(both.services, work, both.conference, by=None, seen=None)
        raise Unavailable("database")

    with pytest.raises(Unavailable):
        async with both.services.db.work() as work:
            await broken(work)
    assert await letters_waiting(both) == []
    async with both.services.db.read() as db:
        assert (await terms_of(db, both.conference.id)).reminded is None


class Halting(MemoryMail):
    """The first letter waits for ever: its worker is stopped meanwhile; the second is refused once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.halted = asyncio.Event()

    async def send(self, letter: Letter) -> None:
        self.asked += 1
        if self.asked == 1:
            self.halted.set()
            await asyncio.Event().wait()
        if self.asked == 3:
            raise Unavailable("mail")
        await super().send(letter)


async def test_each_letter_goes_out_once_although_the_worker_is_stopped_and_the_post_is_away(both: House) -> None:
    await without_cards(both)
    await reminded(both)
    mail = Halting()
    async with postman(both, mail) as worker:
        running = asyncio.create_task(worker.run())
        await mail.halted.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    async with postman(both, mail) as another:
        while await another.run_once():
            pass
        both.clock.advance(seconds=30)  # the letter that was refused waits some seconds
        while await another.run_once():
            pass
    assert sorted(letter.to for letter in mail.letters) == ["wanda@example.org", "wido@example.org"]
    assert mail.asked == 4
