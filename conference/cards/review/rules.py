"""Where a card stands with its organisers, and what may be done with it: pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from conference.cards.consent.rules import missing_for_publishing
from conference.cards.fitting import Changed, captions_of, changes_of, old_captions, old_texts
from conference.cards.model import Card, CardConsent, CardFile, CardFilm, CardState, CardTerms, ConsentKind, FilmState
from conference.cards.rules import needs_captions
from conference.initiatives.store import TakingPart

STALE = timedelta(days=1)
"""An upload that began longer ago than this is none that one waits for; it can be resumed all the same."""
LONGEST_REASON = 1000
CHANGE_ASKED = "change_asked"
"""Among the facts of a film that waits beside a public one: the organisers want it changed."""
LENGTHS = (10, 300)  # seconds that terms may allow at most: what is made of it must fit the largest file that an import takes
SIZES = (1_000_000, 2_000_000_000)  # bytes
HEIGHTS = (144, 2160)  # pixels
IN_VAIN = frozenset({FilmState.REFUSED, FilmState.FAILED})


class Light(StrEnum):
    """Where an initiative's card stands. arriving: or being prepared; refused: or failed; successor: a new version waits."""

    NONE = "none"
    ARRIVING = "arriving"
    REFUSED = "refused"
    CONSENT = "consent"
    CAPTIONS = "captions"
    WAITS = "waits"
    SUCCESSOR = "successor"
    CHANGE = "change"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class Queue(StrEnum):
    """What one can look through by itself. One card may stand in several."""

    ALL = "all"
    WAITS = "waits"
    CAPTIONS = "captions"
    CONSENT = "consent"
    WITHOUT = "without"
    CHANGE = "change"
    CHANGED = "changed"
    PUBLISHED = "published"


@dataclass(frozen=True)
class Reviewed:
    """An initiative as organisers see it. films: newest first; files: their captions and posters; lacking: consents without which
    the card is not published."""

    initiative: TakingPart
    card: Card | None = None
    films: Sequence[CardFilm] = ()
    files: Sequence[CardFile] = ()
    lacking: Sequence[ConsentKind] = ()

    @property
    def shown(self) -> CardFilm | None:
        return next((film for film in self.films if film.shown), None)

    @property
    def candidate(self) -> CardFilm | None:
        """What publishing makes public: the newest film that is ready, shown already or waiting."""
        return next((film for film in self.films if film.state is FilmState.READY), None)

    @property
    def waiting(self) -> CardFilm | None:
        """A newer version beside the one that is shown."""
        return self.candidate if self.shown is not None and self.candidate is not self.shown else None

    @property
    def change(self) -> str:
        """What the organisers have asked for and not been given yet; "" for nothing. Beside a public card it is about the version
        that waits, and whichever takes that one's place has answered it."""
        if self.card is None:
            return ""
        of_waiting = self.waiting is not None and bool(self.waiting.facts.get(CHANGE_ASKED))
        return self.card.change if of_waiting or self.card.state is CardState.CHANGE_ASKED else ""

    @property
    def coming(self) -> CardFilm | None:
        """The newest film while it is on its way, or came to nothing."""
        return self.films[0] if self.films and self.films[0].state is not FilmState.READY else None

    def lacks_captions(self, film: CardFilm) -> bool:
        return self.card is not None and needs_captions(self.card, film) and not captions_of(film, self.files)

    @property
    def changed(self) -> list[Changed]:
        """What its people have changed of the public card since the organisers released it."""
        if self.card is None or self.shown is None or self.card.state is not CardState.PUBLISHED:
            return []
        return changes_of(self.card, self.shown, self.files)

    @property
    def from_before(self) -> tuple[list[str], bool]:
        """Of the newest version: languages of captions, and whether there are texts, that were written for the film before."""
        if self.card is None or self.candidate is None:
            return [], False
        return old_captions(self.candidate, self.files), old_texts(self.candidate, self.card)


def reviewed(
    initiative: TakingPart, card: Card, films: Sequence[CardFilm], files: Sequence[CardFile], consents: Iterable[CardConsent]
) -> Reviewed:
    """An initiative with a card. films: newest first; files: captions and posters; consents: in order of time."""
    candidate = Reviewed(initiative, card, films).candidate
    return Reviewed(initiative, card, films, files, missing_for_publishing(card, candidate, consents))


def light_of(reviewed: Reviewed) -> Light:
    """The one thing to know first: what hinders, then what waits, then what is done."""
    card, candidate = reviewed.card, reviewed.candidate
    if card is None:
        return Light.NONE
    if card.state is CardState.WITHDRAWN:
        return Light.WITHDRAWN
    if candidate is None:
        coming = reviewed.coming
        return Light.NONE if coming is None else Light.REFUSED if coming.state in IN_VAIN else Light.ARRIVING
    if card.state is CardState.CHANGE_ASKED:
        return Light.CHANGE
    if card.state is CardState.PUBLISHED:
        if reviewed.waiting is not None:
            return Light.CHANGE if reviewed.change else Light.SUCCESSOR
        return Light.CAPTIONS if reviewed.lacks_captions(candidate) else Light.PUBLISHED
    if reviewed.lacking:
        return Light.CONSENT
    return Light.CAPTIONS if reviewed.lacks_captions(candidate) else Light.WAITS


def lacks_card(reviewed: Reviewed, now: datetime) -> bool:
    """Whether this initiative has nothing to look at and nothing under way. Whoever withdrew a card wants none."""
    light = light_of(reviewed)
    if light is not Light.ARRIVING:
        return light in (Light.NONE, Light.REFUSED)
    coming = reviewed.coming
    return coming is not None and coming.state is FilmState.UPLOADING and now - coming.begun > STALE


def queues_of(reviewed: Reviewed, now: datetime) -> frozenset[Queue]:
    """In which queues this one stands."""
    light, candidate, card = light_of(reviewed), reviewed.candidate, reviewed.card
    looked_at = card is not None and card.state is not CardState.WITHDRAWN and candidate is not None
    return frozenset(
        queue
        for queue, within in {
            Queue.ALL: True,
            Queue.WAITS: light in (Light.WAITS, Light.SUCCESSOR),
            Queue.CAPTIONS: looked_at and candidate is not None and reviewed.lacks_captions(candidate),
            Queue.CONSENT: light is Light.CONSENT,
            Queue.WITHOUT: lacks_card(reviewed, now),
            Queue.CHANGE: light is Light.CHANGE,
            Queue.CHANGED: bool(reviewed.changed),
            Queue.PUBLISHED: card is not None and card.state is CardState.PUBLISHED,
        }.items()
        if within
    )


def counts_of(many: Iterable[Reviewed], now: datetime) -> dict[Queue, int]:
    """How many stand in each queue."""
    counts = dict.fromkeys(Queue, 0)
    for reviewed in many:
        for queue in queues_of(reviewed, now):
            counts[queue] += 1
    return counts


def publishing_fault(reviewed: Reviewed) -> str | None:
    """Why the newest version cannot be made public now: "card_not_ready", "card_consent_missing"; None when it can be.

    Missing captions are no reason: the film then shows as poster and facts until they come.
    """
    card = reviewed.card
    if card is None or card.state not in (CardState.READY, CardState.PUBLISHED) or reviewed.candidate is None:
        return "card_not_ready"
    return "card_consent_missing" if reviewed.lacking else None


def deadline_of(terms: CardTerms, closes: datetime) -> datetime:
    """Until when films are taken."""
    return min(terms.until or closes, closes)


def last_minute(until: datetime) -> datetime:
    """How a deadline (a local time) is told: midnight as the minute before it, since few know to which day it belongs."""
    return until - timedelta(minutes=1) if (until.hour, until.minute) == (0, 0) else until


def same_name(typed: str, name: str) -> bool:
    """Whether somebody has typed this name; case and spaces do not matter."""
    return bool(typed.split()) and typed.casefold().split() == name.casefold().split()


def same_day(typed: str, at: datetime) -> bool:
    """Whether somebody has typed the day of this (local) time as 4.5.2021 or 04.05.2021."""
    parts = "".join(typed.split()).strip(".").split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return False
    return [int(part) for part in parts] == [at.day, at.month, at.year]


def seconds_from(text: str) -> int | None:
    """3, 3:00 or 1:30 (minutes) as seconds within LENGTHS; None for everything else."""
    minutes, colon, rest = text.strip().partition(":")
    if not _small(minutes) or (colon and not (_small(rest) and len(rest) == 2 and int(rest) < 60)):
        return None
    seconds = 60 * int(minutes) + (int(rest) if colon else 0)
    return seconds if LENGTHS[0] <= seconds <= LENGTHS[1] else None


def bytes_from(text: str) -> int | None:
    """Megabytes (a million bytes each) as bytes within SIZES; None for everything else."""
    if not _small(text.strip()):
        return None
    size = 1_000_000 * int(text)
    return size if SIZES[0] <= size <= SIZES[1] else None


def height_from(text: str) -> int | None:
    """Pixels within HEIGHTS; None for everything else."""
    if not _small(text.strip()):
        return None
    return int(text) if HEIGHTS[0] <= int(text) <= HEIGHTS[1] else None


def _small(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
