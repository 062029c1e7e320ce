"""The form for a new conference as values, with what is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from conference.base.letters import deliverable
from conference.desk.creating.actions import Wanted
from conference.desk.creating.rules import ZONES
from conference.desk.creating.templates import HALF_DAY, MOST_ROOMS, TEMPLATES
from conference.web.texts import Language

LONGEST_TITLE, LONGEST_LINE = 150, 120
FIELDS = ("template", "title", "day", "begins", "rooms", "host", "contact", "email", "phone", "zone")


def read_wanted(
    form: Mapping[str, str], now: datetime, language: Language
) -> tuple[dict[str, str], Wanted | None, dict[str, str]]:
    """What was entered, the conference that it asks for (None while something is wrong), and field -> sentence."""
    _ = language.gettext
    entered = {name: " ".join(form.get(name, "").split()) for name in FIELDS}
    zone = entered["zone"] = entered["zone"] or ZONES[0]
    errors: dict[str, str] = {}
    if zone not in ZONES:
        zone, errors["zone"] = ZONES[0], _("Please choose one of the time zones.")
    template = TEMPLATES.get(entered["template"])
    if template is None:
        errors["template"] = _("Please choose what to begin with.")
    if not entered["title"] or len(entered["title"]) > LONGEST_TITLE:
        errors["title"] = _("Please enter a title of at most {n} characters.").format(n=LONGEST_TITLE)
    begins = _instant(entered["day"], entered["begins"], zone)
    if begins is None:
        errors["day"] = _("Please enter a day, and a time that the clocks do not leave out.")
    elif begins <= now:
        errors["day"] = _("This day is over already.")
    rooms = int(entered["rooms"]) if re.fullmatch(r"\d{1,2}", entered["rooms"], re.ASCII) else (template or HALF_DAY).rooms
    if template is not None and template.rooms and not 1 <= rooms <= MOST_ROOMS:
        errors["rooms"] = _("There can be 1 to {n} rooms.").format(n=MOST_ROOMS)
    if not deliverable(entered["email"]):
        errors["email"] = _("Please enter a full address, such as name@example.org.")
    for name in ("host", "contact", "phone"):
        if len(entered[name]) > LONGEST_LINE:
            errors[name] = _("Please use at most {n} characters.").format(n=LONGEST_LINE)
    if not entered["host"]:
        errors["host"] = _("Please say who invites.")
    if errors or template is None or begins is None:
        return entered, None, errors
    names = {name: entered[name] for name in ("title", "host", "contact", "email", "phone")}
    return entered, Wanted(template=template, begins=begins, rooms=rooms, zone=zone, **names), {}


def _instant(day: str, time: str, zone: str) -> datetime | None:
    """A wall time as an instant; None for what is no time or was left out when the clocks went forward."""
    try:
        local = datetime.fromisoformat(f"{day}T{time}")
    except ValueError:
        return None
    if local.tzinfo is not None or not 2000 <= local.year < 2200:
        return None
    instant = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return instant if instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == local else None
