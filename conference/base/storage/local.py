"""Signed addresses of stores that this platform serves itself: `/objects/KEY?expires=...&sig=...`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable
from urllib.parse import urlencode

from conference.base.clock import Clock
from conference.base.errors import NotAllowed
from conference.base.ids import seal, sealed_by
from conference.base.storage.port import ObjectStorage, Part, check_key, check_part, check_seconds


@dataclass(frozen=True)
class GetGrant:
    """What a valid address allows: reading one object, saved under a name or shown, as the given or the stored type."""

    filename: str | None
    content_type: str | None


@dataclass(frozen=True)
class PartGrant:
    """What a valid address allows: putting one part."""

    upload_id: str
    number: int


class Addresses:
    """Makes and checks such addresses. The key of the seal is the installation's secret; the time is real time."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        if not key:
            raise ValueError("without a key anybody could sign addresses")
        self._key = key
        self._clock = clock

    @property
    def public_origin(self) -> str:
        return ""

    def sign_get(self, key: str, seconds: float, *, filename: str | None = None, content_type: str | None = None) -> str:
        facts = {"name": filename, "type": content_type}
        return self._address("GET", key, seconds, {name: value for name, value in facts.items() if value is not None})

    def sign_part(self, key: str, upload_id: str, number: int, seconds: float) -> str:
        return self._address("PUT", key, seconds, {"upload": upload_id, "part": str(check_part(number))})

    def verify(self, key: str, query: Mapping[str, str], now_real: float) -> GetGrant:
        """What this address allows. Raises NotAllowed("object_address") when it is not ours, ("object_expired") when too late."""
        self._check("GET", key, query, ("name", "type"), now_real)
        return GetGrant(query.get("name"), query.get("type"))

    def verify_part(self, key: str, query: Mapping[str, str], now_real: float) -> PartGrant:
        """The same for an address that takes a part."""
        self._check("PUT", key, query, ("upload", "part"), now_real)
        return PartGrant(query["upload"], int(query["part"]))

    def _address(self, method: str, key: str, seconds: float, facts: dict[str, str]) -> str:
        expires = str(int(self._clock.real()) + check_seconds(seconds))
        sig = seal(self._key, "object", _text(method, check_key(key), expires, facts))
        return f"/objects/{key}?{urlencode({'expires': expires, **facts, 'sig': sig})}"

    def _check(self, method: str, key: str, query: Mapping[str, str], names: tuple[str, str], now_real: float) -> None:
        expires = query.get("expires", "")
        facts = {name: query[name] for name in names if name in query}
        if not sealed_by(self._key, "object", _text(method, key, expires, facts), query.get("sig", "")):
            raise NotAllowed("object_address")
        if int(expires) <= now_real:
            raise NotAllowed("object_expired")


@runtime_checkable
class LocalStorage(ObjectStorage, Protocol):
    """A store whose signed addresses lead to our own `/objects/` page."""

    def verify(self, key: str, query: Mapping[str, str], now_real: float) -> GetGrant: ...

    def verify_part(self, key: str, query: Mapping[str, str], now_real: float) -> PartGrant: ...

    async def take_part(self, key: str, upload_id: str, number: int, pieces: AsyncIterator[bytes]) -> Part:
        """A part as it comes from a browser. Whatever breaks it off, nothing of it is kept. Raises NotFound("upload")."""
        ...


def _text(method: str, key: str, expires: str, facts: Mapping[str, str]) -> str:
    # The key has no line feed and the rest is percent-encoded, so that no two addresses share a text.
    return "\n".join((method, key, urlencode({"expires": expires, **dict(sorted(facts.items()))})))
