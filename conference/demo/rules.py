"""The four moments of the demo, out of the times of its conference; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from conference.access.model import State
from conference.access.rules import Times

BEFORE, LIVE, ARCHIVE, CLOSED = "before", "live", "archive", "closed"
MOMENTS = (BEFORE, LIVE, ARCHIVE, CLOSED)
_MOMENT_OF = {
    State.ANNOUNCED: BEFORE,
    State.DOORS: LIVE,
    State.LIVE: LIVE,
    State.ARCHIVE: ARCHIVE,
    State.CLOSED: CLOSED,
    State.PURGED: CLOSED,
}


def times_from(texts: Mapping[str, str | None]) -> Times:
    """Times out of ISO 8601 texts by name."""
    instants = {name: datetime.fromisoformat(text) for name, text in texts.items() if text is not None}
    return Times(announced=instants.pop("announced", None), **instants)


def moment_of(state: State) -> str | None:
    """The moment that a state belongs to; None for a draft."""
    return _MOMENT_OF.get(state)


def instant_of(moment: str, times: Times, forums: Sequence[tuple[datetime, datetime]]) -> datetime:
    """When a moment is. before: four days ahead; live: in the middle of the forums (start, end); archive: two days after; closed:
    ten hours after closing. Each is kept inside of its state, however the organiser has moved the times. Raises KeyError.
    """
    if moment == BEFORE:
        return max(times.announced or times.doors - timedelta(days=5), times.doors - timedelta(days=4))
    if moment == LIVE:
        spans = forums or [(times.live, times.archive)]
        begins, ends = min(span[0] for span in spans), max(span[1] for span in spans)
        return begins + (ends - begins) / 2
    if moment == ARCHIVE:
        return times.archive + min(timedelta(days=2), (times.closes - times.archive) / 2)
    if moment == CLOSED:
        return times.closes + min(timedelta(hours=10), (times.purge - times.closes) / 2)
    raise KeyError(moment)


def page_after(moment: str, path: str, slug: str) -> str:
    """Where the visitor goes on from `path` in another moment: a room is left for its session's page unless it is live."""
    if path.startswith(("/sign-in", "/demo")):
        return f"/{slug}/"
    return path.removesuffix("/room") if moment != LIVE else path


def page_for(role: str, path: str, slug: str) -> str:
    """Where the visitor goes on from `path` in another role: the desk is the organiser's only."""
    if path.startswith(("/sign-in", "/demo")) or (role != "organiser" and path.startswith("/desk")):
        return f"/{slug}/"
    if role == "stranger" and path.startswith("/me"):
        return f"/{slug}/"
    return path
