"""What the page of one session shows besides its form: who takes part, what waits to be published, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from conference.desk.editing.view import Editor
from conference.desk.editing.words import part_words
from conference.doors.visit import Visit
from conference.doors.words import role_word
from conference.program.casting import SILENT, Part, role_of
from conference.program.drafts import is_direct
from conference.program.model import Kind
from conference.program.view import billing_word


def one_page(editor: Editor, slug: str) -> dict[str, Any]:
    """Raises NotFound."""
    visit, known = editor.visit, editor.one(slug)
    plan, words = known.plan, visit.services.texts[visit.language]
    _ = words.gettext
    emails = {person.id: person.email for _held, person in editor.held}
    named = [
        asdict(each)
        | {"number": number, "role": billing_word(visit, each.role), "email": emails.get(each.person_id or "", "")}
        | {"invited": each.person_id is not None, "title": visit.say(each.title), "affiliation": visit.say(each.affiliation)}
        for number, each in enumerate(plan.people)
    ]
    implied = {(each.person_id, role_of(Part(each.role))) for each in plan.people if each.role in {part.value for part in Part}}
    silent = [
        {"id": row.id, "name": person.name, "email": person.email, "role": role_word(words, row.role)}
        for row, person in editor.held
        if row.session_id == known.session.id and (person.id, row.role) not in implied
    ]
    slides = f"/{visit.conference.slug}/sessions/{slug}/slides"
    sheet = f"/{visit.conference.slug}/sessions/{slug}/sheet"
    return {
        "title": visit.say(plan.title) or slug,
        "named": named,
        "silent": silent,
        "version": known.session.version,
        "drafted": known.drafted,
        "direct": is_direct(visit.state),
        "hidden": plan.hidden,
        "was_public": not known.public.hidden,
        "faults": [each for each in editor.faults() if slug in each["href"].rpartition("/")[2:]],
        "parts": [{"value": part.value, "label": label} for part, label in part_words(_).items()],
        "silent_parts": sorted(part.value for part in SILENT),
        "known": sorted({(person.email, person.name) for _held, person in editor.held if person.email}),
        "href": f"/{visit.conference.slug}/sessions/{slug}",
        "slides": slides,
        "sheet": sheet if known.session.kind is not Kind.BREAK else None,
    }


def entered_of(visit: Visit, fields: Mapping[str, str]) -> list[dict[str, str]]:
    """Fields of the form that somebody else has filled otherwise: [{label, text}]."""
    _ = visit.services.texts[visit.language].gettext
    labels = {
        "title_de": _("Title"),
        "title_en": _("Title in English"),
        "question_de": _("Guiding question"),
        "question_en": _("Guiding question in English"),
        "summary_de": _("Summary"),
        "summary_en": _("Summary in English"),
        "where_de": _("Address on site"),
        "where_en": _("Address on site in English"),
        "kind": _("Kind"),
        "number": _("Number"),
        "day": _("Day"),
        "starts": _("Begins at"),
        "ends": _("Ends at"),
        "floor": _("How open the floor is"),
        "place": _("Place"),
        "room": _("Room"),
        "places": _("Places"),
        "guests": _("Guests"),
        "rounds": _("Rounds"),
    }
    return [{"label": labels[name], "text": text or _("(empty)")} for name, text in fields.items()]
