"""The desk's page for a studio: three tokens, shown once; older ones are worthless; nobody else sees it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from conference.people.model import AccessToken, Feed, Role
from tests.site import MOMENTS, SLUG_2021, Site, open_site

ADDRESS = f"/desk/{SLUG_2021}/studio"


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder: Path = tmp_path_factory.mktemp("studio")
    async with open_site(folder) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def tokens(site: Site) -> list[AccessToken]:
    async with site.services.db.read() as reading:
        return list((await reading.exec(select(AccessToken).where(AccessToken.revoked.is_(None)))).all())  # type: ignore[union-attr]


async def test_an_organiser_makes_tokens_for_three_streams(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    assert "Drei neue Token" in (await desk.get(ADDRESS)).text
    page = (await desk.post(ADDRESS, data={"session": "panel"})).text
    secrets = re.findall(r'id="token-\w+" readonly value="([\w-]{43})"', page)
    assert len(secrets) == 3
    assert f"/{SLUG_2021}/sessions/panel/whip" in page
    made = await tokens(site)
    assert sorted(token.feed for token in made if token.feed) == sorted(Feed)
    assert {token.label for token in made} == {"Bühne", "Gebärdensprache", "Vertretung"}
    again = (await desk.get(ADDRESS)).text
    assert not any(secret in again for secret in secrets)

    # made anew, the first ones are worthless
    await desk.post(ADDRESS, data={"session": "panel"})
    later = await tokens(site)
    assert len(later) == 3
    assert not {token.digest for token in later} & {token.digest for token in made}


async def test_only_plenaries_have_a_studio_and_only_organisers_make_its_tokens(site: Site) -> None:
    desk = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    assert (await desk.post(ADDRESS, data={"session": "forum-1"})).status_code == 404
    assert (await desk.post(ADDRESS, data={"session": "nothing"})).status_code == 404
    anna = await site.signed_in("Anna Beispiel")
    assert (await anna.get(ADDRESS)).status_code == 403
    assert (await site.browser().post(ADDRESS, data={"session": "panel"})).status_code == 401
