"""What the desk says of tables of people and of what it refuses."""

from __future__ import annotations

from conference.desk.people.rules import LONGEST_ORGANISATION, Fault
from conference.doors.visit import Visit
from conference.people.model import PersonConsentKind, Role
from conference.registration.model import RegistrationState
from conference.web.texts import Language

# In the order in which people look for them.
CHOOSABLE = (
    Role.ATTENDEE, Role.INITIATIVE, Role.SPEAKER, Role.MODERATOR, Role.NOTE_TAKER, Role.INTERPRETER, Role.CAPTIONER,
    Role.TECHNICAL_DIRECTOR, Role.APPROVER, Role.ORGANISER,
)  # fmt: skip


def state_words(language: Language) -> dict[RegistrationState, str]:
    _ = language.gettext
    return {
        RegistrationState.CONFIRMED: _("registered"),
        RegistrationState.WAITING: _("on the waiting list"),
        RegistrationState.WITHDRAWN: _("withdrawn"),
    }


def consent_word(visit: Visit, kind: PersonConsentKind) -> str:
    """What was agreed to, in a few words."""
    _ = visit.services.texts[visit.language].gettext
    return {
        PersonConsentKind.ATTENDANCE: _("a proof of attendance"),
        PersonConsentKind.LISTED: _("name in the list for all who take part"),
        PersonConsentKind.LATER: _("invitations to later meetings"),
        PersonConsentKind.NEEDS: _("what is needed to take part may be kept"),
    }[kind]


def fault_words(language: Language, fault: Fault) -> str:
    """What is wrong, and what to do about it."""
    _ = language.gettext
    columns = {"name": _("“Name” (or “Vorname” and “Nachname”)"), "email": _("“E-Mail”")}
    sentence = {
        "empty": _("The table is empty."),
        "column": _("There is no column {value}. The first line names the columns."),
        "name": _("The name is missing, or is longer than 120 characters."),
        "email": _("“{value}” is no e-mail address."),
        "land": _("“{value}” is no Land. Its name or its abbreviation is known, such as Thüringen or TH."),
        "language": _("“{value}” is no language of letters: de or en."),
        "role": _("The role “{value}” is not known. The list below the file names all."),
        "session": _("There is no session “{value}” in the program."),
        "organisation": _("The organisation is longer than {most} characters.").format(most=LONGEST_ORGANISATION),
        "address_taken": _("The same address stands in line {value} with another name. Everybody needs an address of their own."),
    }[fault.code]
    return sentence.format(value=columns.get(fault.value, fault.value))
