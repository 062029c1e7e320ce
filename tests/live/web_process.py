"""A web process of its own: `python -m tests.live.web_process DATABASE_URL BUS_URL`. Prints its port; obeys lines on stdin.

`pass TOPIC TEXT` passes a fact on, `tell TOPIC NUMBER` tells a live event.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from conference.live.bus import open_bus
from tests.live.house import serving


async def main(url: str, bus_url: str) -> None:
    loop = asyncio.get_running_loop()
    async with serving(url, bus=open_bus(bus_url), create=False) as web:
        print(web.port, flush=True)
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            match line.split():
                case ["pass", topic, text]:
                    web.hub.pass_on(topic, {"text": text})
                case ["tell", topic, number]:
                    await web.tell(int(number), topic)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
