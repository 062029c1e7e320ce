"""An organiser across conferences, by address: second factors, accounts at a provider, sign-ins that are under way.

An account appears with the first factor or the first sign-in by a provider, and goes when nobody with its address organises.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.db import Instant, word


class FactorKind(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"
    RECOVERY = "recovery"


class FlowKind(StrEnum):
    """second: a link was accepted, the second factor is awaited; oidc: the provider is asked; enrol: a factor is being added."""

    SECOND = "second"
    OIDC = "oidc"
    ENROL = "enrol"


class Account(SQLModel, table=True):
    """email: as `normal_email` has it. Times in this file are real time."""

    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    created: datetime = Field(sa_type=Instant)


class Factor(SQLModel, table=True):
    """A second factor. label: its owner's word for it; secret: TOTP's, encrypted by a key out of SECRET_KEY, or the hash of a
    recovery code; credential, public_key, sign_count: of a passkey (base64url; WebAuthn level 3); step: the last TOTP step that
    was accepted, which none may be twice (RFC 6238, 5.2); confirmed: it was shown once; spent: a recovery code was used."""

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    kind: FactorKind = Field(sa_type=word(FactorKind))
    label: str = ""
    secret: str | None = None
    credential: str | None = Field(default=None, unique=True)
    public_key: str | None = None
    sign_count: int = 0
    step: int | None = None
    created: datetime = Field(sa_type=Instant)
    confirmed: datetime | None = Field(default=None, sa_type=Instant)
    used: datetime | None = Field(default=None, sa_type=Instant)
    spent: datetime | None = Field(default=None, sa_type=Instant)


class ProviderIdentity(SQLModel, table=True):
    """Who somebody is at an OpenID provider, bound at the first sign-in: later the address there may change, the subject not."""

    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    issuer: str
    subject: str
    bound: datetime = Field(sa_type=Instant)


class SignInFlow(SQLModel, table=True):
    """A sign-in between two requests, ten minutes at most, stored as the hash of what the browser holds.

    facts: state, nonce and verifier of a provider's flow (RFC 7636), a WebAuthn challenge, where to go next; tries: wrong codes.
    """

    digest: str = Field(primary_key=True)
    kind: FlowKind = Field(sa_type=word(FlowKind))
    person_id: str | None = Field(default=None, foreign_key="person.id", index=True, ondelete="CASCADE")
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    tries: int = 0
    expires: datetime = Field(sa_type=Instant)
