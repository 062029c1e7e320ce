"""Who may write and sign, and how a line of real-time text changes. Pure: values in, values out."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from conference.forums.model import Way
from conference.forums.rules import ON_STAGE
from conference.people.model import Role
from conference.program.model import Floor
from media.gateway import Source

LINE_LENGTH = 500  # characters of a line, typed or captioned
EDIT_LENGTH = 2 * LINE_LENGTH  # erase all of a line and write another one
ERASE = "\b"  # ITU-T T.140, 7.1: erases the last character
TOKEN_LABEL = 60
TOKENS = 10  # good ones of one session
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


# -- real-time text ----------------------------------------------------------------------------------------------------


def may_write(floor: Floor, free: bool, role: Role, has_floor: bool, beside: bool) -> bool:
    """Whether one may write real-time text: on a stage, and where the moderation has closed it to the others (free False),
    whoever has the floor (however they speak) and whoever is on the stage; else everybody. Captioners write captions."""
    if role is Role.CAPTIONER or beside:
        return False
    if has_floor or role in ON_STAGE:
        return True
    return free and floor is not Floor.STAGE


def edit_of(text: object) -> str | None:
    """What was typed, as T.140 (ITU-T T.140, RFC 4103): characters, and U+0008 to erase the last one. One character stays
    one character, so that both ends erase the same: what may not be shown becomes a space. None: not such a text."""
    if not isinstance(text, str) or len(text) > EDIT_LENGTH:
        return None
    return "".join(character if character == ERASE or _is_plain(character) else " " for character in text)


def edited(line: str, edit: str) -> str:
    """The line after an edit. Erasing nothing is nothing; what is too long is not taken."""
    characters = list(line)
    for character in edit:
        if character != ERASE:
            characters.append(character)
        elif characters:
            characters.pop()
    return "".join(characters[:LINE_LENGTH])


def _is_plain(character: str) -> bool:
    return character not in _TURNING and unicodedata.category(character) not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp")


# -- signing -------------------------------------------------------------------------------------------------------------


def signs(pressed: bool, has_floor: bool, way: Way | None, role: Role, sources: Collection[Source]) -> bool:
    """Whether somebody speaks by signing now: said so, or was given the floor to sign; and may show the camera. An
    interpreter has a place of their own, and is not the one who speaks."""
    if role is Role.INTERPRETER or Source.CAMERA not in sources:
        return False
    return pressed or (has_floor and way is Way.SIGNING)


def stands_by(role: Role, seat: str, signer: str | None) -> bool:
    """Whether an interpreter rests while another one (`signer`) has the interpreters' place. None: nobody has handed over
    yet, and whoever interprets is shown."""
    return role is Role.INTERPRETER and signer is not None and signer != seat
