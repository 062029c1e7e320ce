"""Roles and states as people read them."""

from __future__ import annotations

from conference.access.model import State
from conference.people.model import Role
from conference.web.texts import Language


def role_word(language: Language, role: Role) -> str:
    _ = language.gettext
    return {
        Role.ORGANISER: _("Organisation"),
        Role.MODERATOR: _("Moderation"),
        Role.SPEAKER: _("Speaker"),
        Role.INTERPRETER: _("Sign language interpreting"),
        Role.CAPTIONER: _("Live captions"),
        Role.NOTE_TAKER: _("Minutes"),
        Role.TECHNICAL_DIRECTOR: _("Technical direction"),
        Role.APPROVER: _("Approval"),
        Role.INITIATIVE: _("Initiative"),
        Role.ATTENDEE: _("Attendee"),
        Role.GUEST: _("Guest"),
    }[role]


def state_word(language: Language, state: State) -> str:
    """Where a conference is in its life."""
    _ = language.gettext
    return {
        State.DRAFT: _("Draft"),
        State.ANNOUNCED: _("Announced"),
        State.DOORS: _("Doors open"),
        State.LIVE: _("Live"),
        State.ARCHIVE: _("Public archive"),
        State.CLOSED: _("Closed"),
        State.PURGED: _("Data deleted"),
    }[state]
