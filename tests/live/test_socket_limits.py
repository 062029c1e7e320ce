"""What the conversation on /live bears: too much, too large, too slow, malformed. Real server, real connections."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.base.errors import ConferenceError, Invalid
from conference.live.audience import address_group
from conference.live.limits import Allowance, Limits
from conference.live.messages import last_of, parse, ref_of, topics_of
from tests.live.house import TOPIC, Browser, Web, serving

BASE = "https://meet.example.org"


async def test_too_many_messages_end_the_socket_and_harm_nobody(web: Web) -> None:
    async with web.browser() as loud, web.browser(TOPIC) as other:
        for _ in range(60):
            await loud.say({"type": "ping"})
        assert (await loud.hear_until("error"))[-1]["code"] == "too_many_messages"
        assert await loud.closed() == 4429
        await web.tell(1)
        assert (await other.hear())["id"] == 1


def test_the_allowance_refills() -> None:
    allowance = Allowance(20, 40, 0.0)
    assert [allowance.take(0.0) for _ in range(41)] == [True] * 40 + [False]
    assert [allowance.take(0.1) for _ in range(3)] == [True, True, False]
    assert sum(allowance.take(100.0) for _ in range(50)) == 40


@pytest.mark.parametrize(("data", "code"), [("x" * 70_000, 1009), (b"binary", 1003), ("ä" * 40_000, 1009)])
async def test_frames_that_are_too_large_or_binary(web: Web, data: str | bytes, code: int) -> None:
    async with web.browser() as browser, web.browser(TOPIC) as other:
        await browser.say(data)
        assert await browser.closed() == code
        await other.silence()


async def test_the_sixth_socket_of_a_person_replaces_the_oldest(web: Web) -> None:
    async with AsyncExitStack() as stack:
        anna = [await stack.enter_async_context(web.browser(query="?person=anna")) for _ in range(5)]
        for query in ("?person=berta", ""):
            await stack.enter_async_context(web.browser(query=query))
        await anna[0].silence()
        anna.append(await stack.enter_async_context(web.browser(query="?person=anna")))
        assert await anna[0].hear() == {"type": "replaced"}
        assert await anna[0].closed() == 4409
        for browser in anna[1:]:
            await browser.silence()
        assert len(web.hub.audience.sockets_of("anna")) == 5


async def test_strangers_of_one_address_are_counted(tmp_path: Path) -> None:
    limits = Limits(strangers_per_address=2)
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}", limits=limits) as web:
        async with web.browser(), web.browser(), web.browser(query="?person=anna"), web.open() as connection:
            third = Browser(connection)
            refusal = await third.hear()
            assert (refusal["code"], refusal["retry_after"]) == ("too_many_sockets", 30)
            assert await third.closed() == 4429
        async with asyncio.timeout(5):
            while web.hub.audience.sockets:
                await asyncio.sleep(0.01)
        async with web.browser() as again:
            await again.silence()


async def test_a_process_holds_so_many_sockets_and_no_more(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    async with serving(url, limits=Limits(sockets=1)) as web, web.browser(query="?person=anna"), web.open() as second:
        assert (await Browser(second).hear())["code"] == "too_many_sockets"


async def test_an_answer_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    async def never(_socket: object, _message: object) -> None:
        await asyncio.Event().wait()

    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}", limits=Limits(answer_within=0.1)) as web, web.browser() as browser:
        web.endpoint._handlers["echo"] = never
        assert (await browser.ask({"type": "echo", "ref": 1}))["code"] == "too_slow"
        await browser.silence()


async def test_a_hub_that_has_not_seen_the_database_sends_away(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conference.live.socket.READY_WITHIN", 0.05)
    web.hub.ready.clear()
    async with web.open() as connection:
        browser = Browser(connection)
        web.hub._tasks[1].cancel()
        assert (await browser.hear())["code"] == "database"
        assert await browser.closed() == 1013


def test_an_address_is_a_network_of_one_subscriber() -> None:
    assert address_group("192.0.2.1") == "192.0.2.1"
    assert address_group("2001:db8::1:2:3:4") == address_group("2001:db8::ffff") == "2001:db8::/64"
    assert address_group("::ffff:192.0.2.1") == "192.0.2.1"
    assert address_group("") == ""


# Parsing


def test_what_is_no_message() -> None:
    limits = Limits()
    deep = '{"type":"x","a":' + "[" * 9 + "]" * 9 + "}"
    wrong = ["", "1", "{}", '{"type":1}', "[" * 60_000, deep, '{"type":"x","a":NaN}', '{"type":"x","a":Infinity}']
    wrong += [
        '{"type":"x","a":1e999}',
        '{"type":"x","a":9007199254740993}',
        '{"type":"x","a":"\\u0000"}',
        '{"type":"x","\\ud800":1}',
    ]
    wrong += ['{"type":"x","a":' + "9" * 60_000 + "}"]
    for text in wrong:
        with pytest.raises(ConferenceError, match="bad_message"):
            parse(text, limits)
    fine = {"type": "x", "a": [{"b": [1, 2.5, None, True, "äöü 😀"]}]}
    assert parse(json.dumps(fine), limits) == fine
    assert parse(json.dumps({"type": "hello", "topics": ["a:b", "a:b", "c:d"], "last": 5, "ref": "r"}), limits)["last"] == 5
    assert topics_of({"topics": ["a:b", "a:b", "c:d"]}, limits) == ["a:b", "c:d"]
    assert last_of({}) is None
    assert ref_of({"ref": "r"}) == "r"
    for topics in (None, "a:b", ["a"], ["A:b"], ["a:"], ["a:b\n"], [1], [f"a:{n}" for n in range(51)]):
        with pytest.raises(ConferenceError, match="bad_topics"):
            topics_of({"topics": topics}, limits)
    for last in (True, -1, 1.5, "1"):
        with pytest.raises(ConferenceError, match="bad_message"):
            last_of({"last": last})
    refs: list[object] = [True, 1.5, [], "r" * 65]
    for ref in refs:
        with pytest.raises(ConferenceError, match="bad_message"):
            ref_of({"ref": ref})


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300) | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_parsing_raises_nothing_else(text: str) -> None:
    with suppress(Invalid):
        assert isinstance(parse(text, Limits())["type"], str)


async def test_thousands_of_malformed_frames_harm_nobody(tmp_path: Path) -> None:
    """Text mutated out of right messages: each is answered, nothing ends, and others hear on."""
    rng = random.Random(2021)
    limits = Limits(messages_per_second=1e6, burst=10**6)
    seeds = [
        '{"type":"subscribe","topics":["session:s"],"last":null,"ref":1}',
        '{"type":"unsubscribe","topics":["session:s"]}',
        '{"type":"echo","text":"\\u00e4","ref":"r"}',
        '{"type":"ping","ref":2}',
    ]
    alphabet = '{}[]",:\\0129aeE.-+ truefalsnu\x00\x1fä\U0001f600'
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}", limits=limits) as web, web.browser(TOPIC) as other:
        async with web.browser() as browser:
            for turn in range(3000):
                letters = list(rng.choice(seeds))
                for _ in range(rng.randrange(1, 6)):
                    at = rng.randrange(len(letters))
                    letters[at : at + rng.randrange(3)] = rng.choices(alphabet, k=rng.randrange(3))
                    letters = letters or ["{"]
                await browser.say("".join(letters))
                if turn % 100 == 99:
                    await browser.say({"type": "echo", "ref": "mark", "text": str(turn)})
                    async with asyncio.timeout(10):
                        while (await browser.hear()).get("said") != str(turn):
                            pass
        await web.tell(1)
        assert (await other.hear())["id"] == 1


async def test_broken_frames_on_the_wire_harm_nobody(web: Web) -> None:
    """Bytes that are no WebSocket frames end their own connection only."""
    rng = random.Random(17)
    async with web.browser(TOPIC) as other:
        for _ in range(200):
            async with web.open() as connection:
                connection.transport.write(rng.randbytes(rng.randrange(1, 100)))
                connection.transport.abort()
        await web.tell(1)
        assert (await other.hear())["id"] == 1
