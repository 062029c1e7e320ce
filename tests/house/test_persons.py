"""Whatever leads to a person goes when the person is deleted, and is in the file that the person takes along; or it is said why
not. A new table with such a column fails here until it says so."""

from __future__ import annotations

from conference.base.db import metadata
from conference.keeping.persons import WAYS, Then, leading
from conference.keeping.persons_out import FOLLOWED, NOT_OUT, OWN, PARTS
from conference.migrate import metadata_of_all

# What the file never shows: names of rows, keys of the store, hashes, and what is only for the machine.
MACHINE = {
    "id", "conference_id", "person_id", "by", "seat_id", "seat", "digest", "token", "client", "change", "changes", "version",
    "window", "key", "etag", "captions_key", "object_key", "upload_id", "message_id", "question_id", "finding_id", "merged",
    "reply_to", "position", "number", "origin", "content_type", "content", "facts", "round", "part_size", "stage", "progress",
    "refusal", "sound", "poster_at", "width", "height", "pages", "page", "words", "seconds", "minutes", "at", "since", "download",
    "captions_language", "size",
}  # fmt: skip


def test_every_column_that_leads_to_a_person_says_what_becomes_of_it() -> None:
    metadata_of_all()
    assert leading() == WAYS.keys()


def test_every_such_column_is_in_the_file_or_says_why_not() -> None:
    metadata_of_all()
    out = {part.column for part in PARTS}
    assert out | NOT_OUT.keys() == WAYS.keys()
    assert not out & NOT_OUT.keys()


def test_the_file_shows_every_column_of_its_tables_that_means_something() -> None:
    metadata_of_all()
    missing = {
        f"{part.table.name}.{column.name}"
        for part in PARTS
        for column in part.table.columns
        if column.name not in part.shows and column.name not in MACHINE and part.shows
    }
    assert missing == set()
    person = {column.name for column in metadata.tables["person"].columns}
    assert person - {*OWN, "initiative_id", *MACHINE, "changed_by"} == set()


def test_what_the_file_names_is_there() -> None:
    tables = metadata_of_all().tables
    assert all(name in part.table.columns for part in PARTS for name in part.shows)
    assert all(shown in tables[table].columns for table, shows in FOLLOWED.values() for shown in shows)
    assert len({part.name for part in PARTS}) == len(PARTS)


def test_what_cannot_be_empty_goes() -> None:
    tables = metadata_of_all().tables
    emptied = [tuple(name.split(".")) for name, way in WAYS.items() if way.then is Then.EMPTIED]
    assert [(table, column) for table, column in emptied if not tables[table].columns[column].nullable] == []
    assert all(way.why for way in WAYS.values() if way.then is not Then.GOES)
