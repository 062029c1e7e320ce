"""Letters on their way while their worker is killed at random: none twice, none lost."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from conference.mailing.model import DeliveryState, MailingState
from conference.people.model import Role
from tests.mailing.house import House, open_house
from tests.site import MOMENTS

AHEAD = 700.0  # seconds: what a dead worker held is free again, or uncertain, in its successor's time


@dataclass(frozen=True)
class Outcome:
    """letters: how many there were; sent: known to be taken; uncertain: listed as such; taken_all_the_same: of those;
    amid: kills with letters still to come.
    twice, lost: neither may be."""

    letters: int
    kills: int
    amid: int
    sent: int
    uncertain: int
    taken_all_the_same: int
    twice: int
    lost: int


async def letters_under_kills(
    folder: Path, letters: int, kills: int, seed: int, *, database_url: str = "", longest: float = 0.6
) -> Outcome:
    """longest: seconds until a worker is killed."""
    chance = random.Random(seed)
    async with open_house(folder, database_url) as house:
        house.site.clock.jump_to(MOMENTS["announced"])
        await house.people(*(f"p{number}" for number in range(letters)), role=Role.SPEAKER)
        mailing = await house.mailing()
        assert await house.start(mailing) == letters
        settings = house.services.settings
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.mailing.sending_process", str(folder), settings.database_url, str(house.post.port),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        amid = 0
        for kill in range(kills + 1):
            process.stdin.write(f"{kill * AHEAD}\n".encode())
            pid = int(await process.stdout.readline())
            if kill < kills:
                await asyncio.sleep(chance.uniform(0.02, longest))
                amid += len(house.post.letters) < letters
            else:
                await _until_done(house, mailing)
            os.kill(pid, signal.SIGKILL)
            assert await process.stdout.readline() == b"ended\n"
        process.stdin.close()
        await process.wait()
        return await _outcome(house, kills, amid)


async def _until_done(house: House, mailing: str) -> None:
    while (await house.row(mailing)).state is not MailingState.SENT:
        await asyncio.sleep(0.1)


async def _outcome(house: House, kills: int, amid: int) -> Outcome:
    taken = Counter(house.post.ids)
    deliveries = await house.deliveries()
    sent = [each for each in deliveries if each.state is DeliveryState.SENT]
    unknown = [each for each in deliveries if each.state is DeliveryState.HANDED]
    known = {each.id for each in (*sent, *unknown)}
    return Outcome(
        letters=len(deliveries),
        kills=kills,
        amid=amid,
        sent=len(sent),
        uncertain=len(unknown),
        taken_all_the_same=sum(taken[f"<{each.message_id}>"] for each in unknown),
        twice=sum(count > 1 for count in taken.values()),
        lost=sum(each.id not in known for each in deliveries) + sum(not taken[f"<{each.message_id}>"] for each in sent),
    )
