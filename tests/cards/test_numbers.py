"""How often a film was played: counted fairly, told without anybody being recognised, on both databases."""

from __future__ import annotations

import asyncio
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import col, select

from conference.access.model import State
from conference.cards.model import Card, CardPlays
from conference.cards.numbers.actions import count_play
from conference.cards.numbers.pages import PLAYS_AT_ONCE
from conference.cards.numbers.rules import LEAST, Share, figure, numbers_of, share_of
from conference.cards.store import cards_in
from tests.cards.sending import send
from tests.results.house import House

PLAYS, NUMBERS = "/cards/heimat/plays", "/cards/werkbank/own/numbers"


async def counted(house: House) -> list[tuple[date, int, int]]:
    async with house.services.db.read() as db:
        rows = await db.exec(select(CardPlays).order_by(col(CardPlays.day)))
        return [(row.day, row.plays, row.ends) for row in rows]


async def card_of_werkbank(house: House) -> Card:
    async with house.services.db.read() as db:
        return next(card for card in await cards_in(db, house.conference.id) if not card.words)


async def test_plays_and_ends_are_counted_by_day(anywhere: House) -> None:
    for what in ("end", "play", "play", "end", "end", "end"):
        answer = await send(anywhere, PLAYS, json={"what": what})
        assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (204, b"", "no-store")
        assert "set-cookie" not in answer.headers
    anywhere.clock.advance(days=1)
    await send(anywhere, PLAYS, "attendee", json={"what": "play"})
    assert await counted(anywhere) == [(date(2021, 5, 10), 2, 2), (date(2021, 5, 11), 1, 0)]


async def test_many_at_once_lose_nothing(anywhere: House) -> None:
    card = await card_of_werkbank(anywhere)

    async def play() -> None:
        async with anywhere.services.db.work() as work:
            await count_play(work, card.id, date(2021, 5, 10), "play")

    await asyncio.gather(*(play() for _ in range(12)))
    assert await counted(anywhere) == [(date(2021, 5, 10), 12, 0)]


async def test_what_is_not_counted(house: House) -> None:
    async with house.services.db.work() as work:
        card = await work.session.get(Card, (await card_of_werkbank(house)).id)
        assert card is not None
        card.unspoken, card.state = True, card.state.__class__("published")
        work.session.add(card)
    for who in ("organiser", "initiative"):
        assert (await send(house, "/cards/werkbank/plays", who, json={"what": "play"})).status_code == 204
    assert await counted(house) == []
    for n in range(PLAYS_AT_ONCE + 5):
        assert (await send(house, PLAYS, address=f"192.0.2.{n}", json={"what": "play"})).status_code == 204
    assert [plays for _, plays, _ in await counted(house)] == [PLAYS_AT_ONCE]
    await send(house, PLAYS, address="198.51.100.1", json={"what": "play"})
    await send(house, "/cards/werkbank/plays", json={"what": "play"})  # another card
    assert sorted(plays for _, plays, _ in await counted(house)) == [1, PLAYS_AT_ONCE + 1]


NONSENSE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"what":"seen"}',
    b'{"what":["play"]}',
    b"[" * 150,
    b'{"what":"play"}' + b" " * 300,
    b"\xff",
)


async def test_nonsense_is_refused(house: House) -> None:
    for body in NONSENSE:
        assert (await send(house, PLAYS, content=body)).status_code == 422
    assert await counted(house) == []


async def test_who_may_not_watch_is_not_counted(house: House) -> None:
    for path in ("/cards/werkbank/plays", "/cards/wendland/plays", "/cards/nobody/plays"):
        assert (await send(house, path, json={"what": "play"})).status_code == 404
    house.at(State.LIVE)
    assert (await send(house, PLAYS, json={"what": "play"})).status_code == 404
    house.at(State.CLOSED)
    assert (await send(house, PLAYS, json={"what": "play"})).status_code == 410
    assert await counted(house) == []


async def test_the_page_of_the_numbers(house: House) -> None:
    empty = await house.get(NUMBERS, "initiative")
    assert "Noch hat niemand den Film abgespielt." in empty.text
    assert 'id="reachable"' in empty.text
    card = await card_of_werkbank(house)
    async with house.services.db.work() as work:
        for day, plays, ends in ((6, 20, 10), (7, 3, 2), (8, 1, 0), (9, 7, 1), (10, 4, 4)):
            work.session.add(CardPlays(card_id=card.id, day=date(2021, 5, day), plays=plays, ends=ends))
    text = (await house.get(NUMBERS, "initiative")).text
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', text)
    assert [(re.findall(r'datetime="([\d-]+)"', days), plays) for days, plays in rows] == [
        (["2021-05-10"], "unter 5"),
        (["2021-05-07", "2021-05-09"], "11"),
        (["2021-05-06"], "20"),
    ]
    narrow = "\N{NARROW NO-BREAK SPACE}"
    assert re.findall(r"<dd>(.*?)</dd>", text)[:3] == ["31", "13", f"42{narrow}%"]
    assert "42%" in (await house.get(NUMBERS, "organiser", accept_language="en")).text


async def test_whose_numbers_these_are(house: House) -> None:
    assert (await house.get(NUMBERS)).status_code == 401
    assert (await house.get(NUMBERS, "attendee")).status_code == 403
    assert (await house.get("/cards/heimat/own/numbers", "initiative")).status_code == 403
    assert (await send(house, "/cards/heimat/own/numbers", "initiative", data={})).status_code == 403
    assert (await house.get("/cards/wendland/own/numbers", "organiser")).status_code == 200


COUNTS = st.integers(0, 60)


@given(st.dictionaries(st.dates(), st.tuples(COUNTS, COUNTS), max_size=8))
def test_fewer_than_five_are_never_told(rows: dict[date, tuple[int, int]]) -> None:
    played = {day: plays for day, (plays, _) in rows.items() if plays}
    numbers = numbers_of((day, plays, min(plays, ends)) for day, (plays, ends) in rows.items())
    assert bool(numbers) == bool(played)
    for told in (numbers.plays, numbers.ends, *(span.plays for span in numbers.spans)):
        assert told.exact is None or told.exact >= LEAST
    if numbers.share is not None:
        assert numbers.plays.exact is not None
        assert numbers.share.under == (numbers.ends.exact is None)
        assert 0 <= numbers.share.percent <= 100
    within = [[day for day in sorted(played) if span.first <= day <= span.last] for span in reversed(numbers.spans)]
    assert [day for days in within for day in days] == sorted(played)  # each day stands in one span, in order
    assert all(span.plays.exact is not None for span in numbers.spans[1:])  # the newest few alone wait


@given(st.dictionaries(st.dates(), st.integers(1, 9), max_size=8))
def test_no_day_comes_out_of_the_sum(rows: dict[date, int]) -> None:
    """The whole is the sum of what is told anyway, so taking one from the other leaves nothing."""
    numbers = numbers_of((day, plays, 0) for day, plays in rows.items())
    assert (numbers.plays.exact or 0) == sum(span.plays.exact or 0 for span in numbers.spans)


@pytest.mark.parametrize(
    ("plays", "ends", "share"),
    [
        (4, 4, None),
        (5, 4, Share(100, under=True)),
        (20, 0, Share(25, under=True)),
        (20, 5, Share(25)),
        (20, 20, Share(100)),
        (9, 6, Share(67)),
    ],
)
def test_shares(plays: int, ends: int, share: Share | None) -> None:
    assert share_of(plays, ends) == share
    assert figure(plays).exact == (plays if plays >= 5 else None)
