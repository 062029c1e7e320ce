"""What is missing around registering. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from conference.access.model import Page, State
from conference.desk.readiness.shapes import Facts, Missing
from conference.registration.rules import slots_of
from conference.web.texts import Language

AGREED = frozenset({"needs", "attendance", "listed", "later"})
"""Questions of the form that people answer by agreeing to something."""


def unlimited(facts: Facts, language: Language) -> Iterator[Missing]:
    """It goes on until the doors open, or takes everybody who comes."""
    terms, _ = facts.registration, language.gettext
    if terms is None or not terms.is_open:
        return
    if terms.until is None:
        yield Missing(_("Registration has no deadline: it ends when the doors open."), registration_of(facts), "until")
    if terms.places is None:
        yield Missing(_("Registration takes everybody: no number of places is set."), registration_of(facts), "places")


def unprivate(facts: Facts, language: Language) -> Iterator[Missing]:
    """Whoever agrees to something is told first what becomes of it (Art. 7 and 13 GDPR)."""
    terms, _ = facts.registration, language.gettext
    told = (facts.conference.legal.get(Page.PRIVACY.value) or {}).get("de", "").strip()
    if terms is not None and terms.is_open and AGREED & set(terms.asks) and not told:
        yield Missing(
            _("Registration asks for consent, and the privacy page does not say to what."), f"{facts.desk}/legal/privacy"
        )


def never_open(facts: Facts, language: Language) -> Iterator[Missing]:
    """The start page cannot lead to the form, though somebody meant it to."""
    terms, _ = facts.registration, language.gettext
    if terms is None or facts.state not in (State.DRAFT, State.ANNOUNCED):
        return
    begins = max(facts.now, facts.conference.announced or facts.now)
    if terms.is_open and terms.until is not None and terms.until <= begins and facts.state is State.DRAFT:
        yield Missing(
            _("The deadline of the registration lies before the conference is announced."), registration_of(facts), "until"
        )
    elif not terms.is_open and terms.intro and facts.state is State.ANNOUNCED:
        sentence = _("The conference is announced, and the registration whose words are written is closed.")
        yield Missing(sentence, registration_of(facts), "closed")


def too_many_places(facts: Facts, language: Language) -> Iterator[Missing]:
    """More places than the machine bears, or than the forums have together that people choose from."""
    terms, _ = facts.registration, language.gettext
    if terms is None or not terms.is_open or terms.places is None:
        return
    if facts.capacity is not None and terms.places > facts.capacity.installation:
        sentence = _("Registration has {places} places, and the machine bears {most} people at once.")
        said = sentence.format(places=terms.places, most=facts.capacity.installation)
        yield Missing(said, registration_of(facts), "machine")
    for slot in slots_of(facts.sessions) if "choices" in terms.asks else ():
        limits = [each.places for each in slot]
        held = sum(limit for limit in limits if limit is not None)
        if None not in limits and held < terms.places:
            sentence = _("Registration has {places} places, and the rooms that one chooses from together {held}.")
            said = sentence.format(places=terms.places, held=held)
            yield Missing(said, registration_of(facts), slot[0].id)


def registration_of(facts: Facts) -> str:
    return f"{facts.desk}/registration"
