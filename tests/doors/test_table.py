"""The table "who sees what, when", walked: every route and live message x standing x state, against the published table."""

from __future__ import annotations

import httpx2
import pytest
from starlette.routing import Mount, Route, WebSocketRoute

from conference.access.model import State
from conference.doors.gate import message_door
from conference.doors.table import INSTALLATION, TABLE, Door, Standing, Verdict, decide
from conference.people.model import Role
from tests.site import MOMENTS, SLUG_2021, Site

NOBODY: frozenset[Role] = frozenset()
ATTENDEE = frozenset({Role.ATTENDEE})

# The published promise, written down a second time and more coarsely: page -> for each state in order of life, who may pass
# (s strangers, p persons with a role, o organisers).
PROMISE = {
    name: dict(zip((state.value for state in State), row.split(), strict=True))
    for name, row in {
        # draft announced doors live archive closed purged
        "home": "po spo spo spo spo o -",
        "program": "po spo spo spo spo o -",
        "cards": "po spo spo spo spo o -",
        "legal": "po spo spo spo spo spo spo",
        "whip": "o o po po o - -",
        "check": "po spo spo spo spo o -",
        "help": "po spo spo spo spo o -",
        "check.media": "po po po po o - -",
        "check.result": "po po po po po o -",
        "results": "o o o po spo spo spo",
        "report": "o o o o spo spo spo",
        "survey": "o o o po po o -",
        "attendance": "o o o po po o -",
        "desk": "o o o o o o o",
        "live:conference": "po spo spo spo spo o -",
        "message:room": "o o po po o - -",
    }.items()
}
STANDINGS = {"s": Standing.STRANGER, "p": Standing.PERSON, "o": Standing.ORGANISER}


@pytest.mark.parametrize("name", PROMISE)
@pytest.mark.parametrize("state", list(State))
def test_the_table_keeps_the_published_promise(name: str, state: State) -> None:
    door = TABLE[name]
    passing = "".join(
        letter
        for letter, standing in STANDINGS.items()
        if decide(door, standing, ATTENDEE if standing is Standing.PERSON else NOBODY, state) is Verdict.PASS
        and not (door.guests and standing is Standing.STRANGER)  # the endpoint asks whether the session lets guests in
    )
    assert (passing or "-") == PROMISE[name][state.value]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("name", TABLE)
def test_no_door_tells_strangers_of_a_draft_or_lets_anybody_in_after_closing(name: str, state: State) -> None:
    door = TABLE[name]
    stranger = decide(door, Standing.STRANGER, NOBODY, state)
    person = decide(door, Standing.PERSON, ATTENDEE, state)
    if state is State.DRAFT and (door.strangers or door.people):
        assert stranger is Verdict.NOT_FOUND
    if state in (State.CLOSED, State.PURGED) and state not in door.strangers and not door.exceptions and door.people:
        assert stranger is Verdict.GONE
        assert person is Verdict.GONE
    if stranger is Verdict.PASS:
        assert person is Verdict.PASS
    if person is Verdict.PASS and state in door.organisers:
        assert decide(door, Standing.ORGANISER, NOBODY, state) is Verdict.PASS


def test_a_role_is_asked_for_where_the_row_names_one() -> None:
    door = Door(strangers=frozenset(), people=frozenset({State.LIVE}), roles=frozenset({Role.CAPTIONER}))
    assert decide(door, Standing.PERSON, ATTENDEE, State.LIVE) is Verdict.FORBIDDEN
    assert decide(door, Standing.PERSON, frozenset({Role.CAPTIONER}), State.LIVE) is Verdict.PASS
    assert decide(door, Standing.STRANGER, NOBODY, State.LIVE) is Verdict.SIGN_IN
    assert decide(door, Standing.PERSON, frozenset({Role.CAPTIONER}), State.ARCHIVE) is Verdict.NOT_YET


def _starlette_routes(app: object) -> list[object]:
    while not hasattr(app, "routes"):
        app = app._app  # type: ignore[attr-defined]
    return list(app.routes)


async def test_every_route_of_the_app_is_in_the_table_or_opens_nothing(site: Site) -> None:
    named = set()
    for route in _starlette_routes(site.app):
        assert isinstance(route, Route | Mount | WebSocketRoute)
        assert route.name in TABLE or route.name in INSTALLATION, f"{route.path} is in no table"
        if "{c}" in route.path:
            assert route.name in TABLE, f"{route.path} must be behind a door"
        named.add(route.name)
    messages = set(site.app._app._app._app.state.rooms.handlers) if hasattr(site.app, "_app") else set()
    for message in messages:
        assert message_door(message) in TABLE, message
    unused = {name for name in TABLE if ":" not in name} - named
    assert not unused, f"rows without a route: {unused}"


PATHS = {
    "home": "/{c}/",
    "program": "/{c}/program",
    "program.ics": "/{c}/program.ics",
    "session": "/{c}/sessions/forum-1",
    "session.ics": "/{c}/sessions/forum-1.ics",
    "forums": "/{c}/forums",
    "cards": "/{c}/cards",
    "card": "/{c}/cards/wendlandleben",
    "results": "/{c}/sessions/forum-1/results",
    "report": "/{c}/report",
    "legal": "/{c}/legal/imprint",
    "easy": "/{c}/easy",
    "help": "/{c}/help",
    "signed": "/{c}/signed",
    "survey": "/{c}/survey",
    "attendance": "/{c}/attendance",
    "desk": "/desk/{c}",
    "desk.closing": "/desk/{c}/closing",
    "desk.help": "/desk/{c}/help",
}
EXPECTED = {
    Verdict.NOT_FOUND: 404,
    Verdict.NOT_YET: 404,
    Verdict.SIGN_IN: 401,
    Verdict.FORBIDDEN: 403,
    Verdict.GONE: 410,
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_every_page_answers_as_the_table_says(site: Site, moment: str) -> None:
    site.clock.jump_to(MOMENTS["live"])
    browsers: dict[Standing, httpx2.AsyncClient] = {
        Standing.STRANGER: site.browser(),
        Standing.PERSON: await site.signed_in("Anna Beispiel"),
        Standing.ORGANISER: await site.signed_in("Olga Beispiel", Role.ORGANISER),
    }
    site.clock.jump_to(MOMENTS[moment])
    for name, path in PATHS.items():
        for standing, browser in browsers.items():
            verdict = decide(TABLE[name], standing, ATTENDEE, State(moment))
            response = await browser.get(path.format(c=SLUG_2021))
            where = f"{name} for {standing.name} while {moment}"
            if verdict is Verdict.PASS:
                assert response.status_code in (200, 303, 404, 410), where
                if not TABLE[name].exceptions:
                    assert response.status_code == 200, where
            else:
                assert response.status_code == EXPECTED[verdict], where
                assert "noindex" in response.headers["x-robots-tag"], where
                assert "<h1" in response.text, where
