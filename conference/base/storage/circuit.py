"""A fuse before a store that stopped answering, so that not everybody waits for the same time-outs again."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from conference.base.errors import Unavailable

FAILURES = 5
PAUSE_SECONDS = 5.0


class Circuit:
    """Closed: calls pass. After `failures` in a row it is open: calls are refused at once. After `pause` seconds one call
    may try: its success closes the circuit, its failure opens it for another pause. Used from several threads.

    monotonic: seconds for measuring.
    """

    def __init__(self, monotonic: Callable[[], float], failures: int = FAILURES, pause: float = PAUSE_SECONDS) -> None:
        self._monotonic = monotonic
        self._most = failures
        self._pause = pause
        self._failed = 0
        self._closed_again = float("-inf")
        self._lock = Lock()

    @property
    def is_open(self) -> bool:
        return self._failed >= self._most

    def enter(self) -> None:
        """Before a call. Raises Unavailable("store", retry_after=seconds) while the circuit is open."""
        with self._lock:
            if not self.is_open:
                return
            now = self._monotonic()
            if now < self._closed_again:
                raise Unavailable("store", reason="circuit_open", retry_after=round(self._closed_again - now, 1))
            self._closed_again = now + self._pause  # this call tries; the others go on waiting

    def answered(self) -> None:
        """The store gave an answer, be it a refusal."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """The store gave none, or said that it is broken."""
        with self._lock:
            self._failed += 1
            if self.is_open:
                self._closed_again = self._monotonic() + self._pause
