"""ICE-lite (RFC 8445 section 2.5): answer checks, learn addresses from checked requests only, never send first."""

from __future__ import annotations

import re
import secrets
import string
import struct
from dataclasses import dataclass

from aioice import stun

Address = tuple[str, int]
LONGEST = 640  # bytes of a check: a user name of 513 (RFC 8839 section 5.4) and what browsers add
ATTRIBUTES = 16  # of a check; browsers send up to nine
_REQUEST = b"\x00\x01"  # Binding request
_COOKIE = b"\x21\x12\xa4\x42"
_USERNAME = 0x0006
_ATTRIBUTE = struct.Struct("!HH")
_UFRAG = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PASSWORD = re.compile(r"[A-Za-z0-9+/]{22,256}")
_ALPHABET = string.ascii_letters + string.digits


def random_text(size: int) -> str:
    """Letters and digits, about 5.95 bits each (ice-char without the two signs, RFC 8839 section 5.4)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(size))


@dataclass(frozen=True, slots=True)
class Credentials:
    """ufrag: at least 4, password: at least 22 characters (RFC 8839 section 5.4)."""

    ufrag: str
    password: str

    @classmethod
    def new(cls) -> Credentials:
        return cls(random_text(12), random_text(24))

    @property
    def valid(self) -> bool:
        """Whether length and characters are those of RFC 8839 section 5.4."""
        return bool(_UFRAG.fullmatch(self.ufrag) and _PASSWORD.fullmatch(self.password))


@dataclass(frozen=True, slots=True)
class Check:
    """A well-formed Binding request that is not verified yet. `ufrag` is ours, from the first half of USERNAME."""

    ufrag: str
    message: stun.Message


def addressee(data: bytes) -> str | None:
    """Our ufrag in a datagram that looks like a check, found without parsing it all: strangers get no more of our time
    than this. None: not a check, or longer and more elaborate than any."""
    end = len(data)
    if end > LONGEST or data[:2] != _REQUEST or data[4:8] != _COOKIE:
        return None
    found, position = None, 20
    for _ in range(ATTRIBUTES):
        if position + 4 > end:
            return found
        kind, size = _ATTRIBUTE.unpack_from(data, position)
        if kind == _USERNAME:
            found = data[position + 4 : position + 4 + size].partition(b":")[0].decode("ascii", "replace")
        position += 4 + size + -size % 4
    return found if position >= end else None


def read_check(data: bytes) -> Check | None:
    """Parse a datagram as a connectivity check. None: anything else. Creates no state and raises nothing."""
    try:
        message = stun.parse_message(data)
    except (ValueError, struct.error):  # UnicodeDecodeError is a ValueError
        return None
    if message.message_method is not stun.Method.BINDING or message.message_class is not stun.Class.REQUEST:
        return None
    ufrag = message.attributes.get("USERNAME", "").partition(":")[0]
    return Check(ufrag, message) if ufrag else None


def is_genuine(check: Check, credentials: Credentials) -> bool:
    """Whether MESSAGE-INTEGRITY was made with our password (RFC 8489 section 9.1.3)."""
    return bool(check.message.check_message_integrity(credentials.password.encode()))


def nominates(check: Check) -> bool:
    return "USE-CANDIDATE" in check.message.attributes


def success(check: Check, credentials: Credentials, address: Address) -> bytes:
    """The signed answer. A lite agent is always controlled and never answers 487 (RFC 8445 section 7.3.1.1)."""
    answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, check.message.transaction_id)
    answer.attributes["XOR-MAPPED-ADDRESS"] = address
    answer.add_message_integrity(credentials.password.encode())
    return bytes(answer)


def request(username: str, password: str, nominate: bool, tie_breaker: int) -> bytes:
    """A check as a full, controlling agent sends it; for clients of our own."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = username
    message.attributes["PRIORITY"] = 1845494271
    message.attributes["ICE-CONTROLLING"] = tie_breaker
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password.encode())
    return bytes(message)


def is_success(data: bytes, password: str) -> bool:
    """Whether a datagram is a Binding success signed with the other side's password."""
    try:
        message = stun.parse_message(data)
    except (ValueError, struct.error):
        return False
    return message.message_class is stun.Class.RESPONSE and bool(message.check_message_integrity(password.encode()))
