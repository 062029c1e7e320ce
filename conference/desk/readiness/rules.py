"""All rules, and what follows from what they find. A rule of another part of the desk is one more line in RULES."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from conference.desk.model import Statement
from conference.desk.readiness import of_machine, of_pages, of_people, of_program, of_registration
from conference.desk.readiness.shapes import Facts, Group, Missing, Rule, Severity
from conference.web.texts import Language

_RED, _AMBER = Severity.RED, Severity.AMBER

RULES: tuple[Rule, ...] = (
    Rule("empty_program", _RED, Group.PROGRAM, of_program.empty, "program-edit"),
    Rule("no_moderator", _RED, Group.PROGRAM, of_program.without_moderator, "program-people"),
    Rule("no_question", _RED, Group.PROGRAM, of_program.without_question, "program-edit"),
    Rule("clash", _RED, Group.PROGRAM, of_program.clashes, "program-clashes"),
    Rule("outside_of_the_day", _AMBER, Group.PROGRAM, of_program.outside_of_the_day, "program-edit"),
    Rule("nobody_invited", _AMBER, Group.PEOPLE, of_people.nobody_invited, "people-import"),
    Rule("speaker_unchecked", _RED, Group.PEOPLE, of_people.speakers_unchecked, "people-tests", day=True),
    Rule("moderator_unchecked", _AMBER, Group.PEOPLE, of_people.moderators_unchecked, "people-tests"),
    Rule("named_not_invited", _AMBER, Group.PEOPLE, of_people.not_invited, "program-people"),
    Rule("uncertain_letters", _AMBER, Group.PEOPLE, of_people.letters_uncertain, "letters"),
    Rule("one_organiser", _AMBER, Group.PEOPLE, of_people.one_organiser, "access"),
    Rule("registration_unlimited", _AMBER, Group.PEOPLE, of_registration.unlimited, "registration"),
    Rule("registration_privacy", _AMBER, Group.PEOPLE, of_registration.unprivate, "legal"),
    Rule("registration_closed", _AMBER, Group.PEOPLE, of_registration.never_open, "registration"),
    Rule("registration_places", _RED, Group.PEOPLE, of_registration.too_many_places, "registration"),
    Rule("card_captions", _RED, Group.CARDS, of_people.cards_without_captions, "cards", day=True),
    Rule("card_review", _RED, Group.CARDS, of_people.cards_unreviewed, "cards", day=True),
    Rule("no_card", _AMBER, Group.CARDS, of_people.initiatives_without_card, "cards-reminder"),
    Rule("remains", _RED, Group.CARDS, of_people.remains_unsaid, "after", states="remains", day=True),
    Rule("legal_pages", _RED, Group.PAGES, of_pages.pages_missing, "legal"),
    Rule("alternatives", _RED, Group.PAGES, of_pages.alternatives_missing, "legal"),
    Rule("list_notice", _RED, Group.PAGES, of_pages.notice_missing, "legal"),
    Rule("contact", _RED, Group.PAGES, of_pages.contact_missing, "settings"),
    Rule("legal_english", _AMBER, Group.PAGES, of_pages.english_missing, "legal"),
    Rule("legal_review", _AMBER, Group.PAGES, of_pages.reviews_due, "legal"),
    Rule("mail", _RED, Group.MACHINE, of_machine.mail, "ready-checks"),
    Rule("store", _RED, Group.MACHINE, of_machine.store, "ready-checks"),
    Rule("media", _RED, Group.MACHINE, of_machine.media, "ready-checks"),
    Rule("turn", _RED, Group.MACHINE, of_machine.turn, "ready-checks"),
    Rule("clock", _RED, Group.MACHINE, of_machine.clock, "ready-checks"),
    Rule("no_turn", _AMBER, Group.MACHINE, of_machine.no_turn, "ready-checks"),
    Rule("unchecked", _RED, Group.MACHINE, of_machine.unchecked, "ready-checks"),
    Rule("capacity", _RED, Group.MACHINE, of_machine.too_full, "ready-capacity"),
    Rule("round_table", _AMBER, Group.MACHINE, of_machine.too_many_at_the_table, "ready-capacity"),
    Rule("unmeasured", _AMBER, Group.MACHINE, of_machine.unmeasured, "ready-capacity"),
    Rule("deputy", _AMBER, Group.DAY, of_people.deputy_unnamed, "ready-day", states="deputy"),
    Rule("rehearsal", _AMBER, Group.DAY, of_people.not_rehearsed, "ready-day", states="rehearsal"),
    Rule("emergency", _AMBER, Group.DAY, of_people.no_emergency_text, "ready-day", states="emergency"),
)


@dataclass(frozen=True)
class Found:
    """What a rule found. waived: the reasons under which some or all of it is let pass, by subject ("" for all of it)."""

    rule: Rule
    severity: Severity
    missing: Sequence[Missing]
    waived: Mapping[str, Statement]

    @property
    def open(self) -> list[Missing]:
        """What is neither solved nor waived."""
        return [] if "" in self.waived else [each for each in self.missing if each.subject not in self.waived]


def judge(facts: Facts, language: Language, rules: Iterable[Rule] = RULES) -> list[Found]:
    """Everything that rules find, in their order, with what is waived of it."""
    found = []
    for rule in rules:
        if missing := list(rule.find(facts, language)):
            found.append(Found(rule, rule.severity_at(facts.state), missing, _waived(facts, rule)))
    return found


def _waived(facts: Facts, rule: Rule) -> dict[str, Statement]:
    named = [(each.subject.partition(":"), each) for each in facts.statements if each.key == "waived"]
    return {subject: statement for (key, _, subject), statement in named if key == rule.key}


def in_the_way(found: Iterable[Found]) -> list[Found]:
    """What keeps the conference from going live."""
    return [each for each in found if each.severity is Severity.RED and each.open]
