"""What each act of the audit log is called, in plain words. `tests/house/test_audit.py` asks that every act has its sentence.

Whoever records a new act adds one line to the part it belongs to, and the German to their own `.po` file.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from conference.web.texts import Language

Say = Callable[[str], str]


class Part(StrEnum):
    """What an act is about: the filter of the page."""

    CONFERENCE = "conference"
    PEOPLE = "people"
    ACCESS = "access"
    PROGRAM = "program"
    LETTERS = "letters"
    ROOMS = "rooms"
    CARDS = "cards"
    RESULTS = "results"


def part_word(language: Language, part: Part) -> str:
    _ = language.gettext
    return {
        Part.CONFERENCE: _("Conference"),
        Part.PEOPLE: _("People"),
        Part.ACCESS: _("Access and rights"),
        Part.PROGRAM: _("Program"),
        Part.LETTERS: _("Letters"),
        Part.ROOMS: _("Rooms"),
        Part.CARDS: _("Video cards"),
        Part.RESULTS: _("Results"),
    }[part]


def sentence_of(language: Language, act: str) -> str | None:
    """What was done, as a sentence; None for an act that no version of the program recorded."""
    return next((acts[act] for acts in sentences(language).values() if act in acts), None)


def sentences(language: Language) -> dict[Part, dict[str, str]]:
    """Act -> sentence, by part."""
    _ = language.gettext
    return {
        Part.CONFERENCE: _conference(_),
        Part.PEOPLE: _people(_),
        Part.ACCESS: _access(_),
        Part.PROGRAM: _program(_),
        Part.LETTERS: _letters(_),
        Part.ROOMS: _rooms(_),
        Part.CARDS: _cards(_),
        Part.RESULTS: _results(_),
    }


def _conference(_: Say) -> dict[str, str]:
    return {
        "closing moved": _("The closing date was moved."),
        "conference made": _("The conference was made."),
        "conference copied": _("The conference was made as a copy of another one."),
        "conference deleted": _("A conference was deleted."),
        "settings changed": _("The settings of the conference were changed."),
        "conference imported": _("The conference was read from a file."),
        "conference exported": _("The conference was taken along as a file."),
        "hand-over asked": _("The hand-over pack was asked for."),
        "closing check asked": _("A look from outside at the closed conference was asked for."),
        "list question answered": _("It was said what became of the list of participants."),
        "purge reminded": _("The organisers were reminded that the data is deleted soon."),
        "purge asked": _("Deleting the data before its day was asked for."),
        "conference purged": _("The personal data of the conference was deleted."),
        "conference announced": _("The conference was published, or its publishing planned."),
        "announcement taken back": _("The planned publishing was taken back."),
        "rule waived": _("A point of the readiness list was left open, with a reason."),
        "statement taken back": _("A reason or a note of the readiness list was taken back."),
        "readiness stated": _("Something was noted on the readiness list."),
        "legal page saved": _("A legal page was saved."),
        "legal page reviewed": _("A legal page was looked through and confirmed."),
        "signed film brought": _("The film of the page in sign language was brought."),
        "signed film removed": _("The film of the page in sign language was removed."),
        "paper fetched": _("A paper for the data protection officer was fetched."),
        "survey changed": _("The questions of the survey were changed."),
        "survey opened": _("The survey was opened."),
        "survey closed": _("The survey was closed."),
        "survey answers discarded": _("All answers of the survey were deleted."),
    }


def _people(_: Say) -> dict[str, str]:
    return {
        "links taken": _("Personal links were made and taken along."),
        "access needs read": _("What people need to take part was looked at."),
        "access needs arranged": _("What a person needs to take part was seen to."),
        "access needs deleted": _("What people need to take part was deleted."),
        "registration terms set": _("The terms of the registration were changed."),
        "registration withdrawn": _("A registration was withdrawn."),
        "registration confirmed": _("Somebody of the waiting list got a place."),
        "people merged": _("Two entries of a person were put together."),
        "people imported": _("People were read from a table."),
        "person added": _("A person was added."),
        "person changed": _("What is known of a person was changed."),
        "person data taken": _("The data of a person was taken out."),
        "person deleted": _("A person was deleted."),
        "attendance list taken": _("The list of participants was taken along."),
        "people purged": _("All people of the conference were deleted."),
    }


def _access(_: Say) -> dict[str, str]:
    return {
        "organiser made": _("An organiser of the installation was made."),
        "role given": _("A person was given a role."),
        "role taken": _("A role was taken from a person."),
        "device signed out": _("A device was signed out."),
        "second factor required": _("Organisers need a second factor from now on."),
        "second factor not required": _("Organisers need no second factor any more."),
        "identity bound": _("An address was bound to an account of the sign-in provider."),
        "factors forgotten": _("Whoever runs the installation removed somebody’s second factors."),
        "factor added": _("An organiser set up a second factor."),
        "factor removed": _("An organiser removed a second factor."),
        "recovery codes made": _("An organiser made new recovery codes."),
        "roles changed": _("A person’s roles were changed."),
        "links revoked": _("A person’s links and signed-in devices were made worthless."),
        "token minted": _("A token for sound and picture of a session was made."),
        "studio tokens made": _("Tokens for the streams of a studio were made."),
        "captions token": _("A token for software that writes captions was made."),
        "captions token revoked": _("A token for software that writes captions was made worthless."),
    }


def _program(_: Say) -> dict[str, str]:
    return {
        "program published": _("The program was published."),
        "program shifted": _("The program was moved on the day."),
        "schedule brought": _("A schedule from another program was taken over."),
        "session.extended": _("A session was given more minutes."),
        "session.ended": _("A session was ended."),
        "session begun": _("A session was begun."),
    }


def _letters(_: Say) -> dict[str, str]:
    return {
        "mailing planned": _("A letter to many was planned."),
        "mailing started": _("A letter to many was sent, or went on."),
        "mailing stopped": _("A letter to many was stopped."),
        "mailing discarded": _("The draft of a letter was thrown away."),
        "letter template changed": _("The words of a kind of letter were changed."),
        "letter sent again": _("A letter was sent to somebody once more."),
        "letter came back": _("A letter that came back was noted."),
        "letters purged": _("Letters were deleted with the conference."),
        "cards reminded": _("The reminder about missing video cards was sent."),
        "results noticed": _("The letter about the results was sent."),
    }


def _rooms(_: Say) -> dict[str, str]:
    return {
        "room.promoted": _("Somebody was made a moderator of a room."),
        "room.demoted": _("Somebody is no longer a moderator of a room."),
        "room.removed": _("Somebody was sent out of a room."),
        "room.banned": _("A room was closed to somebody."),
        "room.ban_lifted": _("A room was opened to somebody again."),
        "emergency text shown": _("A text for an emergency was put on all pages."),
        "emergency text taken down": _("The text for an emergency was taken down."),
        "doors opened": _("The doors of the rooms were opened."),
        "doors closed": _("The doors of the rooms were closed."),
        "room locked": _("A room was locked for newcomers."),
        "room unlocked": _("A room was unlocked."),
        "lobby set up": _("Guests of a room are let in one by one."),
        "lobby ended": _("Guests of a room come in without waiting."),
        "guests let in": _("Guests who waited were let in."),
        "guests sent away": _("Guests who waited were sent away."),
        "people asked over": _("People were asked over to another room."),
        "plenary.taken_over": _("The deputy took over the leading of a plenary."),
    }


def _cards(_: Say) -> dict[str, str]:
    return {
        "card terms set": _("The terms of the video cards were changed."),
        "film brought": _("A film was brought for a video card."),
        "film ready": _("The film of a video card was prepared."),
        "card consents given": _("Consents for a video card were given."),
        "card consent taken back": _("A consent for a video card was taken back."),
        "card published": _("A video card was published."),
        "card exchanged": _("The film of a public video card was exchanged."),
        "card unpublished": _("A video card was taken out of the gallery."),
        "card withdrawn": _("A video card was withdrawn for good."),
        "card change asked": _("A change to a video card was asked for."),
        "card change taken back": _("The wish for a change to a video card was taken back."),
        "card changes accepted": _("Changes to a public video card were accepted."),
        "card texts put back": _("The texts of a video card were put back to those of its release."),
        "card files missing": _("Files of video cards were found missing."),
        "cards purged": _("The video cards were deleted."),
    }


def _results(_: Say) -> dict[str, str]:
    return {
        "sheet published": _("A results sheet was published."),
        "sheet scheduled": _("A results sheet was set to be published at a later time."),
        "sheet unpublished": _("A results sheet was taken back."),
        "sheet stays": _("A results sheet stays after closing."),
        "sheet does not stay": _("A results sheet no longer stays after closing."),
        "results brought": _("A PDF with results was brought."),
        "results published": _("A PDF with results was published."),
        "results unpublished": _("A PDF with results was taken back."),
        "results removed": _("A PDF with results was removed."),
        "look of results": _("The look of the results sheets was changed."),
        "report published": _("The report was published."),
        "report unpublished": _("The report was taken back."),
        "report purged": _("The report was deleted."),
        "results purged": _("The results were deleted."),
        "sheet work purged": _("The working copies of the results sheets were deleted."),
    }
