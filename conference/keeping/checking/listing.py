"""The list of what is asked from outside once a conference is closed: every public address, what it has in the store, signed
addresses, live sockets and calls; and what is to stay.

Addresses are written down here as the outside has them, not taken from the routes: a door that somebody adds and forgets here is
found by tests/keeping/checking/test_listing.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference, LegalPage
from conference.access.rules import state_at
from conference.access.store import times_of
from conference.base.errors import NotFound
from conference.base.storage import FolderStorage
from conference.cards.consent.links import withdrawal_path
from conference.cards.model import Card, CardFile, CardFilm, FileRole
from conference.cards.rules import public_name
from conference.doors.view import logo_href
from conference.forums.slides.model import Piece
from conference.forums.slides.rules import NAMES
from conference.initiatives.model import Initiative
from conference.initiatives.store import initiatives_in
from conference.keeping.checking.rules import Kind, Probe
from conference.keeping.rows import objects_of
from conference.program.model import Session
from conference.program.store import sessions_of
from conference.results.model import ReportPhoto, ResultsDocument
from conference.results.store import SET_PDF, Outcome, what_remains
from conference.web.services import Services

SIGNED_SECONDS = 1
OVER_AFTER = 3.0
"""Seconds after which an address that was signed for one second is over, also by a clock that is a little off."""
OF_CONFERENCE = (
    "", "program", "program/changes", "forums", "cards", "check", "check/ways", "my-card", "register", "register/mine", "survey",
    "attendance", "attendance.pdf", "help", "help/attendee",
)  # fmt: skip
OF_SESSION = (
    "", "/room", "/guest", "/findings", "/findings/code.svg", "/slides", "/captions", "/closing", "/sheet", "/sheet/preview",
    "/sheet/preview.json", "/sheet/review", "/sheet/history", "/sheet/publish", "/sheet/document", "/sheet/export.docx",
    "/talk/questions.csv", "/talk/chat.csv", "/talk/polls.csv",
)  # fmt: skip
OF_CARD = ("", "/contact", "/own", "/own/words", "/own/consent", "/own/film", "/own/numbers")
OF_LEGAL = ("legal/imprint", "legal/privacy", "legal/accessibility", "easy", "signed")
OF_DESK = ("", "/people", "/people.csv", "/results", "/audit.csv")
OFFER = "\r\n".join(
    (
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0", "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0", "a=mid:0", "a=recvonly", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2", "a=ice-ufrag:outs",
        "a=ice-pwd:asked-from-outside-and-nobody", "a=setup:actpass", f"a=fingerprint:sha-256 {':'.join(['00'] * 32)}", "",
    )
)  # fmt: skip
"""What a program that only listens offers."""


@dataclass(frozen=True)
class Lent:
    """What is made for one look and worthless after it. tokens: session id -> secret of a bearer token that is valid; link: of a
    person without rights, None where nobody is left."""

    tokens: dict[str, str] = field(default_factory=dict)
    link: str | None = None


async def probes_of(services: Services, db: AsyncSession, conference: Conference, lent: Lent) -> list[Probe]:
    """All that is to be asked of this conference now, each address once."""
    now = services.clock.now()
    sessions = await sessions_of(db, conference.id, hidden=True)
    outcomes, report = await what_remains(db, conference, state_at(times_of(conference), now), now)
    photos = list(await db.exec(select(ReportPhoto.id).where(ReportPhoto.conference_id == conference.id)))
    staying = list(_staying(_at(services, conference), outcomes, photos if report else None))
    every = [
        *_logos(services, conference),
        *_pages(_at(services, conference), sessions, [each.slug for each in await initiatives_in(db, conference.id)]),
        *_results(_at(services, conference), sessions, await _documents(db, conference.id), photos),
        *await _cards(services, db, conference),
        *await _pieces(_at(services, conference), db, sessions),
        *await _objects(services, db, conference),
        *_calls(services, conference, sessions, lent),
        *await _legal(_at(services, conference), db, conference),
    ]
    asked: dict[tuple[str, tuple[str, ...]], Probe] = {}
    for probe in (*staying, *every):  # the first counts: what stays is not asked as what goes
        asked.setdefault((probe.address, tuple(probe.topics)), probe)
    return list(asked.values())


def _at(services: Services, conference: Conference) -> str:
    return f"{services.settings.base_url}/{conference.slug}"


def _logos(services: Services, conference: Conference) -> Iterator[Probe]:
    for host in conference.hosts:
        if host.get("logo"):
            yield Probe(Kind.PICTURE, services.settings.base_url + logo_href(conference, host["logo"]))


def _pages(base: str, sessions: Sequence[Session], initiatives: Iterable[str]) -> Iterator[Probe]:
    """Pages, calendars and schedules. Search engines are told that they are gone."""
    for path in OF_CONFERENCE:
        yield Probe(Kind.PAGE, f"{base}/{path}", hidden=True)
    for session in sessions:
        for path in OF_SESSION:
            yield Probe(Kind.PAGE, f"{base}/sessions/{session.slug}{path}", hidden=True)
        yield Probe(Kind.CALENDAR, f"{base}/sessions/{session.slug}.ics")
    for slug in initiatives:
        for path in OF_CARD:
            yield Probe(Kind.PAGE, f"{base}/cards/{slug}{path}", hidden=True)
    yield Probe(Kind.CALENDAR, f"{base}/program.ics")
    yield from (Probe(Kind.SCHEDULE, f"{base}/schedule.{kind}") for kind in ("xml", "json"))
    origin, _, slug = base.rpartition("/")
    yield from (Probe(Kind.DESK, f"{origin}/desk/{slug}{path}") for path in OF_DESK)


def _results(
    base: str, sessions: Iterable[Session], documents: Iterable[tuple[str, str]], photos: Iterable[str]
) -> Iterator[Probe]:
    """What is published of results; that which is to stay is taken out of it by its address."""
    for session in sessions:
        yield Probe(Kind.PAGE, f"{base}/sessions/{session.slug}/results", hidden=True)
        yield Probe(Kind.PDF, f"{base}/sessions/{session.slug}/results/{SET_PDF}.pdf")
    for slug, name in documents:
        yield Probe(Kind.PDF, f"{base}/sessions/{slug}/results/{name}.pdf")
    yield Probe(Kind.PDF, f"{base}/results.zip")
    yield Probe(Kind.PAGE, f"{base}/report", hidden=True)
    yield from (Probe(Kind.PICTURE, f"{base}/report/photos/{photo}.jpg") for photo in photos)


def _staying(base: str, outcomes: Sequence[Outcome], photos: Sequence[str] | None) -> Iterator[Probe]:
    """What was decided to stay: the farewell page links to these. photos: of the report; None where that does not stay."""
    files = 0
    for outcome in outcomes:
        at = f"{base}/sessions/{outcome.session.slug}/results"
        names = {document.document for document in outcome.documents}
        if outcome.version is not None and outcome.version.size is not None:
            names.add(SET_PDF)
        if outcome.sheet is not None:
            yield Probe(Kind.RESULT, at)
        yield from (Probe(Kind.RESULT, f"{at}/{name}.pdf") for name in sorted(names))
        files += len(names)
    if files:
        yield Probe(Kind.RESULT, f"{base}/results.zip")
    if photos is not None:
        yield Probe(Kind.REPORT, f"{base}/report")
        yield from (Probe(Kind.REPORT, f"{base}/report/photos/{photo}.jpg") for photo in photos)


async def _documents(db: AsyncSession, conference_id: str) -> list[tuple[str, str]]:
    query = select(Session.slug, ResultsDocument.document).join(Session, col(Session.id) == ResultsDocument.session_id)
    return [(slug, name) for slug, name in await db.exec(query.where(ResultsDocument.conference_id == conference_id))]


async def _cards(services: Services, db: AsyncSession, conference: Conference) -> list[Probe]:
    """Films, pictures and captions under their public names and as their owners look at them beforehand; and the owners' links,
    which withdraw a card also now. Those are secret, so they are kept without their seal."""
    base, found = _at(services, conference), []
    query = (
        select(Initiative.slug, Card.id, CardFile)
        .join(Card, col(Card.initiative_id) == Initiative.id)
        .outerjoin(CardFile, col(CardFile.card_id) == Card.id)
        .where(Card.conference_id == conference.id)
    )
    cards = set()
    for slug, card, file in await db.exec(query):
        cards.add(card)
        if file is not None and (name := public_name(file)) is not None:
            kind = Kind.PICTURE if file.role is FileRole.POSTER else Kind.FILM
            found.append(Probe(kind, f"{base}/cards/{slug}/media/{name}"))
            found.append(Probe(kind, f"{base}/cards/{slug}/films/{file.film_id}/{name}"))
    films = select(Initiative.slug, CardFilm.id).join(Card, col(Card.initiative_id) == Initiative.id)
    films = films.join(CardFilm, col(CardFilm.card_id) == Card.id).where(Card.conference_id == conference.id)
    found += [Probe(Kind.PAGE, f"{base}/cards/{slug}/own/films/{film}", hidden=True) for slug, film in await db.exec(films)]
    for card in sorted(cards):
        address = services.settings.base_url + withdrawal_path(services, conference.slug, card)
        found.append(Probe(Kind.WITHDRAWAL, address, shown=f"{base}/cards/withdraw/{card}", hidden=True))
    return found


async def _pieces(base: str, db: AsyncSession, sessions: Iterable[Session]) -> list[Probe]:
    """Decks and clips with their captions."""
    slugs = {session.id: session.slug for session in sessions}
    found = []
    for piece in await db.exec(select(Piece).where(col(Piece.session_id).in_(slugs))):
        at = f"{base}/sessions/{slugs[piece.session_id]}/slides/{piece.id}"
        names = [NAMES.get(piece.content_type, "deck.pdf"), *(["captions.vtt"] if piece.captions_key else [])]
        found += [Probe(Kind.PAGE, at, hidden=True), *(Probe(Kind.SLIDES, f"{at}/{name}") for name in names)]
    return found


async def _objects(services: Services, db: AsyncSession, conference: Conference) -> list[Probe]:
    """Everything in the store, without a signature and by one that is over: signed for a second, and asked for after that."""
    found, storage, origin = [], services.storage, services.settings.base_url
    for key, _upload in await objects_of(db, conference):
        signed = storage.sign_get(key, SIGNED_SECONDS)
        address = signed if storage.public_origin else origin + signed
        bare = address.partition("?")[0]
        found.append(Probe(Kind.OBJECT, bare))
        found.append(Probe(Kind.SIGNED, address, shown=bare, after=OVER_AFTER))
        if isinstance(storage, FolderStorage) and storage.accel:
            with suppress(NotFound):  # where the web server in front reads the folder: for itself alone
                found.append(Probe(Kind.OBJECT, origin + (await storage.located(key))[1]))
    return found


def _calls(services: Services, conference: Conference, sessions: Iterable[Session], lent: Lent) -> Iterator[Probe]:
    """Live sockets of the conference and each room, sound and picture by a valid token, and a person's link."""
    base, origin = _at(services, conference), services.settings.base_url
    live = f"{origin}/live?c={conference.slug}"
    whole = [f"{word}:{conference.id}" for word in ("conference", "board", "timeline", "closing", "desk")]
    yield Probe(Kind.LIVE, live, topics=whole)
    for session in sessions:
        topics = [f"{word}:{session.id}" for word in ("session", "findings")]
        yield Probe(Kind.LIVE, live, shown=f"{live} {session.slug}", topics=topics)
    offers = {"Content-Type": "application/sdp", "Accept": "application/sdp"}
    for session in sessions:
        token = {"Authorization": f"Bearer {lent.tokens[session.id]}"} if session.id in lent.tokens else {}
        for word in ("whip", "whep"):
            yield Probe(Kind.CALL, f"{base}/sessions/{session.slug}/{word}", method="POST", headers=offers | token, body=OFFER)
    yield Probe(Kind.CALL, f"{base}/check/whep", method="POST", headers=offers, body=OFFER)
    if lent.link is not None:
        yield Probe(Kind.LINK, f"{origin}/sign-in/{lent.link}", shown=f"{origin}/sign-in/...", hidden=True)


async def _legal(base: str, db: AsyncSession, conference: Conference) -> list[Probe]:
    """The texts that the law asks for, and the film in sign language."""
    paths = [*OF_LEGAL, *(["legal/notice"] if conference.legal.get("notice") else [])]
    films = select(LegalPage).where(LegalPage.conference_id == conference.id, col(LegalPage.film_key).is_not(None))
    for row in await db.exec(films):
        paths.append(f"signed/film.{'webm' if row.film_type == 'video/webm' else 'mp4'}")
        paths += ["signed/captions.vtt"] if row.film_captions else []
    return [Probe(Kind.LEGAL, f"{base}/{path}") for path in paths]
