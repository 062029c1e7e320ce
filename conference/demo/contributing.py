"""Simulated attendees add findings to the forums, as their pages do: a form that is sent until it was taken, each once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from conference.demo.cast import Contribution
from conference.demo.guests import LOST, send, sign_in

FIRST = 3.0  # seconds until the first one
APART = 20.0
AGAIN = 8.0  # seconds until what was refused is tried again: before the doors open, or once nothing more is taken
Pause = Callable[[float], Awaitable[object]]


async def contribute(base: str, slug: str, contributions: Sequence[Contribution], pause: Pause) -> None:
    """In one forum, one after the other, until all have been taken. pause: waits about so many seconds."""
    await pause(FIRST)
    cookies: dict[str, str] = {}  # link -> the cookie of its browser, which is signed in once
    for one in contributions:
        while not await _added(base, slug, one, cookies):
            await pause(AGAIN)
        await pause(APART)


async def _added(base: str, slug: str, one: Contribution, cookies: dict[str, str]) -> bool:
    fields = {"do": "add", "heading": one.heading, "text": one.text, "client": one.client}
    try:
        if one.link not in cookies:
            cookies[one.link] = await asyncio.to_thread(sign_in, base, one.link)
        await asyncio.to_thread(send, base, f"/{slug}/sessions/{one.slug}/findings", cookies[one.link], fields)
    except LOST:
        return False
    return True
