"""Lines that grow: what an edit does, what readers are told, what somebody who comes later gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.forums.model import Way
from conference.forums.words import rules
from conference.forums.words.lines import LATEST, Line, Lines
from conference.people.model import Role
from conference.program.model import Floor
from media.gateway import Source

CAMERA = frozenset({Source.CAMERA})


def edit(before: str, after: str) -> str:
    """What a page sends: erase back to where the texts differ, then type on."""
    same = next((place for place, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), None)
    same = min(len(before), len(after)) if same is None else same
    return rules.ERASE * (len(before) - same) + after[same:]


def line(text: str, name: str = "a", seat: str = "s", final: bool = False) -> Line:
    return Line(seat, name, text, final)


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ("", "Guten Tag", "Guten Tag"),
        ("Guten Tga", "\b\bag", "Guten Tag"),
        ("a", "\b\b\bneu", "neu"),
        ("👍🏽", "\b", "👍"),
        ("x" * 499, "yz", "x" * 499 + "y"),
        ("Zeile", "\u2028\n\u202e!", "Zeile   !"),
    ],
)
def test_an_edit_is_characters_and_erasures(before: str, typed: str, after: str) -> None:
    cleaned = rules.edit_of(typed)
    assert cleaned is not None
    assert rules.edited(before, cleaned) == after


TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs", "Co", "Cn", "Zl", "Zp"]), max_size=80)


@given(st.lists(TEXT, max_size=6))
def test_typing_inserting_and_pasting_arrive_as_they_are(texts: list[str]) -> None:
    told, shown = "", ""
    for text in texts:
        sent = rules.edit_of(edit(told, text))
        assert sent is not None
        shown, told = rules.edited(shown, sent), text
    assert shown == "".join(" " if letter in rules._TURNING else letter for letter in told)


@pytest.mark.parametrize("odd", [None, 5, ["a"], "x" * 1001])
def test_what_is_no_edit(odd: object) -> None:
    assert rules.edit_of(odd) is None


def test_a_line_grows_ends_and_is_not_told_again() -> None:
    lines = Lines(kept=60)
    assert lines.take(line("Gu")) == [line("Gu")]
    assert lines.take(line("Guten ")) == [line("Guten ")]
    assert lines.latest() == [line("Guten ")]
    assert lines.take(line("Guten Tag ", final=True)) == [line("Guten Tag", final=True)]
    assert lines.take(line("Guten Tag", final=True)) == []
    assert lines.take(line("Gut")) == []
    assert lines.latest() == [line("Guten Tag", final=True)]


def test_a_line_that_is_erased_is_gone_and_another_one_ends_the_one_before() -> None:
    lines = Lines(kept=60)
    lines.take(line("Gu"))
    assert lines.take(line("")) == [line("")]
    assert lines.take(line("")) == []
    assert lines.latest() == []
    lines.take(line("eins", "a"))
    assert lines.take(line("zwei", "b")) == [line("eins", "a", final=True), line("zwei", "b")]
    assert lines.end("s") == [line("zwei", "b", final=True)]
    assert lines.end("s") == []


def test_who_comes_back_goes_on_with_the_line_that_was_left() -> None:
    lines = Lines(kept=60)
    for name in ("a", "b", "c"):
        lines.take(line("Guten T", name))
        assert lines.end("s", left=True) == [line("Guten T", name, final=True)]
    assert lines.take(line("Guten Tag", "a", final=True)) == [line("Guten Tag", "a", final=True)]
    assert lines.take(line("Guten", "a", final=True)) == []
    assert lines.take(line("Guten Ta", "b")) == [line("Guten Ta", "b")]
    assert lines.correct(("s", "c"), "Guten") == line("Guten", "c", final=True)
    assert lines.take(line("Guten Tag", "c", final=True)) == []
    assert [each.text for each in lines.latest()] == ["Guten Tag", "Guten", "Guten Ta"]


def test_only_the_last_ones_are_kept_and_only_those_can_be_corrected() -> None:
    lines = Lines(kept=100)
    for number in range(120):
        lines.take(line(str(number), f"l{number}", final=True))
    assert len(lines.finished) == 100
    assert [each.text for each in lines.latest()] == [str(number) for number in range(120 - LATEST, 120)]
    assert lines.correct(("s", "l90"), "x") is None
    assert lines.correct(("s", "l1"), "x") is None
    assert lines.correct(("s", "l115"), "besser") == line("besser", "l115", final=True)
    assert lines.correct(("s", "l116"), "") == line("", "l116", final=True)
    assert [each.text for each in lines.latest()][-5:] == ["114", "besser", "117", "118", "119"]


@pytest.mark.parametrize("floor", list(Floor))
@pytest.mark.parametrize("free", [True, False])
def test_who_may_write(floor: Floor, free: bool) -> None:
    everybody = free and floor is not Floor.STAGE
    for role in Role:
        stage = role in (Role.MODERATOR, Role.SPEAKER, Role.INTERPRETER, Role.ORGANISER, Role.TECHNICAL_DIRECTOR)
        wanted = role is not Role.CAPTIONER and (stage or everybody)
        assert rules.may_write(floor, free, role, has_floor=False, beside=False) is wanted
        assert rules.may_write(floor, free, role, has_floor=True, beside=False) is (role is not Role.CAPTIONER)
        assert rules.may_write(floor, free, role, has_floor=True, beside=True) is False


def test_who_signs_and_who_rests() -> None:
    assert rules.signs(True, False, None, Role.ATTENDEE, CAMERA)
    assert rules.signs(False, True, Way.SIGNING, Role.GUEST, CAMERA)
    assert not rules.signs(False, True, Way.TEXT, Role.GUEST, CAMERA)
    assert not rules.signs(False, False, Way.SIGNING, Role.GUEST, CAMERA)
    assert not rules.signs(True, True, Way.SIGNING, Role.ATTENDEE, frozenset())
    assert not rules.signs(True, True, Way.SIGNING, Role.INTERPRETER, CAMERA)
    assert not rules.stands_by(Role.INTERPRETER, "a", None)
    assert not rules.stands_by(Role.INTERPRETER, "a", "a")
    assert rules.stands_by(Role.INTERPRETER, "a", "b")
    assert not rules.stands_by(Role.SPEAKER, "a", "b")
