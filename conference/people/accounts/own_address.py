"""Whose address an account has is shown before its first factor: a link may have come from somebody who made it for another
person's address, and a factor set up by it would shut the owner out everywhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.clock import Clock
from conference.base.db import Work
from conference.base.ids import Ids, seal, sealed_by
from conference.people.accounts.actions import begin_flow
from conference.people.accounts.model import FlowKind, SignInFlow
from conference.people.accounts.rules import plain_recovery, recovery_code
from conference.people.accounts.store import flow_by_secret
from conference.people.model import Person, SignInWay
from conference.people.store import Known, normal_email

_PURPOSE = "own address"


def vouched(known: Iterable[Known], email: str) -> bool:
    """Whether the browser's sign-ins show it already: links of the installation's organisers are printed to the operator or go to
    their own address, and a provider has verified it."""
    wanted = normal_email(email)
    return any(
        each.person.email == wanted and (each.person.conference_id is None or each.way is SignInWay.OIDC) for each in known
    )


async def begin_proof(work: Work, ids: Ids, clock: Clock, key: bytes, person: Person) -> tuple[str, str]:
    """The secret for the browser, and the code that goes to the address. Too long to be guessed, and good for ten minutes."""
    code = recovery_code(os.urandom(16))
    facts = {"email": person.email, "code": seal(key, _PURPOSE, f"{person.email}\0{plain_recovery(code)}")}
    return await begin_flow(work, ids, clock, FlowKind.ENROL, person_id=person.id, facts=facts), code


def prove(work: Work, key: bytes, flow: SignInFlow, person: Person, code: str) -> bool:
    """Whether the code is the one that went to the person's address: then the flow says so from now on."""
    told = flow.facts.get("code")
    fits = told is not None and sealed_by(key, _PURPOSE, f"{person.email}\0{plain_recovery(code)}", told)
    if fits:
        flow.facts = {"email": person.email, "proved": True}
        work.session.add(flow)
        return True
    return False


async def proof_of(session: AsyncSession, secret: str | None, person: Person, real_now: datetime) -> bool | None:
    """Whether the code of the address was typed in this browser; None when no letter is under way."""
    flow = await flow_by_secret(session, secret, FlowKind.ENROL, real_now)
    if flow is None or flow.facts.get("email") != person.email:
        return None
    return flow.facts.get("proved") is True
