"""ICE restarts, changes of address and signs of life: media goes on, over the same DTLS association."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from media.gateway import Connected, Direction, Disconnected, PeerFault, Restarted
from media.local import LocalGateway
from media.rtc import connection as connections
from media.rtc import stun
from media.rtc.client import Client, ClientSection
from media.rtc.connection import Connection
from media.rtc.counting import CountingReceiver
from media.rtc.endpoint import Endpoint
from tests.media.stage import Stage, grant, open_stage


@pytest_asyncio.fixture
async def stage() -> AsyncIterator[Stage]:
    async with open_stage(await LocalGateway.open(["127.0.0.1"])) as stage:
        yield stage


def endpoint_of(stage: Stage) -> Endpoint:
    assert isinstance(stage.gateway, LocalGateway)
    return stage.gateway.node._endpoint


def connection_of(stage: Stage, peer: str) -> Connection:
    [found] = [each for each in endpoint_of(stage).connections.values() if each.peer == peer]
    return found


async def restart(stage: Stage, peer: str, credentials: stun.Credentials) -> Restarted:
    told = await stage.gateway.restart(connection_of(stage, peer).name, credentials.ufrag, credentials.password)
    assert told is not None
    return told


async def flows(stage: Stage, listener: CountingReceiver) -> None:
    before = listener.packets
    await stage.until(lambda: listener.packets > before + 50, within=3.0)


async def test_media_goes_on_through_a_restart_at_both_ends(stage: Stage) -> None:
    publisher = await stage.publish("speaker")
    listener = await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.of("v0").frames >= 10)
    for peer, client in (("speaker", publisher.client), ("listener", listener.client)):
        connection = connection_of(stage, peer)
        before, link = connection.credentials, connection.dtls
        told = await restart(stage, peer, client.renew())
        assert told.candidates[0].endswith(f"127.0.0.1 {endpoint_of(stage).port} typ host")
        await flows(stage, listener)  # the old ones are good for now
        assert connection.credentials is before
        client.resume(told.ufrag, told.password)
        client.move()
        await flows(stage, listener)
        assert (connection.credentials.ufrag, connection.dtls) == (told.ufrag, link)
        assert set(endpoint_of(stage)._by_ufrag) == {each.credentials.ufrag for each in endpoint_of(stage).connections.values()}
        assert len(stage.told(Connected, peer=peer)) == 1


async def test_media_goes_on_from_another_port(stage: Stage) -> None:
    publisher = await stage.publish("speaker")
    listener = await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.of("v0").frames >= 10)
    listener.client.move()
    publisher.client.move()
    await asyncio.sleep(0.2)
    await flows(stage, listener)
    assert len(stage.told(Connected)) == 2


async def test_a_binding_that_changed_is_followed_before_the_next_check(stage: Stage) -> None:
    publisher = await stage.publish("speaker")
    listener = await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.of("v0").frames >= 10)
    listener.client.move(check=False)
    publisher.client.move(check=False)
    await flows(stage, listener)
    assert len(stage.told(Connected)) == 2


async def test_nobody_else_on_the_host_is_followed(stage: Stage) -> None:
    await stage.publish("speaker")
    listener = await stage.listen("listener", audio=1, video=1)
    await stage.until(lambda: listener.of("v0").frames >= 10)
    connection = connection_of(stage, "listener")
    await stage.until(lambda: connection.may_have_moved_to(("127.0.0.1", 1), asyncio.get_running_loop().time()))
    here = connection.sockaddr
    before = endpoint_of(stage).traffic.bad_srtp
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(bytes([0x80, 201]) + bytes(60), ("127.0.0.1", endpoint_of(stage).port))
        await stage.until(lambda: endpoint_of(stage).traffic.bad_srtp > before)
    assert connection.sockaddr is here
    await flows(stage, listener)


async def test_credentials_of_before_are_good_until_the_new_ones_are_used(stage: Stage) -> None:
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
    await stage.gateway.connect("forum", "peer", Direction.PUBLISH, client.offer(), grant())
    connection, node = connection_of(stage, "peer"), endpoint_of(stage)
    first = connection.credentials
    assert connection.remote == client.credentials
    for known in (client.credentials, stun.Credentials("", "")):  # trickled candidates, not a restart
        assert (await restart(stage, "peer", known)).ufrag == first.ufrag
    mine = client.renew()
    second = await restart(stage, "peer", mine)
    assert (await restart(stage, "peer", mine)) == second  # asked twice, answered alike
    third = await restart(stage, "peer", client.renew())
    assert set(node._by_ufrag) == {first.ufrag, third.ufrag}
    assert len({first.ufrag, second.ufrag, third.ufrag}) == 3
    node.close(connection, "left")
    assert not node._by_ufrag
    assert await stage.gateway.restart(connection.name, mine.ufrag, mine.password) is None
    await client.close()


@pytest.mark.parametrize(("ufrag", "password"), [("abc", "p" * 22), ("abcd", "p" * 21), ("ab\ncd", "p" * 22), ("", "p" * 22)])
async def test_what_are_no_credentials_changes_nothing(stage: Stage, ufrag: str, password: str) -> None:
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
    await stage.gateway.connect("forum", "peer", Direction.PUBLISH, client.offer(), grant())
    with pytest.raises(PeerFault):
        await restart(stage, "peer", stun.Credentials(ufrag, password))
    assert connection_of(stage, "peer").renewed is None
    await client.close()


async def test_media_is_a_sign_of_life_and_silence_is_none(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONSENT_FOR", 2.0)
    publisher = await stage.publish("speaker")
    client = Client(Direction.PUBLISH, [ClientSection("0", "audio")])
    answer = await stage.gateway.connect("forum", "silent", Direction.PUBLISH, client.offer(), grant())
    await client.connect(answer.sdp)
    for each in (publisher.client, client):
        assert each._checks is not None
        each._checks.cancel()  # as some programs, which check once
    await stage.until(lambda: stage.told(Disconnected, peer="silent", reason="lost"), within=5.0)
    await asyncio.sleep(1.0)
    assert not stage.told(Disconnected, peer="speaker")
    await client.close()
