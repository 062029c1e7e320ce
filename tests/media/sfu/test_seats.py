"""Who is seen and heard: slots, priorities, loudness, speakers, grants."""

from __future__ import annotations

import random

import pytest

from media.gateway import Connected, Grant, SlotsChanged, Source, SpeakersChanged, TracksChanged
from media.sfu.messages import GrantChanged
from media.sfu.voice import Voice, settle_order
from tests.media.sfu.harness import Stand

CAMERA, MICROPHONE, SCREEN = Source.CAMERA, Source.MICROPHONE, Source.SCREEN


def second(stand: Stand, seconds: float = 1.0, **levels: int) -> None:
    """People talk at a level (dBov below full scale) for a while; everybody's camera runs."""
    publishers = {peer: stand.people[f"{peer}-up"] for peer in levels}
    for step in range(round(seconds * 50)):
        for peer, level in levels.items():
            publishers[peer].sound(level)  # type: ignore[union-attr]
            if step % 2 == 0:
                publishers[peer].picture()  # type: ignore[union-attr]
        stand.run(0.02)


def speakers(stand: Stand) -> list[tuple[str, ...]]:
    return [event.peers for event in stand.told(SpeakersChanged) if isinstance(event, SpeakersChanged)]


def test_own_tracks_are_never_shown() -> None:
    stand = Stand()
    stand.publish("a")
    mirror, other = stand.listen("a"), stand.listen("b")
    second(stand, 0.2, a=20)
    assert mirror.shows() == {}
    assert other.shows() == {"a0": "a/microphone", "v0": "a/camera"}


def test_who_has_a_seat_keeps_it() -> None:
    stand = Stand()
    listener = stand.listen("x", video=3)
    for peer in "abc":
        stand.publish(peer)
        second(stand, 0.1, **{peer: 127})
    assert {mid: peer for mid, peer in listener.shows().items() if mid[0] == "v"} == {
        "v0": "a/camera",
        "v1": "b/camera",
        "v2": "c/camera",
    }
    stand.leave(stand.people["b-up"])
    assert {mid: peer for mid, peer in listener.shows().items() if mid[0] == "v"} == {
        "v0": "a/camera",
        "v2": "c/camera",
    }
    stand.publish("d")
    second(stand, 0.1, a=127, c=127, d=127)
    assert listener.shows()["v1"] == "d/camera"


def test_more_cameras_than_slots_the_speakers_are_seen() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=1, video=2)
    quiet = dict.fromkeys("abcd", 127)
    for peer in quiet:
        stand.publish(peer)
    second(stand, 1.0, **quiet)
    assert sorted(listener.shows().values())[-2:] == ["a/microphone", "b/camera"]
    second(stand, 1.0, **{**quiet, "d": 25})
    assert "d/camera" in listener.shows().values()
    second(stand, 1.5, **quiet)
    second(stand, 1.0, **{**quiet, "c": 25})
    assert {peer for mid, peer in listener.shows().items() if mid[0] == "v"} == {"c/camera", "d/camera"}
    assert listener.shows()["a0"] == "c/microphone"
    stand.leave(stand.people["c-up"])
    assert "c/camera" not in listener.shows().values()


def test_screens_and_interpreters_come_first() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=2, video=2)
    for peer in "abc":
        stand.publish(peer)
    stand.publish("sign", priority=2)
    stand.publish("chair", priority=1)
    levels = {"a": 20, "b": 20, "c": 20, "sign": 60, "chair": 90}
    second(stand, 1.0, **levels)
    assert {peer for mid, peer in listener.shows().items() if mid[0] == "v"} == {"sign/camera", "chair/camera"}
    assert "sign/microphone" in listener.shows().values()  # heard although quieter
    assert "chair/microphone" not in listener.shows().values()
    presenter = stand.people["c-up"]
    for _ in range(10):
        presenter.picture(mid="s")  # type: ignore[union-attr]
        presenter.sound(100, mid="x")  # type: ignore[union-attr]
        second(stand, 0.1, **levels)
    shown = set(listener.shows().values())
    assert {"c/screen", "sign/camera", "c/screen_sound", "sign/microphone"} == shown


def test_the_loudest_voices_are_heard_and_small_differences_move_nobody() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=2, video=0)
    for peer in "abc":
        stand.publish(peer)
    second(stand, 1.0, a=40, b=40, c=41)
    before = len(stand.told(SlotsChanged))
    second(stand, 1.0, a=40, b=41, c=39)
    assert len(stand.told(SlotsChanged)) == before
    second(stand, 0.5, a=40, b=60, c=20)
    assert set(listener.shows().values()) == {"a/microphone", "c/microphone"}


@pytest.mark.parametrize("seed", range(3))
def test_a_loud_quarrel_changes_seats_at_most_every_300_ms(seed: int) -> None:
    stand = Stand()
    stand.listen("x", audio=1, video=0)
    chance = random.Random(seed)
    for peer in "abcd":
        stand.publish(peer)
    second(stand, 0.5, a=30, b=30, c=30, d=30)
    before = len(stand.told(SlotsChanged))
    for _ in range(50):
        second(stand, 0.1, **{peer: chance.randrange(10, 60) for peer in "abcd"})
    assert len(stand.told(SlotsChanged)) - before <= 5 / 0.3


def test_speakers_are_announced_loudest_first_and_linger() -> None:
    stand = Stand()
    for peer in "ab":
        stand.publish(peer)
    second(stand, 0.5, a=127, b=127)
    assert speakers(stand) == []
    second(stand, 0.3, a=30, b=127)
    assert speakers(stand) == [("a",)]
    second(stand, 0.4, a=30, b=10)
    assert speakers(stand)[-1] == ("b", "a")
    second(stand, 0.4, a=127, b=10)
    assert "a" in speakers(stand)[-1]
    second(stand, 1.5, a=127, b=10)
    assert speakers(stand)[-1] == ("b",)
    stand.run(1.5)  # packets stop altogether
    assert speakers(stand)[-1] == ()


def test_levels_that_nobody_sent_are_guessed() -> None:
    stand = Stand()
    speaker = stand.publish("a")
    for _ in range(30):
        speaker.sound(None)
        stand.run(0.02)
    assert stand.forum._voices[0].voice.loudness > 70
    for _ in range(60):
        speaker.sound(None, payload=b"\xf8")
        stand.run(0.02)
    assert stand.forum._voices[0].voice.loudness < 10


def test_grants_hold_from_the_next_packet_on() -> None:
    stand = Stand()
    listener = stand.listen("x")
    speaker = stand.publish("a", sources=frozenset({MICROPHONE}))
    second(stand, 0.2, a=20)
    assert listener.shows() == {"a0": "a/microphone"}
    assert listener.slots["v0"].packets == []
    stand.grant("a", frozenset({CAMERA}))
    count = len(listener.slots["a0"].packets)
    second(stand, 0.2, a=20)
    assert listener.shows() == {"v0": "a/camera"}
    assert len(listener.slots["a0"].packets) == count
    assert [event.sources for event in stand.told(TracksChanged) if isinstance(event, TracksChanged)] == [
        frozenset({MICROPHONE}),
        frozenset(),
        frozenset({CAMERA}),
    ]
    stand.give(GrantChanged("stranger", Grant(frozenset({CAMERA}), 0.0)))
    assert "stranger" not in stand.forum._grants
    stand.leave(speaker)
    assert "a" not in stand.forum._grants


def test_a_grant_lives_as_long_as_any_connection_of_the_peer() -> None:
    stand = Stand()
    speaker, listener = stand.publish("a"), stand.listen("a")
    stand.leave(speaker)
    assert "a" in stand.forum._grants
    stand.publish("a")
    stand.leave(listener)
    assert "a" in stand.forum._grants
    assert not stand.forum.empty
    stand.leave(speaker)
    assert stand.forum._grants == {}
    assert stand.forum.empty


def test_a_snapshot_tells_what_is() -> None:
    stand = Stand()
    stand.listen("x")
    assert [type(event) for event in stand.forum.snapshot().events] == [SlotsChanged]
    stand.publish("a")
    second(stand, 0.5, a=10)
    events = stand.forum.snapshot().events
    assert [type(event) for event in events] == [TracksChanged, SlotsChanged, SpeakersChanged]
    assert not any(isinstance(event, Connected) for event in events)


def test_a_receiver_that_leaves_frees_its_sources() -> None:
    stand = Stand()
    listener = stand.listen("x")
    stand.publish("a")
    second(stand, 0.2, a=20)
    track = stand.forum._videos[0]
    assert len(track.slots) == 1
    stand.leave(listener)
    assert track.slots == []


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
