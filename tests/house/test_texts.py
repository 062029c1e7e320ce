"""Both languages are complete: every text in templates and Python has its German, and nothing translated is unused."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from conference.web.texts import LOCALES, read_texts

ROOT = Path(__file__).parents[2]
METHODS = [("conference/**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
PLACES = re.compile(r"%\(\w+\)s|\{\w*\}")


def texts() -> dict[str, str]:
    """Every text of the interface -> where it stands."""
    found: dict[str, str] = {}
    for folder, methods in (("conference", METHODS[:1]), ("templates", METHODS[1:])):
        rules = [(pattern.partition("/")[2], method) for pattern, method in methods]
        options = {"**.html": {"trimmed": "true", "silent": "false"}}
        for file, line, message, _comments, _context in extract_from_dir(
            str(ROOT / folder), rules, options_map=options, keywords=KEYWORDS, strip_comment_tags=True
        ):
            if "assets" not in file:
                found[message if isinstance(message, str) else message[0]] = f"{folder}/{file}:{line}"
    return found


def test_every_text_is_there_in_german() -> None:
    german = read_texts()["de"]
    missing = {
        message: where
        for message, where in texts().items()
        if german.gettext(message) == message and german.ngettext(message, "\0", 2) == "\0" and message not in SAME
    }
    assert missing == {}


def test_no_translation_has_lost_or_invented_a_placeholder() -> None:
    german = read_texts()["de"]
    for message in texts():
        translated = german.gettext(message)
        assert sorted(PLACES.findall(translated)) == sorted(PLACES.findall(message)), message


def test_a_text_has_one_translation() -> None:
    german = read_texts()["de"]
    for file in sorted((LOCALES / "de").glob("*.po")):
        with file.open("rb") as stream:
            for message in read_po(stream):
                if isinstance(message.id, str) and message.id and message.string:
                    assert german.gettext(message.id) == message.string, f"{file.name}: {message.id}"


def test_nothing_is_translated_that_nobody_says() -> None:
    said = texts()
    for file in sorted((LOCALES / "de").glob("*.po")):
        if file.name == "cli.po":  # the terminal's, in part the patterns of what libraries say: tests/processes/test_words.py
            continue
        with file.open("rb") as stream:
            ids = [m.id[0] if isinstance(m.id, tuple | list) else m.id for m in read_po(stream) if m.id]
        assert [one for one in ids if one not in said] == [], file.name


# Words that are the same in both languages.
SAME = {
    "Forum",
    "Initiative",
    "Name",
    "Land",
    "Video",
    "Organisation",
    "Moderation",
    "Film",
    "Film: {name}",
    "online",
    "Chat",
}
