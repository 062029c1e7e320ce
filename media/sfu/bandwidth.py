"""What one peer's connection can take, from what it reports: REMB, loss, retransmissions. Pure; bit/s and seconds.

A receiver's own estimate (REMB) never says more than about one and a half times what it is being sent, so a large one
is only a lower bound. It is believed as a limit when it falls below what is sent.
"""

from __future__ import annotations

START = 5_000_000.0
FLOOR, CEILING = 30_000.0, 20_000_000.0
LOSS_FLOOR = 200_000.0  # loss alone never pushes below this: it may not come from congestion at all
LOSS_BAD, NACKED_BAD = 0.10, 0.30
LOSS_HEAVY = 0.25  # from here on it is congestion, whatever pictures it costs
CUT_INTERVAL = 1.0  # seconds between two cuts for loss
STABLE = 5.0  # seconds without trouble before the limit grows by itself
FAILED, FAILED_MOST = 10.0, 60.0  # the same after a growth that failed, twice as long each time
FAILURE_WITHIN = 8.0  # trouble so soon after a growth was caused by it
PINCHED = 4.0  # seconds of trouble with nothing but the smallest pictures, before one of them is paused
GROWTH = 1.3  # per second of growing
_MARGIN = 0.95
_BELOW = 0.95  # an estimate below this share of what is sent: the line may be full
_FAR_BELOW, _LOSS_SEEN = 0.7, 0.05  # below this one and with such losses it is, even while it creeps up
_FALLS = 0.97  # of the estimate before: it has fallen
_PATIENCE = 1.0  # seconds of estimates that neither fall nor grow, below what is sent


class Estimate:
    """`limit` is what may be sent now; `troubled`: it has been too much at least once. `least`: what the smallest pictures
    need; they are kept unless the trouble goes on with nothing else being sent."""

    def __init__(self, now: float, start: float = START) -> None:
        self.limit = start
        self.least = 0.0
        self.troubled = False
        self._below_since = now
        self._loss = self._loss_before = 0.0
        self._remb = 0.0
        self._worked = FLOOR  # the limit before it grew last
        self._wait = FAILED
        self._grown_at = now
        self._tried_at = -FAILURE_WITHIN  # when the limit grew last
        self._quiet_until = now + STABLE
        self._cut_at = now - CUT_INTERVAL
        self._trouble_at = self._pinched_since = now

    def remb(self, bitrate: float, sent: float, now: float) -> None:
        """Take in the receiver's own estimate. sent: bit/s lately."""
        believed = _MARGIN * bitrate
        falls, grows = bitrate < _FALLS * self._remb, bitrate > self._remb
        self._remb = bitrate
        # Estimates of browsers start low and creep up; only one that falls or stays below what is sent means something.
        creeps = grows and (bitrate >= _FAR_BELOW * sent or self._loss < _LOSS_SEEN)
        if bitrate >= _BELOW * sent or creeps:
            self._below_since = now
        elif falls or now - self._below_since >= _PATIENCE:
            self._trouble(min(self.limit, believed), sent, now)
        if believed > self.limit and now >= self._quiet_until:  # it knows nothing of loss, and must not undo a cut
            self._grow(min(believed, CEILING), now)

    def lost(self, fraction: float, sent: float, now: float) -> None:
        """Take in a share of lost packets, 0-1, out of enough of them to mean something."""
        # Random loss of a few per cent passes the mark now and then, but hardly ever three times in a row.
        bad = fraction > LOSS_HEAVY or min(fraction, self._loss, self._loss_before) > LOSS_BAD
        self._loss, self._loss_before = fraction, self._loss
        floor = LOSS_FLOOR if fraction > LOSS_HEAVY else max(LOSS_FLOOR, self.least)
        self._cut(bad, 1 - fraction / 2, floor, sent, now)

    def nacked(self, share: float, sent: float, now: float) -> None:
        """Take in the share of packets that were asked for again, 0-1."""
        self._cut(share > NACKED_BAD, 0.8, max(LOSS_FLOOR, self.least), sent, now)

    def _cut(self, bad: bool, factor: float, floor: float, sent: float, now: float) -> None:
        if not bad or now - self._cut_at < CUT_INTERVAL:
            return
        self._cut_at = now
        self._trouble(min(self.limit, max(floor, factor * min(self.limit, sent))), sent, now)

    def _trouble(self, limit: float, sent: float, now: float) -> None:
        failed = now - self._tried_at < FAILURE_WITHIN
        spared = self._spared(sent, now)
        if failed:  # back to what worked
            self.limit = max(FLOOR, min(self._worked, self.limit), self.least if spared else 0.0)
        else:
            self.limit = max(FLOOR, limit, self.least if spared else 0.0)
        self.troubled = True
        self._trouble_at = now
        wait = FAILED if self.limit < self.least else STABLE  # a new try costs the sound something
        if failed:
            wait, self._wait = self._wait, min(FAILED_MOST, 2 * self._wait)
            self._tried_at = -FAILURE_WITHIN  # one growth fails once
        self._quiet_until = max(self._quiet_until, now + wait)
        self._grown_at = self._quiet_until

    def _spared(self, sent: float, now: float) -> bool:
        """Whether the smallest pictures are kept in spite of the trouble: more than they is being sent, or it is new."""
        if sent > 1.1 * self.least or now - self._trouble_at > PINCHED:
            self._pinched_since = now
        return now - self._pinched_since < PINCHED

    def _grow(self, limit: float, now: float) -> None:
        if now - self._tried_at >= FAILURE_WITHIN:  # the growth before this one was right
            self._worked = self.limit
        self.limit = limit
        self._tried_at = self._grown_at = now

    def settle(self, wanted: float, now: float) -> None:
        """Grow when all has been well for long enough, up to what somebody wants to send at all."""
        elapsed = now - self._grown_at
        if now < self._quiet_until or elapsed <= 0 or self.limit >= wanted:
            self._grown_at = max(self._grown_at, now)
            if self.limit >= wanted and now - self._trouble_at > FAILED_MOST:
                self._wait = FAILED
            return
        self._grow(min(CEILING, self.limit * GROWTH ** min(elapsed, 1.0)), now)
