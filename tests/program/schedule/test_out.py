"""schedule.xml, schedule.json and JSON-LD say what the program says, in the shape that other programs read."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from conference.program.actions import tell_program
from conference.program.store import session_by_slug
from tests.program.schedule.structure import check_json, check_xml
from tests.site import MOMENTS, SLUG_2021, SLUG_2024, Site, open_site


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, conferences=("2021", "2024")) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def test_both_conferences_keep_to_the_published_schemas(site: Site) -> None:
    stranger = site.browser()
    for slug, moment in ((SLUG_2021, MOMENTS["announced"]), (SLUG_2024, None)):
        site.clock.jump_to(moment or (await site.conference(SLUG_2024)).live)
        xml = await stranger.get(f"/{slug}/schedule.xml")
        assert xml.headers["content-type"] == "application/xml; charset=utf-8"
        check_xml(xml.content)
        answer = await stranger.get(f"/{slug}/schedule.json")
        check_json(answer.json())
        again = await stranger.get(f"/{slug}/schedule.json", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304
        titles = {event.findtext("title") for event in ET.fromstring(xml.content).iter("event")}
        days = answer.json()["schedule"]["conference"]["days"]
        assert titles == {event["title"] for day in days for room in day["rooms"].values() for event in room}
        assert len(titles) > 4


async def test_times_and_ids_are_ours(site: Site) -> None:
    stranger = site.browser()
    first = ET.fromstring((await stranger.get(f"/{SLUG_2021}/schedule.xml")).content)
    again = ET.fromstring((await stranger.get(f"/{SLUG_2021}/schedule.xml")).content)
    forum = next(event for event in first.iter("event") if event.findtext("slug") == "forum-1")
    assert forum.findtext("date") == "2021-05-04T10:50:00+02:00"
    assert (forum.findtext("start"), forum.findtext("duration")) == ("10:50", "01:20")
    assert [each.text for each in forum.findall("persons/person")] == ["Sigrun Kreuser"]
    assert [event.attrib for event in first.iter("event")] == [event.attrib for event in again.iter("event")]


async def test_a_draft_is_nothing_for_strangers(site: Site) -> None:
    site.clock.jump_to(MOMENTS["draft"])
    for name in ("schedule.xml", "schedule.json"):
        assert (await site.browser().get(f"/{SLUG_2021}/{name}")).status_code == 404
    site.clock.jump_to(MOMENTS["closed"])
    assert (await site.browser().get(f"/{SLUG_2021}/schedule.xml")).status_code == 410


async def linked(site: Site, path: str) -> dict[str, object]:
    page = (await site.browser().get(f"/{SLUG_2021}{path}")).text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert found is not None, path
    read: dict[str, object] = json.loads(found[1])
    return read


async def test_search_engines_read_the_same(site: Site) -> None:
    for path in ("/", "/program"):
        whole = await linked(site, path)
        assert (whole["@context"], whole["@type"]) == ("https://schema.org", "Event")
        parts = whole["subEvent"]
        assert isinstance(parts, list)
        assert "Rückkehrarbeit in der Pandemie" in {part["name"] for part in parts}
        assert all(part["startDate"].endswith("+02:00") for part in parts)
        assert "@example" not in json.dumps(whole)
    one = await linked(site, "/sessions/forum-1")
    assert one["performer"] == [{"@type": "Person", "name": "Sigrun Kreuser"}]
    assert one["location"] == {"@type": "VirtualLocation", "url": one["url"]}
    page = (await site.browser().get(f"/{SLUG_2021}/sessions/forum-1")).text
    assert '<meta property="og:title" content="Rückkehrarbeit in der Pandemie' in page


async def test_a_title_cannot_end_the_script(site: Site) -> None:
    async with site.services.db.work() as work:
        session = await session_by_slug(work.session, (await site.conference()).id, "forum-1")
        session.title = {"de": "</script><script>alert(1)</script> \x0b & <x>"}
        tell_program(work, site.services.outbox, session.conference_id)
    assert "<script>alert" not in (await site.browser().get(f"/{SLUG_2021}/sessions/forum-1")).text
    check_xml((await site.browser().get(f"/{SLUG_2021}/schedule.xml")).content)
