"""What operators and their probes see: proxies believed only as set, figures for those who may, health apart from readiness."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psutil  # type: ignore[import-untyped]
import pytest
import uvicorn
from pydantic import SecretStr

from conference.cli_web import server_config
from conference.health import COUNTERS, GAUGES, PREFIX, WITHIN
from media.node import Node
from tests.services import Postgres
from tests.site import Site, settings_for
from tests.web.conftest import ask, site_with


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [("", "127.0.0.1"), ("10.1.2.3", "127.0.0.1"), ("127.0.0.1", "203.0.113.7")],
    ids=["none", "another", "ours"],
)
async def test_forwarded_addresses_count_only_from_our_proxies(tmp_path: Path, trusted: str, seen: str) -> None:
    heard: list[Any] = []

    async def app(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            heard.append((scope["client"][0], scope["scheme"]))
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})

    config = server_config(app, settings_for(tmp_path).model_copy(update={"trusted_proxies": trusted}))
    config.port, config.lifespan = 0, "off"
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:
            await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient() as client:
        await client.get(f"http://127.0.0.1:{port}/", headers={"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"})
    server.should_exit = True
    await serving
    assert heard == [(seen, "https" if seen != "127.0.0.1" else "http")]


async def test_figures_are_for_loopback_or_the_token(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await ask(site.app, "/metrics")).status == 200
    assert (await ask(site.app, "/metrics", client="203.0.113.7")).status == 404
    assert (await ask(site.app, "/metrics", headers={"x-forwarded-for": "203.0.113.7"})).status == 404  # through a proxy
    assert (await ask(site.app, "/metrics", client="203.0.113.7", headers={"x-forwarded-for": "127.0.0.1"})).status == 404
    async with site_with(tmp_path, monkeypatch, metrics_token=SecretStr("a long token for the figures")) as guarded:
        for bearer in ("", "Bearer", "Bearer x", "Basic a long token for the figures"):
            assert (await ask(guarded.app, "/metrics", headers={"authorization": bearer})).status == 404, bearer
        told = {"authorization": "Bearer a long token for the figures"}
        figures = await ask(guarded.app, "/metrics", headers=told, client="203.0.113.7")
        assert figures.status == 200
        assert b"meetingpoint_live_sockets" in figures.body
        assert b"@" not in figures.body


async def test_the_nodes_figures_have_a_type_and_a_meaning(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(["127.0.0.1"])
    figures = {**node.health(), "nodes": 1.0, "packets_out": 250_000.0, "loop_lag": 0.004, "news": 3.0}

    async def health() -> dict[str, float]:
        return figures

    monkeypatch.setattr(site.services.media, "health", health)
    text = (await ask(site.app, "/metrics")).body.decode()
    assert figures.keys() - {"news"} <= GAUGES.keys() | COUNTERS.keys()
    for name in figures:
        full, kind = (f"{PREFIX}{name}_total", "counter") if name in COUNTERS else (f"{PREFIX}{name}", "gauge")
        assert f"# TYPE {full} {kind}\n" in text
        assert f"# HELP {full} " in text
    assert "meetingpoint_media_packets_out_total 250000.0\n" in text
    assert "meetingpoint_media_loop_lag 0.004\n" in text
    assert "meetingpoint_media_news 3.0\n" in text  # what the table does not know yet is not lost


async def test_health_never_follows_the_database_and_readiness_does(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.create()
    async with site_with(tmp_path, monkeypatch, url) as site:
        await until_ready(site, 200)
        with stopped(postgres):
            begun = time.monotonic()
            assert (await ask(site.app, "/healthz")).status == 200
            assert time.monotonic() - begun < WITHIN  # whoever asked the database would wait that long for it
            await until_ready(site, 503)
            assert (await ask(site.app, "/vernetzungstreffen-2021/forums", query=b"now")).status == 503
            assert (await ask(site.app, "/healthz")).status == 200
        await until_ready(site, 200)
        assert (await ask(site.app, "/vernetzungstreffen-2021/forums", query=b"now")).status == 200
    postgres.drop(url)


async def test_readiness_follows_the_store_and_pages_do_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site_with(tmp_path, monkeypatch) as site:
        objects, aside = tmp_path / "objects", tmp_path / "aside"
        objects.rename(aside)
        objects.write_text("the disk is gone")
        await until_ready(site, 503)
        assert (await ask(site.app, "/healthz")).status == 200
        assert (await ask(site.app, "/vernetzungstreffen-2021/program")).status == 200
        objects.unlink()
        aside.rename(objects)
        await until_ready(site, 200)


async def until_ready(site: Site, status: int) -> None:
    """Red within five seconds, green within five seconds."""
    begun = time.monotonic()
    async with asyncio.timeout(6):
        while (await ask(site.app, "/readyz")).status != status:
            await asyncio.sleep(0.05)
    assert time.monotonic() - begun < 5


@contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    """The whole server stands still, connections and all, as a machine does that has lost its disk."""
    parent = psutil.Process(postgres.process.pid)
    every = [parent.pid, *(child.pid for child in parent.children(recursive=True))]
    for pid in every:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in every:
            os.kill(pid, signal.SIGCONT)
