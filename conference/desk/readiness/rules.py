"""All rules, and what follows from what they find. A rule of another part of the desk is one more line in RULES."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conference.desk.model import Statement
from conference.desk.readiness import of_program
from conference.desk.readiness.shapes import Facts, Group, Missing, Rule, Severity
from conference.web.texts import Language

STATEMENTS = ("waived", "deputy", "rehearsal", "emergency", "remains", "checked", "checking")
"""Keys of `Statement`. waived: a rule's key, or KEY:SUBJECT, and why; deputy: who leads when the host cannot; rehearsal: when it
took place; emergency: the prepared text; remains: what stays after closing was looked through; checked: what the doctor found of
a part, as JSON; checking: somebody asked for that, and it is not answered yet."""

_RED, _AMBER = Severity.RED, Severity.AMBER

RULES: tuple[Rule, ...] = (Rule("empty_program", _RED, Group.PROGRAM, of_program.empty, "program.edit"),)


@dataclass(frozen=True)
class Found:
    """What a rule found. waived: the reasons under which some or all of it is let pass, by subject ("" for all of it)."""

    rule: Rule
    missing: Sequence[Missing]
    waived: dict[str, Statement]

    @property
    def open(self) -> list[Missing]:
        """What is neither solved nor waived."""
        return [] if "" in self.waived else [each for each in self.missing if each.subject not in self.waived]


def judge(facts: Facts, language: Language, rules: Iterable[Rule] = RULES) -> list[Found]:
    """Everything that rules find, in their order, with what is waived of it."""
    found = []
    for rule in rules:
        if missing := list(rule.find(facts, language)):
            found.append(Found(rule, missing, _waived(facts, rule)))
    return found


def _waived(facts: Facts, rule: Rule) -> dict[str, Statement]:
    named = [(each.subject.partition(":"), each) for each in facts.statements if each.key == "waived"]
    return {subject: statement for (key, _, subject), statement in named if key == rule.key}


def in_the_way(found: Iterable[Found]) -> list[Found]:
    """What keeps the conference from going live."""
    return [each for each in found if each.rule.severity is Severity.RED and each.open]
