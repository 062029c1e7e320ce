"""What is known of one incoming stream besides its packets: what was lost, how it arrives, what its sender's clock says."""

from __future__ import annotations

import math
from collections.abc import Sequence

from media.rtp.ntp import from_ntp, middle
from media.rtp.rtcp import ReportBlock

NACK_INTERVAL, NACK_TRIES, NACK_LIMIT = 0.05, 10, 200
LOSS_WINDOW, LOSS_PACKETS = 1.0, 50  # seconds, packets
RATE_WINDOW = 0.4  # seconds over which a bitrate is measured at least


class Losses:
    """Sequence numbers (extended) that are missing, each asked for a few times."""

    def __init__(self) -> None:
        self.missing: dict[int, tuple[float, int]] = {}  # number -> (asked last, times)

    def note(self, lost: range) -> bool:
        """Take a gap in. False: too many are missing, none of them is waited for any more."""
        if len(self.missing) + len(lost) > NACK_LIMIT:
            self.missing.clear()
            return False
        for sequence in lost:
            self.missing[sequence] = (-math.inf, 0)
        return True

    def found(self, sequence: int) -> None:
        self.missing.pop(sequence, None)

    def forget(self) -> None:
        self.missing.clear()

    def due(self, now: float) -> tuple[list[int], bool]:
        """Numbers (16 bits) to ask for now, which counts as asked; and whether one was asked for in vain too often: then
        nothing is waited for any more, and a keyframe is the way."""
        due: list[int] = []
        for sequence, (asked, times) in self.missing.items():
            if now - asked < NACK_INTERVAL:
                continue
            if times >= NACK_TRIES:
                self.missing.clear()
                return [], True
            self.missing[sequence] = (now, times + 1)
            due.append(sequence & 0xFFFF)
        return due, False


class Reception:
    """The receiver's bookkeeping of RFC 3550 appendix A.3 (loss) and A.8 (jitter). `fraction`: share lost between the
    last two reports, 0-1."""

    def __init__(self, clock: int, first: int) -> None:
        self.fraction = 0.0
        self._clock = clock
        self._first = first
        self._received = 0
        self._before = (0, 0)  # expected and received at the last report
        self._jitter = 0.0
        self._transit: float | None = None
        self._sender_report = (0, 0.0)  # middle 32 bits of its NTP time, arrival

    def count(self, sequence: int, timestamp: int, now: float) -> None:
        if sequence < self._first:
            self._first = sequence
        self._received += 1
        transit = now * self._clock - timestamp
        if self._transit is not None:
            difference = abs(transit - self._transit)
            if difference < 10 * self._clock:  # not at a wrap of the timestamp
                self._jitter += (difference - self._jitter) / 16
        self._transit = transit

    def jumped(self, step: int) -> None:
        """The sender left out so many numbers, without losing them."""
        self._first += step

    def sender_reported(self, ntp: int, now: float) -> None:
        self._sender_report = (middle(ntp), now)

    def report(self, ssrc: int, highest: int, now: float) -> ReportBlock:
        """Reception since the last call."""
        expected = highest - self._first + 1
        expected_now, received_now = expected - self._before[0], self._received - self._before[1]
        self._before = (expected, self._received)
        lost_now = max(0, expected_now - received_now)
        self.fraction = lost_now / expected_now if expected_now > 0 else 0.0
        last, at = self._sender_report
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=min(255, int(self.fraction * 256)),
            lost=max(-0x800000, min(0x7FFFFF, expected - self._received)),
            highest=highest & 0xFFFFFFFF,
            jitter=int(self._jitter),
            last_sr=last,
            delay=min(0xFFFFFFFF, int((now - at) * 65536)) if last else 0,
        )


class ReportedLosses:
    """The share of packets that a receiver has lost, out of its reports. Those of browsers come several times a second and
    each speaks of a few packets only; what counts is a second of them at least."""

    def __init__(self, now: float) -> None:
        self._since = now
        self._before: dict[int, tuple[int, int]] = {}  # highest number and lost ones when the window began
        self._latest: dict[int, tuple[int, int]] = {}

    def reported(self, blocks: Sequence[ReportBlock], now: float) -> float | None:
        """Take in the blocks of a report. The share, 0-1, when there is enough to tell, else None."""
        for block in blocks:
            self._latest[block.ssrc] = block.highest, block.lost
            self._before.setdefault(block.ssrc, (block.highest, block.lost))
        if now - self._since < LOSS_WINDOW:
            return None
        pairs = [(self._before[ssrc], latest) for ssrc, latest in self._latest.items()]
        expected = sum(max(0, highest - before[0]) for before, (highest, _) in pairs)
        if expected < LOSS_PACKETS:
            return None
        lost = sum(lost - before[1] for before, (_, lost) in pairs)
        self._since, self._before = now, dict(self._latest)
        return min(1.0, max(0.0, lost / expected))


class WallClock:
    """One publisher's wall clock against ours, by the sender report that came quickest. All its streams share it, so that
    sound and picture stay together."""

    def __init__(self) -> None:
        self.ahead: float | None = None  # seconds

    def heard(self, seconds: float, now: float) -> None:
        ahead = seconds - now
        if self.ahead is None or ahead > self.ahead or self.ahead - ahead > 1:  # the last: its clock was set anew
            self.ahead = ahead


class SenderTime:
    """The last sender report: which moment of the sender's wall clock an RTP timestamp stands for."""

    def __init__(self, clock: int, wall: WallClock) -> None:
        self.known = False
        self._wall = wall
        self._clock = clock
        self._seconds = 0.0
        self._timestamp = 0

    def reported(self, ntp: int, timestamp: int, now: float) -> None:
        self.known = True
        self._seconds = from_ntp(ntp)
        self._timestamp = timestamp
        self._wall.heard(self._seconds, now)

    def at(self, now: float) -> int | None:
        """The RTP timestamp (any size; not masked) that the sender has now; None before its first report."""
        return self.timestamp(now + self._wall.ahead) if self.known and self._wall.ahead is not None else None

    def moment(self, timestamp: int) -> float:
        """Seconds of the sender's clock at an RTP timestamp within half its range (13 hours of video)."""
        step = (timestamp - self._timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
        return self._seconds + step / self._clock

    def timestamp(self, moment: float) -> int:
        """The RTP timestamp (any size; not masked) at a moment of the sender's clock."""
        return self._timestamp + round((moment - self._seconds) * self._clock)


class Rate:
    """Bits per second out of a counter of bytes."""

    def __init__(self, now: float) -> None:
        self.value = 0.0
        self.low = 0.0  # the lower one of the last two measurements
        self._last = 0.0
        self._at = now
        self._octets = 0

    def measure(self, octets: int, now: float) -> float:
        """The rate since the last measurement, smoothed; not measured anew within RATE_WINDOW."""
        elapsed = now - self._at
        if elapsed >= RATE_WINDOW:
            rate = (octets - self._octets) * 8 / elapsed
            self.value = rate if not self.value else (self.value + rate) / 2
            self.low, self._last = min(rate, self._last), rate
            self._at, self._octets = now, octets
        return self.value
