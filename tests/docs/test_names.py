"""What the guides print in bold is a name, and pages call it so: a button that is renamed is renamed in the guides as well."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

import conference
from conference.desk.help import GUIDES
from tests.docs.test_guides import text_of

CATALOGUES = Path(conference.__file__).parent / "locale" / "de"
BOLD = re.compile(r"\*\*(.+?)\*\*")
PLACE = re.compile(r"\\\{\w+\\\}")


def messages() -> Iterable[Message]:
    for file in sorted(CATALOGUES.glob("*.po")):
        with file.open("rb") as opened:
            yield from (message for message in read_po(opened, locale="de") if message.id)


def texts(of: object) -> list[str]:
    """One text, or those for one and for several."""
    return [of] if isinstance(of, str) else [str(each) for each in of] if isinstance(of, (list, tuple)) else []


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"de": set(), "en": set()}
    for message in messages():
        found["en"].update(texts(message.id))
        found["de"].update(texts(message.string))
    return found


def names_in(text: str) -> set[str]:
    plain = re.sub(r"```.*?```", "", text, flags=re.S)
    return {name.rstrip(".,:") for name in BOLD.findall(re.sub(r"\n *(?=\S)", " ", plain))}


def patterns(names: Iterable[str]) -> list[re.Pattern[str]]:
    """Names with places ("Send to {n} people"), for guides that say "Send to 30 people". Those with hardly a word of their own
    would fit everything, and are left out."""
    with_places = (name for name in names if "{" in name and len(re.sub(r"\{\w+\}|\W", "", name)) > 3)
    return [re.compile(PLACE.sub(".+", re.escape(name))) for name in with_places]


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_name_in_bold_stands_on_a_page(known: dict[str, set[str]], language: str) -> None:
    fitting = patterns(known[language])
    for guide in GUIDES:
        unknown = names_in(text_of(guide, language)) - known[language]
        assert [name for name in sorted(unknown) if not any(each.fullmatch(name) for each in fitting)] == [], guide


@pytest.mark.parametrize("guide", GUIDES)
def test_both_languages_name_about_as_many(guide: str) -> None:
    """A section that was changed in one language only shows here first."""
    german, english = (len(names_in(text_of(guide, language))) for language in ("de", "en"))
    assert abs(german - english) <= max(3, german // 10)
