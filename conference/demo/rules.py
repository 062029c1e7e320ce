"""The moments of the demo, out of the times of its conference, and the steps of its tour of results; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from conference.access.model import State
from conference.access.rules import Times

BEFORE, LIVE, PLENARY, ARCHIVE, CLOSED = "before", "live", "plenary", "archive", "closed"
MOMENTS = (BEFORE, LIVE, PLENARY, ARCHIVE, CLOSED)
INTO_THE_PLENARY = timedelta(minutes=5)
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


def moment_of(state: State, closing: bool = False) -> str | None:
    """The moment that a state belongs to; None for a draft. closing: the closing plenary has begun."""
    return PLENARY if closing and state is State.LIVE else _MOMENT_OF.get(state)


def instant_of(
    moment: str, times: Times, forums: Sequence[tuple[datetime, datetime]], plenary: datetime | None = None
) -> datetime:
    """When a moment is. before: four days ahead; live: in the middle of the forums (start, end); plenary: some minutes after the
    start of the closing one; archive: two days after; closed: ten hours after closing. Each is kept inside of its state, however
    the organiser has moved the times. Raises KeyError.
    """
    if moment == BEFORE:
        return max(times.announced or times.doors - timedelta(days=5), times.doors - timedelta(days=4))
    if moment == LIVE:
        spans = forums or [(times.live, times.archive)]
        begins, ends = min(span[0] for span in spans), max(span[1] for span in spans)
        return begins + (ends - begins) / 2
    if moment == PLENARY:
        begins = min(max(plenary or times.archive, times.live), times.archive - timedelta(minutes=1))
        return begins + min(INTO_THE_PLENARY, (times.archive - begins) / 2)
    if moment == ARCHIVE:
        return times.archive + min(timedelta(days=2), (times.closes - times.archive) / 2)
    if moment == CLOSED:
        return times.closes + min(timedelta(hours=10), (times.purge - times.closes) / 2)
    raise KeyError(moment)


def page_after(moment: str, path: str, slug: str) -> str:
    """Where the visitor goes on from `path` in another moment: a room is left for its session's page unless it is live."""
    if path.startswith(("/sign-in", "/demo")):
        return f"/{slug}/"
    return path.removesuffix("/room") if moment not in (LIVE, PLENARY) else path


def page_for(role: str, path: str, slug: str) -> str:
    """Where the visitor goes on from `path` in another role: the desk is the organiser's only."""
    if path.startswith(("/sign-in", "/demo")) or (role != "organiser" and path.startswith("/desk")):
        return f"/{slug}/"
    if role == "stranger" and path.startswith("/me"):
        return f"/{slug}/"
    return path


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a finding to the public: at which moment, as whom, on which page."""

    moment: str
    role: str
    path: str


def steps_of(slug: str, forum: str, plenary: str | None) -> dict[str, Step]:
    """The tour of results, in its order. forum, plenary: slugs of the visitor's forum and of the closing plenary."""
    base = f"/{slug}/sessions"
    steps = {
        "collect": Step(LIVE, "attendee", f"{base}/{forum}/findings"),
        "sheet": Step(LIVE, "moderator", f"{base}/{forum}/sheet"),
        "slides": Step(PLENARY, "organiser", f"{base}/{plenary}/closing"),
        "results": Step(ARCHIVE, "stranger", f"{base}/{forum}/results"),
    }
    return {key: step for key, step in steps.items() if plenary or key != "slides"}
