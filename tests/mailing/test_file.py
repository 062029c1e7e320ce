"""The words of letters, in and out of a conference file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from conference.base.errors import Invalid
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.mailing.actions import put_template
from conference.mailing.file import letters_from
from conference.mailing.model import LetterKind
from conference.mailing.store import templates_of
from tests.site import SLUG_2021, Site, open_site

WORDS = ({"de": "Hallo {name}", "en": "Hello {name}"}, {"de": "Hier: {link}", "en": "Here: {link}"})


async def kept(site: Site) -> list[tuple[LetterKind, dict[str, str], dict[str, str], int]]:
    conference = await site.conference()
    async with site.services.db.read() as session:
        rows = await templates_of(session, conference.id)
    return [(each.kind, each.subject, each.body, each.version) for each in rows]


async def test_words_travel_and_again_change_nothing(tmp_path: Path) -> None:
    file = tmp_path / "out.yaml"
    async with open_site(tmp_path / "one") as site, open_site(tmp_path / "other") as other:
        conference = await site.conference()
        async with site.services.db.work() as work:
            await put_template(work, site.services, conference.id, LetterKind.INVITATION, *WORDS, by=None, seen=0)
        await export_conference(site.services, SLUG_2021, file)
        document = yaml.safe_load(file.read_text())
        assert document["letters"] == [{"kind": "invitation", "subject": WORDS[0], "body": WORDS[1]}]
        document["sessions"], document["initiatives"], document["report"] = [], [], None  # their files are not beside it
        file.write_text(yaml.safe_dump(document, allow_unicode=True))
        for _ in range(2):
            await import_conference(other.services, file)
            assert await kept(other) == await kept(site) == [(LetterKind.INVITATION, *WORDS, 1)]


@pytest.mark.parametrize(
    ("letters", "fault"),
    [
        ({}, "letters: must be a list"),
        ([{"kind": "x", "subject": {}, "body": {}}], "letters[0]"),
        (
            [{"kind": "letter", "subject": {"de": "a"}, "body": {"de": "kein Link"}}],
            "letters[0].body_de: has to have the word",
        ),
        ([{"kind": "letter", "subject": {"de": "a", "fr": "b"}, "body": {"de": "{link}"}}], "fr is no language"),
    ],
)
def test_what_cannot_be_read(letters: object, fault: str) -> None:
    with pytest.raises(Invalid) as raised:
        letters_from(letters)
    assert fault in str(raised.value.facts["faults"])


def test_a_file_may_say_nothing() -> None:
    assert letters_from(None) == []
