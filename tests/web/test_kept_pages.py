"""Pages that are kept as bytes: never another language, another person, an older state or somebody's cookie."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from conference.base.clock import FixedClock
from conference.web.page_cache import PageCache
from tests.site import MOMENTS, SLUG_2021, Site
from tests.web.conftest import ask

PROGRAM = f"/{SLUG_2021}/program"


async def test_each_language_has_its_own(site: Site) -> None:
    told = {code: await ask(site.app, PROGRAM, headers={"accept-language": code}) for code in ("de", "en", "fr", "de")}
    again = {code: await ask(site.app, PROGRAM, headers={"accept-language": code}) for code in ("en", "de")}
    for code in ("en", "de"):
        assert f'<html lang="{code}">'.encode() in told[code].body
        assert told[code].body == again[code].body
        assert again[code].get("content-language") == code
    assert b'<html lang="de">' in told["fr"].body
    chosen = await ask(site.app, PROGRAM, headers={"accept-language": "de", "cookie": "language=en"})
    assert b'<html lang="en">' in chosen.body


async def test_a_person_is_never_shown_to_another(site: Site) -> None:
    name = "Zacharias Unverwechselbar"
    await ask(site.app, PROGRAM)
    somebody = await site.signed_in(name)
    for _ in range(2):
        assert name in (await somebody.get(PROGRAM)).text
        assert name.encode() not in (await ask(site.app, PROGRAM, headers={"accept-language": "de"})).body
    for path in (f"/{SLUG_2021}/", f"/{SLUG_2021}/forums", f"/{SLUG_2021}/sessions/panel", f"/{SLUG_2021}/cards"):
        await somebody.get(path)
        stranger = await ask(site.app, path)
        assert name.encode() not in stranger.body, path
        assert not stranger.all("set-cookie"), path


async def test_nothing_is_kept_beyond_its_time(site: Site) -> None:
    try:
        site.clock.jump_to(MOMENTS["live"])
        before = await ask(site.app, PROGRAM)
        assert before.status == 200
        site.clock.jump_to(MOMENTS["closed"])
        assert (await ask(site.app, PROGRAM)).status == 410
        site.clock.jump_to(MOMENTS["live"] - timedelta(days=3))
        assert (await ask(site.app, PROGRAM)).body != before.body
    finally:
        site.clock.jump_to(MOMENTS["live"])


async def test_what_sets_a_cookie_is_not_kept() -> None:
    clock = FixedClock(MOMENTS["live"])
    calls = 0

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        nonlocal calls
        calls += 1
        scope["state"]["keep"] = ("c", clock.now(), clock.now() + timedelta(hours=1))
        cookies = [(b"set-cookie", b"meetingpoint=secret")] if scope["path"] == "/cookie" else []
        await send({"type": "http.response.start", "status": 200, "headers": cookies})
        await send({"type": "http.response.body", "body": b"page"})

    cache = PageCache(app, clock)
    for _ in range(2):
        assert (await ask(cache, "/cookie")).all("set-cookie")
    assert calls == 2
    for _ in range(2):
        await ask(cache, "/plain")
    assert calls == 3
    await ask(cache, "/plain", host="localhost:8000")
    await ask(cache, "/plain", headers={"authorization": "Bearer x"})
    await ask(cache, "/plain", headers={"cookie": "a=b"})
    await ask(cache, "/plain", query=b"a")
    await ask(cache, "/plain", method="HEAD")
    assert calls == 8
