"""What page, panel and live event show of what is being collected. One shape of a line for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import NotAllowed, NotFound, SignInNeeded
from conference.base.words import Words, say
from conference.doors.table import Standing
from conference.doors.visit import Visit, standing_of
from conference.people.model import Role
from conference.program.model import Kind, Round, Session
from conference.program.rules import EARLY
from conference.program.store import rounds_of, session_by_slug
from conference.program.view import kind_word
from conference.results.collecting import rules, store
from conference.results.content import HEADINGS, MOST_KEY_FINDINGS, headings_of
from conference.results.model import Collecting, Finding, ResultsSheet
from conference.results.pages import colour_of
from conference.results.rules import lang_of
from conference.results.store import findings_of, sheet_of

Gettext = Callable[[str], str]
OPEN, EDITORS, CLOSED = "all", "moderators", "closed"
"""Who may add, as the form has it."""


@dataclass(frozen=True)
class Gathering:
    """A session's collecting as one visitor meets it. edits: this visitor edits the sheet; begun: people collect already."""

    session: Session
    sheet: ResultsSheet | None
    rounds: Sequence[Round]
    edits: bool
    begun: bool
    person_id: str | None

    @property
    def adds(self) -> bool:
        return rules.may_add(self.sheet, self.edits, self.begun)

    @property
    def headings(self) -> Mapping[str, Words]:
        return headings_of(self.sheet)


async def session_that_collects(db: AsyncSession, visit: Visit, slug: str) -> Session:
    """Raises NotFound: no such session, or a break."""
    session = await session_by_slug(db, visit.conference.id, slug)
    if session.kind is Kind.BREAK:
        raise NotFound("session", slug=slug)
    return session


async def gathering_for_viewing(db: AsyncSession, visit: Visit, session: Session) -> Gathering:
    """Raises SignInNeeded, NotAllowed."""
    welcome(visit, session)
    rounds = (await rounds_of(db, [session.id])).get(session.id, [])
    viewer = visit.viewer
    return Gathering(
        session=session,
        sheet=await sheet_of(db, session.id),
        rounds=rounds,
        edits=rules.may_edit(viewer.organiser, viewer.held_in(session.id)),
        begun=rules.has_begun(session, visit.state, visit.now),
        person_id=viewer.person.id if viewer.person else None,
    )


def welcome(visit: Visit, session: Session) -> None:
    """Everybody who has a role in the conference, and guests where the session lets them in. Raises SignInNeeded, NotAllowed."""
    if standing_of(visit.viewer) is not Standing.STRANGER:
        return
    if visit.viewer.person is None:
        raise SignInNeeded("sign_in", slug=visit.conference.slug, state=visit.state.value)
    if not session.guests or Role.GUEST not in visit.viewer.all_roles():
        raise NotAllowed("role", slug=visit.conference.slug)


def way_in(visit: Visit, session: Session) -> dict[str, Any] | None:
    """For the session's own page: {href, edits}, or None where this visitor has nothing to add or to read."""
    viewer = visit.viewer
    if session.kind is Kind.BREAK or standing_of(viewer) is Standing.STRANGER:
        return None
    edits = rules.may_edit(viewer.organiser, viewer.held_in(session.id))
    if not edits and not rules.has_begun(session, visit.state, visit.now):
        return None
    return {"href": address_of(visit.conference.slug, session), "edits": edits}


def address_of(slug: str, session: Session) -> str:
    return f"/{slug}/sessions/{session.slug}/findings"


# -- lines -------------------------------------------------------------------------------------------------------------


def line_shown(line: Finding, names: Mapping[str, str], language: str, headings: Mapping[str, Words]) -> dict[str, Any]:
    """What `results/_finding.html` draws. lang: of a text in another language; name: None, or who put their name to it."""
    return {
        "id": line.id,
        "change": line.change,
        "place": line.position,
        "round": line.round,
        "heading": line.heading if line.heading in headings else next(iter(headings)),
        "text": say(line.text, language),
        "lang": lang_of(line.text, language),
        "key": line.key,
        "name": names.get(line.person_id or "") if line.named else None,
    }


async def panel(db: AsyncSession, visit: Visit, found: Gathering, client: str) -> dict[str, Any]:
    """What `results/_findings.html` needs. client: the name of what is added next."""
    lines = await findings_of(db, found.session.id)
    names = await store.names_of(db, lines)
    shown = [line_shown(line, names, visit.language, found.headings) for line in sorted(lines, key=rules.order)]
    own = {line.id for line in lines if rules.may_correct(line, found.person_id, found.adds)}
    return {
        "session": found.session.id,
        "who": found.person_id or "",
        "colour": colour_of(found.session),
        "address": address_of(visit.conference.slug, found.session),
        "change": found.sheet.changes if found.sheet else 0,
        "client": client,
        "edits": found.edits,
        "adds": found.adds,
        "begun": found.begun,
        "why_not": None if found.adds else why_not(visit, found),
        "round": rules.round_at(found.rounds, visit.now),
        "groups": groups_shown(shown, found.headings, visit.language),
        "own": own,
        "longest": rules.LONGEST,
        "count": len(lines),
        "key_count": sum(line.key for line in lines),
        "most_keys": MOST_KEY_FINDINGS,
        "sheet": f"/{visit.conference.slug}/sessions/{found.session.slug}/sheet" if found.edits else None,
        "setting": setting_shown(found) if found.edits else None,
    }


def groups_shown(lines: Iterable[Mapping[str, Any]], headings: Mapping[str, Words], language: str) -> list[dict[str, Any]]:
    """[{key, title, lang (of a title in another language), rounds: [{number, lines}]}]: every heading, with at least one list, so
    that the first line has its place."""
    gathered: dict[str, dict[int | None, list[Mapping[str, Any]]]] = {key: {} for key in headings}
    for line in lines:
        gathered[line["heading"]].setdefault(line["round"], []).append(line)
    return [
        {
            "key": key,
            "title": say(headings[key], language),
            "lang": lang_of(headings[key], language),
            "rounds": [{"number": number, "lines": group} for number, group in (rounds or {None: []}).items()],
        }
        for key, rounds in gathered.items()
    ]


def why_not(visit: Visit, found: Gathering) -> str:
    """Why this visitor cannot add anything now."""
    texts = visit.services.texts[visit.language]
    _: Gettext = texts.gettext
    sheet = found.sheet
    if sheet is not None and sheet.published is not None:
        if sheet.published > visit.now:
            planned = texts.moment(visit.local(sheet.published))
            return _("The sheet is finished and will be published on {moment}. Nothing more can be added.").format(moment=planned)
        return _("The results have been published. Nothing more can be added.")
    if sheet is not None and sheet.closed is not None:
        return _("The collecting has ended. What was collected stands here.")
    if sheet is not None and sheet.collecting is Collecting.MODERATORS:
        return _("Here the moderation writes down what is said.")
    opens = visit.local(max(found.session.starts - EARLY, visit.times.doors))
    return _("You can add something from {moment} on.").format(moment=texts.moment(opens))


def setting_shown(found: Gathering) -> dict[str, Any]:
    """For who edits: who may add, and the headings, with empty places for more of them."""
    headings = [{"key": key, "de": title.get("de", ""), "en": title.get("en", "")} for key, title in found.headings.items()]
    empty = {"key": "", "de": "", "en": ""}
    return {
        "who": who_adds(found.sheet),
        "headings": headings + [empty] * min(2, rules.MOST_HEADINGS - len(headings)),
        "longest": rules.HEADING_LENGTH,
        "own": found.sheet is not None and found.sheet.headings is not None and found.headings != HEADINGS,
    }


def who_adds(sheet: ResultsSheet | None) -> str:
    if sheet is None:
        return OPEN
    return CLOSED if sheet.closed is not None else sheet.collecting.value


async def page_head(visit: Visit, found: Gathering) -> dict[str, Any]:
    """The session as the page's head names it."""
    session = found.session
    return {
        "kind": kind_word(visit, session.kind),
        "number": session.number,
        "colour": colour_of(session),
        "title": visit.say(session.title),
        "question": visit.say(session.question),
        "href": f"/{visit.conference.slug}/sessions/{session.slug}",
    }


# -- what a page has missed --------------------------------------------------------------------------------------------


def told(
    sheet: ResultsSheet | None,
    session_id: str,
    change: int,
    lines: Iterable[Finding],
    names: Mapping[str, str],
    language: str,
    draw: Callable[[Mapping[str, Any]], str],
) -> dict[str, Any]:
    """The data of the live event, and the answer to "what is newer than": the lines with their HTML, or that they are gone."""
    headings = headings_of(sheet)
    drawn = []
    for line in lines:
        if line.gone is not None:
            drawn.append({"id": line.id, "change": line.change, "gone": True})
            continue
        shown = line_shown(line, names, language, headings)
        place = {name: shown[name] for name in ("id", "change", "heading", "round", "place", "key")}
        drawn.append({**place, "gone": False, "fresh": line.changed is None, "html": draw(shown)})
    return {
        "session": session_id,
        "change": change,
        "open": rules.takes_findings(sheet),
        "headings": [{"key": key, "title": say(title, language)} for key, title in headings.items()],
        "lines": drawn,
    }
