"""The page on which a sheet is published: by whom, at once or later, with its PDF, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conference.access.model import State
from conference.base.errors import Unavailable
from conference.people.actions import put_person, sign_in
from conference.people.model import Role
from conference.results.publishing.actions import publish
from tests.results.house import SLUG, House
from tests.results.publishing.test_actions import say
from tests.results.publishing.test_documents import readable

PUBLISH = "/sessions/forum-1/sheet/publish"
SET = "/sessions/raum-3/results/ergebnisse.pdf"


async def moderator(house: House) -> None:
    """Somebody who moderates forum 1 can be asked for as "moderator" from now on."""
    services, session = house.services, await house.session("forum-1")
    async with services.db.work() as work:
        person = await put_person(
            work, services.ids, conference_id=house.conference.id, name="Mo", email="mo@example.org",
            roles=[(Role.MODERATOR, session.id)], initiative_id=None,
        )  # fmt: skip
        house.cookies["moderator"] = await sign_in(work, services.ids, services.clock, person, None)


async def test_who_may_publish(house: House) -> None:
    await moderator(house)
    statuses = {who: (await house.get(PUBLISH, who)).status_code for who in ("stranger", "attendee", "moderator", "organiser")}
    assert statuses == {"stranger": 401, "attendee": 403, "moderator": 200, "organiser": 200}
    assert (await house.get("/sessions/forum-2/sheet/publish", "moderator")).status_code == 403
    assert (await house.post(PUBLISH, "attendee", do="unpublish")).status_code == 403
    assert (await house.get("/sessions/forum-1/results")).status_code == 200


async def test_a_journey_of_one_sheet(house: House) -> None:
    await moderator(house)
    taken = await house.post(PUBLISH, "moderator", do="unpublish")
    assert (taken.status_code, taken.headers["location"]) == (303, f"/{SLUG}{PUBLISH}?done=unpublished")
    assert (await house.get("/sessions/forum-1/results")).status_code == 404
    later = (house.clock.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert (await house.post(PUBLISH, "moderator", do="plan", at=later)).headers["location"].endswith("?done=planned")
    assert "Geplant für 11. Mai 2021" in (await house.get(PUBLISH, "moderator")).text
    assert (await house.post(PUBLISH, "moderator", do="call_off")).headers["location"].endswith("?done=called_off")
    assert (await house.post(PUBLISH, "moderator", do="publish")).headers["location"].endswith("?done=published")
    page = (await house.get(f"{PUBLISH}?done=published", "moderator")).text
    assert "Die Ergebnisse sind veröffentlicht. Alle können es jetzt lesen." in page
    assert "Jetzt veröffentlichen" not in page
    await say(house, "Neu gefasst")
    assert "Korrektur jetzt veröffentlichen" in (await house.get(PUBLISH, "moderator")).text
    await house.post(PUBLISH, "moderator", do="publish", note="neu gefasst")
    assert "neu gefasst" in (await house.get("/sessions/forum-1/results")).text
    await house.post(PUBLISH, "organiser", do="let_go")
    assert "gehen mit der Veranstaltung" in (await house.get(PUBLISH, "organiser")).text


async def test_what_does_not_stay_goes_with_all_its_pdfs(house: House) -> None:
    """Also one that is brought afterwards; and whether it stays is the organisers' to say."""
    await moderator(house)
    assert 'value="let_go"' not in (await house.get(PUBLISH, "moderator")).text
    assert (await house.post(PUBLISH, "moderator", do="let_go")).status_code == 403
    await house.post(PUBLISH, "organiser", do="let_go")
    beside = {"file": ("a.pdf", readable(), "application/pdf")}
    own = "/sessions/forum-1/sheet/document"
    await house.post(own, "organiser", beside, do="bring", title="Papier", place="beside", summary="Worum es geht.")
    await house.post(own, "organiser", do="publish", document="papier")
    paths = [f"/sessions/forum-1/results{more}" for more in ("", "/ergebnisse.pdf", "/papier.pdf")]
    assert [(await house.get(path)).status_code for path in paths] == [200] * 3
    house.at(State.CLOSED)
    assert [(await house.get(path)).status_code for path in paths] == [410] * 3
    await house.post(PUBLISH, "organiser", do="keep")
    assert [(await house.get(path)).status_code for path in paths] == [200] * 3


async def test_a_pdf_without_a_sheet_stays_or_goes_too(house: House) -> None:
    menu, own = "/sessions/pause/sheet/publish", "/sessions/pause/sheet/document"
    await house.post(
        own, "organiser", {"file": ("a.pdf", readable(), "application/pdf")}, do="bring", title="Karte", place="beside"
    )
    assert 'value="let_go"' not in (await house.get(menu, "organiser")).text
    await house.post(own, "organiser", do="publish", document="karte")
    assert 'value="let_go"' in (await house.get(menu, "organiser")).text
    await house.post(menu, "organiser", do="let_go")
    assert 'value="keep"' in (await house.get(menu, "organiser")).text
    house.at(State.CLOSED)
    assert (await house.get("/sessions/pause/results/karte.pdf")).status_code == 410


async def test_what_is_taken_back_takes_the_pdf_in_its_place_along(house: House) -> None:
    own, paths = "/sessions/raum-3/sheet/document", ("", "/ergebnisse.pdf", "/papier.pdf")
    for place, title, name in (("instead", "Statt", "ergebnisse"), ("beside", "Papier", "papier")):
        file = {"file": ("a.pdf", readable(title), "application/pdf")}
        await house.post(own, "organiser", file, do="bring", title=title, place=place, summary=f"Summe {title}")
        await house.post(own, "organiser", do="publish", document=name)
    panel = "/sessions/raum-3/sheet/publish"
    assert "gilt das auch für das PDF anstelle des gesetzten" in (await house.get(panel, "organiser")).text
    assert (await house.post(panel, "organiser", do="unpublish")).status_code == 303
    found = [await house.get(f"/sessions/raum-3/results{path}") for path in paths]
    assert [each.status_code for each in found] == [200, 404, 200]
    assert "Summe Statt" not in found[0].text
    assert "Summe Papier" in found[0].text
    taken = await house.post(panel, "organiser", do="unpublish_document", document="papier")
    assert taken.headers["location"].endswith("?done=document_unpublished")
    assert "Das PDF ist zurückgenommen." in (await house.get(f"{panel}?done=document_unpublished", "organiser")).text
    assert [(await house.get(f"/sessions/raum-3/results{path}")).status_code for path in paths] == [404] * 3


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"do": "plan", "at": "2021-05-01T10:00"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt."),
        ({"do": "plan", "at": "morgen"}, "Bitte wählen Sie einen Zeitpunkt, der noch kommt."),
        ({"do": "publish", "note": "x" * 201}, "201 Zeichen"),
        ({"do": "publish", "note": "\U0001f600"}, "U+1F600"),
    ],
)
async def test_what_is_refused_stands_beside_its_field(house: House, fields: dict[str, str], sentence: str) -> None:
    await say(house, "Anders")
    refused = await house.post(PUBLISH, "organiser", **fields)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert (await house.post("/sessions/pause/sheet/publish", "organiser", do="publish")).status_code == 422


async def test_the_pdf_is_set_once_and_kept(house: House) -> None:
    session = await house.session("raum-3")
    assert (await house.get(SET)).status_code == 404
    first = await publish(house.services, session, by=None)
    found = await house.get(SET)
    assert (found.status_code, found.content[:5], len(found.content)) == (200, b"%PDF-", first.size)
    assert first.pages == 1
    assert len(found.content) < 150_000
    page = (await house.get("/sessions/raum-3/results")).text
    assert f'href="/{SLUG}{SET}"' in page
    assert f'Ergebnisse von Themenraum 3 <span class="facts">(PDF, {round(len(found.content) / 1000)}' in page
    keys = await house.keys()
    again = await publish(house.services, session, by=None)
    assert (again.id, await house.keys()) == (first.id, keys)


async def test_no_pdf_no_version_and_nothing_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    session, keys = await house.session("raum-3"), await house.keys()

    async def away(*_: object, **__: object) -> None:
        raise Unavailable("store_full")

    monkeypatch.setattr(house.services.storage, "put", away)
    with pytest.raises(Unavailable):
        await publish(house.services, session, by=None)
    assert await house.keys() == keys
    assert (await house.get(SET)).status_code == 404
