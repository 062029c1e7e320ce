"""The pages of the pack as HTML: without scripts, with relative links, the same from a folder as from any web server."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from conference.base.words import LANGUAGES, Words
from conference.cards.rules import length_text
from conference.cards.shown import language_name
from conference.desk.handover.contents import Contents, ShownCard, document_path, photo_path
from conference.desk.handover.rules import Here, languages_of
from conference.doors.view import conference_view
from conference.doors.visit import Visit
from conference.initiatives.model import LAENDER
from conference.program.model import Session
from conference.results.content import Content
from conference.results.pages import colour_of, documents_shown, groups_shown
from conference.results.report.pages import report_shown
from conference.results.store import Outcome
from conference.web.render import Rendering

LEGAL = ("imprint", "privacy", "accessibility")

Context = Callable[[Visit], dict[str, Any]]


class Drawing:
    """Draws each page in each of its languages. captions: key in the store -> WebVTT; what is missing is drawn as empty."""

    def __init__(self, contents: Contents, rendering: Rendering, captions: Mapping[str, bytes]) -> None:
        self._contents = contents
        self._rendering = rendering
        self._captions = captions
        self._outcomes = {outcome.session.id: outcome for outcome in contents.outcomes}
        self._pages = self._planned()

    def pages(self) -> dict[str, str]:
        """Path in the pack -> HTML."""
        languages = {name: said for name, (_, said, _) in self._pages.items()}
        drawn = {}
        for name, (template, said, context) in self._pages.items():
            for language in sorted(said):
                here, visit = Here(name, language, languages), self._contents.visit(language)
                drawn[here.path] = self._rendering.html(
                    template, language, here=here, conference=conference_view(visit), menu=self._menu(visit), **context(visit)
                )
        return drawn

    def _planned(self) -> dict[str, tuple[str, frozenset[str], Context]]:
        """Name -> template, languages, what it shows. A page is there in each language that something on it is written in."""
        contents = self._contents
        sessions = contents.program.sessions
        front = languages_of(contents.conference.title, contents.conference.purpose, *(session.title for session in sessions))
        planned: dict[str, tuple[str, frozenset[str], Context]] = {
            "index.html": ("handover/index.html", front, self._index),
            "program.html": ("handover/program.html", front, self._program),
        }
        for session in sessions:
            said = languages_of(session.title, session.question, session.summary, *self._said(session))
            planned[f"sessions/{session.slug}.html"] = ("handover/session.html", said, self._session(session))
        if contents.report is not None:
            said = languages_of(contents.report.title, contents.report.body)
            planned["report.html"] = ("handover/report.html", said, self._report)
        if contents.cards:
            every = [languages_of(card.card.words, card.initiative.aim, card.initiative.about) for card in contents.cards]
            planned["cards.html"] = ("handover/cards.html", frozenset().union(*every), self._cards)
            for card, said in zip(contents.cards, every, strict=True):
                planned[f"cards/{card.initiative.slug}.html"] = ("handover/card.html", said, self._card(card))
        texts = [contents.conference.legal.get(name) for name in LEGAL]
        if any(texts):
            planned["legal.html"] = ("handover/legal.html", languages_of(*texts), self._legal)
        known = frozenset(LANGUAGES)
        return {name: (template, said & known, context) for name, (template, said, context) in planned.items()}

    def _said(self, session: Session) -> list[Words]:
        outcome = self._outcomes.get(session.id)
        if outcome is None or outcome.content is None:
            return []
        return [outcome.content.summary, *(entry.text for entry in outcome.content.entries)]

    def _menu(self, visit: Visit) -> list[dict[str, str]]:
        _ = visit.services.texts[visit.language].gettext
        labels = {
            "index.html": _("Home"),
            "program.html": _("Program"),
            "cards.html": _("Video cards"),
            "report.html": _("Report"),
        }
        return [{"name": name, "label": label} for name, label in labels.items() if name in self._pages]

    def _index(self, visit: Visit) -> dict[str, Any]:
        results = [self._result(visit, outcome) for outcome in self._contents.outcomes]
        return {"results": results, "cards": len(self._contents.cards)}

    def _result(self, visit: Visit, outcome: Outcome) -> dict[str, Any]:
        session = outcome.session
        return {
            "name": f"sessions/{session.slug}.html",
            "title": visit.say(session.title),
            "number": session.number,
            "colour": colour_of(session),
            "key_findings": [visit.say(entry.text) for entry in outcome.content.key_entries] if outcome.content else [],
            "documents": _documents(visit, outcome),
        }

    def _program(self, visit: Visit) -> dict[str, Any]:
        program = self._contents.program
        spoken = type(program)(visit, program.sessions, program.billings, program.rounds)
        return {"days": spoken.timeline()["days"]}

    def _session(self, session: Session) -> Context:
        outcome = self._outcomes.get(session.id)
        content: Content | None = outcome.content if outcome else None

        def context(visit: Visit) -> dict[str, Any]:
            program = self._contents.program
            spoken = type(program)(visit, program.sessions, program.billings, program.rounds)
            return {
                "item": spoken.item(session),
                "summary": visit.say(content.summary) if content else "",
                "initiatives": content.initiatives if content else None,
                "groups": groups_shown(visit, content),
                "starred": content is not None and bool(content.key_entries),
                "documents": _documents(visit, outcome) if outcome else [],
                "corrected": _corrected(visit, outcome) if outcome else None,
            }

        return context

    def _report(self, visit: Visit) -> dict[str, Any]:
        report = self._contents.report
        assert report is not None
        shown = report_shown(visit, report, self._contents.photos, "photos")
        for photo, row in zip(shown["photos"], self._contents.photos, strict=True):
            photo["src"] = photo_path(row)
        return {"report": shown, "results": [self._result(visit, outcome) for outcome in self._contents.outcomes]}

    def _cards(self, visit: Visit) -> dict[str, Any]:
        return {"cards": [self._card_shown(visit, card) for card in self._contents.cards]}

    def _card(self, card: ShownCard) -> Context:
        return lambda visit: {"card": self._card_shown(visit, card)}

    def _card_shown(self, visit: Visit, card: ShownCard) -> dict[str, Any]:
        initiative = card.initiative
        order = sorted(card.captions.items(), key=lambda pair: pair[0] != visit.language)
        return {
            "name": initiative.name,
            "page": f"cards/{initiative.slug}.html",
            "land": LAENDER[initiative.land],
            "aim": visit.say(initiative.aim),
            "about": visit.say(initiative.about),
            "url": initiative.url,
            "example": initiative.example,
            "signed": card.card.signed,
            "length": length_text(card.film.seconds),
            "words": visit.say(card.card.words),
            "seen": visit.say(card.card.seen),
            "film": {"path": card.path(card.rendition), "type": card.rendition.content_type, "bytes": card.rendition.size},
            "tall": card.film.height > card.film.width,
            "poster": card.path(card.poster) if card.poster else None,
            "captions": [
                {"path": card.path(file), "language": language, "label": language_name(language), "data": self._inline(file.key)}
                for language, file in order
            ],
        }

    def _inline(self, key: str) -> str:
        """Browsers read captions out of the page itself also where it lies in a folder, and not in a file beside it."""
        return "data:text/vtt;base64," + base64.b64encode(self._captions.get(key, b"")).decode()

    def _legal(self, visit: Visit) -> dict[str, Any]:
        _ = visit.services.texts[visit.language].gettext
        titles = {"imprint": _("Imprint"), "privacy": _("Privacy"), "accessibility": _("Accessibility")}
        legal = self._contents.conference.legal
        return {"texts": [{"title": titles[name], "text": visit.say(legal.get(name))} for name in LEGAL if legal.get(name)]}


def _documents(visit: Visit, outcome: Outcome) -> list[dict[str, Any]]:
    """As the sheet's page links them, with where they lie in the pack."""
    slug = outcome.session.slug
    shown = documents_shown(visit, outcome)
    return [{**one, "path": document_path(slug, one["href"].rpartition("/")[2].removesuffix(".pdf"))} for one in shown]


def _corrected(visit: Visit, outcome: Outcome) -> dict[str, Any] | None:
    """When the newest version came and what it corrected; None for the first one."""
    version = outcome.version
    return {"at": visit.local(version.public_from), "note": version.note} if version and version.number > 1 else None
