"""The OpenID provider of the settings (OpenID Connect Core 1.0, code flow with PKCE): the one address of Authlib.

Everything is asked anew for each sign-in (configuration, keys), since these are rare and keys change without notice. An
installation without a provider never loads the libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from conference.base.clock import Clock
from conference.base.errors import NotAllowed, Unavailable
from conference.base.log import logger
from conference.base.settings import Settings
from conference.doors.oidc.rules import ALGORITHMS, Identity, identity_of

SECONDS = 5.0
LEEWAY = 60  # seconds by which the two clocks may differ
LARGEST = 1024 * 1024
SCOPE = "openid email profile"
BACK = "/sign-in/oidc/back"
log = logger("oidc")


class Provider:
    """Knows nothing between two calls. All raise Unavailable("provider") when it does not answer as agreed."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.issuer = settings.oidc_issuer

    async def address(self, *, state: str, nonce: str, verifier: str, anew: bool = False) -> str:
        """Where the browser is sent to sign in. anew: also when it is signed in there (Core, 3.1.2.1)."""
        async with self._client() as client:
            about = await self._about(client)
            address, _ = client.create_authorization_url(
                about["authorization_endpoint"], state=state, code_verifier=verifier, nonce=nonce,
                **({"prompt": "login"} if anew else {}),
            )  # fmt: skip
        return str(address)

    async def identity(self, answer: Mapping[str, str], *, nonce: str, verifier: str) -> Identity:
        """Who came back. answer: the query of the address, whose state was checked. Raises NotAllowed("oidc_refused")."""
        async with self._client() as client:
            about = await self._about(client)
            self._check_issuer(answer, about)
            token = await self._token(client, about, answer.get("code", ""), verifier)
            keys = await self._json(client, about["jwks_uri"])
            claims = self._claims(token, keys, nonce)
            person: Mapping[str, Any] = claims
            if "email" not in claims and "userinfo_endpoint" in about:
                bearer = {"Authorization": f"Bearer {token['access_token']}"}
                person = await self._json(client, about["userinfo_endpoint"], headers=bearer)
                if person.get("sub") != claims["sub"]:  # Core, 5.3.2
                    raise _refused("userinfo of another subject")
        return identity_of(self.issuer, claims, person)

    def _client(self) -> Any:
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

        return AsyncOAuth2Client(
            client_id=self._settings.oidc_client_id,
            client_secret=self._settings.oidc_client_secret.get_secret_value() or None,
            scope=SCOPE,
            redirect_uri=self._settings.base_url + BACK,
            code_challenge_method="S256",
            timeout=SECONDS,
            follow_redirects=False,
        )

    async def _about(self, client: Any) -> Mapping[str, Any]:
        """Discovery 1.0: the issuer in it must be the one that we asked (4.3)."""
        about = await self._json(client, self.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if about.get("issuer") != self.issuer:
            raise _away("another issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not trusted(about.get(name)):
                raise _away(name)
        return about

    def _check_issuer(self, answer: Mapping[str, str], about: Mapping[str, Any]) -> None:
        """RFC 9207, 2.4: an answer that comes from another provider is not for us."""
        named = answer.get("iss")
        wanted = about.get("authorization_response_iss_parameter_supported") is True
        if (named is not None or wanted) and named != self.issuer:
            raise _refused("iss")

    async def _token(self, client: Any, about: Mapping[str, Any], code: str, verifier: str) -> Mapping[str, Any]:
        from httpx2 import HTTPError

        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in methods and "client_secret_post" in methods and client.client_secret:
            client.token_endpoint_auth_method = "client_secret_post"  # noqa: S105 -- a method's name
        try:
            token: Mapping[str, Any] = await client.fetch_token(
                about["token_endpoint"], grant_type="authorization_code", code=code, code_verifier=verifier,
                redirect_uri=client.redirect_uri,
            )  # fmt: skip
        except (HTTPError, ValueError, OSError) as error:
            raise _away("token") from error
        except Exception as error:  # Authlib's refusals have no common class with its own faults
            raise _refused(type(error).__name__) from error
        if not isinstance(token.get("id_token"), str) or not isinstance(token.get("access_token"), str):
            raise _refused("no id_token")
        return token

    def _claims(self, token: Mapping[str, Any], keys: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """The claims of the ID token, once all of Core 3.1.3.7 was checked."""
        from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
        from joserfc import jwt
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        try:
            found = jwt.decode(token["id_token"], KeySet.import_key_set(dict(keys)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(
                found.claims,
                found.header,
                options={
                    "iss": {"essential": True, "value": self.issuer},
                    "aud": {"essential": True, "value": self._settings.oidc_client_id},
                },
                params={"nonce": nonce, "client_id": self._settings.oidc_client_id, "access_token": token["access_token"]},
            )
            claims.validate(now=int(self._clock.real()), leeway=LEEWAY)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise _refused(type(error).__name__) from error
        if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
            raise _refused("sub")
        return dict(claims)

    async def _json(self, client: Any, address: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        from httpx2 import HTTPError

        try:
            answer = await client.request("GET", address, withhold_token=True, headers=headers)
            if answer.status_code != 200 or len(answer.content) > LARGEST:
                raise _away(f"status {answer.status_code}")
            said = answer.json()
        except (HTTPError, ValueError, OSError) as error:
            raise _away(type(error).__name__) from error
        if not isinstance(said, dict):
            raise _away("no object")
        return said


def trusted(address: object) -> bool:
    """https, or this machine for trying it out."""
    if not isinstance(address, str):
        return False
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))


def _away(why: str) -> Unavailable:
    log.warning("oidc_away", why=why)
    return Unavailable("provider")


def _refused(why: str) -> NotAllowed:
    log.warning("oidc_refused", why=why)
    return NotAllowed("oidc_refused")
