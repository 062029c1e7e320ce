"""`make soak`: the media node under load for a long time, in two parts, each in the same node.

First 200 receivers of 8 publishers (four pictures and three voices each), then an open round of 25 in which everybody
publishes and receives (17 pictures and 3 voices of 24). Who speaks changes every three seconds. What is asserted: memory,
descriptors and threads are flat after the warm-up, nothing is lost by the node, one core is enough, and when everybody has
gone without a word, nothing is left.

    python -m tests.load.soak_media [--minutes 10] [--node PATH]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from media.gateway import NodeUnavailable
from media.remote import RemoteGateway
from tests.load import machine, media_clip, media_servers
from tests.load.bench_media import own_loss
from tests.load.media_servers import Server

EVERY = 5.0
WARM = 90.0  # seconds of a part that may still grow: arenas, caches, the first of each kind; never more than a third of it
GROWTH = 6.0  # MiB between the calmest samples after the warm-up
SLOPE = 0.2  # MiB per minute, where there are minutes enough to say so
LOST = 1e-5  # share of what was delivered
BUSY = 0.95
GONE_WITHIN = 60.0
PARTS: dict[str, dict[str, Any]] = {
    "200 receivers, 8 publishers": {"publishers": 8, "receivers": 200, "audio": 3, "video": 4, "talkers": 3},
    "open round of 25": {"publishers": 25, "receivers": 25, "audio": 3, "video": 17, "talkers": 3, "mesh": True},
}


@dataclass(frozen=True, slots=True)
class Sample:
    """minutes since the part began; rss in MiB."""

    minutes: float
    rss: float
    descriptors: int
    threads: int


@dataclass(slots=True)
class Part:
    name: str
    samples: list[Sample] = field(default_factory=list)
    result: dict[str, Any] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def expect(self, held: bool, promise: str) -> None:
        if not held:
            self.broken.append(promise)


def sample(pid: int, began: float) -> Sample:
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    minutes = (time.monotonic() - began) / 60
    return Sample(round(minutes, 2), int(status["VmRSS"].split()[0]) / 1024, descriptors, int(status["Threads"]))


def slope(samples: list[Sample]) -> float:
    """MiB per minute, by least squares."""
    middle = sum(each.minutes for each in samples) / len(samples)
    level = sum(each.rss for each in samples) / len(samples)
    spread = sum((each.minutes - middle) ** 2 for each in samples)
    return sum((each.minutes - middle) * (each.rss - level) for each in samples) / spread if spread else 0.0


def run_part(name: str, server: Server, clip: Path, minutes: float) -> Part:
    """One part against a running node. Raises RuntimeError when the load client broke off."""
    part = Part(name)
    plan = {"kind": server.kind, "pid": server.pid, "control": server.control, "clip": str(clip)}
    plan |= {**PARTS[name], "seconds": 60 * minutes, "every": EVERY}
    argv = [*machine.pinned(1), sys.executable, "-m", "tests.load.media_load", json.dumps(plan)]
    with media_servers.started(argv, stdout=subprocess.PIPE, stderr=sys.stderr, text=True) as load:
        try:
            _watch(part, load, server.pid, 60 * minutes + 90)
        finally:
            load.kill()
    return part


def _watch(part: Part, load: subprocess.Popen[str], pid: int, within: float) -> None:
    assert load.stdout is not None
    began: float | None = None
    end = time.monotonic() + within
    while True:
        if not select.select([load.stdout], [], [], max(0.0, end - time.monotonic()))[0]:
            raise RuntimeError(f"{part.name}: no word from the load client")
        line = load.stdout.readline()
        if not line:
            raise RuntimeError(f"{part.name}: the load client broke off")
        said = json.loads(line)
        if "result" in said:
            part.result = said["result"]
            return
        began = began or time.monotonic()
        part.samples.append(sample(pid, began))
        last, news = part.samples[-1], said["progress"]
        print(
            f"  {last.minutes:5.1f} min  {news['packets_per_second']:6} packets/s  lost {news['lost']}  node "
            f"{news['server_busy']:.0%}  client {news['client_busy']:.0%}  {last.rss:.1f} MiB  "
            f"{last.descriptors} descriptors  {last.threads} threads",
            flush=True,
        )


def judge(part: Part, minutes: float) -> None:
    calm = [each for each in part.samples if each.minutes * 60 >= min(WARM, 20 * minutes)]
    if len(calm) < 2:
        part.broken.append("too short to say anything about memory")
        return
    result, growth = part.result, max(each.rss for each in calm) - calm[0].rss
    part.expect(growth <= GROWTH, f"memory grew by {growth:.1f} MiB after the warm-up")
    if calm[-1].minutes - calm[0].minutes >= 5:
        part.expect(slope(calm) <= SLOPE, f"memory grows by {slope(calm):.2f} MiB per minute")
    for what in ("descriptors", "threads"):
        numbers = {getattr(each, what) for each in calm}
        part.expect(len(numbers) == 1, f"the number of {what} changed: {sorted(numbers)}")
    part.expect(own_loss(result) <= LOST * result["delivered"], f"{own_loss(result)} packets lost")
    part.expect(result["foreign"] == 0, f"{result['foreign']} packets came to the wrong receiver")
    part.expect(result["gone"] == 0, f"{result['gone']} connections ended by themselves")
    part.expect(result["server_busy"] <= BUSY, f"one core is not enough: {result['server_busy']:.0%}")
    got, expected = result["got_each"][0], result["expected_each"]
    part.expect(got >= 0.97 * expected, f"a receiver got {got} of {expected} packets")
    print(
        f"{part.name}: {result['delivered']} packets, {result['lost']} lost (by the kernel {result['kernel_drops']}), node "
        f"{result['server_busy']:.0%} of a core, {result['us_per_packet']} us per packet, each {result['got_each']} of "
        f"{expected}; memory {calm[0].rss:.1f} to {calm[-1].rss:.1f} MiB, {slope(calm):+.3f} MiB per minute"
    )
    for promise in part.broken:
        print(f"  BROKEN: {promise}")


async def emptied(control: str) -> float | None:
    """Seconds until no connection is left of peers that went without a word; None: some are."""
    gateway, began = RemoteGateway.open(control), time.monotonic()
    try:
        while time.monotonic() - began < GONE_WITHIN:
            try:
                if not (await gateway.health())["connections"]:
                    return time.monotonic() - began
            except NodeUnavailable:
                pass
            await asyncio.sleep(1)
    finally:
        await gateway.aclose()
    return None


def soak(minutes: float, source: Path | None) -> list[Part]:
    parts = []
    with tempfile.TemporaryDirectory(prefix="media-soak-") as name:
        clip = media_clip.write(Path(name) / "clip.webm")
        with media_servers.node(source) as server:
            for part_name in PARTS:
                print(f"{part_name}, {minutes:g} minutes, load average {os.getloadavg()[0]:.2f}", flush=True)
                part = run_part(part_name, server, clip, minutes)
                judge(part, minutes)
                gone = asyncio.run(emptied(server.control))
                part.expect(gone is not None, f"connections are left {GONE_WITHIN:.0f} s after everybody went")
                parts.append(part)
    return parts


def main() -> int:
    parser = argparse.ArgumentParser(description="The media node under load for a long time")
    parser.add_argument("--minutes", type=float, default=10.0, help="of each of the two parts")
    parser.add_argument("--node", type=Path, default=None, help="a folder with another `media` package")
    options = parser.parse_args()
    parts = soak(options.minutes, options.node)
    broken = [f"{part.name}: {promise}" for part in parts for promise in part.broken]
    print("\n".join(f"BROKEN: {promise}" for promise in broken) if broken else "every promise held")
    target = Path("reports")
    target.mkdir(exist_ok=True)
    facts = [{"part": part.name, "broken": part.broken, **part.result} for part in parts]
    (target / "soak_media.json").write_text(json.dumps({"machine": machine.about(), "parts": facts}, indent=1) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
