"""Every table says what becomes of it when a conference is purged; and whatever names a person does not outlive that person."""

from __future__ import annotations

from conference.keeping.fates import FATES, Fate
from conference.migrate import metadata_of_all


def test_every_table_has_a_fate_and_every_fate_a_table() -> None:
    assert FATES.keys() == metadata_of_all().tables.keys()


def test_what_refers_to_a_person_goes_or_is_emptied() -> None:
    people = metadata_of_all().tables["person"]
    referring = {
        table.name for table in metadata_of_all().tables.values() for key in table.foreign_keys if key.references(people)
    }
    assert {name for name in referring if FATES[name].fate in (Fate.KEPT, Fate.SHARED)} == set()


def test_whoever_deletes_is_named() -> None:
    assert all(entry.by for entry in FATES.values() if entry.fate not in (Fate.KEPT, Fate.SHARED))
