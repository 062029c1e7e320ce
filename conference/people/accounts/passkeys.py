"""Passkeys as second factors (WebAuthn level 3): the one address of the library `webauthn`.

The user is verified by the authenticator (finger, face, PIN), the relying party is the host of BASE_URL, and no attestation is
asked for: which make a device is of is none of our business.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import bytes_to_base64url, options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from conference.people.accounts.model import Account, Factor, FactorKind

SITE = "Meetingpoint"
_VERIFIED = UserVerificationRequirement.REQUIRED


def possible(base_url: str) -> bool:
    """Whether browsers make passkeys for this site: it needs a name, an address will not do (WebAuthn, 5.1.2: valid domain)."""
    try:
        ipaddress.ip_address(_host(base_url))
    except ValueError:
        return True
    return False


def creation(base_url: str, account: Account, name: str, factors: list[Factor]) -> tuple[dict[str, Any], str]:
    """What the browser is asked to make, as JSON, and the challenge to remember."""
    options = generate_registration_options(
        rp_id=_host(base_url),
        rp_name=SITE,
        user_id=account.id.encode(),
        user_name=account.email,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_known(factors),
    )
    return options_to_json_dict(options), bytes_to_base64url(options.challenge)


def request(base_url: str, factors: list[Factor]) -> tuple[dict[str, Any], str]:
    """What the browser is asked to sign, as JSON, and the challenge to remember."""
    options = generate_authentication_options(
        rp_id=_host(base_url), allow_credentials=_known(factors), user_verification=_VERIFIED
    )
    return options_to_json_dict(options), bytes_to_base64url(options.challenge)


def made(base_url: str, challenge: str, credential: str) -> tuple[str, str, int] | None:
    """Credential id, public key and sign count of a passkey that a browser made; None when anything about it is wrong."""
    try:
        found = verify_registration_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(base_url),
            expected_origin=base_url,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return None
    return bytes_to_base64url(found.credential_id), bytes_to_base64url(found.credential_public_key), found.sign_count


def shown(base_url: str, challenge: str, credential: str, factor: Factor, now: datetime) -> bool:
    """Whether the browser signed with this passkey; it is marked as used then."""
    try:
        found = verify_authentication_response(
            credential=credential,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(base_url),
            expected_origin=base_url,
            credential_public_key=base64url_to_bytes(factor.public_key or ""),
            credential_current_sign_count=factor.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError):
        return False
    factor.sign_count, factor.used = found.new_sign_count, now
    return True


def _known(factors: list[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential))
        for each in factors
        if each.kind is FactorKind.PASSKEY and each.credential
    ]


def _host(base_url: str) -> str:
    return urlsplit(base_url).hostname or ""
