"""Who is seen: slots, priorities, grants."""

from __future__ import annotations

from media.gateway import Connected, Grant, SlotsChanged, Source, SpeakersChanged, TracksChanged
from media.sfu.messages import GrantChanged
from tests.media.sfu.harness import TICK, Stand, talk


def test_own_tracks_are_never_shown() -> None:
    stand = Stand()
    stand.publish("a")
    mirror, other = stand.listen("a"), stand.listen("b")
    talk(stand, 0.2, a=20)
    assert mirror.shows() == {}
    assert other.shows() == {"a0": "a/microphone", "v0": "a/camera"}


def test_who_has_a_seat_keeps_it() -> None:
    stand = Stand()
    listener = stand.listen("x", video=3)
    for peer in "abc":
        stand.publish(peer)
        talk(stand, 0.1, **{peer: 127})
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
    talk(stand, 0.1, a=127, c=127, d=127)
    assert listener.shows()["v1"] == "d/camera"


def test_more_cameras_than_slots_the_speakers_are_seen() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=1, video=2)
    quiet = dict.fromkeys("abcd", 127)
    for peer in quiet:
        stand.publish(peer)
    talk(stand, 1.0, **quiet)
    assert sorted(listener.shows().values())[-2:] == ["a/microphone", "b/camera"]
    talk(stand, 1.0, **{**quiet, "d": 25})
    assert "d/camera" in listener.shows().values()
    talk(stand, 1.5, **quiet)
    talk(stand, 1.0, **{**quiet, "c": 25})
    assert listener.seen() == {"c", "d"}
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
    talk(stand, 1.0, **levels)
    assert len(listener.seen()) == 2
    assert "sign" in listener.seen()
    assert "chair" not in listener.seen()  # who speaks goes before who presides
    assert "sign/microphone" in listener.shows().values()  # heard although quieter
    assert "chair/microphone" not in listener.shows().values()
    presenter = stand.people["c-up"]
    for _ in range(10):
        presenter.picture(mid="s")  # type: ignore[union-attr]
        presenter.sound(100, mid="x")  # type: ignore[union-attr]
        talk(stand, 0.1, **levels)
    shown = set(listener.shows().values())
    assert {"c/screen", "sign/camera", "c/screen_sound", "sign/microphone"} == shown


def test_grants_hold_from_the_next_packet_on() -> None:
    stand = Stand()
    listener = stand.listen("x")
    speaker = stand.publish("a", sources=frozenset({Source.MICROPHONE}))
    talk(stand, 0.2, a=20)
    assert listener.shows() == {"a0": "a/microphone"}
    assert listener.slots["v0"].packets == []
    stand.grant("a", frozenset({Source.CAMERA}))
    count = len(listener.slots["a0"].packets)
    talk(stand, 0.2, a=20)
    assert listener.shows() == {"v0": "a/camera"}
    assert len(listener.slots["a0"].packets) == count
    assert [event.sources for event in stand.told(TracksChanged) if isinstance(event, TracksChanged)] == [
        frozenset({Source.MICROPHONE}),
        frozenset(),
        frozenset({Source.CAMERA}),
    ]
    stand.give(GrantChanged("stranger", Grant(frozenset({Source.CAMERA}), 0.0)))
    stand.leave(speaker)
    again = stand.publish("a", sources=frozenset())
    talk(stand, 0.2, a=20)
    assert listener.shows() == {}
    stand.leave(again)


def test_a_grant_lives_as_long_as_any_connection_of_the_peer() -> None:
    stand = Stand()
    other = stand.listen("x")
    speaker, listener = stand.publish("a", priority=2), stand.listen("a")
    stand.leave(speaker)
    stand.grant("a", frozenset({Source.CAMERA}))
    again = stand.publish("a")  # with a grant of its own
    talk(stand, 0.2, a=20)
    stand.leave(listener)
    talk(stand, 0.2, a=20)
    assert other.shows() == {"a0": "a/microphone", "v0": "a/camera"}
    assert not stand.forum.empty
    stand.leave(again)
    stand.leave(other)
    assert stand.forum.empty
    stand.run(TICK)
    assert stand.forum.snapshot().events == []


def test_a_snapshot_tells_what_is() -> None:
    stand = Stand()
    stand.listen("x")
    assert [type(event) for event in stand.forum.snapshot().events] == [SlotsChanged]
    stand.publish("a")
    talk(stand, 0.5, a=10)
    events = stand.forum.snapshot().events
    assert [type(event) for event in events] == [TracksChanged, SlotsChanged, SpeakersChanged]
    assert not any(isinstance(event, Connected) for event in events)


def test_nothing_goes_to_a_receiver_that_left() -> None:
    stand = Stand()
    gone, there = stand.listen("x"), stand.listen("y")
    speaker = stand.publish("a")
    talk(stand, 0.2, a=20)
    stand.leave(gone)
    talk(stand, 0.2, a=20)  # the stand fails if something is sent to it
    assert len(there.slots["v0"].packets) > 1.5 * len(gone.slots["v0"].packets) > 0
    stand.leave(there)
    before = len(speaker.reports)
    speaker.picture()
    stand.run(0.02)
    assert len(speaker.reports) == before  # nobody looks, nothing is asked for
