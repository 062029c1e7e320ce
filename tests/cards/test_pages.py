# ruff: noqa: E501  (tables are easier to read in one line)
"""Gallery, card page and the files of cards over HTTP, in every state and to everybody."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.cards.actions import publish_card, withdraw_card
from conference.cards.model import CardFile
from conference.cards.store import card_by_id, card_of, cards_in
from conference.initiatives.store import initiative_in
from tests.results.house import CAPTIONS, CLOSES, House, conference_yaml, house_at, small_film, small_poster

VIDEO = "/cards/heimat/media/video.mp4"
IN_ORDER = (State.DRAFT, State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE, State.CLOSED, State.PURGED)


async def test_the_gallery_shows_everybody(house: House) -> None:
    text = (await house.get("/cards")).text
    assert sorted(re.findall(r'<h2[^>]*><a href="/treffen/cards/(\w+)"', text)) == ["heimat", "wendland", "werkbank"]
    assert "3 Initiativen, davon 1 mit Film" in text
    assert re.findall(r'<img[^>]*?width="(\d+)" height="(\d+)" loading="(\w+)"', text) == [("640", "360", "eager")]
    assert text.count("<img") == 1
    assert "<video" not in text
    assert "0:28" in text
    assert "badge example" in text


async def test_filters_are_plain_links(house: House) -> None:
    text = (await house.get("/cards?land=TH")).text
    assert re.findall(r'<h2[^>]*><a href="/treffen/cards/(\w+)"', text) == ["heimat"]
    assert 'href="/treffen/cards?land=TH" aria-current="true"' in text
    assert "1 von 3 Initiativen" in text
    for nowhere in ("XX", "BY", "<script>", "%00", "TH'--"):
        found = (await house.get(f"/cards?land={nowhere}")).text
        assert found.count('class="tile"') == 3
        assert "<script>T" not in found


async def test_the_order_changes_with_the_day_and_not_with_the_reader(house: House) -> None:
    def order(text: str) -> tuple[str, ...]:
        return tuple(re.findall(r'<h2[^>]*><a href="/treffen/cards/(\w+)"', text))

    orders = set()
    for _day in range(6):
        orders.add(order((await house.get("/cards")).text))
        assert order((await house.get("/cards", "organiser")).text) in orders
        house.clock.advance(days=1)
    assert len(orders) > 1


async def test_an_empty_gallery_says_so(tmp_path: Path) -> None:
    async with house_at(tmp_path, document={**conference_yaml(), "initiatives": []}) as house:
        text = (await house.get("/cards")).text
    assert "Noch sind keine Initiativen angekündigt." in text


async def test_the_card_page(house: House) -> None:
    page = await house.get("/cards/heimat")
    text = page.text
    assert re.search(r'<source src="/treffen/cards/heimat/media/video.mp4\?v=[0-9a-f]{8}" type="video/mp4">', text)
    assert re.findall(r'<track kind="captions" src="([^"?]+)[^"]*" srclang="(\w+)" label="([^"]+)"', text) == [
        ("/treffen/cards/heimat/media/captions.de.vtt", "de", "Deutsch"),
        ("/treffen/cards/heimat/media/captions.en.vtt", "en", "English"),
    ]
    assert "<video controls" in text  # without JavaScript the browser's own bar
    assert 'preload="none"' in text
    assert "Was im Film gesagt wird" in text
    assert "Guten Tag." in text
    assert 'rel="prev"' in text or 'rel="next"' in text
    assert "sig=" not in text
    assert page.headers["cache-control"] == "private, no-cache"


async def test_an_initiative_without_a_card_has_a_page(house: House) -> None:
    text = (await house.get("/cards/wendland")).text
    assert "<video" not in text
    assert 'href="https://example.org/"' in text


async def test_films_lead_to_a_short_signed_address(any_house: House) -> None:
    found = await any_house.get(VIDEO)
    assert (found.status_code, found.headers["cache-control"], found.content) == (302, "no-store", b"")
    address = found.headers["location"]
    expires = int(parse_qs(urlsplit(address).query)["expires"][0])
    assert expires - int(any_house.clock.real()) == 900
    film = await any_house.get("/" + address)
    assert (film.status_code, film.content, film.headers["content-type"]) == (200, small_film(90), "video/mp4")
    part = await any_house.get("/" + address, range="bytes=4-7")
    assert (part.status_code, part.content) == (206, b"ftyp")
    any_house.clock.advance(seconds=901)
    assert (await any_house.get("/" + address)).status_code == 403
    assert (await any_house.get("/" + address.replace("sig=", "sig=A"))).status_code == 403


async def test_no_signed_address_outlives_the_closing_date(any_house: House) -> None:
    any_house.clock.jump_to(CLOSES - timedelta(seconds=10))
    address = (await any_house.get(VIDEO)).headers["location"]
    any_house.clock.advance(seconds=9)
    assert (await any_house.get("/" + address)).status_code == 200
    any_house.clock.advance(seconds=1)
    assert (await any_house.get("/" + address)).status_code == 403
    assert (await any_house.get(VIDEO)).status_code == 410
    organiser = await any_house.get(VIDEO, "organiser")
    assert (organiser.status_code, organiser.content) == (200, small_film(90))


async def test_small_files_come_through_the_app(any_house: House) -> None:
    poster = await any_house.get("/cards/heimat/media/poster.webp")
    assert (poster.status_code, poster.content, poster.headers["content-type"]) == (200, small_poster(), "image/webp")
    assert poster.headers["cache-control"] == "private, max-age=300"
    captions = await any_house.get("/cards/heimat/media/captions.de.vtt")
    assert (captions.status_code, captions.content) == (200, CAPTIONS)
    assert captions.headers["content-type"] == "text/vtt; charset=utf-8"
    assert captions.headers["x-content-type-options"] == "nosniff"
    any_house.clock.jump_to(CLOSES - timedelta(seconds=7))
    assert (await any_house.get("/cards/heimat/media/poster.webp")).headers["cache-control"] == "private, max-age=7"


FILES = ("video.mp4", "poster.webp", "captions.de.vtt")
#                                 draft announced doors live archive closed purged
TABLE = {
    ("heimat", "stranger"): "4444x11",
    ("heimat", "attendee"): "44xxx11",
    ("heimat", "initiative"): "44xxx11",
    ("heimat", "organiser"): "xxxxxx1",
    ("werkbank", "stranger"): "4444411",
    ("werkbank", "attendee"): "4444411",
    ("werkbank", "initiative"): "4xxxx11",
    ("werkbank", "organiser"): "xxxxxx1",
    ("wendland", "organiser"): "4444411",
}


@pytest.mark.parametrize(("case", "expected"), TABLE.items(), ids=str)
async def test_who_gets_which_file_when(house: House, case: tuple[str, str], expected: str) -> None:
    slug, who = case
    for name in FILES if slug == "heimat" else FILES[:1]:
        found = ""
        for state in IN_ORDER:
            house.at(state)
            status = (await house.get(f"/cards/{slug}/media/{name}", who)).status_code
            found += {200: "x", 302: "x", 404: "4", 410: "1"}.get(status, f"<{status}>")
        assert found == expected, name


@pytest.mark.parametrize(("who", "expected"), [("stranger", "4xxxx11"), ("attendee", "xxxxx11"), ("organiser", "xxxxxx1")])
@pytest.mark.parametrize("path", ["/cards", "/cards/heimat", "/cards/wendland"])
async def test_who_sees_the_pages_when(house: House, path: str, who: str, expected: str) -> None:
    found = ""
    for state in IN_ORDER:
        house.at(state)
        status = (await house.get(path, who)).status_code
        found += {200: "x", 404: "4", 410: "1"}.get(status, f"<{status}>")
    assert found == expected


async def test_before_the_archive_strangers_learn_when_the_films_come(house: House) -> None:
    house.at(State.LIVE)
    for path in ("/cards", "/cards/heimat"):
        text = (await house.get(path)).text
        assert "4. Mai 2021, 12:45 Uhr" in text
        assert "/media/" not in text
        assert "Guten Tag." not in text
        assert "0:28" not in text


async def test_an_unpublished_card_is_marked_for_its_owner(house: House) -> None:
    assert "Noch nicht öffentlich" in (await house.get("/cards/werkbank", "initiative")).text
    stranger = (await house.get("/cards/werkbank")).text
    assert "/media/" not in stranger
    assert "1:01" not in stranger


async def test_publishing_and_withdrawing_hold_at_once(any_house: House) -> None:
    services = any_house.services
    async with services.db.work() as work:
        mine = await initiative_in(work.session, any_house.conference.id, "werkbank")
        assert mine is not None
        card = await card_of(work.session, any_house.conference.id, mine.id)
        assert card is not None
        await publish_card(services, work, card.id, by=None)
    assert (await any_house.get("/cards/werkbank/media/video.mp4")).status_code == 404  # somebody speaks, without captions
    assert (await any_house.get("/cards/werkbank/media/poster.webp")).status_code == 200
    async with services.db.work() as work:
        card = await card_by_id(work.session, card.id)
        card.unspoken = True
        work.session.add(card)
    assert (await any_house.get("/cards/werkbank/media/video.mp4")).status_code == 302
    keys = set(await any_house.keys())
    async with services.db.work() as work:
        await withdraw_card(services, work, card.id, by=None)
    for who in ("stranger", "initiative", "organiser"):
        assert (await any_house.get("/cards/werkbank/media/video.mp4", who)).status_code == 404
    await any_house.work_off_jobs()
    assert len(keys - set(await any_house.keys())) == 2
    await any_house.again()  # the file still has it; its owner does not want it
    assert (await any_house.get("/cards/werkbank/media/video.mp4")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/cards/heimat/media/source.mp4", "/cards/heimat/media/VIDEO.mp4", "/cards/heimat/media/..%2f..%2fheimat%2fmedia%2fvideo.mp4",
        "/cards/HEIMAT/media/video.mp4", "/cards/heimat/media/video.mp4%00", "/cards/heimat/media/captions.de.vtt.exe",
        "/cards/heimat/media/captions...vtt", "/cards/..%2fheimat/media/video.mp4", "/cards/heimat/media/%2e%2e", "/cards/nobody",
        "/cards/heimat/media/video-0.mp4", "/cards/%E2%80%AEheimat",
    ],
)  # fmt: skip
async def test_other_names_lead_nowhere(house: House, path: str) -> None:
    assert (await house.get(path, "organiser")).status_code in (400, 404)


async def test_keys_of_the_store_open_nothing(any_house: House) -> None:
    async with any_house.services.db.read() as db:
        keys = [file.key for file in await db.exec(select(CardFile))]
        assert len(await cards_in(db, any_house.conference.id)) == 2
    assert len(keys) == 6
    for key in keys:
        assert re.fullmatch(r"cards/[A-Za-z0-9_-]{43}\.(mp4|webp|vtt)", key)
        assert (await any_house.get(f"//objects/{key}")).status_code == 403


async def test_as_many_queries_for_two_hundred_as_for_one(tmp_path: Path) -> None:
    counts = {}
    for number in (1, 200):
        document = conference_yaml()
        document["initiatives"] = [
            {**document["initiatives"][0], "slug": f"heimat-{n}", "name": f"Initiative {n}"} for n in range(number)
        ]
        async with house_at(tmp_path / str(number), document=document) as house:
            for path in ("/cards", "/cards/heimat-0", "/"):
                house.services.recent.committed(())  # what is kept for a second would hide a query, or not
                with house.counted() as statements:
                    page = await house.get(path)
                assert page.status_code == 200
                assert len(statements) <= 12, statements
                counts.setdefault(path, set()).add(len(statements))
    assert all(len(found) == 1 for found in counts.values()), counts
