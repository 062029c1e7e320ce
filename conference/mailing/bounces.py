"""Letters that came back later, read out of the mail that a mailbox got about them (RFC 3464, RFC 3462). Pure."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from email.message import Message

LONGEST_BYTES = 1_000_000
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_REPLY = re.compile(r"\b([45]\d\d)\b")
_ID = re.compile(r"<([^<>\s]{3,300})>")


@dataclass(frozen=True, slots=True)
class Returned:
    """final: it will never arrive (else it is only late); recipient: the address as the report has it, "" unknown; message_id:
    of our letter, where the report brought its headers along; reply: three digits, or None."""

    final: bool
    recipient: str
    message_id: str | None
    reply: str | None


def read_return(content: bytes) -> list[Returned]:
    """What a mail says of letters; empty when it is no report of delivery (an answer from a human, an out-of-office note)."""
    message = email.message_from_bytes(content[:LONGEST_BYTES], policy=email.policy.compat32)
    original = next((found for part in message.walk() if (found := _original_id(part))), None)
    return [
        returned
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for block in _blocks(part)
        if (returned := _returned(block, original)) is not None
    ]


def _blocks(part: Message) -> list[Message]:
    """A report is one block of fields for the message and one for each recipient (RFC 3464, 2.1)."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _returned(block: Message, original: str | None) -> Returned | None:
    action = str(block.get("Action", "")).strip().lower()
    if action not in ("failed", "delayed"):
        return None
    status = _STATUS.search(str(block.get("Status", "")))
    said = _REPLY.search(str(block.get("Diagnostic-Code", "")))
    final = action == "failed" and (status is None or status[1] == "5")
    recipient = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    return Returned(final, recipient.rpartition(";")[2].strip().strip("<>").lower(), original, said[1] if said else None)


def _original_id(part: Message) -> str | None:
    """The Message-ID of the letter that is reported on: it comes along as a whole or with its headers alone."""
    kind = part.get_content_type()
    if kind == "message/rfc822":
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        found = _ID.search(str(inner.get("Message-ID", ""))) if isinstance(inner, Message) else None
    elif kind == "text/rfc822-headers":
        raw = part.get_payload(decode=True)
        headers = email.message_from_bytes(raw if isinstance(raw, bytes) else b"", policy=email.policy.compat32)
        found = _ID.search(str(headers.get("Message-ID", "")))
    else:
        return None
    return found[1] if found else None
