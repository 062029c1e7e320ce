"""The help as its readers meet it: whose guides they see, what the search finds, where the question mark leads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from conference.people.actions import make_organiser
from conference.people.model import Role
from conference.web.guides.reading import Guides
from tests.site import MOMENTS, SLUG_2021, Site, open_site

OFFICE, PUBLIC = f"/desk/{SLUG_2021}", f"/{SLUG_2021}"
TEXTS = {
    "organiser": "# Büro\n\nFür zwei.\n\n## Personen {#people}\n\nListe einlesen.\n\n## Schlussdatum {#closing}\n\nBis wann.",
    "moderator": "# Moderieren\n\nEine Seite.\n\n## Das Wort {#hands}\n\nErteilen.",
    "initiative": "# Karte\n\nVom Telefon.\n\n## Film {#film}\n\nHochladen.",
    "attendee": "# Teilnehmen\n\nIn drei Schritten.\n\n## Raum {#room}\n\nHineingehen. Siehe [Wort](moderator.md#hands).",
    "operator": "# Betrieb\n\nFür die IT.\n\n## Port {#port}\n\nUDP.",
}


@pytest_asyncio.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    (tmp_path / "docs" / "de").mkdir(parents=True)
    for name, text in TEXTS.items():
        (tmp_path / "docs" / "de" / f"{name}.md").write_text(text, encoding="utf-8")
    async with open_site(tmp_path / "site") as opened:
        opened.app._app._app._app.state.guides = Guides(tmp_path / "docs", pictures="/static/guides/0")
        yield opened


async def test_the_office_has_all_guides_and_finds_in_all_of_them(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = (await organiser.get(f"{OFFICE}/help")).text
    assert [name for name in TEXTS if f'href="{OFFICE}/help/{name}"' not in page] == []
    assert f'href="{OFFICE}/help/organiser#people"' in page
    found = (await organiser.get(f"{OFFICE}/help", params={"q": "Telephon UDP Listen"})).text
    assert "3 Stellen gefunden" not in found
    found = (await organiser.get(f"{OFFICE}/help", params={"q": "Listen"})).text
    assert "1 Stelle gefunden für „Listen“" in found
    assert "<mark>Liste</mark> einlesen." in found
    nothing = (await organiser.get(f"{OFFICE}/help", params={"q": "<script>"})).text
    assert "Nichts gefunden für „&lt;script&gt;“" in nothing


async def test_a_section_leads_to_its_page_and_each_page_to_its_section(site: Site) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    page = (await organiser.get(f"{OFFICE}/help/organiser")).text
    assert re.search(rf'href="{OFFICE}/people">.*?Zur Seite: Personen', page)
    assert re.search(rf'href="{OFFICE}/closing">.*?Zur Seite: Schlussdatum', page)
    assert "page-help" not in page
    for path, section in {"": "quick", "/people": "people", "/people/new": "people", "/people/import": "people-import",
                          "/results": "results", "/results/look": "results-look", "/closing": "closing"}.items():  # fmt: skip
        page = (await organiser.get(f"{OFFICE}{path}")).text
        assert re.findall(r'page-help" href="([^"]+)"', page) == [f"{OFFICE}/help/organiser#{section}"], path
    assert (await organiser.get(f"{OFFICE}/help/nothing")).status_code == 404
    assert (
        await organiser.get(f"{OFFICE}/help", headers={"accept-language": "en"})
    ).status_code == 200  # there are none in English


async def test_everybody_has_the_guides_that_are_for_them(site: Site) -> None:
    stranger = site.browser()
    page = (await stranger.get(f"{PUBLIC}/help")).text
    shown = re.findall(rf'<h2 id="guide-\w+"><a href="{PUBLIC}/help/(\w+)">', page)
    assert shown == ["attendee", "moderator", "initiative"]
    for name in TEXTS:
        assert (await stranger.get(f"{PUBLIC}/help/{name}")).status_code == (200 if name in shown else 404)
    assert "Nichts gefunden" in (await stranger.get(f"{PUBLIC}/help", params={"q": "einlesen"})).text
    assert f'href="{PUBLIC}/help"' in (await stranger.get(f"{PUBLIC}/")).text
    moderator = await site.signed_in("Mara Beispiel", Role.MODERATOR, session="forum-1")
    page = (await moderator.get(f"{PUBLIC}/help")).text
    assert re.findall(r'<h2 id="guide-(\w+)"', page) == ["moderator", "attendee", "initiative"]


async def test_no_page_leads_to_the_help_when_it_is_gone(site: Site) -> None:
    stranger = site.browser()
    site.clock.jump_to(MOMENTS["closed"])
    answer = await stranger.get(f"{PUBLIC}/program")
    assert answer.status_code == 410
    assert "/help" not in answer.text
    assert (await stranger.get(f"{PUBLIC}/help")).status_code == 410


async def test_organisers_have_it_outside_of_any_conference(site: Site) -> None:
    async with site.services.db.work() as work:
        secret = await make_organiser(work, site.services.ids, "otto@example.org")
    organiser = site.browser()
    await organiser.post(f"/sign-in/{secret}")
    for path in ("/desk", "/desk/new"):
        assert re.findall(r'page-help" href="([^"]+)"', (await organiser.get(path)).text) == ["/desk/help/organiser#quick"], path
    assert 'href="/desk/help"' in (await organiser.get("/me")).text
    page = (await organiser.get("/desk/help", params={"q": "Listen"})).text
    assert "1 Stelle gefunden für „Listen“" in page
    assert 'href="/desk/help/organiser#people"' in page
    page = (await organiser.get("/desk/help/organiser")).text
    assert "Liste einlesen." in page
    assert "Zur Seite" not in page
    assert (await organiser.get("/desk/help/nothing")).status_code == 404

    anna = await site.signed_in("Anna Alt")
    assert f'href="{PUBLIC}/help"' in (await anna.get("/me")).text
    assert (await anna.get("/desk/help")).status_code == 403
    assert (await site.browser().get("/desk/help/organiser")).status_code == 401
