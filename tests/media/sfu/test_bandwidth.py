"""What a receiver's connection can take: thin lines, loss, recovery; others are not affected."""

from __future__ import annotations

import itertools

import pytest

from media.gateway import SlotState
from media.sfu.bandwidth import CEILING, Estimate
from tests.media.sfu.harness import Stand, Wire
from tests.media.sfu.receivers import FakeReceiver
from tests.media.sfu.sources import FakePublisher


def stream(stand: Stand, speaker: FakePublisher, seconds: float) -> None:
    """Layers at their full bitrate, sound, sender reports."""
    for index in range(round(seconds * 30)):
        if index % 30 == 0:
            speaker.tell_time()
        speaker.picture(full=True)
        speaker.sound()
        if index % 3 != 2:
            speaker.sound()
        stand.run(1 / 30)


def arrived(listener: FakeReceiver, since: float, mid: str = "v0") -> int:
    return sum(at >= since for at in listener.slots[mid].at)


def test_a_slow_receiver_beside_fast_ones() -> None:
    stand = Stand()
    slow = stand.listen("slow", audio=1, video=1, wire=Wire(rate=300_000, delay=0.03), nacks=True, estimates=True)
    fast = [stand.listen(f"fast{n}", audio=1, video=1, wire=Wire(delay=0.01), nacks=True, estimates=True) for n in range(3)]
    speaker = stand.publish("a", simulcast=True, wire=Wire(delay=0.01))
    for peer in ("slow", "fast0", "fast1", "fast2"):
        stand.view(peer, ("a", 720))
    stream(stand, speaker, 20)
    settled = stand.now
    stream(stand, speaker, 10)
    assert set(stand.health(slow).layers.values()) == {"320 x 180"}
    assert slow.state("a") is SlotState.LIVE
    assert arrived(slow, settled) > 0.9 * 10 * 60  # fluent, though small
    assert arrived(slow, settled, "a0") > 0.97 * 10 * 50
    for listener in fast:
        assert stand.health(listener).layers == {"v0": "1280 x 720"}
        assert arrived(listener, settled) > 0.99 * 10 * 60
        assert "q" not in listener.slots["v0"].layers()[1:]

    slow.wire.rate = 90_000  # not even the smallest
    stream(stand, speaker, 15)
    assert slow.state("a") is SlotState.PAUSED
    paused = stand.now
    stream(stand, speaker, 5)
    assert arrived(slow, paused, "a0") > 0.97 * 5 * 50  # the sound goes on
    assert all(listener.state("a") is SlotState.LIVE for listener in fast)

    slow.wire.rate = 0.0
    for _ in range(30):
        stream(stand, speaker, 1)
        if stand.health(slow).layers == {"v0": "1280 x 720"}:
            break
    assert stand.health(slow).layers == {"v0": "1280 x 720"}
    assert slow.state("a") is SlotState.LIVE


@pytest.mark.parametrize("loss", [0.05, 0.1])
def test_random_loss_pauses_nothing(loss: float) -> None:
    stand = Stand()
    listener = stand.listen("b", audio=1, video=1, nacks=True, estimates=True, wire=Wire(3, loss=loss, delay=0.04))
    speaker = stand.publish("a", simulcast=True, wire=Wire(4, loss=loss, delay=0.04))
    speaker.repairs = "rtx"
    stand.view("b", ("a", 720))
    stream(stand, speaker, 5)
    for _ in range(30):
        before = stand.now
        stream(stand, speaker, 1)
        assert listener.state("a") is SlotState.LIVE
        assert arrived(listener, before) > 20
    slot = listener.slots["v0"]
    numbers = [packet.sequence for packet in slot.in_order()]
    missing = sum((after - before - 1) & 0xFFFF for before, after in itertools.pairwise(numbers))
    assert missing < 0.02 * len(numbers)  # nearly all of it was sent again


@pytest.mark.parametrize("layers", [True, False])
def test_random_loss_pauses_none_of_several_pictures(layers: bool) -> None:
    stand = Stand()
    listener = stand.listen("x", audio=3, video=4, nacks=True, estimates=True, wire=Wire(3, loss=0.1, delay=0.04))
    speakers = [stand.publish(peer, simulcast=layers) for peer in "abcd"]
    for peer in "abcd":
        stand.view("x", *((peer, 360) for peer in "abcd"))
    for index in range(30 * 20):
        for speaker in speakers:
            speaker.picture(full=True)
            speaker.sound()
        stand.run(1 / 30)
        if index % 30 == 29:
            assert {listener.state(peer) for peer in "abcd"} == {SlotState.LIVE}


def test_the_layer_comes_back_after_the_loss_ended() -> None:
    stand = Stand()
    listener = stand.listen("b", audio=1, video=1, nacks=True, estimates=True, wire=Wire(3, delay=0.02))
    speaker = stand.publish("a", simulcast=True)
    stand.view("b", ("a", 720))
    stream(stand, speaker, 10)
    assert stand.health(listener).layers == {"v0": "1280 x 720"}
    listener.wire.loss = 0.25
    stream(stand, speaker, 10)
    low = stand.health(listener)
    assert low.layers != {"v0": "1280 x 720"}
    assert low.loss is not None
    assert low.loss > 0.1
    assert listener.state("a") is SlotState.LIVE  # loss alone never pauses
    listener.wire.loss = 0.0
    for _ in range(30):
        stream(stand, speaker, 1)
        if stand.health(listener).layers == {"v0": "1280 x 720"}:
            break
    assert stand.health(listener).layers == {"v0": "1280 x 720"}


def grow(estimate: Estimate, wanted: float, since: float, until: float) -> float:
    """When the limit was first seen to grow."""
    limit, now = estimate.limit, since
    while now < until:
        now += 0.5
        estimate.settle(wanted, now)
        if estimate.limit > limit:
            return now
    return until


def test_growth_waits_for_quiet_and_longer_after_it_failed() -> None:
    estimate = Estimate(0.0, 500_000.0)
    for now in (-1.0, 0.0):
        estimate.lost(0.2, 500_000.0, now)
        assert estimate.limit == 500_000  # twice may be chance
    estimate.lost(0.2, 500_000.0, 1.0)
    assert estimate.limit == 450_000
    first = grow(estimate, 2e6, 1.0, 60.0)
    assert 6.0 <= first <= 7.0
    before = estimate.limit
    estimate.lost(0.5, 450_000.0, first + 2)
    assert estimate.limit < before
    again = grow(estimate, 2e6, first + 2, 60.0)
    assert 10.0 <= again - first - 2 <= 11.0
    estimate.lost(0.5, 450_000.0, again + 2)
    third = grow(estimate, 2e6, again + 2, 90.0)
    assert 20.0 <= third - again - 2 <= 21.0  # and twice as long each time


def test_growth_ends_with_what_is_wanted() -> None:
    estimate = Estimate(0.0, 500_000.0)
    for step in range(200):
        estimate.settle(1e6, step / 2)
    assert 1e6 <= estimate.limit <= 1.3e6
    for step in range(200):
        estimate.settle(1e9, 100 + step / 2)
    assert estimate.limit == CEILING
    estimate.remb(100_000_000, 1e6, 300.0)
    assert estimate.limit == CEILING


def test_loss_cuts_once_a_second_and_not_to_nothing() -> None:
    estimate = Estimate(0.0, 1e6)
    estimate.lost(0.1, 1e6, 1.0)  # not more than happens on any radio
    estimate.nacked(0.3, 1e6, 1.0)
    assert estimate.limit == 1e6
    estimate.lost(0.5, 1e6, 1.0)
    estimate.nacked(0.5, 1e6, 1.5)
    assert estimate.limit == 750_000
    estimate.nacked(0.5, 1e6, 2.5)
    assert estimate.limit == 600_000
    for step in range(100):
        estimate.lost(0.9, 1e6, 3.0 + step)
    assert estimate.limit == 200_000


def test_an_estimate_that_stays_a_little_below_what_is_sent_means_something_after_a_second_only() -> None:
    estimate = Estimate(0.0, 1e6)
    estimate.remb(900_000, 1e6, 1.0)  # the first one comes from below
    estimate.remb(900_000, 1e6, 1.5)
    assert not estimate.troubled
    estimate.remb(900_000, 1e6, 2.0)
    assert estimate.troubled
    assert estimate.limit == 855_000


def test_an_interpreter_is_seen_on_a_line_too_thin_for_anybody_else() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=1, video=3, nacks=True, estimates=True, wire=Wire(3, rate=700_000, delay=0.02))
    people = [stand.publish("signs", simulcast=True, priority=2), *(stand.publish(peer, simulcast=True) for peer in "ab")]
    stand.view("x", ("a", 720), ("b", 720), ("signs", 180))
    for index in range(30 * 40):
        if index % 30 == 0:
            people[0].tell_time()
        for person in people:
            person.picture(full=True)
            person.sound()
        stand.run(1 / 30)
        assert listener.state("signs") is SlotState.LIVE
    assert list(stand.health(listener).layers.values()) == ["640 x 360"]
    assert {listener.state(peer) for peer in "ab"} == {SlotState.PAUSED}
