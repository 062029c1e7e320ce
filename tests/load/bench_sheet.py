"""A full results sheet as PDF/UA: how long it takes as the program sets it, against a bare typst.compile in the same run.

Ours is `press.set_sheet`: a process of its own for each sheet, with limits, so Python, Typst and fonts begin anew each time. The
reference is typst.compile called in this process with the same template, fonts and texts. Both set sheets of two pages with
27 findings, each with other texts, in turns. All the while the event loop is asked every two milliseconds whether it is late.

    python -m tests.load.bench_sheet
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import typst

from conference.base.words import Words
from conference.results.content import Content
from conference.results.setting.drawing import drawn
from conference.results.setting.press import FONTS, TEMPLATE, set_sheet
from conference.results.setting.shape import Look
from conference.web.services import Services
from conference.web.texts import Texts, read_texts
from tests.results.setting.sheets import OCCASION, full

SHEETS = 60
MOST_SECONDS = 0.1
MOST_LAG = 0.05
ASKED_EVERY = 0.002


def sheet_of(number: int) -> Content:
    """A full sheet that no other one is like."""
    title: Words = {"de": f"Zusammenarbeit auf Bundesebene, Blatt {number}"}
    return replace(full(9, rounds=2), title=title)


def bare(number: int, texts: Texts) -> bytes:
    """The same sheet without a process around it."""
    data, _ = drawn(sheet_of(number), OCCASION, Look(), texts["de"])
    made: bytes = typst.compile(
        str(TEMPLATE),
        format="pdf",
        pdf_standards=["ua-1"],
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(data, ensure_ascii=False)},
        timestamp=0,
    )
    return made


async def lateness(late: list[float]) -> None:
    """How much later than asked for the loop comes back, again and again."""
    while True:
        asked = time.perf_counter()
        await asyncio.sleep(ASKED_EVERY)
        late.append(time.perf_counter() - asked - ASKED_EVERY)


async def measured(services: Services) -> dict[str, Any]:
    ours: list[float] = []
    theirs: list[float] = []
    late: list[float] = []
    size = pages = 0
    for number in range(-3, SHEETS):
        watch = asyncio.create_task(lateness(late))
        started = time.perf_counter()
        made = await set_sheet(services, sheet_of(number), OCCASION)
        taken = time.perf_counter() - started
        watch.cancel()
        started = time.perf_counter()
        bare(number, services.texts)
        if number >= 0:
            ours.append(taken)
            theirs.append(time.perf_counter() - started)
            size, pages = max(size, len(made.data)), made.pages
        else:
            late.clear()
    return {"ours": ours, "theirs": theirs, "late": late, "size": size, "pages": pages}


def _p95(values: list[float]) -> float:
    return round(statistics.quantiles(values, n=20)[-1], 4)


def run() -> list[dict[str, Any]]:
    """Two results: seconds for a sheet, seconds that the loop came late."""
    services = cast(Services, SimpleNamespace(texts=read_texts(), setting=asyncio.Semaphore(2)))
    found = asyncio.run(measured(services))
    ours, theirs, late = found["ours"], found["theirs"], found["late"]
    sheet = {
        "name": "a full results sheet as PDF/UA, seconds (p95)",
        "pages": found["pages"],
        "bytes": found["size"],
        "p95": _p95(ours),
        "median": round(statistics.median(ours), 4),
        "bare_p95": _p95(theirs),
        "bare_median": round(statistics.median(theirs), 4),
        "ratio": round(statistics.median(ours) / statistics.median(theirs), 2),
        "limit": MOST_SECONDS,
    }
    loop = {
        "name": "event loop while sheets are set, seconds late (p99)",
        "asked": len(late),
        "p99": round(statistics.quantiles(late, n=100)[-1], 4),
        "max": round(max(late), 4),
        "limit": MOST_LAG,
    }
    return [{**sheet, "passed": sheet["p95"] <= MOST_SECONDS}, {**loop, "passed": loop["p99"] <= MOST_LAG}]


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
