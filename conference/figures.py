"""What the media nodes' figures are called at /metrics, of which type they are and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "meetingpoint_media_"

GAUGES = {
    "nodes": "Media nodes that answer",
    "forums": "Rooms with connections",
    "peers": "People and feeds with connections",
    "connections": "Connections, set up or being set up",
    "connected": "Connections over which media flow",
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
}


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
