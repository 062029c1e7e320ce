"""Every message type of the rooms with one message of it that is right. A type without a case fails `test_strangers`.

A new feature adds its types to `CASES`, and what they name to `Scene`. The order is one in which all can be said in one room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conference.forums.slides.model import Piece, PieceKind, Screening
from conference.people.model import Role
from tests.forums.house import START, Browser, House

ALL, MODERATORS, ORGANISERS, CAPTIONERS = "all", "moderators_only", "organisers_only", "captioners_only"
INTERPRETERS = "interpreters_only"  # and moderators

PRESENTERS = "presenters_only"


@dataclass(frozen=True)
class Case:
    """fields: of a right message; a text that begins with @ stands for something of the scene. who: whose right it is (the
    code of the refusal of others). shrugs: fields in which a stranger's id is not refused but means nobody. anywhere: fields in
    which another room of the same conference is right as well."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    who: str = ALL
    shrugs: frozenset[str] = frozenset()
    anywhere: frozenset[str] = frozenset()


_SEAT = {"seat": "@seat"}
CASES: dict[str, Case] = {
    "room.enter": Case({"session": "@session"}, anywhere=frozenset({"session"})),
    "room.state": Case({"microphone": True, "camera": False, "screen": False}),
    "room.view": Case(
        {"tiles": [{"seat": "@seat", "source": "camera", "width": 64, "height": 64}], "pinned": ["@seat"]},
        shrugs=frozenset({"tiles", "pinned"}),
    ),
    "room.health": Case(who=MODERATORS),
    "room.unmute": Case(),
    "hand.raise": Case({"way": "text"}),
    "hand.lower": Case(_SEAT, MODERATORS),
    "hand.move": Case({"seat": "@waiting", "before": "@seat"}, MODERATORS),
    "hand.return": Case({"seat": "@speaking"}, MODERATORS),
    "hand.lower_all": Case(who=MODERATORS),
    "floor.give": Case({**_SEAT, "minutes": 1}, MODERATORS),
    "floor.take": Case(_SEAT, MODERATORS),
    "floor.set": Case({"floor": "discussion", "microphones_free": True}, MODERATORS),
    "room.mute": Case(_SEAT, MODERATORS),
    "room.spotlight": Case(_SEAT, MODERATORS),
    "room.promote": Case({"seat": "@waiting", "on": True}, MODERATORS),
    "room.notes": Case({"text": "Notiz", "seen": None}, MODERATORS),
    "room.help": Case({"on": True}, MODERATORS),
    "room.help_done": Case({"session": "@session"}, ORGANISERS, anywhere=frozenset({"session"})),
    "room.extend": Case(who=MODERATORS),
    "room.end": Case(who=MODERATORS),
    "room.lock": Case({"on": False}, MODERATORS),
    "room.lobby": Case({"on": False}, MODERATORS),
    "room.admit": Case(_SEAT, MODERATORS),
    "room.lift_ban": Case({"seat": "@banned"}, MODERATORS),
    "talk.open": Case({"last": None}),
    "talk.set": Case({"approval": False, "keeps_chat": None}, MODERATORS),
    "talk.react": Case({"reaction": "applause"}),
    "question.ask": Case({"text": "Wie geht das?", "unnamed": False, "client": "q"}),
    "question.vote": Case({"question": "@question", "up": True}),
    "question.judge": Case({"question": "@question", "state": "pinned", "reason": None}, MODERATORS),
    "question.project": Case({"question": "@question"}, MODERATORS),
    "poll.draft": Case({"question": "Was?", "options": ["A", "B"], "multiple": False, "client": "p"}, MODERATORS),
    "poll.vote": Case({"poll": "@poll", "choices": [0]}),
    "poll.set": Case({"poll": "@poll", "state": "closed"}, MODERATORS),
    "chat.say": Case({"text": "Guten Tag", "client": "c", "reply_to": "@line"}),
    "chat.delete": Case({"line": "@line"}, MODERATORS),
    "chat.older": Case({"before": None}),
    "text.write": Case({"line": "w", "text": "Hallo", "whole": False, "end": False}),
    "text.set": Case({"on": True}, MODERATORS),
    "caption": Case({"text": "Guten Tag", "final": True}, CAPTIONERS),
    "caption.correct": Case({"seat": "@captioner", "line": "scene", "text": "Besser"}, CAPTIONERS),
    "caption.hand": Case({"seat": "@captioner"}, CAPTIONERS),
    "signing.set": Case({"seat": "@seat", "on": False}, MODERATORS),
    "signing.hand": Case({"seat": "@interpreter"}, INTERPRETERS),
    "slides.open": Case(),
    "slides.turn": Case({"piece": "@deck", "page": 2}, PRESENTERS),
    "slides.show": Case({"piece": "@clip"}, PRESENTERS),
    "slides.play": Case({"piece": "@clip", "playing": True, "at": None}, PRESENTERS),
    "slides.move": Case({"piece": "@deck", "up": False}, PRESENTERS),
    "slides.remove": Case({"piece": "@clip"}, PRESENTERS),
    "room.refuse": Case({"seat": "@seat"}, MODERATORS),
    "room.remove": Case({"seat": "@speaking"}, MODERATORS),
    "room.ban": Case({"seat": "@other"}, MODERATORS),
    "room.leave": Case(),
}

# Said in a plenary; elsewhere they are refused. tests/forums/plenary/test_strangers.py plays them there.
_ENTRY = {"name": "Kim", "function": "", "organisation": "", "minutes": 3, "seat": "@seat"}
PLENARY_CASES: dict[str, Case] = {
    "plenary.curtain": Case({"closed": True, "text": "Pause", "minutes": 5}, MODERATORS),
    "plenary.place": Case({**_SEAT, "behind": True}, MODERATORS),
    "plenary.hear": Case({"seat": "@seat"}, "stage_only"),
    "plenary.thirds": Case({**_SEAT, "auto": True}, MODERATORS),
    "plenary.add": Case(_ENTRY, MODERATORS),
    "plenary.edit": Case({"greeting": "@greeting", **_ENTRY}, MODERATORS),
    "plenary.move": Case({"greeting": "@greeting", "before": "@before"}, MODERATORS),
    "plenary.turn": Case({"greeting": "@greeting"}, MODERATORS),
    "plenary.show_now": Case({"on": True}, MODERATORS),
    "plenary.drop": Case({"greeting": "@greeting"}, MODERATORS),
    "plenary.restore": Case({"greeting": "@greeting"}, MODERATORS),
    "plenary.deputy": Case(_SEAT, MODERATORS),
    "plenary.take_over": Case(who="deputy_only"),
    "plenary.feed": Case({"feed": "stage"}, MODERATORS),
}


@dataclass(frozen=True)
class Scene:
    """A room in the middle of its work. things: what messages can name there, by the text that stands for it in a case."""

    boss: Browser
    things: Mapping[str, str]

    def message(self, case: Case) -> dict[str, Any]:
        """The case's message with the ids of this scene."""
        return {name: _put(value, self.things) for name, value in case.fields.items()}


async def play(rooms: House, session: str, conference: str = "c1") -> Scene:
    """An organiser and people in a room: hands, a floor, a ban, a question, a line, an open poll."""
    who = {name: f"{session}-{name}" for name in ("boss", "seat", "waiting", "speaking", "other", "banned")}
    joined = {"boss": await rooms.joined(who["boss"], Role.ORGANISER, session, conference_id=conference)}
    for name in list(who)[1:]:
        joined[name] = await rooms.joined(who[name], session=session, conference_id=conference)
        await joined[name][0].ask("hand.raise")
    boss, things = joined["boss"][0], {f"@{name}": seat for name, (_, seat) in joined.items()}
    await boss.ask("floor.give", seat=things["@speaking"])
    await boss.ask("room.ban", seat=things["@banned"])
    await boss.ask("talk.set", approval=False, keeps_chat=None)
    asked = await joined["seat"][0].ask("question.ask", text="Warum?", unnamed=True, client="scene")
    line = await joined["seat"][0].ask("chat.say", text="Hallo", client="scene", reply_to=None)
    poll = await boss.ask("poll.draft", question="Wer?", options=["A", "B"], multiple=True, client="scene")
    await boss.ask("poll.set", poll=poll["poll"], state="open")
    things["@interpreter"] = (await rooms.joined(f"{session}-ina", Role.INTERPRETER, session, conference_id=conference))[1]
    writer, things["@captioner"] = await rooms.joined(f"{session}-karl", Role.CAPTIONER, session, conference_id=conference)
    await writer.ask("caption", line="scene", text="Guten", final=True)
    await writer.ask("caption.hand", seat=None)
    await rooms.until(lambda: rooms.live.words.known(session)["captions"])
    things |= await _shown(rooms, session, conference)
    things |= {"@session": session, "@question": asked["question"], "@line": line["line"], "@poll": poll["poll"]}
    return Scene(boss, things)


async def _shown(rooms: House, session: str, conference: str) -> dict[str, str]:
    """A deck on the stage, and a clip beside it."""
    for kind, content in (("deck", "application/pdf"), ("clip", "video/mp4")):
        piece = Piece(
            id=f"{session}-{kind}", conference_id=conference, session_id=session, kind=PieceKind(kind), title=kind,
            position=0, key=f"slides/{session}-{kind}", content_type=content, size=1, etag="", pages=3, seconds=60, added=START,
        )  # fmt: skip
        await rooms.add(piece)
    await rooms.add(Screening(session_id=session, piece=f"{session}-deck"))
    return {"@deck": f"{session}-deck", "@clip": f"{session}-clip"}


def strangers_messages(case: Case, own: Scene, others: Mapping[str, Scene]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Right messages with one id exchanged for one that is nothing in this room: field, what stands there, message.

    others: the same scene in another room of the conference ("near") and in another conference ("far").
    """
    wrong_kind = {"@question": "@line", "@session": "@line"}
    for name, value in case.fields.items():
        for mark in _marks(value):
            ids = {place: other.things[mark] for place, other in others.items()}
            ids |= {"nobody": "nobody", "wrong kind": own.things[wrong_kind.get(mark, "@question")]}
            if name in case.anywhere:
                del ids["near"]
            for place, strange in ids.items():
                yield name, place, {**own.message(case), name: _put(value, {**own.things, mark: strange})}


def _marks(value: Any) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("@"):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _marks(item)


def _put(value: Any, things: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return things[value] if value.startswith("@") else value
    if isinstance(value, dict):
        return {name: _put(item, things) for name, item in value.items()}
    return [_put(item, things) for item in value] if isinstance(value, list) else value
