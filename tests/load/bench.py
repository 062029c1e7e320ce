"""`make bench`: what is measured, against a reference in the same run, as tables and in bench.json.

    python -m tests.load.bench [page] [live] [line] [join] [memory] [room] [media] [video] [delivery] [sheet] [capacity]

Exit code 1 when a bar was missed. Absolute figures are the machine's; ratios are ours.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.load import (
    bench_capacity,
    bench_delivery,
    bench_join,
    bench_line,
    bench_live,
    bench_media,
    bench_memory,
    bench_page,
    bench_room,
    bench_sheet,
    bench_video,
    machine,
)

Result = dict[str, Any]
TARGET = Path("bench.json")


def _live() -> list[Result]:
    result = bench_live.run()
    return [{**result, "passed": result["ratio"] <= result["limit"]}]


BENCHES: dict[str, Callable[[], list[Result]]] = {
    "page": bench_page.run,
    "live": _live,
    "line": bench_line.run,
    "join": bench_join.run,
    "memory": bench_memory.run,
    "room": bench_room.run,
    "media": bench_media.run,
    "video": bench_video.run,
    "delivery": bench_delivery.run,
    "sheet": bench_sheet.run,
    "capacity": bench_capacity.run,
}
QUIET = {"name", "limit", "passed", "at", "seconds", "load_average", "runs"}


def table(result: Result) -> str:
    """A heading with the verdict, and a line for each figure."""
    limit = result.get("limit")
    verdict = "passed" if result["passed"] else "MISSED"
    lines = [f"{result['name']}: {verdict} (bar {_text(limit)})"]
    rows = {name: value for name, value in result.items() if name not in QUIET}
    width = max(map(len, rows), default=0)
    lines += [f"  {name:<{width}}  {_text(value)}" for name, value in rows.items()]
    busy = result["load_average"]
    return "\n".join([*lines, f"  {'machine':<{width}}  load average before {busy[0]}, after {busy[1]}"])


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    if isinstance(value, list):
        return " ".join(map(_text, value))
    return str(value)


def measure(name: str) -> list[Result]:
    """The results of one benchmark; one that breaks off is a missed one that says why."""
    before = machine.about()["load_average"][0]
    started = time.monotonic()
    try:
        results = BENCHES[name]()
    except (RuntimeError, AssertionError, OSError) as error:
        results = [{"name": name, "passed": False, "broke_off": f"{type(error).__name__}: {error}"}]
    after = machine.about()["load_average"][0]
    more = {"seconds": round(time.monotonic() - started, 1), "load_average": [before, after]}
    return [{**result, **more} for result in results]


def main(names: list[str]) -> int:
    """Run the benchmarks of these names (none: all) and say what came out."""
    if unknown := set(names) - BENCHES.keys():
        print(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    about = machine.about()
    print(f"{about['cpu']}, {about['cores']} cores, {about['pinning']}, Python {about['python']}, load {about['load_average']}\n")
    results: list[Result] = []
    for name in names or BENCHES:
        for result in measure(name):
            results.append(result)
            print(table(result), end="\n\n", flush=True)
    TARGET.write_text(json.dumps({"machine": about, "results": results}, indent=1, ensure_ascii=False) + "\n")
    print(f"written to {TARGET}")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
