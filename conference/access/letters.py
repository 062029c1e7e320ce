"""What letters of a conference have in common: both languages in one text, and at its end whom to turn to. Answers go there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from conference.base.mail import deliverable
from conference.base.words import say

RULE = "-" * 30


def in_one(written: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Subject and text of one letter out of those in each language, in their order."""
    subjects, texts = zip(*written, strict=True)
    return " / ".join(subjects), f"\n\n{RULE}\n\n".join(texts) + "\n"


def sender(contact: Mapping[str, Any], code: str) -> list[str]:
    """The last paragraph, out of a conference's `contact`; none where nothing is said there."""
    lines = [say(contact.get("name"), code), contact.get("email"), contact.get("phone")]
    return ["\n".join(line for line in lines if line)] if any(lines) else []


def reply_to(contact: Mapping[str, Any]) -> str | None:
    """Where answers go; None where no letter can be sent there."""
    address: str = contact.get("email", "")
    return address if deliverable(address) else None
