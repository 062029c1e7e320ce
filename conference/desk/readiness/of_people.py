"""What is missing around people and their video cards. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from conference.cards.review.rules import Light, light_of
from conference.desk.letters.tasks import uncertain_detail, uncertain_sentence
from conference.desk.readiness.of_program import editor_of
from conference.desk.readiness.shapes import Facts, Missing, Someone
from conference.forums.check.model import Outcome
from conference.people.model import Role
from conference.web.texts import Language

ON_STAGE = ("speaker", "impulse", "panel", "greeting")
WAITING = frozenset({Light.WAITS, Light.SUCCESSOR})


def nobody_invited(facts: Facts, language: Language) -> Iterator[Missing]:
    """Nobody but organisers is there."""
    _ = language.gettext
    if facts.invited <= sum({role for role, _session in each.roles} == {Role.ORGANISER} for each in facts.people):
        yield Missing(_("Nobody is invited yet."), f"{facts.desk}/people/import")


def letters_uncertain(facts: Facts, language: Language) -> Iterator[Missing]:
    """The connection to the mail server broke at the last line."""
    if facts.uncertain_letters:
        sentence = uncertain_sentence(language, facts.uncertain_letters)
        yield Missing(sentence, f"{facts.desk}/letters", detail=uncertain_detail(language))


def one_organiser(facts: Facts, language: Language) -> Iterator[Missing]:
    """Where one alone holds the keys, a lost mailbox closes the office."""
    _ = language.gettext
    if sum((Role.ORGANISER, None) in each.roles for each in facts.people) < 2:
        yield Missing(_("Fewer than two people can open this office."), f"{facts.desk}/access")


def speakers_unchecked(facts: Facts, language: Language) -> Iterator[Missing]:
    """Speakers whose devices and network are not known to work."""
    return _unchecked(facts, language, Role.SPEAKER)


def moderators_unchecked(facts: Facts, language: Language) -> Iterator[Missing]:
    return _unchecked(facts, language, Role.MODERATOR)


def _unchecked(facts: Facts, language: Language, role: Role) -> Iterator[Missing]:
    _ = language.gettext
    for each in facts.people:
        if any(held is role for held, _session in each.roles) and not _passed(each):
            sentence = (
                _("{name} has tested devices and connection, and they failed.")
                if each.outcome is Outcome.FAILED
                else _("{name} has not tested devices and connection.")
            )
            yield Missing(sentence.format(name=each.person.name), f"{facts.desk}/people/{each.person.id}", each.person.id)


def _passed(someone: Someone) -> bool:
    return someone.outcome in (Outcome.PASSED, Outcome.LIMITS)


def not_invited(facts: Facts, language: Language) -> Iterator[Missing]:
    """Who speaks by the program and has no link to come in by."""
    _ = language.gettext
    invited = {each.person.name.casefold() for each in facts.people}
    for session in facts.sessions:
        for billing in facts.billings.get(session.id, ()):
            known = billing.person_id is not None or billing.name.casefold() in invited
            if billing.role in ON_STAGE and not known:
                sentence = _("{name} stands in the program and is not invited.").format(name=billing.name)
                yield Missing(sentence, editor_of(facts, session), billing.id)


def cards_without_captions(facts: Facts, language: Language) -> Iterator[Missing]:
    """Cards whose film speaks and has no captions."""
    _ = language.gettext
    for each in facts.cards:
        if each.candidate is not None and light_of(each) is not Light.WITHDRAWN and each.lacks_captions(each.candidate):
            sentence = _("The card of {initiative} has no captions.").format(initiative=each.initiative.name)
            yield Missing(sentence, f"{facts.desk}/cards/{each.initiative.slug}", each.initiative.id)


def cards_unreviewed(facts: Facts, language: Language) -> Iterator[Missing]:
    """Cards that wait for the organisers, and public ones in which words were changed since."""
    _ = language.gettext
    for each in facts.cards:
        if light_of(each) in WAITING:
            sentence = _("The card of {initiative} waits for your review.")
        elif each.changed:
            sentence = _("Words or captions of the card of {initiative} have changed since you released it.")
        else:
            continue
        href = f"{facts.desk}/cards/{each.initiative.slug}"
        yield Missing(sentence.format(initiative=each.initiative.name), href, each.initiative.id)


def initiatives_without_card(facts: Facts, language: Language) -> Iterator[Missing]:
    """One line for all of them, since one letter goes to all of them."""
    without = [each for each in facts.cards if light_of(each) in (Light.NONE, Light.REFUSED)]
    if without:
        said = language.ngettext(
            "{n} initiative has not brought a video card.", "{n} initiatives have not brought a video card.", len(without)
        )
        yield Missing(said.format(n=len(without)), f"{facts.desk}/cards?show=without")


def remains_unsaid(facts: Facts, language: Language) -> Iterator[Missing]:
    """Each sheet, document, report and card has a rule for the time after closing, most of them the one that nobody chose:
    so organisers say that they have looked it through."""
    _ = language.gettext
    if facts.sessions and facts.stated("remains") is None:
        stay = sum(1 for each in facts.cards if each.card is not None and each.card.remains)
        alone = _("Results and report stay public unless you say otherwise at each of them. All else goes.")
        with_cards = language.ngettext(
            "Results and report stay public unless you say otherwise at each of them, and so does {n} video card, with its"
            " owner's consent. All else goes.",
            "Results and report stay public unless you say otherwise at each of them, and so do {n} video cards, with their"
            " owners' consent. All else goes.",
            stay,
        )
        sentence = _("What stays after closing has not been looked through.")
        yield Missing(sentence, f"{facts.desk}/results", detail=with_cards.format(n=stay) if stay else alone)


def deputy_unnamed(facts: Facts, language: Language) -> Iterator[Missing]:
    if facts.stated("deputy") is None:
        yield Missing(language.gettext("Nobody is named who leads when the host cannot."), f"{facts.desk}/ready#deputy")


def not_rehearsed(facts: Facts, language: Language) -> Iterator[Missing]:
    if facts.stated("rehearsal") is None:
        yield Missing(language.gettext("There was no rehearsal yet."), f"{facts.desk}/ready#rehearsal")


def no_emergency_text(facts: Facts, language: Language) -> Iterator[Missing]:
    if facts.stated("emergency") is None:
        _ = language.gettext
        yield Missing(_("No text is prepared for the case that everything fails."), f"{facts.desk}/ready#emergency")
