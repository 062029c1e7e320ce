"""A cheap HTTP/1.1 load: connections that are kept open, each asking again as soon as the whole answer has come.

python -m tests.load.http_load PORT PATH CONNECTIONS SECONDS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import uvloop


class Asking(asyncio.Protocol):
    """One connection. The answers are all of one length, which the first one tells."""

    def __init__(self, request: bytes, length: int) -> None:
        self._request, self._length = request, length
        self._missing = length
        self.answers = 0
        self.lost: Exception | None = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        if self._missing == self._length and not data.startswith(b"HTTP/1.1 200"):
            self.lost = RuntimeError(f"answered {data[:40]!r}")
            self._transport.abort()
            return
        self._missing -= len(data)
        if self._missing == 0:
            self.answers += 1
            self._missing = self._length
            self._transport.write(self._request)
        elif self._missing < 0:
            self.lost = RuntimeError("answers of different lengths")
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = self.lost or error or ConnectionError("closed by the server")


def request_of(port: int, path: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/html\r\nAccept-Language: de\r\n"
    return f"{head}User-Agent: bench\r\n\r\n".encode()


async def length_of(port: int, path: str) -> int:
    """Bytes of a whole answer, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request_of(port, path))
    head = await reader.readuntil(b"\r\n\r\n")
    body = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
    await reader.readexactly(body)
    writer.close()
    return len(head) + body


async def load(port: int, path: str, connections: int, seconds: float) -> dict[str, float]:
    """Answers per second over `seconds`. Raises RuntimeError when a connection was lost or an answer differed."""
    loop = asyncio.get_running_loop()
    length = 0
    for _ in range(2):  # the first answer of a kept page carries the request's name, later ones do not
        length = await length_of(port, path)
    asking = [(await loop.create_connection(lambda: Asking(request_of(port, path), length), "127.0.0.1", port))[1]
              for _ in range(connections)]  # fmt: skip
    before, started, busy = sum(one.answers for one in asking), time.monotonic(), time.process_time()
    await asyncio.sleep(seconds)
    answers, took, busy = sum(one.answers for one in asking) - before, time.monotonic() - started, time.process_time() - busy
    if not answers:
        raise RuntimeError("no answers")
    if lost := [one.lost for one in asking if one.lost is not None]:
        raise RuntimeError(f"{len(lost)} of {connections} connections were lost: {lost[0]}")
    return {"per_second": answers / took, "bytes": length, "load_busy": busy / took}


if __name__ == "__main__":
    port, path, connections, seconds = sys.argv[1:]
    print(json.dumps(uvloop.run(load(int(port), path, int(connections), float(seconds)))))
