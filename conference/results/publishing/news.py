"""What open pages say when results become public: they load anew anyway, and then show where to read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from conference.access.model import State
from conference.access.rules import state_at
from conference.access.store import conference_by_id, times_of
from conference.base.errors import NotFound
from conference.base.words import say
from conference.program.store import session_by_slug
from conference.program.view import word_of_kind
from conference.results.rules import is_public
from conference.results.store import sheet_of
from conference.web.services import Services

SOON = 0.5  # seconds in which open pages load anew


def news_of(services: Services) -> Callable[[Any, str], Awaitable[dict[str, Any]]]:
    """The renderer of `results.changed`, in one language."""

    async def render(facts: Any, language: str) -> dict[str, Any]:
        anew: dict[str, Any] = {"type": "conference.state"}
        if not facts.get("news"):
            return {**anew, "within": SOON}  # something may have been taken back
        now = services.clock.now()
        try:
            async with services.db.read() as db:
                conference = await conference_by_id(db, facts["conference"])
                session = await session_by_slug(db, conference.id, facts["session"])
                sheet = await sheet_of(db, session.id)
        except NotFound:
            return anew
        state = state_at(times_of(conference), now)
        if sheet is None or not is_public(sheet, now) or state not in (State.LIVE, State.ARCHIVE):
            return anew
        words = services.texts[language]
        _ = words.gettext
        kind = f"{word_of_kind(words, session.kind)} {session.number}: " if session.number else ""
        news = {
            "text": _("New results: {title}").format(title=kind + say(session.title, language)),
            "label": _("Read"),
            "close": _("Close"),
            "href": f"/{conference.slug}/sessions/{session.slug}/results",
        }
        return {**anew, "news": news}

    return render
