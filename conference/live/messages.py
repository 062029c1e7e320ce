"""Reading what browsers send: one JSON object per frame, small, flat enough, of clean text."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from conference.base.errors import Invalid
from conference.live.limits import Limits

Ref = str | int | None

_TOPIC = re.compile(r"[a-z][a-z_]{0,30}:[A-Za-z0-9_:-]{1,100}")
_LARGEST_INT = 2**53  # what a browser's numbers hold exactly


def parse(text: str, limits: Limits) -> dict[str, Any]:
    """The message in `text`. Raises Invalid("bad_message") with `why`."""
    try:
        message = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Invalid("bad_message", why="json") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise Invalid("bad_message", why="object")
    _check(message, limits.depth)
    return message


def ref_of(message: dict[str, Any]) -> Ref:
    """The mark that the browser wants to see on the answer. Raises Invalid."""
    ref = message.get("ref")
    if ref is None or (isinstance(ref, int) and not isinstance(ref, bool)) or (isinstance(ref, str) and len(ref) <= 64):
        return ref
    raise Invalid("bad_message", why="ref")


def topics_of(message: dict[str, Any], limits: Limits) -> list[str]:
    """The topics in `message`, each once. Raises Invalid("bad_topics")."""
    topics = message.get("topics")
    if not isinstance(topics, list) or len(topics) > limits.topics:
        raise Invalid("bad_topics", limit=limits.topics)
    if not all(isinstance(topic, str) and _TOPIC.fullmatch(topic) for topic in topics):
        raise Invalid("bad_topics", limit=limits.topics)
    return list(dict.fromkeys(topics))


def last_of(message: dict[str, Any]) -> int | None:
    """The last id that the page knows; None when it has none. Raises Invalid."""
    last = message.get("last")
    if last is None or (isinstance(last, int) and not isinstance(last, bool) and last >= 0):
        return last
    raise Invalid("bad_message", why="last")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _check(value: Any, depth: int) -> None:
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, float):
        if value in (float("inf"), float("-inf")):  # 1e999
            raise Invalid("bad_message", why="number")
    elif isinstance(value, int):
        if abs(value) > _LARGEST_INT:
            raise Invalid("bad_message", why="number")
    elif isinstance(value, dict | list):
        if depth == 0:
            raise Invalid("bad_message", why="depth")
        for item in [*value, *value.values()] if isinstance(value, dict) else value:
            _check(item, depth - 1)


def _check_text(text: str) -> None:
    """No zero bytes (PostgreSQL has no place for them), no halves of surrogate pairs (UTF-8 has none)."""
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise Invalid("bad_message", why="text")
