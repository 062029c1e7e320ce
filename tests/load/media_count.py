"""What counting costs the load client, with no server at all: `python -m tests.load.media_count RATE SECONDS RECEIVERS`.

A process on the other core sends RTP-looking packets at a fixed rate; the receivers here are those of the load, drained in
the same way. Prints a JSON line.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from typing import Any

from media.rtc.dtls import Identity
from tests.load import machine, media_wire
from tests.load.media_intake import Intake, Receiver
from tests.load.media_load import SWEEP


async def count(rate: int, seconds: float, number: int) -> dict[str, Any]:
    intake, identity, address = Intake(), Identity(), media_wire.own_address()
    receivers = [Receiver(intake, identity, address) for _ in range(number)]
    ports = [str(receiver.peer.socket.getsockname()[1]) for receiver in receivers]
    argv = [*machine.pinned(0), sys.executable, "-m", "tests.load.media_bare", "pace", str(rate), str(seconds), *ports]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as sender:
        while not any(receiver.streams for receiver in receivers):
            await asyncio.sleep(SWEEP)
            for receiver in receivers:
                intake.drain(receiver)
        began, cpu = time.monotonic(), time.process_time()
        while sender.poll() is None:
            await asyncio.sleep(SWEEP)
            for receiver in receivers:
                intake.drain(receiver)
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        assert sender.stdout is not None
        sent = json.loads(sender.stdout.read())
    for receiver in receivers:
        intake.drain(receiver)
    counted = sum(receiver.counts()[0] for receiver in receivers)
    return {
        "receivers": number,
        "sent": sent["packets"],
        "counted": counted,
        "missed": sent["packets"] - counted,
        "overflows": sum(receiver.overflows for receiver in receivers),
        "per_second": round(sent["packets"] / sent["seconds"]),
        "client_busy": round(cpu / wall, 3),
        "us_per_packet": round(1e6 * cpu / max(1, counted), 2),
    }


if __name__ == "__main__":
    print(json.dumps({"result": asyncio.run(count(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3])))}), flush=True)
