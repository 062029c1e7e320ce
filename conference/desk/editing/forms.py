"""The form of one session: what is entered, what is wrong with it, and the plan that it makes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from conference.base.words import LANGUAGES, Words
from conference.doors.entered import entered_instant
from conference.doors.visit import Visit
from conference.program.model import Floor, Kind, Place
from conference.program.plan import Plan
from conference.program.rules import FARTHEST_YEARS, is_near

LINE, TEXT = 200, 8000  # characters
MOST_ROUNDS, MOST_PLACES = 12, 100_000
RESERVED = frozenset({"new", "order", "publish", "versions", "shift", "schedule", "guests"})  # addresses beside a session's own
FLOORS = {Kind.PLENARY: Floor.STAGE, Kind.THEME_ROOM: Floor.OPEN_ROUND}
_ROUND = re.compile(r"(\d{1,2}:\d{2})\s*[-–—]\s*(\d{1,2}:\d{2})")
Words_ = TypeVar("Words_", bound=StrEnum)


@dataclass(frozen=True)
class Read:
    """entered: field -> text, as it was; errors: field -> sentence; plan: None while there are errors."""

    entered: dict[str, str]
    errors: dict[str, str]
    plan: Plan | None


def entered_from(visit: Visit, plan: Plan) -> dict[str, str]:
    """The fields of the form as the plan fills them."""
    starts, ends = visit.local(plan.starts), visit.local(plan.ends)
    texts = {
        f"{name}_{language}": getattr(plan, name).get(language, "")
        for name in ("title", "question", "summary", "where")
        for language in LANGUAGES
    }
    return texts | {
        "kind": plan.kind.value,
        "number": str(plan.number or ""),
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "floor": plan.floor.value,
        "place": plan.place.value,
        "room": plan.room or "",
        "places": str(plan.places or ""),
        "guests": "yes" if plan.guests else "",
        "rounds": "\n".join(f"{visit.local(first):%H:%M}–{visit.local(last):%H:%M}" for first, last in plan.rounds),
    }


def blank(visit: Visit, starts: datetime | None = None) -> dict[str, str]:
    """A new session's form: on the day, after what is there."""
    begins = visit.local(starts or visit.conference.live)
    empty = dict.fromkeys(
        (f"{name}_{language}" for name in ("title", "question", "summary", "where") for language in LANGUAGES), ""
    )
    ends = min(begins.hour * 60 + begins.minute + 60, 23 * 60 + 59)
    return empty | {
        "kind": Kind.FORUM.value, "number": "", "day": begins.date().isoformat(), "starts": f"{begins:%H:%M}",
        "ends": f"{ends // 60:02}:{ends % 60:02}", "floor": "", "place": Place.ONLINE.value, "room": "", "places": "",
        "guests": "", "rounds": "",
    }  # fmt: skip


def read_session(visit: Visit, form: Mapping[str, str], known: Plan | None, taken: Collection[str] = ()) -> Read:
    """known: the plan that is changed (None: a new session, whose slug is none of `taken`)."""
    _ = visit.services.texts[visit.language].gettext
    entered = {name: form.get(name, "") for name in blank(visit)}
    errors: dict[str, str] = {}
    words = {name: _words(_, entered, name, errors) for name in ("title", "question", "summary", "where")}
    if not words["title"].get("de"):
        errors["title_de"] = _("A session needs a title.")
    kind = _word(Kind, entered["kind"]) or Kind.FORUM
    starts, ends = _times(visit, entered, errors)
    number = _number(entered["number"], 99, errors, "number", _("A number from 1 to 99, or none."))
    places = _number(entered["places"], MOST_PLACES, errors, "places", _("A number of places, or none."))
    rounds = _rounds(visit, entered, errors, starts, ends)
    if len(entered["room"]) > LINE:
        errors["room"] = _("At most {n} characters.").format(n=LINE)
    if errors or starts is None or ends is None:
        return Read(entered, errors, None)
    facts: dict[str, Any] = {
        "kind": kind,
        "number": number,
        **words,
        "starts": starts,
        "ends": ends,
        "floor": _word(Floor, entered["floor"]) or FLOORS.get(kind, Floor.DISCUSSION),
        "place": _word(Place, entered["place"]) or Place.ONLINE,
        "room": " ".join(entered["room"].split()) or None,
        "places": places,
        "guests": bool(entered["guests"]),
        "rounds": rounds,
    }
    if known is not None:
        return Read(entered, {}, replace(known, **facts))
    return Read(entered, {}, Plan(slug=free_slug(slug_from(kind, number, words["title"]["de"]), taken), **facts))


def slug_from(kind: Kind, number: int | None, title: str) -> str:
    """The last part of the session's address: forum-2, or its title in plain letters."""
    if number is not None and kind in (Kind.FORUM, Kind.THEME_ROOM):
        return f"{'forum' if kind is Kind.FORUM else 'raum'}-{number}"
    plain = title.casefold()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        plain = plain.replace(umlaut, letters)
    plain = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50].strip("-") or kind.value.replace("_", "-")


def free_slug(slug: str, taken: Collection[str]) -> str:
    """The slug, with a number behind it where it is taken."""
    tries = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(taken) + 3))
    return next(each for each in tries if each not in taken)


def _word(kind: type[Words_], text: str) -> Words_ | None:
    return kind(text) if text in {each.value for each in kind} else None


def _words(_: Any, entered: Mapping[str, str], name: str, errors: dict[str, str]) -> Words:
    most = TEXT if name == "summary" else 500 if name == "question" else LINE
    found = {}
    for language in LANGUAGES:
        text = entered[f"{name}_{language}"].replace("\r\n", "\n").strip()
        if len(text) > most:
            errors[f"{name}_{language}"] = _("At most {n} characters.").format(n=most)
        if text:
            found[language] = text
    return found


def _times(visit: Visit, entered: Mapping[str, str], errors: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    _ = visit.services.texts[visit.language].gettext
    starts = entered_instant(f"{entered['day']}T{entered['starts']}", visit)
    ends = entered_instant(f"{entered['day']}T{entered['ends']}", visit)
    try:
        date.fromisoformat(entered["day"])
    except ValueError:
        errors["day"] = _("Please enter a day.")
        return None, None
    if starts is None:
        errors["starts"] = _("Please enter a time that exists on this day, such as 10:30.")
    elif not is_near(starts, visit.conference.live):
        errors["day"] = _("At most {n} years before or after the conference, please.").format(n=FARTHEST_YEARS)
    if ends is None:
        errors["ends"] = _("Please enter a time that exists on this day, such as 10:30.")
    elif starts is not None and ends <= starts:
        errors["ends"] = _("The end must be after the beginning.")
    return starts, ends


def _number(text: str, most: int, errors: dict[str, str], name: str, sentence: str) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and 1 <= int(text.strip()[:9]) <= most):
        errors[name] = sentence
        return None
    return int(text)


def _rounds(
    visit: Visit, entered: Mapping[str, str], errors: dict[str, str], starts: datetime | None, ends: datetime | None
) -> tuple[tuple[datetime, datetime], ...]:
    _ = visit.services.texts[visit.language].gettext
    found: list[tuple[datetime, datetime]] = []
    for line in filter(None, (line.strip() for line in entered["rounds"].splitlines())):
        match = _ROUND.fullmatch(line)
        times = [entered_instant(f"{entered['day']}T{part:0>5}", visit) for part in match.groups()] if match else [None, None]
        first, last = times
        if first is None or last is None or starts is None or ends is None:
            errors["rounds"] = _("One round on each line, such as 10:00–10:30. This is none: {line}").format(line=line[:40])
            break
        if not (found[-1][1] if found else starts) <= first < last <= ends:
            errors["rounds"] = _("The rounds must follow each other and lie within the session: {line}").format(line=line[:40])
            break
        found.append((first, last))
    if len(found) > MOST_ROUNDS:
        errors["rounds"] = _("At most {n} rounds.").format(n=MOST_ROUNDS)
    return tuple(found)
