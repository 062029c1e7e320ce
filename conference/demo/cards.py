"""Where the cards of the demo stand with their organisers: what no conference file can say, since it happens on the platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from conference.access.rules import Times
from conference.access.store import conference_by_slug
from conference.cards.consent.actions import agree
from conference.cards.model import Card, CardFile, CardFilm, ConsentKind, FileRole, FilmState
from conference.cards.review.actions import ask_change, unpublish_card
from conference.cards.rules import ENDINGS
from conference.cards.store import card_of, consents_of, files_of, shown_film
from conference.demo.cast import Cast
from conference.initiatives.store import initiative_in
from conference.people.model import Person
from conference.web.services import Services

AFTER_ANNOUNCING = timedelta(days=14)
CHANGE = "Bitte nennen Sie am Schluss eine Adresse, unter der man Sie erreicht."
Stage = Callable[[Services, Cast, Card], Awaitable[None]]


def when_brought(times: Times) -> datetime:
    """When the demo's cards came: some time after the announcement, and before the doors open."""
    announced = times.announced or times.doors - AFTER_ANNOUNCING
    return min(announced + AFTER_ANNOUNCING, times.doors - timedelta(days=1))


async def stage_cards(services: Services, cast: Cast) -> None:
    """Let the imported cards of the played conference stand where its STAGES say. Opens its own units of work."""
    for slug, stage in STAGES.items():
        async with services.db.read() as db:
            conference = await conference_by_slug(db, cast.slug)
            initiative = await initiative_in(db, conference.id, slug)
            card = await card_of(db, conference.id, initiative.id) if initiative else None
        if card is not None:
            await stage(services, cast, card)


async def _agreed_here(services: Services, cast: Cast, card: Card) -> None:
    """The visitor's own card: what was agreed to stands with a name and today's wording, social media left open."""
    async with services.db.work() as work:
        person = await work.session.get(Person, cast.persons["initiative"][0])
        assert person is not None
        for consent in await consents_of(work.session, card.id):
            await work.session.delete(consent)
        await work.session.flush()
        kinds = [kind for kind in ConsentKind if kind is not ConsentKind.SOCIAL]
        await agree(services, work, card.id, kinds, name=person.name, language="de", by=person.id)


async def _waits(services: Services, cast: Cast, card: Card) -> None:
    """All is there, and nobody sees it before an organiser publishes it."""
    async with services.db.work() as work:
        await unpublish_card(services, work, card.id, by=_organiser(cast))


async def _new_version(services: Services, _cast: Cast, card: Card) -> None:
    """Beside the public film a new one waits, whose captions are missing."""
    await _bring_again(services, card, captions=False)


async def _change_asked(services: Services, cast: Cast, card: Card) -> None:
    """Of a new version beside the public one a change was asked."""
    await _bring_again(services, card, captions=True)
    async with services.db.work() as work:
        await ask_change(services, work, card.id, CHANGE, by=_organiser(cast))


async def _bring_again(services: Services, card: Card, *, captions: bool) -> None:
    """The public film once more, as a newer version with files of its own."""
    async with services.db.read() as db:
        shown, files = await shown_film(db, card.id), await files_of(db, card.id)
    assert shown is not None
    new_id, copies = services.ids.new(), []
    for file in files:
        if file.role is FileRole.CAPTIONS and not captions:
            continue
        key = f"cards/{services.ids.secret()}.{ENDINGS[file.content_type]}"
        await services.storage.put(key, await services.storage.get(file.key), file.content_type)
        kept = file.model_dump(exclude={"id", "film_id", "key"})
        copies.append(CardFile(**kept, id=services.ids.new(), film_id=new_id, key=key))
    async with services.db.work() as work:
        film = CardFilm(
            id=new_id, card_id=card.id, state=FilmState.READY, begun=work.now, arrived=work.now, progress=1.0,
            name="neue-fassung.mp4", size=sum(file.size for file in copies if file.role is FileRole.RENDITION),
            seconds=shown.seconds, width=shown.width, height=shown.height, sound=shown.sound,
        )  # fmt: skip
        work.session.add(film)
        await work.session.flush()
        for file in copies:
            work.session.add(file)


def _organiser(cast: Cast) -> str:
    return cast.persons["organiser"][0]


STAGES: dict[str, Stage] = {
    "rueckenwind-beispielkueste": _agreed_here,
    "heimathuegel-beispieltal": _change_asked,
    "wieder-da-beispielland": _new_version,
    "landleben-beispielheide": _waits,
}
"""By initiative. The others stay as the conference file has them: public, or without a card."""
