"""The room in Chromium on bad days: only TURN over TLS gets out, a media node is killed, the web process is killed."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
from playwright.async_api import Page

from conference.base.ids import RandomIds
from conference.demo.guests import Guest
from conference.people.actions import mint_token
from conference.people.model import Role
from media.gateway import MediaGateway, NodeUnavailable, Source, TracksChanged, open_gateway
from media.playing import PlayingPublisher
from media.pool import rank_nodes
from media.rtc.dtls import Identity
from tests.browser.room_house import CHROMIUM, MEDIA, SLUG, Stage, staged
from tests.media import clips
from tests.processes.running import environment, finished
from tests.reach.coturn import SECRET, Coturn
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]

BACK = 5.0  # seconds until a page has its pictures again by itself
RELAYED_ONLY = """const Connection = window.RTCPeerConnection;
window.RTCPeerConnection = class extends Connection {
  constructor(options, ...rest) { super({ ...options, iceTransportPolicy: "relay" }, ...rest); }
};"""
# How each connected connection goes: type of our candidate, and by which protocol it talks to its relay.
WAYS = """async () => {
  const ways = [];
  for (const connection of window.__connections) {
    if (connection.connectionState !== "connected") continue;
    const stats = await connection.getStats();
    for (const transport of [...stats.values()].filter(({ type }) => type === "transport")) {
      const local = stats.get(stats.get(transport.selectedCandidatePairId)?.localCandidateId);
      if (local) ways.push([local.candidateType, local.relayProtocol ?? local.protocol]);
    }
  }
  return ways;
}"""

# Where each connected connection goes to.
REMOTE = """async () => {
  const hosts = [];
  for (const connection of window.__connections) {
    const stats = connection.connectionState === "connected" ? await connection.getStats() : new Map();
    for (const transport of [...stats.values()].filter(({ type }) => type === "transport")) {
      hosts.push(stats.get(stats.get(transport.selectedCandidatePairId).remoteCandidateId).address);
    }
  }
  return hosts;
}"""


@pytest.fixture(autouse=True, scope="module")
def chromium_there() -> None:
    if not CHROMIUM.exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")


async def until(question: Callable[[], Awaitable[Any]], what: str, within: float = 20) -> Any:
    """The first true answer."""
    try:
        async with asyncio.timeout(within):
            while not (answer := await question()):
                await asyncio.sleep(0.05)
            return answer
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


async def frames(page: Page) -> int:
    """Decoded so far by the connections that there are now."""
    decoded: int = (await page.evaluate(MEDIA))["decoded"]
    return decoded


async def sees(page: Page, within: float = 20) -> None:
    before = await frames(page)

    async def more() -> bool:
        return await frames(page) > before + 5

    await until(more, "a moving picture", within)


async def talk(stage: Stage, session: str = "forum") -> tuple[Page, Page]:
    """A moderator who shows the camera, and somebody who looks."""
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), session)
    anna = await stage.enter(await stage.person("Anna Beispiel"), session)
    await moderator.click("#tool-camera")
    await sees(anna, 40)
    return moderator, anna


@pytest.fixture
async def relayed(tmp_path: Path, coturn: Coturn) -> AsyncIterator[Stage]:
    turn = {"turn_url": f"{coturn.turns}", "turn_secret": SECRET}
    # The certificate is of the tests' own authority, which Chromium does not know.
    async with staged(tmp_path, switches=["--ignore-certificate-errors"], media_host=coturn.host, **turn) as stage:
        yield stage


async def test_media_gets_through_by_turn_over_tls_alone(relayed: Stage) -> None:
    original = relayed.context

    async def only_relayed(*given: Any, **options: Any) -> Any:
        context = await original(*given, **options)
        await context.add_init_script(RELAYED_ONLY)
        return context

    relayed.context = only_relayed  # type: ignore[method-assign]
    moderator, anna = await talk(relayed)
    assert await anna.evaluate(WAYS) == [["relay", "tls"]]
    assert await moderator.evaluate(WAYS) == [["relay", "tls"]] * 2
    await relayed.close_pages()


async def test_a_room_over_ipv6_alone(tmp_path: Path, six: tuple[str, str]) -> None:
    async with staged(tmp_path, media_host=six[0]) as stage:
        _, anna = await talk(stage)
        assert await anna.evaluate(REMOTE) == [six[0]]
        await stage.close_pages()


def controls_in(folder: Path) -> list[str]:
    return [f"unix:{folder}/data/run/media-{node}.sock" for node in range(2)]


@pytest.fixture
async def doubled(tmp_path: Path) -> AsyncIterator[Stage]:
    """Two media nodes; the folder is named so that `forum` and `round` have different first choices."""
    folders = (tmp_path / str(number) for number in range(99))
    folder = next(each for each in folders if len({rank_nodes(forum, controls_in(each))[0] for forum in ("forum", "round")}) == 2)
    folder.mkdir()
    async with staged(folder, media_nodes=2) as stage:
        yield stage


def node_of(stage: Stage, control: str) -> psutil.Process:
    return next(each for each in stage.process.below() if control in each.cmdline())


async def test_a_killed_node_is_replaced_within_five_seconds_and_the_other_room_does_not_notice(doubled: Stage) -> None:
    dying = rank_nodes("forum", controls_in(doubled.folder))[0]
    _, anna = await talk(doubled)
    _, untouched = await talk(doubled, "round")
    before = await untouched.evaluate("window.__connections.length")

    killed = node_of(doubled, dying)
    died = time.monotonic()
    killed.kill()
    with suppress(psutil.NoSuchProcess):
        await asyncio.to_thread(killed.wait, 5)

    async def again() -> bool:
        return [way[0] for way in await anna.evaluate(WAYS)] != [] and await anna.evaluate("window.__connections.length") > 1

    await until(again, "a new connection", BACK)
    await sees(anna, BACK - (time.monotonic() - died))
    assert time.monotonic() - died < BACK

    gateway = open_gateway([dying])
    async with asyncio.timeout(20):
        while await _forums(gateway) is None:
            await asyncio.sleep(0.1)
    await sees(anna)
    await sees(untouched)
    assert await _forums(gateway) == 0  # nothing flips back
    assert await untouched.evaluate("window.__connections.length") == before
    await gateway.aclose()
    await doubled.close_pages()


async def _forums(gateway: MediaGateway) -> float | None:
    try:
        return float((await gateway.health())["forums"])
    except NodeUnavailable:
        return None


@asynccontextmanager
async def publishing(stage: Stage, session: str, **headers: str) -> AsyncIterator[PlayingPublisher]:
    """A program that sends picture and sound by WHIP, and does not care what a page would be told."""
    studio = PlayingPublisher(clips.video(), clips.audio(), Identity())
    told = {"content-type": "application/sdp", "origin": stage.base, **headers}
    try:
        async with httpx2.AsyncClient(base_url=stage.base, headers=told) as client:
            answer = await client.post(f"/{SLUG}/sessions/{session}/whip", content=studio.client.offer())
        assert answer.status_code == 201, answer.text
        await studio.client.connect(answer.text, within=15)
        playing = asyncio.create_task(studio.play())
        yield studio
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    finally:
        await studio.client.close()


async def test_what_a_command_takes_from_somebody_ends_at_the_node(tmp_path: Path) -> None:
    """`people import` and `people revoke` are processes of their own; who publishes takes no notice of anything."""
    async with staged(tmp_path) as stage:
        environ = environment(tmp_path / "data", base_url=stage.base)
        speaker = await stage.person("Sigrun Beispiel", Role.SPEAKER, email="sigrun@example.org")
        guest = Guest(stage.base, SLUG, (await stage.link(speaker)).rpartition("/")[2], "stage")
        gateway = open_gateway([f"unix:{tmp_path}/data/run/media-0.sock"])
        seen: list[frozenset[Source]] = []

        async def follow() -> None:
            async for event in gateway.events():
                if isinstance(event, TracksChanged):
                    seen.append(event.sources)

        following = asyncio.create_task(follow())

        async def sends(*sources: Source) -> bool:
            return bool(seen) and seen[-1] == frozenset(sources)

        async with guest.in_room(), publishing(stage, "stage", cookie=guest._cookie) as studio:
            await until(lambda: sends(Source.CAMERA, Source.MICROPHONE), "picture and sound")
            table = tmp_path / "people.csv"
            table.write_text(f"name,email,roles\nSigrun Beispiel,{speaker.email},attendee\n")
            taken = await asyncio.to_thread(finished, ["people", "import", SLUG, str(table)], environ)
            assert taken.returncode == 0, taken.stderr
            await until(lambda: sends(), "nothing is forwarded", 3)
            revoked = await asyncio.to_thread(finished, ["people", "revoke", SLUG, speaker.email], environ)
            assert revoked.returncode == 0, revoked.stderr
            async with asyncio.timeout(3):
                await studio.client.ended.wait()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await gateway.aclose()


async def test_a_grant_ends_at_its_second_although_nobody_is_there_to_say_so(doubled: Stage) -> None:
    """The web process is killed, and who would start it again is stopped."""
    lasts = 8.0
    async with doubled.db.work() as work:
        token = await mint_token(
            work,
            RandomIds(),
            doubled.clock,
            conference_id="c1",
            session_id="forum",
            role="publisher",
            hours=lasts / 3600,
            label="Studio",
        )
    ends = time.monotonic() + lasts
    async with publishing(doubled, "forum", authorization=f"Bearer {token}") as studio:
        web = doubled.process.part("web")
        assert web is not None
        doubled.process.process.send_signal(signal.SIGSTOP)
        try:
            web.kill()
            async with asyncio.timeout(lasts + 5):
                await studio.client.ended.wait()
            assert -0.2 < time.monotonic() - ends < 4
        finally:
            doubled.process.process.send_signal(signal.SIGCONT)
