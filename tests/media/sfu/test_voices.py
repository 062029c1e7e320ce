"""Who is heard: loudness, speakers, and the order of voices."""

from __future__ import annotations

import random

import pytest

from media.gateway import SlotsChanged, SpeakersChanged
from media.sfu.voice import Voice, settle_order
from tests.media.sfu.harness import Stand, talk


def speakers(stand: Stand) -> list[tuple[str, ...]]:
    return [event.peers for event in stand.told(SpeakersChanged) if isinstance(event, SpeakersChanged)]


def test_the_loudest_voices_are_heard_and_small_differences_move_nobody() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=2, video=0)
    for peer in "abc":
        stand.publish(peer)
    talk(stand, 1.0, a=40, b=40, c=41)
    before = len(stand.told(SlotsChanged))
    talk(stand, 1.0, a=40, b=41, c=39)
    assert len(stand.told(SlotsChanged)) == before
    talk(stand, 0.5, a=40, b=60, c=20)
    assert set(listener.shows().values()) == {"a/microphone", "c/microphone"}


@pytest.mark.parametrize("seed", range(3))
def test_a_loud_quarrel_changes_seats_at_most_every_300_ms(seed: int) -> None:
    stand = Stand()
    stand.listen("x", audio=1, video=0)
    chance = random.Random(seed)
    for peer in "abcd":
        stand.publish(peer)
    talk(stand, 0.5, a=30, b=30, c=30, d=30)
    before = len(stand.told(SlotsChanged))
    for _ in range(50):
        talk(stand, 0.1, **{peer: chance.randrange(10, 60) for peer in "abcd"})
    assert len(stand.told(SlotsChanged)) - before <= 5 / 0.3


def test_speakers_are_announced_loudest_first_and_linger() -> None:
    stand = Stand()
    for peer in "ab":
        stand.publish(peer)
    talk(stand, 0.5, a=127, b=127)
    assert speakers(stand) == []
    talk(stand, 0.3, a=30, b=127)
    assert speakers(stand) == [("a",)]
    talk(stand, 0.4, a=30, b=10)
    assert speakers(stand)[-1] == ("b", "a")
    talk(stand, 0.4, a=127, b=10)
    assert "a" in speakers(stand)[-1]
    talk(stand, 1.5, a=127, b=10)
    assert speakers(stand)[-1] == ("b",)
    stand.run(1.5)  # packets stop altogether
    assert speakers(stand)[-1] == ()


def test_levels_that_nobody_sent_are_guessed() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=1, video=0)
    guessed, quiet = stand.publish("a"), stand.publish("b")

    def both(payload: bytes) -> None:
        for _ in range(60):
            guessed.sound(None, payload)
            quiet.sound(60)
            stand.run(0.02)

    both(b"opus!")
    assert listener.heard() == {"a"}
    both(b"\xf8")  # discontinuous transmission
    assert listener.heard() == {"b"}
    both(b"opus!")
    assert listener.heard() == {"a"}


def test_climbing_holds_its_place() -> None:
    class Person:
        def __init__(self, loudness: float) -> None:
            self.voice = Voice(0.0)
            self.voice.loudness = loudness

    order = [Person(50.0), Person(40.0), Person(90.0)]
    loud = order[2]
    assert settle_order(order, 1.0)
    assert order[0] is loud
    order[1].voice.loudness = 120.0
    assert not settle_order(order, 1.1)
    assert settle_order(order, 1.4)
