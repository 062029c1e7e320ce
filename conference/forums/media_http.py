"""What WHIP and WHEP (RFC 9725) say in HTTP around the SDP: bodies and their limits, tags, fragments, foreign pages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from media.gateway import Restarted

SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
LONGEST = 64 * 1024  # bytes of an offer or a fragment
_TAG = re.compile(r'(W/)?"([^"]*)"')
_UFRAG = re.compile(r"(?m)^a=ice-ufrag:(\S+)")
_KEPT = re.compile(
    r"a=group:BUNDLE(?: [\w.\-]{1,16})+|m=(?:audio|video|application) \d{1,5} [A-Z/]+(?: \d{1,3})+|a=mid:[\w.\-]{1,16}"
)


class Refused(Exception):
    """The request is answered with this response."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def refused(code: str, status: int, **headers: str) -> Refused:
    return Refused(JSONResponse({"code": code}, status, {name.replace("_", "-"): value for name, value in headers.items()}))


async def body_of(request: Request, kind: str) -> str:
    """The body as text. Raises Refused: 415 for another type, 413 above 64 KiB, 400 for what is no text or empty."""
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told != kind:
        name = "Accept_Post" if kind == SDP else "Accept_Patch"
        raise refused("content_type", 415, **{name: kind})
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST:
            raise Refused(JSONResponse({"code": "offer_too_large", "limit": LONGEST}, 413))
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.strip():
        raise refused("bad_offer" if kind == SDP else "bad_fragment", 400)
    return text


def must_accept_sdp(headers: Headers) -> None:
    """Raises Refused (406) when the answer would be of a type that the request rules out (RFC 9110 section 12.5.1)."""
    wanted = headers.get("accept", "").lower()
    taken = [part.partition(";") for part in wanted.split(",")]
    kinds = {kind.strip() for kind, _, weight in taken if weight.replace(" ", "") not in ("q=0", "q=0.0")}
    if wanted.strip() and not kinds & {SDP, "application/*", "*/*"}:
        raise refused("not_acceptable", 406)


def tag_of(answer: str) -> str | None:
    """The entity tag of an ICE session: our ufrag, which is another one after each restart."""
    found = _UFRAG.search(answer)
    return f'"{found[1]}"' if found else None


def matched_by(headers: Headers) -> set[str] | None:
    """The ufrags that If-Match names; None: any ("*"). Raises Refused: 428 without the header. Weak tags match nothing
    (RFC 9110 section 13.1.1)."""
    condition = headers.get("if-match")
    if condition is None:
        raise refused("if_match_missing", 428)
    if condition.strip() == "*":
        return None
    return {tag for weak, tag in _TAG.findall(condition) if not weak}


@dataclass(frozen=True, slots=True)
class Fragment:
    """An SDP fragment (RFC 8840 section 9). kept: the lines that say which section it is about, for the answer."""

    ufrag: str
    password: str
    kept: tuple[str, ...]


def read_fragment(text: str) -> Fragment:
    """The peer's ICE credentials; its candidates are not even read, since the node needs none. Raises Refused (400)."""
    ufrag = password = ""
    kept: list[str] = []
    for line in text.splitlines():
        if line.startswith("a=ice-ufrag:"):
            ufrag = ufrag or line[12:].strip()
        elif line.startswith("a=ice-pwd:"):
            password = password or line[10:].strip()
        elif _KEPT.fullmatch(line) and not any(line[:6] == other[:6] for other in kept):
            kept.append(line)
    if not ufrag or not password:
        raise refused("bad_fragment", 400)
    return Fragment(ufrag, password, tuple(kept))


def write_fragment(asked: Fragment, told: Restarted) -> str:
    """The answer to a restart: the node's new credentials and all its candidates, in the first section."""
    lines = ["a=ice-lite", *asked.kept, f"a=ice-ufrag:{told.ufrag}", f"a=ice-pwd:{told.password}"]
    lines += [f"a=candidate:{candidate}" for candidate in told.candidates]
    return "\r\n".join([*lines, "a=end-of-candidates", ""])


class OpenToPages:
    """Lets pages of other origins use an address with a bearer token (CORS). Cookies never count there: no answer allows
    credentials, so a foreign page can neither send them along nor read what they would bring."""

    def __init__(self, app: ASGIApp, methods: str, **headers: str) -> None:
        self._app = app
        self._methods = methods
        self._told = {name.replace("_", "-"): value for name, value in headers.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "OPTIONS":  # asked without any rights (RFC 9725 section 4.2), so it tells nothing particular
            headers = {
                "Allow": self._methods,
                "Access-Control-Allow-Origin": "*",
                "Access-Control-Allow-Methods": self._methods,
                "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
                "Access-Control-Max-Age": "600",
                **self._told,
            }
            await Response(status_code=204, headers=headers)(scope, receive, send)
            return

        async def opened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Access-Control-Expose-Headers"] = "Location, ETag, Link, Retry-After, Accept-Post, Accept-Patch"
            await send(message)

        await self._app(scope, receive, opened)
