"""What a page looks at decides who gets a slot, which layer flows, and which layers are sent at all."""

from __future__ import annotations

import pytest

from media.gateway import LayersWanted, SlotState
from media.rtp.rtcp import Pli
from tests.media.sfu.harness import Stand, play, talk
from tests.media.sfu.sources import RIDS, FakePublisher


def wanted(stand: Stand) -> list[tuple[str, ...]]:
    return [event.rids for event in stand.told(LayersWanted) if isinstance(event, LayersWanted)]


def test_a_hidden_tile_costs_nothing_and_comes_back_with_a_keyframe() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=2)
    speaker = stand.publish("a")
    play(stand, speaker, frames=10, keyframe=True)
    stand.view("x", ("a", 0))
    assert listener.state("a") is SlotState.HIDDEN
    offered = listener.offered
    play(stand, speaker, frames=60)
    assert listener.offered == offered
    stand.view("x", ("a", 360))
    play(stand, speaker, frames=10)
    assert listener.state("a") is SlotState.LIVE
    slot = listener.picture_of("a")
    assert len(slot.packets) == 20 + 20
    assert slot.sequences == list(range(40))


def test_25_tiles_and_what_is_scrolled_away() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=9)
    people = [f"p{number}" for number in range(25)]
    speakers = [stand.publish(peer) for peer in people]
    play(stand, *speakers, frames=3, keyframe=True)
    assert listener.seen() == set(people[:9])
    stand.view("x", *((peer, 180) for peer in people[12:21]))
    assert listener.seen() == set(people[12:21])  # the tiles in view, whoever came first
    stand.view("x", *((peer, 180 * (8 <= number < 12)) for number, peer in enumerate(people)))
    assert set(people[8:12]) <= listener.seen()
    offered = listener.offered
    play(stand, *speakers, frames=10)
    live = {peer for peer in listener.seen() if listener.state(peer) is SlotState.LIVE}
    assert live == set(people[8:12])
    assert listener.offered - offered <= 4 * 20


def test_the_first_tiles_get_the_slots_and_the_pinned_before_them() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=2)
    speakers = [stand.publish(peer) for peer in "abcde"]
    play(stand, *speakers, frames=3, keyframe=True)
    stand.view("x", *((peer, 180) for peer in "edcba"))
    assert listener.seen() == {"e", "d"}
    stand.view("x", *((peer, 180) for peer in "edcba"), pinned=("b", "c"))
    assert listener.seen() == {"b", "c"}
    stand.view("x", pinned=("c",))
    assert "c" in listener.seen()
    talk(stand, 1.0, e=20, a=127, b=127, c=127, d=127)
    assert listener.seen() == {"c", "e"}  # who speaks comes after who is pinned
    stand.view("x", *((peer, 180) for peer in "ab"))
    assert listener.seen() == {"e", "a"}
    stand.view("x", ("e", 0), *((peer, 180) for peer in "ab"))  # speaks on a page that is not looked at
    assert listener.seen() == {"a", "b"}
    stand.view("x")
    assert "e" in listener.seen()


def test_views_are_each_receivers_own() -> None:
    stand = Stand()
    one, two = stand.listen("x", audio=0, video=1), stand.listen("y", audio=0, video=1)
    speakers = [stand.publish(peer, simulcast=True) for peer in "ab"]
    play(stand, *speakers, frames=3, keyframe=True)
    stand.view("x", ("b", 720), pinned=("b",))
    stand.view("y", pinned=("a",))
    stand.view("nobody", ("b", 720))
    play(stand, *speakers, frames=30)
    assert (one.seen(), two.seen()) == ({"b"}, {"a"})
    assert stand.health(one).layers == {"v0": "1280 x 720"}
    assert stand.health(two).layers == {"v0": "640 x 360"}


@pytest.mark.parametrize(("height", "layer"), [(120, "q"), (180, "q"), (300, "h"), (360, "h"), (700, "f"), (2000, "f")])
def test_the_size_of_the_tile_decides_the_layer(height: int, layer: str) -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0)
    speaker = stand.publish("a", simulcast=True)
    stand.view("x", ("a", height))
    play(stand, speaker, frames=40, keyframe=True)
    assert listener.picture_of("a").layers()[-1] == layer


def test_layers_that_nobody_looks_at_fall_asleep_and_wake_at_once() -> None:
    stand = Stand()
    listeners = [stand.listen(peer, audio=0) for peer in "xy"]
    speaker = stand.publish("a", simulcast=True)
    for peer in "xy":
        stand.view(peer, ("a", 180))
    play(stand, speaker, frames=4 * 30, keyframe=True)
    assert wanted(stand) == []
    play(stand, speaker, frames=2 * 30)
    assert wanted(stand) == [("q",)]
    assert speaker.awake == ("q",)
    stand.view("x", ("a", 720))
    play(stand, speaker, frames=18)
    assert wanted(stand)[1:] == [RIDS]
    play(stand, speaker, frames=30)
    assert listeners[0].picture_of("a").layers()[-1] == "f"
    assert set(listeners[1].picture_of("a").layers()) == {"q"}
    stand.view("x", ("a", 0))
    stand.view("y", ("a", 0))
    play(stand, speaker, frames=6 * 30)
    assert wanted(stand)[2:] == [("q",)]  # the smallest is always wanted
    stand.leave(listeners[0])
    stand.leave(listeners[1])
    play(stand, speaker, frames=6 * 30)
    assert len(wanted(stand)) == 3


def test_a_short_glance_elsewhere_wakes_and_sends_nobody_to_sleep() -> None:
    stand = Stand()
    stand.listen("x", audio=0)
    speaker = stand.publish("a", simulcast=True)
    for _ in range(6):
        stand.view("x", ("a", 180))
        play(stand, speaker, frames=100)
        stand.view("x", ("a", 720))
        play(stand, speaker, frames=30)
    assert wanted(stand) == []


OTHERS = 2_500 + 64 + 128  # kbit/s for a screen, a voice, the sound of a screen


def _told(speaker: FakePublisher, stand: Stand, seconds: int) -> set[int]:
    """Estimates for the camera in kbit/s."""
    before = len(speaker.told_rates())
    play(stand, speaker, frames=30 * seconds, full=True)
    return {round(rate / 1000) - OTHERS for rate in speaker.told_rates()[before:]}


def test_a_publisher_that_does_not_listen_is_held_down() -> None:
    stand = Stand()
    stand.listen("x", audio=0)
    speaker = stand.publish("a", simulcast=True)
    speaker.obeys = False
    stand.view("x", ("a", 180))
    assert _told(speaker, stand, 8) == {2_150}
    _told(speaker, stand, 6)
    assert _told(speaker, stand, 2) == {150}
    speaker.awake = ("q",)  # what a browser does with such an estimate
    assert _told(speaker, stand, 3) == {150}  # or it would begin anew
    stand.view("x", ("a", 720))
    assert 2_150 in _told(speaker, stand, 2)


def test_a_camera_without_layers_that_nobody_looks_at_is_held_down() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0, video=1)
    speaker = stand.publish("a")
    play(stand, speaker, frames=30, keyframe=True)
    stand.view("x", ("a", 0))
    _told(speaker, stand, 28)
    assert _told(speaker, stand, 4) >= {150}
    stand.view("x", ("a", 360))
    _told(speaker, stand, 1)
    assert _told(speaker, stand, 2) == {1_500}
    assert listener.state("a") is SlotState.LIVE


def test_a_small_camera_may_send_fewer_layers() -> None:
    """Browsers leave the upper ones out (or all but one) when the picture is small."""
    for awake in (("q",), ("q", "h"), ("f",)):
        stand = Stand()
        listener = stand.listen("x", audio=0)
        speaker = stand.publish("a", simulcast=True)
        speaker.awake, speaker.obeys = awake, False
        stand.view("x", ("a", 720))
        play(stand, speaker, frames=60, keyframe=True)
        slot = listener.picture_of("a")
        assert slot.layers()[-1] == awake[-1]
        assert len(slot.packets) > 90
        assert listener.state("a") is SlotState.LIVE


def test_a_layer_that_stops_is_replaced_by_the_next_smaller_one() -> None:
    stand = Stand()
    listener = stand.listen("x", audio=0)
    speaker = stand.publish("a", simulcast=True)
    speaker.obeys = False
    stand.view("x", ("a", 720))
    play(stand, speaker, frames=60, keyframe=True)
    assert listener.picture_of("a").layers()[-1] == "f"
    speaker.awake = ("q", "h")  # its uplink or its processor is short
    play(stand, speaker, frames=50)
    assert listener.picture_of("a").layers()[-1] == "h"
    before = len(speaker.asked(Pli))
    play(stand, speaker, frames=60)
    assert len(speaker.asked(Pli)) == before
    speaker.awake = RIDS
    play(stand, speaker, frames=50)
    assert listener.picture_of("a").layers()[-1] == "f"
