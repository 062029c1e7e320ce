"""Every refusal has a status, and a sentence that helps: its own, or the general one of its kind where that is said to fit."""

from __future__ import annotations

import ast
import inspect

import pytest

from conference.base import errors
from conference.base.errors import ConferenceError, SettingsError
from conference.web.errors import STATUS, explain, status_of
from conference.web.texts import read_texts
from tests.house.source import calls, constants, files, name_of, tree

KINDS = {name: kind for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, ConferenceError)}

# Codes for which the general sentence of their kind is right, or that no page and no open room ever shows, and why.
GENERAL = {
    # nothing there: the general sentence hides what must not be told apart
    **dict.fromkeys(("page", "conference", "person", "card", "film", "results", "object"), "not there, or not to know"),
    "connection": "spoken to our own page script, which offers its media anew",
    "upload": "spoken to the program that uploads in parts, which begins anew",
    # no right
    "role": "the general sentence is about roles",
    # somebody was faster
    "changed_meanwhile": "the form comes back with both texts and the name of whoever was faster; programs get the general one",
    **dict.fromkeys(("part", "object_exists"), "two at the same time: loading again shows what is there now"),
    # too often
    **dict.fromkeys(("rate", "too_many_messages"), "the general sentence says to wait"),
    # away
    **dict.fromkeys(("too_slow", "internal"), "the same advice as for a database that is away: in a moment again"),
    # our own page script at fault, never a person's input; the script loads the page anew (PROTOCOL.md, Endings)
    **dict.fromkeys(("bad_message", "bad_topics", "hello_expected", "unknown_type"), "a fault of a script"),
    **dict.fromkeys(("reaction", "message", "field", "floor"), "a fault of a script"),
    "plays": "spoken to our own player, which tells nobody",
    "range": "an answer to a player's request for bytes, without a page",
    # the terminal's: `conference.cli` and the file readers say what is wrong, line by line
    **dict.fromkeys(("conference_file", "people_file", "hours", "token_role"), "raised for the command line, with its words"),
    # forms that say it beside the field in their own words
    **dict.fromkeys(("purged", "closes_too_early"), "the desk's form says it beside the field"),
    **dict.fromkeys(
        ("film_type", "film_empty", "film_too_large", "film_under_way", "film_gone"),
        "the page of one's card says it with limit and value (conference.cards.films.refusals)",
    ),
    # spoken to the script of that page, which sends what is missing
    **dict.fromkeys(("parts_missing", "film_parts"), "spoken to the page's script"),
    # the demo bar's own buttons
    "moment": "no button sends another one",
    # inside of jobs: logged, and the job is tried again or given up; nobody waits for it
    "check": "the check from outside, whose page says that it was not finished",
    **dict.fromkeys(
        ("mail", "mail_refused", "mail_address", "mail_later", "mail_unanswered"), "letters are sent by the worker"
    ),
    "letter_text": "the form says it for each field",
    **dict.fromkeys(("letter", "mailing"), "nobody is led to a letter that is not there"),
    # files that a conference file brings: told by the command line with the file's name
    **dict.fromkeys(
        ("card_without_film", "card_file_too_large", "card_file_type"),
        "only a conference file can bring it so far; the importer says which",
    ),
    **dict.fromkeys(("card_change_text", "card_name"), "the desk's form says it beside the field"),
}  # fmt: skip


def raised() -> dict[str, set[tuple[str, str]]]:
    """Code -> (kind, file) wherever `Kind("code", ...)` stands in the program."""
    found: dict[str, set[tuple[str, str]]] = {}
    for file in files("conference"):
        for call in calls(file):
            if isinstance(call.func, ast.Name) and call.func.id in KINDS and call.func.id != SettingsError.__name__:
                codes = constants(call.args[0]) if call.args else set()
                codes = codes or assigned(tree(file), call.args[0])
                assert codes, f"{name_of(file)}:{call.lineno}: which code is this?"
                for code in codes:
                    found.setdefault(code, set()).add((call.func.id, name_of(file)))
    return found


def assigned(module: ast.Module, name: ast.expr) -> set[str]:
    """The texts that a variable is given anywhere in the module."""
    if not isinstance(name, ast.Name):
        return set()
    given = (node for node in ast.walk(module) if isinstance(node, ast.Assign))
    return {text for node in given if ast.unparse(node.targets[0]) == name.id for text in constants(node.value)}


def sentence(kind: str, code: str, language: str) -> str:
    return explain(KINDS[kind](code), read_texts()[language])


PAIRS = sorted({(kind, code) for code, places in raised().items() for kind, _ in places})


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_kind_has_a_status(kind: type[ConferenceError]) -> None:
    assert kind in STATUS
    assert status_of(kind("x")) == STATUS[kind]


def test_no_kind_is_made_elsewhere() -> None:
    """One file names them all, so that the table beside it can be complete."""
    names = set(KINDS)
    made = {
        f"{name_of(file)}: {node.name}"
        for file in files("conference")
        for node in ast.walk(tree(file))
        if isinstance(node, ast.ClassDef) and {ast.unparse(base).rpartition(".")[2] for base in node.bases} & names
    }
    assert {one.partition(":")[0] for one in made} == {"conference/base/errors.py"}


@pytest.mark.parametrize(("kind", "code"), PAIRS, ids=[f"{kind} {code}" for kind, code in PAIRS])
def test_every_refusal_has_a_sentence_in_both_languages(kind: str, code: str) -> None:
    german, english = sentence(kind, code, "de"), sentence(kind, code, "en")
    for said in (german, english):
        assert said.endswith(".")
        assert len(said) > 20
        assert "!" not in said
        assert code not in said or "_" not in code
    assert german != english


@pytest.mark.parametrize(("kind", "code"), PAIRS, ids=[f"{kind} {code}" for kind, code in PAIRS])
def test_a_general_sentence_is_said_on_purpose(kind: str, code: str) -> None:
    general = sentence(kind, code, "en") == sentence(kind, "a code that nobody knows", "en")
    if code in ("sign_in", "closed", "database"):
        return  # their own sentence is the general one of their kind
    assert general == (code in GENERAL)


def test_no_exception_outlives_its_code() -> None:
    assert GENERAL.keys() - raised().keys() == set()
