"""The talk beside the talk in real browsers, against all real processes: two people and the moderation in one room."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from conference.people.model import Role
from tests.browser.axe import source, violations
from tests.browser.room_house import SLUG, Stage
from tests.media.browsers.length import in_soak
from tests.services import skip_or_fail

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        return source()
    except FileNotFoundError as error:
        skip_or_fail(str(error))


async def shows(page: Page, selector: str) -> None:
    await page.wait_for_selector(selector, timeout=10_000)


async def turn(page: Page, tab: str) -> None:
    """Have this tab of the panel in sight."""
    if await page.is_hidden("#side"):
        await page.click("#tool-talk")
    await page.click(f"#tab-{tab}")
    await shows(page, f"#panel-{tab}:not([hidden])")


async def ask(page: Page, text: str) -> None:
    await page.fill("#question-text", text)
    await page.click("#ask button")
    await expect(page.locator("#question-text")).to_have_value("")


def question(text: str) -> str:
    return f'#questions li:has-text("{text}")'


async def no_errors(*pages: Page) -> None:
    for page in pages:
        assert await page.evaluate("window.__errors") == []


async def test_a_question_from_asking_to_the_stage(stage: Stage, axe: str) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "stage")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "stage")
    jo = await stage.enter(await stage.person("Jo Muster"), "stage")
    for page in (moderator, anna, jo):
        await turn(page, "questions")
    await turn(jo, "people")

    # asked without a name, it waits: only the author and the moderation see it
    await anna.check("#question-unnamed")
    await ask(anna, "Wer hilft uns danach?")
    await shows(anna, question("hilft") + ":has-text('Wartet')")
    await shows(moderator, question("hilft") + ":has-text('Ohne Namen')")
    assert await jo.locator("#questions li").count() == 0
    assert await violations(moderator, axe) == []

    # approved, all see it; Jo, who looks at the people, sees that there is something new
    await moderator.click(question("hilft") + " [data-act=approve]")
    await shows(jo, "#tab-questions .unread:not([hidden])")
    await turn(jo, "questions")
    assert await jo.is_hidden("#tab-questions .unread")
    await jo.click(question("hilft") + " .vote")
    await shows(jo, question("hilft") + ' .vote[aria-pressed="true"]:has-text("1")')
    await shows(anna, question("hilft") + " .vote:has-text('1')")

    # on everybody's stage, and after a reload still there, with one's own vote
    await moderator.click(question("hilft") + " [data-act=project]")
    await shows(anna, "#projected:has-text('Wer hilft uns danach?')")
    await jo.goto(jo.url + "?join")
    await shows(jo, "#projected:has-text('Wer hilft uns danach?')")
    await turn(jo, "questions")
    await shows(jo, question("hilft") + ' .vote[aria-pressed="true"]:has-text("1")')
    assert await violations(jo, axe) == []

    # answered, it leaves the stage; a declined one tells its author why
    await moderator.click(question("hilft") + " [data-act=answer]")
    await anna.wait_for_selector("#projected", state="hidden")
    await ask(anna, "Und das Wetter?")
    await moderator.click(question("Wetter") + " [data-act=decline]")
    await moderator.fill("#decline-reason", "Gehört nicht hierher")
    await moderator.click("#decline [value=yes]")
    await shows(anna, question("Wetter") + ":has-text('Gehört nicht hierher')")
    await no_errors(moderator, anna, jo)


async def write(page: Page, text: str) -> None:
    await page.fill("#line-text", text)
    await page.press("#line-text", "Enter")


def line(text: str) -> str:
    return f'#lines li:has-text("{text}")'


async def test_the_chat_with_answers_links_and_taking_back(stage: Stage, axe: str) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "forum")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum")
    await turn(moderator, "chat")
    await write(moderator, "Guten Tag, mehr auf https://example.org/seite. <b>Fett</b>")
    await shows(anna, "#tool-talk .unread:not([hidden]):has-text('1')")
    await turn(anna, "chat")
    assert await anna.get_attribute("#lines a", "href") == "https://example.org/seite"
    assert await anna.get_attribute("#lines a", "rel") == "noopener noreferrer nofollow"
    assert await anna.locator("#lines b").count() == 0
    await shows(anna, line("<b>Fett</b>"))

    # an answer; the keyboard goes from line to line
    await anna.click(line("Guten Tag") + " [data-act=answer]")
    assert await anna.evaluate("document.activeElement.id") == "line-text"
    await anna.keyboard.type("Danke")
    await anna.keyboard.press("Enter")
    await shows(moderator, line("Danke") + ":has-text('Antwort an Mara Moderat')")
    await write(anna, "Unpassend")
    await shows(moderator, line("Unpassend"))
    await moderator.focus(line("Danke"))
    await moderator.keyboard.press("ArrowDown")
    assert "Unpassend" in await moderator.evaluate("document.activeElement.textContent")
    assert await violations(moderator, axe) == []

    # what the moderation removes leaves a trace, what one takes back leaves none
    await moderator.click(line("Unpassend") + " [data-act=delete]")
    await shows(anna, line("Von der Moderation entfernt"))
    await anna.click(line("Danke") + " [data-act=delete]")
    await moderator.wait_for_selector(line("Danke"), state="detached")

    # without a line nothing is lost, and nothing comes twice
    web = stage.process.part("web")
    assert web is not None
    web.kill()
    await write(anna, "Trotzdem da")
    await shows(anna, line("Trotzdem da") + ":has-text('Wird gesendet')")
    await moderator.locator(line("Trotzdem da")).wait_for(timeout=25_000)
    await expect(anna.locator(line("Trotzdem da"))).to_have_count(1)
    await expect(anna.locator(line("Wird gesendet"))).to_have_count(0)
    await moderator.goto(moderator.url + "?join")
    await turn(moderator, "chat")
    await expect(moderator.locator("#lines li")).to_have_count(3)
    await no_errors(moderator, anna)


async def test_a_poll_from_draft_to_result(stage: Stage, axe: str) -> None:
    moderator = await stage.enter(await stage.person("Mara Moderat", Role.MODERATOR), "round")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "round")
    jo = await stage.enter(await stage.person("Jo Muster"), "round")
    for page in (moderator, anna, jo):
        await turn(page, "polls")
    await moderator.click(".drafting summary")
    await moderator.fill("#poll-question", "Wann treffen wir uns wieder?")
    await moderator.fill("#poll-options", "Im Herbst\nIm Frühjahr\n")
    await moderator.click("#draft button")
    await shows(moderator, '#polls li[data-state="draft"]')
    assert await anna.locator("#polls li").count() == 0
    await moderator.click("#polls [data-act=open]")
    await shows(anna, '#polls li[data-state="open"]')

    # one's own ballot first, then how the others chose; what somebody is choosing stays chosen
    await jo.check("#polls input >> nth=0")
    await anna.check("#polls input >> nth=1")
    await anna.click("#polls .acts button")
    await shows(anna, "#polls .count:has-text('1, 100 Prozent')")
    await shows(jo, "#polls li:has-text('1 Person hat abgestimmt')")
    assert await jo.locator("#polls meter:visible").count() == 0
    assert await jo.is_checked("#polls input >> nth=0")
    assert await violations(anna, axe) == []
    await anna.check("#polls input >> nth=0")
    await anna.click("#polls .acts button")
    await shows(moderator, "#polls .option:has-text('Im Herbst') .count:has-text('1, 100 Prozent')")
    await anna.goto(anna.url + "?join")
    await turn(anna, "polls")
    assert await anna.is_checked("#polls input >> nth=0")

    await moderator.click("#polls [data-act=close]")
    await shows(jo, '#polls li[data-state="closed"] .count:has-text("1, 100 Prozent")')
    await no_errors(moderator, anna, jo)


@in_soak
async def test_reactions_and_announcements(stage: Stage, axe: str) -> None:
    office = await stage.enter(await stage.person("Olga Büro", Role.ORGANISER), "round")
    anna = await stage.enter(await stage.person("Anna Beispiel"), "forum")
    jo = await stage.enter(await stage.person("Jo Muster"), "forum")
    await turn(jo, "chat")
    await jo.click("[data-react=applause]")
    await shows(anna, "#reactions .reaction")
    desk = await office.context.new_page()
    await desk.goto(f"{stage.base}/desk/{SLUG}/announcements")
    await desk.fill("#de", "Um zwölf gibt es Mittag.")
    await desk.click("form.form button")
    for page in (office, anna, jo):
        await shows(page, "#announcements:has-text('Um zwölf gibt es Mittag.')")
    assert await violations(anna, axe) == []
    assert await violations(desk, axe) == []
    await anna.click("#announcements button")
    await anna.wait_for_selector("#announcements", state="hidden")
    await desk.click("[name=withdraw]")
    await jo.wait_for_selector("#announcements", state="hidden")
    await no_errors(office, anna, jo)


async def test_the_tabs_by_keyboard(stage: Stage) -> None:
    page = await stage.enter(await stage.person("Tasta Tour"), "forum")
    await page.focus("#tab-people")
    await page.keyboard.press("End")
    focused = "document.activeElement.id"
    last = await page.evaluate(focused)
    assert last != "tab-people"
    assert await page.get_attribute(f"#{last}", "aria-selected") == "true"
    await page.keyboard.press("ArrowRight")
    assert await page.evaluate(focused) == "tab-people"
    assert await page.evaluate("document.querySelectorAll('#tabs [tabindex=\"0\"]').length") == 1
    await page.keyboard.press("ArrowLeft")
    await page.keyboard.press("Tab")  # on into the page, not from tab to tab
    assert not (await page.evaluate(focused)).startswith("tab-")


@pytest.mark.parametrize("width", [320, 390])
async def test_on_a_phone(stage: Stage, width: int) -> None:
    page = await stage.enter(await stage.person("Handy Halter"), "forum", viewport={"width": width, "height": 640})
    await page.click("#tool-talk")
    await shows(page, "#side:not([hidden])")
    # Awaited, since what is drawn while the page is still being filled may move once more.
    await page.wait_for_function("() => document.documentElement.scrollWidth <= innerWidth")
    await page.wait_for_function(
        "() => { const side = document.getElementById('side'); return side.scrollWidth <= side.clientWidth; }"
    )
    await page.click("#side-close")
    await page.wait_for_function("() => document.activeElement.id === 'tool-talk'")
