"""What the pages say of who reads what is published is what happens at its addresses."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from conference.access.model import State
from tests.results.house import SLUG, House
from tests.results.publishing.test_documents import readable
from tests.results.publishing.test_pages import PUBLISH, moderator

DURING = datetime(2021, 5, 4, 9, 30, tzinfo=UTC)  # forum 1 runs: 10:50 to 12:10 in Berlin
RESULTS = "/sessions/forum-1/results"


async def statuses(house: House) -> dict[str, int]:
    everybody = ("stranger", "attendee", "moderator", "organiser")
    return {who: (await house.get(RESULTS, who)).status_code for who in everybody}


async def links_work(house: House, path: str, who: str) -> None:
    """Every link of the page into this conference's sessions leads this viewer to a page."""
    page = (await house.get(path, who)).text
    main = page[page.index("<main") : page.index("</main>")]
    for href in sorted(set(re.findall(rf'href="/{SLUG}(/sessions/[^"#?]+)"', main))):
        assert (await house.get(href, who)).status_code == 200, (path, who, href)


async def test_published_while_the_session_runs_participants_read_it_at_once(house: House) -> None:
    await moderator(house)
    await house.post(PUBLISH, "moderator", do="unpublish")
    house.clock.jump_to(DURING)
    assert await statuses(house) == {"stranger": 401, "attendee": 404, "moderator": 404, "organiser": 200}
    await house.post(PUBLISH, "moderator", do="publish")
    assert await statuses(house) == {"stranger": 401, "attendee": 200, "moderator": 200, "organiser": 200}
    page = (await house.get(f"{PUBLISH}?done=published", "moderator")).text
    assert "Für Teilnehmende ab sofort, für alle ab 12:45 Uhr, wenn das öffentliche Archiv beginnt." in page
    assert ">Für Teilnehmende<" in page
    assert "sind öffentlich" not in page
    assert ">Öffentlich<" not in page
    english = (await house.get(PUBLISH, "moderator", accept_language="en")).text
    assert "For participants at once, for everybody from 12:45, when the public archive begins." in english
    await links_work(house, PUBLISH, "moderator")
    await links_work(house, "/sessions/forum-1/sheet", "moderator")
    desk = (await house.get(f"//desk/{SLUG}/results", "organiser")).text
    assert "für alle ab 12:45 Uhr" in desk
    house.at(State.ARCHIVE)
    assert set((await statuses(house)).values()) == {200}
    assert "Alle können es jetzt lesen." in (await house.get(PUBLISH, "moderator")).text


async def test_published_before_the_day_the_page_names_both_moments_and_links_to_nothing(house: House) -> None:
    await moderator(house)
    await house.post(PUBLISH, "moderator", do="unpublish")
    house.clock.jump_to(DURING - timedelta(days=2))
    await house.post(PUBLISH, "moderator", do="publish")
    assert (await statuses(house))["moderator"] == 404
    page = (await house.get(PUBLISH, "moderator")).text
    assert "Für Teilnehmende ab 4. Mai 2021, 10:00 Uhr (Beginn der Veranstaltung)" in page
    await links_work(house, PUBLISH, "moderator")


async def test_a_pdf_that_is_not_released_is_no_link_for_whoever_cannot_open_it(house: House) -> None:
    await moderator(house)
    own = "/sessions/forum-1/sheet/document"
    file = {"file": ("a.pdf", readable(), "application/pdf")}
    await house.post(own, "moderator", file, do="bring", title="Papier", place="beside", summary="Kurz.")
    assert "Papier" in (await house.get(own, "moderator")).text
    for path in (own, PUBLISH):
        await links_work(house, path, "moderator")
        await links_work(house, path, "organiser")


async def test_a_report_is_not_called_public_before_the_archive(house: House) -> None:
    desk = f"//desk/{SLUG}/report"
    assert ">Öffentlich<" in (await house.get(desk, "organiser")).text
    house.clock.jump_to(DURING)
    await house.post(desk, "organiser", do="unpublish", change="1", **{"title-de": "Rückblick", "body-de": "Text"})
    await house.post(desk, "organiser", do="publish", change="2", **{"title-de": "Rückblick", "body-de": "Text"})
    page = (await house.get(f"{desk}?done=publish", "organiser")).text
    assert "Der Bericht ist veröffentlicht." in page
    assert "Für alle ab 4. Mai 2021, 12:45 Uhr, wenn das öffentliche Archiv beginnt." in page
    assert ">Öffentlich<" not in page
    assert (await house.get("/report", "attendee")).status_code == 404


async def test_what_a_file_publishes_waits_for_the_end_of_its_session(house: House) -> None:
    """The house was read in from such a file: what somebody publishes is another thing."""
    house.clock.jump_to(DURING)
    assert (await house.get("/sessions/forum-2/results", "attendee")).status_code == 404
    house.clock.jump_to(DURING + timedelta(minutes=45))
    assert (await house.get("/sessions/forum-2/results", "attendee")).status_code == 200
