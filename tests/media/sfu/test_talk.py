"""Thirty people in one room and three places for voices; first syllables; muting."""

from __future__ import annotations

import itertools
import random

import pytest

from media.gateway import SlotsChanged, Source, SpeakersChanged
from tests.media.sfu.harness import Stand, talk
from tests.media.sfu.sources import FakePublisher


def room(stand: Stand, count: int) -> dict[str, FakePublisher]:
    return {f"p{number}": stand.publish(f"p{number}") for number in range(count)}


def sounds(stand: Stand, people: dict[str, FakePublisher], seconds: float, levels: dict[str, int], chance: random.Random) -> None:
    """Everybody's microphone is open; levels waver as voices and rooms do."""
    for _ in range(round(seconds * 50)):
        for peer, publisher in people.items():
            level = levels.get(peer)
            publisher.sound(chance.randrange(level - 6, level + 7) if level is not None else chance.randrange(70, 90))
        stand.run(0.02)


@pytest.mark.parametrize("seed", range(2))
def test_thirty_talkers_and_three_places(seed: int) -> None:
    stand = Stand()
    listener = stand.listen("x", audio=3, video=0)
    chance = random.Random(seed)
    people = room(stand, 30)
    sounds(stand, people, 1.0, {}, chance)
    before = len(stand.told(SlotsChanged))
    turns = 12
    for _ in range(turns):
        talking = {peer: chance.randrange(20, 36) for peer in chance.sample(sorted(people), 2)}
        sounds(stand, people, 0.5, talking, chance)
        assert set(talking) <= listener.heard()  # within 500 ms
        told = [event for event in stand.told(SpeakersChanged) if isinstance(event, SpeakersChanged)]
        assert set(talking) <= set(told[-1].peers)
        sounds(stand, people, 0.5, talking, chance)
        assert set(talking) <= listener.heard()
    assert len(stand.told(SlotsChanged)) - before <= turns * 6  # breaths and murmur move nobody


def test_the_first_syllable_is_heard_when_a_place_is_free() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=3, video=0)
    one, two = stand.publish("a"), stand.publish("b")
    for number in range(20):
        one.sound(30, b"one" + bytes([number]))
        stand.run(0.02)
    for number in range(20):
        two.sound(25, b"two" + bytes([number]))
        stand.run(0.02)
    first, second = listener.slots["a0"], listener.slots["a1"]
    assert [packet.payload[3] for packet in first.packets] == list(range(20))
    assert [packet.payload[3] for packet in second.packets] == list(range(20))
    stand.run(3.0)  # the microphones are off
    assert listener.heard() == set()
    two.sound(25, b"again")
    stand.run(0)
    assert {packet.payload for slot in listener.slots.values() for packet in slot.packets[-1:]} >= {b"again"}


def test_a_voice_that_climbs_loses_little_of_its_first_word() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=1, video=0)
    loud, late = stand.publish("a"), stand.publish("b")
    for _ in range(50):
        loud.sound(35)
        late.sound(110)
        stand.run(0.02)
    assert listener.heard() == {"a"}
    for number in range(25):
        loud.sound(80)  # he has stopped
        late.sound(25, b"b" + bytes([number, 0, 0]))
        stand.run(0.02)
    mine = [packet.payload[1] for packet in listener.slots["a0"].packets if packet.payload[:1] == b"b"]
    assert mine[0] <= 10  # 200 ms
    assert mine == list(range(mine[0], 25))


def test_who_is_muted_is_not_heard_and_comes_back_without_a_gap() -> None:
    stand = Stand()
    listener = stand.listen("x")
    speaker = stand.publish("a")
    talk(stand, 0.5, a=20)
    stand.grant("a", frozenset({Source.CAMERA}))
    assert listener.heard() == set()
    count, offered = len(listener.slots["a0"].packets), len(listener.slots["v0"].packets)
    talk(stand, 0.5, a=20)
    assert len(listener.slots["a0"].packets) == count
    assert len(listener.slots["v0"].packets) > offered
    told = [event for event in stand.told(SpeakersChanged) if isinstance(event, SpeakersChanged)]
    assert told[-1].peers == ()
    stand.grant("a")
    speaker.sound(20)
    stand.run(0)
    assert listener.heard() == {"a"}
    talk(stand, 0.2, a=20)
    slot = listener.slots["a0"]
    assert slot.sequences == list(range(len(slot.sequences)))
    stamps = [packet.timestamp for packet in slot.packets]
    assert max((after - before) & 0xFFFFFFFF for before, after in itertools.pairwise(stamps)) < 48_000


def test_only_what_is_heard_is_sent() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=3, video=0)
    people = room(stand, 10)
    chance = random.Random(1)
    sounds(stand, people, 2.0, {"p3": 20}, chance)
    offered = listener.offered
    sounds(stand, people, 1.0, {"p3": 20}, chance)
    assert listener.offered - offered <= 3 * 50
