"""The room in real browsers, against all real processes: seeing, hearing, the floor, mutes, reloads, leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Page

from conference.people.model import Role
from conference.program.model import Session
from tests.browser.room_house import MEDIA, SLUG, Stage

pytestmark = [pytest.mark.browser, pytest.mark.slow]


async def until(question: Callable[[], Awaitable[Any]], what: str, within: float = 15) -> Any:
    """The first true answer."""
    try:
        async with asyncio.timeout(within):
            while not (answer := await question()):
                await asyncio.sleep(0.1)
            return answer
    except TimeoutError:
        raise AssertionError(f"not within {within} s: {what}") from None


async def shows(page: Page, selector: str, within: float = 15) -> None:
    await page.wait_for_selector(selector, timeout=within * 1000)


async def sees(page: Page, pictures: int) -> None:
    """So many pictures whose decoded frames grow."""
    before = await until(lambda: _frames(page, pictures), f"{pictures} pictures")

    async def growing() -> bool:
        now = await _frames(page, pictures)
        return bool(now) and all(later > earlier for earlier, later in zip(before, now, strict=True))

    await until(growing, "growing frames")


async def _frames(page: Page, pictures: int) -> list[int] | None:
    frames: list[int] = (await page.evaluate(MEDIA))["frames"]
    return frames if len(frames) == pictures and all(frames) else None


async def hears(page: Page) -> None:
    """Sound arrives that is not silence."""
    before = (await page.evaluate(MEDIA))["energy"]

    async def louder() -> bool:
        return bool((await page.evaluate(MEDIA))["energy"] > before + 0.01)

    await until(louder, "sound")


def tile(name: str) -> str:
    return f'.stage .tile:has(.who:has-text("{name}"))'


async def no_errors(*pages: Page) -> None:
    for page in pages:
        assert await page.evaluate("window.__errors") == []


async def test_a_moderator_and_two_attendees_discuss(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum")
    jo = await stage.enter(await stage.person("Jo Muster"), "forum")
    assert await anna.get_attribute("#tool-microphone", "aria-disabled") == "true"

    # everybody shows the camera; the moderator speaks
    await moderator.click("#tool-microphone")
    for page in (moderator, anna, jo):
        await page.click("#tool-camera")
    for page in (moderator, anna, jo):
        await sees(page, 2)
    await hears(anna)
    await hears(jo)
    await shows(anna, tile("Mara Moderat") + ".speaks")

    # a hand goes up, the floor is given, and Anna is heard
    await anna.click("#tool-hand")
    await shows(anna, "#tool-hand.up .place:has-text('1. Stelle')")
    await moderator.click("#queue [data-act=give]")
    await shows(anna, "#tool-hand.has")
    await anna.click("#tool-microphone")
    await shows(moderator, tile("Anna Beispiel") + ".open")
    await shows(moderator, tile("Anna Beispiel") + ".speaks")
    await hears(moderator)

    # muted: the microphone goes off at once, and Anna may switch it on again herself
    await moderator.click("#tab-people")
    await moderator.click('#stage-people li:has-text("Anna") summary')
    await moderator.click('#stage-people li:has-text("Anna") [data-act=mute]')
    await shows(anna, '#tool-microphone[aria-pressed="false"]')
    await shows(jo, tile("Anna Beispiel") + ":not(.open)")
    await anna.click("#problem .dismiss")
    await anna.click("#tool-microphone")
    await shows(jo, tile("Anna Beispiel") + ".open")
    await shows(jo, tile("Anna Beispiel") + ".speaks")

    # the floor is taken: the microphone is off, the camera stays
    await moderator.click('#stage-people li:has-text("Anna") [data-act=take]')
    await shows(anna, '#tool-microphone[aria-pressed="false"][aria-disabled="true"]')
    await shows(jo, tile("Anna Beispiel") + ".seen:not(.open)")
    await no_errors(moderator, anna, jo)

    # Jo leaves: the tile goes, the page returns to the session
    await jo.click("#tool-leave")
    await jo.wait_for_url(f"**/{SLUG}/sessions/forum")
    await moderator.wait_for_selector(tile("Jo Muster"), state="detached")


async def test_a_reload_returns_to_the_seat(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Max Moderat", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Lena Beispiel"), "forum")
    await moderator.click("#tool-camera")
    await anna.click("#tool-hand")
    await shows(moderator, '#queue li:has-text("Lena")')
    gone: list[str] = []
    await moderator.expose_function("tellGone", lambda text: gone.append(text))
    await moderator.evaluate("""() => new MutationObserver((all) => all.forEach((one) => one.removedNodes.forEach(
        (node) => node.textContent.includes('Lena') && window.tellGone(node.textContent))))
        .observe(document.getElementById('queue'), {childList: true, subtree: true})""")
    await anna.goto(anna.url + "?join")
    await shows(anna, "#tool-hand.up")
    await sees(anna, 1)
    await moderator.click('#queue li:has-text("Lena") [data-act=give]')
    await shows(anna, "#tool-hand.has")
    await anna.reload()
    await shows(anna, "#tool-hand.has")
    assert len(gone) == 1  # once, because the floor was given; the reload did not flicker


async def test_banned_means_out(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Mira Moderat", Role.MODERATOR), "round")
    guest = await stage.enter(await stage.person("Stör Enfried"), "round")
    await guest.click("#tool-microphone")
    await shows(moderator, tile("Stör Enfried") + ".open")
    await moderator.click("#tab-people")
    await moderator.click('#audience li:has-text("Stör") summary')
    await moderator.click('#audience li:has-text("Stör") [data-act=ban]')
    await moderator.click("#sure [value=yes]")
    await shows(guest, "#refusal:not([hidden])")
    await moderator.wait_for_selector(tile("Stör Enfried"), state="detached")
    answer = await guest.goto(guest.url)
    assert answer is not None
    assert answer.status == 403


async def test_a_second_window_takes_over(stage: Stage) -> None:
    person = await stage.person("Zwei Fenster")
    first = await stage.enter(person, "forum")
    second = await first.context.new_page()
    await second.goto(first.url + "?join")
    await second.wait_for_selector("#two[open]")
    assert await second.evaluate("document.activeElement.value") == "take"  # Enter takes over
    await second.keyboard.press("Enter")
    await shows(second, "#bar:not([hidden])")
    await shows(first, "#banner:has-text('anderen Fenster')")
    await first.click("#banner button")
    await shows(first, "#bar:not([hidden])")
    await shows(second, "#banner:has-text('anderen Fenster')")


async def test_the_keyboard_alone(stage: Stage) -> None:
    context = await stage.context(await stage.person("Tasta Tour"))
    page = await context.new_page()
    await page.goto(f"{stage.base}/{SLUG}/sessions/forum/room")
    await page.focus("#join")
    await page.keyboard.press("Enter")
    await shows(page, "#bar:not([hidden])")
    focused = "document.activeElement.id"
    assert await page.evaluate(focused) == "tool-microphone"
    await page.keyboard.press("Enter")  # not permitted: says why, and gives the focus back
    await shows(page, "#problem:not([hidden])")
    await page.keyboard.press("Enter")
    assert await page.evaluate(focused) == "tool-microphone"
    await page.keyboard.press("ArrowRight")
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(focused) == "tool-hand"
    await page.keyboard.press("Space")
    await shows(page, "#tool-hand.up")
    await page.keyboard.press("End")
    assert await page.evaluate(focused) == "tool-leave"
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/{SLUG}/sessions/forum")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "gibt dieser Seite das Mikrofon nicht frei"),
        ("NotFoundError", "kein Mikrofon gefunden"),
        ("NotReadableError", "anderes Programm benutzt das Mikrofon"),
        ("OverconstrainedError", "ein anderes"),
    ],
)
async def test_each_refusal_of_a_device_in_its_own_words(stage: Stage, name: str, words: str) -> None:
    page = await stage.enter(await stage.person("Ohne Mikro"), "round")
    await page.evaluate(
        "(name) => { navigator.mediaDevices.real = navigator.mediaDevices.getUserMedia;"
        "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', name); }; }",
        name,
    )
    await page.click("#tool-microphone")
    await shows(page, f"#problem:has-text('{words}')")
    assert await page.evaluate("document.activeElement.className") == "button again"
    await page.evaluate("() => { navigator.mediaDevices.getUserMedia = navigator.mediaDevices.real; }")
    await page.keyboard.press("Enter")  # the way out: try again
    await shows(page, '#tool-microphone[aria-pressed="true"]')


async def test_a_lost_line_comes_back_with_everything(stage: Stage) -> None:
    person = await stage.person("Wackel Kontakt")
    page = await stage.enter(person, "forum")
    await page.click("#tool-hand")
    await shows(page, "#tool-hand.up")
    await page.context.set_offline(True)
    await page.evaluate("window.dispatchEvent(new Event('offline'))")
    web = stage.process.part("web")
    assert web is not None
    web.kill()
    await shows(page, "#banner:has-text('unterbrochen')")
    await page.context.set_offline(False)
    await page.wait_for_selector("#banner", state="hidden", timeout=20_000)
    await shows(page, "#tool-hand.up")


async def test_media_come_back_after_the_node_was_killed(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Nora Knoten", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Kai Knoten"), "forum")
    await moderator.click("#tool-camera")
    await sees(anna, 1)
    node = stage.process.part("media.node") or stage.process.part("media")
    assert node is not None
    node.kill()
    await sees(anna, 1)
    await no_errors(moderator, anna)


async def test_a_guest_gives_a_name_and_is_in(stage: Stage) -> None:
    page = await (await stage.context(None)).new_page()
    await page.goto(f"{stage.base}/{SLUG}/sessions/round/room")
    await page.fill("input[name=name]", "Gabi Gast")
    await page.click("form.form button")
    await shows(page, '#audience li:has-text("Gabi Gast"):has-text("Gast")')


async def test_the_end_of_the_room_ends_call_and_page(stage: Stage) -> None:
    moderator = await stage.enter(await stage.person("Ende Nah", Role.MODERATOR), "ending")
    anna = await stage.enter(await stage.person("Emma Ende"), "ending")
    await moderator.click("#tool-camera")
    await sees(anna, 1)
    async with stage.db.work() as work:
        session = await work.session.get(Session, "ending")
        assert session is not None
        session.ends = work.now - timedelta(minutes=30)
        work.session.add(session)
    for page in (moderator, anna):
        await page.wait_for_url(f"**/{SLUG}/sessions/ending", timeout=5000)


async def test_without_javascript_the_page_says_so(stage: Stage) -> None:
    context = await stage.context(await stage.person("Ohne Skript"), java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{stage.base}/{SLUG}/sessions/forum/room")
    assert "JavaScript" in await page.inner_text("#door")
    assert "Sigrun Beispiel" in await page.inner_text("#door")
    assert await page.get_attribute(".room-head .back", "href") == f"/{SLUG}/sessions/forum"


async def test_a_room_before_its_time(stage: Stage) -> None:
    page = await (await stage.context(await stage.person("Zu Früh"))).new_page()
    answer = await page.goto(f"{stage.base}/{SLUG}/sessions/later/room")
    assert answer is not None
    assert answer.status == 409
    assert "Der Raum öffnet um" in await page.inner_text("h1")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
async def test_nothing_is_cut_off_sideways(stage: Stage, width: int) -> None:
    page = await stage.enter(await stage.person("Breit Band"), "forum", viewport={"width": width, "height": 640})
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = """() => [...document.querySelectorAll('#bar button:not([hidden])')].filter((each) => {
        const box = each.getBoundingClientRect();
        return box.left < 0 || box.right > innerWidth || box.bottom > innerHeight || box.width < 24 || box.height < 44;
    }).map((each) => each.id)"""
    assert await page.evaluate(cut) == []
