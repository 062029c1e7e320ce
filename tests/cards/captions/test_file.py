"""Words of a card in a conference file: whatever captions come as, and what is said about the film."""

from __future__ import annotations

import pytest

from conference.base.errors import Invalid
from conference.cards.captions.rules import Texts
from conference.cards.file import initiative_with_card_to_file
from conference.cards.store import files_of_film
from conference.initiatives.store import initiatives_in
from tests.cards.captions.places import SRT, VTT, WORDS, captions_at, card_at, film_at
from tests.results.house import House, conference_yaml


async def brought(house: House, captions: bytes) -> None:
    document = conference_yaml()
    card = document["initiatives"][1]["card"]
    card.update(captions=[{"language": "ja", "file": "cards/werkbank.srt"}], seen="Eine Werkbank.", language="en", signed=True)
    (house.folder / "cards/werkbank.srt").write_bytes(captions)
    await house.again(document)


async def test_captions_of_a_file_are_stored_as_all_others_are(house: House) -> None:
    await brought(house, SRT.encode("cp1252"))
    film, card = await film_at(house), await card_at(house)
    stored = (await captions_at(house, film.id))["ja"]
    assert await house.services.storage.get(stored.key) == VTT.encode()
    assert Texts(card.words, card.seen, card.language, card.unspoken, card.signed) == Texts(
        {}, {"de": "Eine Werkbank."}, "en", signed=True
    )
    await brought(house, VTT.encode())
    assert (await captions_at(house, film.id))["ja"].key == stored.key  # the same words
    async with house.services.db.read() as db:
        initiative = next(each for each in await initiatives_in(db, house.conference.id) if each.slug == "werkbank")
        entry, _paths = initiative_with_card_to_file(initiative, card, await files_of_film(db, film.id))
    assert {name: entry["card"][name] for name in ("seen", "language", "unspoken", "signed")} == {
        "seen": {"de": "Eine Werkbank."}, "language": "en", "unspoken": False, "signed": True
    }  # fmt: skip
    page = (await house.get(f"{WORDS}?language=ja", "initiative")).text
    assert "Untertitel: Japanisch" in page


async def test_captions_with_faults_are_not_taken(house: House) -> None:
    with pytest.raises(Invalid) as refused:
        await brought(house, SRT.replace("00:00:04,000", "00:00:00,000").encode())
    assert refused.value.facts == {"role": "captions", "line": 2, "fault": "order"}
