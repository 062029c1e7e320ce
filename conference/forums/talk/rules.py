"""What may be said, who sees it, in which order it stands. Pure: values in, values out."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta

from conference.forums.talk.model import PollState, QuestionState
from conference.program.model import Floor

QUESTION_LENGTH = 500
REASON_LENGTH = 300
LINE_LENGTH = 1000
ANNOUNCEMENT_LENGTH = 500
POLL_LENGTH = 300
OPTION_LENGTH = 200
OPTIONS = range(2, 11)
HISTORY = 100  # chat lines that somebody who comes in gets, and that one older page has
CHAT_GRACE = timedelta(hours=1)  # after the room has closed, for the moderation's export

PUBLIC = frozenset({QuestionState.APPROVED, QuestionState.PINNED, QuestionState.ANSWERED})
SHOWN_POLLS = frozenset({PollState.OPEN, PollState.CLOSED})
REACTIONS = ("applause", "agree", "thanks", "laugh", "idea")

# What turns the direction of a line round, so that a name or an address reads as another one (Unicode TR 36, 2.3).
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_ORDER = (QuestionState.PINNED, QuestionState.PENDING, QuestionState.APPROVED, QuestionState.ANSWERED, QuestionState.DECLINED)


def clean(text: object, longest: int) -> str | None:
    """A text as it may be kept and shown: lines and no other control characters, 1 to `longest` characters; None: not such a
    text."""
    if not isinstance(text, str):
        return None
    kept = "".join(letter for letter in text.replace("\r\n", "\n") if letter == "\n" or _is_plain(letter))
    lines = "\n".join(line.rstrip() for line in kept.split("\n"))
    while "\n\n\n" in lines:
        lines = lines.replace("\n\n\n", "\n\n")
    lines = lines.strip()
    return lines if 0 < len(lines) <= longest else None


def _is_plain(letter: str) -> bool:
    return letter not in _TURNING and unicodedata.category(letter) not in ("Cc", "Cs", "Co", "Cn")


# -- questions ---------------------------------------------------------------------------------------------------------


def needs_approval(floor: Floor, approval: bool | None) -> bool:
    """Whether a question waits for the moderation: as they have said, else on a stage."""
    return floor is Floor.STAGE if approval is None else approval


def may_become(before: QuestionState, after: QuestionState) -> bool:
    """Nothing becomes pending again; everything else can be taken back."""
    return after is not QuestionState.PENDING and after is not before


def place_of(state: QuestionState, votes: int, asked: datetime) -> tuple[int, int, datetime]:
    """The order of the list: pinned, waiting, open, answered; then votes, then age."""
    return _ORDER.index(state), -votes, asked


# -- polls ---------------------------------------------------------------------------------------------------------------


def options_of(value: object) -> list[str] | None:
    """The options of a poll as they may be kept: 2 to 10 different short texts; None: not such a list."""
    if not isinstance(value, list) or len(value) not in OPTIONS:
        return None
    cleaned = [clean(option, OPTION_LENGTH) for option in value]
    options = [option for option in cleaned if option is not None]
    return options if len(options) == len(value) and len(set(options)) == len(options) else None


def choices_of(value: object, options: int, multiple: bool) -> list[int] | None:
    """The numbers (from 0) of what somebody chose: one, or (multiple) at least one; None: no ballot for this poll."""
    if not isinstance(value, list) or not all(type(one) is int and 0 <= one < options for one in value):
        return None
    chosen = sorted(set(value))
    return chosen if chosen and len(chosen) == len(value) and (multiple or len(chosen) == 1) else None


def tally(ballots: Iterable[list[int]], options: int) -> list[int]:
    """Ballots per option."""
    counts = [0] * options
    for ballot in ballots:
        for choice in ballot:
            counts[choice] += 1
    return counts


def poll_may_become(before: PollState, after: PollState) -> bool:
    """draft -> open -> closed; a draft may be discarded."""
    return (before, after) in {
        (PollState.DRAFT, PollState.OPEN),
        (PollState.OPEN, PollState.CLOSED),
        (PollState.DRAFT, PollState.DISCARDED),
    }


def may_see_counts(state: PollState, voted: bool, moderates: bool) -> bool:
    """Who has voted sees how the others did, and after the end all do, so that nobody follows the crowd."""
    return state is PollState.CLOSED or voted or moderates
