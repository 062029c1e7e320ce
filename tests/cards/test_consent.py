"""Owners agree and take back, on their page; a conference file says what was agreed to outside."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.base.audit import AuditEntry
from conference.cards.actions import publish_card
from conference.cards.consent.actions import agree, take_back
from conference.cards.consent.rules import FROM_FILE, missing_for_publishing
from conference.cards.model import CardState, ConsentKind, FilmState
from conference.cards.store import consents_of, shown_film
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from tests.cards.keeping import add_film, all_consents, card_named, consents_now, letters, post, set_state
from tests.results.house import House, conference_yaml, small_film

PAGE = "/cards/werkbank/own/consent"
NEEDED = {"licence": "yes", "people": "yes", "platform": "yes"}
LICENCE, PEOPLE, PLATFORM, REMAINS = ConsentKind.LICENCE, ConsentKind.PEOPLE, ConsentKind.PLATFORM, ConsentKind.REMAINS


async def test_the_page_asks_for_everything_by_itself_and_ticks_nothing(house: House) -> None:
    page = await house.get(PAGE, "initiative")
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    boxes = re.findall(r'<input id="(\w+)" name="\w+" type="checkbox" value="yes"([^>]*)>', page.text)
    assert [name for name, _ in boxes] == [kind.value for kind in ConsentKind]
    assert not any("checked" in more or "required" in more for _, more in boxes)
    assert 'value="initiative"' in page.text  # the name of who is signed in, to be changed where somebody else agrees
    assert "17. Mai 2021" in page.text  # closing
    assert "25. Mai 2021" in page.text  # deletion


async def test_agreeing_is_kept_with_version_language_time_and_name(house: House) -> None:
    house.clock.advance(minutes=5)
    answer = await post(house, PAGE, "initiative", **NEEDED, name="  Mara   Beispiel ")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/treffen{PAGE}?agreed")
    held = await consents_now(house, "werkbank")
    assert set(held) == {LICENCE, PEOPLE, PLATFORM}
    for consent in held.values():
        assert (consent.version, consent.language, consent.by_name) == (1, "de", "Mara Beispiel")
        assert consent.given == house.clock.now()
        assert consent.by is not None
    page = (await house.get(PAGE + "?agreed", "initiative")).text
    assert "Vielen Dank." in page
    assert re.findall(r'<input id="(\w+)" [^>]*type="checkbox"', page) == ["site", "social", "remains"]
    card = await card_named(house, "werkbank")
    async with house.services.db.read() as db:
        film = await shown_film(db, card.id)
        assert missing_for_publishing(card, film, await consents_of(db, card.id)) == []
        acts = [entry for entry in await db.exec(select(AuditEntry)) if entry.act == "card consents given"]
    assert [entry.facts for entry in acts] == [{"card": card.id, "kinds": "licence, people, platform"}]


async def test_the_owners_get_a_letter_with_what_they_agreed_to_and_the_link(house: House) -> None:
    await post(house, PAGE, "initiative", **NEEDED, name="Mara Beispiel")
    (letter,) = await letters(house)
    assert letter.to == "initiative@example.org"
    assert "Werkbank" in letter.subject
    for said in ("Nutzungserlaubnis der Initiative: Fassung 1, 10. Mai 2021", "/treffen/cards/withdraw/"):
        assert said in letter.text
    link = letter.text.split()[-1].removeprefix(house.services.settings.base_url + "/treffen")
    assert (await house.get(link)).status_code == 200


async def test_agreeing_again_changes_nothing(house: House) -> None:
    await post(house, PAGE, "initiative", **NEEDED, name="Mara Beispiel")
    await letters(house)
    card = await card_named(house, "werkbank")
    before = await all_consents(house, card.id)
    house.clock.advance(hours=1)
    assert (await post(house, PAGE, "initiative", **NEEDED, name="Ole Beispiel")).status_code == 303
    assert await all_consents(house, card.id) == before
    assert await letters(house) == []


LACKING: list[tuple[dict[str, str], str, str]] = [
    ({"licence": "yes", "name": "  "}, "höchstens 120 Zeichen", "name"),
    ({"licence": "yes", "name": "x" * 121}, "höchstens 120 Zeichen", "name"),
    ({"name": "Mara Beispiel"}, "Bitte kreuzen Sie an", "agree"),
    ({"licence": "no", "name": "Mara Beispiel"}, "Bitte kreuzen Sie an", "agree"),
]


async def test_what_lacks_comes_back_with_a_sentence(house: House) -> None:
    for fields, said, field in LACKING:
        answer = await post(house, PAGE, "initiative", **fields)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'<a href="#{field}">' in answer.text
        assert (await consents_now(house, "werkbank")) == {}
        ticked = 'id="licence" name="licence" type="checkbox" value="yes" checked' in answer.text
        assert ticked == (fields.get("licence") == "yes")


#                draft announced doors live archive closed purged
WHO = {"stranger": "4ssss00", "attendee": "fffff00", "initiative": "xxxxx00", "organiser": "xxxxxx0"}


async def test_whose_page_it_is(house: House) -> None:
    for (who, expected), path in itertools.product(WHO.items(), (PAGE, PAGE + "/end")):
        found = ""
        for state in State:
            house.at(state)
            status = (
                (await house.get(PAGE, who)).status_code
                if path == PAGE
                else (await post(house, path, who, kind="site")).status_code
            )
            found += {200: "x", 303: "x", 404: "4", 401: "s", 403: "f", 410: "0"}.get(status, f"<{status}>")
        assert found == expected, (who, path)
    house.at(State.ARCHIVE)
    assert (await house.get("/cards/heimat/own/consent", "initiative")).status_code == 403
    assert (await post(house, "/cards/heimat/own/consent", "initiative", **NEEDED, name="Mara")).status_code == 403


async def test_organisers_write_down_who_agreed(house: House) -> None:
    page = (await house.get(PAGE, "organiser")).text
    assert "Sie füllen dies für die Initiative aus" in page
    assert 'value="organiser"' not in page
    await post(house, PAGE, "organiser", **NEEDED, name="Mara Beispiel")
    held = await consents_now(house, "werkbank")
    assert {consent.by_name for consent in held.values()} == {"Mara Beispiel"}
    assert [letter.to for letter in await letters(house)] == ["initiative@example.org"]


@pytest.mark.parametrize("kind", [LICENCE, PEOPLE, PLATFORM])
async def test_without_what_is_needed_a_card_is_public_no_longer(house: House, kind: ConsentKind) -> None:
    card = await card_named(house, "heimat")
    assert (await house.get("/cards/heimat/media/poster.webp")).status_code == 200
    answer = await post(house, "/cards/heimat/own/consent/end", "organiser", kind=kind.value)
    assert answer.status_code == 303
    assert (await house.get("/cards/heimat/media/poster.webp")).status_code == 404
    card = await card_named(house, "heimat")
    assert (card.state, card.published) == (CardState.READY, None)
    (ended,) = [one for one in await all_consents(house, card.id) if one.ended]
    assert (ended.kind, ended.ended) == (kind, house.clock.now())
    (letter,) = await letters(house)
    assert letter.to == "buero@example.org"
    assert "Heimathügel" in letter.subject
    assert "nicht mehr öffentlich" in letter.text


async def test_what_is_optional_ends_by_itself(house: House) -> None:
    await post(house, PAGE, "initiative", site="yes", social="yes", remains="yes", name="Mara Beispiel")
    assert (await card_named(house, "werkbank")).remains
    await letters(house)
    for kind, said in (("site", "von Ihren Websites"), ("social", "in sozialen Medien"), ("remains", "am Tag der Löschung")):
        await post(house, PAGE + "/end", "initiative", kind=kind)
        (letter,) = await letters(house)
        assert said in letter.text
    assert not (await card_named(house, "werkbank")).remains
    assert await consents_now(house, "werkbank") == {}
    await post(house, PAGE + "/end", "initiative", kind="site")  # what does not hold does not end
    assert await letters(house) == []
    assert (await post(house, PAGE + "/end", "initiative", kind="everything")).status_code == 422


async def test_another_film_asks_the_people_shown_anew(house: House) -> None:
    await post(house, PAGE, "initiative", **NEEDED, name="Mara Beispiel")
    card = await card_named(house, "werkbank")
    house.clock.advance(minutes=1)
    film = await add_film(house, card.id, state=FilmState.READY)
    page = (await house.get(PAGE, "initiative")).text
    assert "Seither gibt es einen anderen Film." in page
    async with house.services.db.read() as db:
        assert missing_for_publishing(card, film, await consents_of(db, card.id)) == [PEOPLE]
    house.clock.advance(minutes=1)
    await post(house, PAGE, "initiative", people="yes", name="Mara Beispiel")
    async with house.services.db.read() as db:
        assert missing_for_publishing(card, film, await consents_of(db, card.id)) == []
    assert len(await all_consents(house, card.id)) == 4


async def test_nobody_agrees_to_a_film_that_came_after_the_page(house: House) -> None:
    page = (await house.get(PAGE, "initiative")).text
    of = re.findall(r'name="of" value="([^"]+)"', page)[0]
    card = await card_named(house, "werkbank")
    house.clock.advance(minutes=1)
    film = await add_film(house, card.id, state=FilmState.READY)
    answer = await post(house, PAGE, "initiative", **NEEDED, name="Mara Beispiel", of=of)
    assert answer.status_code == 422
    assert "Inzwischen gibt es eine andere Fassung" in answer.text
    assert await all_consents(house, card.id) == []
    assert f'name="of" value="{film.id}"' in answer.text
    assert re.findall(r'<input id="(\w+)" [^>]*checked', answer.text) == ["licence", "platform"]  # what was meant stays ticked
    assert (await post(house, PAGE, "initiative", **NEEDED, name="Mara Beispiel", of=film.id)).status_code == 303


async def test_before_there_is_anything_one_can_read_and_not_agree(house: House) -> None:
    page = (await house.get("/cards/wendland/own/consent", "organiser")).text
    assert "Nutzungserlaubnis der Initiative" in page
    assert "checkbox" not in page
    assert (await post(house, "/cards/wendland/own/consent", "organiser", **NEEDED, name="Mara")).status_code == 200
    assert (await post(house, "/cards/wendland/own/consent/end", "organiser", kind="site")).status_code == 303


async def test_both_languages(house: House) -> None:
    page = (await house.get(PAGE, "initiative", accept_language="en")).text
    assert "All people who can be recognised in the film agree." in page
    async with house.services.db.work() as work:
        card = await card_named(house, "werkbank")
        await agree(house.services, work, card.id, [LICENCE], name="Mara", language="en", by=None)
    (letter,) = await letters(house)
    assert "The initiative's permission: version 1, 10 May 2021" in letter.text


# -- what a file says


async def test_a_published_card_of_a_file_was_agreed_to_outside(any_house: House) -> None:
    held = await consents_now(any_house, "heimat")
    assert set(held) == {LICENCE, PEOPLE, PLATFORM, REMAINS}
    assert {(one.by_name, one.version, one.by) for one in held.values()} == {(FROM_FILE, 0, None)}
    assert await consents_now(any_house, "werkbank") == {}
    page = (await any_house.get("/cards/heimat/own/consent", "organiser")).text
    assert "außerhalb gegeben, nach Angabe der Veranstaltenden" in page
    assert re.findall(r'<input id="(\w+)" [^>]*type="checkbox"', page) == ["site", "social"]


async def test_the_same_file_again_changes_no_consent(any_house: House) -> None:
    card = await card_named(any_house, "heimat")
    before = await all_consents(any_house, card.id)
    any_house.clock.advance(hours=1)
    await any_house.again()
    assert await all_consents(any_house, card.id) == before


async def test_what_only_the_file_said_goes_with_it(house: House) -> None:
    document = conference_yaml()
    document["initiatives"][0]["card"] |= {"published": False, "remains": False}
    await house.again(document)
    card = await card_named(house, "heimat")
    assert (await all_consents(house, card.id), card.remains, card.state) == ([], False, CardState.READY)


async def test_an_owners_word_goes_before_the_files(house: House) -> None:
    services, card = house.services, await card_named(house, "heimat")
    async with services.db.work() as work:
        await take_back(services, work, card.id, PEOPLE, by=None)
        await take_back(services, work, card.id, REMAINS, by=None)
    await house.again()  # the file still says that it is published and remains
    card = await card_named(house, "heimat")
    assert (card.state, card.remains) == (CardState.READY, False)
    assert set(await consents_now(house, "heimat")) == {LICENCE, PLATFORM}
    async with services.db.work() as work:
        await agree(services, work, card.id, list(ConsentKind), name="Mara", language="de", by=None)
    document = conference_yaml()
    document["initiatives"][0]["card"]["remains"] = False
    await house.again(document)
    card = await card_named(house, "heimat")
    assert (card.state, card.remains) == (CardState.PUBLISHED, True)
    assert {one.by_name for one in (await consents_now(house, "heimat")).values()} == {FROM_FILE, "Mara"}


async def test_a_file_says_it_anew_for_another_film(house: House) -> None:
    card = await card_named(house, "heimat")
    house.clock.advance(hours=1)
    async with house.services.db.work() as work:
        film = await shown_film(work.session, card.id)
        assert film is not None
        film.begun = work.now
        work.session.add(film)
    await house.again()
    card = await card_named(house, "heimat")
    assert card.state is CardState.PUBLISHED
    assert [one.kind for one in await all_consents(house, card.id) if one.ended] == [PEOPLE]


async def test_another_film_out_of_a_file_is_not_what_the_people_shown_agreed_to(house: House) -> None:
    await post(house, PAGE, "initiative", **NEEDED, name="Mara Beispiel")
    card = await card_named(house, "werkbank")
    async with house.services.db.work() as work:
        film = await shown_film(work.session, card.id)
        assert film is not None
        film.sound = False
        work.session.add(film)
    for bytes_of, missing, sound in ((small_film(110), [], False), (small_film(210), [PEOPLE], True)):
        (house.folder / "cards/werkbank.mp4").write_bytes(bytes_of)
        house.clock.advance(hours=1)
        await house.again()
        async with house.services.db.read() as db:
            film = await shown_film(db, card.id)
            assert film is not None
            assert missing_for_publishing(card, film, await consents_of(db, card.id)) == missing
        assert film.sound is sound


async def test_an_export_read_in_again_is_the_same(any_house: House, tmp_path: Path) -> None:
    card = await card_named(any_house, "heimat")
    before = await all_consents(any_house, card.id)
    await export_conference(any_house.services, "treffen", tmp_path / "out.zip")
    with ZipFile(tmp_path / "out.zip") as archive:
        assert FROM_FILE not in archive.read("conference.yaml").decode()
    await import_conference(any_house.services, tmp_path / "out.zip")
    assert await all_consents(any_house, card.id) == before


async def test_publishing_by_hand_does_not_agree_for_anybody(house: House) -> None:
    card = await card_named(house, "werkbank")
    await set_state(house, card.id, CardState.READY)
    async with house.services.db.work() as work:
        await publish_card(house.services, work, card.id, by=None)
    assert await consents_now(house, "werkbank") == {}
