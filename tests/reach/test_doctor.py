"""What `meetingpoint doctor` says of the ways in: real nodes, a real coturn, real sockets, and each of them broken."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.base.settings import Settings, read_settings
from conference.doctor.examine import mail_finding
from conference.doctor.finding import Finding, Result
from conference.doctor.media import Node, Probe, free_findings, is_public, media_findings, open_nodes, running_findings
from conference.doctor.turn import turn_findings
from tests.media.processes import free_port, running_node
from tests.reach.certificates import Authority
from tests.reach.coturn import SECRET, Coturn, running_coturn

FOREIGN = "203.0.113.77"  # RFC 5737: of no machine


def settings_with(folder: Path, **more: object) -> Settings:
    texts = {f"MEETINGPOINT_{name.upper()}": str(value) for name, value in more.items()}
    return read_settings(texts, demo=True, data_dir=folder)


async def node_at(folder: Path, host: str, port: int) -> AsyncIterator[None]:
    (folder / "run").mkdir(exist_ok=True)
    async with running_node(f"unix:{folder}/run/media-0.sock", port, "--host", host):
        yield


async def media(settings: Settings) -> list[Finding]:
    async with open_nodes(settings) as nodes:
        return await asyncio.to_thread(lambda: list(media_findings(settings, nodes)))


def told(found: list[Finding], result: Result) -> list[str]:
    return [finding.detail for finding in found if finding.result is result]


async def test_a_running_node_answers_at_each_of_its_addresses(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, media_port=free_port(), media_host="127.0.0.1,::1")
    async for _ in node_at(tmp_path, "127.0.0.1,::1", settings.media_port):
        found = await media(settings)
        assert told(found, Result.FAILED) == []
        assert told(found, Result.OK) == [
            f"our node answers on {protocol} port {settings.media_port} at 127.0.0.1, ::1" for protocol in ("UDP", "TCP")
        ]


async def test_a_taken_tcp_port_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_with(tmp_path, media_port=taken.getsockname()[1], media_host="127.0.0.1")
        async for _ in node_at(tmp_path, "127.0.0.1", settings.media_port):
            (line,) = told(await media(settings), Result.FAILED)
    assert line.startswith(f"TCP port {settings.media_port} is in use by another program")


async def test_an_address_that_is_not_ours_must_be_forwarded(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, media_port=free_port(), media_host=f"127.0.0.1,{FOREIGN}")
    async for _ in node_at(tmp_path, f"127.0.0.1,{FOREIGN}", settings.media_port):
        (line,) = [line for line in told(await media(settings), Result.NOTE) if line.startswith(FOREIGN) and "UDP" in line]
        assert f"UDP port {settings.media_port} must be forwarded from there" in line


def test_a_node_that_stands_still_is_told() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent, socket.create_server(("127.0.0.1", 0)) as line:
        silent.bind(("127.0.0.1", 0))
        udp, tcp = silent.getsockname(), line.getsockname()
        found = running_findings(Probe("ufrag", "password", (udp,), (tcp,)))
    assert told(found, Result.FAILED) == [
        f"our node does not answer on UDP port {udp[1]} at 127.0.0.1. Look at this machine's firewall."
    ]
    assert told(found, Result.OK) == [f"our node answers on TCP port {tcp[1]} at 127.0.0.1"]


def test_a_port_without_a_node_is_free_or_taken_over_udp_and_over_tcp(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, media_host="127.0.0.1")
    (free,) = free_findings(settings, free_port())
    assert free.result is Result.OK
    for kind, word in ((socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")):
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", 0))
            if kind is socket.SOCK_STREAM:
                taken.listen()
            port = taken.getsockname()[1]
            (line,) = told(free_findings(settings, port), Result.FAILED)
        assert line == f"{word} port {port} cannot be used (Address already in use). Check MEETINGPOINT_MEDIA_PORT."


async def test_private_addresses_behind_a_public_page_are_a_warning(tmp_path: Path) -> None:
    public = settings_with(tmp_path, base_url="https://9.9.9.9", media_host="127.0.0.1,10.1.2.3", media_port=free_port())
    (warning,) = told(await media(public), Result.NOTE)
    assert warning.startswith("browsers are sent to 10.1.2.3, 127.0.0.1 only, which nobody reaches from outside.")
    inside = settings_with(tmp_path, base_url="https://10.1.2.3", media_host="10.1.2.3", media_port=free_port())
    assert told(await media(inside), Result.NOTE) == []
    both = settings_with(tmp_path, base_url="https://9.9.9.9", media_host="10.1.2.3,9.9.9.9", media_port=free_port())
    assert told(await media(both), Result.NOTE) == []
    assert [is_public(f"https://{host}") for host in ("localhost", "name.invalid", "[2620:fe::fe]")] == [False, False, True]


def test_letters_that_are_only_printed_are_a_warning(tmp_path: Path) -> None:
    assert mail_finding(settings_with(tmp_path)).result is Result.NOTE


# --- TURN


def with_turn(folder: Path, url: str, host: str = "", secret: str = SECRET) -> Settings:
    return settings_with(folder, turn_url=url, turn_secret=secret, media_host=host, media_port=free_port())


@pytest.mark.usefixtures("trusted")
async def test_turn_that_works_reaches_the_running_node(tmp_path: Path, coturn: Coturn) -> None:
    settings = with_turn(tmp_path, coturn.turns, coturn.host)
    async for _ in node_at(tmp_path, coturn.host, settings.media_port):
        async with open_nodes(settings) as nodes:
            found = await asyncio.to_thread(turn_findings, settings, coturn.turns, nodes)
        assert [finding.detail for finding in found] == [f"{coturn.turns} takes our credentials and relays from {coturn.host}"]


@pytest.mark.usefixtures("trusted")
async def test_a_wrong_secret_and_a_relay_that_does_not_reach_the_node(tmp_path: Path, coturn: Coturn) -> None:
    wrong = await asyncio.to_thread(turn_findings, with_turn(tmp_path, coturn.turn, secret="x"), coturn.turn, [])
    assert told(wrong, Result.FAILED)[0].startswith(f"{coturn.turn} refuses our credentials. MEETINGPOINT_TURN_SECRET must be")
    closed = await asyncio.to_thread(turn_findings, with_turn(tmp_path, coturn.turn, FOREIGN), coturn.turn, [])
    assert told(closed, Result.FAILED) == [
        f"{coturn.turn} does not relay to our node at {FOREIGN}. Name these addresses as allowed-peer-ip."
    ]
    silent = Node(1, Probe("ufrag", "password", ((coturn.host, free_port()),), ()))
    deaf = await asyncio.to_thread(turn_findings, with_turn(tmp_path, coturn.turn), coturn.turn, [silent])
    assert told(deaf, Result.FAILED) == [
        f"the relay of {coturn.turn} does not reach our node at {coturn.host}. Open UDP between the two."
    ]


async def test_an_open_relay_is_told(tmp_path: Path, own_address: str, authority: Authority) -> None:
    pair = authority.issue(own_address, 9)
    with running_coturn(tmp_path / "turn", own_address, pair, (own_address,), open_relay=True) as server:
        found = await asyncio.to_thread(turn_findings, with_turn(tmp_path, server.turn), server.turn, [])
    (line,) = told(found, Result.FAILED)
    assert line.startswith(f"{server.turn} relays into private networks (10.0.0.1, 172.16.0.1, 192.168.0.1, 169.254.169.254, ")


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("name", "days", "said"),
    [("turn.example.org", 5, "is not for"), ("", -1, "has expired"), ("203.0.113.5", 5, "is not for")],
)
async def test_a_certificate_that_browsers_refuse(
    tmp_path: Path, own_address: str, authority: Authority, name: str, days: int, said: str
) -> None:
    pair = authority.issue(name or own_address, days)
    with running_coturn(tmp_path / "turn", own_address, pair, (own_address,)) as server:
        found = await asyncio.to_thread(turn_findings, with_turn(tmp_path, server.turns), server.turns, [])
    assert said in told(found, Result.FAILED)[0]


async def test_a_certificate_of_nobody_and_no_tls_at_all(tmp_path: Path, coturn: Coturn) -> None:
    (line,) = told(await asyncio.to_thread(turn_findings, with_turn(tmp_path, coturn.turns), coturn.turns, []), Result.FAILED)
    assert line.startswith(f"the certificate of {coturn.turns} is not trusted (")

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        for url, said in (
            (f"turns:127.0.0.1:{port}", "does not speak TLS"),
            (f"turn:127.0.0.1:{port}?transport=tcp", "not STUN"),
        ):
            (line,) = told(await asyncio.to_thread(turn_findings, with_turn(tmp_path, url), url, []), Result.FAILED)
            assert said in line
    for url, said in ((f"turns:127.0.0.1:{port}", "does not answer (Connection refused)"), ("turn:name.invalid", "is not known")):
        (line,) = told(await asyncio.to_thread(turn_findings, with_turn(tmp_path, url), url, []), Result.FAILED)
        assert said in line


async def test_all_of_it_in_german(tmp_path: Path, coturn: Coturn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    settings = with_turn(tmp_path, coturn.turn, coturn.host)
    lines = [finding.line() for finding in await asyncio.to_thread(turn_findings, settings, coturn.turn, [])]
    lines += [finding.line() for finding in await media(settings)]
    assert lines == [
        f"in Ordnung TURN: {coturn.turn} nimmt unsere Zugangsdaten an und vermittelt von {coturn.host} aus",
        f"in Ordnung Medien: UDP- und TCP-Port {settings.media_port} sind frei; Browser müssen sie unter {coturn.host} erreichen",
    ]
