"""The link by which a card is withdrawn: it works in every state, for whoever has it, and tells nobody else anything."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.base.errors import Conflict
from conference.base.log import redact
from conference.base.storage import OpenUpload
from conference.cards.actions import NewFile, store_card
from conference.cards.consent.links import PURPOSE, withdrawal_address, withdrawal_path
from conference.cards.file import CardFacts
from conference.cards.model import CardFile, CardFilm, CardPlays, CardState, FileRole
from conference.cards.purge import forget_purged_cards
from tests.cards.keeping import add_film, all_consents, card_named, letters, post, set_state, work_off
from tests.results.house import MOMENTS, SLUG, House, small_film

OTHERS = {"initiative", "organiser", "attendee", "stranger"}


async def link_of(house: House, slug: str) -> str:
    """Within the conference."""
    card = await card_named(house, slug)
    return withdrawal_path(house.services, SLUG, card.id).removeprefix(f"/{SLUG}")


async def stored(house: House) -> tuple[list[str], Sequence[OpenUpload]]:
    return [key for key in await house.keys() if not key.startswith("results/")], await house.services.storage.list_open_parts()


async def rows(house: House, card_id: str) -> int:
    async with house.services.db.read() as db:
        found = [
            row
            for table in (CardFilm, CardFile, CardPlays)
            for row in await db.exec(select(table).where(table.card_id == card_id))
        ]
    return len(found)


@pytest.mark.parametrize("who", ["stranger", "organiser"])
async def test_in_every_state_a_look_changes_nothing_and_a_press_withdraws(house: House, who: str) -> None:
    card = await card_named(house, "heimat")
    for state in State:
        await set_state(house, card.id, CardState.PUBLISHED)
        house.at(state)
        await looked_at_and_withdrawn(house, who)


async def looked_at_and_withdrawn(house: House, who: str) -> None:
    link = await link_of(house, "heimat")
    before = await house.keys()
    page = await house.get(link, who)
    assert page.status_code == 200
    assert "Die Video-Visitenkarte von Heimathügel zurückziehen" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert "noindex" in page.headers["x-robots-tag"]
    assert (await card_named(house, "heimat")).state is CardState.PUBLISHED
    assert await house.keys() == before

    done = await post(house, link, who)
    assert (done.status_code, done.headers["location"]) == (303, f"/{SLUG}{link}")
    page = await house.get(link, who)
    assert page.status_code == 200
    assert "Niemand sieht die Video-Visitenkarte von Heimathügel mehr." in page.text
    assert "<form" not in page.text.partition("<main")[2]
    card = await card_named(house, "heimat")
    assert (card.state, card.words, card.seconds, card.remains) == (CardState.WITHDRAWN, {}, 0.0, False)


async def test_everything_of_it_goes_and_a_trace_stays(any_house: House) -> None:
    house = any_house
    card, link = await card_named(house, "heimat"), await link_of(house, "heimat")
    await add_film(house, card.id, parts=2)
    async with house.services.db.work() as work:
        work.session.add(CardPlays(card_id=card.id, day=house.clock.now().date(), plays=3))
    others = set((await stored(house))[0]) - await keys_of(house, card.id)
    await post(house, link)
    assert len(await letters(house)) == 1
    await house.work_off_jobs()
    keys, uploads = await stored(house)
    assert (set(keys), uploads, await rows(house, card.id)) == (others, [], 0)
    consents = await all_consents(house, card.id)
    assert len(consents) == 4
    assert {consent.ended for consent in consents} == {house.clock.now()}
    for who in OTHERS:
        assert (await house.get("/cards/heimat/media/video.mp4", who)).status_code == 404


async def keys_of(house: House, card_id: str) -> set[str]:
    async with house.services.db.read() as db:
        return {file.key for file in await db.exec(select(CardFile).where(CardFile.card_id == card_id))}


async def test_the_hosts_are_told_and_only_once(house: House) -> None:
    link = await link_of(house, "heimat")
    await post(house, link)
    house.clock.advance(minutes=1)
    await post(house, link)
    (letter,) = await letters(house)
    assert (letter.to, letter.subject) == ("buero@example.org", "Video-Visitenkarte zurückgezogen: Heimathügel")


async def test_other_links_are_no_pages_and_all_look_alike(house: House) -> None:
    card, other = await card_named(house, "heimat"), await card_named(house, "werkbank")
    good = await link_of(house, "heimat")
    mac = good.rpartition(".")[2]
    wrong = [
        f"/cards/withdraw/{card.id}.{mac[:-1]}{'A' if mac[-1] != 'A' else 'B'}",
        f"/cards/withdraw/{card.id}.",
        f"/cards/withdraw/{card.id}",
        f"/cards/withdraw/{card.id}.{mac}x",
        f"/cards/withdraw/{other.id}.{mac}",
        f"/cards/withdraw/{card.initiative_id}.{mac}",
        f"/cards/withdraw/nobody.{mac}",
        f"/cards/withdraw/{card.id}.%00",
        f"/cards/withdraw/{card.id}.ä",
    ]
    pages = set()
    for link in wrong:
        found = await house.get(link, method="POST", origin=house.services.settings.base_url)
        assert found.status_code in (400, 404, 405), link
        page = await house.get(link)
        assert page.status_code in (400, 404), link
        if page.status_code == 404 and "." in link.rpartition("/")[2]:
            pages.add(page.text.replace(link.rpartition("/")[2], "").replace(f"/treffen{link}", ""))
    assert (await card_named(house, "heimat")).state is CardState.PUBLISHED
    assert "Heimathügel" not in "".join(pages)


async def test_a_draft_is_not_told_to_who_guesses(house: House) -> None:
    house.at(State.DRAFT)
    guess = await house.get("/cards/withdraw/nobody.nothing")
    nothing = await house.get("//elsewhere/cards/withdraw/nobody.nothing")
    assert (guess.status_code, nothing.status_code) == (404, 404)
    assert guess.text.replace(f"/{SLUG}/", "/elsewhere/") == nothing.text


async def test_a_link_belongs_to_its_conference(house: House) -> None:
    link = await link_of(house, "heimat")
    assert (await house.get(f"//elsewhere{link}")).status_code == 404


async def test_guesses_are_limited_and_whoever_has_a_link_is_not_kept_out(house: House) -> None:
    link = await link_of(house, "heimat")
    statuses = [(await house.get("/cards/withdraw/nobody.nothing")).status_code for _ in range(70)]
    assert statuses[:60] == [404] * 60
    assert 429 in statuses
    assert (await house.get(link)).status_code == 200


async def test_afterwards_a_file_brings_no_card_back(house: House) -> None:
    card = await card_named(house, "heimat")
    await post(house, await link_of(house, "heimat"))
    await house.again()
    assert (await card_named(house, "heimat")).state is CardState.WITHDRAWN
    files = [NewFile(FileRole.RENDITION, small_film())]
    with pytest.raises(Conflict):
        await store_card(house.services, card.conference_id, card.initiative_id, CardFacts(video="x.mp4", seconds=1), files)


async def test_after_purging_the_link_says_that_nothing_is_left(house: House) -> None:
    gone, kept = await link_of(house, "werkbank"), await link_of(house, "heimat")
    house.at(State.PURGED)
    await forget_purged_cards(house.services)
    page = await house.get(gone)
    assert page.status_code == 200
    assert "Die Karte ist zurückgezogen" in page.text
    assert (await post(house, gone)).status_code == 303
    assert "Heimathügel" in (await house.get(kept)).text
    await post(house, kept)
    await forget_purged_cards(house.services)
    await work_off(house)
    assert [key for key in await house.keys() if key.startswith("cards/")] == []


async def test_the_address_is_a_secret_of_its_own(house: House) -> None:
    address = withdrawal_address(house.services, SLUG, "card-id")
    assert address.startswith(house.services.settings.base_url + f"/{SLUG}/cards/withdraw/card-id.")
    assert PURPOSE not in address
    assert "card-id." not in redact(f"failed path={address}")


async def test_the_owners_page_shows_it_until_it_is_used(house: House) -> None:
    link = await link_of(house, "werkbank")
    assert link in (await house.get("/cards/werkbank/own/consent", "initiative")).text
    await post(house, link)
    page = (await house.get("/cards/werkbank/own/consent", "initiative")).text
    assert link not in page
    assert "Diese Karte ist zurückgezogen." in page
    assert MOMENTS[State.ARCHIVE] == house.clock.now()
