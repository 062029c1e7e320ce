"""What owners change of a public card, and which words belong to which film: organisers and owners learn it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from conference.access.model import State
from conference.base.captions import Cue
from conference.base.errors import Conflict
from conference.cards.captions.actions import confirm_words, put_captions, save_texts, take_over_captions
from conference.cards.captions.rules import Texts, texts_of
from conference.cards.consent.actions import take_back
from conference.cards.fitting import Changed, mark_of, texts_for
from conference.cards.model import Card, CardFilm, CardState, ConsentKind
from conference.cards.review.actions import accept_changes, ask_change, put_texts_back, release_card
from conference.cards.review.rules import Queue, Reviewed, queues_of
from conference.cards.review.store import reviewed_in, reviewed_one
from tests.cards.reviewing import DESK, agreed, card_at, film_beside, letters_waiting, post
from tests.results.house import SLUG, House, house_at

OLD = Texts({"de": "Guten Tag"}, {"de": "Ein Hof"})
NEW = Texts({"de": "Guten Abend"}, {"de": "Ein Garten"}, unspoken=True)
NEWER = Texts({"de": "Gute Nacht"}, {"de": "Ein Garten"}, unspoken=True)
CUES = (Cue(0, 900, "Guten Tag"),)


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(tmp_path, database_url=database_url) as house:
        house.at(State.ANNOUNCED)
        yield house


async def done(house: House, act: Callable[..., Awaitable[Any]], *what: Any, **more: Any) -> Any:
    async with house.services.db.work() as work:
        return await act(house.services, work, *what, **more)


async def released(house: House) -> Card:
    """A card that its organisers have seen with the old texts."""
    card = await card_at(house, "werkbank")
    await done(house, save_texts, card.id, OLD)
    await agreed(house, card)
    return await done(house, release_card, card.id, by=None)  # type: ignore[no-any-return]


async def seen(house: House) -> Reviewed:
    async with house.services.db.read() as db:
        one = await reviewed_one(db, house.conference.id, "werkbank")
        (same,) = [each for each in await reviewed_in(db, house.conference.id) if each.initiative.slug == "werkbank"]
    assert same.changed == one.changed
    assert same.from_before == one.from_before
    return one


async def shown(house: House) -> CardFilm:
    film = (await seen(house)).shown
    assert film is not None
    return film


def mark(each: Reviewed) -> str:
    assert each.card is not None
    assert each.shown is not None
    return mark_of(each.card, each.shown, each.files)


async def test_what_was_changed_since_the_release_is_a_queue_until_it_is_accepted(both: House) -> None:
    card = await released(both)
    before = await seen(both)
    assert before.changed == []
    await done(both, save_texts, card.id, NEW)
    await put_captions(both.services, (await shown(both)).id, "de", CUES)
    after = await seen(both)
    assert after.changed == [Changed.CAPTIONS, Changed.WORDS, Changed.SEEN, Changed.SPEECH]
    assert Queue.CHANGED in queues_of(after, both.clock.now())
    with pytest.raises(Conflict, match="card_changed"):
        await done(both, accept_changes, card.id, mark(before), by=None)
    for _ in range(2):  # again: nothing changes
        await done(both, accept_changes, card.id, mark(after), by=None)
    accepted = await seen(both)
    assert accepted.changed == []
    assert Queue.CHANGED not in queues_of(accepted, both.clock.now())
    assert texts_of(await card_at(both, "werkbank")) == NEW


async def test_organisers_put_the_released_texts_back(both: House) -> None:
    card = await released(both)
    await done(both, save_texts, card.id, NEW)
    looked_at = mark(await seen(both))
    await done(both, save_texts, card.id, NEWER)  # meanwhile, and kept nowhere else
    with pytest.raises(Conflict, match="card_changed"):
        await done(both, put_texts_back, card.id, looked_at, by=None)
    assert texts_of(await card_at(both, "werkbank")) == NEWER
    looked_at = mark(await seen(both))
    for _ in range(2):
        await done(both, put_texts_back, card.id, looked_at, by=None)
    assert texts_of(await card_at(both, "werkbank")) == OLD
    assert sum("wurden wiederhergestellt" in letter.subject for letter in await letters_waiting(both)) == 1
    assert (await seen(both)).changed == []


async def test_what_is_not_public_has_nothing_to_accept(house: House) -> None:
    card = await card_at(house, "werkbank")
    for act, what in ((accept_changes, ("",)), (put_texts_back, ("",))):
        with pytest.raises(Conflict, match="card_not_ready"):
            await done(house, act, card.id, *what, by=None)  # type: ignore[arg-type]


async def test_texts_of_a_new_film_become_public_with_it(both: House) -> None:
    card = await released(both)
    newer = await film_beside(both, card)
    saved = await done(both, save_texts, card.id, NEW, film_id=newer.id)
    assert texts_of(saved) == OLD
    each = await seen(both)
    assert each.changed == []
    assert texts_for(saved, each.waiting) == NEW
    assert each.waiting is not None
    assert not each.lacks_captions(each.waiting)  # nobody speaks in it, while somebody does in the film before
    assert each.shown is not None
    assert each.lacks_captions(each.shown)
    await agreed(both, card)
    await done(both, release_card, card.id, by=None, film_id=newer.id)
    assert texts_of(await card_at(both, "werkbank")) == NEW
    assert (await seen(both)).changed == []
    with pytest.raises(Conflict, match="card_other_film"):
        await done(both, save_texts, card.id, OLD, film_id="gone")


async def test_texts_for_a_film_that_is_gone_stay_in_the_form(house: House) -> None:
    await released(house)
    answer = await house.post("/cards/werkbank/own/words", "initiative", film="gone", language="de", words_de="Neu hier")
    assert answer.status_code == 409
    assert "Neu hier" in answer.text
    assert "Guten Tag" not in answer.text


async def test_captions_of_the_film_before_are_named_until_somebody_has_looked(both: House) -> None:
    card = await released(both)
    await put_captions(both.services, (await shown(both)).id, "de", CUES)
    newer = await film_beside(both, card)
    assert await take_over_captions(both.services, newer.id) == ["de"]
    assert (await seen(both)).from_before == (["de"], True)
    for language, text in (("de", "vom vorigen Film übernommen"), ("en", "taken over from the earlier film")):
        assert text in (await both.get(f"/{DESK}/werkbank", "organiser", accept_language=language)).text
        assert text in (await both.get(f"/{DESK}", "organiser", accept_language=language)).text
    await put_captions(both.services, newer.id, "de", (Cue(0, 900, "Guten Abend"),))
    assert (await seen(both)).from_before == ([], True)  # the texts are still those of before
    await confirm_words(both.services, newer.id)
    assert (await seen(both)).from_before == ([], False)


async def test_a_consent_that_is_taken_back_shows_the_film_that_waited(both: House) -> None:
    card = await released(both)
    newer = await film_beside(both, card)
    await agreed(both, card)
    await done(both, take_back, card.id, ConsentKind.PLATFORM, by=None)
    card = await card_at(both, "werkbank")
    each = await seen(both)
    assert (card.state, card.published, card.seconds) == (CardState.READY, None, newer.seconds)
    assert each.shown is not None
    assert [film.id for film in each.films] == [each.shown.id] == [newer.id]


async def test_the_letter_names_the_film_that_is_meant(house: House) -> None:
    card = await released(house)
    await film_beside(house, card, name="Neu.mp4")
    await done(house, ask_change, card.id, "Bitte lauter", by=None)
    (letter,) = [each for each in await letters_waiting(house) if "Bitte lauter" in each.text]
    assert "Es geht um den Film „Neu.mp4“. Es geht um Ihren neuen Film; der öffentliche bleibt" in letter.text
    assert "It is about the film “Neu.mp4”." in letter.text


async def test_the_desk_shows_changes_and_lets_them_stay(house: House) -> None:
    card = await released(house)
    await done(house, save_texts, card.id, NEW)
    page = await house.get(f"/{DESK}/werkbank", "organiser")
    assert "Seit der Freigabe geändert" in page.text
    assert "Guten Tag" in page.text  # as it was
    assert "Besucherinnen" in page.text
    assert page.text.count(f'name="seen" value="{mark(await seen(house))}"') == 2
    assert (await post(house, f"{DESK}/werkbank", act="texts-back", seen="older")).status_code == 409
    answer = await post(house, f"{DESK}/werkbank", act="accept", seen=mark(await seen(house)))
    assert answer.status_code == 303
    assert (await seen(house)).changed == []
    assert (await post(house, f"{DESK}/werkbank", act="texts-back")).status_code == 303
    assert texts_of(await card_at(house, "werkbank")) == NEW


async def test_owners_read_on_their_pages_what_is_missing_or_old(house: House) -> None:
    card = await released(house)
    house.at(State.ARCHIVE)
    page = "/cards/werkbank"
    for who, sees in (("initiative", True), ("organiser", True), ("stranger", False)):
        assert ("Die Untertitel fehlen. Bis sie da sind" in (await house.get(page, who)).text) is sees
    newer = await film_beside(house, card)
    await put_captions(house.services, (await shown(house)).id, "de", CUES)
    await take_over_captions(house.services, newer.id)
    words = await house.get(f"{page}/own/words", "initiative")
    assert "für den vorigen Film geschrieben" in words.text
    assert "Dieser Text gehört zum neuen Film und wird mit ihm öffentlich." in words.text
    answer = await post(house, f"/{SLUG}{page}/own/words/captions", "initiative", do="fits", film=newer.id)
    assert answer.status_code == 303
    assert "für den vorigen Film geschrieben" not in (await house.get(f"{page}/own/words", "initiative")).text
