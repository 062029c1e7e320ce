"""Who sees what, when: one table for all routes and live messages. `tests/doors` walks it, and a route missing here fails.

A door names the states of a conference in which strangers, persons with a role and organisers may pass. `decide` turns
that into a verdict; it is pure, so that every combination can be tried.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

from conference.access.model import State
from conference.people.model import Role

NEVER: frozenset[State] = frozenset()
PUBLIC = frozenset({State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE})
PREVIEW = PUBLIC | {State.DRAFT}
ROOMS = frozenset({State.DOORS, State.LIVE})
AFTERWARDS = frozenset({State.ARCHIVE})
OVER = frozenset({State.CLOSED, State.PURGED})
UNPURGED = PREVIEW | {State.CLOSED}
ALWAYS = UNPURGED | {State.PURGED}


class Standing(Enum):
    """How a viewer stands to a conference."""

    STRANGER = auto()
    PERSON = auto()
    ORGANISER = auto()


class Verdict(Enum):
    PASS = auto()
    NOT_FOUND = auto()
    NOT_YET = auto()
    SIGN_IN = auto()
    FORBIDDEN = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Door:
    """states per standing; roles: a person needs one of these (None: any role); exceptions: after closing the endpoint
    decides per asset whether it remains (results, report); guests: a stranger who gives a name may pass where the session
    lets guests in, so the endpoint decides; programs: a bearer token counts here. Everywhere else it opens nothing. sealed: the
    address itself is the right, whoever comes and whenever; the endpoint checks its seal and else knows nothing. approvers:
    whoever was asked to approve some sheet may pass where people may; the endpoint asks which."""

    strangers: frozenset[State]
    people: frozenset[State]
    organisers: frozenset[State] = UNPURGED
    roles: frozenset[Role] | None = None
    exceptions: bool = False
    guests: bool = False
    programs: bool = False
    sealed: bool = False
    approvers: bool = False


def decide(door: Door, standing: Standing, roles: frozenset[Role], state: State) -> Verdict:
    """The verdict for one viewer at one door in one state of the conference."""
    if door.sealed or (standing is Standing.ORGANISER and state in door.organisers):
        return Verdict.PASS
    if state in door.strangers or (door.exceptions and state in OVER):
        return Verdict.PASS
    entitled = standing is Standing.PERSON and (door.roles is None or bool(roles & door.roles))
    entitled = entitled or (door.approvers and Role.APPROVER in roles)
    if entitled and state in door.people:
        return Verdict.PASS
    if state in OVER and (door.strangers or door.people):
        return Verdict.GONE
    if state is State.DRAFT and standing is Standing.STRANGER:
        return Verdict.NOT_FOUND
    if door.guests and state in ROOMS:
        return Verdict.PASS
    if state in door.people or not (door.strangers or door.people):
        known = standing is not Standing.STRANGER or Role.APPROVER in roles  # whoever came by a link has signed in already
        return Verdict.FORBIDDEN if known else Verdict.SIGN_IN
    return Verdict.NOT_YET


_PAGE = Door(strangers=PUBLIC, people=PREVIEW)
_OPEN = Door(strangers=PUBLIC, people=PUBLIC, organisers=PUBLIC)
_ROOM = Door(strangers=NEVER, people=ROOMS, organisers=PREVIEW, guests=True)
_STREAMS = replace(_ROOM, programs=True)
_RESULTS = Door(strangers=AFTERWARDS, people=AFTERWARDS | {State.LIVE}, exceptions=True)
_LEGAL = Door(strangers=PUBLIC | OVER, people=ALWAYS, organisers=ALWAYS)
_CAPTIONING = frozenset({Role.CAPTIONER, Role.ORGANISER, Role.TECHNICAL_DIRECTOR})
_DESK = Door(strangers=NEVER, people=NEVER, organisers=ALWAYS)
_OWN_CARD = Door(strangers=NEVER, people=PREVIEW, roles=frozenset({Role.INITIATIVE, Role.ORGANISER}))

TABLE: dict[str, Door] = {
    # pages of a conference
    "home": _PAGE,
    "host.logo": _PAGE,
    "program": _PAGE,
    "program.ics": _PAGE,
    "program.changes": _PAGE,
    "schedule": _PAGE,
    "session": _PAGE,
    "session.ics": _PAGE,
    "forums": _PAGE,
    "cards": _PAGE,
    "card": _PAGE,
    "card.media": _PAGE,
    "card.contact": _OPEN,
    # registering; the page itself says whether that is open. One's own registration, also on the waiting list, when there is no
    # role yet: the endpoint asks who it is
    "register": _PAGE,
    "register.mine": _PAGE,
    # how it was, and the proof that one was there; organisers see at any time what people will see
    "survey": Door(strangers=NEVER, people=AFTERWARDS | {State.LIVE}),
    "attendance": Door(strangers=NEVER, people=AFTERWARDS | {State.LIVE}),
    "attendance.pdf": Door(strangers=NEVER, people=AFTERWARDS | {State.LIVE}),
    "card.plays": _OPEN,
    # the owner's pages of a card; the endpoints ask whose card it is
    "card.mine": _OWN_CARD,
    "card.own": _OWN_CARD,
    "card.own.numbers": _OWN_CARD,
    "card.words": _OWN_CARD,
    "card.captions": _OWN_CARD,
    "card.film": _OWN_CARD,
    "card.upload": _OWN_CARD,
    "card.parts": _OWN_CARD,
    "card.preview": _OWN_CARD,
    "card.consent": _OWN_CARD,
    "card.consent.end": _OWN_CARD,
    "card.withdraw": Door(strangers=NEVER, people=NEVER, organisers=NEVER, sealed=True),
    "results": _RESULTS,
    "results.pdf": _RESULTS,
    # collecting, also before and afterwards; the endpoints ask who may add, who edits, and which guests
    "findings": Door(strangers=NEVER, people=PREVIEW, guests=True),
    "findings.code": Door(strangers=NEVER, people=PREVIEW, guests=True),
    # a sheet that is being worked on; the endpoint asks who edits or approves it
    "sheet": Door(strangers=NEVER, people=PREVIEW, approvers=True),
    "results.zip": _RESULTS,
    # publishing a sheet, and PDFs that are brought instead; the endpoints ask who may
    "sheet.publish": Door(strangers=NEVER, people=PREVIEW),
    "sheet.document": Door(strangers=NEVER, people=PREVIEW),
    "report": Door(strangers=AFTERWARDS, people=AFTERWARDS, exceptions=True),
    "report.photo": Door(strangers=AFTERWARDS, people=AFTERWARDS, exceptions=True),
    "legal": _LEGAL,
    "legal.feedback": _LEGAL,
    "easy": _LEGAL,
    "signed": _LEGAL,
    "signed.film": _LEGAL,
    "guest": Door(strangers=ROOMS, people=ROOMS, organisers=PREVIEW),
    # the room and its media
    "room": _ROOM,
    "whip": _STREAMS,
    "whep": _STREAMS,
    # writing captions; the endpoint asks who captions this session
    "captions": Door(strangers=NEVER, people=PREVIEW - AFTERWARDS, organisers=PREVIEW, roles=_CAPTIONING),
    "captions.lines": _STREAMS,
    # testing devices and connection, also days before; guests once they have given their name
    "check": _PAGE,
    # guides for attendees, moderators and initiatives; the office's own
    "help": _PAGE,
    "desk.help": _DESK,
    "check.media": Door(strangers=NEVER, people=PREVIEW - AFTERWARDS, organisers=PREVIEW, guests=True),
    "check.result": Door(strangers=NEVER, people=PREVIEW),
    # what was said in writing, as tables; also afterwards, as long as it is there. The endpoint asks who moderates this session,
    # since some do so by a role and some were made moderators in the room
    "talk.csv": Door(strangers=NEVER, people=PREVIEW),
    # decks and clips: brought by who moderates or speaks in the session, fetched by who may see them; the endpoints ask which
    "slides": Door(strangers=NEVER, people=PREVIEW),
    "slides.piece": Door(strangers=NEVER, people=PREVIEW),
    "slides.file": Door(strangers=NEVER, people=PREVIEW, guests=True),
    # the slides of a closing plenary, drafts among them; the endpoint asks which guests may look and who turns
    "closing": Door(strangers=NEVER, people=PREVIEW, guests=True),
    # organisers' desk
    "desk": _DESK,
    "desk.closing": _DESK,
    "desk.access": _DESK,
    "desk.after.check": _DESK,
    "desk.after": _DESK,
    "desk.after.close": _DESK,
    "desk.after.figures": _DESK,
    "desk.after.purge": _DESK,
    "desk.after.purge.now": _DESK,
    "desk.after.record": _DESK,
    "desk.after.record.txt": _DESK,
    "desk.after.attendance": _DESK,
    "desk.after.attendance.csv": _DESK,
    "desk.after.attendance.pdf": _DESK,
    "desk.after.survey": _DESK,
    "desk.after.survey.csv": _DESK,
    "desk.announcements": _DESK,
    "desk.audit": _DESK,
    "desk.audit.csv": _DESK,
    "desk.calls": _DESK,
    "desk.settings": _DESK,
    "desk.delete": _DESK,
    "desk.copy": _DESK,
    "desk.export": _DESK,
    "desk.import": _DESK,
    "desk.look": _DESK,
    "desk.letters": _DESK,
    "desk.letters.new": _DESK,
    "desk.letters.one": _DESK,
    "desk.letters.check": _DESK,
    "desk.letters.edit": _DESK,
    "desk.letters.template": _DESK,
    "desk.letters.returns": _DESK,
    "desk.people": _DESK,
    "desk.needs": _DESK,
    "desk.registration": _DESK,
    "desk.run": _DESK,
    "desk.run.doors": _DESK,
    "desk.run.emergency": _DESK,
    "desk.run.guests": _DESK,
    "desk.run.later": _DESK,
    "desk.run.move": _DESK,
    "desk.run.room": _DESK,
    "desk.registration.people": _DESK,
    "desk.people.csv": _DESK,
    "desk.people.data": _DESK,
    "desk.people.data.file": _DESK,
    "desk.people.import": _DESK,
    "desk.people.links": _DESK,
    "desk.people.merge": _DESK,
    "desk.people.new": _DESK,
    "desk.people.one": _DESK,
    "desk.studio": _DESK,
    "desk.cards": _DESK,
    "desk.cards.terms": _DESK,
    "desk.cards.reminder": _DESK,
    "desk.card": _DESK,
    "desk.handover": _DESK,
    "desk.handover.zip": _DESK,
    "desk.program": _DESK,
    "desk.program.new": _DESK,
    "desk.program.order": _DESK,
    "desk.program.guests": _DESK,
    "desk.program.publish": _DESK,
    "desk.program.versions": _DESK,
    "desk.program.shift": _DESK,
    "desk.program.schedule": _DESK,
    "desk.program.session": _DESK,
    "desk.program.people": _DESK,
    "desk.report": _DESK,
    "desk.report.photos": _DESK,
    "desk.report.photo": _DESK,
    "desk.results": _DESK,
    "desk.results.look": _DESK,
    "desk.results.look.sheet": _DESK,
    "desk.results.notice": _DESK,
    "desk.ready": _DESK,
    "desk.ready.live": _DESK,
    "desk.legal": _DESK,
    "desk.legal.film": _DESK,
    "desk.legal.paper": _DESK,
    "desk.legal.page": _DESK,
    # live topics and messages
    "live:conference": _PAGE,
    "live:session": _ROOM,
    "live:desk": _DESK,
    "message:room": _ROOM,
    "message:floor": _ROOM,
    "message:hand": _ROOM,
    "message:talk": _ROOM,
    "message:question": _ROOM,
    "message:chat": _ROOM,
    "message:poll": _ROOM,
    "message:slides": _ROOM,
    "message:plenary": _ROOM,
    "message:text": _ROOM,
    "message:signing": _ROOM,
    # who captions is asked with each message, since some have become captioners, or are none any more, since they connected
    "message:caption": _ROOM,
}

# Routes that belong to the installation and open nothing of a conference.
INSTALLATION = frozenset(
    {
        "index", "language", "sign_in", "sign_in.link", "sign_out", "healthz", "readyz", "metrics", "static", "objects",
        "live", "demo.moment", "demo.role", "demo.step", "desk.index", "desk.new", "desk.guides", "favicon", "robots", "slash",
        "me.index", "me.data", "me.data.file", "me.delete", "me.devices", "me.factors", "me.factors.options", "sign_in.factor",
        "sign_in.factor.options", "sign_in.oidc", "sign_in.oidc.back",
    }
)  # fmt: skip
