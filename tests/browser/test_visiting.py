"""A visit meets a page that loads itself anew: the site's answer comes, whenever that happens."""

from __future__ import annotations

import asyncio
import random

import pytest
from playwright.async_api import Browser

from tests.browser.visiting import visit

pytestmark = pytest.mark.browser
RESTLESS = "<h1>restless</h1><script>setTimeout(() => location.reload(), Math.random() * 120)</script>"


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    path = (await reader.readuntil(b"\r\n\r\n")).split()[1]
    await asyncio.sleep(random.uniform(0, 0.06))  # an answer takes its time
    body = RESTLESS.encode() if path == b"/restless" else b"<h1>calm</h1>"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    writer.close()


async def test_a_page_that_loads_itself_anew_stops_no_visit(chromium: Browser) -> None:
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        page = await chromium.new_page()
        for number in range(12):
            await visit(page, f"{base}/restless")
            await asyncio.sleep(random.uniform(0, 0.06))  # in the middle of it, more often than not
            assert (await visit(page, f"{base}/{'restless' if number % 2 else 'calm'}")).status == 200
        await page.close()
