"""Reading what captioning software sends: plain text, a line of captions each; or JSON, one object to a line. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeGuard

from conference.forums.rules import caption_line

LONGEST = 16 * 1024  # bytes of one request
MOST = 50  # lines in one request


@dataclass(frozen=True, slots=True)
class Sent:
    """line: the software's own name of it, so that one which is sent again is not shown twice; final: it is finished."""

    text: str
    line: str | None = None
    final: bool = True


class NotCaptions(ValueError):
    """The body cannot be read."""


def read_plain(body: str, number: str | None = None) -> list[Sent]:
    """Each line of the body is a finished line. number: of the request, as many programs count them: with it a request that
    is sent again changes nothing. Raises NotCaptions."""
    lines = [line for each in body.splitlines() if (line := _line(each))]
    named = [f"{number}-{place}" if number else None for place, _ in enumerate(lines)]
    return _few([Sent(line, name) for line, name in zip(lines, named, strict=True)])


def read_json(body: str) -> list[Sent]:
    """JSON lines: {"text": "...", "line": "...", "final": true}; all but `text` may be left out. Raises NotCaptions."""
    return _few([_sent(line) for line in body.splitlines() if line.strip()])


def _sent(line: str) -> Sent:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise NotCaptions("no JSON") from None
    if not isinstance(told, dict):
        raise NotCaptions("no object")
    name, final = told.get("line"), told.get("final", True)
    if isinstance(name, int) and not isinstance(name, bool):
        name = str(name)
    if not isinstance(final, bool) or not (name is None or _is_name(name)):
        raise NotCaptions("line or final")
    return Sent(_line(told.get("text")), name, final)


def _is_name(name: object) -> TypeGuard[str]:
    """What cannot be printed is no name: a half of a surrogate pair, which JSON can say, could be told to no browser."""
    return isinstance(name, str) and 0 < len(name) <= 64 and name.isprintable()


def _line(text: object) -> str:
    if not isinstance(text, str) or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotCaptions("text")
    return caption_line(text) or ""


def _few(sent: list[Sent]) -> list[Sent]:
    if len(sent) > MOST:
        raise NotCaptions("too many lines")
    return sent
