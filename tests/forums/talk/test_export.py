"""The moderation's tables: what stands in them, who gets them, and that no spreadsheet takes a cell for a formula."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from io import StringIO

import httpx2
import pytest

from conference.app import build_app
from conference.forums.talk import export
from conference.people.actions import sign_in
from conference.people.model import Role
from tests.forums.house import House
from tests.forums.talk.test_chat import says
from tests.forums.talk.test_polls import drafts
from tests.forums.talk.test_questions import asks, came

TALK = "/treffen/sessions/forum/talk"


@pytest.fixture
async def client(rooms: House) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=build_app(rooms.services))
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as opened:
        yield opened


async def cookie(rooms: House, name: str) -> dict[str, str]:
    from conference.people.model import Person

    async with rooms.services.db.work() as work:
        person = await work.session.get(Person, name)
        assert person is not None
        secret = await sign_in(work, rooms.services.ids, rooms.clock, person, None)
    return {"Cookie": f"meetingpoint={secret}", "Accept-Language": "en"}


def read(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


async def test_tables_of_a_session(rooms: House, client: httpx2.AsyncClient) -> None:
    mo, anna = await came(rooms, "mo", Role.MODERATOR), await came(rooms, "anna")
    shy = await came(rooms, "shy", shows_name=False)
    question = await asks(anna, '=HYPERLINK("x";"y")')
    await asks(shy, "Ohne Zustimmung?")
    await asks(anna, "Ohne Namen?", "c2", unnamed=True)
    await mo.browser.ask("question.vote", question=question, up=True)
    first = await says(anna, "+49 ist die Vorwahl;\nneue Zeile")
    await says(shy, "Danke", reply_to=first)
    gone = await says(anna, "Vertan")
    await anna.browser.ask("chat.delete", line=gone)
    poll = await drafts(mo)
    await drafts(mo, opened=False)
    await anna.browser.ask("poll.vote", poll=poll, choices=[1])
    headers = await cookie(rooms, "mo")
    answer = await client.get(f"{TALK}/questions.csv", headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="forum-questions.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = read(answer.text)
    assert head == ["Time", "State", "Votes", "Question", "Name", "Reason"]
    assert sorted(row[1:] for row in rows) == [
        ["Open", "0", "Ohne Namen?", "", ""],
        ["Open", "0", "Ohne Zustimmung?", "", ""],
        ["Open", "1", '\'=HYPERLINK("x";"y")', "Anna", ""],
    ]
    lines = read((await client.get(f"{TALK}/chat.csv", headers=headers)).text)
    said = "'+49 ist die Vorwahl;\nneue Zeile"
    assert [row[1:] for row in lines[1:]] == [["Anna", said, ""], ["", "Danke", said]]
    polls = read((await client.get(f"{TALK}/polls.csv", headers=headers)).text)
    assert [row[3:] for row in polls[1:]] == [["Montag", "0"], ["Dienstag", "1"], ["Mittwoch", "0"]]


@pytest.mark.parametrize("kind", export.KINDS)
async def test_only_who_moderates_this_session_gets_them(rooms: House, client: httpx2.AsyncClient, kind: str) -> None:
    await rooms.person("anna")
    await rooms.person("lea", Role.MODERATOR, "stage")
    await rooms.person("olga", Role.ORGANISER)
    answers = [
        (await client.get(f"{TALK}/{kind}.csv", headers=await cookie(rooms, name))).status_code
        for name in ("anna", "lea", "olga")
    ]
    assert answers == [403, 403, 200]
    assert (await client.get(f"{TALK}/{kind}.csv")).status_code == 401
    assert (await client.get(f"{TALK}/secrets.csv", headers=await cookie(rooms, "olga"))).status_code == 404
    mo, (_, seat) = await came(rooms, "mo", Role.MODERATOR), await rooms.joined("eva")
    assert (await client.get(f"{TALK}/{kind}.csv", headers=await cookie(rooms, "eva"))).status_code == 403
    await mo.browser.ask("room.promote", seat=seat, on=True)
    assert (await client.get(f"{TALK}/{kind}.csv", headers=await cookie(rooms, "eva"))).status_code == 200
    stage = f"/treffen/sessions/stage/talk/{kind}.csv"
    assert (await client.get(stage, headers=await cookie(rooms, "eva"))).status_code == 403  # made moderator of one room
    foreign = await client.get(f"/anderes/sessions/foreign/talk/{kind}.csv", headers=await cookie(rooms, "olga"))
    assert foreign.status_code in (401, 403)
