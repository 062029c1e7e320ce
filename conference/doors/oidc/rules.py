"""What a provider's answer is worth. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What may sign an answer (RFC 7518, RFC 8037): keys of the provider alone; "none" and shared secrets are out.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
# Authentication methods beside a password (RFC 8176), and classes that promise a second factor.
_SECOND = frozenset({"otp", "hwk", "swk", "sc", "fpt", "face", "iris", "retina", "vbm", "fido", "pop"})
_CLASSES = frozenset(
    {
        "https://refeds.org/profile/mfa",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "http://eidas.europa.eu/LoA/substantial",
        "http://eidas.europa.eu/LoA/high",
        "phr",
        "phrh",
    }
)


@dataclass(frozen=True)
class Identity:
    """Who somebody is there. email: None unless the provider has verified it; factor: a second factor was shown there."""

    issuer: str
    subject: str
    email: str | None
    factor: bool


def identity_of(issuer: str, token: Mapping[str, Any], person: Mapping[str, Any]) -> Identity:
    """token: the claims of the ID token; person: those of the userinfo answer, or the same."""
    email = person.get("email")
    verified = person.get("email_verified") is True and isinstance(email, str) and "@" in email
    return Identity(issuer, str(token["sub"]), email if verified else None, second_factor(token))


def second_factor(token: Mapping[str, Any]) -> bool:
    """Whether the provider says that more than one factor was shown."""
    methods = {method for method in token.get("amr") or [] if isinstance(method, str)}
    return "mfa" in methods or ("pwd" in methods and bool(methods & _SECOND)) or token.get("acr") in _CLASSES
