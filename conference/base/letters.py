"""A letter: plain text to one mailbox, with nothing in its headers that somebody smuggled in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conference.base.errors import Invalid

LONGEST_SUBJECT = 200

# One mailbox, as people have them: what RFC 5321 allows beyond this (quoted parts, comments) only helps smugglers.
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,253}(?<!\.)")
_LONGEST_MAILBOX = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
_MESSAGE_ID = re.compile(r"[A-Za-z0-9_-]+@[A-Za-z0-9.-]+")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROLS_IN_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Letter:
    """to, reply_to: one mailbox each. subject: one line, anything else is flattened. message_id: the part between the angle
    brackets (None: a fresh one at each try). calendar: an iCalendar stream that goes along. Raises Invalid("mail_address")."""

    to: str
    subject: str
    text: str
    reply_to: str | None = None
    message_id: str | None = None
    calendar: str | None = None

    def __post_init__(self) -> None:
        for address in (self.to, self.reply_to):
            if address is not None:
                mailbox(address)
        if self.message_id is not None and not _MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError("a Message-ID of ours has another form")
        object.__setattr__(self, "subject", _CONTROLS.sub(" ", self.subject).strip()[:LONGEST_SUBJECT])
        object.__setattr__(self, "text", _CONTROLS_IN_TEXT.sub("", self.text.replace("\r\n", "\n")))


def mailbox(address: str) -> str:
    """`address` as it goes over the wire: a domain with umlauts in its ASCII form. Raises Invalid("mail_address")."""
    if len(address) > _LONGEST_MAILBOX or not _MAILBOX.fullmatch(address):
        raise Invalid("mail_address")
    name, _, domain = address.rpartition("@")
    try:
        return f"{name}@{domain.encode('idna').decode()}"
    except UnicodeError:
        raise Invalid("mail_address") from None


def deliverable(address: str) -> bool:
    """Whether a letter can be sent there at all."""
    try:
        mailbox(address)
    except Invalid:
        return False
    return True
