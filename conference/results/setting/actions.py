"""What hosts do with the look of their sheets. Versions that are public keep the look that they were set in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from conference.access.model import Conference
from conference.base import audit
from conference.base.errors import Invalid, Unavailable
from conference.base.logos import LONGEST_ALT, SUFFIX, kind_of_logo
from conference.base.words import Words
from conference.results.objects import Kept, forget, keep
from conference.results.setting.drawing import drawn
from conference.results.setting.press import press, set_sheet, turn
from conference.results.setting.rules import colour_of
from conference.results.setting.sample import sample_content, sample_occasion
from conference.results.setting.shape import FACES, Look
from conference.results.setting.store import look_row
from conference.results.text import clean
from conference.web.services import Services

# Of each PDF, in bytes; a usual sheet has 30 KB and may have 150. And of processor time: the whole sheet takes 0.05 s.
MOST_ADDED = 60 * 1024
LOGO_SECONDS = 3


@dataclass(frozen=True)
class Wanted:
    """colour: "#rrggbb", "": each forum's own; face: a key of FACES; logo: a new one, None: as it was; alt: what it shows, by
    language; keep_logo False: take the present one away."""

    colour: str = ""
    face: str = "atkinson"
    logo: bytes | None = None
    alt: Words = field(default_factory=dict)
    keep_logo: bool = True


async def save_look(services: Services, conference: Conference, wanted: Wanted, *, by: str | None) -> None:
    """Opens its own unit of work. Raises Invalid (what `rules` and `clean` say; look_face, logo_alt, logo_damaged, logo_heavy)
    or Unavailable; then nothing has changed."""
    colour = colour_of(wanted.colour) if wanted.colour else None
    if wanted.face not in FACES:
        raise Invalid("look_face")
    alt = {code: text for code, words in wanted.alt.items() if (text := clean(words, LONGEST_ALT))}
    async with services.db.read() as db:
        present = await look_row(db, conference.id)
    stays = wanted.keep_logo and present.logo_key is not None
    if (wanted.logo is not None or stays) and "de" not in alt:
        raise Invalid("logo_alt")
    kind = None
    kept: Kept | None = None
    if wanted.logo is not None:
        kind = kind_of_logo(wanted.logo)
        await check_logo(services, conference, Look(logo=wanted.logo, logo_type=kind, logo_alt=alt["de"]))
        kept = await keep(services, wanted.logo, SUFFIX[kind], kind)
    try:
        async with services.db.work() as work:
            row = await look_row(work.session, conference.id)
            row.colour, row.face = colour, wanted.face
            if kept is not None or not stays:
                await forget(work, row.logo_key)
                row.logo_key, row.logo_type = (kept.key if kept else None), kind
            row.logo_alt = alt if row.logo_key else {}
            work.session.add(row)
            audit.record(work, "look of results", conference_id=conference.id, person_id=by, logo=row.logo_key is not None)
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        if kept is not None:
            await services.storage.delete(kept.key)
        raise


async def check_logo(services: Services, conference: Conference, look: Look) -> None:
    """Whether sheets can be set with this logo: tried, in the process that will do it. Raises Invalid: logo_damaged; logo_heavy
    (it takes too much time, or adds too much to each PDF); Unavailable when nothing can be set."""
    language = services.texts["de"]
    occasion, content = sample_occasion(conference, language), sample_content(language)
    bare = await set_sheet(services, content, occasion, replace(look, logo=None))
    data, _ = drawn(content, occasion, look, language)
    try:
        async with turn(services):
            files, _pages = await press(data, made=occasion.made, seconds=LOGO_SECONDS)
    except Invalid:
        raise Invalid("logo_heavy", seconds=LOGO_SECONDS) from None
    except Unavailable:
        raise Invalid("logo_damaged") from None
    added = len(files[0]) - len(bare.data)
    if added > MOST_ADDED:
        raise Invalid("logo_heavy", added=added, limit=MOST_ADDED)
