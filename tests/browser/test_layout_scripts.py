"""Where tiles stand and what is asked for them: the room's scripts without a page, read as modules by Chromium."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, Route

from conference.web.static import FOLDER

pytestmark = [pytest.mark.browser]

ORIGIN = "http://scripts.invalid"
# All layouts on spaces from a small phone to a wide screen: what is shown, page by page, and what is wrong with it.
EVERYWHERE = """() => {
  const wrong = [];
  const inside = ({ x, y, width, height }, box) => x >= 0 && y >= 0 && x + width <= box.width + 1 && y + height <= box.height + 1;
  const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
  const boxes = [[296, 98], [296, 382], [366, 322], [366, 606], [483, 207], [759, 277], [872, 560], [1256, 604], [1880, 940]];
  for (const [width, height] of boxes) for (const count of [1, 2, 3, 4, 7, 12, 13, 25])
  for (const layout of ["speaker", "grid", "screen"])
  for (const own of [false, true]) for (const kept of [0, 1, 3]) for (const screens of [0, 1]) for (const most of [6, 12]) {
    const people = Array.from({ length: count }, (_, index) => `person/${index}`);
    const keys = [...Array.from({ length: screens }, (_, index) => `screen/${index}`), ...people];
    const box = { width, height };
    const scene = { layout, keys, front: people.slice(-kept || people.length), active: "person/0", own, most, box, page: 0 };
    const name = JSON.stringify([layout, width, height, count, own, kept, screens, most]);
    const seen = new Set(), first = layouts.arrange(scene);
    for (let page = 0; page < first.pages; page++) {
      const { places, main, page: at } = layouts.arrange({ ...scene, page });
      if (at !== page) wrong.push(`${name}: page ${page} is ${at}`);
      if ([...places.keys()].filter((key) => key !== "own").length > Math.max(most, kept + 2)) wrong.push(`${name}: too many`);
      if (own !== places.has("own")) wrong.push(`${name}: own`);
      for (const key of main) if (!places.has(key)) wrong.push(`${name}: ${key} is not there`);
      const rects = [...places].filter(([key]) => key !== "own" || keys.length > 1);
      for (const [key, rect] of rects) if (!inside(rect, box)) wrong.push(`${name}: ${key} is outside ${JSON.stringify(rect)}`);
      for (const [one, a] of rects) for (const [other, b] of rects)
        if (one < other && meet(a, b)) wrong.push(`${name}: ${one} meets ${other}`);
      for (const key of places.keys()) seen.add(key);
    }
    if (layout !== "screen") for (const key of keys) if (!seen.has(key)) wrong.push(`${name}: ${key} is on no page`);
  }
  return wrong.slice(0, 5);
}"""


@pytest_asyncio.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """A blank page with the modules as `layouts`, `saver` and `foremost`."""
    page = await chromium.new_page()

    async def served(route: Route) -> None:
        name = route.request.url.removeprefix(f"{ORIGIN}/")
        if not name:
            return await route.fulfill(body="<!doctype html>", content_type="text/html")
        await route.fulfill(body=(FOLDER / "js" / name).read_text(encoding="utf-8"), content_type="text/javascript")

    await page.route(f"{ORIGIN}/**", served)
    await page.goto(f"{ORIGIN}/")
    await page.evaluate("""async () => {
      for (const name of ["layouts", "saver", "foremost"]) window[name] = await import(`/forum/${name}.js`);
    }""")
    yield page
    await page.close()


async def placed(scripts: Page, **scene: Any) -> dict[str, Any]:
    """What `arrange` answers, places as a list of keys in order and by key."""
    given: dict[str, Any] = {
        "layout": "grid",
        "front": [],
        "active": None,
        "own": False,
        "page": 0,
        "most": 12,
        "box": {"width": 1256, "height": 604},
    }
    return dict(
        await scripts.evaluate(
            "(scene) => { const { places, ...rest } = layouts.arrange(scene);"
            " return { ...rest, keys: [...places.keys()], places: Object.fromEntries(places) }; }",
            {**given, **scene},
        )
    )


def people(count: int) -> list[str]:
    return [f"person/{number}" for number in range(count)]


async def test_the_room_says_what_automatic_means(page: Page) -> None:
    said = await page.evaluate("""() => [["auto", "stage", 0], ["auto", "open_round", 0], ["auto", "open_round", 1],
        ["speaker", "open_round", 1], ["grid", "stage", 1], ["screen", "stage", 0], ["screen", "stage", 2]]
      .map(([choice, floor, screens]) => layouts.layoutFor(choice, { floor, screens }))""")
    assert said == ["speaker", "grid", "screen", "speaker", "grid", "speaker", "screen"]


async def test_a_grid_has_pages_of_at_most_twelve_in_a_lasting_order(page: Page) -> None:
    first, second, third = [await placed(page, keys=people(25), page=number) for number in range(3)]
    assert first["keys"] == people(12)
    assert second["keys"] == people(24)[12:]
    assert (third["keys"], third["pages"]) == (["person/24"], 3)
    gone = await placed(page, keys=people(13), page=2)  # people have left: the last page there is
    assert (gone["page"], gone["keys"]) == (1, ["person/12"])
    widths = {place["width"] for place in first["places"].values()}
    assert len(widths) == 1
    assert widths.pop() >= 290


async def test_whoever_is_kept_in_front_is_large_in_every_layout_and_on_every_page(page: Page) -> None:
    for layout in ("grid", "speaker"):
        for number in (0, 1):
            told = await placed(page, keys=people(25), layout=layout, front=["person/7"], active="person/3", page=number)
            large = told["places"]["person/7"]
            assert told["main"] == ["person/7"]
            assert all(large["width"] > 1.5 * told["places"][key]["width"] for key in told["keys"] if key != "person/7")


async def test_beside_a_screen_whoever_speaks_can_be_seen_and_nobody_else_moves(page: Page) -> None:
    keys = ["screen/s", *people(25)]
    quiet = await placed(page, keys=keys, layout="screen")
    talk = await placed(page, keys=keys, layout="screen", active="person/20")
    assert quiet["main"] == talk["main"] == ["screen/s"]
    assert talk["keys"][:-1] == quiet["keys"][:-1]
    assert talk["keys"][-1] == "person/20"
    assert talk["places"]["screen/s"]["width"] * talk["places"]["screen/s"]["height"] > 0.6 * 1256 * 604


async def test_no_tile_is_outside_or_on_top_of_another_anywhere(page: Page) -> None:
    assert await page.evaluate(EVERYWHERE) == []


async def test_the_data_saver_asks_for_less_and_keeps_the_interpreter(page: Page) -> None:
    asked = await page.evaluate("""() => {
      const tile = { seat: "s", source: "camera", width: 640, height: 360 };
      const of = (step) => [tile, { ...tile, source: "screen" }].map((each) => saver.spared(step, each, false, 1)).concat(
        saver.spared(step, { ...tile, width: 160, height: 120 }, true, 2)).map(({ width, height }) => `${width}x${height}`);
      return Object.fromEntries(saver.STEPS.map((step) => [step, of(step)]));
    }""")
    assert asked == {
        "nothing": ["0x0", "0x0", "0x0"],
        "sound": ["0x0", "0x0", "0x0"],
        "screen": ["0x0", "640x360", "640x480"],
        "low": ["320x180", "640x360", "640x480"],
        "all": ["640x360", "640x360", "640x480"],
    }
    steps = await page.evaluate("""() => [saver.lower("all", false), saver.lower("low", true), saver.lower("low", false),
      saver.lower("screen", true), saver.lower("sound", true), saver.stepNamed("low"), saver.stepNamed("constructor")]""")
    assert steps == ["low", "screen", "sound", "sound", None, "low", "all"]


async def test_a_cough_makes_nobody_large(page: Page) -> None:
    told = await page.evaluate("""() => {
      const one = new foremost.Foremost();
      const take = (speakers, now) => [one.take(speakers, now), one.seat];
      const seen = [take(["a"], 0), take(["b", "a"], 900), take(["b"], 1000), take(["b"], 1501),
        take([], 9000), take(["c"], 9001)];
      one.gone("c");
      return [...seen, [null, one.seat]];
    }""")
    assert told == [[None, "a"], [None, "a"], [500, "a"], [None, "b"], [None, "b"], [None, "c"], [None, None]]
