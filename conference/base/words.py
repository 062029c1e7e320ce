"""Texts in several languages, as people write them into a conference: German always, English where there is one."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("de", "en")
Words = dict[str, str]


def say(words: Mapping[str, str] | None, language: str) -> str:
    """The text in `language`, else in German, else in whatever there is; empty when there is none."""
    if not words:
        return ""
    return words.get(language) or words.get("de") or next(iter(words.values()))
