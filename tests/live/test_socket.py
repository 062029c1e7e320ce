"""The conversation on /live: origin, hello, topics, messages. Real server, real connections."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from conference.live.limits import Limits
from conference.live.origin import own_origin
from tests.live.house import TOPIC, Browser, Web, serving

BASE = "https://meet.example.org"

BASE = "https://meet.example.org"


# Origin


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("https://meet.example.org", True),
        ("https://meet.example.org.evil.org", False),
        ("https://evil-meet.example.org", False),
        ("https://example.org", False),
        ("https://meet.example.org:8443", False),
        ("https://meet.example.org:443", False),
        ("http://meet.example.org", False),
        ("https://MEET.example.org", False),
        ("https://meet.example.org/", False),
        ("https://meet.example.org@evil.org", False),
        ("null", False),
        ("", False),
        ("http://127.0.0.1:8000", False),
        ("https://[", False),
    ],
)
def test_origins(origin: str, ours: bool) -> None:
    assert own_origin([origin], ["meet.example.org"], BASE) is ours


def test_an_origin_is_needed_exactly_once() -> None:
    assert not own_origin([], ["meet.example.org"], BASE)
    assert not own_origin([BASE, BASE], ["meet.example.org"], BASE)
    assert not own_origin([BASE], [], BASE)


def test_a_default_port_in_the_base_url_is_not_in_the_origin() -> None:
    assert own_origin([BASE], ["meet.example.org"], f"{BASE}:443")
    assert own_origin(["http://[::1]:8000"], ["[::1]:8000"], "http://[::1]:8000")


def test_a_demo_is_reached_by_any_loopback_name() -> None:
    for host in ("localhost:8000", "127.0.0.1:9000", "[::1]:8000"):
        assert own_origin([f"http://{host}"], [host], "http://127.0.0.1:8000")
        assert own_origin([f"http://{host}"], [host], BASE, demo=True)
        assert not own_origin([f"http://{host}"], [host], BASE)
    assert not own_origin(["http://localhost:8000"], ["localhost:9000"], "http://127.0.0.1:8000")
    assert not own_origin(["http://evil.org"], ["evil.org"], "http://127.0.0.1:8000", demo=True)
    assert not own_origin(["http://["], ["["], "http://127.0.0.1:8000", demo=True)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.org"])
async def test_a_foreign_origin_is_refused_before_the_handshake_is_done(web: Web, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(web.url(), origin=origin):  # type: ignore[arg-type]
            pass
    assert refusal.value.response.status_code == 403
    assert not web.hub.audience.sockets


# Hello


async def test_welcome_state_and_events(web: Web) -> None:
    await web.tell(0)
    await web.hub.catch_up()
    async with web.browser(TOPIC, "session:s", "secret:x", lang="en") as browser:
        assert browser.welcome.pop("now")
        assert browser.welcome == {"type": "welcome", "last": 1, "topics": [TOPIC, "session:s"], "refused": ["secret:x"]}
        assert await browser.hear() == {"type": "state", "topic": "session:s", "data": {"here": "session:s"}}
        await web.tell(1)
        await web.tell(2, "session:other")
        await web.tell(3, "session:s")
        assert await browser.hear() == {"type": "event", "id": 2, "topic": TOPIC, "kind": "note", "data": {"text": "en 1"}}
        assert (await browser.hear())["id"] == 4


async def test_each_row_is_rendered_once_per_language(web: Web) -> None:
    asked: list[tuple[int, str]] = []

    async def note(facts: dict[str, int], language: str) -> dict[str, str]:
        asked.append((facts["n"], language))
        return {}

    web.hub._renderers = {"note": note}  # type: ignore[dict-item]
    async with web.browser(TOPIC) as a, web.browser(TOPIC) as b, web.browser(TOPIC, lang="en") as c:
        await web.tell(1)
        for browser in (a, b, c):
            assert (await browser.hear())["id"] == 1
        await web.tell(2, "nobody:here")
        await a.silence()
    assert sorted(asked) == [(1, "de"), (1, "en")]


async def test_an_unknown_language_is_the_viewers_own(web: Web) -> None:
    async with web.browser(TOPIC, lang="xx") as browser:
        await web.tell(1)
        assert (await browser.hear())["data"] == {"text": "de 1"}


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("{", "bad_message"),
        ("[]", "bad_message"),
        ('{"type":"ping"}', "hello_expected"),
        ('{"type":"hello"}', "bad_topics"),
        ('{"type":"hello","topics":["x"]}', "bad_topics"),
        ('{"type":"hello","topics":["a:b"],"last":-1}', "bad_message"),
    ],
)
async def test_a_wrong_hello_is_explained_and_closed(web: Web, first: str, code: str) -> None:
    async with web.open() as connection:
        browser = Browser(connection)
        await browser.say(first)
        assert await browser.hear() == {"type": "error", "code": code, "text": f"de: {code}"}
        assert await browser.closed() == 4400


async def test_who_says_no_hello_is_closed(tmp_path: Path) -> None:
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}", limits=Limits(hello_within=0.2)) as web, web.open() as connection:
        browser = Browser(connection)
        assert (await browser.hear())["code"] == "hello_expected"
        assert await browser.closed() == 4408


async def test_a_page_that_ends_before_hello_leaves_nothing(web: Web) -> None:
    async with web.open():
        pass
    async with web.open() as connection:
        connection.transport.abort()
    async with asyncio.timeout(5):
        while web.hub.audience.sockets:
            await asyncio.sleep(0.01)


async def test_who_may_not_enter_learns_why(web: Web) -> None:
    web.gate.banned.add("eve")
    async with web.open("?person=eve") as connection:
        browser = Browser(connection)
        assert await browser.hear() == {"type": "error", "code": "banned", "text": "de: banned"}
        assert await browser.closed() == 4403


# Messages


async def test_answers_carry_the_mark_of_the_question(web: Web) -> None:
    async with web.browser() as browser:
        assert await browser.ask({"type": "echo", "ref": 7, "text": "hä"}) == {"type": "ok", "ref": 7, "said": "hä"}
        assert await browser.ask({"type": "echo", "text": "x"}) == {"type": "ok", "said": "x"}
        assert await browser.ask({"type": "deny", "ref": "r"}) == {
            "type": "error",
            "ref": "r",
            "code": "not_yours",
            "text": "de: not_yours",
        }
        assert (await browser.ask({"type": "crash", "ref": 1}))["code"] == "internal"
        assert (await browser.ask({"type": "what", "ref": 2}))["code"] == "unknown_type"
        assert (await browser.ask({"type": "hello", "topics": []}))["code"] == "unknown_type"
        assert (await browser.ask({"type": "echo", "ref": {}}))["code"] == "bad_message"
        pong = await browser.ask({"type": "ping", "ref": 3})
        assert (pong["type"], pong["ref"]) == ("pong", 3)


async def test_subscribe_and_unsubscribe(web: Web) -> None:
    await web.tell(0, "session:s")
    await web.hub.catch_up()
    async with web.browser(TOPIC) as browser:
        await browser.say({"type": "subscribe", "topics": ["session:s", "secret:x"], "last": 0, "ref": 1})
        assert await browser.hear() == {"type": "subscribed", "last": 1, "topics": ["session:s"], "refused": ["secret:x"]}
        assert [(await browser.hear())["type"] for _ in range(3)] == ["event", "state", "ok"]
        assert await browser.ask({"type": "unsubscribe", "topics": [TOPIC, "never:had"], "ref": 2}) == {"type": "ok", "ref": 2}
        await web.tell(1)
        await web.tell(2, "session:s")
        assert (await browser.hear())["id"] == 3
        many = [f"a:{number}" for number in range(50)]
        assert (await browser.ask({"type": "subscribe", "topics": many}))["code"] == "bad_topics"
        await browser.silence()


async def test_broken_snapshots_and_renderers_reload_their_topic_only(web: Web) -> None:
    async with web.browser("shaky:1", TOPIC) as browser:
        reload = {"type": "reload", "topics": ["shaky:1"], "within": 5}
        assert await browser.hear() == reload
        await web.tell(1, kind="broken")
        await web.tell(2, kind="nothing")
        await web.tell(3, kind="unknown")
        await web.tell(4)
        assert await browser.hear() == {**reload, "topics": [TOPIC], "id": 1}
        assert (await browser.hear())["id"] == 4
