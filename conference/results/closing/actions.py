"""What is done with a closing plenary's slides: begin, turn, light the light, end. Each tells all pages that show them.

Whoever acts was let in by `store.closing_for_presenting`; what they may do there, these functions ask.
"""

from __future__ import annotations

from datetime import UTC, datetime

from conference.base.db import Work
from conference.base.errors import Conflict, NotAllowed, NotFound
from conference.doors.visit import Visit
from conference.results.closing import store
from conference.results.closing.events import tell_changed
from conference.results.closing.store import Closing
from conference.results.model import ClosingShow
from conference.web.services import Services


async def begin(work: Work, visit: Visit, closing: Closing) -> None:
    """Show the slides on the plenary's stage, from the title on. Doing it again changes nothing. Raises NotAllowed, Conflict."""
    _require_lead(visit, closing)
    if not closing.slides:
        raise Conflict("closing_empty")
    show = await store.show_for_change(work, closing.plenary.id)
    if not show.running:
        show.running, show.shown, show.light_from = True, None, None
        tell_changed(visit.services.outbox, work, closing.plenary.id)


async def end(work: Work, visit: Visit, closing: Closing) -> None:
    """Take the slides off the stage. Raises NotAllowed."""
    _require_lead(visit, closing)
    show = await store.show_for_change(work, closing.plenary.id)
    show.running, show.light_from = False, None
    tell_changed(visit.services.outbox, work, closing.plenary.id)


async def turn(work: Work, visit: Visit, closing: Closing, to: str | None) -> None:
    """Turn to the slide of the session with this slug (None: the title); the light goes out. Raises NotAllowed, NotFound,
    Conflict."""
    show = await _held(work, visit, closing)
    if to is not None and to not in {slide.slug for slide in closing.slides}:
        raise NotFound("closing_slide")
    if show.shown != to:
        show.shown, show.light_from = to, None
        tell_changed(visit.services.outbox, work, closing.plenary.id)


async def light(work: Work, visit: Visit, closing: Closing, on: bool) -> None:
    """Start the light for whoever speaks to the slide that is on, from its beginning, or put it out. Raises NotAllowed,
    Conflict."""
    show = await _held(work, visit, closing)
    show.light_from = real_now(visit.services) if on else None
    tell_changed(visit.services.outbox, work, closing.plenary.id)


async def _held(work: Work, visit: Visit, closing: Closing) -> ClosingShow:
    """The locked show, for whoever has the pointer now: asked behind the lock, since the slide may just have been turned."""
    show = await store.show_for_change(work, closing.plenary.id)
    if not show.running:
        raise Conflict("closing_off")
    if not store.leads(visit, closing) and show.shown not in store.presents(visit, closing):
        raise NotAllowed("closing_turn")
    return show


def _require_lead(visit: Visit, closing: Closing) -> None:
    if not store.leads(visit, closing):
        raise NotAllowed("closing_lead")


def real_now(services: Services) -> datetime:
    """The light runs by real time, whatever a demo's clock says."""
    return datetime.fromtimestamp(services.clock.real(), UTC)
