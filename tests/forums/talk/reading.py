"""What a page of these tests knows of the talk, kept as the real one keeps it: by id, the newest change wins."""

from __future__ import annotations

from typing import Any

from tests.forums.house import Browser

Thing = dict[str, Any]


class Reader:
    """Applies what a browser was told. `last` survives a lost socket, as the page's does."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.last: int | None = None
        self.things: dict[str, dict[str, Thing]] = {"questions": {}, "lines": {}, "polls": {}}
        self.settings: Thing = {}
        self.opened: Thing = {}
        self.applied = 0

    async def open(self) -> Thing:
        """Say `talk.open` with what is known."""
        self.opened = await self.browser.ask("talk.open", last=self.last)
        if self.opened["whole"]:
            for known in self.things.values():
                known.clear()
        self.take(self.opened)
        return self.opened

    async def back(self, browser: Browser) -> Thing:
        """Go on with another socket."""
        self.browser, self.applied = browser, 0
        return await self.open()

    def take(self, told: Thing) -> None:
        for kind, known in self.things.items():
            for thing in told.get(kind, []):
                if thing["change"] <= known.get(thing["id"], {"change": -1})["change"]:
                    continue
                known[thing["id"]] = thing
        self.settings = {name: told[name] for name in ("projected", "approval", "keeps_chat")}
        self.last = max(self.last or 0, told["last"])

    def read(self) -> None:
        """Take in the frames that came."""
        frames = [frame for frame in self.browser.frames if frame["type"] == "talk.changes"]
        for frame in frames[self.applied :]:
            self.take(frame)
        self.applied = len(frames)

    async def until(self, fits: Any) -> Any:
        """Until `fits(self)` is true; its value."""

        def looked() -> Any:
            self.read()
            try:
                return fits(self)
            except KeyError:  # of something that has not come yet
                return None

        await self.browser.house.until(looked)
        return looked()

    def seen(self, kind: str) -> dict[str, Thing]:
        """What is shown, by id."""
        return {id: thing for id, thing in self.things[kind].items() if not thing.get("gone")}

    def texts(self, kind: str = "questions") -> list[str]:
        return [thing["text"] for thing in self.seen(kind).values()]
