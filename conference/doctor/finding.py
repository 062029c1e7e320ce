"""What the doctor says: one line for each thing it looked at, in the language of the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from conference.base.errors import ConferenceError
from conference.cli_words import say

WITHIN = 5.0  # seconds for any one answer


class Result(Enum):
    OK = "ok"
    NOTE = "note"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line. what: the thing looked at; detail: what was found and, if it is wrong, what to do; part, text, facts: the same
    before it was said in the terminal's language."""

    result: Result
    what: str
    detail: str
    part: str = ""
    text: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def line(self) -> str:
        return f"{say(self.result.value):<10} {self.what}: {self.detail}"


def ok(what: str, detail: str, **facts: object) -> Finding:
    return Finding(Result.OK, say(what), say(detail, **facts), what, detail, facts)


def note(what: str, detail: str, **facts: object) -> Finding:
    return Finding(Result.NOTE, say(what), say(detail, **facts), what, detail, facts)


def failed(what: str, detail: str, **facts: object) -> Finding:
    return Finding(Result.FAILED, say(what), say(detail, **facts), what, detail, facts)


def reason_of(error: BaseException) -> str:
    """The shortest text that tells an operator what happened."""
    if isinstance(error, ConferenceError):
        return str(error.facts.get("reason") or error.code)
    return str(getattr(error, "strerror", None) or error).partition("\n")[0] or type(error).__name__
