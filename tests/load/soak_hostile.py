"""`make soak`: a million malformed inputs against a node that is at work; nothing may raise, be made, or go out to strangers.

    python -m tests.load.soak_hostile [--inputs 1000000] [--seed N]

Real STUN, DTLS, SRTP, RTP and RTCP datagrams and SDP offers, mutated by the seed: from strangers, with forged addresses of
people in the room, and well encrypted by a person who may send. A camera and a microphone are forwarded all the while.
Prints a report, writes reports/soak_hostile.json, exits with 1 if a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import secrets
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from tests.media.rtc.hostile import Scene, open_scene, state_of

# Shares of the inputs in hundredths. Offers are few because each may become a connection with a key exchange.
SHARES = {"strangers": 45, "forged checks": 10, "forged addresses": 15, "forums": 25, "encrypted": 4, "offers": 1}
ROUND = 50_000
GROWTH = 32 << 20  # bytes of memory that may be gone after all is over
SILENCE = 2.0  # seconds without a packet of media at the listener, while the attacker shares its core


@dataclass
class Report:
    seed: int
    inputs: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARES, 0))
    seconds: dict[str, float] = field(default_factory=lambda: dict.fromkeys(SHARES, 0.0))
    answers_to_strangers: int = 0
    refused_offers: int = 0
    forwarded: int = 0
    grown: int = 0
    descriptors: int = 0
    load: float = 0.0
    broken: list[str] = field(default_factory=list)


async def attack(report: Report, inputs: int) -> None:
    process = psutil.Process()
    async with open_scene() as scene:
        liar = await scene.stage.publish("liar")
        await scene.stage.listen("liar")
        before, forwarded = state_of(scene.node), scene.listener.packets
        await assault(scene, liar, report, min(inputs, ROUND), report.seed)  # caches and pools have their size now
        gc.collect()
        memory, descriptors = process.memory_info().rss, process.num_fds()
        rounds = max(0, inputs - ROUND) // ROUND
        for number in range(rounds):
            await assault(scene, liar, report, ROUND, report.seed + 1 + number)
            print(f"  {sum(report.inputs.values()):>9,} inputs", flush=True)
        gc.collect()
        report.grown, report.descriptors = process.memory_info().rss - memory, process.num_fds() - descriptors
        await scene.goes_on()
        report.forwarded = scene.listener.packets - forwarded
        after = state_of(scene.node)
        for name in ("ufrags", "addresses", "forums"):
            if after[name] != before[name]:
                report.broken.append(f"{name} have changed")
    if report.answers_to_strangers:
        report.broken.append("strangers got answers")
    if report.grown > GROWTH:
        report.broken.append("memory has grown")
    if report.descriptors > 0:
        report.broken.append("descriptors have been left open")


async def assault(scene: Scene, liar: Any, report: Report, inputs: int, seed: int) -> None:
    """One round of all kinds."""
    attack = scene.attack(seed)
    ways = {
        "strangers": attack.from_strangers,
        "forged checks": attack.forged_checks,
        "forged addresses": attack.from_known_addresses,
        "forums": attack.handed_to_forums,
        "encrypted": lambda count: attack.authentic(liar.client, count),
        "offers": attack.offers,
    }
    for way, begin in ways.items():
        count, began = inputs * SHARES[way] // 100, time.process_time()
        if way == "forged addresses":
            attack.answers.sent.clear()
        result = await begin(count)
        report.seconds[way] += time.process_time() - began
        report.inputs[way] += count
        if way == "offers":
            report.refused_offers += result or 0
        elif way in ("strangers", "forged checks"):
            report.answers_to_strangers += len(attack.answers.sent)
        async with asyncio.timeout(SILENCE):
            before = scene.listener.packets
            while scene.listener.packets == before:
                await asyncio.sleep(0.01)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    arguments = parser.parse_args()
    report = Report(arguments.seed, load=os.getloadavg()[0])
    print(f"Hostile input: {arguments.inputs:,} inputs, seed {report.seed}", flush=True)
    try:
        asyncio.run(attack(report, arguments.inputs))
    except Exception as error:
        report.broken.append(f"raised: {error!r}")
    for way, count in report.inputs.items():
        each = report.seconds[way] / count * 1e6 if count else 0.0
        print(f"  {way:<17} {count:>9,}  {each:8.1f} us CPU each, mutation and media included")
    print(f"  forwarded meanwhile: {report.forwarded:,} packets; memory {report.grown / (1 << 20):+.1f} MiB")
    print("broken: " + "; ".join(report.broken) if report.broken else "kept every promise")
    folder = Path("reports")
    folder.mkdir(exist_ok=True)
    (folder / "soak_hostile.json").write_text(json.dumps(asdict(report), indent=2))
    return 1 if report.broken else 0


if __name__ == "__main__":
    sys.exit(main())
