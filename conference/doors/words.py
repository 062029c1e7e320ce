"""Roles as people read them."""

from __future__ import annotations

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
