"""One address for website and TURN: the files of `deploy/` in a real nginx, with coturn and a website behind."""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from conference.doctor.relay import Relay
from conference.forums.ice import turn_credentials
from tests.reach.certificates import Authority
from tests.reach.coturn import SECRET, running_coturn
from tests.services import child, free_ports, skip_or_fail

DEPLOY = Path(__file__).parents[2] / "deploy"
MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")
SITE, TURN = "meetingpoint.example.org", "turn.example.org"


@dataclass(frozen=True)
class Ports:
    front: int
    plain: int
    website: int
    turn: int
    pages: int


def website(ports: Ports, authority: Authority) -> str:
    """deploy/nginx.conf, with the lines of the split in the place of those that listen on 443."""
    text = (DEPLOY / "nginx.conf").read_text()
    pair = authority.issue(SITE)
    kept = [line for line in text.splitlines() if "listen" not in line or "443" not in line]
    split = [line.strip().removeprefix("#") for line in text.splitlines() if "proxy_protocol" in line or "set_real_ip" in line]
    assert len(split) == 3
    place = max(number for number, line in enumerate(kept) if f"server_name {SITE}" in line)
    told = "\n".join([*kept[:place], *split, *kept[place:]])
    for old, new in (
        ("8444", ports.website), ("listen 80", f"listen 127.0.0.1:{ports.plain}"),
        ("listen [::]:80", f"listen [::1]:{ports.plain}"), ("127.0.0.1:8000", f"127.0.0.1:{ports.pages}"),
        ("/var/log/nginx/", ""), (f"/etc/letsencrypt/live/{SITE}/fullchain.pem", pair.certificate),
        (f"/etc/letsencrypt/live/{SITE}/privkey.pem", pair.key),
    ):  # fmt: skip
        assert old in told, old
        told = told.replace(old, str(new))
    return told


def split(ports: Ports, coturn: str) -> str:
    text = (DEPLOY / "nginx-stream.conf").read_text()
    for old, new in (
        ("listen 443", f"listen 127.0.0.1:{ports.front}"), ("listen [::]:443", f"listen [::1]:{ports.front}"),
        ("8444", ports.website), ("8445", ports.turn), ("127.0.0.1:5349", coturn),
    ):  # fmt: skip
        assert old in text, old
        text = text.replace(old, str(new))
    return text


@asynccontextmanager
async def pages(port: int) -> AsyncIterator[None]:
    """A website that answers with the address that it is told of whoever asks."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        told = head.partition("x-forwarded-for: ")[2].partition("\r\n")[0].encode()
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(told), told))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        yield


async def test_the_name_that_is_asked_for_decides(
    tmp_path: Path, own_address: str, authority: Authority, trusted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("nginx") is None or not MODULE.exists():
        skip_or_fail("nginx with its stream module is not installed")
    ports = Ports(*free_ports(5))
    with running_coturn(tmp_path / "turn", own_address, authority.issue(TURN), (own_address,)) as coturn:
        http = f"http {{\naccess_log off;\n{website(ports, authority)}\n}}\n"
        head = f"load_module {MODULE};\ndaemon off;\npid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        configuration = tmp_path / "nginx.conf"
        configuration.write_text(head + http + split(ports, f"{coturn.host}:{coturn.tls_port}"))
        with child(["nginx", "-p", str(tmp_path), "-c", str(configuration)], tmp_path / "output") as process:
            until = time.monotonic() + 15
            while not _listens(ports.front):
                assert process.poll() is None, (tmp_path / "output").read_text()
                assert time.monotonic() < until
                await asyncio.sleep(0.05)
            monkeypatch.setattr(socket, "getaddrinfo", _here(socket.getaddrinfo))
            name, password = turn_credentials(SECRET, time.time() + 60, "seat")

            def allocated() -> str:
                with Relay(f"turns:{TURN}:{ports.front}", name, password) as relay:
                    return relay.address[0]

            while True:  # the front listens before everything behind it does
                try:
                    assert await asyncio.to_thread(allocated) == own_address
                    break
                except (OSError, ssl.SSLError):
                    assert time.monotonic() < until + 30
            context = ssl.create_default_context(cafile=str(trusted))
            async with pages(ports.pages):
                somebody = ("127.0.0.2", 0)
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", ports.front, ssl=context, server_hostname=SITE, local_addr=somebody
                )
                writer.write(f"GET / HTTP/1.1\r\nHost: {SITE}\r\nConnection: close\r\n\r\n".encode())
                said = (await asyncio.wait_for(reader.read(), 10)).decode()
                writer.close()
            assert said.startswith("HTTP/1.1 200")
            assert said.endswith("\r\n\r\n127.0.0.2")  # whoever asked, and not the nginx in front


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def _here(real: object) -> object:
    def lookup(host: str, *given: object, **options: object) -> object:
        return real("127.0.0.1" if host == TURN else host, *given, **options)  # type: ignore[operator]

    return lookup
