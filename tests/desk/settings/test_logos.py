"""Logos of the hosts: brought, shown, exchanged, taken away; they travel with the file of a conference and with its copy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conference.access import compared
from conference.base.errors import Invalid
from conference.base.jobs import Worker
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from conference.desk.settings import logos
from conference.people.model import Role
from tests.desk.settings.test_settings import BASE, form_at
from tests.site import MOMENTS, SLUG_2021, Site, open_site

PAGE = f"{BASE}/settings/hosts"
SIGN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30" fill="#0b5563"/></svg>'
OTHER = SIGN.replace(b"0b5563", b"7a1f3d")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        opened.clock.jump_to(MOMENTS["announced"])
        yield opened


async def send(browser: httpx2.AsyncClient, fields: dict[str, str], logo: bytes | None = None) -> httpx2.Response:
    form = {name: value for name, value in (await form_at(browser, PAGE) | fields).items() if not name.startswith("logo-")}
    files = {"logo-0": ("logo.svg", logo, "image/svg+xml")} if logo is not None else {}
    return await browser.post(PAGE, data=form, files=files)


async def stored(site: Site) -> list[str]:
    return [key async for key in site.services.storage.list("hosts/")]


async def work_off(site: Site) -> None:
    services = site.services
    worker = Worker(services.db, services.clock, services.ids, logos.handlers(services.storage))
    while await worker.run_once():
        pass


async def logo_of(site: Site, host: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = (await site.conference()).hosts[host]["logo"]
    return found


async def test_a_logo_is_brought_seen_exchanged_and_taken_away(site: Site) -> None:
    organiser, stranger = await site.signed_in("Olga Beispiel", Role.ORGANISER), site.browser()
    answer = await send(organiser, {"alt-de-0": "Schriftzug des Ministeriums"}, SIGN)
    assert answer.status_code == 303, answer.text.split("<main")[1]
    await site.services.live.catch_up()
    address = f"/{SLUG_2021}/hosts/{logos.etag_of(SIGN)[:16]}.svg"
    assert f'src="{address}" alt="Schriftzug des Ministeriums"' in (await stranger.get(f"/{SLUG_2021}/")).text
    sent = await stranger.get(address)
    assert (sent.status_code, sent.content, sent.headers["content-type"]) == (200, SIGN, "image/svg+xml")
    assert sent.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert (await stranger.get(address.replace(".svg", ".png"))).status_code == 404
    first = await logo_of(site)
    await send(organiser, {"name-de-0": "Ministerium mit neuem Namen", "place-0": "3"})
    assert await logo_of(site, 1) == first
    assert (await send(organiser, {"place-1": "0", "alt-de-1": "Das andere Ministerium"})).status_code == 303
    assert await logo_of(site) == first | {"alt": {"de": "Das andere Ministerium"}}
    await send(organiser, {}, OTHER)
    await work_off(site)
    second = await logo_of(site)
    assert await stored(site) == [second["key"]] != [first["key"]]
    site.clock.jump_to(MOMENTS["closed"])
    gone = f"/{SLUG_2021}/hosts/{logos.etag_of(OTHER)[:16]}.svg"
    assert [(await browser.get(gone)).status_code for browser in (stranger, organiser)] == [410, 200]
    await send(organiser, {"drop-0": "yes"})
    await work_off(site)
    assert (await stored(site), "logo" in (await site.conference()).hosts[0]) == ([], False)


@pytest.mark.parametrize(
    ("fields", "logo", "field", "sentence"),
    [
        ({"alt-de-0": ""}, SIGN, "alt-de-0", "Bitte schreiben Sie für alle, die das Logo nicht sehen"),
        ({"alt-de-0": "Logo"}, b"GIF89a", "logo-0", "Bitte wählen Sie eine SVG- oder PNG-Datei."),
        ({"alt-de-0": "Logo"}, b"x" * (100 * 1024 + 1), "logo-0", "Dieses Logo ist größer als 100 KB."),
        ({"alt-de-0": "Logo", "version": "0"}, SIGN, "", "inzwischen"),
    ],
)
async def test_what_is_refused_is_said_and_nothing_is_kept(
    site: Site, fields: dict[str, str], logo: bytes, field: str, sentence: str
) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    answer = await send(organiser, fields, logo)
    assert answer.status_code == (422 if field else 409)
    assert sentence.lower() in answer.text.lower()
    assert f'href="#{field}"' in answer.text or not field
    assert await stored(site) == []


async def test_what_no_host_names_goes(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await send(organiser, {"alt-de-0": "Logo"}, SIGN)
    await logos.keep_logo(site.services, OTHER, {"de": "Logo"})
    assert await logos.reconcile_logos(site.services) == compared.Comparison()
    monkeypatch.setattr(compared, "FRESH", timedelta(0))
    assert await logos.reconcile_logos(site.services) == compared.Comparison(deleted=1)
    assert await stored(site) == [(await logo_of(site))["key"]]


async def test_logos_travel_with_the_file_and_again_changes_nothing(site: Site, tmp_path: Path) -> None:
    organiser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    await send(organiser, {"alt-de-0": "Logo", "alt-en-0": "Sign"}, SIGN)
    file = tmp_path / "out.zip"
    await export_conference(site.services, SLUG_2021, file)
    async with open_site(tmp_path / "other") as other:
        await import_conference(other.services, file)
        brought = await other.conference()
        logo = brought.hosts[0]["logo"]
        assert (logo["alt"], logo["etag"]) == ({"de": "Logo", "en": "Sign"}, logos.etag_of(SIGN))
        assert await other.services.storage.get(logo["key"]) == SIGN
        await import_conference(other.services, file)
        assert await other.conference() == brought
        assert await stored(other) == [logo["key"]]


async def test_a_file_with_what_is_no_logo_is_refused(tmp_path: Path, site: Site) -> None:
    export = tmp_path / "folder"
    export.mkdir()
    await export_conference(site.services, SLUG_2021, export / "conference.yaml")
    text = (export / "conference.yaml").read_text(encoding="utf-8")
    bent = text.replace("    short: BMAS\n", "    short: BMAS\n    logo: hosts/logo.svg\n    logo_alt:\n      de: Logo\n")
    (export / "conference.yaml").write_text(bent, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        await import_conference(site.services, export)
    assert "hosts/logo.svg: there is no such file beside the conference file" in refused.value.facts["faults"]
