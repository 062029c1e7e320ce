"""The lines of one room, in the memory of a web process: what is being written now, and what was finished last. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

TYPED, CAPTIONS = 60, 200  # finished lines that are kept
LATEST = 40  # of these, what somebody who comes in gets to read
CORRECTED = 20  # captions that can still be corrected


@dataclass(frozen=True, slots=True)
class Line:
    """seat: the writer; line: its name, which the writer's page gives it; at: when it began, conference time (ISO)."""

    seat: str
    line: str
    text: str
    final: bool
    at: str = ""
    name: str | None = None  # of the writer, by consent

    @property
    def key(self) -> tuple[str, str]:
        return self.seat, self.line


@dataclass
class Lines:
    """finished: the last ones in the order in which they ended; open: at most one of each writer; left: those of the finished
    ones that ended because their writer had gone, and who comes back goes on with."""

    kept: int
    finished: dict[tuple[str, str], Line] = field(default_factory=dict)
    open: dict[str, Line] = field(default_factory=dict)
    left: set[tuple[str, str]] = field(default_factory=set)

    def take(self, line: Line) -> list[Line]:
        """Take in a line as it is now. Returns what readers must be told: nothing of a line that has ended before (somebody
        tries again), and the end of the line before when a writer has begun another one."""
        if line.key in self.finished and line.key not in self.left:
            return []
        if line.key in self.left:
            self.left.discard(line.key)
            if line.final:
                return [self._replaced(line.key, line.text.strip())]
            del self.finished[line.key]
        news = []
        before = self.open.get(line.seat)
        if before is not None and before.line != line.line:
            news.append(self._end(before))
        if line.final:
            news.append(self._end(line))
        elif line.text:
            self.open[line.seat] = line
            news.append(line)
        elif self.open.pop(line.seat, None) is not None:
            news.append(line)  # all of it was erased
        return news

    def correct(self, key: tuple[str, str], text: str) -> Line | None:
        """Another text for a line that has ended, "" to take it away; None: it is not there, or was not among the last."""
        if key not in list(self.finished)[-CORRECTED:]:
            return None
        self.left.discard(key)
        return self._replaced(key, text)

    def end(self, seat: str, left: bool = False) -> list[Line]:
        """A writer stops in the middle of a line: it stands as it is. left: until they come back."""
        before = self.open.get(seat)
        if before is None:
            return []
        if left:
            self.left.add(before.key)
        return [self._end(before)]

    def latest(self) -> list[Line]:
        """For somebody who comes in: the last finished lines, then those that are being written."""
        finished = [line for line in self.finished.values() if line.text]
        return [*finished[-LATEST:], *self.open.values()]

    def all(self) -> Iterable[Line]:
        return [*self.finished.values(), *self.open.values()]

    def _end(self, line: Line) -> Line:
        self.open.pop(line.seat, None)
        ended = Line(line.seat, line.line, line.text.strip(), True, line.at, line.name)
        self.finished[ended.key] = ended  # an empty one too: its name is used up
        while len(self.finished) > self.kept:
            first = next(iter(self.finished))
            self.left.discard(first)
            del self.finished[first]
        return ended

    def _replaced(self, key: tuple[str, str], text: str) -> Line:
        before = self.finished[key]
        self.finished[key] = Line(before.seat, before.line, text, True, before.at, before.name)
        return self.finished[key]
