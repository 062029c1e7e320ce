"""Mailings as the office's pages show them, and as an open page is told of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from conference.access.model import Conference
from conference.base.errors import ConferenceError
from conference.desk.letters.words import STATE_TONES, state_word
from conference.doors.guard import visit_of
from conference.doors.visit import Viewer, Visit
from conference.live.hub import Renderer
from conference.mailing.composing import Draft, line_of
from conference.mailing.events import MAILING_CHANGED
from conference.mailing.model import DeliveryState, Mailing, MailingState
from conference.mailing.rules import due_at
from conference.mailing.shipped import kind_word
from conference.mailing.store import counts_of, mailing_by_id, uncertain_of
from conference.program.model import Session
from conference.web.render import Rendering
from conference.web.services import Services

Counts = Mapping[DeliveryState, int]
# Filter in the address -> states; "uncertain" is asked for by itself.
SHOWS: dict[str, tuple[DeliveryState, ...]] = {
    "sent": (DeliveryState.SENT,),
    "waiting": (DeliveryState.WAITING, DeliveryState.HANDED),
    "uncertain": (DeliveryState.HANDED,),
    "back": (DeliveryState.BOUNCED,),
    "failed": (DeliveryState.FAILED,),
    "skipped": (DeliveryState.SKIPPED,),
}


def progress_of(visit: Visit, mailing: Mailing, counts: Counts, uncertain: int) -> dict[str, Any]:
    """For `desk/_letters_progress.html`: how far a mailing has come, with each number's list."""
    words = visit.services.texts[visit.language]
    _ = words.gettext
    base = f"/desk/{visit.conference.slug}/letters/{mailing.id}"
    labels = {
        "sent": _("taken by the mail server"),
        "waiting": _("still to come"),
        "uncertain": _("uncertain"),
        "back": _("came back"),
        "failed": _("given up"),
        "skipped": _("left out"),
    }
    numbers = {show: sum(counts.get(state, 0) for state in states) for show, states in SHOWS.items()}
    numbers["uncertain"] = uncertain
    numbers["waiting"] -= uncertain
    all_ = sum(counts.values())
    return {
        "id": mailing.id,
        "state": state_word(words, mailing.state),
        "tone": STATE_TONES[mailing.state],
        "all": all_,
        "done": all_ - numbers["waiting"],
        "going": mailing.state is MailingState.SENDING,
        "minutes": -(-numbers["waiting"] // visit.services.settings.mail_per_minute),
        "numbers": [
            {"label": labels[show], "count": count, "href": f"{base}?show={show}"} for show, count in numbers.items() if count
        ],
    }


def row_of(visit: Visit, mailing: Mailing, counts: Counts, uncertain: int, sessions: Mapping[str, Session]) -> dict[str, Any]:
    """One line of the list."""
    words = visit.services.texts[visit.language]
    about = sessions.get(mailing.session_id or "")
    due = due_at(mailing.at, mailing.minutes, about.starts if about else visit.conference.live)
    moment = mailing.begun or (due if mailing.state is MailingState.PLANNED else None)
    return {
        "href": f"/desk/{visit.conference.slug}/letters/{mailing.id}",
        "kind": kind_word(words, mailing.kind),
        "subject": line_of(Draft(mailing.kind, visit.conference, about, mailing.subject, mailing.body, False), visit.language),
        "about": visit.say(about.title) if about else "",
        "state": state_word(words, mailing.state),
        "tone": STATE_TONES[mailing.state],
        "moment": visit.local(moment) if moment else None,
        "planned": mailing.state is MailingState.PLANNED,
        "people": sum(counts.values()),
        "back": counts.get(DeliveryState.BOUNCED, 0),
        "uncertain": uncertain,
    }


def real_now(services: Services) -> datetime:
    return datetime.fromtimestamp(services.clock.real(), UTC)


async def hears_mailing(visit: Visit, name: str) -> bool:
    """Whether the id names a mailing of the visit's conference."""
    async with visit.services.db.read() as session:
        try:
            await mailing_by_id(session, visit.conference.id, name)
        except ConferenceError:
            return False
    return True


topics: dict[str, tuple[str, Callable[[Visit, str], Awaitable[bool]]]] = {"mailing": ("live:desk", hears_mailing)}


def renderers_of(services: Services, rendering: Rendering) -> dict[str, Renderer]:
    """The same fragment as the page has."""

    async def render(facts: Mapping[str, Any], language: str) -> dict[str, str] | None:
        async with services.db.read() as session:
            mailing = await session.get(Mailing, facts["mailing"])
            if mailing is None:
                return None
            conference = await session.get_one(Conference, mailing.conference_id)
            counts = (await counts_of(session, [mailing.id])).get(mailing.id, {})
            unknown = await uncertain_of(session, [mailing.id], real_now(services))
        visit = visit_of(services, conference, Viewer(), language)
        progress = progress_of(visit, mailing, counts, unknown.get(mailing.id, 0))
        return {"target": "progress", "html": rendering.html("desk/_letters_progress.html", language, progress=progress)}

    return {MAILING_CHANGED: render}
