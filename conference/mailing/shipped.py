"""The words that the program ships for each kind of letter. Hosts make them their own (`LetterTemplate`)."""

from __future__ import annotations

from collections.abc import Callable

from conference.base.words import LANGUAGES, Words
from conference.mailing.model import LetterKind
from conference.web.texts import Language, Texts

Gettext = Callable[[str], str]


def kind_word(language: Language, kind: LetterKind) -> str:
    """What a kind of letter is called."""
    _ = language.gettext
    return {
        LetterKind.INVITATION: _("Invitation"),
        LetterKind.DAY_BEFORE: _("Reminder the day before"),
        LetterKind.MINUTES_BEFORE: _("Reminder ten minutes before"),
        LetterKind.CONFIRMED: _("Confirmation of a registration"),
        LetterKind.WAITING: _("Place on the waiting list"),
        LetterKind.MOVED_UP: _("A place has become free"),
        LetterKind.DECLINED: _("Cancellation of a registration"),
        LetterKind.CANCELLED: _("Cancellation by the hosts"),
        LetterKind.SURVEY: _("Request to answer the survey"),
        LetterKind.LETTER: _("Letter"),
    }[kind]


def shipped(texts: Texts, kind: LetterKind, *, session: bool = False) -> tuple[Words, Words]:
    """Subject and body in all languages. session: the letter is about one."""
    subject: Words = {}
    body: Words = {}
    for code in LANGUAGES:
        _ = texts[code].gettext
        first, paragraphs = _of_session(_, kind) if session else _LETTERS[kind](_)
        subject[code] = first
        body[code] = "\n\n".join([_("Good day {name},"), *paragraphs])
    return subject, body


def _invitation(_: Gettext) -> tuple[str, list[str]]:
    return _("Invitation: {conference}"), [
        _("you are invited to “{conference}” on {day} at {begins}."),
        _("Your personal link leads to the program and, on the day, straight into the rooms. It needs no password:"),
        "{link}",
        _("It is meant for you alone. You can test camera, sound and connection beforehand. All is open until {until}."),
    ]


def _day_before(_: Gettext) -> tuple[str, list[str]]:
    return _("Tomorrow: {conference}"), [
        _("“{conference}” begins on {day} at {begins}. This is your way in:"),
        "{link}",
        _("Please test camera, sound and connection beforehand, best today and with the device that you are going to use."),
    ]


def _minutes_before(_: Gettext) -> tuple[str, list[str]]:
    return _("In a few minutes: {conference}"), [
        _("“{conference}” begins at {begins}. This is your way in:"),
        "{link}",
    ]


def _confirmed(_: Gettext) -> tuple[str, list[str]]:
    return _("You are registered: {conference}"), [
        _("your registration for “{conference}” on {day} at {begins} is confirmed. The calendar file has the date."),
        _("With your personal link you take part, change what you chose, or withdraw. It needs no password:"),
        "{link}",
        _("It is meant for you alone. If you have registered before, your earlier links stay valid."),
    ]


def _waiting(_: Gettext) -> tuple[str, list[str]]:
    return _("Waiting list: {conference}"), [
        _("all places of “{conference}” on {day} are taken. You are on the waiting list, and we write as soon as one is free."),
        _("With your personal link you see where you stand, and can withdraw:"),
        "{link}",
    ]


def _moved_up(_: Gettext) -> tuple[str, list[str]]:
    return _("A place for you: {conference}"), [
        _("a place has become free, and it is yours: “{conference}” on {day} at {begins}."),
        _("If you cannot come after all, please withdraw here, so that somebody else can have it:"),
        "{link}",
    ]


def _declined(_: Gettext) -> tuple[str, list[str]]:
    return _("Your registration has ended: {conference}"), [
        _("your registration for “{conference}” on {day} has ended. You need to do nothing more."),
        _("If that is a mistake, here is your page:"),
        "{link}",
    ]


def _cancelled(_: Gettext) -> tuple[str, list[str]]:
    return _("Cancelled: {conference}"), [
        _("“{conference}” on {day} does not take place. We are sorry about that."),
        _("Here you find what the hosts say about it:"),
        "{link}",
    ]


def _survey(_: Gettext) -> tuple[str, list[str]]:
    return _("How was it? {conference}"), [
        _("thank you for taking part in “{conference}”. Three short questions, without names:"),
        "{link}",
    ]


def _letter(_: Gettext) -> tuple[str, list[str]]:
    return _("News: {conference}"), [_("there is news of “{conference}” on {day}:"), "{link}"]


_LETTERS: dict[LetterKind, Callable[[Gettext], tuple[str, list[str]]]] = {
    LetterKind.INVITATION: _invitation,
    LetterKind.DAY_BEFORE: _day_before,
    LetterKind.MINUTES_BEFORE: _minutes_before,
    LetterKind.CONFIRMED: _confirmed,
    LetterKind.WAITING: _waiting,
    LetterKind.MOVED_UP: _moved_up,
    LetterKind.DECLINED: _declined,
    LetterKind.CANCELLED: _cancelled,
    LetterKind.SURVEY: _survey,
    LetterKind.LETTER: _letter,
}


def _of_session(_: Gettext, kind: LetterKind) -> tuple[str, list[str]]:
    """The same about one session of the program."""
    if kind is LetterKind.MOVED_UP:
        return _("A place for you: {session}"), [
            _("a place in “{session}” has become free, and it is yours. It begins on {day} at {session_begins}."),
            _("If you cannot come after all, please change your choice here, so that somebody else can have it:"),
            "{link}",
        ]
    if kind is LetterKind.CANCELLED:
        return _("Cancelled: {session}"), [
            _("“{session}” does not take place. All else of “{conference}” stays as it is."),
            _("Here is the program:"),
            "{link}",
        ]
    if kind in (LetterKind.DAY_BEFORE, LetterKind.MINUTES_BEFORE):
        return _("Soon: {session}"), [_("“{session}” begins on {day} at {session_begins}. This is your way in:"), "{link}"]
    if kind in (LetterKind.WAITING, LetterKind.DECLINED):
        return _("Your choice: {session}"), [_("the places of “{session}” are taken. Here you see what you have:"), "{link}"]
    return _("About: {session}"), [_("there is news of “{session}”, which begins on {day} at {session_begins}:"), "{link}"]
