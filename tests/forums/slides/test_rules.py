"""Who may know, fetch and turn what: pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conference.access.model import State
from conference.doors.table import Standing
from conference.forums.slides import rules
from conference.forums.slides.model import Piece, PieceKind
from conference.people.model import Role

NOW = datetime(2021, 5, 4, 9, tzinfo=UTC)


def piece(**more: Any) -> Piece:
    return Piece(
        id="p", conference_id="c", session_id="s", kind=PieceKind.DECK, title="Titel", position=0, key="k",
        content_type="application/pdf", size=1, etag="e", added=NOW, **more,
    )  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_who_moderates_or_speaks_presents(role: Role) -> None:
    presenting = {Role.MODERATOR, Role.SPEAKER, Role.ORGANISER, Role.TECHNICAL_DIRECTOR}
    assert rules.may_present(role) is (role in presenting)


def test_the_audience_knows_what_is_on_the_stage_or_was_and_may_be_kept() -> None:
    assert rules.may_know(piece(), on_stage=False, presents=True)
    assert rules.may_know(piece(), on_stage=True, presents=False)
    assert not rules.may_know(piece(shown=NOW), on_stage=False, presents=False)
    assert not rules.may_know(piece(download=True), on_stage=False, presents=False)
    assert rules.may_know(piece(download=True, shown=NOW), on_stage=False, presents=False)


def test_who_gets_the_file() -> None:
    def may(one: Piece, **more: Any) -> bool:
        usual = {"on_stage": False, "inside": False, "presents": False, "state": State.LIVE, "standing": Standing.PERSON}
        return rules.may_fetch(one, **{**usual, **more})

    kept = piece(download=True, shown=NOW)
    assert may(piece(), presents=True, state=State.ANNOUNCED)
    assert may(piece(), standing=Standing.ORGANISER)
    assert may(piece(), inside=True, on_stage=True, standing=Standing.STRANGER)
    assert not may(piece(), inside=True)
    assert not may(piece(), on_stage=True)
    assert may(kept)
    assert may(kept, state=State.ARCHIVE)
    assert not may(kept, state=State.ANNOUNCED)
    assert not may(kept, standing=Standing.STRANGER)
    assert may(kept, standing=Standing.STRANGER, inside=True)


def test_where_a_clip_stands() -> None:
    later = NOW + timedelta(seconds=4)
    assert rules.moment_of(3.0, None, 10.0, later) == 3.0
    assert rules.moment_of(3.0, NOW, 10.0, later) == 7.0
    assert rules.moment_of(8.0, NOW, 10.0, later) == 10.0
    assert rules.moment_of(3.0, later, 10.0, NOW) == 3.0


def test_moving_in_the_list() -> None:
    assert rules.moved(["a", "b", "c"], "c", up=True) == ["a", "c", "b"]
    assert rules.moved(["a", "b", "c"], "a", up=True) == ["a", "b", "c"]
    assert rules.moved(["a", "b", "c"], "a", up=False) == ["b", "a", "c"]
    assert rules.moved(["a", "b", "c"], "c", up=False) == ["a", "b", "c"]


def test_titles() -> None:
    assert rules.title_of(" Mein\u202e Titel\n", "x.pdf") == "Mein Titel"
    assert rules.title_of("", "C:\\Eigene\\Vortrag_Miteinander.pdf") == "Vortrag Miteinander"
    assert rules.title_of(None, None) == "…"
    assert len(rules.title_of("a" * 500, None)) == rules.TITLE_LENGTH


def test_descriptions() -> None:
    entered = {"1": " Ein Bild ", "2": "", "9": "gibt es nicht", "x": "y", "3": 7}
    assert rules.words_of(entered, 3) == {"1": "Ein Bild"}
