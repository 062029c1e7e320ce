"""What a conference asks of video cards, in and out of its file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from conference.base.errors import Invalid
from conference.cards.model import CardTerms
from conference.cards.store import terms_of
from conference.desk.conference_file import read_conference_file
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from tests.results.house import House, conference_yaml, house_at


async def terms(house: House) -> CardTerms:
    async with house.services.db.read() as db:
        return await terms_of(db, house.conference.id)


async def test_terms_travel_in_the_conference_file(tmp_path: Path) -> None:
    plain = conference_yaml()
    document = {**plain, "card_terms": {"until": "2021-05-02T23:59", "most_seconds": 150, "least_height": 480}}
    async with house_at(tmp_path / "one", document=document) as house, house_at(tmp_path / "other", document=plain) as other:
        found = await terms(house)
        assert (found.until, found.most_seconds, found.most_bytes) == (datetime(2021, 5, 2, 21, 59, tzinfo=UTC), 150, 500_000_000)
        await export_conference(house.services, "treffen", tmp_path / "out.zip")
        await import_conference(other.services, tmp_path / "out.zip")
        assert (await terms(other)).model_dump(exclude={"conference_id"}) == found.model_dump(exclude={"conference_id"})
        await house.again(plain)  # a file that says nothing changes nothing
        assert await terms(house) == found


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"until": "2021-03-28T02:30"}, "card_terms.until: 28.03.2021 02:30 does not exist in Europe/Berlin"),
        ({"most_seconds": 5}, "card_terms.most_seconds: must be at least 10"),
        ({"most_bytes": "viel"}, "card_terms.most_bytes: must be a whole number"),
        ({"width": 3}, "card_terms.width: is not known here"),
        ([], "card_terms: must have names and values"),
    ],
)
def test_faults_of_terms_are_told_in_plain_words(value: object, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_conference_file(yaml.safe_dump({**conference_yaml(), "card_terms": value}, allow_unicode=True))
    assert refused.value.facts["faults"][0].startswith(fault)


async def test_slugs_that_the_desk_needs_are_refused() -> None:
    document = conference_yaml()
    document["initiatives"][1]["slug"] = "terms"
    with pytest.raises(Invalid) as refused:
        read_conference_file(yaml.safe_dump(document, allow_unicode=True))
    assert refused.value.facts["faults"][0].startswith("initiatives[1].slug: terms is a word")
