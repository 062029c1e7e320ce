"""Forms and messages sent to the house by somebody."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.results.house import SLUG, House


async def send(house: House, path: str, who: str = "stranger", address: str = "192.0.2.7", **body: Any) -> httpx2.Response:
    """POST to `path` within the conference from a page of its own. body: `data` of a form, or `json`, or `content`."""
    headers = {"accept-language": "de", "accept": "text/html", "sec-fetch-site": "same-origin"}
    if who != "stranger":
        headers["cookie"] = f"meetingpoint={house.cookies[who]}"
    transport = httpx2.ASGITransport(app=house.app, client=(address, 50_000))
    async with httpx2.AsyncClient(transport=transport, base_url=house.services.settings.base_url) as client:
        return await client.post(f"/{SLUG}{path}", headers=headers, **body)
