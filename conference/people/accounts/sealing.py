"""What lies in the database of a one-time-code secret: encrypted, since it is needed itself, by a key out of SECRET_KEY."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from conference.base.ids import seal


def locked(key: bytes, secret: bytes) -> str:
    return _fernet(key).encrypt(secret).decode()


def unlocked(key: bytes, text: str) -> bytes | None:
    """None when SECRET_KEY was changed since."""
    try:
        return _fernet(key).decrypt(text.encode())
    except InvalidToken:
        return None


def recovery_digest(key: bytes, account_id: str, code: str) -> str:
    """What is kept of a recovery code: with 49 bits it would not stand a search by somebody who reads the database alone."""
    return seal(key, "recovery code", f"{account_id}\0{code}")


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(HKDF(SHA256(), 32, None, b"meetingpoint second factor").derive(key)))
