"""A store that is slow, answers errors, breaks off or is full: said as what it is, and what was brought already stays brought."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from conference.base.errors import Unavailable
from conference.cards.films import actions
from conference.cards.films.actions import Bringing
from conference.cards.films.rules import PART_SIZE, Offer
from conference.cards.model import FilmState
from conference.initiatives.store import initiative_by_slug
from tests.cards.broken_line import Line, line_to
from tests.results.house import House, house_at
from tests.services import Swift

OFFER = Offer("film.mp4", 2 * PART_SIZE + 50)


async def bringing(house: House) -> Bringing:
    async with house.services.db.read() as db:
        initiative = await initiative_by_slug(db, "wendland")
    assert initiative is not None
    return Bringing(house.conference.id, initiative.id, None)


async def send(house: House, address: str, data: bytes) -> int:
    """What the owner's browser gets for a part; 0 when the line breaks."""
    inside = None if address.startswith("http") else httpx2.ASGITransport(app=house.app)
    base = house.services.settings.base_url
    async with httpx2.AsyncClient(transport=inside, base_url=base, timeout=15) as client:
        try:
            return (await client.put(address, content=data)).status_code
        except httpx2.TransportError:
            return 0


@asynccontextmanager
async def across(swift: Swift, tmp_path: Path) -> AsyncIterator[tuple[House, Line]]:
    async with line_to(swift.port) as line:
        bucket = f"faults-{tmp_path.name[-20:].replace('_', '-').lower()}"
        swift.create_bucket(bucket)
        url = swift.storage_url(bucket).replace(str(swift.port), str(line.port))
        access: dict[str, Any] = {"storage_access_key": swift.access_key, "storage_secret_key": swift.secret_key}
        async with house_at(tmp_path, url, **access) as house:
            yield house, line


async def test_a_store_across_a_bad_line(swift: Swift, tmp_path: Path) -> None:
    async with across(swift, tmp_path) as (house, line):
        services, owner = house.services, await bringing(house)
        line.turn("errors")
        with pytest.raises(Unavailable):
            await actions.begin(services, owner, OFFER)
        line.turn("whole")
        film = await actions.begin(services, owner, OFFER)
        signed = await actions.sign_parts(services, owner, film.id, [1, 2, 3], 900)
        assert await send(house, signed[1], bytes(PART_SIZE)) == 200
        line.turn("cut", PART_SIZE // 2)
        assert await send(house, signed[2], bytes(PART_SIZE)) == 0
        line.turn("errors")
        assert await send(house, signed[2], bytes(PART_SIZE)) == 503
        with pytest.raises(Unavailable):
            await actions.arrived(services, owner, film.id)
        line.turn("whole")
        assert (await actions.begin(services, owner, OFFER)).id == film.id  # the page is opened again another day
        assert (await actions.arrived(services, owner, film.id)).there == [1]
        line.pause = 0.002  # slow
        assert await send(house, signed[2], bytes(PART_SIZE)) == 200
        assert await send(house, signed[3], bytes(50)) == 200
        line.pause = 0.0
        line.turn("errors")
        with pytest.raises(Unavailable):
            await actions.complete(services, owner, film.id)
        line.turn("whole")
        assert (await actions.complete(services, owner, film.id)).state is FilmState.WAITING
        assert film.key is not None
        assert (await services.storage.head(film.key)).size == OFFER.size


async def test_a_line_that_breaks_off_while_the_parts_are_joined(swift: Swift, tmp_path: Path) -> None:
    """Whether the store has joined them is not known then; the second attempt finds out."""
    async with across(swift, tmp_path) as (house, line):
        services, owner = house.services, await bringing(house)
        film = await actions.begin(services, owner, Offer("film.mp4", 50))
        signed = await actions.sign_parts(services, owner, film.id, [1], 900)
        assert await send(house, signed[1], bytes(50)) == 200
        for after in (0, 300, 600, 900, 1200):
            line.turn("cut", after)
            house.clock.advance(seconds=10)  # the circuit lets the next one try
            try:
                await actions.complete(services, owner, film.id)
            except Unavailable:
                continue
        line.turn("whole")
        assert (await actions.complete(services, owner, film.id)).state is FilmState.WAITING
        assert film.key is not None
        assert (await services.storage.head(film.key)).size == 50
        assert await services.storage.list_open_parts() == []


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[None]:
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    command = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=0700", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, timeout=10, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=10)


async def test_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "objects", 20):
        async with house_at(tmp_path, "folder") as house:
            services, owner = house.services, await bringing(house)
            film = await actions.begin(services, owner, Offer("film.mp4", PART_SIZE + 50))
            signed = await actions.sign_parts(services, owner, film.id, [1, 2], 900)
            ballast = tmp_path / "objects" / "ballast"
            ballast.write_bytes(bytes(14 * 1024 * 1024))
            answer = await send(house, signed[1], bytes(PART_SIZE))
            assert answer == 503
            assert list((tmp_path / "objects/fresh=").iterdir()) == []
            assert (await actions.arrived(services, owner, film.id)).there == []
            ballast.unlink()
            assert await send(house, signed[1], bytes(PART_SIZE)) == 200
            assert await send(house, signed[2], bytes(50)) == 200
            ballast.write_bytes(bytes(6 * 1024 * 1024))
            with pytest.raises(Unavailable) as full:
                await actions.complete(services, owner, film.id)
            assert full.value.code == "store_full"
            assert (await actions.arrived(services, owner, film.id)).there == [1, 2]
            ballast.unlink()
            assert (await actions.complete(services, owner, film.id)).state is FilmState.WAITING
