"""Decks and clips in the room: shown, turned, played; everybody is told as much as they may know."""

from __future__ import annotations

import asyncio
import random
import secrets
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from conference.base.errors import ConferenceError, Invalid, NotAllowed, TooMany
from conference.base.jobs import Job
from conference.forums.slides import actions, rules, store
from conference.forums.slides.actions import Brought
from conference.forums.slides.model import Piece
from conference.people.model import Person, Role
from tests.forums.house import Browser, House, at
from tests.forums.slides import files

KINDS = ("slides.show", "slides.turn", "slides.play", "slides.move", "slides.remove")
ODD = [None, True, 0, -1, 2.5, float("inf"), "", "x" * 65, "nobody", [], {}]


async def brought(rooms: House, person: str, data: bytes, session: str = "forum", **more: Any) -> Piece:
    async with rooms.services.db.read() as reading:
        found = await reading.get(Person, person)
    assert found is not None
    path = Path(rooms.services.settings.data_dir) / f"brought-{secrets.token_hex(4)}"
    path.write_bytes(data)
    return await actions.bring(rooms.services, session, found, Brought(path, "vortrag.pdf", **more))


async def stored(rooms: House) -> list[str]:
    return [key async for key in rooms.services.storage.list("slides/")]


async def pieces(rooms: House, session: str = "forum") -> list[Piece]:
    async with rooms.services.db.read() as reading:
        return await store.pieces_of(reading, session)


def now_of(browser: Browser) -> dict[str, Any]:
    """What the page was told last."""
    return [frame for frame in browser.frames if frame["type"] == "slides.now"][-1]


async def told(browser: Browser, **expected: Any) -> dict[str, Any]:
    """Until the stage is so; the whole of what was told."""

    def so(frame: dict[str, Any]) -> bool:
        return frame["type"] == "slides.now" and frame["stage"] is not None and expected.items() <= frame["stage"].items()

    return await browser.hear(so)


async def test_a_deck_is_turned_for_all_and_found_again(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    sp, _ = await rooms.joined("sp", Role.SPEAKER)
    anna, _ = await rooms.joined("anna")
    deck = await brought(rooms, "sp", files.deck(4))
    assert (await anna.ask("slides.open"))["pieces"] == []
    opened = await sp.ask("slides.open")
    assert (opened["presents"], [one["title"] for one in opened["pieces"]], opened["stage"]) == (True, ["vortrag"], None)

    await sp.ask("slides.show", piece=deck.id)
    frame = await told(anna, piece=deck.id, page=1)
    assert frame["pieces"] == [{**opened["pieces"][0], "download": False}]
    assert await sp.ask("slides.turn", piece=deck.id, page=3) == {"page": 3}
    await told(anna, page=3)
    assert await sp.ask("slides.turn", piece=deck.id, page=99) == {"page": 4}
    assert await sp.ask("slides.turn", piece=deck.id, page=-5) == {"page": 1}
    await sp.ask("slides.turn", piece=deck.id, page=2)

    # whoever comes late, or back, gets the page at once; cleared, it is found where it stood
    late, _ = await rooms.joined("late")
    assert (await late.ask("slides.open"))["stage"] == {"piece": deck.id, "page": 2}
    await sp.ask("slides.show", piece=None)
    await anna.hear(lambda frame: frame["type"] == "slides.now" and frame["stage"] is None and frame["change"] > 5)
    assert now_of(anna)["pieces"] == []
    await sp.ask("slides.show", piece=deck.id)
    assert (await late.ask("slides.open"))["stage"]["page"] == 2


async def test_turning_fast_ends_where_it_ended(rooms: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "TURNS_PER_MINUTE", 1)
    sp, _ = await rooms.joined("sp", Role.SPEAKER)
    anna, _ = await rooms.joined("anna")
    deck = await brought(rooms, "sp", files.deck(30))
    await sp.ask("slides.show", piece=deck.id)
    for page in range(2, 25):
        await sp.ask("slides.turn", piece=deck.id, page=page)
    await told(anna, page=24)
    changes = [frame["change"] for frame in anna.frames if frame["type"] == "slides.now"]
    assert changes == sorted(set(changes))
    refusals = [await sp.refusal("slides.turn", piece=deck.id, page=page) for page in range(50)]
    assert set(refusals) == {"none", "rate"}


async def test_a_clip_runs_by_the_servers_time(rooms_on_both: House) -> None:
    rooms = rooms_on_both
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, _ = await rooms.joined("anna")
    clip = await brought(rooms, "mo", files.film("webm", 8), captions=files.CAPTIONS, language="de")
    await mo.ask("slides.show", piece=clip.id)
    frame = await told(anna, playing=False, at=0.0)
    assert (frame["pieces"][0]["captions"], frame["pieces"][0]["file"]) == ("de", "clip.webm")
    await mo.ask("slides.play", piece=clip.id, playing=True)
    await told(anna, playing=True)
    rooms.clock.advance(seconds=3)
    late, _ = await rooms.joined("late")
    stage = (await late.ask("slides.open"))["stage"]
    assert stage == {"piece": clip.id, "playing": True, "at": pytest.approx(3, abs=0.01)}
    await mo.ask("slides.play", piece=clip.id, playing=False)
    rooms.clock.advance(seconds=30)
    assert (await late.ask("slides.open"))["stage"]["at"] == pytest.approx(3, abs=0.01)
    await mo.ask("slides.play", piece=clip.id, playing=True, at=6.5)
    await told(late, playing=True, at=6.5)

    # it stops at its end, and begins anew from there
    rooms.clock.advance(seconds=30)
    stage = (await late.ask("slides.open"))["stage"]
    assert (stage["playing"], stage["at"]) == (False, clip.seconds)
    await mo.ask("slides.play", piece=clip.id, playing=True)
    assert (await late.ask("slides.open"))["stage"]["at"] == 0

    # another piece on the stage holds it where it was
    rooms.clock.advance(seconds=2)
    deck = await brought(rooms, "mo", files.deck())
    await mo.ask("slides.show", piece=deck.id)
    assert await mo.refusal("slides.play", piece=clip.id, playing=True) == "not_on_stage"
    rooms.clock.advance(seconds=3)
    await mo.ask("slides.show", piece=clip.id)
    assert (await late.ask("slides.open"))["stage"] == {"piece": clip.id, "playing": False, "at": pytest.approx(2, abs=0.01)}


async def test_the_audience_learns_of_nothing_that_is_prepared(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    anna, seat = await rooms.joined("anna")
    first = await brought(rooms, "mo", files.deck(), title="Eins", download=True)
    second = await brought(rooms, "mo", files.deck(), title="Zwei")
    third = await brought(rooms, "mo", files.deck(), title="Drei")
    assert [one["title"] for one in (await mo.ask("slides.open"))["pieces"]] == ["Eins", "Zwei", "Drei"]
    await mo.ask("slides.move", piece=third.id, up=True)
    assert [one.title for one in await pieces(rooms)] == ["Eins", "Drei", "Zwei"]
    await mo.ask("slides.show", piece=first.id)
    await mo.ask("slides.show", piece=second.id)
    await told(anna, piece=second.id)
    assert {one["title"] for one in now_of(anna)["pieces"]} == {"Eins", "Zwei"}  # the first may be kept
    assert {one["title"] for one in (await anna.ask("slides.open"))["pieces"]} == {"Eins", "Zwei"}

    # made a moderator she is told all, and may turn
    await mo.ask("room.promote", seat=seat, on=True)
    anna.frames.clear()
    assert await anna.ask("slides.turn", piece=second.id, page=2) == {"page": 2}
    await told(anna, page=2)
    assert len(now_of(anna)["pieces"]) == 3


async def test_what_is_removed_leaves_the_stage_and_the_store(rooms: House) -> None:
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    clip = await brought(rooms, "mo", files.film(seconds=1), captions=files.CAPTIONS)
    assert len(await stored(rooms)) == 2
    await mo.ask("slides.show", piece=clip.id)
    await mo.ask("slides.remove", piece=clip.id)
    assert (await mo.ask("slides.open"))["stage"] is None
    assert await mo.refusal("slides.show", piece=clip.id) == "piece"
    async with rooms.services.db.read() as reading:
        jobs = (await reading.exec(select(Job).where(Job.kind == actions.FORGET))).all()
    forget = actions.handlers(rooms.services.storage)[actions.FORGET]
    for job in jobs:
        await forget(job)
    assert await stored(rooms) == []


async def test_purging_takes_everything(rooms: House) -> None:
    await rooms.joined("mo", Role.MODERATOR)
    await brought(rooms, "mo", files.film(seconds=1), captions=files.CAPTIONS)
    assert await actions.forget_purged(rooms.services) == 0
    rooms.clock.jump_to(at(50_001))
    assert await actions.forget_purged(rooms.services) == 1
    assert await pieces(rooms) == []
    assert await actions.forget_purged(rooms.services) == 0


async def test_a_refused_file_leaves_everything_as_it_was(rooms: House) -> None:
    await rooms.joined("mo", Role.MODERATOR)
    await rooms.joined("anna")
    await brought(rooms, "mo", files.deck())
    with pytest.raises(Invalid, match="deck_active"):
        await brought(rooms, "mo", files.acting("script"))
    with pytest.raises(Invalid, match="captions_of_clips"):
        await brought(rooms, "mo", files.deck(), captions=files.CAPTIONS)
    with pytest.raises(Invalid, match="captions_type"):
        await brought(rooms, "mo", files.film(seconds=1), captions=b"1\n")
    with pytest.raises(NotAllowed, match="presenters_only"):
        await brought(rooms, "anna", files.deck())
    assert (len(await pieces(rooms)), len(await stored(rooms))) == (1, 1)


async def test_a_session_holds_so_many(rooms: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_PIECES", 2)
    await rooms.joined("mo", Role.MODERATOR)
    results = await asyncio.gather(*(brought(rooms, "mo", files.deck()) for _ in range(2)))
    assert [piece.position for piece in sorted(results, key=lambda one: one.position)] == [0, 1]
    with pytest.raises(TooMany, match="pieces"):
        await brought(rooms, "mo", files.deck())
    assert len(await stored(rooms)) == 2


async def cast(rooms: House) -> tuple[Piece, Piece]:
    """A deck on the stage of `forum`, and one in another room."""
    mo, _ = await rooms.joined("mo", Role.MODERATOR)
    far, _ = await rooms.joined("far", Role.MODERATOR, session="stage")
    here = await brought(rooms, "mo", files.deck(3))
    there = await brought(rooms, "far", files.deck(3), session="stage")
    await mo.ask("slides.show", piece=here.id)
    await far.ask("slides.show", piece=there.id)
    return here, there


async def state(rooms: House) -> list[Any]:
    async with rooms.services.db.read() as reading:
        return [
            (programme.screening.piece, [piece.model_dump() for piece in programme.pieces])
            for name in ("forum", "stage")
            for programme in [await store.programme_of(reading, name)]
        ]


@pytest.mark.parametrize("role", [Role.ATTENDEE, Role.INITIATIVE, Role.INTERPRETER, Role.CAPTIONER, Role.NOTE_TAKER, Role.GUEST])
async def test_without_the_right_nothing_happens(rooms: House, role: Role) -> None:
    here, there = await cast(rooms)
    session = "open" if role is Role.GUEST else "forum"
    actor, _ = await rooms.joined("actor", role, session=session)
    before = await state(rooms)
    for kind in KINDS:
        for piece in (here.id, there.id, "nobody"):
            assert await actor.refusal(kind, piece=piece, page=2, playing=True, up=True) == "presenters_only", kind
    assert await state(rooms) == before


async def test_ids_count_in_the_own_room_alone(rooms: House) -> None:
    _, there = await cast(rooms)
    boss, _ = await rooms.joined("boss", Role.MODERATOR)
    before = await state(rooms)
    for kind in KINDS:
        for piece in (there.id, "nobody"):
            assert await boss.refusal(kind, piece=piece, page=2, playing=True, up=True) == "piece", kind
    outside = rooms.browser(await rooms.person("outside", Role.MODERATOR), frozenset({Role.MODERATOR}))
    for kind in (*KINDS, "slides.open"):
        assert await outside.refusal(kind, piece=there.id, page=2, playing=True, up=True) == "not_in_room", kind
    assert await state(rooms) == before


async def test_odd_fields_are_refused_in_peace(rooms: House) -> None:
    await cast(rooms)
    boss, _ = await rooms.joined("boss", Role.ORGANISER)
    dice = random.Random(8)
    before = (await state(rooms))[1]
    for kind in (*KINDS, "slides.open"):
        for _ in range(15):
            try:
                await boss.ask(kind, **{name: dice.choice(ODD) for name in ("piece", "page", "playing", "at", "up")})
            except ConferenceError as error:
                assert error.code  # noqa: PT017
    assert (await state(rooms))[1] == before
