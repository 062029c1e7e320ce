"""The captioner's page, tokens for software, and the address to which software sends its captions; through the whole app."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlmodel import select

from conference.app import build_app
from conference.base.ids import digest
from conference.forums import rules, store
from conference.people.model import AccessToken, Role
from tests.forums.house import House
from tests.forums.test_pages import BASE, Site
from tests.forums.words.reading import spend

PAGE = "/treffen/sessions/forum/captions"
LINES = f"{PAGE}/lines"


@pytest.fixture
async def site(rooms: House) -> AsyncIterator[Site]:
    app: Any = build_app(rooms.services)
    inner = app
    while not hasattr(inner, "state"):
        inner = inner._app
    inner.state.rooms = rooms.live  # those that run
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url=BASE) as client:
        yield Site(rooms, client)


async def token_of(site: Site, headers: dict[str, str], label: str = "Schriftmaschine") -> dict[str, str]:
    """Make a token on the page, and read it there."""
    made = await site.client.post(PAGE, data={"label": label}, headers=headers)
    assert made.status_code == 200
    assert made.headers["cache-control"] == "no-store"
    secret = made.text.partition('id="secret" readonly value="')[2].partition('"')[0]
    assert len(secret) > 20
    assert secret not in (await site.client.get(PAGE, headers=headers)).text  # shown once
    return {"Authorization": f"Bearer {secret}"}


async def test_the_page_is_for_captioners_and_organisers(site: Site) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    organiser = await site.cookie(await site.rooms.person("olga", Role.ORGANISER))
    attendee, _ = await site.seated("anna")
    page = (await site.client.get(PAGE, headers=captioner)).text
    assert 'id="caption"' in page
    assert 'id="captions-data"' in page
    page = (await site.client.get(PAGE, headers=organiser)).text
    assert 'id="caption"' not in page
    assert f"POST {BASE}{LINES}" in page
    assert (await site.client.get(PAGE, headers=attendee)).status_code == 403
    assert (await site.client.get(PAGE)).status_code == 401


async def test_a_token_is_made_once_shown_once_and_revoked(site: Site) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    reader, _ = await site.rooms.joined("anna")
    bearer = await token_of(site, captioner)
    secret = bearer["Authorization"].removeprefix("Bearer ")
    sent = await site.client.post(LINES, content="Guten Tag.\nWillkommen.", headers={**bearer, "Content-Type": "text/plain"})
    assert sent.status_code == 204
    await reader.hear(lambda frame: frame["type"] == "room.caption" and frame["text"] == "Guten Tag." and frame["final"])
    await reader.hear(lambda frame: frame["type"] == "room.caption" and frame["text"] == "Willkommen.")
    revoked = await site.client.post(PAGE, data={"revoke": digest(secret)}, headers=captioner)
    assert revoked.status_code == 303
    assert (await site.client.post(LINES, content="x", headers=bearer)).status_code == 401
    assert "Schriftmaschine" not in (await site.client.get(PAGE, headers=captioner)).text
    stranger, _ = await site.seated("uta", Role.CAPTIONER, "stage")
    other = await token_of(site, stranger)
    assert (await site.client.post("/treffen/sessions/stage/captions/lines", content="x", headers=other)).status_code == 403


async def test_lines_may_grow_and_are_never_doubled(site: Site) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    reader, _ = await site.rooms.joined("anna")
    bearer = {**await token_of(site, captioner), "Content-Type": "application/x-ndjson"}
    await site.client.post(LINES, content='{"text": "Guten", "line": 1, "final": false}', headers=bearer)
    await reader.hear(lambda frame: frame["type"] == "room.caption" and frame["text"] == "Guten" and not frame["final"])
    for _ in range(2):  # a second try
        again = '{"text": "Guten Tag.", "line": 1}\n{"text": "Wie geht", "line": 2, "final": false}'
        assert (await site.client.post(LINES, content=again, headers=bearer)).status_code == 204
    plain = {**bearer, "Content-Type": "text/plain; charset=utf-8"}
    for _ in range(2):
        assert (await site.client.post(f"{LINES}?seq=9", content="Schön.", headers=plain)).status_code == 204
    late, _ = await site.rooms.joined("late")
    captions = (await late.enter())["captions"]
    assert [(line["text"], line["final"]) for line in captions] == [("Guten Tag.", True), ("Wie geht", True), ("Schön.", True)]


async def test_software_and_a_person_hand_over_to_each_other(site: Site) -> None:
    headers, seat = await site.seated("karl", Role.CAPTIONER)
    person = (await site.rooms.seated("forum", seat)).person
    karl = site.rooms.browser(person, frozenset({Role.CAPTIONER}))
    await karl.enter()
    bearer = await token_of(site, headers)
    assert (await site.client.post(LINES, content="Eins.", headers=bearer)).status_code == 204
    told = await karl.hear(lambda frame: frame["type"] == "room.captioning" and frame["writer"] is not None)
    software = next(each for each in told["captioners"] if each["software"])
    assert (told["writer"], software["name"]) == (software["seat"], "Schriftmaschine")
    assert await karl.refusal("caption", text="Zwei.", final=True) == "somebody_captions"
    await karl.ask("caption.hand", seat=seat)
    await karl.hear(lambda frame: frame["type"] == "room.captioning" and frame["writer"] == seat)
    await karl.ask("caption", text="Zwei.", final=True)
    refused = await site.client.post(LINES, content="Drei.", headers=bearer)
    assert (refused.status_code, refused.json()["code"]) == (409, "somebody_captions")
    await karl.ask("caption.hand", seat=software["seat"])
    karl.frames.clear()
    await karl.hear(lambda frame: frame["type"] == "room.captioning" and frame["writer"] == software["seat"])
    assert (await site.client.post(LINES, content="Drei.", headers=bearer)).status_code == 204


@pytest.mark.parametrize(
    ("content", "kind", "status", "code"),
    [
        ("{", "application/json", 422, "captions_body"),
        (b"\xff\xfe", "text/plain", 422, "captions_body"),
        ("x" * 17_000, "text/plain", 422, "captions_body"),
        ("x", "text/html", 415, "content_type"),
    ],
)
async def test_what_cannot_be_read(site: Site, content: str | bytes, kind: str, status: int, code: str) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    bearer = await token_of(site, captioner)
    answer = await site.client.post(LINES, content=content, headers={**bearer, "Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_other_keys_do_not_fit(site: Site) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    assert (await site.client.post(LINES, content="x", headers=captioner)).status_code == 401  # a cookie is no token
    publisher = await site.token("studio")
    assert (await site.client.post(LINES, content="x", headers=publisher)).status_code == 401
    assert (await site.client.post(LINES, content="x", headers={"Authorization": "Bearer nonsense"})).status_code == 401
    bearer = await token_of(site, captioner)
    assert (await site.offer("whip", bearer)).status_code == 403
    assert (await site.offer("whep", bearer)).status_code == 201  # hears the room
    assert (await site.client.get(PAGE, headers=bearer)).status_code in (401, 403)


async def test_limits_and_labels(site: Site) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    bearer = await token_of(site, captioner)
    key = digest(bearer["Authorization"].removeprefix("Bearer "))
    answers = []
    for _ in range(20):  # a slow machine gives a token back while it thinks
        spend(site.rooms.services, "captions", key)
        answers.append((await site.client.post(LINES, content="", headers=bearer)).status_code)
        if answers[-1] == 429:
            break
    assert answers[-1] == 429
    for label in ("", "x" * 61):
        assert (await site.client.post(PAGE, data={"label": label}, headers=captioner)).status_code == 422
    for number in range(9):
        await token_of(site, captioner, f"nr {number}")
    full = await site.client.post(PAGE, data={"label": "zu viel"}, headers=captioner)
    assert full.status_code == 422
    assert (await site.client.post(PAGE, data={"revoke": digest("nobody")}, headers=captioner)).status_code == 404


async def test_the_token_ends_with_the_room(site: Site) -> None:
    captioner, _ = await site.seated("karl", Role.CAPTIONER)
    await token_of(site, captioner)
    async with site.rooms.services.db.read() as session:
        room = await store.room_of(session, "forum")
        (token,) = (await session.exec(select(AccessToken))).all()
    assert token.expires > site.rooms.clock.now()
    assert abs(token.expires - rules.closes_at(room.slot, room.times)) < timedelta(minutes=1)
