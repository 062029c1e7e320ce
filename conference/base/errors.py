"""What can go wrong, named by who must hear of it. One table in `web/errors.py` maps these to HTTP; nothing here knows it.

ConferenceError
├── NotFound        there is no such thing, or the viewer must not know of it
├── SignInNeeded    the viewer is a stranger here
├── NotAllowed      the viewer is known and lacks the right
├── OutsideWindow   the conference is not open for this now (facts: state)
├── Conflict        somebody else was faster, or the thing is in another state
├── Invalid         the input cannot be (facts say what and why)
├── TooMany         a limit of rate, size or number (facts: retry_after, seconds)
└── Unavailable     a part that we lean on does not answer; worth another try
"""

from __future__ import annotations

from typing import Any


class ConferenceError(Exception):
    """A refusal with a code for programs and facts for the sentence that people read.

    code: a short snake_case word, unique per kind of refusal; facts: plain values, never secrets.
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{type(self).__name__}({self.code}{', ' + facts if facts else ''})"


class NotFound(ConferenceError):
    """There is no such thing, or this viewer must not learn of it."""


class SignInNeeded(ConferenceError):
    """Strangers may not; a person with a link may."""


class NotAllowed(ConferenceError):
    """The viewer is known and lacks the right."""


class OutsideWindow(ConferenceError):
    """The conference is not open for this now. facts: state."""


class Conflict(ConferenceError):
    """The thing changed meanwhile, or exists already."""


class Invalid(ConferenceError):
    """The input cannot be. facts name the field, the limit and the value."""


class TooMany(ConferenceError):
    """A limit of rate, size or number. facts: retry_after (seconds) where waiting helps."""


class Unavailable(ConferenceError):
    """A part that we lean on does not answer."""


class SettingsError(ConferenceError):
    """The installation is set up wrongly. The message is one line for the operator's terminal."""

    def __init__(self, line: str) -> None:
        super().__init__("settings", line=line)
        self.line = line

    def __str__(self) -> str:
        return self.line
