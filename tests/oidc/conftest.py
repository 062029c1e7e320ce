"""A real provider (npm's oidc-provider) in a process of its own, and a site that knows it."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from tests.npm import folder_with
from tests.services import free_ports
from tests.site import ORIGIN, Site, open_site

PACKAGE = "oidc-provider@9.13.3"
CLIENT, SECRET = "meetingpoint", "a secret of the tests, long enough"
BACK = f"{ORIGIN}/sign-in/oidc/back"


@dataclass
class RealProvider:
    issuer: str
    process: subprocess.Popen[str]

    async def signs_in(self, address: str, login: str) -> str:
        """Sign in there as `login` would in a browser, agree, and return the address that leads back to us."""
        async with httpx2.AsyncClient(timeout=30) as browser:
            answer = await browser.get(address)
            for _ in range(12):
                if answer.is_redirect:
                    to = answer.headers["location"]
                    if to.startswith(BACK):
                        return str(to)
                    answer = await browser.get(httpx2.URL(answer.url).join(to))
                    continue
                form = re.search(r'<form[^>]* action="([^"]+)"', answer.text)
                prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
                assert form, answer.text[:2000]
                assert prompt, answer.text[:2000]
                entered = {"prompt": prompt[1], "login": login, "password": "x"}
                answer = await browser.post(form[1], data=entered)
        raise AssertionError("the provider never sent us back")


@pytest.fixture(scope="module")
def provider() -> Iterator[RealProvider]:
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    try:
        folder = folder_with(PACKAGE)
    except FileNotFoundError as missing:
        pytest.skip(f"no OpenID provider: {missing}")
    (port,) = free_ports()
    script = Path(__file__).with_name("provider.mjs")
    process = subprocess.Popen(
        ["node", str(script), str(folder), str(port), BACK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    try:
        assert process.stdout.readline() == "ready\n"
        yield RealProvider(f"http://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
async def site(tmp_path: Path, provider: RealProvider) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock._real = time.time()  # the provider goes by the machine's time
        settings = opened.services.settings
        for name, value in (
            ("oidc_issuer", provider.issuer),
            ("oidc_client_id", CLIENT),
            ("oidc_client_secret", SecretStr(SECRET)),
        ):
            object.__setattr__(settings, name, value)
        yield opened


async def ended(process: subprocess.Popen[str]) -> None:
    process.kill()
    await asyncio.to_thread(process.wait)
