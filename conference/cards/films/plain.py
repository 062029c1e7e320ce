"""A film out of a plain form, without JavaScript: its bytes go on into parts as they come, and never lie in memory."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from conference.base.errors import Invalid
from conference.base.storage import Part
from conference.cards.films import actions, rules
from conference.cards.films.actions import Bringing
from conference.cards.films.rules import Offer
from conference.cards.model import CardFilm
from conference.cards.store import terms_of
from conference.web.services import Services

FRAME_BYTES = 64 * 1024
"""What a form may have around its file."""
FIELD = "film"


async def bring_plainly(services: Services, bringing: Bringing, request: Request) -> CardFilm:
    """Take the form's file as the card's new film, instead of any whose upload is unfinished.

    A body that is too large is read to its end all the same: a browser shows the answer only then. Raises Invalid (film_type,
    film_empty, film_too_large), Conflict (film_deadline), Unavailable; then nothing is left.
    """
    async with services.db.read() as db:
        terms = await terms_of(db, bringing.conference_id)
    claimed = int(request.headers.get("content-length", "0"))
    if claimed > terms.most_bytes + FRAME_BYTES:
        await _read_away(request)
        raise Invalid("film_too_large", size=claimed, limit=terms.most_bytes)
    form = _FormFile(request)
    film: CardFilm | None = None
    parts: list[Part] = []
    try:
        async for path, size in _pieces(form):
            if film is None:
                rules.check_offer(Offer(form.name, size, form.kind), terms)
                film = await actions.begin_unsized(services, bringing, form.name)
            sent = sum(part.size for part in parts) + size
            if sent > terms.most_bytes:
                await _read_away(request)
                raise Invalid("film_too_large", size=sent, limit=terms.most_bytes)
            assert film.key is not None
            assert film.upload_id is not None
            parts.append(await services.storage.put_part(film.key, film.upload_id, len(parts) + 1, path))
        if film is None:
            raise Invalid("film_empty" if form.name else "film_type")
        return await actions.complete_unsized(services, film, parts)
    except BaseException:
        if film is not None:
            await actions.drop_cut_off(services, film)
        raise


async def _read_away(request: Request) -> None:
    async for _ in request.stream():
        pass


async def _pieces(form: _FormFile) -> AsyncIterator[tuple[Path, int]]:
    """The file in pieces of the size of a part, each on the disk until the next one is asked for."""
    with tempfile.NamedTemporaryFile(prefix="meetingpoint-film-") as piece:
        size = 0
        async for data in form:
            while data:
                taken, data = data[: rules.PART_SIZE - size], data[rules.PART_SIZE - size :]
                await asyncio.to_thread(piece.write, taken)
                size += len(taken)
                if size == rules.PART_SIZE:
                    await asyncio.to_thread(piece.flush)
                    yield Path(piece.name), size
                    await asyncio.to_thread(piece.seek, 0)
                    await asyncio.to_thread(piece.truncate)
                    size = 0
        if size:
            await asyncio.to_thread(piece.flush)
            yield Path(piece.name), size


class _FormFile:
    """The bytes of the one file of a multipart form, while the form is read. name, kind: what the browser says of it."""

    def __init__(self, request: Request) -> None:
        self.name, self.kind = "", ""
        self._request = request
        self._found: list[bytes] = []
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._headers: dict[bytes, bytes] = {}
        self._ours = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        kind, options = parse_options_header(self._request.headers.get("content-type", ""))
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise Invalid("film_type")
        parser = MultipartParser(boundary, {
            "on_part_begin": self._part_begins,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
        })  # fmt: skip
        try:
            async for block in self._request.stream():
                parser.write(block)
                found, self._found = b"".join(self._found), []
                if found:
                    yield found
        except FormParserError:
            raise Invalid("film_type") from None

    def _part_begins(self) -> None:
        self._headers, self._ours = {}, False

    def _header_ends(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._ours = options.get(b"name") == FIELD.encode() and b"filename" in options and not self.name
        if self._ours:
            self.name = options[b"filename"].decode("utf-8", "replace")
            self.kind = self._headers.get(b"content-type", b"").decode("latin-1")

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._ours:
            self._found.append(data[start:end])
