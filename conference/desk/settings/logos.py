"""Logos of the hosts: kept in the store below keys of their own, named by the conference's row alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.compared import Comparison, compare_objects
from conference.access.model import Conference
from conference.base.db import Work
from conference.base.errors import Unavailable
from conference.base.jobs import Handler, Job, enqueue
from conference.base.logos import SUFFIX, kind_of_logo
from conference.base.storage import ObjectStorage
from conference.base.words import Words
from conference.web.services import Services

FORGET = "hosts.forget"
"""Kind of the job that deletes a logo no host has any more. facts: key."""
PREFIX = "hosts/"

Hosts = Sequence[Mapping[str, Any]]
"""As `Conference.hosts` holds them."""


def handlers(storage: ObjectStorage) -> Mapping[str, Handler]:
    """For the worker."""

    async def delete(job: Job) -> None:
        await storage.delete(job.facts["key"])

    return {FORGET: delete}


def etag_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def keep_logo(services: Services, data: bytes, alt: Words) -> dict[str, Any]:
    """Put it into the store: the value of "logo" of a host. Whoever then does not name it deletes it. Raises Invalid (what
    `kind_of_logo` says), Unavailable."""
    kind = kind_of_logo(data)
    key = f"{PREFIX}{services.ids.secret()}.{SUFFIX[kind]}"
    await services.storage.put(key, data, kind)
    return {"key": key, "type": kind, "size": len(data), "etag": etag_of(data), "alt": dict(alt)}


def keys_of(hosts: Hosts) -> set[str]:
    return {host["logo"]["key"] for host in hosts if host.get("logo")}


async def forget_logos(work: Work, before: Hosts, after: Hosts) -> None:
    """Delete what no host has any more, once this work is committed."""
    for key in sorted(keys_of(before) - keys_of(after)):
        await enqueue(work, FORGET, {"key": key})


async def drop_logos(services: Services, keys: Iterable[str], error: BaseException) -> None:
    """Delete what was put for a change that failed; after Unavailable, when nobody knows whether, the comparison does."""
    if not isinstance(error, Unavailable):
        for key in keys:
            await services.storage.delete(key)


async def brought_hosts(services: Services, hosts: Hosts, present: Hosts, logos: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Hosts of a file as a conference holds them. hosts: with "logo" (its path or None) and "logo_alt"; present: those that the
    conference has; logos: what lies at each path. A logo that is there already is not put again. Raises as `keep_logo`."""
    kept = {host["logo"]["etag"]: host["logo"] for host in present if host.get("logo")}
    made: list[dict[str, Any]] = []
    for host in hosts:
        one = {name: host[name] for name in ("name", "short", "url")}
        if host["logo"] is not None:
            data, alt = logos[host["logo"]], host["logo_alt"]
            there = kept.get(etag_of(data))
            one["logo"] = there | {"alt": dict(alt)} if there else await keep_logo(services, data, alt)
        made.append(one)
    return made


def hosts_to_file(hosts: Hosts) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The way back: entries of a file, and {path in the file: key in the store}."""
    entries: list[dict[str, Any]] = []
    files: dict[str, str] = {}
    for host in hosts:
        entry = {name: host[name] for name in host if name != "logo"}
        if logo := host.get("logo"):
            path = f"hosts/{logo['etag'][:16]}.{SUFFIX[logo['type']]}"
            files[path] = logo["key"]
            entry |= {"logo": path, "logo_alt": logo["alt"]}
        entries.append(entry)
    return entries, files


async def reconcile_logos(services: Services) -> Comparison:
    """Drop what no host names, and log what is missing. Raises Unavailable."""
    return await compare_objects(services, PREFIX, _named)


async def _named(session: AsyncSession, key: str | None) -> set[str]:
    found: set[str] = set()
    for hosts in await session.exec(select(Conference.hosts)):
        found |= keys_of(hosts)
    return found & {key} if key else found
