"""What a provider's answer is worth: signed by its own keys, for us, now, for this question; whether it saw a second factor."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey, RSAKey
from pydantic import SecretStr

from conference.base.clock import FixedClock
from conference.base.errors import NotAllowed, SettingsError
from conference.base.settings import read_settings
from conference.doors.oidc.provider import Provider, trusted
from conference.doors.oidc.rules import identity_of, second_factor
from tests.site import MOMENTS

ISSUER, CLIENT, SECRET = "https://sso.example.org", "meetingpoint", "s" * 40
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
CLOCK = FixedClock(MOMENTS["live"])
NOW = int(CLOCK.real())
GOOD = {"iss": ISSUER, "sub": "olga", "aud": CLIENT, "exp": NOW + 60, "iat": NOW, "nonce": "n" * 43}


def provider() -> Provider:
    settings = read_settings(
        {}, secret_key="k" * 40, oidc_issuer=ISSUER, oidc_client_id=CLIENT, oidc_client_secret=SecretStr(SECRET)
    )
    return Provider(settings, CLOCK)


def checked(claims: dict[str, Any], key: Any = KEY, algorithm: str = "RS256", keys: Any = None) -> str:
    token = jwt.encode({"alg": algorithm, "kid": "one"}, claims, key, algorithms=[algorithm])
    known = keys or KeySet([KEY]).as_dict(private=False)
    try:
        found = provider()._claims({"id_token": token, "access_token": "a"}, known, "n" * 43)
    except NotAllowed as refused:
        return refused.code
    return str(found["sub"])


def test_a_good_answer_counts() -> None:
    assert checked(GOOD) == "olga"
    assert checked(GOOD | {"aud": [CLIENT]}) == "olga"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example.org"},
        {"aud": "another"},
        {"aud": ["another", "third"]},
        {"azp": "another"},
        {"exp": NOW - 120},
        {"iat": NOW + 600},
        {"nbf": NOW + 600},
        {"nonce": "x" * 43},
        {"nonce": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"at_hash": "of another token"},
    ],
    ids=str,
)
def test_whatever_is_wrong_is_refused(wrong: dict[str, Any]) -> None:
    claims = {name: value for name, value in (GOOD | wrong).items() if value is not None}
    assert checked(claims) == "oidc_refused"


@pytest.mark.parametrize("missing", ["iss", "sub", "aud", "exp", "iat", "nonce"])
def test_whatever_is_missing_is_refused(missing: str) -> None:
    assert checked({name: value for name, value in GOOD.items() if name != missing}) == "oidc_refused"


def test_only_the_providers_own_keys_sign() -> None:
    assert checked(GOOD, key=OTHER) == "oidc_refused"
    shared = OctKey.import_key(SECRET, {"kid": "one"})
    assert checked(GOOD, key=shared, algorithm="HS256") == "oidc_refused"
    assert checked(GOOD, key=shared, algorithm="HS256", keys={"keys": [shared.as_dict(private=True)]}) == "oidc_refused"
    assert checked(GOOD, keys={"keys": []}) == "oidc_refused"
    assert checked(GOOD, keys={"nonsense": 1}) == "oidc_refused"
    head, body, _ = jwt.encode({"alg": "RS256", "kid": "one"}, GOOD, KEY).split(".")
    for token in ("", "x.y", f"{head}.{body}.", f"eyJhbGciOiJub25lIn0.{body}."):
        with pytest.raises(NotAllowed):
            provider()._claims({"id_token": token, "access_token": "a"}, KeySet([KEY]).as_dict(private=False), "n" * 43)


def test_an_address_counts_once_the_provider_has_verified_it() -> None:
    for claims, email in (
        ({"email": "a@example.org", "email_verified": True}, "a@example.org"),
        ({"email": "a@example.org", "email_verified": "true"}, None),
        ({"email": "a@example.org"}, None),
        ({"email": ["a@example.org"], "email_verified": True}, None),
        ({"email": "nonsense", "email_verified": True}, None),
        ({}, None),
    ):
        assert identity_of(ISSUER, {"sub": "olga"}, claims).email == email, claims


def test_a_second_factor_is_one_beside_the_password() -> None:
    for token, shown in (
        ({"amr": ["pwd", "otp"]}, True),
        ({"amr": ["mfa"]}, True),
        ({"acr": "https://refeds.org/profile/mfa"}, True),
        ({"amr": ["pwd"]}, False),
        ({"amr": ["otp"]}, False),
        ({"amr": ["pwd", 7]}, False),
        ({"acr": "0"}, False),
        ({}, False),
    ):
        assert second_factor(token) is shown, token


def test_an_address_of_a_provider_is_encrypted_or_this_machine() -> None:
    for address, good in (
        ("https://sso.example.org/auth", True),
        ("http://127.0.0.1:8080/auth", True),
        ("http://sso.example.org/auth", False),
        ("javascript:alert(1)", False),
        (None, False),
    ):
        assert trusted(address) is good, address


@pytest.mark.parametrize(
    ("issuer", "client", "good"),
    [
        ("https://sso.example.org/realms/one", "meetingpoint", True),
        ("http://localhost:8080", "meetingpoint", True),
        ("https://sso.example.org", "", False),
        ("http://sso.example.org", "meetingpoint", False),
        ("sso.example.org", "meetingpoint", False),
        ("https://sso.example.org/?a=b", "meetingpoint", False),
    ],
)
def test_the_settings_name_a_provider_or_say_what_is_wrong(issuer: str, client: str, good: bool) -> None:
    environ = {"MEETINGPOINT_SECRET_KEY": "k" * 40, "MEETINGPOINT_OIDC_ISSUER": issuer, "MEETINGPOINT_OIDC_CLIENT_ID": client}
    if good:
        assert read_settings(environ).oidc_issuer == issuer
    else:
        with pytest.raises(SettingsError, match="MEETINGPOINT_OIDC_ISSUER"):
            read_settings(environ)
