"""Who can read what has been published, from when on, in words: "public" is said of nothing that strangers cannot open."""

from __future__ import annotations

from datetime import datetime

from conference.access.model import State
from conference.doors.table import OVER, Standing
from conference.doors.visit import Visit, standing_of
from conference.results.rules import Publishable, is_public, may_see, may_see_report, readable_from


def reach_said(visit: Visit, asset: Publishable) -> str:
    """Sentences; "" of what is not published, or not yet."""
    _ = visit.services.texts[visit.language].gettext
    published = asset.published
    if published is None or not is_public(asset, visit.now):
        return ""
    if visit.state in OVER:
        if asset.remains:
            return _("The conference has closed. Everybody can still read it.")
        return _("The conference has closed. Only the organisers still see it.")
    if visit.state is State.DRAFT:
        return _("As long as the conference is not announced, only the organisers can read it.")
    if may_see(asset, visit.state, Standing.STRANGER, visit.now):
        return _("Everybody can read it now.")
    everybody = _moment(visit, readable_from(published, visit.times, Standing.STRANGER))
    if may_see(asset, visit.state, Standing.PERSON, visit.now):
        return _("For participants at once, for everybody from {moment}, when the public archive begins.").format(
            moment=everybody
        )
    people = _moment(visit, readable_from(published, visit.times, Standing.PERSON))
    said = _("For participants from {people} (start of the day), for everybody from {everybody} (start of the public archive).")
    return said.format(people=people, everybody=everybody)


def reach_badge(visit: Visit, asset: Publishable) -> dict[str, str]:
    """{label, tone} of what is published: for whom it is, as long as that is not everybody."""
    _ = visit.services.texts[visit.language].gettext
    if not is_public(asset, visit.now):
        return {"label": _("Not public yet"), "tone": "warn"}
    if may_see(asset, visit.state, Standing.STRANGER, visit.now):
        return {"label": _("Public"), "tone": "ok"}
    if visit.state in OVER:
        return {"label": _("Gone with the conference"), "tone": ""}
    if may_see(asset, visit.state, Standing.PERSON, visit.now):
        return {"label": _("For participants"), "tone": "ok"}
    return {"label": _("Released, to be read later"), "tone": "ok"}


def report_badge(visit: Visit, report: Publishable | None) -> dict[str, str]:
    """The same of the report, which is public from the archive on, for everybody at once."""
    _ = visit.services.texts[visit.language].gettext
    if report is None or not is_public(report, visit.now):
        return {"label": _("Not public yet"), "tone": "warn"}
    if may_see_report(report, visit.state, Standing.STRANGER, visit.now):
        return {"label": _("Public"), "tone": "ok"}
    return {"label": _("Gone with the conference") if visit.state in OVER else _("Ready for the archive"), "tone": ""}


def readable(visit: Visit, asset: Publishable) -> bool:
    """Whether a link to it leads this visitor anywhere."""
    return may_see(asset, visit.state, standing_of(visit.viewer), visit.now)


def _moment(visit: Visit, moment: datetime) -> str:
    """The time alone where it is today's."""
    words, local = visit.services.texts[visit.language], visit.local(moment)
    return words.time(local) if local.date() == visit.local(visit.now).date() else words.moment(local)
