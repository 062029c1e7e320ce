"""One-time codes (RFC 6238) and recovery codes. Pure: secrets and the time come as values."""

from __future__ import annotations

import base64
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP

STEP = 30  # seconds; what authenticator apps take for granted, as SHA-1 and six digits (RFC 6238, 1.2)
DIGITS = 6
AROUND = (0, -1, 1)  # clocks differ by a step at most (RFC 6238, 5.2)
TRIES = 5
MOST_FACTORS = 10
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # 31 letters and digits that nobody takes for another one


def step_of(secret: bytes, code: str, now: float, after: int | None) -> int | None:
    """The step whose code this is, at Unix second `now` or one step around it; None for a wrong code, or one of a step that was
    accepted before (`after`: the last of them)."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    generator = HOTP(secret, DIGITS, SHA1())  # noqa: S303  (within HMAC, RFC 4226; apps know no other)
    fitting = None
    for offset in AROUND:  # all of them, however early one fits: the time it takes tells nothing
        step = int(now // STEP) + offset
        if step >= 0 and constant_time.bytes_eq(generator.generate(step), typed.encode()):
            fitting = step if fitting is None else fitting
    return fitting if fitting is not None and (after is None or fitting > after) else None


def provisioning(secret: bytes, email: str, site: str) -> str:
    """What the QR code for an authenticator app says."""
    asked = urlencode({"secret": written(secret), "issuer": site, "digits": DIGITS, "period": STEP}, quote_via=quote)
    return f"otpauth://totp/{quote(site)}:{quote(email)}?{asked}"


def written(secret: bytes) -> str:
    """The secret as apps take it by hand."""
    return base64.b32encode(secret).decode().rstrip("=")


def recovery_code(chance: bytes) -> str:
    """A code of ten letters and digits in two groups, out of at least 16 random bytes: some 49 bits."""
    number = int.from_bytes(chance)
    letters = []
    for _ in range(10):
        number, place = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[place])
    return "".join(letters[:5]) + "-" + "".join(letters[5:])


def plain_recovery(code: str) -> str:
    """A recovery code as it is compared: however it was typed."""
    return "".join(code.split()).replace("-", "").lower()
