"""Inviting, roles, signing in and out, links, devices, tokens."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import col, select

from conference.access.model import Conference
from conference.base import audit
from conference.base.clock import Clock
from conference.base.db import Work
from conference.base.editions import locked, next_edition
from conference.base.errors import Conflict, Invalid, NotAllowed, SignInNeeded
from conference.base.ids import Ids, digest
from conference.live.outbox import Outbox
from conference.people.accounts.model import SignInFlow
from conference.people.model import (
    AccessToken,
    BrowserSession,
    Feed,
    Person,
    Role,
    RoleHeld,
    SignedIn,
    SignInLink,
    SignInWay,
)
from conference.people.store import normal_email, organisers_of, person_in, roles_of

BROWSER_DAYS = 60
LONGEST_NAME = 120
BROWSERS = "browsers"  # the topic of what concerns sockets rather than people; nobody can subscribe to it
REVOKED = "person.revoked"
DEVICE_ENDED = "device.ended"
ROLES_CHANGED = "roles.changed"


def real_now(clock: Clock) -> datetime:
    """The machine's time as an instant: what leases, cookies and tokens go by, also in a demo with a shifted clock."""
    return datetime.fromtimestamp(clock.real(), UTC)


async def put_person(
    work: Work,
    ids: Ids,
    *,
    conference_id: str | None,
    name: str,
    email: str,
    roles: Iterable[tuple[Role, str | None]],
    initiative_id: str | None = None,
    land: str = "",
    simulated: bool = False,
) -> Person:
    """Create the person with this address in the conference, or bring name, initiative and roles up to date.

    roles: (role, session id or None for the whole conference); they replace those held before. Raises Invalid.
    """
    name = clean_name(name)
    email = normal_email(email)
    if "@" not in email or len(email) > 254:
        raise Invalid("email", value=email)
    person = await person_in(work.session, conference_id, email)
    if person is None:
        person = Person(id=ids.new(), conference_id=conference_id, name=name, email=email, created=work.now)
    person.name, person.initiative_id, person.land, person.simulated = name, initiative_id, land, simulated
    work.session.add(person)
    await work.session.flush()  # roles refer to the person
    held = {
        (row.role, row.session_id): row
        for row in (await work.session.exec(select(RoleHeld).where(RoleHeld.person_id == person.id))).all()
    }
    wanted = set(roles)
    for key, row in held.items():
        if key not in wanted:
            await work.session.delete(row)
    for role, session_id in sorted(wanted - held.keys(), key=lambda key: (key[0], key[1] or "")):
        work.session.add(RoleHeld(id=ids.new(), person_id=person.id, role=role, session_id=session_id))
    return person


def clean_name(name: str) -> str:
    """A name as people may write it: one line, no control or direction characters. Raises Invalid."""
    name = " ".join(
        "".join(c for c in name if c.isprintable() and c not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069").split()
    )
    if not name or len(name) > LONGEST_NAME:
        raise Invalid("name", longest=LONGEST_NAME)
    return name


async def issue_link(work: Work, ids: Ids, person_id: str) -> str:
    """A fresh personal link's secret. Links given out before stay valid."""
    secret = ids.secret()
    work.session.add(SignInLink(digest=digest(secret), person_id=person_id, created=work.now))
    return secret


async def give_role(
    work: Work, outbox: Outbox, ids: Ids, person: Person, role: Role, *, session_id: str | None = None, by: str | None
) -> bool:
    """Let the person hold the role as well, in one session or in the whole conference. False: they hold it already."""
    person = await locked(work, Person, person.id)
    held = await roles_of(work.session, person.id)
    if any((row.role, row.session_id) == (role, session_id) for row in held):
        return False
    work.session.add(RoleHeld(id=ids.new(), person_id=person.id, role=role, session_id=session_id))
    _note_role(work, outbox, "role given", person, role, session_id, by)
    return True


async def take_role(
    work: Work, outbox: Outbox, person: Person, role: Role, *, session_id: str | None = None, by: str | None
) -> bool:
    """The person holds the role no longer. False: they did not hold it.

    Raises NotAllowed("own_role") when organisers would take their own right away, Conflict("last_organiser") when nobody of the
    conference would be left who has it.
    """
    if role is Role.ORGANISER and session_id is None:
        await may_stop_organising(work, person, by=by)
    person = await locked(work, Person, person.id)
    rows = [row for row in await roles_of(work.session, person.id) if (row.role, row.session_id) == (role, session_id)]
    for row in rows:
        await work.session.delete(row)
    if rows:
        _note_role(work, outbox, "role taken", person, role, session_id, by)
    return bool(rows)


async def may_stop_organising(work: Work, person: Person, *, by: str | None) -> None:
    """Ask before an organiser loses the role, or is deleted. Raises as `take_role`. Two who take each other's wait in a row."""
    if person.conference_id is not None:
        # The weaker lock: whatever only refers to the conference, as a seat that is just taken, does not wait.
        held = select(Conference.id).where(Conference.id == person.conference_id)
        await work.session.exec(held.with_for_update(key_share=True))
    organisers = await organisers_of(work.session, person.conference_id)
    if person.id not in {each.id for each in organisers}:
        return
    if person.id == by:
        raise NotAllowed("own_role")
    if len(organisers) == 1:
        raise Conflict("last_organiser")


def _note_role(work: Work, outbox: Outbox, act: str, person: Person, role: Role, session_id: str | None, by: str | None) -> None:
    next_edition(person, by)  # whoever has the person's form open sees roles that are others by now
    work.session.add(person)
    audit.record(
        work, act, conference_id=person.conference_id, person_id=by, person=person.id, role=role.value, session=session_id
    )  # fmt: skip
    if person.conference_id is not None:
        tell_roles(work, outbox, person.conference_id)


async def revoke(work: Work, outbox: Outbox, person_id: str, *, by: str | None = None) -> None:
    """None of the person's links and signed-in browsers is worth anything from now on; open sockets end. A new link can be
    issued at any time."""
    now = work.now
    await work.session.exec(
        update(SignInLink).where(col(SignInLink.person_id) == person_id, col(SignInLink.revoked).is_(None)).values(revoked=now)
    )
    await work.session.exec(delete(SignedIn).where(col(SignedIn.person_id) == person_id))
    await work.session.exec(delete(SignInFlow).where(col(SignInFlow.person_id) == person_id))
    await work.session.exec(
        update(AccessToken).where(col(AccessToken.person_id) == person_id, col(AccessToken.revoked).is_(None)).values(revoked=now)
    )
    person = await work.session.get(Person, person_id)
    conference_id = person.conference_id if person is not None else None
    audit.record(work, "links revoked", conference_id=conference_id, person_id=by, person=person_id)
    outbox.tell(work, BROWSERS, REVOKED, conference_id=None, person=person_id)


async def end_device(work: Work, outbox: Outbox, browser: str, people: Collection[Person], *, by: str | None) -> bool:
    """The browser (the digest of its cookie) is none of these people any more: its sockets and its calls end, and those of no
    other device of theirs. Whom else it is there signed in as stays so. False: there is nothing to end."""
    wanted = [person.id for person in people]
    rows = (
        await work.session.exec(select(SignedIn).where(SignedIn.browser == browser, col(SignedIn.person_id).in_(wanted)))
    ).all()
    for row in rows:
        await work.session.delete(row)
        outbox.tell(work, BROWSERS, DEVICE_ENDED, conference_id=None, person=row.person_id, browser=browser)
    for conference_id in {person.conference_id for person in people if person.id in {row.person_id for row in rows}}:
        audit.record(work, "device signed out", conference_id=conference_id, person_id=by)
    await work.session.flush()
    if (await work.session.exec(select(SignedIn.id).where(SignedIn.browser == browser))).first() is None:
        await work.session.exec(delete(BrowserSession).where(col(BrowserSession.digest) == browser))
    outbox.tell(work, BROWSERS, "browser.changed", conference_id=None, browser=browser)
    return bool(rows)


def tell_roles(work: Work, outbox: Outbox, conference_id: str) -> None:
    """Let open rooms look again who may do what there: roles of the conference's people may have changed."""
    outbox.tell(work, BROWSERS, ROLES_CHANGED, conference_id=conference_id)


def tell_browser(work: Work, outbox: Outbox, cookie: str | None) -> None:
    """Let open sockets that came with this cookie be checked again: it is signed out, or was exchanged for another."""
    if cookie is not None:
        outbox.tell(work, BROWSERS, "browser.changed", conference_id=None, browser=digest(cookie))


async def sign_in(
    work: Work,
    ids: Ids,
    clock: Clock,
    person: Person,
    cookie: str | None,
    *,
    way: SignInWay = SignInWay.LINK,
    verified: datetime | None = None,
    label: str | None = None,
) -> str:
    """Make the browser be this person; returns its new cookie. The old cookie is worth nothing afterwards.

    Who the browser is in other conferences stays, and how it became that; in this one it is only this person. way, verified: how
    they signed in, and when a second factor was shown; label: which browser it is, in general words.
    """
    now = real_now(clock)
    before = await _signed_before(work, cookie, now) if cookie is not None else []
    if cookie is not None:
        old = await work.session.get(BrowserSession, digest(cookie))
        label = label or (old.label if old is not None else None)
        await forget_browser(work, cookie)
    fresh = ids.secret()
    browser = BrowserSession(digest=digest(fresh), created=now, expires=now + timedelta(days=BROWSER_DAYS), label=label, seen=now)
    work.session.add(browser)
    await work.session.flush()
    for row, conference_id in before:
        if conference_id != person.conference_id:
            work.session.add(
                SignedIn(
                    id=ids.new(), browser=browser.digest, person_id=row.person_id, at=row.at, way=row.way, verified=row.verified,
                    looks_as=row.looks_as,
                )
            )  # fmt: skip
    work.session.add(SignedIn(id=ids.new(), browser=browser.digest, person_id=person.id, at=now, way=way, verified=verified))
    return fresh


async def _signed_before(work: Work, cookie: str, now: datetime) -> list[tuple[SignedIn, str | None]]:
    """Who the browser is signed in as, each with the conference."""
    query = (
        select(SignedIn, Person.conference_id)
        .join(Person, col(SignedIn.person_id) == Person.id)
        .join(BrowserSession, col(BrowserSession.digest) == SignedIn.browser)
        .where(SignedIn.browser == digest(cookie), col(BrowserSession.revoked).is_(None))
        .where(BrowserSession.expires > now)
    )
    return [(row, conference_id) for row, conference_id in (await work.session.exec(query)).all()]


async def exchange_cookie(work: Work, ids: Ids, outbox: Outbox, cookie: str) -> str:
    """The browser's new cookie; the old one, whoever may have it, is worth nothing from now on."""
    old = await work.session.get(BrowserSession, digest(cookie))
    if old is None:
        raise SignInNeeded("sign_in")
    fresh = ids.secret()
    work.session.add(
        BrowserSession(digest=digest(fresh), created=old.created, expires=old.expires, label=old.label, seen=old.seen)
    )
    await work.session.flush()
    await work.session.exec(update(SignedIn).where(col(SignedIn.browser) == old.digest).values(browser=digest(fresh)))
    await forget_browser(work, cookie)
    tell_browser(work, outbox, cookie)
    return fresh


async def look_as(work: Work, outbox: Outbox, cookie: str, person_id: str, look: str | None) -> None:
    """Let an organiser see the pages as `doors.looking` says, in this browser; None: as themselves again."""
    here = (col(SignedIn.browser) == digest(cookie), col(SignedIn.person_id) == person_id)
    await work.session.exec(update(SignedIn).where(*here).values(looks_as=look))
    tell_browser(work, outbox, cookie)


async def sign_out(work: Work, cookie: str) -> None:
    """The cookie is worth nothing from now on."""
    await forget_browser(work, cookie)


async def forget_browser(work: Work, cookie: str) -> None:
    await work.session.exec(delete(SignedIn).where(col(SignedIn.browser) == digest(cookie)))
    await work.session.exec(delete(BrowserSession).where(col(BrowserSession.digest) == digest(cookie)))


async def welcome_guest(work: Work, ids: Ids, conference_id: str, session_id: str, name: str) -> Person:
    """A stranger with a name, for one session that lets guests in. Raises Invalid."""
    person = Person(id=ids.new(), conference_id=conference_id, name=clean_name(name), email="", created=work.now)
    work.session.add(person)
    await work.session.flush()
    work.session.add(RoleHeld(id=ids.new(), person_id=person.id, role=Role.GUEST, session_id=session_id))
    return person


async def make_organiser(work: Work, ids: Ids, email: str) -> str:
    """An organiser of the installation; returns the secret of a fresh link. The name is the address until it is changed."""
    person = await person_in(work.session, None, email)
    if person is None:
        person = await put_person(work, ids, conference_id=None, name=email, email=email, roles=[(Role.ORGANISER, None)])
        audit.record(work, "organiser made", person_id=person.id)
    return await issue_link(work, ids, person.id)


async def mint_token(
    work: Work,
    ids: Ids,
    clock: Clock,
    *,
    conference_id: str,
    session_id: str,
    role: str,
    hours: float,
    person_id: str | None = None,
    label: str = "",
    feed: Feed | None = None,
) -> str:
    """A bearer token for WHIP ("publisher"), WHEP ("viewer") or captions ("captioner") in one session; returns its secret.
    Raises Invalid."""
    if role not in ("publisher", "viewer", "captioner") or (feed is not None and role != "publisher"):
        raise Invalid("token_role", role=role)
    if not 0 < hours <= 24 * 31:
        raise Invalid("hours", longest=24 * 31)
    secret = ids.secret()
    now = real_now(clock)
    work.session.add(
        AccessToken(
            digest=digest(secret),
            conference_id=conference_id,
            session_id=session_id,
            person_id=person_id,
            role=role,
            label=label,
            feed=feed,
            created=now,
            expires=now + timedelta(hours=hours),
        )
    )
    audit.record(work, "token minted", conference_id=conference_id, session=session_id, role=role)
    return secret


async def mint_feeds(
    work: Work,
    ids: Ids,
    clock: Clock,
    *,
    conference_id: str,
    session_id: str,
    hours: float,
    labels: Mapping[Feed, str],
    by: str | None,
) -> dict[Feed, str]:
    """New tokens for a studio's streams into one session; those from before are worthless. labels: what the room shows."""
    audit.record(work, "studio tokens made", conference_id=conference_id, person_id=by, session=session_id)
    older = col(AccessToken.feed).is_not(None) & col(AccessToken.revoked).is_(None)
    where = update(AccessToken).where(col(AccessToken.session_id) == session_id, older)
    await work.session.exec(where.values(revoked=real_now(clock)))
    return {
        feed: await mint_token(
            work, ids, clock, conference_id=conference_id, session_id=session_id, role="publisher", hours=hours, label=label,
            feed=feed,
        )
        for feed, label in labels.items()
    }  # fmt: skip
