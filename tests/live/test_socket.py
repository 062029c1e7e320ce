"""The conversation on /live: hello, topics, messages, limits, endings. Real server, real connections."""

from __future__ import annotations

import asyncio
import json
import random
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from conference.base.errors import ConferenceError, Invalid
from conference.live.audience import address_group
from conference.live.limits import Allowance, Limits
from conference.live.messages import last_of, parse, ref_of, topics_of
from conference.live.origin import own_origin
from tests.live.house import TOPIC, Browser, Viewer, Web, serving

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


# Limits


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


# Rights and endings


async def test_a_lost_right_is_taken_from_open_sockets(web: Web) -> None:
    async with web.browser(TOPIC, "session:s", query="?person=anna") as anna, web.browser(TOPIC, query="?person=berta") as berta:
        await anna.hear_until("state")
        web.gate.deaf.add(("anna", TOPIC))
        web.gate.banned.add("berta")
        await web.hub.recheck(web.gate, lambda socket: socket.viewer.person_id == "anna")
        assert await anna.hear() == {"type": "unsubscribed", "topics": [TOPIC]}
        await berta.silence()
        await web.tell(1)
        await web.tell(2, "session:s")
        assert (await anna.hear())["id"] == 2
        assert (await berta.hear())["id"] == 1
        await web.hub.recheck(web.gate)
        assert (await berta.hear())["code"] == "banned"
        assert await berta.closed() == 4403


async def test_a_gate_that_fails_lets_nobody_stay(web: Web) -> None:
    class Broken:
        async def again(self, viewer: object) -> object:
            raise RuntimeError("the gate is broken")

    async with web.browser(TOPIC) as browser:
        await web.hub.recheck(Broken())  # type: ignore[arg-type]
        assert await browser.closed() == 1013


async def test_a_subscription_that_is_being_checked_is_checked_again(web: Web) -> None:
    """The right is lost while `may_hear` is on its way to say yes."""
    asked, go_on = asyncio.Event(), asyncio.Event()
    before = web.gate.may_hear

    async def slowly(viewer: object, topic: str) -> bool:
        answer = await before(viewer, topic)
        if topic == "session:s" and not asked.is_set():
            asked.set()
            await go_on.wait()
        return answer

    web.gate.may_hear = slowly  # type: ignore[method-assign]
    async with web.browser(query="?person=anna") as anna:
        await anna.say({"type": "subscribe", "topics": ["session:s"]})
        await asked.wait()
        web.gate.deaf.add(("anna", "session:s"))
        recheck = asyncio.create_task(web.hub.recheck(web.gate))
        await asyncio.sleep(0.02)
        go_on.set()
        await recheck
        await web.tell(1, "session:s")
        kinds = [message["type"] for message in await anna.hear_until("unsubscribed")]
        assert "event" not in kinds
        await anna.silence()


async def test_who_loses_the_right_while_coming_in_does_not_stay(web: Web) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()
    enter = web.gate.enter

    async def slowly(websocket: WebSocket) -> Viewer:
        viewer = await enter(websocket)
        asked.set()
        await go_on.wait()
        return viewer

    web.gate.enter = slowly  # type: ignore[method-assign]
    coming = asyncio.create_task(web.open("?person=anna").__aenter__())
    await asked.wait()
    web.gate.banned.add("anna")
    await web.hub.recheck(web.gate)
    go_on.set()
    anna = Browser(await coming)
    assert (await anna.hear())["code"] == "banned"
    assert await anna.closed() == 4403


async def test_closing_ends_the_sockets_of_a_conference(web: Web) -> None:
    async with (
        web.browser(TOPIC) as attendee,
        web.browser(query="?conference=c1") as elsewhere,
        web.browser(TOPIC, query="?role=organiser") as organiser,
        web.browser(TOPIC, query="?conference=c2") as listener,
        web.browser("conference:c2", query="?conference=c2") as other,
    ):
        web.hub.end("c1", spare=lambda viewer: viewer.role == "organiser")  # type: ignore[attr-defined]
        for browser in (attendee, elsewhere, listener):
            assert await browser.hear() == {"type": "closed"}
            assert await browser.closed() == 4403
        await organiser.silence()
        await other.silence()
    web.gate.closed.add("c1")
    async with web.open() as connection:
        assert (await Browser(connection).hear())["code"] == "closed"


async def test_a_shut_down_sends_all_away_to_come_back(tmp_path: Path) -> None:
    async with serving(f"sqlite:///{tmp_path / 'x.sqlite3'}") as web, web.browser(TOPIC) as browser, web.browser() as other:
        web.server.should_exit = True
        for one in (browser, other):
            assert await one.hear() == {"type": "restart", "within": 20}
            assert await one.closed() == 1012


async def test_on_close_is_called_however_it_ends(web: Web) -> None:
    ended: list[str] = []
    async with web.browser(query="?person=anna") as browser, web.browser(query="?person=berta"):
        for socket in web.hub.audience.sockets:

            async def left(who: str | None = socket.viewer.person_id) -> None:
                ended.append(who or "")

            socket.on_close(left)
        browser.connection.transport.abort()
        async with asyncio.timeout(5):
            while not ended:
                await asyncio.sleep(0.01)
        assert ended == ["anna"]
    async with asyncio.timeout(5):
        while len(ended) < 2:
            await asyncio.sleep(0.01)
    assert ended == ["anna", "berta"]
    assert not web.hub.audience._hearing
    assert not web.hub.audience._by_person


async def test_a_message_type_of_live_itself_cannot_be_taken(web: Web) -> None:
    from conference.live.socket import LiveEndpoint

    with pytest.raises(ValueError, match="ping"):
        LiveEndpoint(web.hub, web.gate, {"ping": web.endpoint._ping}, {}, lambda e, _l: "", base_url=BASE)


async def test_a_connection_cut_in_the_handshake_is_nothing(web: Web) -> None:
    for _ in range(20):
        _, writer = await asyncio.open_connection("127.0.0.1", web.port)
        writer.write(b"GET /live HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
        writer.transport.abort()
    async with web.browser() as browser:
        await browser.silence()
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        async with web.open(origin=Headers({}).get("none")) as connection:
            await connection.recv()
