"""Bearer tokens for software that writes captions in one session: made, shown once, revoked."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import record
from conference.base.clock import to_real
from conference.base.errors import Conflict, Invalid, NotFound
from conference.forums import rules as room_rules
from conference.forums.acting import changed
from conference.forums.store import Room
from conference.forums.words import rules
from conference.people.actions import mint_token, real_now
from conference.people.model import AccessToken
from conference.web.services import Services

ROLE = "captioner"
LONGEST = 24.0 * 31  # hours


async def good_tokens(session: AsyncSession, session_id: str, now: datetime) -> list[AccessToken]:
    """The tokens for captions in a session that are good now, the oldest first."""
    query = (
        select(AccessToken)
        .where(AccessToken.session_id == session_id, AccessToken.role == ROLE, col(AccessToken.revoked).is_(None))
        .where(AccessToken.expires > now)
        .order_by(col(AccessToken.created), col(AccessToken.digest))
    )
    return list((await session.exec(query)).all())


async def make_token(services: Services, room: Room, label: str, by: str | None) -> str:
    """A token until the room closes (or for 31 days); returns its secret, which is kept nowhere. by: the person who makes it.
    Raises Invalid for a label, Conflict when there are ten or the room has closed for good."""
    label = " ".join("".join(each for each in label if each.isprintable()).split())
    if not 0 < len(label) <= rules.TOKEN_LABEL:
        raise Invalid("token_label")
    now, ends = services.clock.real(), to_real(services.clock, room_rules.closes_at(room.slot, room.times))
    if ends <= now:
        raise Conflict("room_closed")
    async with services.db.work() as work:
        if len(await good_tokens(work.session, room.session.id, real_now(services.clock))) >= rules.TOKENS:
            raise Conflict("tokens")
        secret = await mint_token(
            work, services.ids, services.clock, conference_id=room.session.conference_id, session_id=room.session.id,
            role=ROLE, hours=min((ends - now) / 3600, LONGEST), label=label,
        )  # fmt: skip
        record(
            work, "captions token", conference_id=room.session.conference_id, person_id=by, session=room.session.id, label=label
        )
    return secret


async def revoke_token(services: Services, room: Room, digest: str, by: str | None) -> None:
    """The token is worth nothing from now on. Raises NotFound for one of another session."""
    async with services.db.work() as work:
        token = await work.session.get(AccessToken, digest)
        if token is None or token.session_id != room.session.id or token.role != ROLE:
            raise NotFound("token")
        token.revoked = real_now(services.clock)
        work.session.add(token)
        record(
            work, "captions token revoked", conference_id=room.session.conference_id, person_id=by,
            session=room.session.id, label=token.label,
        )  # fmt: skip
        changed(services, work, room)
