# ruff: noqa: E501  (tables are easier to read in one line)
"""The gallery over HTTP: filters, search, what awaits its captions, and what other sites show of an address."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.cards.model import CardFile, FileRole
from conference.cards.store import cards_in
from tests.results.house import House, conference_yaml, house_at

WORK, FAMILY = {"de": "Arbeit finden", "en": "Finding work"}, {"de": "Für Familien", "en": "For families"}


def document() -> dict[str, Any]:
    found = conference_yaml()
    heimat, werkbank, wendland = found["initiatives"]
    heimat |= {"kind": {"de": "Rückkehrinitiative", "en": "Return initiative"}, "topics": [WORK, FAMILY]}
    werkbank |= {"kind": "Agentur", "topics": [WORK]}
    wendland |= {"kind": "Agentur", "land": "TH", "reachable": False}
    return found


@pytest.fixture
async def gallery(tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(tmp_path, document=document()) as house:
        yield house


@pytest.fixture
async def any_gallery(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """On a database of each kind."""
    async with house_at(tmp_path, document=document(), database_url=database_url) as house:
        yield house


def shown(text: str) -> list[str]:
    return sorted(re.findall(r'<h2[^>]*><a href="/treffen/cards/(\w+)"', text))


def links(text: str, place: str) -> dict[str, str]:
    """Label -> address of the links in a part of the page."""
    part = re.search(rf"<{place}.*?</{place.split()[0]}>", text, re.S)
    found = re.findall(r'<a[^>]*?href="([^"]+)"[^>]*>(.*?)</a>', part[0] if part else "", re.S)
    return {" ".join(re.sub(r"<[^>]+>", " ", label).split()): unescape(href) for href, label in found}


FOUND = [
    ("land=TH", "heimat wendland"), ("land=TH&topic=arbeit-finden", "heimat"), ("topic=arbeit-finden", "heimat werkbank"),
    ("kind=agentur&topic=arbeit-finden", "werkbank"), ("kind=agentur&topic=fuer-familien", ""), ("captions=yes", "heimat"),
    ("language=de", "heimat"), ("q=guten+TAG", "heimat"), ("q=zeigt", "werkbank"), ("q=heimathugel", "heimat"), ("q=heimathuegel", "heimat"),
    ("q=thueringen", "heimat wendland"), ("q=finding", "heimat werkbank"), ("q=thueringen&kind=agentur", "wendland"), ("q=nirgends", ""),
    ("land=XX", "heimat wendland werkbank"), ("signed=yes", "heimat wendland werkbank"),
]  # fmt: skip


async def test_filters_and_search_combine(any_gallery: House) -> None:
    for query, expected in FOUND:
        page = await any_gallery.get(f"/cards?{query}")
        assert page.status_code == 200
        assert shown(page.text) == expected.split(), query


async def test_each_choice_can_be_taken_away_again(gallery: House) -> None:
    text = (await gallery.get("/cards?land=TH&kind=agentur&q=wendland")).text
    assert "1 von 3 Initiativen" in text
    assert links(text, 'ul class="plain row chosen"') == {
        "Aufheben: Thüringen": "/treffen/cards?kind=agentur&q=wendland",
        "Aufheben: Agentur": "/treffen/cards?land=TH&q=wendland",
        "Aufheben: „wendland“": "/treffen/cards?land=TH&kind=agentur",
        "Alle zeigen": "/treffen/cards",
    }
    assert '<input type="hidden" name="land" value="TH">' in text  # a new search keeps what was chosen
    choices = links((await gallery.get("/cards?land=TH")).text, 'nav class="filters"')
    assert choices["Rückkehrinitiative (1)"] == "/treffen/cards?land=TH&kind=rueckkehrinitiative"
    assert choices["Sachsen (1)"] == "/treffen/cards?land=SN"
    assert choices["Mit Untertiteln (1)"] == "/treffen/cards?land=TH&captions=yes"
    assert (
        links((await gallery.get("/cards?captions=yes")).text, 'nav class="filters"')["Mit Untertiteln (1)"] == "/treffen/cards"
    )


async def test_an_empty_choice_says_how_to_get_back(gallery: House) -> None:
    text = (await gallery.get("/cards?kind=agentur&topic=fuer-familien")).text
    assert "Keine Initiative passt zu Ihrer Auswahl." in text
    assert re.search(r'<a class="button[^"]*" href="/treffen/cards">', text)
    assert "0 von 3 Initiativen" in text


HOSTILE = ("q=%3Cscript%3Ealert(1)%3C/script%3E", "q=%00", "q=" + "%22" * 90, "q=%E2%80%AE", "land=TH&land=SN&q=a&q=b")


async def test_what_was_typed_is_shown_and_never_run(gallery: House) -> None:
    for query in HOSTILE:
        page = await gallery.get(f"/cards?{query}")
        assert page.status_code in (200, 400)
        assert "<script>alert" not in page.text


async def test_nothing_of_a_hidden_card_can_be_found(gallery: House) -> None:
    gallery.at(State.ANNOUNCED)
    assert shown((await gallery.get("/cards?q=guten+tag")).text) == []
    text = (await gallery.get("/cards?captions=yes&language=de")).text
    assert len(shown(text)) == 3
    assert "Mit Untertiteln" not in text
    gallery.at(State.LIVE)
    assert shown((await gallery.get("/cards?q=guten+tag", "attendee")).text) == ["heimat"]


async def test_in_english(gallery: House) -> None:
    text = (await gallery.get("/cards?topic=arbeit-finden", accept_language="en")).text
    assert "Finding work" in text
    assert "Return initiative" in text


async def test_a_film_that_awaits_its_captions(gallery: House) -> None:
    async with gallery.services.db.work() as work:
        (card,) = (one for one in await cards_in(work.session, gallery.conference.id) if one.words)
        for file in await work.session.exec(
            select(CardFile).where(CardFile.card_id == card.id, CardFile.role == FileRole.CAPTIONS)
        ):
            await work.session.delete(file)
    for path in ("/cards", "/cards/heimat"):
        text = (await gallery.get(path)).text
        assert "Untertitel folgen" in text
        assert 'src="/treffen/cards/heimat/media/poster.webp' in text
        assert "video.mp4" not in text
    assert "<video" not in (await gallery.get("/cards/heimat")).text
    assert "davon" not in (await gallery.get("/cards")).text
    organiser = (await gallery.get("/cards/heimat", "organiser")).text
    assert "<video" in organiser


async def test_the_card_page_leads_on(gallery: House) -> None:
    async with gallery.services.db.work() as work:
        (card,) = (one for one in await cards_in(work.session, gallery.conference.id) if one.words)
        card.seen, card.signed = {"de": "Ein Steg im Nebel."}, True
        work.session.add(card)
    text = (await gallery.get("/cards/heimat")).text
    assert "Was nur das Bild erzählt" in text
    assert "Ein Steg im Nebel." in text
    facts = links(text, 'dl class="card-facts"')
    assert facts["Thüringen"] == "/treffen/cards?land=TH"
    assert facts["Arbeit finden"] == "/treffen/cards?topic=arbeit-finden"
    assert facts["Deutsch"] == "/treffen/cards?language=de"
    part = text[text.index('id="others"') :]
    assert sorted(re.findall(r'<h3[^>]*><a href="/treffen/cards/(\w+)"', part)) == ["wendland", "werkbank"]
    assert shown((await gallery.get("/cards?signed=yes")).text) == ["heimat"]


def preview(text: str) -> dict[str, str]:
    return {name: unescape(content) for name, content in re.findall(r'<meta property="(og:[\w:]+)" content="([^"]*)">', text)}


async def test_other_sites_show_what_strangers_see(gallery: House) -> None:
    origin = gallery.services.settings.base_url
    found = preview((await gallery.get("/cards/heimat")).text)
    picture = found.pop("og:image")
    assert found == {
        "og:type": "website", "og:site_name": "Meetingpoint", "og:title": "Heimathügel", "og:description": "Bringt zusammen.",
        "og:url": f"{origin}/treffen/cards/heimat", "og:locale": "de_DE",
    }  # fmt: skip
    assert re.fullmatch(rf"{origin}/treffen/cards/heimat/media/poster.webp\?v=\w+", picture)
    assert (await gallery.get("/" + picture.removeprefix(origin))).headers["content-type"] == "image/webp"  # without any cookie
    for path, title in (
        ("/", "Vernetzungstreffen"),
        ("/program", "Programm – Vernetzungstreffen"),
        ("/cards", "Video-Visitenkarten"),
    ):
        found = preview((await gallery.get(path)).text)
        assert (found["og:title"], found["og:url"]) == (title, f"{origin}/treffen{path}")
        assert (await gallery.get("/" + found["og:image"].removeprefix(origin))).headers["content-type"] == "image/png"
    assert preview((await gallery.get("/cards", accept_language="en")).text)["og:locale"] == "en_GB"


async def test_no_poster_before_strangers_see_it_whoever_looks(gallery: House) -> None:
    gallery.at(State.LIVE)
    for who in ("stranger", "attendee", "organiser"):
        assert preview((await gallery.get("/cards/heimat", who)).text)["og:image"].endswith("/img/og.png")
    gallery.at(State.ARCHIVE)
    assert preview((await gallery.get("/cards/werkbank", "organiser")).text)["og:image"].endswith("/img/og.png")


async def test_previews_only_while_the_conference_is_open(gallery: House) -> None:
    for state in State:
        gallery.at(state)
        there = state in (State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE)
        for path in ("/", "/program", "/cards", "/cards/heimat"):
            stranger = await gallery.get(path)
            assert bool(preview(stranger.text)) is bool(preview((await gallery.get(path, "organiser")).text)) is there
            if state in (State.CLOSED, State.PURGED):
                assert "noindex" in stranger.headers["x-robots-tag"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"kind": "x" * 61}, "initiatives[0].kind"), ({"kind": "a\nb"}, "initiatives[0].kind"), ({"topics": [{"en": "only"}]}, "initiatives[0].topics[0]"),
        ({"topics": ["a"] * 7}, "initiatives[0].topics"), ({"reachable": "perhaps"}, "initiatives[0].reachable"),
    ],
)  # fmt: skip
def test_a_faulty_label_is_refused_with_its_place(change: dict[str, Any], fault: str) -> None:
    from conference.base.errors import Invalid
    from conference.initiatives.file import initiatives_from

    entry = {"slug": "a", "name": "A", "land": "TH", **change}
    with pytest.raises(Invalid) as refused:
        initiatives_from([entry])
    assert any(line.startswith(fault) for line in refused.value.facts["faults"]), refused.value.facts


async def test_the_file_does_not_undo_what_its_people_chose(any_gallery: House) -> None:
    from conference.cards.contact.actions import let_be_reached
    from conference.initiatives.store import initiative_in

    async def reachable() -> bool:
        async with any_gallery.services.db.read() as db:
            found = await initiative_in(db, any_gallery.conference.id, "heimat")
        assert found is not None
        async with any_gallery.services.db.work() as work:
            await let_be_reached(any_gallery.services, work, any_gallery.conference.id, found.id, False)
        return found.reachable

    assert await reachable() is True
    await any_gallery.again()
    assert await reachable() is False
    changed = document()
    changed["initiatives"][0]["reachable"] = True
    await any_gallery.again(changed)
    assert await reachable() is True
