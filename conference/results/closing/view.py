"""The slides of a closing plenary as pages show them, and what is on as it travels to them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from conference.doors.table import TABLE, Standing, Verdict, decide
from conference.doors.visit import Visit, standing_of
from conference.program.model import Billing, Kind, Session
from conference.program.view import kind_word
from conference.results.closing import rules, store
from conference.results.closing.events import closing_topic
from conference.results.closing.rules import Slide
from conference.results.closing.store import Closing


def told(closing: Closing, now: datetime) -> dict[str, Any]:
    """What is on, and slug and digest of each slide, in order. now: real time."""
    since = closing.show.light_from
    return {
        "type": "closing.now",
        "running": closing.show.running,
        "shown": closing.shown,
        "light": {"since": since.isoformat(), "seconds": closing.show.light_seconds} if since is not None else None,
        "slides": [[slide.slug, slide.digest] for slide in closing.slides],
        "now": now.isoformat(),
    }


def closing_shown(visit: Visit, closing: Closing, now: datetime, billed: Iterable[Billing] = ()) -> dict[str, Any]:
    """What `results/closing.html` and its parts need. billed: who is named for the plenary."""
    base = f"/{visit.conference.slug}/sessions/{closing.plenary.slug}"
    return {
        "title": visit.say(closing.plenary.title),
        "address": f"{base}/closing",
        "back": base,
        "topic": closing_topic(closing.plenary.id),
        "state": told(closing, now),
        "leads": store.leads(visit, closing),
        "presents": store.presents(visit, closing),
        "leaders": [one.name for one in billed if one.role == "moderator"],
        "slides": [slide_shown(visit, slide) for slide in closing.slides],
        "seconds": closing.show.light_seconds,
    }


def slide_shown(visit: Visit, slide: Slide) -> dict[str, Any]:
    """One slide in the visitor's language."""
    session, language = slide.session, visit.language
    return {
        "slug": slide.slug,
        "digest": slide.digest,
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": (session.number - 1) % 4 + 1 if session.number else None,
        "title": visit.say(slide.content.title),
        "question": visit.say(slide.content.question),
        "moderators": [visit.say(one.text) for one in slide.moderators],
        "amount": rules.amount(slide.entries, language),
        "entries": [{"id": entry.id, "text": visit.say(entry.text), "round": entry.round} for entry in slide.entries],
    }


def closing_href(visit: Visit, session: Session, sessions: Iterable[Session]) -> str | None:
    """The address of a plenary's slides, for who may look at them; None for all others, and for what is no closing plenary."""
    shown = session.kind is Kind.PLENARY and any(rules.reports_to(each, session) for each in sessions)
    passes = decide(TABLE["closing"], standing_of(visit.viewer), visit.viewer.all_roles(), visit.state) is Verdict.PASS
    if not shown or not passes or standing_of(visit.viewer) is Standing.STRANGER:
        return None
    return f"/{visit.conference.slug}/sessions/{session.slug}/closing"
