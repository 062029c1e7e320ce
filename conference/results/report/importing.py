"""Photos out of a conference file: looked at like those that somebody brings, since a file may hold what a camera wrote."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from conference.base.errors import Invalid, Unavailable
from conference.results.events import REPORT_CHANGED
from conference.results.model import ReportPhoto
from conference.results.objects import Kept, etag_of, forget, keep
from conference.results.report.file import PhotoFacts
from conference.results.report.photos import Picture, developed
from conference.results.report.rules import MOST_PHOTOS
from conference.results.report.store import photos_of, report_for_change
from conference.web.services import Services


async def import_photos(
    services: Services, conference_id: str, wanted: Sequence[PhotoFacts], read: Callable[[str], bytes]
) -> None:
    """Let the report have exactly these photos in this order. Doing it again changes nothing.

    read: path in the file -> bytes. Raises Invalid("conference_file") for a picture that cannot be one. Opens its own units of
    work, so call it outside of one.
    """
    if len(wanted) > MOST_PHOTOS:
        raise Invalid("conference_file", faults=[f"report.photos: at most {MOST_PHOTOS}"])
    pictures = [await _developed(services, facts.file, read(facts.file)) for facts in wanted]
    async with services.db.read() as db:
        known = {photo.etag: photo for photo in await photos_of(db, conference_id)}
    fresh = {etag_of(each.data): each for each in pictures if etag_of(each.data) not in known}
    kept = {etag: await keep(services, picture.data, "jpg", "image/jpeg") for etag, picture in fresh.items()}
    try:
        await _record(services, conference_id, list(zip(wanted, pictures, strict=True)), kept)
    except Unavailable:
        raise  # whether it was committed is unknown: rather an object too many than one too few
    except Exception:
        for each in kept.values():
            await services.storage.delete(each.key)
        raise


async def _developed(services: Services, name: str, data: bytes) -> Picture:
    with tempfile.NamedTemporaryFile(prefix="meetingpoint-photo-") as file:
        await asyncio.to_thread(_write, Path(file.name), data)
        try:
            async with services.looking:
                return await developed(Path(file.name))
        except Invalid as error:
            raise Invalid("conference_file", faults=[f"{name}: cannot be used as a photo ({error.code})"]) from None


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


async def _record(
    services: Services, conference_id: str, wanted: Sequence[tuple[PhotoFacts, Picture]], kept: dict[str, Kept]
) -> None:
    async with services.db.work() as work:
        await report_for_change(work, conference_id)
        present = await photos_of(work.session, conference_id)
        before = [_values(photo) for photo in present]
        left = {photo.etag: photo for photo in present}
        after = []
        for position, (facts, picture) in enumerate(wanted):
            etag = etag_of(picture.data)
            photo = left.pop(etag, None)
            if photo is None:
                if etag not in kept:
                    raise Invalid("conference_file", faults=[f"{facts.file}: the same photo twice"])
                photo = ReportPhoto(
                    id=services.ids.new(), conference_id=conference_id, position=position, object_key=kept.pop(etag).key,
                    content_type="image/jpeg", size=len(picture.data), etag=etag, width=picture.width, height=picture.height,
                    credit=facts.credit, alt=facts.alt,
                )  # fmt: skip
            photo.position, photo.credit, photo.alt, photo.caption = position, facts.credit, facts.alt, facts.caption or {}
            work.session.add(photo)
            after.append(_values(photo))
        for photo in left.values():
            await forget(work, photo.object_key)
            await work.session.delete(photo)
        if before != after:
            topic = f"conference:{conference_id}"
            services.outbox.tell(work, topic, REPORT_CHANGED, conference_id=conference_id)


def _values(photo: ReportPhoto) -> tuple[object, ...]:
    return photo.etag, photo.position, photo.credit, photo.alt, photo.caption
