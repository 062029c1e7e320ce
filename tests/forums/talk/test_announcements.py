"""Announcements of the desk: in every room of their conference at once, until they are withdrawn."""

from __future__ import annotations

from typing import Any

import pytest

from conference.base.errors import Invalid, NotFound
from conference.forums.talk.announcing import announce, withdraw
from conference.people.model import Role
from tests.forums.house import House
from tests.forums.talk.test_export import client, cookie
from tests.forums.talk.test_questions import came

__all__ = ["client"]
DESK = "/desk/treffen/announcements"
SAME = {"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}


async def test_an_announcement_stands_in_every_room(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    anna, jo = await came(rooms, "anna"), await came(rooms, "jo", session="stage")
    first = await announce(rooms.services, "c1", {"de": " Mittag um 12 ", "en": "Lunch at 12"}, None)
    for page in (anna, jo):
        told = await page.browser.hear_kind("talk.announcements")
        assert [(one["id"], one["text"]) for one in told["announcements"]] == [(first.id, "Mittag um 12")]
    late = await came(rooms, "late")
    assert [one["text"] for one in late.opened["announcements"]] == ["Mittag um 12"]
    await withdraw(rooms.services, "c1", first.id)
    await anna.browser.hear(lambda frame: frame["type"] == "talk.announcements" and frame["announcements"] == [])


async def test_a_conference_announces_to_itself_alone(rooms: House) -> None:
    anna = await came(rooms, "anna")
    foreign = await announce(rooms.services, "c2", {"de": "Drüben"}, None)
    with pytest.raises(NotFound):
        await withdraw(rooms.services, "c1", foreign.id)
    own = await announce(rooms.services, "c1", {"de": "Hüben"}, None)
    told = await anna.browser.hear_kind("talk.announcements")
    assert [one["id"] for one in told["announcements"]] == [own.id]


@pytest.mark.parametrize("text", [{}, {"de": " "}, {"en": "Only English"}, {"de": "x" * 501}, {"de": "Gut", "en": "x" * 501}])
async def test_what_is_no_announcement(rooms: House, text: Any) -> None:
    with pytest.raises(Invalid, match="announcement"):
        await announce(rooms.services, "c1", text, None)


async def test_the_desk_announces_and_withdraws(rooms: House, client: Any) -> None:
    anna = await came(rooms, "anna")
    await rooms.person("olga", Role.ORGANISER)
    headers = {**await cookie(rooms, "olga"), **SAME}
    assert (await client.post(DESK, data={"de": "Mittag um 12", "en": ""}, headers=headers)).status_code == 303
    told = await anna.browser.hear_kind("talk.announcements")
    page = await client.get(DESK, headers=headers)
    assert "Mittag um 12" in page.text
    wrong = await client.post(DESK, data={"de": "", "en": "Lunch"}, headers=headers)
    assert (wrong.status_code, "Lunch" in wrong.text, "German text" in wrong.text) == (422, True, True)
    withdrawn = await client.post(DESK, data={"withdraw": told["announcements"][0]["id"]}, headers=headers)
    assert withdrawn.status_code == 303
    assert "Mittag um 12" not in (await client.get(DESK, headers=headers)).text
    assert (await client.post(DESK, data={"withdraw": "nothing"}, headers=headers)).status_code == 404


async def test_only_organisers_have_the_page(rooms: House, client: Any) -> None:
    await rooms.person("mo", Role.MODERATOR)
    headers = {**await cookie(rooms, "mo"), **SAME}
    assert (await client.get(DESK, headers=headers)).status_code == 403
    assert (await client.post(DESK, data={"de": "Ich"}, headers=headers)).status_code == 403
