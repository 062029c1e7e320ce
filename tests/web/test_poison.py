"""Texts that would like to be code, in every field that is stored, on every page in a real browser: they stay texts."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import uvicorn
import yaml
from playwright.async_api import async_playwright

from conference.cli_web import server_config
from conference.people.model import Role
from tests import site as sites
from tests.browser.conftest import ARGUMENTS, CHROMIUM, WATCH, Visitor
from tests.browser.reading import walk
from tests.browser.visiting import visit
from tests.media.browsers.length import by_length, in_soak
from tests.processes.running import free_port
from tests.services import skip_or_fail
from tests.site import MOMENTS, SLUG_2021, Site
from tests.web.conftest import site_with

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POISON = (
    "<poison-node></poison-node><img src=x onerror=alert(1)>\"'</script></title><svg onload=alert(2)></svg>"
    "<script>alert(3)</script>{{7*7}}<!--"
)
# Fields of a conference file that people read, wherever they stand.
READ = frozenset(
    {
        "title",
        "motto",
        "purpose",
        "place",
        "people_expected",
        "name",
        "affiliation",
        "summary",
        "question",
        "where",
        "text",
        "reason",
        "imprint",
        "privacy",
        "accessibility",
        "aim",
        "about",
        "words",
        "photo_credit",
        "body",
        "short",
    }
)
FOREIGN_NODES = """[...document.querySelectorAll("poison-node, [onerror], [onload], [href^='javascript:'], svg[onload]")].length
  + [...document.scripts].filter((one) => !one.src && !/^application.(ld.)?json$/.test(one.type)).length"""


def poisoned(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        inside = key if set(value) <= {"de", "en"} and value else ""
        return {name: poisoned(each, inside or name) for name, each in value.items()}
    if isinstance(value, list):
        return [poisoned(each, key) for each in value]
    return (
        f"{value[:20]} {POISON}"
        if isinstance(value, str) and key in READ and value not in ("online", "on_site", "both")
        else value
    )


ONE_OF_MANY = re.compile(r"(/(?:sessions|cards|people|program|letters|rooms|legal)/)[^/]+")


@pytest.fixture
def poisoned_demo(tmp_path: Path) -> Path:
    """The conference file of 2021 with poison in all that is read."""
    folder = tmp_path / "poisoned"
    shutil.copytree(sites.DEMO / "2021", folder / "2021")
    file = folder / "2021" / "conference.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content.pop("demo", None)
    for session in content["sessions"]:
        kept = {name: session[name] for name in ("place", "kind") if name in session}
        session.update({**poisoned(session), **kept})
    content = {name: value if name == "sessions" else poisoned(value) for name, value in content.items()}
    file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return folder


@pytest_asyncio.fixture
async def poisoned_site(poisoned_demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """It answers on a real port, which is its base URL."""
    port = free_port()
    monkeypatch.setattr(sites, "DEMO", poisoned_demo)
    async with site_with(tmp_path / "data", monkeypatch, base_url=f"http://127.0.0.1:{port}", port=port) as site:
        config = server_config(site.app, site.services.settings)
        config.lifespan, config.port = "off", port
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        yield site
        server.should_exit = True
        await serving


@in_soak
async def test_no_stored_text_becomes_code(poisoned_site: Site) -> None:
    if not Path(CHROMIUM).exists():
        skip_or_fail("Chromium is not installed (Debian: apt install chromium)")
    site, base = poisoned_site, poisoned_site.services.settings.base_url
    _, attendee = await site.invite(f"Mara {POISON}"[:110], Role.ATTENDEE)
    _, organiser = await site.invite(f"Olga {POISON}"[:110], Role.ORGANISER)
    seen, known = 0, set[str]()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for role, link, moment in (
            ("stranger", None, "archive"),
            ("attendee", attendee, "live"),
            ("organiser", organiser, "archive"),
        ):
            context = await browser.new_context(base_url=base, locale="de-DE")
            await context.add_init_script(WATCH)
            visitor = Visitor(context, await context.new_page(), base)
            visitor.watch(visitor.page)
            site.clock.jump_to(MOMENTS["doors" if link is None else "live"])
            if link is None:
                await visitor.go(f"/{SLUG_2021}/sessions/panel/guest")
                await visitor.page.fill("input[name=name]", POISON[:110])
            else:
                await visitor.go(link)
            assert await visitor.page.evaluate(FOREIGN_NODES) == 0
            if link is not None:
                await visitor.page.click("main form button")
            if role == "organiser":
                await visitor.go(f"/desk/{SLUG_2021}/closing")
                await visitor.page.fill("textarea[name=reason]", POISON)
                await visitor.page.click("main form button.main")
                assert "poison-node" in await visitor.page.inner_text("main table")
            site.clock.jump_to(MOMENTS[moment])
            for path in await pages_of(site, context, known):
                assert (await visit(visitor.page, path, "domcontentloaded")).status < 500, path
                assert await visitor.page.evaluate(FOREIGN_NODES) == 0, path
                seen += "poison-node" in await visitor.page.content()
            visitor.clean(but="media offer failed")  # the node of this site is a fake: its answers are no SDP
            await context.close()
        await browser.close()
    assert seen > 40, "the poison was there to see"


async def pages_of(site: Site, context: Any, known: set[str]) -> list[str]:
    """Every page that links lead to, for this browser, but for what others have seen word for word (`known`, which grows), in the
    short run two of each kind; what it saves instead of showing it is tried where it is made."""
    cookies = {cookie["name"]: cookie["value"] for cookie in await context.cookies()}
    async with site.browser() as client:
        client.base_url = site.services.settings.base_url
        client.cookies.update(cookies)
        found = await walk(client, [f"/{SLUG_2021}/", "/sign-in"])
    shown = {
        path: each for path, each in found.items() if not each.headers.get("content-disposition", "").startswith("attachment")
    }
    pages = [path for path, each in shown.items() if each.kind == "text/html" and each.status != 303]
    fresh = {path: shown[path].main for path in pages if shown[path].main not in known}
    known |= set(fresh.values())
    kinds: dict[str, list[str]] = {}
    for path in {main: path for path, main in fresh.items()}.values():
        kinds.setdefault(ONE_OF_MANY.sub(r"\1*", path.partition("?")[0]), []).append(path)
    return [path for paths in kinds.values() for path in paths[: int(by_length(2, len(paths)))]]
