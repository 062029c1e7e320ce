"""What organisers decide about cards. Each act is told, written down, and where its people should know it, in a letter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.model import Conference
from conference.access.store import conference_by_id
from conference.base import audit
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotFound
from conference.base.mail import deliverable
from conference.cards.actions import forget_film, publish_card, tell_card, withdraw_card
from conference.cards.captions.rules import texts_of
from conference.cards.consent.store import owners_of
from conference.cards.fitting import changes_of, keep_texts, mark_of, note_release, released_texts, use_texts
from conference.cards.model import Card, CardFile, CardFilm, CardState, CardTerms, FilmState
from conference.cards.review.letters import (
    About,
    Write,
    change_asked,
    published,
    put_back,
    reminder,
    send_to,
    taken_down,
)
from conference.cards.review.rules import CHANGE_ASKED, LONGEST_REASON, Reviewed, deadline_of, lacks_card, publishing_fault
from conference.cards.review.store import reviewed_card, reviewed_in
from conference.cards.review.terms import terms_for_change
from conference.cards.store import card_for_decision, files_of_film, films_of, shown_film, terms_of
from conference.initiatives.store import TakingPart, initiatives_in
from conference.people.model import Person
from conference.people.store import people_of_initiatives
from conference.web.services import Services


async def release_card(services: Services, work: Work, card_id: str, *, by: str | None, film_id: str | None = None) -> Card:
    """Make the card's newest version public; the one that was public before it is forgotten. Doing it again changes nothing.

    by: the person's id; film_id: the version that was watched. Raises NotFound; Conflict: the card is in another state, a consent
    is missing, or there is a newer version than the one that was watched.
    """
    card = await card_for_decision(work, card_id)
    reviewed = await _reviewed(work, card)
    candidate = reviewed.candidate
    if film_id is not None and (candidate is None or candidate.id != film_id):
        raise Conflict("card_other_film")
    if card.state is CardState.PUBLISHED and reviewed.waiting is None:
        return card
    if fault := publishing_fault(reviewed):
        raise _not_publishable(fault, card)
    assert candidate is not None
    await _show(work, card, candidate)
    note_release(card, candidate, await files_of_film(work.session, candidate.id))
    card.change = ""
    if card.state is CardState.PUBLISHED:
        work.session.add(card)
        audit.record(work, "card exchanged", conference_id=card.conference_id, person_id=by, card=card.id, film=candidate.id)
        tell_card(services, work, card)
    else:
        await publish_card(services, work, card.id, by=by)
    await _write_to_its_people(services, work, card, reviewed.initiative, published)
    return card


def _not_publishable(fault: str, card: Card) -> Conflict:
    if fault == "card_consent_missing":
        return Conflict("card_consent_missing")
    return Conflict("card_not_ready", state=card.state.value)


async def _show(work: Work, card: Card, film: CardFilm) -> None:
    """Let it be the card's film; other versions that were or could be shown are forgotten."""
    for other in await films_of(work.session, card.id):
        if other.id != film.id and other.state is FilmState.READY:
            await forget_film(work, other)
    film.shown, card.seconds = True, film.seconds
    use_texts(card, film)
    _mark(work, film, change=False)


def _mark(work: Work, film: CardFilm, *, change: bool) -> None:
    """Note on a version that waits whether it is to be changed."""
    kept = {name: value for name, value in film.facts.items() if name != CHANGE_ASKED}
    film.facts = {**kept, CHANGE_ASKED: True} if change else kept
    work.session.add(film)


async def unpublish_card(services: Services, work: Work, card_id: str, *, by: str | None) -> Card:
    """Nobody but its people and organisers sees it from the commit on. A version that waited takes the old one's place, as on all
    cards that are not public. Doing it again changes nothing. Raises NotFound."""
    card = await card_for_decision(work, card_id)
    if card.state is not CardState.PUBLISHED:
        return card
    await end_publication(work, card)
    audit.record(work, "card unpublished", conference_id=card.conference_id, person_id=by, card=card.id)
    tell_card(services, work, card)
    return card


async def end_publication(work: Work, card: Card) -> None:
    """A public card is so no more; whoever calls tells it. What waited is shown, as on all cards that are not public."""
    reviewed = await _reviewed(work, card)
    card.state, card.published = CardState.CHANGE_ASKED if reviewed.change else CardState.READY, None
    if reviewed.waiting is not None:
        await _show(work, card, reviewed.waiting)
    work.session.add(card)


async def accept_changes(services: Services, work: Work, card_id: str, seen: str, *, by: str | None) -> Card:
    """What was changed since the release may stay. seen: `mark_of` what the organiser has looked at. Doing it again changes
    nothing. Raises NotFound; Conflict: the card is not public, or has changed once more."""
    card, film, files = await _public(work, card_id)
    if seen != mark_of(card, film, files):
        raise Conflict("card_changed")
    if changes_of(card, film, files):
        note_release(card, film, files)
        work.session.add(film)
        audit.record(work, "card changes accepted", conference_id=card.conference_id, person_id=by, card=card.id)
        tell_card(services, work, card)
    return card


async def put_texts_back(services: Services, work: Work, card_id: str, seen: str, *, by: str | None) -> Card:
    """The texts as they were at the release; its people get a letter. seen: as `accept_changes` has it, since what was written
    after the organiser looked is kept nowhere else. Doing it again changes nothing. Raises NotFound, Conflict as there."""
    card, film, files = await _public(work, card_id)
    texts = released_texts(film)
    if texts is not None and texts != texts_of(card):
        if seen != mark_of(card, film, files):
            raise Conflict("card_changed")
        keep_texts(film, texts)
        use_texts(card, film)
        work.session.add(film)
        work.session.add(card)
        audit.record(work, "card texts put back", conference_id=card.conference_id, person_id=by, card=card.id)
        await _write_to_its_people(services, work, card, (await _reviewed(work, card)).initiative, put_back)
        tell_card(services, work, card)
    return card


async def _public(work: Work, card_id: str) -> tuple[Card, CardFilm, list[CardFile]]:
    card = await card_for_decision(work, card_id)
    film = await shown_film(work.session, card.id)
    if card.state is not CardState.PUBLISHED or film is None:
        raise Conflict("card_not_ready", state=card.state.value)
    return card, film, await files_of_film(work.session, film.id)


async def ask_change(services: Services, work: Work, card_id: str, reason: str, *, by: str | None) -> Card:
    """Ask the initiative for a change, by letter and on its own page. A public card is not public then, unless a newer version
    waits beside it: that is what the request is about, and the old one stays. While it is not answered, the same again
    changes nothing.

    Raises NotFound, Invalid("card_change_text"), Conflict("card_not_ready") while there is no film or after a withdrawal.
    """
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid("card_change_text", longest=LONGEST_REASON)
    card = await card_for_decision(work, card_id)
    reviewed = await _reviewed(work, card)
    if card.state is CardState.WITHDRAWN or reviewed.candidate is None:
        raise Conflict("card_not_ready", state=card.state.value)
    if reviewed.change == reason:
        return card
    card.change = reason
    if card.state is CardState.PUBLISHED and reviewed.waiting is not None:
        _mark(work, reviewed.waiting, change=True)
    else:
        card.state, card.published = CardState.CHANGE_ASKED, None
    work.session.add(card)
    audit.record(work, "card change asked", conference_id=card.conference_id, person_id=by, card=card.id)
    tell_card(services, work, card)
    about_new = card.state is CardState.PUBLISHED
    await _write_to_its_people(
        services, work, card, reviewed.initiative, change_asked(reason, reviewed.candidate.name, new=about_new)
    )
    return card


async def end_change(services: Services, work: Work, card_id: str, *, by: str | None) -> Card:
    """The request is taken back; the card waits for the organisers again. Doing it again changes nothing. Raises NotFound."""
    card = await card_for_decision(work, card_id)
    reviewed = await _reviewed(work, card)
    if not reviewed.change and card.state is not CardState.CHANGE_ASKED:
        return card
    if reviewed.waiting is not None:
        _mark(work, reviewed.waiting, change=False)
    card.change = ""
    if card.state is CardState.CHANGE_ASKED:
        card.state = CardState.READY
    work.session.add(card)
    audit.record(work, "card change taken back", conference_id=card.conference_id, person_id=by, card=card.id)
    tell_card(services, work, card)
    return card


def answer_change(work: Work, card: Card, films: Iterable[CardFilm]) -> None:
    """Whoever was asked for a change of these films has made one, so that the card waits for the organisers again. Where nothing
    was asked, nothing changes."""
    for film in films:
        if film.facts.get(CHANGE_ASKED):
            _mark(work, film, change=False)
    if card.state is CardState.CHANGE_ASKED:
        card.state = CardState.READY
        work.session.add(card)


async def take_down(services: Services, work: Work, card_id: str, *, by: str | None) -> Card:
    """Withdraw the card for good, as its owner could, and write to them. Doing it again changes nothing. Raises NotFound."""
    card = await card_for_decision(work, card_id)
    if card.state is CardState.WITHDRAWN:
        return card
    reviewed = await _reviewed(work, card)
    await withdraw_card(services, work, card.id, by=by)
    await _write_to_its_people(services, work, card, reviewed.initiative, taken_down)
    return card


@dataclass(frozen=True)
class Reminding:
    """Whom a reminder would go to. people: by initiative; unreachable: initiatives without a card that have no address."""

    people: Mapping[str, list[Person]]
    initiatives: list[TakingPart]
    unreachable: list[TakingPart]
    terms: CardTerms
    until: datetime

    @property
    def letters(self) -> int:
        return sum(map(len, self.people.values()))


async def reminding(session: AsyncSession, conference: Conference, now: datetime) -> Reminding:
    """As it stands now."""
    without = [each.initiative for each in await reviewed_in(session, conference.id) if lacks_card(each, now)]
    people = await people_of_initiatives(session, conference.id)
    found = {each.id: [person for person in people.get(each.id, ()) if deliverable(person.email)] for each in without}
    terms = await terms_of(session, conference.id)
    return Reminding(
        {key: some for key, some in found.items() if some},
        [each for each in without if found[each.id]],
        [each for each in without if not found[each.id]],
        terms,
        deadline_of(terms, conference.closes),
    )


async def remind(services: Services, work: Work, conference: Conference, *, by: str | None, seen: datetime | None) -> Reminding:
    """One letter to every person of every initiative without a card, with all that this needs in this one unit of work.

    seen: when the last reminder went out as the organiser saw it. Raises Conflict: "cards_reminded" when there has been another
    one since, "cards_deadline" when films are taken no longer.
    """
    terms = await terms_for_change(work, conference.id)
    if terms.reminded != seen:
        raise Conflict("cards_reminded")
    found = await reminding(work.session, conference, work.now)
    if work.now >= found.until:
        raise Conflict("cards_deadline")
    write = reminder(found.terms, found.until.astimezone(ZoneInfo(conference.zone)))
    for initiative in found.initiatives:
        for person in found.people[initiative.id]:
            await send_to(services, work, person, write, about(conference, initiative))
    terms.reminded = work.now
    work.session.add(terms)
    audit.record(
        work,
        "cards reminded",
        conference_id=conference.id,
        person_id=by,
        initiatives=len(found.initiatives),
        letters=found.letters,
    )
    return found


def about(conference: Conference, initiative: TakingPart) -> About:
    """What letters to this initiative's people are about."""
    return About(initiative.name, conference.title, conference.contact, f"/{conference.slug}/cards/{initiative.slug}/own")


async def _write_to_its_people(services: Services, work: Work, card: Card, initiative: TakingPart, write: Write) -> None:
    conference = await conference_by_id(work.session, card.conference_id)
    for person in await owners_of(work.session, card):
        if deliverable(person.email):
            await send_to(services, work, person, write, about(conference, initiative))


async def _reviewed(work: Work, card: Card) -> Reviewed:
    for initiative in await initiatives_in(work.session, card.conference_id):
        if initiative.id == card.initiative_id:
            return await reviewed_card(work.session, initiative, card)
    raise NotFound("card")
