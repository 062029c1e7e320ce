"""How one registers goes out into a conference file and comes back the same."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from conference.base.errors import Invalid
from conference.desk.conference_file import read_conference_file
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.registration.store import terms_of
from tests.registration.conftest import opens
from tests.site import SLUG_2021, open_site


async def test_the_terms_travel_with_the_conference(tmp_path: Path) -> None:
    async with open_site(tmp_path / "one") as site, open_site(tmp_path / "two") as other:
        conference = await site.conference()
        until = conference.doors - timedelta(days=2)
        await opens(site, until=until, places=9, wishes={"de": "Was?"}, asks=("needs", "later"), needs_kept=4)
        await export_conference(site.services, SLUG_2021, tmp_path / "one.zip")
        for version in (1, 1):  # the same once more changes nothing
            await import_conference(other.services, tmp_path / "one.zip")
            async with other.services.db.read() as session:
                terms = await terms_of(session, (await other.conference()).id)
            assert terms is not None
            assert (terms.is_open, terms.until, terms.places, terms.wishes) == (True, until, 9, {"de": "Was?"})
            assert (terms.asks, terms.needs_kept, terms.version) == (["needs", "later"], 4, version)
        await export_conference(other.services, SLUG_2021, tmp_path / "two.yaml")
        await export_conference(site.services, SLUG_2021, tmp_path / "three.yaml")
        assert (tmp_path / "two.yaml").read_text() == (tmp_path / "three.yaml").read_text()
        document = yaml.safe_load((tmp_path / "three.yaml").read_text())
        for change in ({"asks": ["shoe size"]}, {"places": -1}, {"extra": 1}, {"needs_kept": 61}):
            document["registration"] = change
            with pytest.raises(Invalid) as refused:
                read_conference_file(yaml.safe_dump(document))
            assert refused.value.facts["faults"][0].startswith("registration.")
