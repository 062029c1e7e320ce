"""The worker's part: from what arrived to a film of the card, all or nothing, however often and wherever it is interrupted."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import av
import pytest
from sqlmodel import select

from conference.access.model import State
from conference.base.captions import Cue
from conference.base.errors import Unavailable
from conference.base.jobs import MOST_ATTEMPTS, Job
from conference.base.storage import ObjectStorage
from conference.cards.captions.actions import put_captions
from conference.cards.films import actions, preparing
from conference.cards.films.ready import record_ready, take_up
from conference.cards.films.store import PREPARE
from conference.cards.fitting import old_captions, old_texts
from conference.cards.model import CardFilm, CardState, FileRole, FilmState
from conference.cards.reconcile import reconcile
from conference.cards.store import shown_film
from conference.desk.exporting import export_conference
from conference.desk.importing import import_conference
from media.video import Broken
from tests.cards.films.films import OWN, FilmHouse, real_film
from tests.cards.reviewing import changed


async def ready(house: FilmHouse, slug: str = "wendland", **film: Any) -> CardFilm:
    """A real film that has gone the whole way."""
    brought = await house.bring(await house.bringing(slug), real_film(**film))
    await house.work_off()
    return next(each for each in await house.films(await house.bringing(slug)) if each.id == brought.id)


async def test_a_film_becomes_a_card(any_films: FilmHouse) -> None:
    house, bringing = any_films, await any_films.bringing()
    before = set(await house.keys())
    film = await ready(house)
    assert (film.state, film.shown, film.key, film.upload_id) == (FilmState.READY, True, None, None)
    assert film.seconds == pytest.approx(1.0, abs=0.2)
    assert (film.width, film.height, film.sound) == (640, 360, True)
    card = await house.card(bringing)
    assert card is not None
    assert (card.state, card.seconds) == (CardState.READY, film.seconds)
    files = await house.files(film)
    assert {file.role for file in files} == {FileRole.RENDITION, FileRole.POSTER}
    assert [file.content_type for file in files if file.role is FileRole.POSTER] == ["image/webp", "image/jpeg"]
    assert set(await house.keys()) - before == {file.key for file in files}  # the source is gone
    best = next(file for file in files if file.role is FileRole.RENDITION)
    with av.open(await _written(house, best.key)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
    assert house.letters == []  # nobody speaks for this initiative


async def _written(house: FilmHouse, key: str) -> str:
    path = house.house.folder / "read.mp4"
    path.write_bytes(await house.services.storage.get(key))
    return str(path)


async def test_owners_hear_of_it_and_look_at_it(films: FilmHouse) -> None:
    film = await ready(films, "werkbank", sound=False)
    [letter] = films.letters
    assert letter.startswith("initiative@example.org: Ihr Film ist fertig: Werkbank / Your film is ready: Werkbank")
    assert "der Film „film.mp4“ ist fertig" in letter
    assert f"{films.services.settings.base_url}{OWN}" in letter
    async with films.client() as client:
        text = (await client.get(OWN)).text
        poster = await client.get(f"/treffen/cards/werkbank/films/{film.id}/poster.webp")
    assert "Vorschau Ihres Films" in text
    assert "ohne Ton" in text
    assert poster.headers["content-type"] == "image/webp"


async def test_what_is_no_film_is_refused_and_forgotten(films: FilmHouse) -> None:
    before = set(await films.keys())
    await films.bring(await films.bringing("werkbank"), b"#EXTM3U\nhttp://127.0.0.1/\n" * 50)
    await films.work_off()
    [film] = [film for film in await films.films(await films.bringing("werkbank")) if not film.shown]
    assert (film.state, film.refusal, film.key) == (FilmState.REFUSED, "film_type", None)
    assert set(await films.keys()) == before
    [letter] = films.letters
    assert "Ihr Film kann nicht verwendet werden: Werkbank" in letter
    assert "Diese Datei ist kein Film, den wir lesen können." in letter
    async with films.client("initiative", "en") as client:
        assert "This file is no film that we can read." in (await client.get(OWN)).text
    await actions.break_off(films.services, await films.bringing("werkbank"), film.id)


async def test_limits_are_checked_again(films: FilmHouse) -> None:
    await films.bring(await films.bringing("werkbank"), real_film(width=320, height=180))
    await films.work_off()
    async with films.client() as client:
        text = (await client.get(OWN)).text
    assert "Das Bild ist 180 Bildpunkte hoch, mindestens 360 sind nötig." in text


async def test_a_public_film_stays_until_its_successor_is_released(films: FilmHouse) -> None:
    bringing = await films.bringing("heimat")
    async with films.services.db.read() as db:
        card = await films.card(bringing)
        assert card is not None
        public = await shown_film(db, card.id)
    assert card.state is CardState.PUBLISHED
    assert public is not None
    films.house.at(State.LIVE)  # earlier than the public film: a demo's clock may be shifted back
    first = await ready(films, "heimat")
    films.house.clock.advance(minutes=1)
    second = await ready(films, "heimat", shade=120)
    assert (first.shown, second.shown) == (False, False)
    assert [film.id for film in await films.films(bringing)] == [second.id, public.id]
    assert not await films.files(first)
    assert next(film for film in await films.films(bringing) if film.shown).id == public.id
    async with films.client("organiser") as client:
        assert "wartet auf Freigabe" in (await client.get(OWN.replace("werkbank", "heimat"))).text
    await actions.break_off(films.services, bringing, second.id)
    assert [film.id for film in await films.films(bringing)] == [public.id]


async def test_an_export_read_in_again_leaves_what_was_prepared(films: FilmHouse, tmp_path: Path) -> None:
    film = await ready(films, "werkbank", width=1280, height=720)
    before = await films.files(film)
    assert [file.height for file in before if file.role is FileRole.RENDITION] == [720, 360]
    await export_conference(films.services, "treffen", tmp_path / "out.zip")
    films.house.clock.advance(hours=1)
    await import_conference(films.services, tmp_path / "out.zip")
    assert await films.films(await films.bringing("werkbank")) == [film]
    assert await films.files(film) == before


async def test_captions_stay_with_the_card_when_its_film_is_exchanged(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    first = await ready(films, "werkbank")
    await put_captions(films.services, first.id, "de", [Cue(0, 900, "Guten Tag.")])
    films.house.clock.advance(minutes=1)
    second = await ready(films, "werkbank", shade=120)
    await films.work_off()
    assert [film.id for film in await films.films(bringing)] == [second.id]
    [captions] = [file for file in await films.files(second) if file.role is FileRole.CAPTIONS]
    assert "Guten Tag." in (await films.services.storage.get(captions.key)).decode()
    assert ["Untertitel und Texte des vorigen Films sind geblieben." in letter for letter in films.letters] == [False, True]


async def test_whose_captions_they_were_is_known_until_somebody_has_looked(films: FilmHouse) -> None:
    first = await ready(films, "werkbank")
    written = await put_captions(films.services, first.id, "de", [Cue(0, 900, "Guten Tag.")])
    films.house.clock.advance(minutes=1)
    second = await ready(films, "werkbank", shade=120)
    files = await films.files(second)
    assert second.facts["taken_over"] == {"de": written.etag}
    assert old_captions(second, files) == ["de"]
    card = await films.card(await films.bringing("werkbank"))
    assert card is not None
    assert old_texts(second, card) is bool(card.words or card.seen)


async def test_a_second_worker_leaves_the_first_ones_folder_alone(films: FilmHouse) -> None:
    """Its lease was lost, and it works on all the same; what dead workers left goes."""
    root = films.services.settings.data_dir / "preparing"
    async with preparing._workplace(films.services, "film") as first:
        (first / "source").write_bytes(b"mine")
        (root / "film.dead").mkdir()
        (root / ".young").mkdir()
        async with preparing._workplace(films.services, "film") as second:
            assert {path.name for path in root.iterdir()} == {first.name, second.name, ".young"}
        assert (first / "source").read_bytes() == b"mine"
    assert [path.name for path in root.iterdir()] == [".young"]


async def test_a_film_that_nobody_wants_any_more_leaves_nothing(films: FilmHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is broken off at the worst moment: everything is stored, nothing is recorded."""
    bringing = await films.bringing()
    before = set(await films.keys())
    film = await films.bring(bringing, real_film())

    async def late(*arguments: Any) -> bool:
        await actions.break_off(films.services, bringing, film.id)
        return await record_ready(*arguments)

    monkeypatch.setattr("conference.cards.films.ready.record_ready", late)
    await films.work_off()
    assert await films.films(bringing) == []
    assert set(await films.keys()) == before


async def test_a_killed_worker_is_followed_by_another(films: FilmHouse) -> None:
    bringing = await films.bringing()
    film = await films.bring(bringing, real_film())
    worker = asyncio.create_task(films.worker(films=True).run())
    async with asyncio.timeout(20):
        while (await films.films(bringing))[0].state is not FilmState.PREPARING:
            await asyncio.sleep(0.02)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker
    assert list((films.services.settings.data_dir / "preparing").iterdir()) == []
    await films.work_off()
    [found] = await films.films(bringing)
    assert (found.id, found.state) == (film.id, FilmState.READY)
    await preparing.prepare_film(films.services, film.id)  # and once more: nothing is left to do
    assert len(await films.files(found)) == len([key for key in await films.keys() if key.startswith("cards/")]) - 6


class Failing:
    """A store that does not take the renditions."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    async def put(self, *_arguments: Any, **_more: Any) -> None:
        raise Unavailable("store", reason="a test")


async def test_a_failing_store_is_tried_again_until_it_has_failed(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    film = await films.bring(bringing, real_film())
    failing = replace(films.services, storage=cast(ObjectStorage, Failing(films.services.storage)))
    with pytest.raises(Unavailable):
        await preparing.prepare_film(failing, film.id, attempt=MOST_ATTEMPTS - 1)
    await preparing.prepare_film(failing, film.id, attempt=MOST_ATTEMPTS)
    found = next(each for each in await films.films(bringing) if each.id == film.id)
    assert (found.state, found.key) == (FilmState.FAILED, film.key)
    async with films.services.db.work() as work:  # as the machinery would
        for job in await work.session.exec(select(Job).where(Job.kind == PREPARE)):
            await work.session.delete(job)
    async with films.client() as client:
        text = (await client.get(OWN)).text
        assert "konnte nicht aufbereitet werden" in text
        answer = await client.post(f"{OWN}/films/{film.id}", data={"do": "retry"})
        assert answer.status_code == 303
    await films.work_off()
    assert next(each for each in await films.films(bringing) if each.id == film.id).state is FilmState.READY


async def test_a_film_whose_job_is_given_up_has_failed_and_its_people_learn_it(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    film = await films.bring(bringing, real_film())
    assert await take_up(films.services, film.id) is not None
    await reconcile(films.services)
    assert next(each for each in await films.films(bringing) if each.id == film.id).state is FilmState.PREPARING
    async with films.services.db.work() as work:  # as after a film at which workers die
        for job in await work.session.exec(select(Job).where(Job.kind == PREPARE)):
            job.failed_at, job.unique_key = work.now, None
            work.session.add(job)
    for _ in range(2):
        await reconcile(films.services)
    found = next(each for each in await films.films(bringing) if each.id == film.id)
    assert (found.state, found.key) == (FilmState.FAILED, film.key)
    await films.work_off()
    [letter] = films.letters
    assert "Das liegt an uns, nicht an Ihrem Film." in letter
    await actions.try_again(films.services, bringing, film.id)
    await films.work_off()
    assert next(each for each in await films.films(bringing) if each.id == film.id).state is FilmState.READY


async def test_our_own_faults_are_not_the_films(films: FilmHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    film = await films.bring(await films.bringing("werkbank"), real_film())

    async def broken(*_arguments: Any) -> None:
        raise Broken("killed")

    monkeypatch.setattr("media.video.prepare", broken)
    with pytest.raises(Broken):
        await preparing.prepare_film(films.services, film.id, attempt=1)
    await preparing.prepare_film(films.services, film.id, attempt=preparing.MOST_BREAKS)
    await films.worker(films=False).run_once()
    [letter] = films.letters
    assert "Das liegt an uns, nicht an Ihrem Film." in letter


async def test_another_poster(films: FilmHouse) -> None:
    bringing = await films.bringing("werkbank")
    film = await ready(films, "werkbank")
    before = {file.key for file in await films.files(film) if file.role is FileRole.POSTER}
    async with films.client() as client:
        answer = await client.post(f"{OWN}/films/{film.id}", data={"do": "poster", "moment": "", "at": "0.7"})
        assert answer.status_code == 303
        assert "Ein neues wird gemacht." in (await client.get(OWN)).text
        assert (await client.post(f"{OWN}/films/{film.id}", data={"do": "poster", "at": "99"})).status_code == 422
    await films.work_off()
    after = [file for file in await films.files(film) if file.role is FileRole.POSTER]
    assert [file.content_type for file in after] == ["image/webp", "image/jpeg"]
    assert before.isdisjoint({file.key for file in after})
    assert before.isdisjoint(await films.keys())
    assert next(each for each in await films.films(bringing) if each.id == film.id).poster_at == 0.7
    card = await films.card(bringing)
    assert card is not None
    await changed(films.house, card, state=CardState.CHANGE_ASKED, change="Bitte ein anderes Bild.")
    await actions.choose_poster(films.services, bringing, film.id, 0.2)
    await films.work_off()
    card = await films.card(bringing)
    assert card is not None
    assert card.state is CardState.READY  # that may have been what was asked for


async def test_dead_workers_leave_no_folders(films: FilmHouse) -> None:
    film = await films.bring(await films.bringing(), real_film())
    left: Path = films.services.settings.data_dir / "preparing" / f"{film.id}.old"
    left.mkdir(parents=True)
    (left / "source").write_bytes(b"x")
    await films.work_off()
    assert not left.exists()


async def test_letters_do_not_wait_for_films(films: FilmHouse) -> None:
    """The worker of films knows nothing else, and the other one no films."""
    await films.bring(await films.bringing("werkbank"), b"no film at all")
    assert not await films.worker(films=False).run_once()
    assert await films.worker(films=True).run_once()
    assert not await films.worker(films=True).run_once()
    assert await films.worker(films=False).run_once()
