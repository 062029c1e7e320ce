"""Alive, ready, and numbers for Prometheus. None of them names a person."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Coroutine, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from conference.base.errors import ConferenceError, NotFound, Unavailable
from conference.cards.sweeping import missing_files
from conference.doors.guard import bearer_of, installation_page
from conference.web.services import Services
from media.gateway import MediaError

WITHIN = 3.0

PREFIX = "meetingpoint_media_"

GAUGES = {
    "nodes": "Media nodes that answer",
    "forums": "Rooms with connections",
    "peers": "People and feeds with connections",
    "connections": "Connections, set up or being set up",
    "connected": "Connections over which media flow",
    "tcp_listening": "Media nodes that listen for TCP too (fewer than nodes: the port was taken)",
    "tcp_lines": "TCP connections of people whose network blocks UDP, and of strangers for ten seconds",
    "loop_lag": "Worst delay of the node's timer since the last question, in seconds",
}
COUNTERS = {
    "packets_in": "Packets received",
    "packets_out": "Packets sent",
    "bytes_in": "Bytes received",
    "bytes_out": "Bytes sent",
    "dropped_rtp": "Media packets that no rule would forward",
    "dropped_sending": "Packets that the operating system would not take",
    "dropped_unknown_source": "Packets from addresses that belong to no connection",
    "dropped_stun": "Connectivity checks without a valid signature",
    "dropped_srtp": "Media packets that failed authentication, or came twice",
    "dropped_other": "Packets that are nothing we know",
    "tcp_refused": "TCP connections that were too many",
}


async def healthz(_request: Request) -> Response:
    """The process answers. Says nothing of database or store: their outage must not restart us."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Each part that we lean on, 200 when all answer, else 503."""
    services: Services = request.app.state.services
    checks = {
        "database": services.db.ping(),
        "store": services.storage.ping(),
        "media": services.media.health(),
    }
    states = dict(zip(checks, await asyncio.gather(*(_state(check) for check in checks.values())), strict=True))
    ready = all(state == "ok" for state in states.values())
    # Files that are lost keep nobody from being served: they are told, and change nothing about being ready.
    lost = await _files_missing(services) if ready else None
    body = {"ready": ready, "checks": states, "card_files_missing": lost}
    return JSONResponse(body, 200 if ready else 503, {"Cache-Control": "no-store"})


async def _files_missing(services: Services) -> int | None:
    """How many files of cards the store lacked when it was last compared; None when that cannot be asked."""
    try:
        async with services.db.read() as db:
            return sum(int(entry.facts["missing"]) for entry in (await missing_files(db)).values())
    except Unavailable:
        return None


async def _state(check: Coroutine[Any, Any, object]) -> str:
    """ "ok" or the name of what went wrong. A part that stands still is not waited for, not even for its giving up."""
    asking = asyncio.create_task(check)
    if not (await asyncio.wait({asking}, timeout=WITHIN))[0]:
        asking.cancel()
        return TimeoutError.__name__
    try:
        await asking
    except (ConferenceError, MediaError, TimeoutError, OSError) as error:
        return type(error).__name__
    return "ok"


async def metrics(request: Request) -> Response:
    """Prometheus. From loopback, or with the METRICS_TOKEN as bearer."""
    services: Services = request.app.state.services
    if not _may_read(request, services.settings.metrics_token.get_secret_value()):
        raise NotFound("page")
    registry = CollectorRegistry()
    sockets = Gauge("meetingpoint_live_sockets", "Open /live sockets of this process", registry=registry)
    sockets.set(len(services.live.audience.sockets))
    rows = Gauge("meetingpoint_live_last_row", "Newest live event that this process has handed out", registry=registry)
    rows.set(services.live.last)
    lost = Gauge("meetingpoint_card_files_missing", "Files of video cards that the store lacks", registry=registry)
    lost.set(await _files_missing(services) or 0)
    try:
        figures = await services.media.health()
    except MediaError:
        figures = {}
    registry.register(MediaFigures(figures))
    return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")


class MediaFigures(Collector):
    """The figures of `gateway.health()`. What this table does not know yet is there too: as a gauge without words."""

    def __init__(self, figures: Mapping[str, float]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        for name, value in sorted(self._figures.items()):
            if name in COUNTERS:
                yield CounterMetricFamily(PREFIX + name, COUNTERS[name], value=value)
            else:
                yield GaugeMetricFamily(PREFIX + name, GAUGES.get(name, "A figure of the media node"), value=value)


def _may_read(request: Request, token: str) -> bool:
    if token:
        return hmac.compare_digest((bearer_of(request) or "").encode(), token.encode())
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers:
        return False  # it came through a proxy on this machine: that is on loopback, the reader is not
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


routes: list[Route] = [
    installation_page("/healthz", "healthz", healthz),
    installation_page("/readyz", "readyz", readyz),
    installation_page("/metrics", "metrics", metrics),
]
