"""Tells the browsers of one web process what is new in the talk of their rooms: the same bytes to all who may know the same.

A row of the outbox only says that a session's talk has changed. What is new is read by its number, so that a burst of votes
is one look at the database and one frame, and what is told live is what somebody who comes back would get.
"""

from __future__ import annotations

import asyncio
from typing import Any

from conference.base.errors import ConferenceError, Unavailable
from conference.base.log import logger
from conference.forums import store as rooms_store
from conference.forums.rooms import RoomKeeper
from conference.forums.talk import store, view
from conference.forums.talk.events import ANNOUNCED, TALK_CHANGED, TALK_GONE
from conference.forums.talk.view import Reader
from conference.live.line import Frame, frame
from conference.live.model import OutboxRow

APART = 0.05  # seconds between two looks

log = logger("talk")


class TalkTeller:
    """One per web process. `run` keeps it going."""

    def __init__(self, rooms: RoomKeeper) -> None:
        self._rooms = rooms
        self._services = rooms.services
        self._told: dict[str, int] = {}  # session -> the newest change that its browsers were told
        self._due: set[str] = set()
        self._announced: set[str] = set()  # conferences whose announcements have changed
        self._gone: dict[str, dict[str, dict[str, int]]] = {}  # session -> questions, lines -> id -> change
        self._wake = asyncio.Event()
        self._services.live.on_row(self._on_row)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            announced, self._announced = self._announced, set()
            for conference in announced:
                await self._announce_safely(conference)
            for session in due:
                await self._tell_safely(session)
            await asyncio.sleep(APART)

    def _on_row(self, row: OutboxRow) -> None:
        if row.kind == TALK_CHANGED:
            session = row.facts["session"]
            self._told.setdefault(session, row.facts["change"] - 1)
            self._look_at(session)
        elif row.kind == TALK_GONE:
            gone = self._gone.setdefault(row.facts["session"], {"questions": {}, "lines": {}})
            for name, ids in gone.items():
                ids.update(dict.fromkeys(str(row.facts.get(name, "")).split(), row.facts["change"]))
        elif row.kind == ANNOUNCED:
            self._announced.add(row.facts["conference"])
            self._wake.set()

    def _look_at(self, session: str) -> None:
        self._due.add(session)
        self._wake.set()

    async def _tell_safely(self, session: str) -> None:
        try:
            await self._tell(session)
        except Unavailable:
            self._look_at(session)  # nothing is lost: the next look goes on from the same change
        except ConferenceError:
            self._told.pop(session, None)  # the session is gone
        except Exception as error:  # a fault in one room must not stop the others
            log.error("talk_not_told", session=session, exc_info=error)

    async def _tell(self, session: str) -> None:
        if not self._rooms.sockets_in(session):
            self._told.pop(session, None)  # whoever comes in reads everything
            self._gone.pop(session, None)
            return
        async with self._services.db.read() as reading:
            news = await store.news_since(reading, session, self._told[session])
            moderators = await store.moderating_seats(reading, session)
            floor = (await rooms_store.room_of(reading, session)).floor
        # No await from here on: who enters now is either among the sockets or reads what is newer than this.
        self._told[session] = max(news.talk.changes, self._told[session])
        gone = self._gone.pop(session, {})
        frames: dict[tuple[object, ...], Frame] = {}
        for seat, socket in self._rooms.sockets_in(session):
            reader = Reader(seat, seat in moderators)
            key = view.key_of(news, reader)
            if key not in frames:
                frames[key] = frame(_message(view.without(view.words_for(news, floor, reader), gone)))
            socket.deliver(frames[key])

    async def _announce_safely(self, conference: str) -> None:
        try:
            await self._announce(conference)
        except Unavailable:
            self._announced.add(conference)
            self._wake.set()
        except Exception as error:  # the rooms' own talk must go on
            log.error("not_announced", conference=conference, exc_info=error)

    async def _announce(self, conference: str) -> None:
        async with self._services.db.read() as reading:
            announced = await store.announcements_of(reading, conference)
            sessions = await store.session_ids_of(reading, conference)
        for session in sessions.intersection(self._rooms.presence.sessions()):
            frames: dict[str, Frame] = {}
            for _seat, socket in self._rooms.sockets_in(session):
                language = socket.language
                if language not in frames:
                    frames[language] = frame(
                        {"type": "talk.announcements", **view.announcements_for(announced, language, session)}
                    )
                socket.deliver(frames[language])


def _message(words: dict[str, Any]) -> dict[str, Any]:
    return {"type": "talk.changes", **words}
