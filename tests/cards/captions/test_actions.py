"""Captions are put, exchanged, taken over and removed, and nothing that nobody needs any more stays in the store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conference.base.captions import Cue, read_captions
from conference.base.errors import Conflict, Invalid, NotFound
from conference.cards.actions import withdraw_card
from conference.cards.captions.actions import put_captions, remove_captions, save_texts, take_over_captions
from conference.cards.captions.rules import LONGEST_WORDS, Texts
from conference.cards.model import CardState, FileRole, FilmState
from conference.cards.review.actions import ask_change
from conference.cards.review.rules import Queue, Reviewed, queues_of
from conference.cards.review.store import reviewed_one
from conference.cards.store import files_of_film
from tests.cards.captions.places import VTT, become, captions_at, card_at, film_at, successor
from tests.results.house import House, house_at

CUES = read_captions(VTT.encode()).cues
OTHERS = (Cue(0, 900, "Anders"),)


async def test_captions_come_and_are_exchanged(any_house: House) -> None:
    services, film = any_house.services, await film_at(any_house)
    before = set(await any_house.keys())
    first = await put_captions(services, film.id, "de", CUES, etag="")
    assert (await captions_at(any_house, film.id))["de"].key == first.key
    assert await services.storage.get(first.key) == VTT.encode()
    assert (await put_captions(services, film.id, "de", CUES, etag="whatever")).key == first.key  # nothing changes
    second = await put_captions(services, film.id, "de", OTHERS, etag=first.etag)
    assert second.key != first.key
    english = await put_captions(services, film.id, "en", CUES)
    assert (second.position, english.position) == (0, 1)
    await any_house.work_off_jobs()
    assert set(await any_house.keys()) - before == {second.key, english.key}
    await remove_captions(services, film.id, "de", etag=second.etag)
    await remove_captions(services, film.id, "de")  # there is none any more
    await any_house.work_off_jobs()
    assert set(await any_house.keys()) - before == {english.key}


async def test_nobody_overwrites_what_they_have_not_seen(house: House) -> None:
    services, film = house.services, await film_at(house)
    mine = await put_captions(services, film.id, "de", CUES, etag="")
    keys = set(await house.keys())
    with pytest.raises(Conflict, match="captions_changed") as refused:
        await put_captions(services, film.id, "de", OTHERS, etag="")
    assert refused.value.facts["etag"] == mine.etag
    with pytest.raises(Conflict, match="captions_changed"):
        await remove_captions(services, film.id, "de", etag="")
    await house.work_off_jobs()
    assert set(await house.keys()) == keys


async def test_of_two_at_the_same_time_one_is_told(tmp_path: Path, database_url: str) -> None:
    async with house_at(tmp_path, database_url=database_url) as house:
        services, film = house.services, await film_at(house)
        for language in ("de", "en", "fr", "pl"):
            both = (put_captions(services, film.id, language, cues, etag="") for cues in (CUES, OTHERS))
            done = await asyncio.gather(*both, return_exceptions=True)
            assert sorted(type(each).__name__ for each in done) == ["CardFile", "Conflict"]
        async with services.db.read() as db:
            files = [file.language for file in await files_of_film(db, film.id) if file.role is FileRole.CAPTIONS]
        assert sorted(files) == ["de", "en", "fr", "pl"]


async def test_saved_captions_answer_a_wish_for_a_change(house: House) -> None:
    film = await film_at(house)
    await become(house, CardState.CHANGE_ASKED)
    await put_captions(house.services, film.id, "de", CUES)
    assert (await card_at(house)).state is CardState.READY
    published = await film_at(house, "heimat")
    await put_captions(house.services, published.id, "fr", CUES)
    assert (await card_at(house, "heimat")).state is CardState.PUBLISHED


async def test_new_texts_answer_a_wish_for_a_change(house: House) -> None:
    card = await card_at(house)
    await become(house, CardState.CHANGE_ASKED)
    for texts, state in (
        (Texts(card.words, card.seen, card.language, card.unspoken, card.signed), CardState.CHANGE_ASKED),  # as they were
        (Texts({"de": "Anders gesagt"}), CardState.READY),
    ):
        async with house.services.db.work() as work:
            await save_texts(house.services, work, card.id, texts)
        assert (await card_at(house)).state is state


async def test_a_wish_about_a_film_that_waits_is_answered_as_well(house: House) -> None:
    card, film = await card_at(house, "heimat"), await successor(house, "heimat")
    async with house.services.db.work() as work:
        await ask_change(house.services, work, card.id, "Bitte Untertitel.", by=None)
    assert (await reviewed_at(house, "heimat")).change == "Bitte Untertitel."
    await put_captions(house.services, film.id, "de", CUES)
    assert (await reviewed_at(house, "heimat")).change == ""
    assert Queue.WAITS in queues_of(await reviewed_at(house, "heimat"), house.clock.now())


async def reviewed_at(house: House, slug: str) -> Reviewed:
    async with house.services.db.read() as db:
        return await reviewed_one(db, house.conference.id, slug)


async def test_texts_do_not_come_back_to_a_card_that_is_withdrawn_this_moment(tmp_path: Path, database_url: str) -> None:
    async with house_at(tmp_path, database_url=database_url) as house:
        services, card = house.services, await card_at(house)
        begun = asyncio.Event()

        async def save() -> None:
            async with services.db.work() as work:
                begun.set()
                await save_texts(services, work, card.id, Texts({"de": "Noch da"}))

        async with services.db.work() as work:
            await withdraw_card(services, work, card.id, by=None)
            saving = asyncio.create_task(save())
            if database_url.startswith("postgresql"):  # elsewhere there is one writer at a time
                await begun.wait()
        with pytest.raises(Conflict, match="card_withdrawn"):
            await saving
        assert (await card_at(house)).words == {}


async def test_what_cannot_have_captions(house: House) -> None:
    services, film = house.services, await film_at(house)
    keys = set(await house.keys())
    with pytest.raises(NotFound, match="film"):
        await put_captions(services, "nobody", "de", CUES)
    for language, cues in (("XX", CUES), ("../de", CUES), ("de", ())):
        with pytest.raises(Invalid, match="field"):
            await put_captions(services, film.id, language, cues)
    early = await successor(house, state=FilmState.PREPARING)
    with pytest.raises(Conflict, match="film_not_ready"):
        await put_captions(services, early.id, "de", CUES)
    await become(house, CardState.WITHDRAWN)
    with pytest.raises(Conflict, match="card_withdrawn"):
        await put_captions(services, film.id, "de", CUES)
    assert set(await house.keys()) == keys


async def test_a_new_film_takes_over_what_fits(house: House) -> None:
    services, shown = house.services, await film_at(house, "heimat")
    await put_captions(services, shown.id, "de", CUES)
    new = await successor(house, "heimat", seconds=4.0)
    await put_captions(services, new.id, "en", OTHERS)
    assert await take_over_captions(services, new.id) == ["de"]
    mine, theirs = await captions_at(house, new.id), await captions_at(house, shown.id)
    assert read_captions(await services.storage.get(mine["de"].key)).cues == CUES[:1]  # the film is over before the second
    assert read_captions(await services.storage.get(mine["en"].key)).cues == OTHERS
    assert mine["de"].key != theirs["de"].key
    assert await take_over_captions(services, new.id) == []
    assert await take_over_captions(services, shown.id) == []
    short = await successor(house, "heimat", seconds=0.0)
    assert await take_over_captions(services, short.id) == []


async def test_texts_are_saved(house: House) -> None:
    services, card = house.services, await card_at(house)
    texts = Texts({"de": "Guten Tag"}, {"en": "A yard"}, "en", unspoken=True, signed=True)
    async with services.db.work() as work:
        saved = await save_texts(services, work, card.id, texts)
        assert work.told == {"card.changed"}
    assert Texts(saved.words, saved.seen, saved.language, saved.unspoken, saved.signed) == texts
    async with services.db.work() as work:
        await save_texts(services, work, card.id, texts)
        assert work.told == set()
    for wrong, code in (
        (replace(texts, language="x"), "field"),
        (replace(texts, seen={"de": "x" * (LONGEST_WORDS + 1)}), "card_words"),
    ):
        with pytest.raises(Invalid, match=code):
            async with services.db.work() as work:
                await save_texts(services, work, card.id, wrong)
    await become(house, CardState.WITHDRAWN)
    with pytest.raises(Conflict, match="card_withdrawn"):
        async with services.db.work() as work:
            await save_texts(services, work, card.id, texts)
