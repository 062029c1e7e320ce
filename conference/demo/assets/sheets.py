"""The results sheets of the 2021 forums as tagged PDFs, set from the conference file as the program sets them."""

import asyncio
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from conference.program.model import Kind
from conference.program.view import word_of_kind
from conference.results.content import HEADINGS, Content, Entry, Group, Named
from conference.results.setting.drawing import drawn
from conference.results.setting.press import press
from conference.results.setting.shape import Look, Occasion
from conference.web.texts import Language, read_texts

from .places import DEMO, conference_of


def make_sheets() -> None:
    """Write one PDF for each results document that the file of 2021 names."""
    document = conference_of("2021")
    for session in document["sessions"]:
        for results in session["results"]:
            target = DEMO / "2021" / results["file"]
            target.parent.mkdir(exist_ok=True)
            target.write_bytes(sheet_of(document["conference"], session, results))


def sheet_of(conference: dict[str, Any], session: dict[str, Any], results: dict[str, Any]) -> bytes:
    """The sheet as PDF/UA-1."""
    language = read_texts()["de"]
    occasion = _occasion_of(conference, session, results, language)
    data, missing = drawn(_content_of(session), occasion, Look(), language)
    assert missing == ()
    files, _pages = asyncio.run(press(data, made=occasion.made))
    return files[0]


def _occasion_of(conference: dict[str, Any], session: dict[str, Any], results: dict[str, Any], language: Language) -> Occasion:
    starts = datetime.fromisoformat(session["starts"]).replace(tzinfo=ZoneInfo(conference["zone"]))
    return Occasion(
        language="de",
        conference=conference["title"]["de"],
        kind=word_of_kind(language, Kind(session["kind"])),
        number=session["number"],
        day=language.day(starts),
        place=language.gettext("online"),
        made=starts,
        example=results["example"],
    )


def _content_of(session: dict[str, Any]) -> Content:
    found = list(enumerate(session["findings"]))
    return Content(
        title=session["title"],
        question=session["question"],
        summary={},
        people=tuple(
            Named(one["role"], {"de": ", ".join(filter(None, [one["name"], *_standing(one)]))}) for one in session["people"]
        ),
        initiatives=None,
        groups=tuple(
            Group(key, title, tuple(Entry(str(at), one["text"], one["key"]) for at, one in found if one["heading"] == key))
            for key, title in HEADINGS.items()
        ),
    )


def _standing(person: dict[str, Any]) -> list[str | None]:
    return [(person[key] or {}).get("de") for key in ("title", "affiliation")]
