"""What a conference file says of a card's consents: they were given outside, and the organisers hold the proof."""

from __future__ import annotations

from dataclasses import dataclass

from conference.base.db import Work
from conference.base.ids import Ids
from conference.cards.consent.rules import FROM_FILE, NEEDED, covers, in_force, missing_for_publishing, was_taken_back
from conference.cards.model import Card, CardConsent, CardFilm, ConsentKind
from conference.cards.store import consents_of


@dataclass(frozen=True)
class Agreed:
    """What holds after a file was read: whether the card may be public, and whether it may remain."""

    published: bool
    remains: bool


async def agree_as_in_file(work: Work, ids: Ids, card: Card, film: CardFilm, *, published: bool, remains: bool) -> Agreed:
    """Let the card have the consents that a file implies: publishing needs licence, people and platform; remaining its own.

    An owner's word goes before the file's: what somebody took back is not given again, what somebody gave is not ended. What
    only a file has said goes when the file does not say it any more. The same file again changes nothing.
    """
    wanted = {*(NEEDED if published else ()), *([ConsentKind.REMAINS] if remains else ())}
    consents = await consents_of(work.session, card.id)
    held = in_force(consents)
    for kind in sorted(wanted):
        if was_taken_back(kind, consents) or (kind in held and covers(held[kind], film)):
            continue
        if kind in held:
            held[kind].ended = work.now
            work.session.add(held[kind])
        # version 0: no wording of ours
        work.session.add(
            CardConsent(id=ids.new(), card_id=card.id, kind=kind, version=0, language="", given=work.now, by_name=FROM_FILE)
        )
    for kind, consent in held.items():
        if kind not in wanted and consent.by_name == FROM_FILE and consent.by is None:
            await work.session.delete(consent)
    await work.session.flush()
    consents = await consents_of(work.session, card.id)
    may = published and not missing_for_publishing(card, film, consents)
    return Agreed(may, ConsentKind.REMAINS in in_force(consents))
