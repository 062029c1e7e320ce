"""What a message to an initiative may be, and what its letter says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from conference.base.errors import Invalid

LONGEST_NAME = 120
LONGEST_MESSAGE = 4000
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>()\[\],;:\\\"]+\.[^\s@<>()\[\],;:\\\"]{2,}")


@dataclass(frozen=True)
class Message:
    """name, email: whose answer it wants; both in one line."""

    name: str
    email: str
    text: str


def message_of(form: Mapping[str, str]) -> tuple[Message, dict[str, Invalid]]:
    """What was entered, and what cannot be by the name of its field: name, email, message."""
    message = Message(
        " ".join(form.get("name", "").split()),
        form.get("email", "").strip(),
        form.get("message", "").replace("\r\n", "\n").strip(),
    )
    faults: dict[str, Invalid] = {}
    if not 0 < len(message.name) <= LONGEST_NAME:
        faults["name"] = Invalid("name")
    if len(message.email) > LONGEST_ADDRESS or not _MAILBOX.fullmatch(message.email) or not message.email.isprintable():
        faults["email"] = Invalid("email")
    if not 0 < len(message.text) <= LONGEST_MESSAGE:
        faults["message"] = Invalid("contact_message")
    return message, faults


def letter_of(message: Message, conference: str, own_address: str, _: Callable[[str], str]) -> tuple[str, str]:
    """Subject and text of the letter to the initiative. own_address: where its people can switch the form off."""
    parts = [
        _("Good day,"),
        _("{name} writes to you about your page at “{conference}”:").format(name=message.name, conference=conference),
        message.text,
        _("Simply answer this letter: your answer goes to {email}. Only then is your own address seen there.").format(
            email=message.email
        ),
        _("We keep no copy of this message. If you do not want any more of them, switch the form off here:") + f"\n{own_address}",
    ]
    return _("A message about your video card: {conference}").format(conference=conference), "\n\n".join(parts) + "\n"
