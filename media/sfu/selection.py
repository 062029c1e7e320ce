"""Who gets a receiving place when there are fewer than publishers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from media.gateway import Source
from media.sfu.slot import Slot
from media.sfu.track import Track

INTERPRETER = 2  # priority from which a voice is always heard


def rank_video(tracks: Iterable[Track], priority: Callable[[str], int], spoke: Sequence[str]) -> list[Track]:
    """Screens, then by priority, then who spoke last, then who came first. `spoke`: peers, the latest speaker first."""
    places = {peer: place for place, peer in enumerate(spoke)}
    silent = len(places)
    return sorted(
        tracks,
        key=lambda track: (
            track.source is not Source.SCREEN,
            -priority(track.peer),
            places.get(track.peer, silent),
        ),
    )


def rank_audio(order: Iterable[Track], priority: Callable[[str], int]) -> list[Track]:
    """Interpreters and the sound of a shared screen first, then `order`, which has the louder ones in front."""
    return sorted(
        order,
        key=lambda track: priority(track.peer) < INTERPRETER and track.source is not Source.SCREEN_SOUND,
    )


def place(slots: Sequence[Slot], ranked: Iterable[Track], peer: str) -> bool:
    """Put the first ones of `ranked` into the slots, never the peer's own. Who has a place already stays in it.
    True when a slot changed."""
    chosen = [track for track in ranked if track.peer != peer][: len(slots)]
    leaving = [slot for slot in slots if slot.track is not None and slot.track not in chosen]
    seated = {id(slot.track) for slot in slots if slot.track is not None}
    coming = [track for track in chosen if id(track) not in seated]
    for slot in leaving:
        slot.show(None)
    empty = [slot for slot in slots if slot.track is None]
    for slot, track in zip(empty, coming, strict=False):
        slot.show(track)
    return bool(leaving or coming)
