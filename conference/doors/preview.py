"""What other sites show of an address that somebody passes on (Open Graph): only while strangers may open it."""

from __future__ import annotations

from dataclasses import dataclass

from conference.doors.table import PUBLIC
from conference.doors.visit import Visit

LOCALES = {"de": "de_DE", "en": "en_GB"}


@dataclass(frozen=True)
class Preview:
    """url, picture: with the origin; picture None: the installation's own. locale: as de_DE."""

    title: str
    description: str
    url: str
    origin: str
    picture: str | None
    locale: str


def preview_of(visit: Visit, path: str, title: str, description: str, picture: str | None = None) -> Preview | None:
    """path: within the conference. picture: a path that a program without any cookie may fetch.

    None while the conference is a draft or closed: then nothing of it is for passing on, whoever looks.
    """
    if visit.state not in PUBLIC:
        return None
    origin = visit.services.settings.base_url
    url = f"{origin}/{visit.conference.slug}{path}"
    return Preview(title, description, url, origin, f"{origin}{picture}" if picture else None, LOCALES[visit.language])
