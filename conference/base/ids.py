"""Names of things: random, never reused, never guessable; secrets and their hashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Protocol


class Ids(Protocol):
    def new(self) -> str:
        """A fresh id: 22 characters, 128 bits, safe in addresses."""
        ...

    def secret(self) -> str:
        """A fresh bearer secret: 43 characters, 256 bits, safe in addresses."""
        ...


class RandomIds:
    def new(self) -> str:
        return secrets.token_urlsafe(16)

    def secret(self) -> str:
        return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored instead of a secret of 256 random bits (no salt or stretching is needed for those): 64 hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def seal(key: bytes, purpose: str, text: str) -> str:
    """A signature over `text` for one purpose: 43 characters, HMAC-SHA-256 in URL-safe base64."""
    mac = hmac.new(key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def sealed_by(key: bytes, purpose: str, text: str, seal_: str) -> bool:
    """Whether `seal_` is ours, compared in constant time."""
    return hmac.compare_digest(seal(key, purpose, text).encode(), seal_.encode(errors="replace"))
