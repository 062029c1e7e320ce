"""What hundreds ask for in the same seconds and what hardly ever changes: who a cookie is, the conference, a session's facts.

Kept for a second at most, and forgotten the moment anything is committed, in this process or (by its live event) in
another, that is not known to leave it as it is.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")
SECONDS = 1.0  # so that nothing outlives a second even where no word of it comes
MOST = 5000


class Recent:
    """Keeps nothing until `keep` is called, which the app does; so nobody reads what is old without having asked for it."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._harmless: frozenset[str] = frozenset()
        self._kept: dict[Hashable, tuple[float, Any]] = {}
        self._generation = 0
        self._tidied = 0.0

    def keep(self, harmless: Collection[str], seconds: float = SECONDS) -> None:
        """Keep from now on. harmless: kinds of live events that change nothing of what is kept."""
        self._harmless, self._seconds = frozenset(harmless), seconds

    def committed(self, kinds: Collection[str]) -> None:
        """Something was committed that told of `kinds`; nothing told is not harmless."""
        if not kinds or not self._harmless.issuperset(kinds):
            self._generation += 1
            self._kept.clear()

    async def get(self, key: Hashable, load: Callable[[], Awaitable[Value]]) -> Value:
        """What is kept under `key`, or what `load` reads now."""
        now = time.monotonic()
        found = self._kept.get(key)
        if found is not None and now - found[0] < self._seconds:
            value: Value = found[1]
            return value
        generation = self._generation
        value = await load()
        if self._seconds and generation == self._generation:
            self._tidy(now)
            self._kept[key] = (now, value)
        return value

    def _tidy(self, now: float) -> None:
        """What is too old to be used is not left in memory either, and there is never too much of it."""
        if now - self._tidied >= self._seconds:
            self._tidied = now
            self._kept = {key: kept for key, kept in self._kept.items() if now - kept[0] < self._seconds}
        if len(self._kept) >= MOST:
            self._kept.clear()
