"""One run of load against one server, in a process of its own: `python -m tests.load.media_load PLAN` prints a JSON line.

The plan names a running server; this process measures the server's CPU time, counts what every receiver gets, and its own
cost beside it. Nothing is decoded.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any

from media.clip import read_audio, read_video
from media.rtc.dtls import Identity
from tests.load import media_wire
from tests.load.media_intake import Intake, Receiver
from tests.load.media_servers import door
from tests.load.media_source import Source

SWEEP = 0.01
_STAMP = struct.Struct("q")
GROUP = 20  # receivers that come at once, unless it is the join that is measured


@dataclass(frozen=True, slots=True)
class Plan:
    """publishers and receivers are separate people, unless `mesh`: then all do both. audio, video: sections that each
    receiver offers. burst: all receivers at once. talkers: how many speak at a time (0: all), in turns."""

    kind: str
    pid: int
    control: str
    clip: str
    publishers: int
    receivers: int
    audio: int = 1
    video: int = 1
    warm: float = 7.0  # seconds: just after a join more is reported than later
    seconds: float = 6.0
    mesh: bool = False
    burst: bool = False
    talkers: int = 0
    every: float = 0.0  # seconds between lines of progress; 0: none


@dataclass(slots=True)
class Moment:
    """All counters at one time."""

    time: float
    server_cpu: float
    client_cpu: float
    sent: dict[str, int]
    counts: list[tuple[int, int, int]]
    health: dict[str, float]
    kernel_drops: int


class Load:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.intake = Intake()
        identity, address = Identity(), media_wire.own_address()
        video, audio = read_video(plan.clip), read_audio(plan.clip)
        self.sources = [Source(self.intake, identity, address, video, audio) for _ in range(plan.publishers)]
        self.receivers = [Receiver(self.intake, identity, address) for _ in range(plan.receivers)]
        self.baseline: list[float] = []
        self._direct_in, self._direct_out = media_wire.udp(address), media_wire.udp(address)
        self._direct_batch = media_wire.Batch(control=True)
        self._turn = 0

    # -- the one timer ---------------------------------------------------------------------------------------------------

    def sweep(self, due: float) -> None:
        """Drain every socket; each receiver reports once a second, a few of them per sweep."""
        loop, turns = asyncio.get_running_loop(), round(1 / SWEEP)
        for receiver in self.ready:
            self.intake.drain(receiver)
        for source in self.sources:
            if source.peer.sending is not None:
                self.intake.drain_control(source)
        self._turn = (self._turn + 1) % turns
        for receiver in self.ready[self._turn :: turns]:
            receiver.report()
        if self.intake.sampling:
            self._direct()
        due = max(due + SWEEP, loop.time() - 5 * SWEEP)
        loop.call_at(due, self.sweep, due)

    def _direct(self) -> None:
        """The same measurement without a server: how long a datagram takes from here to here."""
        batch = self._direct_batch
        for index in range(batch.receive(self._direct_in.fileno())):
            (sent,) = _STAMP.unpack_from(batch.memory, index * media_wire.STRIDE)
            self.baseline.append((batch.arrived(index) - sent) / 1e9)
        batch.renew(media_wire.BATCH)
        data = bytearray(1000)
        _STAMP.pack_into(data, 0, time.time_ns())
        self._direct_out.sendto(data, self._direct_in.getsockname())

    def _talk(self, first: int) -> None:
        """`talkers` of the publishers speak, three seconds later the next ones."""
        count = self.plan.talkers
        for index, source in enumerate(self.sources):
            source.talking = not count or (index - first) % len(self.sources) < count
        if count:
            asyncio.get_running_loop().call_later(3.0, self._talk, first + count)

    # -- the run ---------------------------------------------------------------------------------------------------------

    async def run(self) -> dict[str, Any]:
        plan = self.plan
        self.ready: list[Receiver] = []
        self.door = door(plan.kind, plan.control)
        loop = asyncio.get_running_loop()
        loop.call_soon(self.sweep, loop.time())
        for index, source in enumerate(self.sources):
            await self.door.publish(f"p{index}", source)
            source.play()
        self._talk(0)
        joining = await self.moment()
        for start in range(0, len(self.receivers), len(self.receivers) if plan.burst else GROUP):
            group = range(start, min(len(self.receivers), start + (len(self.receivers) if plan.burst else GROUP)))
            await asyncio.gather(*(self._join(index) for index in group))
        gc.collect()
        gc.freeze()  # what exists now stays: a collection in between would hold the publishers up
        await asyncio.sleep(plan.warm)
        joined = await self.moment()
        self.intake.sampling = True
        for source in self.sources:
            source.late.clear()
        before = await self.moment()
        progress = await self._steady(before)
        after = await self.moment()
        result = self._result(before, after) | self._joins(joining, joined, before, after)
        return result | ({"progress": progress} if progress else {})

    async def _steady(self, before: Moment) -> list[dict[str, float]]:
        plan, lines = self.plan, []
        end = time.monotonic() + plan.seconds
        while plan.every and time.monotonic() + plan.every < end:
            await asyncio.sleep(plan.every)
            now = await self.moment()
            line = self._line(before, now)
            lines.append(line)
            print(json.dumps({"progress": line}), flush=True)
            before = now
        await asyncio.sleep(max(0.0, end - time.monotonic()))
        return lines

    async def _join(self, index: int) -> None:
        receiver = self.receivers[index]
        name = f"p{index}" if self.plan.mesh else f"r{index}"
        await self.door.receive(name, receiver, self.plan.audio, self.plan.video)
        receiver.report()
        self.ready.append(receiver)

    async def moment(self) -> Moment:
        """Counters with all sockets drained."""
        health = await self.door.health()
        for receiver in self.ready:
            self.intake.drain(receiver)
        sent = {kind: sum(source.packets[kind] for source in self.sources) for kind in ("audio", "video")}
        counts = [receiver.counts() for receiver in self.ready]
        return Moment(
            time.monotonic(),
            media_wire.cpu_seconds(self.plan.pid),
            time.process_time(),
            sent,
            counts,
            health,
            media_wire.kernel_drops(),
        )

    def _line(self, before: Moment, after: Moment) -> dict[str, float]:
        """A stretch of a long run."""
        seconds = after.time - before.time
        delivered, lost, _ = self._difference(before, after)
        return {
            "server_busy": round((after.server_cpu - before.server_cpu) / seconds, 3),
            "client_busy": round((after.client_cpu - before.client_cpu) / seconds, 3),
            "packets_per_second": round(sum(delivered) / seconds),
            "lost": sum(lost),
        }

    def _difference(self, before: Moment, after: Moment) -> tuple[list[int], ...]:
        pairs = zip(before.counts, after.counts, strict=True)
        return tuple(map(list, zip(*([b - a for a, b in zip(*pair, strict=True)] for pair in pairs), strict=True)))

    def _expected(self, before: Moment, after: Moment) -> float:
        """Packets that each receiver should get: those of as many others as it has sections for."""
        plan, total = self.plan, 0.0
        for kind, sections in (("audio", plan.audio), ("video", plan.video)):
            others = plan.publishers - plan.mesh
            total += (after.sent[kind] - before.sent[kind]) / plan.publishers * min(sections, others)
        return total

    def _result(self, before: Moment, after: Moment) -> dict[str, Any]:
        plan, seconds = self.plan, after.time - before.time
        peers = [*(one.peer for one in self.receivers), *(one.peer for one in self.sources)]
        delivered, lost, more = self._difference(before, after)
        cpu = after.server_cpu - before.server_cpu
        return {
            "server": plan.kind,
            "publishers": plan.publishers,
            "receivers": plan.receivers,
            "seconds": round(seconds, 2),
            "srtp": sorted({peer.profile for peer in peers}),
            "sent": after.sent["audio"] - before.sent["audio"] + after.sent["video"] - before.sent["video"],
            "expected_each": round(self._expected(before, after)),
            "got_each": [min(delivered), round(sum(delivered) / len(delivered)), max(delivered)],
            "delivered": sum(delivered),
            "per_second": round(sum(delivered) / seconds),
            "lost": sum(lost),
            "not_media": sum(more),
            "foreign": sum(receiver.foreign for receiver in self.receivers) + self.intake.unreadable,
            "kernel_drops": after.kernel_drops - before.kernel_drops,
            "client_overflows": sum(receiver.overflows for receiver in self.receivers),
            "asked_again": sum(source.missed for source in self.sources),
            "keyframes": sum(source.keyframes for source in self.sources),
            "gone": sum(peer.gone for peer in peers),
            "server_cpu": round(cpu, 4),
            "server_busy": round(cpu / seconds, 3),
            "client_busy": round((after.client_cpu - before.client_cpu) / seconds, 3),
            "us_per_packet": round(1e6 * cpu / max(1, sum(delivered)), 2),
            "delay_ms": _spread(self.intake.delays),
            "keyframe_delay_ms": _spread(self.intake.keyframe_delays),
            "direct_ms": _spread(self.baseline),
            "publishers_late_ms": _spread([late for source in self.sources for late in source.late]),
            "health": _changes(before.health, after.health),
        }

    def _joins(self, joining: Moment, joined: Moment, before: Moment, after: Moment) -> dict[str, Any]:
        """Time to the first packet, and CPU of the joining less what forwarding costs in the steady time."""
        times = sorted((one.first_at - one.asked_at) / 1e9 for one in self.receivers if one.first_at)
        packets = sum(count[0] for count in joined.counts)
        steady = (after.server_cpu - before.server_cpu) / max(1, sum(self._difference(before, after)[0]))
        cpu = joined.server_cpu - joining.server_cpu - steady * packets
        worst, p95 = (times[-1], times[max(0, -(-len(times) * 95 // 100) - 1)]) if times else (None, None)
        return {
            "first_packet_s": {"got": len(times), "p95": _round(p95), "worst": _round(worst)},
            "join_cpu_ms": round(1000 * cpu / len(self.receivers), 2),
        }


def _round(value: float | None) -> float | None:
    return round(value, 3) if value is not None else None


def _spread(values: list[float]) -> dict[str, float]:
    """Milliseconds."""
    if not values:
        return {}
    ordered = sorted(values)
    marks = {"p50": 0.5, "p99": 0.99}
    found = {name: round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) for name, share in marks.items()}
    return {**found, "worst": round(1000 * ordered[-1], 3), "samples": len(ordered)}


def _changes(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    return {name: round(after[name] - before.get(name, 0), 4) for name in after if after[name] != before.get(name, 0)}


async def _main(plan: Plan) -> dict[str, Any]:
    return await Load(plan).run()


def main() -> None:
    plan = Plan(**json.loads(sys.argv[1]))
    print(json.dumps({"result": asyncio.run(_main(plan))}), flush=True)
    os._exit(0)  # hundreds of goodbyes tell nothing


if __name__ == "__main__":
    main()
