"""Who is here, in the memory of one web process: open sockets of its own, what other processes tell, what the node tells.

Nothing of this is written down: after a restart everybody comes back within seconds and says it again. Asks no clock;
`now` is monotonic seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from media.gateway import Connected, Disconnected, MediaEvent, NodeLost, Source, SpeakersChanged, TracksChanged

GRACE = 5.0  # a reload, or a blip of the network, is no leaving
AWAY = 60.0  # who was on the floor or in the queue is shown as away for so long
PROCESS_SILENT = 15.0
LINES = (None, "good", "fair", "poor")  # of two that speak for one seat the worse counts


@dataclass(frozen=True, slots=True)
class Showing:
    """What a page says that its person shows."""

    microphone: bool = False
    camera: bool = False
    screen: bool = False
    line: str | None = None  # how its connection is doing: one of LINES


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a seat at one moment. here: counts as present; away: was here less than a minute ago."""

    here: bool
    away: bool
    showing: Showing


@dataclass(slots=True)
class _Known:
    sockets: dict[str, Showing] = field(default_factory=dict)
    closed_at: float | None = None  # when the last socket closed
    connections: set[str] = field(default_factory=set)
    sources: frozenset[Source] = frozenset()


@dataclass(slots=True)
class _Elsewhere:
    """Seats with open sockets in another web process."""

    heard: float
    seats: dict[str, dict[str, Showing]]  # session -> seat -> showing


class Presence:
    """Presence in all rooms, as one process knows it."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, _Known]] = {}  # session -> seat
        self._sockets: dict[str, tuple[str, str]] = {}  # socket -> session, seat
        self._speakers: dict[str, tuple[str, ...]] = {}
        self._elsewhere: dict[str, _Elsewhere] = {}

    # -- sockets of this process --------------------------------------------------------------------------------------

    def enter(self, socket: str, session: str, seat: str) -> list[str]:
        """Let a socket stand for a seat. Returns the seat's older sockets, which it replaces."""
        if self._sockets.get(socket) == (session, seat):
            return []
        known = self._seat(session, seat)
        older = list(known.sockets)
        for old in older:
            del self._sockets[old]
        known.sockets = {socket: Showing()}
        known.closed_at = None
        self._sockets[socket] = (session, seat)
        return older

    def seat_of(self, socket: str) -> tuple[str, str] | None:
        """Session and seat that a socket stands for."""
        return self._sockets.get(socket)

    def sockets_of(self, session: str, seat: str | None = None) -> list[str]:
        """The sockets of this process in a room, or of one seat in it."""
        seats = self._known.get(session, {})
        if seat is not None:
            return list(seats[seat].sockets) if seat in seats else []
        return [socket for known in seats.values() for socket in known.sockets]

    def places_in(self, session: str) -> list[tuple[str, str]]:
        """Seat and socket of everybody of this process in a room."""
        return [(seat, socket) for seat, known in self._known.get(session, {}).items() for socket in known.sockets]

    def seats_with_sockets(self, session: str) -> set[str]:
        """The seats in a room for which this process has sockets."""
        return {seat for seat, known in self._known.get(session, {}).items() if known.sockets}

    def open_seats(self, session: str, now: float) -> set[str]:
        """The seats in a room for which any process has a socket at this moment."""
        return self.seats_with_sockets(session) | self._shown_elsewhere(session, now).keys()

    def show(self, socket: str, showing: Showing) -> None:
        session, seat = self._sockets[socket]
        self._seat(session, seat).sockets[socket] = showing

    def close(self, socket: str, now: float) -> tuple[str, str] | None:
        """A socket is gone; the seat it stood for, if any."""
        place = self._sockets.pop(socket, None)
        if place is not None:
            known = self._seat(*place)
            known.sockets.pop(socket, None)
            if not known.sockets:
                known.closed_at = now
        return place

    def leave(self, session: str, seat: str) -> None:
        """Somebody left for good: no grace."""
        known = self._seat(session, seat)
        for socket in known.sockets:
            del self._sockets[socket]
        known.sockets = {}
        known.closed_at = None
        known.connections = set()
        known.sources = frozenset()

    # -- what the node and other processes tell -----------------------------------------------------------------------

    def heard(self, event: MediaEvent) -> Collection[str]:
        """Take in an event of the node; the sessions whose people it may change."""
        match event:
            case Connected(forum, peer, connection):
                self._seat(forum, peer).connections.add(connection)
            case Disconnected(forum, peer, connection):
                known = self._seat(forum, peer)
                known.connections.discard(connection)
                if not known.connections:
                    known.sources = frozenset()
            case TracksChanged(forum, peer, sources):
                self._seat(forum, peer).sources = sources
            case SpeakersChanged(forum, peers):
                self._speakers[forum] = peers
                return ()
            case NodeLost(forums):
                for lost in forums:
                    self._speakers.pop(lost, None)
                    for known in self._known.get(lost, {}).values():
                        known.connections = set()
                        known.sources = frozenset()
                return forums
            case _:
                return ()
        return (forum,)

    def speakers(self, session: str) -> tuple[str, ...]:
        return self._speakers.get(session, ())

    def tell(self) -> dict[str, dict[str, list[Any]]]:
        """What the other processes must know: session -> seat -> [microphone, camera, screen, line]."""
        told: dict[str, dict[str, list[Any]]] = {}
        for session, seat in self._sockets.values():
            showing = _shown(self._seat(session, seat).sockets)
            told.setdefault(session, {})[seat] = [showing.microphone, showing.camera, showing.screen, showing.line]
        return told

    def told(self, process: str, seats: Mapping[str, Mapping[str, list[Any]]], now: float) -> set[str]:
        """Take in what another process told; the sessions in which something changed."""
        fresh = {session: {seat: Showing(*told) for seat, told in of.items()} for session, of in seats.items()}
        before = self._elsewhere.get(process, _Elsewhere(now, {})).seats
        changed = {session for session in before.keys() | fresh.keys() if before.get(session) != fresh.get(session)}
        for session, of in before.items():  # who went there was here a moment ago
            for seat in of.keys() - fresh.get(session, {}).keys():
                self._seat(session, seat).closed_at = now
        self._elsewhere[process] = _Elsewhere(now, fresh)
        return changed

    # -- the picture --------------------------------------------------------------------------------------------------

    def sessions(self) -> list[str]:
        """Rooms in which anybody is known."""
        return list({*self._known, *(session for elsewhere in self._elsewhere.values() for session in elsewhere.seats)})

    def has_media(self, session: str) -> bool:
        return any(known.connections for known in self._known.get(session, {}).values())

    def with_media(self, session: str) -> set[str]:
        """Seats that have connections at the node."""
        return {seat for seat, known in self._known.get(session, {}).items() if known.connections}

    def connections_of(self, session: str, seat: str) -> list[str]:
        """The connections that a seat has at the node."""
        known = self._known.get(session, {}).get(seat)
        return sorted(known.connections) if known is not None else []

    def sources_of(self, session: str, seat: str) -> frozenset[Source]:
        """What the node receives of a seat and forwards."""
        known = self._known.get(session, {}).get(seat)
        return known.sources if known is not None else frozenset()

    def facts(self, session: str, now: float) -> dict[str, Facts]:
        """Everybody who is here, or was a minute ago, by seat."""
        elsewhere = self._shown_elsewhere(session, now)
        facts = {}
        for seat in {*self._known.get(session, {}), *elsewhere}:
            known = self._known.get(session, {}).get(seat, _Known())
            gone = float("inf") if known.closed_at is None else now - known.closed_at
            open_sockets = {**known.sockets, **({"elsewhere": elsewhere[seat]} if seat in elsewhere else {})}
            here = bool(open_sockets or known.connections) or gone < GRACE
            if here or gone < AWAY:
                showing = _shown(open_sockets) if open_sockets else _carried(known.sources)
                facts[seat] = Facts(here, not here, showing)
        return facts

    def forget(self, now: float) -> None:
        """Drop what is too old to matter."""
        for process in [name for name, elsewhere in self._elsewhere.items() if now - elsewhere.heard >= PROCESS_SILENT]:
            self.told(process, {}, now)
            del self._elsewhere[process]
        for session, seats in list(self._known.items()):
            for seat, known in list(seats.items()):
                if known.sockets or known.connections:
                    continue
                if known.closed_at is None or now - known.closed_at >= AWAY:
                    del seats[seat]
            if not seats:
                del self._known[session]

    def _seat(self, session: str, seat: str) -> _Known:
        return self._known.setdefault(session, {}).setdefault(seat, _Known())

    def _shown_elsewhere(self, session: str, now: float) -> dict[str, Showing]:
        return {seat: showing for of in self._live_processes(now) for seat, showing in of.get(session, {}).items()}

    def _live_processes(self, now: float) -> Iterator[dict[str, dict[str, Showing]]]:
        return (elsewhere.seats for elsewhere in self._elsewhere.values() if now - elsewhere.heard < PROCESS_SILENT)


def _shown(sockets: Mapping[str, Showing]) -> Showing:
    return Showing(
        microphone=any(showing.microphone for showing in sockets.values()),
        camera=any(showing.camera for showing in sockets.values()),
        screen=any(showing.screen for showing in sockets.values()),
        line=max((showing.line for showing in sockets.values()), key=LINES.index, default=None),
    )


def _carried(sources: frozenset[Source]) -> Showing:
    return Showing(Source.MICROPHONE in sources, Source.CAMERA in sources, Source.SCREEN in sources)
