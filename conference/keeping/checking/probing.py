"""Asks a list of addresses as a stranger does, in a process that knows nothing else: no settings, no cookie, no database.

`python -m conference.keeping.checking.probing` reads one JSON object from stdin: {"base": the origin, "seconds": for all of them,
"within": for one, "at_once": how many, "probes": [{"address", "method", "headers", "body", "after", "topics"}]}. It writes a line
of JSON for each: {"number", "status", "leads", "hidden", "reason"}. Redirects are followed on the same host alone.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any
from urllib.parse import urljoin, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

REDIRECTS = 5
PROGRAM = "meetingpoint-check"
LARGEST_FRAME = 1 << 16
REFUSALS = {"closed": 410, "conference": 404, "not_yet": 404, "sign_in": 401, "role": 403}
"""What the socket says -> the status that a page has for the same. Anything else that is refused is a server in trouble."""
CLOSED = {4401: 401, 4403: 403, 4404: 404, 4429: 429, 1013: 503}
SILENCE = 1.0


def asked(base: str, probe: dict[str, Any], within: float) -> dict[str, Any]:
    """The answer to one probe; status 0 with a reason when there is none."""
    try:
        if probe["topics"]:
            return {"status": _live(base, probe, within)}
        return _page(probe, within)
    except ssl.SSLError:
        return {"status": 0, "reason": "certificate"}
    except TimeoutError:
        return {"status": 0, "reason": "timeout"}
    except (OSError, http.client.HTTPException, WebSocketException, ValueError) as error:
        return {"status": 0, "reason": type(error).__name__}


def _page(probe: dict[str, Any], within: float) -> dict[str, Any]:
    address, method, body = probe["address"], probe["method"], probe["body"]
    for _ in range(REDIRECTS):
        status, headers = _once(address, method, probe["headers"], body, within)
        target = urljoin(address, headers.get("Location") or "")
        if not (300 <= status < 400 and headers.get("Location")):
            return {"status": status, "hidden": "noindex" in (headers.get("X-Robots-Tag") or "").lower()}
        if urlsplit(target)[:2] != urlsplit(address)[:2]:
            return {"status": status, "leads": urlsplit(target).netloc}
        address, method, body = target, "GET", ""
    return {"status": 0, "reason": "redirects"}


def _once(address: str, method: str, headers: dict[str, str], body: str, within: float) -> tuple[int, http.client.HTTPMessage]:
    """Only the head is waited for: what a body holds is nobody's business here."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        line: http.client.HTTPConnection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=within, context=ssl.create_default_context()
        )
    else:
        line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=within)
    try:
        own = {"User-Agent": PROGRAM, "Accept": "*/*", "Connection": "close"}
        line.request(method, f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", body or None, {**own, **headers})
        answer = line.getresponse()
        return answer.status, answer.headers
    finally:
        line.close()


def _live(base: str, probe: dict[str, Any], within: float) -> int:
    """As a page of the site connects and asks to hear these topics: 200 when it is let in, whatever it hears then.

    Whoever is refused is told at once and closed, so hello is said only after a while of silence: into a connection that is being
    closed it would lose us the answer.
    """
    address = probe["address"].replace("http", "ws", 1)
    greeting = json.dumps({"type": "hello", "topics": probe["topics"]})
    try:
        with connect(
            address,
            origin=Origin(base),
            proxy=None,
            open_timeout=within,
            close_timeout=1,
            max_size=LARGEST_FRAME,
            user_agent_header=PROGRAM,
        ) as socket:
            try:
                said = json.loads(socket.recv(timeout=SILENCE))
            except TimeoutError:
                socket.send(greeting)
                said = json.loads(socket.recv(timeout=within))
    except InvalidStatus as refused:
        return refused.response.status_code
    except ConnectionClosed as closed:
        if closed.rcvd is None or closed.rcvd.code not in CLOSED:
            raise
        return CLOSED[closed.rcvd.code]
    return REFUSALS.get(said.get("code", ""), 503) if said.get("type") == "error" else 200


def _patiently(begun: float, base: str, probe: dict[str, Any], within: float) -> dict[str, Any]:
    time.sleep(max(0.0, begun + probe["after"] - time.monotonic()))
    return asked(base, probe, within)


def main() -> None:
    """Ask them all, the earlier ones first, or as many as there is time for."""
    wanted = json.load(sys.stdin)
    begun = time.monotonic()
    numbered = sorted(enumerate(wanted["probes"]), key=lambda each: each[1]["after"])
    with ThreadPoolExecutor(wanted["at_once"]) as threads:
        asking = {
            threads.submit(_patiently, begun, wanted["base"], probe, wanted["within"]): number for number, probe in numbered
        }
        try:
            for done in as_completed(asking, timeout=wanted["seconds"]):
                sys.stdout.write(json.dumps({"number": asking[done], **done.result()}) + "\n")
                sys.stdout.flush()
        except TimeoutError:
            threads.shutdown(wait=False, cancel_futures=True)


if __name__ == "__main__":
    main()
