from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conference.access.model import State
from conference.doors.table import Standing
from conference.people.model import Role
from conference.program.model import Floor, Kind, Place, Session
from conference.results.closing import rules
from conference.results.closing.rules import Slide
from conference.results.content import Content, Entry, Group, Named
from conference.results.model import ClosingShow

START = datetime(2021, 5, 4, 10, tzinfo=UTC)


def session(slug: str, kind: Kind = Kind.FORUM, begins: int = 0, **more: Any) -> Session:
    starts = START + timedelta(minutes=begins)
    return Session(
        id=f"id {slug}", conference_id="c", slug=slug, kind=kind, number=1, title={"de": slug}, question={}, summary={},
        starts=starts, ends=starts + timedelta(minutes=30), floor=Floor.STAGE, place=Place.ONLINE, where={}, changed=START,
        **more,
    )  # fmt: skip


def slide(slug: str, *texts: str, **more: Any) -> Slide:
    entries = tuple(Entry(str(place), {"de": text}, key=True) for place, text in enumerate(texts))
    fields = {"question": {}, "people": (), **more}
    content = Content(title={"de": slug}, summary={}, initiatives=None, groups=(Group("topics", {}, entries),), **fields)
    return Slide(session(slug), content)


PLENARY = session("abschluss", Kind.PLENARY, 60)


@pytest.mark.parametrize(
    ("kind", "begins", "shown"),
    [
        (Kind.FORUM, 0, True),
        (Kind.THEME_ROOM, 59, True),
        (Kind.FORUM, 60, False),  # beside the plenary
        (Kind.FORUM, 90, False),
        (Kind.PLENARY, 0, False),
        (Kind.BREAK, 0, False),
        (Kind.TOUR, 0, False),
    ],
)
def test_forums_and_theme_rooms_that_began_before_report_to_a_plenary(kind: Kind, begins: int, shown: bool) -> None:
    assert rules.reports_to(session("x", kind, begins), PLENARY) is shown


def test_a_slide_that_is_gone_is_the_title() -> None:
    slides = [slide("forum-1"), slide("forum-2")]
    assert rules.is_on(ClosingShow(session_id="p", shown="forum-2"), slides) == "forum-2"
    assert rules.is_on(ClosingShow(session_id="p", shown="forum-9"), slides) is None
    assert rules.is_on(ClosingShow(session_id="p", shown=None), slides) is None


@pytest.mark.parametrize("role", Role)
def test_the_plenary_is_led_by_its_moderation_and_the_organisers(role: Role) -> None:
    assert rules.may_lead({role}, False) is (role in {Role.MODERATOR, Role.ORGANISER, Role.TECHNICAL_DIRECTOR})
    assert rules.may_lead({role}, True)


def test_a_forums_moderator_holds_the_pointer_at_the_own_slide() -> None:
    slides = [slide("forum-1"), slide("forum-2")]
    roles = {"id forum-2": {Role.MODERATOR}, "id forum-1": {Role.SPEAKER}}
    assert rules.presents(slides, False, roles) == ["forum-2"]
    assert rules.presents(slides, False, {}) == []
    assert rules.presents(slides, True, {}) == ["forum-1", "forum-2"]


@pytest.mark.parametrize(
    ("standing", "guest", "guests", "running", "state", "seen"),
    [
        (Standing.PERSON, False, False, False, State.DRAFT, True),
        (Standing.ORGANISER, False, False, False, State.CLOSED, True),
        (Standing.STRANGER, True, True, True, State.LIVE, True),
        (Standing.STRANGER, True, True, False, State.LIVE, False),
        (Standing.STRANGER, True, False, True, State.LIVE, False),
        (Standing.STRANGER, True, True, True, State.ARCHIVE, False),
        (Standing.STRANGER, False, True, True, State.LIVE, False),
    ],
)
def test_slides_are_for_people_with_a_role_and_for_guests_who_were_let_in(
    standing: Standing, guest: bool, guests: bool, running: bool, state: State, seen: bool
) -> None:
    plenary = session("p", Kind.PLENARY, guests=guests)
    assert rules.may_see(plenary, standing, guest, running, state) is seen


def test_the_digest_says_whether_a_slide_is_another() -> None:
    one = slide("forum-1", "Nähe")
    assert one.digest == slide("forum-1", "Nähe").digest
    others = [
        slide("forum-1", "Ferne"),
        slide("forum-1", "Nähe", "Ferne"),
        slide("forum-1", "Nähe", question={"de": "Was hilft?"}),
        slide("forum-1", "Nähe", people=(Named("moderator", {"de": "Ada"}),)),
        slide("forum-2", "Nähe"),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 6
    assert slide("forum-1", "Nähe", people=(Named("impulse", {"de": "Ada"}),)).digest == one.digest


@pytest.mark.parametrize(
    ("texts", "amount"),
    [([], "few"), (["x" * 100] * 2, "few"), (["x" * 60] * 5, "some"), (["x" * 150] * 5, "much"), (["x" * 500] * 5, "most")],
)
def test_the_more_there_is_to_read_the_smaller_it_stands(texts: list[str], amount: str) -> None:
    assert rules.amount(slide("forum-1", *texts).entries, "de") == amount
