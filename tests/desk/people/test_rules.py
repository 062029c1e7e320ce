"""Tables of people, read: every fault with its line, what belongs together as one person, words as hosts write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.desk.people.rules import PLAIN, Fault, Row, land_of, new_initiatives, read_people, slug_from
from conference.doors.words import role_word
from conference.people.model import Role
from conference.web.texts import read_texts

HEAD = ["name", "email", "land", "roles", "initiative"]


def test_every_fault_of_a_table_is_named_with_its_line() -> None:
    table = [
        [*HEAD, "Sprache"],
        ["", "no address", "Atlantis", "king", "x" * 161, "Latein"],
        ["Anna", "anna@example.org", "TH", "speaker:forum-9", ""],
        [],
        ["Anna", "ANNA@example.org", "", "", ""],
        ["Otto", "otto@example.org", "Thüringen", "speaker:forum-1", "one"],
        ["Olga", "otto@example.org", "", "", ""],
    ]
    people = read_people(table, ["forum-1"], {"one": "The One"})
    assert people.faults == [
        Fault(2, "name"), Fault(2, "email", "no address"), Fault(2, "land", "Atlantis"), Fault(2, "language", "Latein"),
        Fault(2, "organisation"), Fault(2, "role", "king"), Fault(3, "session", "forum-9"), Fault(7, "address_taken", "6"),
    ]  # fmt: skip
    assert [(row.line, row.land, row.initiative) for row in people.rows] == [(5, "", None), (6, "TH", "one")]
    assert read_people([], [], {}).faults == [Fault(1, "empty")]
    assert read_people([["vorname"]], [], {}).faults == [Fault(1, "column", "name"), Fault(1, "column", "email")]
    assert read_people([["Vorname", "Nachname"]], [], {}).faults == [Fault(1, "column", "email")]
    assert people.faults[-1].plain() == "line 7: this address stands in line 6 already, with another name"
    assert all(Fault(1, code, "x").plain() for code in PLAIN)


def test_two_lines_with_one_address_and_name_are_one_person() -> None:
    table = [
        [*HEAD, "Sprache"],
        ["Käthe Müller", "kaethe@example.org", "", "Moderation: Forum 1", ""],
        ["käthe  müller", "KAETHE@example.org ", "NRW", "attendee; moderator:forum-1", "Wendland Leben", "Englisch"],
    ]
    people = read_people(table, ["forum-1"], {"wendlandleben": "Wendland leben"})
    assert people.rows == [
        Row(2, "Käthe Müller", "kaethe@example.org", "wendlandleben", None, "NW", "en",
            ((Role.MODERATOR, "forum-1"), (Role.ATTENDEE, None)))
    ]  # fmt: skip
    assert (people.merged, people.faults) == (1, [])
    assert [Row.from_json(row.to_json()) for row in people.rows] == people.rows


def test_what_is_no_initiative_yet_is_an_organisation() -> None:
    rows = read_people(
        [HEAD, ["A", "a@x.de", "", "", "Neue e. V."], ["B", "b@x.de", "HH", "", "neue e. v."], ["C", "c@x.de", "", "", ""]],
        [],
        {},
    ).rows
    assert [row.organisation for row in rows] == ["Neue e. V.", "neue e. v.", None]
    assert new_initiatives(rows) == {"neue e. v.": ("Neue e. V.", "HH")}


@pytest.mark.parametrize("language", ["de", "en"])
def test_roles_are_understood_as_our_own_tables_call_them(language: str) -> None:
    words = {role: role_word(read_texts()[language], role) for role in Role if role is not Role.GUEST}
    people = read_people([HEAD, ["A", "a@x.de", "", ", ".join(words.values()), ""]], [], {})
    assert ([role for role, _ in people.rows[0].roles], people.faults) == (list(words), [])


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("Moderator", Role.MODERATOR), ("Moderatorin", Role.MODERATOR), ("Moderator/in", Role.MODERATOR),
        ("Moderator*in", Role.MODERATOR), ("moderator:in", Role.MODERATOR), ("Referent:in", Role.SPEAKER),
        ("Sprecher_in", Role.SPEAKER), ("Teilnehmer", Role.ATTENDEE),
    ],
)  # fmt: skip
def test_roles_as_lists_of_people_call_whoever_has_them(word: str, role: Role) -> None:
    for session in ("", "forum-1", "in-kuerze"):
        text = f"{word}: {session}" if session else word
        people = read_people([HEAD, ["A", "a@x.de", "", text, ""]], ["forum-1", "in-kuerze"], {})
        assert ([each.roles for each in people.rows], people.faults) == ([((role, session or None),)], [])


@pytest.mark.parametrize(
    "head",
    [
        ["Name:", "E-Mail *"],
        ["Vor- und Nachname*", "Mail-Adresse"],
        ["NAME", "E\u2011Mail"],
        ["Full\u00a0name", "E Mail Adresse"],
    ],
)
def test_heads_of_columns_as_forms_and_spreadsheets_write_them(head: list[str]) -> None:
    people = read_people([head, ["Anna Alt", "a@x.de"]], [], {})
    assert ([(row.name, row.email) for row in people.rows], people.faults) == ([("Anna Alt", "a@x.de")], [])


@pytest.mark.parametrize("email", ["mailto:a@x.de", "<a@x.de>", "a@x..de", "a@x.de.", "a@.de", "a@x.de,b@x.de", "a@x.de;b@x.de"])
def test_what_no_letter_would_reach_is_no_address(email: str) -> None:
    people = read_people([HEAD, ["A", email]], [], {})
    assert (people.rows, people.faults) == ([], [Fault(2, "email", email)])


def test_first_and_last_names_and_cells_that_were_defused() -> None:
    people = read_people([["Vorname", "Nachname", "E-Mail"], ["'=Anna", "Alt", "'+a@x.de"]], [], {})
    assert [(row.name, row.email) for row in people.rows] == [("=Anna Alt", "+a@x.de")]


@pytest.mark.parametrize(
    ("text", "code"), [("", ""), ("de-th", "TH"), (" nordrhein-westfalen ", "NW"), ("NRW", "NW"), ("XX", None), ("Bayern", "BY")]
)
def test_laender_as_people_write_them(text: str, code: str | None) -> None:
    assert land_of(text) == code


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Übers Land – e. V.", "uebers-land-e-v"), ("日本", "initiative"), ("a" * 80, "a" * 60), ("-", "initiative")],
)
def test_slugs(name: str, slug: str) -> None:
    assert slug_from(name) == slug


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=8))
def test_any_table_gives_people_or_faults(table: list[list[str]]) -> None:
    people = read_people([HEAD, *table], ["forum-1"], {})
    assert len({row.email for row in people.rows}) == len(people.rows)
    assert all(Row.from_json(row.to_json()) == row for row in people.rows)
