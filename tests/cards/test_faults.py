"""A file that somebody took out of the store by hand: the desk says so, and so does readiness, until it is back."""

from __future__ import annotations

from sqlmodel import select

from conference.cards.model import CardFile
from conference.cards.reconcile import reconcile
from tests.results.house import House


async def test_the_desk_and_readiness_tell_what_is_missing(house: House) -> None:
    services = house.services
    async with services.db.read() as db:
        file = (await db.exec(select(CardFile).order_by(CardFile.key))).first()
    assert file is not None
    data = await services.storage.get(file.key)
    await services.storage.delete(file.key)
    assert [each.key for each in (await reconcile(services)).missing] == [file.key]
    desk = (await house.get("//desk/treffen", "organiser")).text
    assert "Im Speicher fehlen Dateien von Video-Visitenkarten: 1." in desk
    assert "Betroffen: Heimathügel." in desk or "Betroffen: Werkbank." in desk
    assert (await house.get("//readyz")).json()["card_files_missing"] == 1
    assert "meetingpoint_card_files_missing 1.0" in (await house.get("//metrics")).text
    await services.storage.put(file.key, data, file.content_type)
    assert (await reconcile(services)).missing == []
    assert "Im Speicher fehlen" not in (await house.get("//desk/treffen", "organiser")).text
    assert (await house.get("//readyz")).json()["card_files_missing"] == 0
