"""Firefox brings a film by dropping it, writes captions beside it, and plays the card with them."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from conference.base.captions import read_captions
from conference.cards.model import FileRole
from tests.browser.firefox import FirefoxPage, open_firefox, open_network, why_no_firefox
from tests.cards.films.films import FilmHouse, real_film
from tests.media.browsers.length import in_soak
from tests.results.house import House, conference_yaml, house_at, served
from tests.services import free_ports, skip_or_fail

pytestmark = pytest.mark.browser
CARD = "/cards/werkbank"
OWN = f"{CARD}/own"

# Two files one after the other: the second one while the first is still looked at.
DROP = """(() => {
  const bytes = Uint8Array.from(atob(%s), (letter) => letter.charCodeAt(0));
  const seen = [];
  for (const name of ['Erster.mp4', 'Zweiter.mp4']) {
    const files = new DataTransfer();
    files.items.add(new File([bytes], name, { type: 'video/mp4' }));
    const drop = new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true });
    document.querySelector('[data-drop]').dispatchEvent(drop);
    const looking = document.querySelector('#looking');
    seen.push(looking.hidden ? '' : looking.textContent.replace(/\\s+/g, ' ').trim());
  }
  return seen;
})()"""
PLAYS = "(async () => { const film = document.querySelector('%s'); film.muted = true; await film.play(); return true; })()"


@in_soak
async def test_a_film_is_dropped_captioned_and_played(tmp_path: Path) -> None:
    if reason := await asyncio.to_thread(why_no_firefox):
        skip_or_fail(f"no Firefox: {reason}")
    document = conference_yaml()
    del document["initiatives"][1]["card"]
    (port,) = free_ports()
    async with asyncio.timeout(60), AsyncExitStack() as stack:
        house = await stack.enter_async_context(house_at(tmp_path, "folder", document, port=port))
        base = await stack.enter_async_context(served(house))
        films = FilmHouse(house, house.services)
        working = asyncio.create_task(films.worker(films=True).run())
        stack.push_async_callback(_end, working)
        network = stack.enter_context(open_network())
        await stack.enter_async_context(network.forwarding(port))
        firefox = await stack.enter_async_context(open_firefox(network))
        page = await firefox.open(base)
        await page.evaluate(f"document.cookie = 'meetingpoint={house.cookies['initiative']}; path=/'")
        await drops(page, base, films)
        await writes(page, base, house, films)
        await plays(page, base)
        assert [line for line in await page.log() if line.startswith("error") or "Content-Security" in line] == []


async def drops(page: FirefoxPage, base: str, films: FilmHouse) -> None:
    await page.goto(base + OWN)
    seen = await page.evaluate(DROP % json.dumps(base64.b64encode(real_film(3.0)).decode()))
    assert seen == ["Der Film wird angesehen: Erster.mp4"] * 2
    await page.wait_for("document.querySelector('#preview') && document.querySelector('#looking').hidden", within=30)
    assert await page.evaluate(PLAYS % "#preview")
    await page.wait_for("document.querySelector('#preview').currentTime > 0.2")
    [film] = await films.films(await films.bringing("werkbank"))
    assert film.name == "Erster.mp4"


async def writes(page: FirefoxPage, base: str, house: House, films: FilmHouse) -> None:
    await page.goto(base + OWN + "/words")
    await page.click("#captions-play")
    await page.wait_for("document.querySelector('#captions-film').currentTime > 0.3")
    await page.click("#captions-add")
    await page.wait_for("document.activeElement?.closest('.cue') && document.activeElement.tagName === 'TEXTAREA'")
    await page.fill(".cue textarea", "Grüße aus der Werkbank.")
    shown = "[...document.querySelector('#captions-film').textTracks].find((track) => track.mode === 'showing').cues"
    await page.wait_for(f"{shown}.length === 1 && {shown}[0].text === 'Grüße aus der Werkbank.'")
    await page.click("#captions-save")
    await page.wait_for("document.querySelector('#captions-status').textContent === 'Die Untertitel sind gespeichert.'")
    [film] = await films.films(await films.bringing("werkbank"))
    [file] = [file for file in await films.files(film) if file.role is FileRole.CAPTIONS]
    [cue] = read_captions(await house.services.storage.get(file.key)).cues
    assert (cue.text, file.language) == ("Grüße aus der Werkbank.", "de")
    assert cue.start >= 300


async def plays(page: FirefoxPage, base: str) -> None:
    await page.goto(base + CARD)
    await page.click("[data-do=captions]")
    await page.click("[data-do=play]")
    await page.wait_for("document.querySelector('.player video').currentTime > 0.5")
    await page.wait_for("document.querySelector('.player video').textTracks[0].activeCues?.length === 1")


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
