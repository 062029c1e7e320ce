"""Whoever was asked to approve one sheet has the way to that sheet, and is a stranger everywhere else."""

from __future__ import annotations

import pytest

from conference.access.model import State
from conference.doors.table import PREVIEW, TABLE, Standing, Verdict, decide
from conference.doors.visit import Viewer, standing_of
from conference.people.model import Person, Role
from tests.site import MOMENTS, SLUG_2021, Site

PAGES = ("/", "/sessions/forum-1/findings", "/sessions/forum-2/findings", "/sessions/forum-1/results", "/sessions/forum-1/room")
SOMEBODY = Person(id="p", conference_id="c", name="Amt", email="amt@example.org")


def viewer(*roles: Role, **sessions: Role) -> Viewer:
    return Viewer(SOMEBODY, frozenset(roles), {session: frozenset({role}) for session, role in sessions.items()})


@pytest.mark.parametrize(
    ("who", "standing"),
    [
        (viewer(one=Role.APPROVER), Standing.STRANGER),
        (viewer(one=Role.APPROVER, two=Role.GUEST), Standing.STRANGER),
        (viewer(), Standing.STRANGER),
        (viewer(Role.GUEST), Standing.STRANGER),
        (viewer(one=Role.APPROVER, two=Role.SPEAKER), Standing.PERSON),
        (viewer(Role.APPROVER), Standing.PERSON),  # of the whole conference: the hosts have said so
        (viewer(Role.ATTENDEE, one=Role.APPROVER), Standing.PERSON),
    ],
)
def test_who_only_approves_a_sheet_is_no_person_of_the_conference(who: Viewer, standing: Standing) -> None:
    assert standing_of(who) is standing


@pytest.mark.parametrize("state", list(State))
def test_one_door_lets_approvers_pass(state: State) -> None:
    asked = frozenset({Role.APPROVER})
    more = {
        name
        for name, door in TABLE.items()
        if decide(door, Standing.STRANGER, asked, state) is Verdict.PASS
        and decide(door, Standing.STRANGER, frozenset(), state) is not Verdict.PASS
    }
    assert more == ({"sheet"} if state in PREVIEW else set())


async def test_who_came_by_a_link_is_not_asked_to_sign_in(site: Site) -> None:
    """They have; the page says that it is not for them."""
    site.clock.jump_to(MOMENTS["live"])
    browser = await site.signed_in("Frau Amt", Role.APPROVER, session="forum-1")
    for path in (f"/desk/{SLUG_2021}", f"/{SLUG_2021}/sessions/forum-1/sheet/publish"):
        answer = await browser.get(path)
        assert answer.status_code == 403, path
        assert "Link anfordern" not in answer.text


@pytest.mark.parametrize("moment", ["draft", "live"])
async def test_the_way_leads_nowhere_else(site: Site, moment: str) -> None:
    site.clock.jump_to(MOMENTS["live"])
    browser = await site.signed_in("Frau Amt", Role.APPROVER, Role.GUEST, session="forum-1")
    stranger = site.browser()
    site.clock.jump_to(MOMENTS[moment])
    for path in PAGES:
        mine, theirs = [(await each.get(f"/{SLUG_2021}{path}")).status_code for each in (browser, stranger)]
        assert mine in (theirs, 403, 409), path
        assert path == "/" or mine >= 400
