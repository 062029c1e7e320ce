"""The results sheets of the 2021 forums as tagged PDFs, set by Typst from the conference file."""

import json
from datetime import datetime
from typing import Any

import typst

from .places import DEMO, FONTS, ROOT, conference_of

TEMPLATE = ROOT / "templates" / "results" / "sheet.typ"
HEADINGS = {"topics": "Themen", "practice": "Best Practice", "ideas": "Ideen"}
ROLES = {"impulse": "Impuls", "moderator": "Moderation"}
EXAMPLE = (
    "Beispielblatt für eine Vorführung: Einträge mit dem Wort „Beispiel“ sind erfunden, "
    "die übrigen geben den veröffentlichten Bericht in eigenen Worten wieder."
)
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)
DAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")


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
    starts = datetime.fromisoformat(session["starts"])
    data = {
        "language": "de",
        "title": results["title"]["de"],
        "conference": conference["title"]["de"],
        "motto": conference["motto"]["de"],
        "date": f"{DAYS[starts.weekday()]}, {starts.day}. {MONTHS[starts.month - 1]} {starts.year}",
        "forum": session["number"],
        "name": session["title"]["de"],
        "question": session["question"]["de"],
        "people": [
            {"role": ROLES[person["role"]], "text": ", ".join(filter(None, [person["name"], *_standing(person)]))}
            for person in session["people"]
        ],
        "headings": [
            {
                "title": title,
                "findings": [
                    {"text": finding["text"]["de"], "key": finding["key"]}
                    for finding in session["findings"]
                    if finding["heading"] == heading
                ],
            }
            for heading, title in HEADINGS.items()
        ],
        "legend": "Zentrale Erkenntnis",
        "mark": "Beispiel" if results["example"] else "",
        "example": EXAMPLE if results["example"] else "",
    }
    made: bytes = typst.compile(
        str(TEMPLATE),
        format="pdf",
        pdf_standards=["ua-1"],
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(data, ensure_ascii=False)},
        timestamp=int(starts.timestamp()),
    )
    return made


def _standing(person: dict[str, Any]) -> list[str | None]:
    return [(person[key] or {}).get("de") for key in ("title", "affiliation")]
