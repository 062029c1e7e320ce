"""The command line speaks the language of the terminal: German where LANG says so, else English."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter

from conference.base.saying import said_again

_GERMAN = Path(__file__).parent / "locale" / "de" / "cli.po"


def terminal_language(environ: Mapping[str, str]) -> str:
    """ "de" or "en", by the first of LC_ALL, LC_MESSAGES and LANG that is set."""
    chosen = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "de" if chosen.lower().startswith("de") else "en"


def say(text: str, **facts: object) -> str:
    """`text` in the terminal's language, with `facts` in its {places}."""
    if terminal_language(os.environ) == "de":
        text = _messages().get(text, text)
    return text.format(**facts) if facts else text


def say_again(line: str) -> str:
    """A finished English line in the terminal's language, where its pattern is known; else as it is."""
    if terminal_language(os.environ) != "de":
        return line
    said = (said_again(line, text, german) for text, german in _messages().items())
    return next((each for each in said if each is not None), line)


def places(text: str) -> list[str]:
    """The names of the {places} in a text."""
    return [name for _, name, _, _ in Formatter().parse(text) if name]


@cache
def _messages() -> dict[str, str]:
    from babel.messages.pofile import read_po  # only whoever reads German pays for it

    with _GERMAN.open("rb") as stream:
        return {str(message.id): str(message.string) for message in read_po(stream, locale="de") if message.id and message.string}
