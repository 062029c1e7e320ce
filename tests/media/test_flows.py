"""Packets that pass without a decision: in a real node, everything that went out that way is what the forum would have sent."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from media.gateway import Source
from media.local import LocalGateway
from media.node import Node
from media.rtc.compiled import LIBRARY, ffi
from media.rtc.native import Native, Run
from media.rtp.extensions import send_time
from media.rtp.packet import Packet, read_packet
from media.sfu.forum import Forum
from media.sfu.lane import Lanes
from media.sfu.messages import Outputs
from tests.media.stage import ALL, Stage, grant, open_stage
from tests.services import skip_or_fail

Sent = tuple[int, int, int, bytes, bool, int, Lanes]  # sequence, timestamp, sending time, payload, marker, picture id, lanes


class Books:
    """Compares, run by run, what has gone out with what the forum makes of the same packets afterwards."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[Sent] = []
        self.kept: list[Sent] = []
        write_run, rtp = Native.write_run, Forum._rtp

        def written(native: Native, lanes: Lanes, run: Run, sound: bool) -> bool:
            done = write_run(native, lanes, run, sound)
            for index in range(run.first, run.first + run.packets) if done else ():
                facts = native._passed[index]
                payload = bytes(ffi.buffer(facts.payload, facts.size))
                numbers = facts.sequence, facts.timestamp, facts.time
                self.sent.append((*numbers, payload, bool(facts.marker), facts.picture, lanes))
            return done

        def taken_in(forum: Forum, given: Any, now: float, out: Outputs, passed: bool = False) -> None:
            before = len(out.fans)
            rtp(forum, given, now, out, passed)
            if passed:
                fans = out.fans[before:] or [(read_packet(given.data), Lanes())]
                self.kept += [describe(packet, lanes, now) for packet, lanes in fans]

        monkeypatch.setattr(Native, "write_run", written)
        monkeypatch.setattr(Forum, "_rtp", taken_in)

    def agree(self) -> bool:
        """Everything that has gone out is in the books, in its order."""
        assert [each[:6] for each in self.kept] == [each[:6] for each in self.sent[: len(self.kept)]]
        for kept, sent in zip(self.kept, self.sent, strict=False):
            assert kept[6] is sent[6] or not sent[6]
        return len(self.kept) == len(self.sent)


def describe(packet: Packet, lanes: Lanes, now: float) -> Sent:
    picture = packet.descriptor.picture_id or 0 if packet.descriptor is not None else 0
    numbers = packet.sequence & 0xFFFF, packet.timestamp, send_time(now)
    return (*numbers, bytes(packet.payload), packet.marker, picture, lanes)


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    if not LIBRARY.exists():
        skip_or_fail("the loop was not compiled: no C compiler")
    async with open_stage(await LocalGateway.open(["127.0.0.1"])) as stage:
        yield stage


def count(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Packets that were looked at one by one."""
    looked, rtp = [0], Node.rtp

    def counted(node: Node, *given: Any) -> None:
        looked[0] += 1
        rtp(node, *given)

    monkeypatch.setattr(Node, "rtp", counted)
    return looked


async def test_a_calm_room_takes_the_short_way(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, books = count(monkeypatch), Books(monkeypatch)
    await stage.publish("speaker")
    listener = await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.of("v0").frames > 20)
    looked[0], before = 0, len(books.sent)
    await stage.until(lambda: len(books.sent) > before + 200)
    assert looked[0] < 100
    assert listener.gaps == 0
    await stage.until(books.agree)


async def test_whatever_happens_the_books_agree_with_what_went_out(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """People come, go, lose their rights, lose packets and repeat some, move to another port, want keyframes."""
    chance, books = random.Random(3), Books(monkeypatch)
    speakers = {name: await stage.publish(name) for name in ("anna", "bruno")}
    listener = await stage.listen("listener", audio=2, video=2)
    for speaker in speakers.values():
        upset(speaker.client, chance)
    for turn in range(8):
        before = listener.packets
        match turn % 4:
            case 0:
                await stage.gateway.grant("forum", "anna", grant(frozenset({Source.MICROPHONE})))
            case 1:
                await stage.gateway.grant("forum", "anna", grant(ALL))
                await stage.listen(f"late {turn}", audio=1, video=1)
            case 2:
                speakers["bruno"].client.move()
            case 3:
                await stage.gateway.grant("forum", "bruno", grant(frozenset({Source.CAMERA})))
                await stage.gateway.grant("forum", "bruno", grant(ALL))
        await stage.until(lambda before=before: listener.packets > before + 100)  # type: ignore[misc]
        books.agree()
    await stage.until(books.agree)
    assert len(books.sent) > 200


def upset(client: Any, chance: random.Random) -> None:
    """Of the client's packets one in thirty is lost, sent twice, or changes places with the next one."""
    held: list[bytes] = []
    send = client.send

    def sent(data: bytes, rtcp: bool = False) -> bool:
        fate = chance.randrange(90) if not rtcp else 9
        if fate == 0:
            return False
        if fate == 1 and not held:
            held.append(data)
            return False
        done = bool(send(data, rtcp))
        if fate == 2:
            send(data)
        while held:
            send(held.pop())
        return done

    client.send = sent


async def test_a_right_that_ends_ends_at_once(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.packets > 100)
    await stage.gateway.grant("forum", "speaker", grant(frozenset()))
    await asyncio.sleep(0.05)  # what was on its way
    before = listener.packets
    await asyncio.sleep(0.3)
    assert listener.packets == before
    await stage.gateway.grant("forum", "speaker", grant())
    await stage.until(lambda: listener.packets > before + 50)
    assert listener.gaps == 0
