"""A host's look: colours that can be read, logos that are pictures, a sample that shows both; what is refused changes nothing."""

from __future__ import annotations

import io
from typing import Any

import httpx2
import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.access.model import State
from conference.base.errors import Invalid
from conference.base.logos import LARGEST_LOGO, PNG, SVG, kind_of_logo
from conference.results.reconcile import named_keys
from conference.results.setting.press import set_sheet
from conference.results.setting.rules import LEAST_CONTRAST, colour_of, contrast, darker
from conference.results.setting.shape import Look
from conference.results.setting.store import look_of, look_row
from tests.results.house import SLUG, House
from tests.results.pdf_ua import faults
from tests.results.setting.sheets import OCCASION, full, png

PAGE = f"/desk/{SLUG}/results/look"
SIGN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><rect width="90" height="30" fill="#0b5563"/></svg>'
BLURRED = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter>'
    b'<rect filter="url(#f)" width="1e9" height="1e9"/></svg>'
)
FORM = {"own": "yes", "colour": "#7a1f3d", "face": "noto-serif", "alt-de": "Agentur Beispiel", "alt-en": "", "do": "save"}


def noise(width: int, height: int) -> bytes:
    """A picture that nothing can make smaller."""
    seed, rows = 1, bytearray()
    for _ in range(height):
        rows.append(0)
        for _ in range(width * 3):
            seed = (seed * 1103515245 + 12345) % 2**31
            rows.append(seed >> 16 & 255)
    return png(width, height, bytes(rows))


async def send(house: House, fields: dict[str, str], logo: bytes | None = None) -> httpx2.Response:
    """The form as an organiser sends it; what a browser says of the file counts for nothing."""
    base = house.services.settings.base_url
    headers = {"accept-language": "de", "origin": base, "cookie": f"meetingpoint={house.cookies['organiser']}"}
    files: dict[str, Any] | None = {"logo": ("logo.html", logo, "text/html")} if logo is not None else None
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=house.app), base_url=base) as client:
        return await client.post(PAGE, data=fields, files=files, headers=headers)


async def kept(house: House, language: str = "de") -> Look:
    async with house.services.db.read() as db:
        return await look_of(db, house.services.storage, house.conference.id, language)


@given(st.from_regex(r"#[0-9a-f]{6}", fullmatch=True))
def test_a_colour_can_be_read_or_a_darker_one_is_named(colour: str) -> None:
    if contrast(colour) >= LEAST_CONTRAST:
        assert colour_of(colour.upper()) == colour
        return
    with pytest.raises(Invalid) as refused:
        colour_of(colour)
    assert refused.value.code == "look_contrast"
    assert contrast(refused.value.facts["better"]) >= LEAST_CONTRAST
    assert refused.value.facts["better"] == darker(colour)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff") == pytest.approx(1)
    assert contrast("#000000") == pytest.approx(21)
    assert contrast("#767676") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("text", ["", "red", "#12345", "#1234567", "#12345g", "url(x)", "#0b5563; x"])
def test_what_is_no_colour_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="look_colour"):
        colour_of(text)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(), PNG),
        (SIGN, SVG),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->' + SIGN, SVG),
        (b"", "logo_type"),
        (b"GIF89a" + bytes(60), "logo_type"),
        (b"<html><svg></svg></html>", "logo_type"),
        (b"\x89PNG\r\n\x1a\n", "logo_type"),
        (png(4001, 1), "logo_sides"),
        (bytes(LARGEST_LOGO + 1), "logo_too_large"),
        (SIGN.replace(b"<rect", b"<script>alert(1)</script><rect"), "logo_svg"),
        (SIGN.replace(b"<rect", b'<image href="https://example.org/x.png"/><rect'), "logo_svg"),
        (SIGN.replace(b"<rect", b'<image xlink:href="file:///etc/passwd"/><rect'), "logo_svg"),
        (SIGN.replace(b"<rect", b"<style>@import 'x'</style><rect"), "logo_svg"),
        (SIGN.replace(b'fill="#0b5563"', b'style="fill: url(//example.org/x)"'), "logo_svg"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd">\n' + SIGN, SVG),
        (b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>' + SIGN, "logo_type"),
        (SIGN.replace(b"<rect", b"<!ENTITY x 'y'><rect"), "logo_svg"),
        (SIGN.replace(b"<rect", b'<use href="#a"/><rect'), SVG),
        (SIGN.replace(b"<rect", b'<rect onload="alert(1)"/><rect'), "logo_svg"),
        (SIGN.replace(b"<rect", b'<a-b:script xmlns:a-b="http://www.w3.org/2000/svg"/><rect'), "logo_svg"),
        (SIGN.replace(b"<rect", b'<iframe xmlns="http://www.w3.org/1999/xhtml" src="//example.org"/><rect'), "logo_svg"),
        (SIGN.replace(b"<rect", b'<set attributeName="xlink:href" to="javascript:alert(1)"/><rect'), "logo_svg"),
        (SIGN.replace(b'fill="#0b5563"', b'style="fill: u&#114;l(//example.org/x)"'), "logo_svg"),
        (SIGN.replace(b"<rect", b"<style>a { fill: u\\72l(//example.org/x) }</style><rect"), "logo_svg"),
        (SIGN.replace(b"<rect", b"<title>Haus &amp; Hof on tour</title><rect"), SVG),
    ],
)  # fmt: skip
def test_logos_are_known_by_their_content(data: bytes, said: str) -> None:
    if said in (PNG, SVG):
        assert kind_of_logo(data) == said
        return
    with pytest.raises(Invalid) as refused:
        kind_of_logo(data)
    assert refused.value.code == said


@pytest.mark.parametrize(("logo", "kind"), [(png(60, 20), PNG), (SIGN, SVG)])
async def test_a_look_is_saved_shown_and_set(house: House, logo: bytes, kind: str) -> None:
    house.at(State.ARCHIVE)
    answer = await send(house, FORM, logo)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?done=save")
    look = await kept(house)
    assert look == Look("#7a1f3d", "noto-serif", logo, kind, "Agentur Beispiel")
    made = await set_sheet(house.services, full(2), OCCASION, look)
    assert faults(made.data) == []
    assert len(made.data) < 150 * 1024
    with pikepdf.open(io.BytesIO(made.data)) as pdf:
        fonts = {str(one["/BaseFont"]).partition("+")[2] for one in pdf.objects if "/BaseFont" in dict_of(one)}
        alts = [str(one["/Alt"]) for one in pdf.objects if "/Alt" in dict_of(one)]
    assert alts == ["Agentur Beispiel"]
    assert any(name.startswith("NotoSerif") for name in fonts)
    sample = await house.get(f"/{PAGE}/sheet.png", "organiser")
    assert (sample.headers["content-type"], sample.headers["cache-control"]) == ("image/png", "no-store")
    assert sample.content.startswith(b"\x89PNG")


def dict_of(one: object) -> pikepdf.Dictionary:
    return one if isinstance(one, pikepdf.Dictionary) else pikepdf.Dictionary()


async def test_another_logo_replaces_the_first_and_can_be_taken_away(house: House) -> None:
    await send(house, FORM, png())
    async with house.services.db.read() as db:
        first = (await look_row(db, house.conference.id)).logo_key
        named = await named_keys(db)
    assert first in await house.keys()
    assert first in named
    await send(house, FORM, SIGN)
    await house.work_off_jobs()
    assert first not in await house.keys()
    answer = await send(house, {**FORM, "own": "", "alt-de": "Agentur Beispiel, Stadt"})
    assert answer.status_code == 303
    assert await kept(house) == Look(None, "noto-serif", SIGN, SVG, "Agentur Beispiel, Stadt")
    await send(house, {**FORM, "do": "remove", "alt-de": ""})
    await house.work_off_jobs()
    assert await kept(house) == Look("#7a1f3d", "noto-serif")
    assert [key for key in await house.keys() if key.endswith((".png", ".svg"))] == []


@pytest.mark.parametrize(
    ("fields", "logo", "field", "sentence"),
    [
        ({"colour": "#ffcc00"}, None, "colour", "Diese Farbe hebt sich mit 1,5 : 1 von Weiß ab, nötig sind 4,5 : 1"),
        ({"colour": "rot"}, None, "colour", "Bitte wählen Sie eine Farbe wie #0b5563."),
        ({"face": "comic"}, None, "face", "Bitte wählen Sie eine der Schriften."),
        ({"alt-de": ""}, png(), "alt-de", "Bitte schreiben Sie für alle, die das Logo nicht sehen"),
        ({"alt-de": "Gut 😀"}, png(), "alt-de", "Das Zeichen „😀“"),
        ({}, b"GIF89a", "logo", "Bitte wählen Sie eine SVG- oder PNG-Datei."),
        ({}, png(20, 20)[:-30], "logo", "Dieses Logo lässt sich nicht lesen."),
        ({}, b"<svg><rect", "logo", "Dieses Logo lässt sich nicht lesen."),
        ({}, b"x" * (LARGEST_LOGO + 1), "logo", "Dieses Logo ist größer als 100 KB."),
        ({}, noise(180, 160), "logo", "Dieses Logo ist zu aufwendig oder zu groß"),
        ({}, BLURRED, "logo", "Dieses Logo ist zu aufwendig oder zu groß"),
    ],
)  # fmt: skip
async def test_what_is_refused_is_said_and_changes_nothing(
    house: House, fields: dict[str, str], logo: bytes | None, field: str, sentence: str
) -> None:
    answer = await send(house, {**FORM, **fields}, logo)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'href="#{field}"' in answer.text
    assert await kept(house) == Look()


async def test_only_organisers_see_it(house: House) -> None:
    for who, status in (("stranger", 401), ("attendee", 403)):
        for path in (PAGE, f"{PAGE}/sheet.png"):
            assert (await house.get(f"/{path}", who)).status_code == status
