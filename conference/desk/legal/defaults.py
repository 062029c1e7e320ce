"""What a form shows before anybody has filled it in: what the conference and its other pages say already. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from conference.access.model import Conference, LegalPage, Page
from conference.base.words import LANGUAGES, say
from conference.desk.legal.wording.easy import BEGINNING

FEDERAL_AUTHORITY = (
    "Die Bundesbeauftragte für den Datenschutz und die Informationsfreiheit, Graurheindorfer Straße 153, 53117 Bonn, "
    "poststelle@bfdi.bund.de"
)
FEDERAL_ARBITRATION = (
    "Schlichtungsstelle nach dem Behindertengleichstellungsgesetz bei dem Beauftragten der Bundesregierung für die Belange von "
    "Menschen mit Behinderungen, Mauerstraße 53, 10117 Berlin, info@schlichtungsstelle-bgg.de, +49 30 18527-2805"
)
CATEGORIES = {
    "de": "Name, E-Mail-Adresse, Organisation, Land und Aufgabe in der Veranstaltung.",
    "en": "Name, e-mail address, organisation, Land and role in the conference.",
}
SHARED = ("body", "email", "phone", "controllers", "basis", "law")
"""What several forms ask for, and one answer serves."""


def defaults_of(page: Page, conference: Conference, pages: Mapping[Page, LegalPage], today: date) -> dict[str, str]:
    """Values by name of input."""
    contact = conference.contact
    host = say(conference.hosts[0]["name"], "de") if conference.hosts else ""
    known = {
        "body": host,
        "email": contact.get("email", ""),
        "phone": contact.get("phone", ""),
        "controllers": "\n".join(say(each["name"], "de") for each in conference.hosts),
        "joint": "yes" if len(conference.hosts) > 1 and page is Page.PRIVACY else "",
        "basis": "public",
        "law": "BGG und BITV 2.0" if page is Page.ACCESSIBILITY else "§ 3 BDSG",
        "log_days": "7",
        "authority": FEDERAL_AUTHORITY,
        "enforcement": FEDERAL_ARBITRATION,
        "status": "partial",
        "assessment": "self",
        "assessed": today.isoformat(),
        "made": today.isoformat(),
        **{f"categories-{code}": text for code, text in CATEGORIES.items()},
    }
    for other in (Page.IMPRINT, Page.PRIVACY):
        row = pages.get(other)
        if row is not None and page is not Page.ACCESSIBILITY:
            known.update({name: row.fields[name] for name in SHARED if row.fields.get(name)})
        elif row is not None:
            known.update({name: row.fields[name] for name in ("body", "email", "phone") if row.fields.get(name)})
    return known


def beginning_of(page: Page, conference: Conference, day: str) -> dict[str, str]:
    """The text in a language that an empty page of the hosts' own words begins with."""
    if page is not Page.EASY:
        return dict.fromkeys(LANGUAGES, "")
    return {"de": BEGINNING.format(title=say(conference.title, "de"), day=day), "en": ""}


def own_words(page: Page, conference: Conference) -> dict[str, Any]:
    """Text and reason as they stand, by name of input."""
    entry: Mapping[str, Any] = conference.legal.get(page.value) or {}
    parts = {"text": entry.get("text"), "reason": entry.get("reason")} if page in (Page.EASY, Page.SIGNED) else {"text": entry}
    return {f"{name}-{code}": (words or {}).get(code, "") for name, words in parts.items() for code in LANGUAGES}
