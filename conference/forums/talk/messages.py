"""Handlers of the talk's messages on `/live`. Who sends is known from the socket; ids in a message only name things of the
sender's own room.

PROTOCOL.md describes each message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import Invalid, NotAllowed
from conference.doors.gate import ConferenceGate
from conference.forums import store as rooms_store
from conference.forums.rooms import RoomKeeper
from conference.forums.rules import may_moderate
from conference.forums.talk import actions, chat_actions, poll_actions, store, view
from conference.forums.talk.reactions import Reactions
from conference.forums.talk.rules import HISTORY
from conference.forums.talk.store import News
from conference.forums.talk.view import Reader
from conference.live.audience import LiveSocket
from conference.live.socket import Handler, Message


def handlers_of(rooms: RoomKeeper, reactions: Reactions, gate: ConferenceGate) -> dict[str, Handler]:
    """Message type -> handler, for the live endpoint. Each asks its row of the doors' table first."""
    talk = _TalkMessages(rooms, reactions)
    named: dict[str, Handler] = {
        "talk.open": talk.open,
        "talk.set": talk.set,
        "talk.react": talk.react,
        "question.ask": talk.ask,
        "question.vote": talk.vote,
        "question.judge": talk.judge,
        "question.project": talk.project,
        "poll.draft": talk.draft,
        "poll.set": talk.set_poll,
        "poll.vote": talk.cast,
        "chat.say": talk.say,
        "chat.delete": talk.delete,
        "chat.older": talk.older,
    }
    return gate.guarded(named)


class _TalkMessages:
    def __init__(self, rooms: RoomKeeper, reactions: Reactions) -> None:
        self._rooms = rooms
        self._reactions = reactions
        self._services = rooms.services

    async def open(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        session_id, seat = self._place(socket)
        last = _number(message, "last")
        async with self._services.db.read() as session:
            me = await rooms_store.acting(session, session_id, seat)
            room = await rooms_store.room_of(session, session_id)
            known = last if await _can_go_on(session, session_id, last) else None
            if known is None:
                news = await self._everything(session, session_id)
            else:
                news = await store.news_since(session, session_id, known)
            own: dict[str, Any] = {"votes": [], "ballots": {}}
            if news.talk.changes:
                own["votes"] = await store.upvoted_by(session, session_id, seat)
                own["ballots"] = await store.ballots_by(session, session_id, seat)
            conference = room.session.conference_id
            announced = await self._services.recent.get(
                ("announcements", conference), lambda: store.announcements_of(session, conference)
            )
        words = view.words_for(news, room.floor, Reader(seat, may_moderate(me.role)))
        return {
            **words,
            "whole": known is None,
            "older": known is None and len(news.lines) == HISTORY,
            **own,
            **view.announcements_for(announced, socket.language, session_id),
        }

    async def _everything(self, session: AsyncSession, session_id: str) -> News:
        """What all who come in are told; the number of the newest change says whether it is still so."""
        talk = await store.talk_of(session, session_id)
        whole = ("talk", session_id, talk.changes)
        return await self._services.recent.get(whole, lambda: store.everything(session, session_id))

    async def set(self, socket: LiveSocket, message: Message) -> None:
        approval, keeps_chat = _choice(message, "approval"), _choice(message, "keeps_chat")
        await actions.set_talk(self._services, *self._place(socket), approval, keeps_chat)

    async def react(self, socket: LiveSocket, message: Message) -> None:
        self._reactions.react(*self._place(socket), message.get("reaction"))

    async def ask(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        client = _name(message, "client")
        unnamed = message.get("unnamed") is True
        asked = await actions.ask_question(self._services, *self._place(socket), message.get("text"), client, unnamed)
        return {"question": asked.id, "state": asked.state.value}

    async def vote(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        up = message.get("up") is True
        return {"votes": await actions.vote(self._services, *self._place(socket), _name(message, "question"), up)}

    async def judge(self, socket: LiveSocket, message: Message) -> None:
        question, state = _name(message, "question"), actions.state_named(message.get("state"))
        await actions.judge(self._services, *self._place(socket), question, state, message.get("reason"))

    async def project(self, socket: LiveSocket, message: Message) -> None:
        question = _name(message, "question") if message.get("question") is not None else None
        await actions.project(self._services, *self._place(socket), question)

    async def draft(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        place = self._place(socket)
        # A page that was loaded before drafts had names sends none, and may go on.
        client = _name(message, "client") if message.get("client") is not None else None
        asked, options, multiple = message.get("question"), message.get("options"), message.get("multiple") is True
        poll = await poll_actions.draft_poll(self._services, *place, asked, options, multiple, client)
        return {"poll": poll.id}

    async def set_poll(self, socket: LiveSocket, message: Message) -> None:
        poll, state = _name(message, "poll"), poll_actions.poll_state_named(message.get("state"))
        await poll_actions.set_poll(self._services, *self._place(socket), poll, state)

    async def cast(self, socket: LiveSocket, message: Message) -> None:
        place = self._place(socket)
        await poll_actions.cast_ballot(self._services, *place, _name(message, "poll"), message.get("choices"))

    async def say(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        client = _name(message, "client")
        reply_to = _name(message, "reply_to") if message.get("reply_to") is not None else None
        line = await chat_actions.say_line(self._services, *self._place(socket), message.get("text"), client, reply_to)
        return {"line": line.id}

    async def delete(self, socket: LiveSocket, message: Message) -> None:
        await chat_actions.delete_line(self._services, *self._place(socket), _name(message, "line"))

    async def older(self, socket: LiveSocket, message: Message) -> Mapping[str, Any]:
        session_id, seat = self._place(socket)
        before = _number(message, "before")
        self._services.limits.check("chat older", seat, per_minute=60, burst=20)
        async with self._services.db.read() as session:
            await rooms_store.acting(session, session_id, seat)
            lines = await store.lines_before(session, session_id, before)
        return {"lines": [view.line_for(said) for said in lines], "older": len(lines) == HISTORY}

    def _place(self, socket: LiveSocket) -> tuple[str, str]:
        place = self._rooms.place(socket)
        if place is None:
            raise NotAllowed("not_in_room")
        return place


async def _can_go_on(session: AsyncSession, session_id: str, last: int | None) -> bool:
    """Whether what is newer than `last` can be told: nothing of it was deleted, and it is not more than a page holds."""
    if last is None:
        return False
    talk = await store.talk_of(session, session_id)
    if not talk.cleared <= last <= talk.changes:
        return False
    return await store.missed_lines(session, session_id, last) <= HISTORY


def _name(message: Message, field: str) -> str:
    """A field that names something. Raises Invalid."""
    value = message.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= 64:
        raise Invalid("field", field=field)
    return value


def _number(message: Message, field: str) -> int | None:
    """Raises Invalid."""
    value = message.get(field)
    if value is not None and (type(value) is not int or value < 0):
        raise Invalid("field", field=field)
    return value


def _choice(message: Message, field: str) -> bool | None:
    """Raises Invalid."""
    value = message.get(field)
    if value is not None and not isinstance(value, bool):
        raise Invalid("field", field=field)
    return value
