"""What the room's page sends, asks for and says about its media, in Chromium against all real processes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.async_api import Page, WebSocketRoute

from tests.browser.axe import violations
from tests.browser.room_house import Stage, join, prepared
from tests.browser.test_room import no_errors, sees, shows, tile, until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# rid -> frames encoded and height, of what this page sends.
SENT = """async () => {
  const sent = {};
  for (const pc of window.__connections) for (const stat of (await pc.getStats()).values())
    if (stat.type === 'outbound-rtp' && stat.rid) sent[stat.rid] = [stat.framesEncoded ?? 0, stat.frameHeight ?? 0, stat.active];
  return sent;
}"""
PICTURES = """async () => {
  let packets = 0;
  for (const pc of window.__connections) for (const stat of (await pc.getStats()).values())
    if (stat.type === 'inbound-rtp' && stat.kind === 'video') packets += stat.packetsReceived;
  return packets;
}"""
HIDE = """(hidden) => {
  Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (hidden ? 'hidden' : 'visible') });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
SMALL_CAMERA = """
const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = ({ audio }) => real({ audio, video: { width: { exact: 640 }, height: { exact: 360 } } });
"""


def views_of(page: Page) -> list[dict[str, Any]]:
    """The views that the page tells, as they come."""
    told: list[dict[str, Any]] = []

    def sent(payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "room.view":
            told.append(message)

    page.on("websocket", lambda socket: socket.on("framesent", sent))
    return told


async def tells(told: list[dict[str, Any]], fits: Callable[[dict[str, Any]], bool], what: str) -> None:
    """Until the newest view is such."""

    async def so() -> bool:
        return bool(told) and fits(told[-1])

    await until(so, f"{what}; last told: {told[-1:]}")


async def test_the_camera_goes_out_in_three_sizes(stage: Stage) -> None:
    page = await stage.enter(await stage.person("Drei Größen"), "round")
    await stage.enter(await stage.person("Zu Schauer"), "round")
    await page.click("#tool-camera")

    async def three() -> bool:
        sent = await page.evaluate(SENT)
        return set(sent) == {"q", "h", "f"} and all(active for _, _, active in sent.values())

    await until(three, "three layers")

    async def smallest() -> bool:
        frames, height, _ = (await page.evaluate(SENT))["q"]
        return bool(frames > 5 and height == 180)

    await until(smallest, "the smallest layer flows")
    await no_errors(page)


async def test_a_small_camera_has_fewer_layers(stage: Stage) -> None:
    page = await join(stage, await prepared(stage, await stage.person("Kleine Kamera"), SMALL_CAMERA), "round")
    other = await stage.enter(await stage.person("Zu Schauer"), "round")
    await page.click("#tool-camera")

    async def two() -> bool:
        return {rid for rid, (_, _, active) in (await page.evaluate(SENT)).items() if active} == {"h", "f"}

    await until(two, "two layers")
    await sees(other, 1)
    await page.click("#tool-camera")

    async def none() -> bool:
        return not any(active for _, _, active in (await page.evaluate(SENT)).values())

    await until(none, "nothing is sent of a camera that is off")


async def test_nothing_is_negotiated_twice(stage: Stage) -> None:
    page = await stage.enter(await stage.person("Wechsel Haft"), "round")
    other = await stage.enter(await stage.person("Schaut Zu"), "round")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method) if "/whip" in request.url else None)
    for device in ("camera", "microphone", "microphone", "microphone"):  # on; on, off, on
        await page.click(f"#tool-{device}")
        await shows(page, f"#tool-{device}:not([aria-busy=true])")
    await sees(other, 1)
    # the camera is turned upright, as a phone's, and then it is another camera
    await page.evaluate("""async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 720, height: 1280 });
      const paint = canvas.getContext('2d');
      setInterval(() => {
        paint.fillStyle = `hsl(${Date.now() / 9 % 360} 80% 50%)`;
        paint.fillRect(0, 0, 720, 1280);
      }, 50);
      const [track] = canvas.captureStream(20).getVideoTracks();
      for (const pc of window.__connections) for (const sender of pc.getSenders())
        if (sender.track?.kind === 'video') await sender.replaceTrack(track);
    }""")
    upright = """() => [...document.querySelectorAll('.tiles video')].some((video) => video.videoHeight > video.videoWidth)"""
    await other.wait_for_function(upright, timeout=15_000)
    await page.click("#tool-camera")
    await shows(other, tile("Wechsel Haft") + ":not(.seen)")
    await page.click("#tool-camera")
    await sees(other, 1)
    assert asked == ["POST"]
    await no_errors(page, other)


async def test_one_small_offer_asks_for_everything(stage: Stage) -> None:
    offers: list[str] = []
    page = await prepared(stage, await stage.person("Ein Angebot"))
    page.on("request", lambda request: offers.append(request.post_data or "") if request.method == "POST" else None)
    await join(stage, page, "round")

    async def offered() -> bool:
        return bool(offers)

    await until(offered, "an offer")
    (offer,) = offers
    small = await page.evaluate("navigator.hardwareConcurrency < 4")
    assert (offer.count("m=audio"), offer.count("m=video")) == (3, 10 if small else 18)
    assert len(offer) < 40_000
    audio, *_ = re.split(r"(?=m=video)", offer)
    (opus,) = set(re.findall(r"rtpmap:(\d+) opus", audio))
    assert audio.count(f"a=rtcp-fb:{opus} nack\r\n") == 3  # lost sound is asked for again
    assert "useinbandfec=1" in audio
    assert set(re.findall(r"a=rtpmap:\d+ (\w+)/", offer)) <= {"opus", "VP8", "H264", "rtx"}


async def test_the_page_tells_what_it_looks_at(stage: Stage) -> None:
    person = await stage.person("Anna Ausblick")
    page = await prepared(stage, person)
    told = views_of(page)
    await join(stage, page, "round")
    mara = await stage.enter(await stage.person("Mara Bild"), "round")
    nils = await stage.enter(await stage.person("Nils Bild"), "round")
    for other in (mara, nils):
        await other.click("#tool-camera")
    await sees(page, 2)
    await tells(told, lambda view: [tile["width"] > 300 for tile in view["tiles"]] == [True, True], "two pictures")

    # a picture that is kept in front is larger than the other, and asked for by name
    name = "Nils Bild vorn behalten"
    button = page.get_by_role("button", name=name)
    await button.focus()
    await page.keyboard.press("Enter")
    await shows(page, f'.tile.pinned .pin[aria-pressed="true"][aria-label="{name}"]')
    assert await button.evaluate("(pin) => document.activeElement === pin")
    seat = await page.get_attribute(tile("Nils Bild"), "data-seat")
    await tells(told, lambda view: view["pinned"] == [seat] and view["tiles"][0]["seat"] == seat, "pinned")
    await tells(told, lambda view: view["tiles"][0]["width"] > 1.5 * view["tiles"][1]["width"], "larger")
    await page.keyboard.press("Enter")
    await tells(told, lambda view: view["pinned"] == [], "not pinned any more")

    # nobody looks at a hidden page
    await page.evaluate(HIDE, True)
    await tells(told, lambda view: all(tile["width"] == tile["height"] == 0 for tile in view["tiles"]), "hidden")
    await page.evaluate(HIDE, False)
    await tells(told, lambda view: all(tile["width"] for tile in view["tiles"]), "seen again")
    await no_errors(page)


async def test_on_a_phone_25_pictures_come_in_pages_and_few_are_asked_for(stage: Stage) -> None:
    """The others are made up by a message of the server; that their pictures have no slot is no matter here."""
    page = await prepared(stage, await stage.person("Handy Hoch"), viewport={"width": 390, "height": 844}, has_touch=True)
    lines: list[WebSocketRoute] = []

    async def between(line: WebSocketRoute) -> None:
        line.connect_to_server()
        lines.append(line)

    await page.route_web_socket(re.compile("/live"), between)
    told = await _overheard(page)
    await join(stage, page, "round")
    person = {
        "initiative": None,
        "land": None,
        "role": "attendee",
        "here": True,
        "microphone": False,
        "screen": False,
        "line": None,
    }
    more = {"hand": None, "floor": False, "signing": False, "camera": True}
    people = [{**person, **more, "seat": f"seat-{number}", "name": f"Person {number}"} for number in range(24)]
    lines[0].send(json.dumps({"type": "room.people", "people": people, "gone": []}))
    await page.wait_for_selector("#pager:not([hidden])")

    def seen(view: dict[str, Any]) -> list[str]:
        return [tile["seat"] for tile in view["tiles"] if tile["width"]]

    await tells(told, lambda view: len(view["tiles"]) == 24 and 4 <= len(seen(view)) <= 12, "few in sight")
    first = seen(told[-1])
    assert [tile["seat"] for tile in told[-1]["tiles"][: len(first)]] == first
    for _ in range(int((await page.inner_text("#page-number")).split()[-1]) - 1):
        await page.tap("#page-next")
    await tells(told, lambda view: "seat-23" in seen(view) and "seat-0" not in seen(view), "the last ones in sight")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def _overheard(page: Page) -> list[dict[str, Any]]:
    """The views that the page tells, also where its socket goes through the test."""
    told: list[dict[str, Any]] = []
    await page.expose_function("overheard", lambda text: told.append(json.loads(text)) if "room.view" in text else None)
    await page.add_init_script("""const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (data) { window.overheard(String(data)); return send.call(this, data); };""")
    return told


async def test_what_is_out_of_sight_costs_nothing(stage: Stage) -> None:
    page = await stage.enter(await stage.person("Weg Geschaut"), "round")
    other = await stage.enter(await stage.person("Bild Geberin"), "round")
    await other.click("#tool-camera")
    await sees(page, 1)
    await page.evaluate(HIDE, True)

    async def silent() -> bool:
        before = await page.evaluate(PICTURES)
        await asyncio.sleep(1)
        return bool(await page.evaluate(PICTURES) == before)

    await until(silent, "no packets of pictures while the page is hidden")

    async def awake() -> set[str]:
        return {rid for rid, (_, _, active) in (await other.evaluate(SENT)).items() if active}

    async def asleep() -> bool:
        return await awake() == {"q"}

    async def all_awake() -> bool:
        return await awake() == {"q", "h", "f"}

    await until(asleep, "nobody looks: the larger layers sleep", within=30)
    await page.evaluate(HIDE, False)
    await sees(page, 1)
    await until(all_awake, "somebody looks again")


async def test_a_picture_that_does_not_come_says_why(stage: Stage, axe_core: str) -> None:
    """The states come from the server; here they are written into its messages on their way."""
    page = await prepared(stage, await stage.person("Langsame Leitung"))
    states = {"now": "live"}
    lines: list[tuple[WebSocketRoute, list[str]]] = []

    async def between(line: WebSocketRoute) -> None:
        server, slots = line.connect_to_server(), list[str]()
        lines.append((line, slots))

        def told(message: str | bytes) -> None:
            text = message if isinstance(message, str) else message.decode()
            if '"room.slots"' in text:
                slots.append(text)
            line.send(text)

        server.on_message(told)

    await page.route_web_socket(re.compile("/live"), between)
    await join(stage, page, "round")
    other = await stage.enter(await stage.person("Berta Bild"), "round")
    await other.click("#tool-camera")
    await sees(page, 1)

    def become(state: str) -> None:
        states["now"] = state
        line, slots = lines[-1]
        told = json.loads(slots[-1])
        for slot in told["slots"]:
            slot["state"] = state if slot["seat"] else "live"
        line.send(json.dumps(told))

    become("paused")
    await asyncio.sleep(0.3)
    become("live")  # a moment is no notice
    await asyncio.sleep(1.2)
    assert await page.is_hidden(tile("Berta Bild") + " .why")
    assert await page.inner_text("#said") != "Berta Bild: Bild angehalten, Ihre Verbindung ist langsam. Der Ton läuft weiter."
    become("paused")
    await shows(page, tile("Berta Bild") + ":not(.seen) .why:has-text('Bild angehalten. Ihre Verbindung ist langsam.')")
    assert await page.inner_text(tile("Berta Bild") + " .initials") == "BB"
    await shows(page, "#said:has-text('Berta Bild: Bild angehalten')")
    become("live")
    await shows(page, tile("Berta Bild") + ".seen")
    become("codec")
    await shows(page, tile("Berta Bild") + ":not(.seen) .why:has-text('Ihr Browser kann dieses Bild nicht zeigen (H.264)')")
    assert await violations(page, axe_core) == []
    become("hidden")
    await page.wait_for_selector(tile("Berta Bild") + " .why", state="hidden")
    await no_errors(page)
