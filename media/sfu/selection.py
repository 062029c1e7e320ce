"""Who gets a receiving place when there are fewer than publishers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from media.gateway import Source, View
from media.sfu.slot import Slot
from media.sfu.track import Track

SIGNING = 2  # priority from which a picture is a signing person's and a voice is an interpreter's
ACTIVE = 3  # latest speakers whose pictures go before what a page looks at


def rank_video(tracks: Iterable[Track], priority: Callable[[str], int], spoke: Sequence[str]) -> list[Track]:
    """The order that holds for everybody: screens, signing people, who spoke last, then by role, then who came first.
    `spoke`: peers, the latest speaker first."""
    places = {peer: place for place, peer in enumerate(spoke)}
    silent = len(places)
    return sorted(
        tracks,
        key=lambda track: (
            track.source is not Source.SCREEN,
            priority(track.peer) < SIGNING,
            places.get(track.peer, silent),
            -priority(track.peer),
        ),
    )


def rank_for(view: View, ranked: Sequence[Track], priority: Callable[[str], int], spoke: Sequence[str]) -> list[Track]:
    """The order of one receiver: who is pinned goes first; below screens, signing people and speakers that are not hidden, tiles
    that are seen go before those that are not mentioned, and hidden ones come last."""
    if not view.tiles and not view.pinned:
        return list(ranked)
    seen = {(tile.peer, tile.source): place for place, tile in enumerate(view.tiles) if tile.width > 0 < tile.height}
    hidden = {(tile.peer, tile.source) for tile in view.tiles} - set(seen)
    spoken = set(spoke[:ACTIVE])

    def order(track: Track) -> tuple[int, int]:
        if track.peer in view.pinned:
            return 0, view.pinned.index(track.peer)
        key = track.peer, track.source
        if track.source is Source.SCREEN or priority(track.peer) >= SIGNING or (track.peer in spoken and key not in hidden):
            return 1, 0
        return (2, seen[key]) if key in seen else (4, 0) if key in hidden else (3, 0)

    return sorted(ranked, key=order)


def rank_audio(order: Iterable[Track], priority: Callable[[str], int]) -> list[Track]:
    """Interpreters and the sound of a shared screen first, then `order`, which has the louder ones in front."""
    return sorted(
        order,
        key=lambda track: priority(track.peer) < SIGNING and track.source is not Source.SCREEN_SOUND,
    )


def place(slots: Sequence[Slot], ranked: Iterable[Track], peer: str, now: float) -> bool:
    """Put the first ones of `ranked` into the slots, never the peer's own. Who has a place already stays in it.
    True when a slot changed."""
    chosen = [track for track in ranked if track.peer != peer][: len(slots)]
    leaving = [slot for slot in slots if slot.track is not None and slot.track not in chosen]
    seated = {id(slot.track) for slot in slots if slot.track is not None}
    coming = [track for track in chosen if id(track) not in seated]
    for slot in leaving:
        slot.show(None, now)
    empty = [slot for slot in slots if slot.track is None]
    for slot, track in zip(empty, coming, strict=False):
        slot.show(track, now)
    return bool(leaving or coming)
