"""What a form says when somebody else was faster: who, and what stands there now."""

from __future__ import annotations

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import Conflict
from conference.doors.visit import Visit
from conference.people.model import Person


async def changed_meanwhile(session: AsyncSession, visit: Visit, error: Conflict) -> str:
    """The sentence for a `Conflict("changed_meanwhile")`, with the name of whoever was faster. Others are raised again.

    The page answers 409, shows this beside what was entered, and carries `error.facts["version"]` from now on, so that sending it
    once more is a decision.
    """
    if error.code != "changed_meanwhile":
        raise error
    _ = visit.services.texts[visit.language].gettext
    person = await session.get(Person, error.facts["by"]) if error.facts["by"] else None
    if person is None:
        return _("Changed meanwhile. What stands there now is shown below; nothing of yours has been written.")
    sentence = _("Changed meanwhile by {name}. What stands there now is shown below; nothing of yours has been written.")
    return sentence.format(name=person.name)
