"""The media node under load beside Debian's Janus and a bare loop, all in one run: ratios, since machines differ.

The server has one core, the load client the other; the client counts, it does not decode. Publishers replay real VP8 at
about 600 kbit/s and Opus (about 125 packets a second each), receivers send RR and REMB once a second.
"P x N": P publishers, N receivers of all of them.

    python -m tests.load.bench_media [--node PATH] [--quick]

--node: take the node from another checkout, to compare; --quick: only the runs that have a bar, shorter.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.load import machine, media_clip, media_servers
from tests.load.media_servers import Server

Run = dict[str, Any]
Shape = tuple[int, int]
FITTED: tuple[Shape, ...] = ((1, 10), (1, 50), (1, 100), (1, 200), (4, 10), (4, 50), (4, 100), (4, 200))
COMPARED: tuple[Shape, ...] = ((1, 10), (1, 50), (1, 100), (4, 50), (4, 200))
JUDGED: tuple[Shape, ...] = ((1, 100), (4, 50))
DELAYED: Shape = (4, 100)  # about 50,000 packets a second go out
FULL: Shape = (4, 200)
JOINING = 50
PAIRS = 3  # of the judged shapes, in turn; the middle ratio counts, for single runs differ by a third
ATTEMPTS = 3  # of what is measured in wall time, while other work on the machine spoils it
COUNTED = 92_000
BARE_PEERS = (1, 64)  # the first is the bar; many keys and sockets cost the processor's caches more
MOST_RATIO, MOST_B, MOST_A_MS, MOST_DELAY_MS, MOST_JOIN_S, MOST_JOIN_MS = 0.5, 1.6, 1.0, 5.0, 1.0, 5.0


def title(shape: Shape) -> str:
    return f"{shape[0]} x {shape[1]}"


# -- running ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Bench:
    """seconds: the measured window of each run."""

    clip: Path
    source: Path | None = None
    seconds: float = 6.0
    runs: list[Run] = field(default_factory=list)
    bare: dict[int, list[float]] = field(default_factory=lambda: {peers: [] for peers in BARE_PEERS})

    def server(self, kind: str) -> AbstractContextManager[Server]:
        return media_servers.node(self.source) if kind == "node" else media_servers.janus()

    def load(self, kind: str, shape: Shape, **more: Any) -> Run:
        """A fresh server, one run against it. Raises RuntimeError."""
        busy = os.getloadavg()[0]
        with self.server(kind) as server:
            result = run_load(server, self.clip, shape, seconds=self.seconds, **more)
        result["load_average"] = [round(busy, 2), round(os.getloadavg()[0], 2)]
        self.runs.append(result)
        print(f"  {kind:5} {title(shape):7} {_one_line(result)}", file=sys.stderr, flush=True)
        return result

    def middle_pair(self, shape: Shape) -> tuple[Run, Run]:
        """Node and Janus in turn; of the pairs that with the middle ratio, the others named in it."""
        pairs = [(self.load("node", shape), self.load("janus", shape)) for _ in range(PAIRS)]
        pairs.sort(key=_ratio)
        node, janus = pairs[PAIRS // 2]
        return {**node, "ratios": [round(_ratio(pair), 2) for pair in pairs]}, janus

    def measure_bare(self) -> None:
        """Microseconds of CPU per packet of the bare loop, system time included."""
        for peers, found in self.bare.items():
            with drained(peers) as ports:
                result = _child("media_bare", 0, "loop", "1.5", str(self.clip), *map(str, ports))
            found.append(1e6 * result["cpu"] / result["packets"])
            print(f"  bare loop to {peers:2}: {found[-1]:.2f} us per packet", file=sys.stderr, flush=True)


def _ratio(pair: tuple[Run, Run]) -> float:
    return float(pair[0]["us_per_packet"]) / float(pair[1]["us_per_packet"])


def _one_line(result: Run) -> str:
    facts = f"{result['us_per_packet']:6.2f} us per packet, {result['per_second']:6} packets/s"
    shares = f"server {result['server_busy']:.0%}, client {result['client_busy']:.0%}"
    return f"{facts}, {shares}, lost {result['lost']} (by the kernel {result['kernel_drops']})"


def _child(module: str, core: int, *arguments: str, timeout: float = 120) -> Run:
    """The last line that a module of the load prints, as JSON. Raises RuntimeError."""
    argv = [*machine.pinned(core), sys.executable, "-m", f"tests.load.{module}", *arguments]
    with media_servers.started(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said, complaint = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{module} took longer than {timeout} s") from None
        finally:
            process.kill()
    if process.returncode or not said:
        raise RuntimeError(f"{module} failed: {complaint[-1500:]}")
    result: Run = json.loads(said.splitlines()[-1])
    return result


def run_load(server: Server, clip: Path, shape: Shape, **more: Any) -> Run:
    """One run of the load client against a running server, on the other core."""
    publishers, receivers = shape
    plan = {
        "kind": server.kind,
        "pid": server.pid,
        "control": server.control,
        "clip": str(clip),
        "publishers": publishers,
        "receivers": receivers,
        "audio": publishers,
        "video": publishers,
        **more,
    }
    result: Run = _child("media_load", 1, json.dumps(plan), timeout=60 + plan.get("seconds", 6.0))["result"]
    return result


class drained:  # noqa: N801 (a context manager, used like a function)
    """Ports of sockets that a process on the load's core reads."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __enter__(self) -> list[int]:
        argv = [*machine.pinned(1), sys.executable, "-m", "tests.load.media_bare", "drain", str(self._count)]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], 15)[0]:
            raise RuntimeError("nobody drains")
        ports: list[int] = json.loads(self._process.stdout.readline())
        return ports

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)


# -- judging ------------------------------------------------------------------------------------------------------------


def fit(runs: Sequence[Run], *terms: str) -> tuple[list[float], dict[str, float]]:
    """Least squares of CPU seconds per second = sum of coefficient x term: the coefficients, and for each run what is left
    over as a share of what was measured. A term is "receivers", or a count of the run ("delivered", "sent") per second."""
    rows = [[run[term] if term == "receivers" else run[term] / run["seconds"] for term in terms] for run in runs]
    values = [run["server_cpu"] / run["seconds"] for run in runs]
    size = range(len(terms))
    matrix = [[sum(row[i] * row[j] for row in rows) for j in size] for i in size]
    right = [sum(row[i] * value for row, value in zip(rows, values, strict=True)) for i in size]
    found = _solve(matrix, right)
    rest = {
        title((run["publishers"], run["receivers"])): round(
            1 - sum(each * term for each, term in zip(found, row, strict=True)) / value, 3
        )
        for run, row, value in zip(runs, rows, values, strict=True)
    }
    return found, rest


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gauss without pivoting: the matrix of normal equations is positive definite."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for index, pivot in enumerate(rows):
        pivot[:] = [value / pivot[index] for value in pivot]
        for other in rows:
            if other is not pivot:
                factor = other[index]
                other[:] = [value - factor * one for value, one in zip(other, pivot, strict=True)]
    return [row[-1] for row in rows]


def compared(node: dict[Shape, Run], janus: dict[Shape, Run]) -> Run:
    """All totals side by side; the bar is for two of them."""
    rows: Run = {}
    for shape in node:
        row = {"node_us": node[shape]["us_per_packet"], **({"ratios": node[shape]["ratios"]} if "ratios" in node[shape] else {})}
        if shape in janus:
            row["janus_us"] = janus[shape]["us_per_packet"]
            row["ratio"] = round(row["node_us"] / row["janus_us"], 2)
            row["lost"] = [node[shape]["lost"], janus[shape]["lost"]]
        expected, got = node[shape]["expected_each"], node[shape]["got_each"]
        rows[title(shape)] = {**row, "expected_each": expected, "got_each": got}
    judged = [rows[title(shape)].get("ratio") for shape in JUDGED if shape in node]
    known = [ratio for ratio in judged if ratio is not None]
    rows["misdirected"] = sum(run["foreign"] for run in node.values())
    if media_servers.janus_missing():
        rows["janus"] = media_servers.janus_missing()
    return {
        "name": "media: CPU per delivered packet, microseconds, node beside Janus 1.1.2 (event_loops = 1)",
        **rows,
        "limit": {**{title(shape): f"ratio < {MOST_RATIO}" for shape in JUDGED}, "misdirected": 0},
        "passed": all(ratio < MOST_RATIO for ratio in known) and not rows["misdirected"],
    }


def fitted(bench: Bench, node: dict[Shape, Run]) -> Run:
    (a, b), rest = fit(list(node.values()), "receivers", "delivered")
    (a3, b3, c3), rest3 = fit(list(node.values()), "receivers", "delivered", "sent")
    bare = median(bench.bare[BARE_PEERS[0]])
    return {
        "name": "media: CPU = a x receivers + b x packets",
        "a_ms_per_second": round(1000 * a, 3),
        "b_us": round(1e6 * b, 2),
        "bare_loop_us": round(bare, 2),
        "bare_loops_us": {f"to {peers}": [round(each, 2) for each in found] for peers, found in bench.bare.items()},
        "b_to_bare": round(1e6 * b / bare, 2),
        "residuals": rest,
        "with_arriving_packets": {
            "a_ms_per_second": round(1000 * a3, 3),
            "b_us": round(1e6 * b3, 2),
            "us_per_arriving": round(1e6 * c3, 1),
            **rest3,
        },
        "limit": {"a_ms_per_second": MOST_A_MS, "b_to_bare": MOST_B},
        "passed": 1000 * a <= MOST_A_MS and 1e6 * b / bare <= MOST_B,
    }


def filled(run: Run, janus: Run | None) -> Run:
    """The largest run: nothing is lost and one core is enough."""
    row = {
        "expected_each": run["expected_each"],
        "got_each": run["got_each"],
        "lost": run["lost"],
        "of_these_by_the_kernel": run["kernel_drops"],
        "packets_per_second": run["per_second"],
        "node_busy": run["server_busy"],
        "client_busy": run["client_busy"],
        "client_overflows": run["client_overflows"],
    }
    if janus is not None:
        row |= {"janus_lost": janus["lost"], "janus_busy": janus["server_busy"]}
    passed = own_loss(run) == 0 and run["got_each"][0] >= 0.99 * run["expected_each"]
    return {"name": f"media: {title(FULL)} on one core", **row, "limit": "nothing lost", "passed": passed}


def added(run: Run) -> float:
    """The 99th percentile of the delay, less what the same way takes without a server (milliseconds)."""
    late: float = run["delay_ms"]["p99"] - run["direct_ms"]["p50"]
    return round(late, 3)


def own_loss(run: Run) -> int:
    """Packets that neither the kernel nor the client's sockets dropped."""
    return max(0, int(run["lost"] - run["kernel_drops"] - run["client_overflows"]))


def delayed(runs: Sequence[Run], janus: Run | None) -> Run:
    """The least disturbed of the attempts counts; all are shown."""
    best = min(runs, key=added)
    row: Run = {
        "packets_per_second": best["per_second"],
        "p50": best["delay_ms"]["p50"],
        "p99_added": added(best),
        "attempts": [added(run) for run in runs],
        "keyframes": best["keyframe_delay_ms"],
        "direct": best["direct_ms"],
        "publishers_late": best["publishers_late_ms"],
        "lost": [own_loss(run) for run in runs],
    }
    if janus is not None:
        row["janus"] = {**janus["delay_ms"], "p99_added": added(janus)}
    passed = added(best) <= MOST_DELAY_MS and own_loss(best) == 0
    name = "media: added delay, milliseconds, packets of keyframes apart"
    return {"name": name, **row, "limit": {"p99_added": MOST_DELAY_MS, "lost": 0}, "passed": passed}


def joined(runs: Sequence[Run], janus: Run | None) -> Run:
    best = min(runs, key=lambda run: run["first_packet_s"]["worst"] or 1e9)
    row: Run = {"first_packet_s": best["first_packet_s"], "cpu_ms_each": best["join_cpu_ms"], "attempts": len(runs)}
    if janus is not None:
        row["janus"] = {**janus["first_packet_s"], "cpu_ms_each": janus["join_cpu_ms"]}
    return {
        "name": f"media: {JOINING} receivers at once",
        **row,
        "limit": {"worst": MOST_JOIN_S, "cpu_ms_each": MOST_JOIN_MS},
        "passed": _joined_well(best),
    }


def _joined_well(run: Run) -> bool:
    first = run["first_packet_s"]
    in_time = first["got"] == run["receivers"] and first["worst"] <= MOST_JOIN_S
    return in_time and bool(run["join_cpu_ms"] <= MOST_JOIN_MS)


def counting() -> Run:
    """What the load client costs itself: it must not be what is measured."""
    result = _child("media_count", 1, str(COUNTED), "4", "200")["result"]
    passed = result["missed"] == 0 and result["client_busy"] < 0.9
    return {"name": "media: the load client alone", **result, "limit": {"missed": 0, "client_busy": 0.9}, "passed": passed}


# -- all of it ----------------------------------------------------------------------------------------------------------


def run(source: Path | None = None, quick: bool = False) -> list[Run]:
    """All results. Takes about eight minutes; quick: about six."""
    with_janus = not media_servers.janus_missing()
    with tempfile.TemporaryDirectory(prefix="media-bench-") as name:
        bench = Bench(media_clip.write(Path(name) / "clip.webm"), source, 4.0 if quick else 6.0)
        results = [counting()]
        node: dict[Shape, Run] = {}
        janus: dict[Shape, Run] = {}
        shapes = [shape for shape in FITTED if not quick or shape in (*JUDGED, (1, 10), DELAYED, FULL)]
        for number, shape in enumerate(shapes):
            if number % 3 == 0:
                bench.measure_bare()
            if with_janus and shape in JUDGED:
                node[shape], janus[shape] = bench.middle_pair(shape)
                continue
            node[shape] = bench.load("node", shape)
            if with_janus and shape in (DELAYED, FULL, *(() if quick else COMPARED)):
                janus[shape] = bench.load("janus", shape)
        late = [node[DELAYED]]
        while added(late[-1]) > MOST_DELAY_MS and len(late) < ATTEMPTS:
            late.append(bench.load("node", DELAYED))
        joins = [bench.load("node", (1, JOINING), burst=True)]
        while not _joined_well(joins[-1]) and len(joins) < ATTEMPTS:
            joins.append(bench.load("node", (1, JOINING), burst=True))
        join = bench.load("janus", (1, JOINING), burst=True) if with_janus else None
    results += [compared(node, janus), fitted(bench, node), filled(node[FULL], janus.get(FULL))]
    results += [delayed(late, janus.get(DELAYED)), joined(joins, join)]
    return [*results[:-1], {**results[-1], "runs": bench.runs}]


def main() -> int:
    from tests.load.bench import table

    parser = argparse.ArgumentParser(description="The media node under load")
    parser.add_argument("--node", type=Path, default=None, help="a folder with another `media` package")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    busy = os.getloadavg()[0]
    results = run(options.node, options.quick)
    for result in results:
        print(table({**result, "load_average": [round(busy, 2), round(os.getloadavg()[0], 2)]}), end="\n\n")
    target = Path("reports")
    target.mkdir(exist_ok=True)
    (target / "bench_media.json").write_text(json.dumps({"machine": machine.about(), "results": results}, indent=1) + "\n")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
