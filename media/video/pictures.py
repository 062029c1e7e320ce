"""The filters of a plan (in the child): one picture in, the pictures of all renditions out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import av

from media.video import tone
from media.video.plan import Filter, Found, Plan
from media.video.sound import pulled


class Pictures:
    """One passage through the filters, which are set up with the first picture."""

    def __init__(self, plan: Plan, found: Found, folder: Path, threads: int) -> None:
        self.plan, self.found, self.folder, self.threads = plan, found, folder, threads
        self.graph: Any = None
        self.sinks: list[Any] = []

    def through(self, frames: Iterable[Any]) -> Iterator[list[Any]]:
        """The pictures of all renditions, one of each at a time."""
        for frame in frames:
            yield from self._push(frame)
        yield from self._push(None)

    def _push(self, frame: Any | None) -> Iterator[list[Any]]:
        if self.graph is None:
            if frame is None:
                return
            self._set_up(frame)
        self.graph.push(frame)
        # One of each in turns: a long gap in a film becomes many pictures, which must not all lie in memory.
        for best in pulled(self.sinks[0].pull):
            yield [best, *(sink.pull() for sink in self.sinks[1:])]

    def _set_up(self, frame: Any) -> None:
        graph = av.filter.Graph()
        graph.threads = self.threads
        source = graph.add(
            "buffer",
            f"video_size={frame.width}x{frame.height}:pix_fmt={frame.format.name}:time_base={frame.time_base}"
            f":pixel_aspect=1/1:colorspace={int(frame.colorspace)}:range={int(frame.color_range)}",
        )
        last = self._chain(graph, source, self.plan.filters)
        sinks = [graph.add("buffersink") for _ in self.plan.sizes]
        if self.plan.saving:
            both = graph.add("split", "2")
            last.link_to(both)
            both.link_to(sinks[0])
            self._chain(graph, both, self.plan.saving, 1).link_to(sinks[1])
        else:
            last.link_to(sinks[0])
        graph.configure()
        self._table().unlink(missing_ok=True)
        self.graph, self.sinks = graph, sinks

    def _chain(self, graph: Any, node: Any, filters: tuple[Filter, ...], pad: int = 0) -> Any:
        for name, args in filters:
            if name == "lut3d":
                self._table().write_text(tone.cube(self.found.transfer))
                args = f"file={self._table()}:interp=tetrahedral"
            following = graph.add(name, args)
            node.link_to(following, pad)
            node, pad = following, 0
        return node

    def _table(self) -> Path:
        return self.folder / "tone.cube"
