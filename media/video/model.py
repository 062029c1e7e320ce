"""What goes into the preparation of a film and what comes out: values, and two ways to fail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Limits:
    """What a film may be. least_height: of the shorter side of the upright picture, in pixels ("at least 360p")."""

    most_seconds: float = 180
    most_bytes: int = 500_000_000
    least_height: int = 360


@dataclass(frozen=True)
class Rendition:
    """An MP4 (H.264 High 4:2:0, AAC-LC 48 kHz stereo or no sound) that starts with ftyp, moov. Square pixels; size in bytes."""

    path: Path
    width: int
    height: int
    size: int
    content_type: str = "video/mp4"


@dataclass(frozen=True)
class Picture:
    """A still. content_type: image/webp or image/jpeg."""

    path: Path
    content_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Track:
    """Subtitles that lay in the film. language: ISO 639-1 ("de"), or "" when the film does not say; vtt_text: a WebVTT file."""

    language: str
    vtt_text: str


@dataclass(frozen=True)
class Prepared:
    """A card's film. renditions: best first, one or two (a film of 360p or less has one); posters: WebP, then JPEG.

    seconds: of the best rendition; sound: one hears something; poster_at: the moment of the posters in seconds.
    """

    renditions: list[Rendition]
    posters: list[Picture]
    captions: list[Track]
    seconds: float
    sound: bool
    poster_at: float


class Refused(Exception):
    """No card can be made of this film, today or tomorrow. `code` with `facts` (JSON values):

    film_type                                    no MP4/MOV/3GP, Matroska/WebM or AVI, whatever its name says
    film_codec           codec                   a codec that is not taken ("unknown" when the film does not say)
    film_damaged                                 incomplete, or breaks its reader
    film_too_large       size, limit             bytes
    film_too_long        seconds, limit
    film_too_short       seconds, limit
    film_too_small       height, limit           pixels of the shorter side, upright
    film_too_wide        width, height, limit    pixels; limit is of the longer side, limit_height of the shorter one
    film_too_fast        rate, limit             pictures per second
    film_too_heavy                               needs more memory or time than any film may
    film_without_picture                         sound alone
    """

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code, facts)
        self.code = code
        self.facts = facts


class Broken(Exception):
    """The preparation died and the film is not to blame: killed from outside, no room on the disk, too slow. Try again later."""
