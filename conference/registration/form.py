"""The form of a registration: what was typed, what of it cannot be, and what a page needs to draw it."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conference.base.clock import Clock
from conference.base.errors import Invalid
from conference.base.ids import seal, sealed_by
from conference.base.letters import deliverable
from conference.doors.visit import Visit
from conference.initiatives.model import LAENDER
from conference.people.actions import LONGEST_NAME, clean_name, real_now
from conference.people.model import PersonConsentKind
from conference.people.store import normal_email
from conference.program.model import Session
from conference.registration.actions import Entered
from conference.registration.model import RegistrationTerms
from conference.registration.rules import LONGEST_NEEDS, LONGEST_OPEN, LONGEST_WISH, NEEDS, QUICKEST, RANKS
from conference.web.errors import explain
from conference.web.texts import Language

LONGEST_ORGANISATION = 160
TRAP = "website"  # stands in the form where nobody sees it; programs fill it in
PURPOSE = "registration form"
Slots = Sequence[Sequence[Session]]


@dataclass(frozen=True)
class Read:
    """errors: field -> sentence; where there is none, `entered` is whole."""

    entered: Entered
    errors: dict[str, str]


def read_form(
    form: Mapping[str, str],
    visit: Visit,
    terms: RegistrationTerms,
    slots: Slots,
    initiatives: Mapping[str, str],
    email: str | None,
    given: Collection[PersonConsentKind] = (),
) -> Read:
    """email: whose registration it is, where that is known; else the form has it. initiatives: id -> name. given: as `asked_of`.
    What is not asked is None."""
    language = visit.services.texts[visit.language]
    errors: dict[str, str] = {}
    name = form.get("name", "")
    try:
        name = clean_name(name)
    except Invalid as error:
        errors["name"] = explain(error, language)
    address = normal_email(email if email is not None else form.get("email", ""))
    if email is None and not (deliverable(address) and "." in address.rpartition("@")[2]):
        errors["email"] = explain(Invalid("email"), language)
    organisation = " ".join(form.get("organisation", "").split())[:LONGEST_ORGANISATION]
    organisation = next((each for each in initiatives.values() if each.casefold() == organisation.casefold()), organisation)
    needs = tuple(word for word in NEEDS if form.get(f"needs-{word}") == "yes")
    needs_text = form.get("needs-text", "").strip()
    asks = asked_of(terms, given)
    kinds = frozenset(kind for kind in PersonConsentKind if kind.value in asks)
    agreed = frozenset(kind for kind in kinds if form.get(f"consent-{kind.value}") == "yes")
    errors |= _needs_faults(language, needs, needs_text, PersonConsentKind.NEEDS in agreed)
    wish = form.get("wish", "").strip()
    if len(wish) > LONGEST_WISH:
        errors["wish"] = language.gettext("At most {most} characters, please.").format(most=LONGEST_WISH)
    entered = Entered(
        name=name,
        email=address,
        language=visit.language,
        organisation=organisation if "organisation" in asks else None,
        land=(form.get("land", "") if form.get("land") in LAENDER else "") if "land" in asks else None,
        wish=wish if terms.wishes else None,
        choices=_choices(form, slots) if "choices" in asks else None,
        needs=needs,
        needs_text=needs_text,
        agreed=agreed,
        asked=kinds,
    )
    return Read(entered, errors)


def asked_of(terms: RegistrationTerms, given: Collection[PersonConsentKind]) -> frozenset[str]:
    """Questions of the form, words of `rules.ASKS`. given: what somebody agrees to now, which can be taken back on their own page
    whether or not others are still asked."""
    return frozenset(terms.asks) | {kind.value for kind in given}


def _needs_faults(language: Language, needs: Sequence[str], text: str, agrees: bool) -> dict[str, str]:
    _ = language.gettext
    if len(text) > LONGEST_NEEDS:
        return {"needs-text": _("At most {most} characters, please.").format(most=LONGEST_NEEDS)}
    if (needs or text) and not agrees:
        return {
            "consent-needs": _("Without your consent we may not keep what you need. Please tick this, or leave it out above.")
        }
    return {}


def _choices(form: Mapping[str, str], slots: Slots) -> tuple[tuple[str, int], ...]:
    """The first and the second wish of each time; the same twice counts once."""
    chosen: dict[str, int] = {}
    for number, slot in enumerate(slots):
        known = {session.id for session in slot}
        wishes = (form.get(f"choice-{number}-{rank}", "") for rank in RANKS)
        for rank, session_id in enumerate(dict.fromkeys(wish for wish in wishes if wish in known), 1):
            chosen[session_id] = rank
    return tuple(chosen.items())


def needs_words(language: Language) -> dict[str, str]:
    _ = language.gettext
    return {
        "captions": _("Live captions"),
        "signing": _("Sign language interpreting"),
        "plain": _("Plain language"),
        "documents": _("Documents beforehand, readable by a screen reader"),
        "breaks": _("Longer or more breaks"),
        "other": _("Something else"),
    }


def consent_words(language: Language, terms: RegistrationTerms, until: str) -> dict[str, str]:
    """What one agrees to, version CONSENT_VERSION. until: the day on which needs are deleted."""
    _ = language.gettext
    return {
        "needs": _("I agree that what I need may be kept until {day}, to arrange it. Only the organisers see it.").format(
            day=until
        ),
        "attendance": _("I would like to be able to have a proof that I took part, so my attendance may be noted for that."),
        "listed": _("My name and my organisation may stand in the list that all who take part can see."),
        "later": _("The hosts may invite me to later meetings."),
    }


def drawn(
    visit: Visit,
    terms: RegistrationTerms,
    slots: Slots,
    demand: Mapping[str, tuple[int, int]],
    until: str,
    given: Collection[PersonConsentKind] = (),
) -> dict[str, Any]:
    """What the template needs beside what was entered. given: as `asked_of`."""
    asks = asked_of(terms, given)
    words = visit.services.texts[visit.language]
    consents = consent_words(words, terms, until)
    return {
        "asks": asks,
        "slots": [
            {
                "number": number,
                "starts": visit.local(slot[0].starts),
                "options": [{"value": session.id, "label": _option(visit, session, demand)} for session in slot],
                "several": len(slot) > 1,
            }
            for number, slot in enumerate(slots)
        ],
        "wish": visit.say(terms.wishes),
        "laender": [{"value": code, "label": word} for code, word in LAENDER.items()],
        "needs": [{"value": word, "label": label} for word, label in needs_words(words).items()],
        "consents": [
            {"value": kind.value, "label": consents[kind.value]}
            for kind in PersonConsentKind
            if kind.value in asks and kind is not PersonConsentKind.NEEDS
        ],
        "needs_consent": consents["needs"],
        "longest": {"name": LONGEST_NAME, "organisation": LONGEST_ORGANISATION, "wish": LONGEST_WISH, "needs": LONGEST_NEEDS},
        "privacy": f"/{visit.conference.slug}/legal/privacy",
    }


def _option(visit: Visit, session: Session, demand: Mapping[str, tuple[int, int]]) -> str:
    """The title, and how many places are left where there is a limit."""
    words = visit.services.texts[visit.language]
    title = visit.say(session.title)
    if session.places is None:
        return title
    free = session.places - demand.get(session.id, (0, 0))[0]
    left = words.ngettext("{n} place left", "{n} places left", free).format(n=free) if free > 0 else words.gettext("waiting list")
    return f"{title} ({left})"


def sealed_time(key: bytes, clock: Clock) -> str:
    """When the form was drawn, for its hidden field."""
    at = f"{real_now(clock).timestamp():.1f}"
    return f"{at}.{seal(key, PURPOSE, at)}"


def was_human(form: Mapping[str, str], key: bytes, clock: Clock) -> bool:
    """Whether somebody filled this in: not within two seconds, not in a field that nobody sees, in a form of today of ours."""
    at, _, signature = form.get("drawn", "").rpartition(".")
    if form.get(TRAP) or not sealed_by(key, PURPOSE, at, signature):
        return False
    since: datetime = real_now(clock)
    seconds = since.timestamp() - float(at)
    return math.isfinite(seconds) and QUICKEST.total_seconds() <= seconds <= LONGEST_OPEN.total_seconds()
