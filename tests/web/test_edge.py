"""What every answer carries and what is refused before any page is asked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import psutil  # type: ignore[import-untyped]
import pytest

from conference.people.model import Role
from tests.site import MOMENTS, SLUG_2021, Site
from tests.spent import spent
from tests.web.conftest import HOST, HTTPS, Answer, ask

FORM = "application/x-www-form-urlencoded"
OWN = {"origin": f"http://{HOST}", "content-type": FORM, "cookie": "language=de"}


def check_headers(answer: Answer, what: str, *, https: bool = False) -> None:
    get = answer.get
    policy = get("content-security-policy")
    assert policy, what
    assert "unsafe" not in policy, f"{what}: {policy}"
    assert "default-src 'none'" in policy, f"{what}: {policy}"
    assert get("x-content-type-options") == "nosniff", what
    assert get("referrer-policy") == "same-origin", what
    assert get("cache-control"), what
    assert bool(get("strict-transport-security")) is https, what
    assert not get("server"), what
    assert not get("x-powered-by"), what


async def test_every_kind_of_answer_carries_the_headers(site: Site) -> None:
    c = f"/{SLUG_2021}"
    asked = {
        "page": (f"{c}/", {}, 200),
        "program": (f"{c}/program", {}, 200),
        "calendar": (f"{c}/program.ics", {}, 200),
        "not found": (f"{c}/nothing", {}, 404),
        "sign in": (f"{c}/sessions/forum-1/room", {}, 401),
        "refusal as JSON": (f"{c}/sessions/nothing", {"headers": {"accept": "application/json"}}, 404),
        "redirect": ("/", {}, 303),
        "method": (f"{c}/", {"method": "DELETE"}, 405),
        "favicon": ("/favicon.ico", {}, 302),
        "robots": ("/robots.txt", {}, 200),
        "alive": ("/healthz", {}, 200),
        "no such file": ("/static/0/css/nothing.css", {}, 404),
        "object": ("/objects/some/key", {}, 403),
        "control character": ("/a\x00b", {}, 400),
        "foreign host": ("/", {"host": "evil.example"}, 421),
        "foreign page": ("/language", {"method": "POST", "headers": {"origin": "https://evil.example"}}, 403),
        "too large": ("/language", {"method": "POST", "headers": {**OWN, "content-length": "9" * 12}}, 413),
        "bad link": ("/sign-in/nothing", {}, 404),
    }
    for what, (path, more, status) in asked.items():
        answer = await ask(site.app, path, **more)  # type: ignore[arg-type]
        assert answer.status == status, f"{what}: {answer.status}"
        check_headers(answer, what)
        assert not answer.all("set-cookie"), what


async def test_static_files_are_kept_for_ever_under_their_digest_only(site: Site) -> None:
    page = (await ask(site.app, f"/{SLUG_2021}/")).body.decode()
    start = page.index("/static/")
    address = page[start : page.index('"', start)]
    kept = await ask(site.app, address)
    assert kept.status == 200
    assert "immutable" in kept.get("cache-control")
    check_headers(kept, address)
    old = await ask(site.app, "/static/0123456789abcdef/" + address.split("/", 3)[3])
    assert "immutable" not in old.get("cache-control")
    for path in ("/static/x/../../../etc/passwd", "/static/x/..%2f..%2fapp.py", "/static/x//etc/passwd", "/static/x"):
        assert (await ask(site.app, path)).status == 404, path


async def test_https_cookies_belong_to_this_host_alone(secure: Site) -> None:
    _, path = await secure.invite("Mara Beispiel")
    told = {"origin": HTTPS, "content-type": FORM}
    answer = await ask(secure.app, path, method="POST", headers=told, host="meetingpoint.example.org", scheme="https")
    assert answer.status == 303
    check_headers(answer, "signed in", https=True)
    (cookie,) = answer.all("set-cookie")
    assert cookie.startswith("__Host-meetingpoint=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    answer = await ask(
        secure.app,
        "/language",
        method="POST",
        headers=told,
        host="meetingpoint.example.org",
        body=b"lang=en&next=/",
        scheme="https",
    )
    (cookie,) = answer.all("set-cookie")
    assert {"secure", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        f"{HOST}@evil.example",
        "evil.example/a",
        "a/b",
        "@x",
        "127.0.0.1:9999",
        "127.0.0.1",
        "127.0.0.1:8000.evil.example",
        "",
        " ",
        "127.0.0.1:8000, evil.example",
        "127.0.0.1:8000\x00",
        "[::1",
        "x" * 3000,
        None,
    ],
)
async def test_no_page_answers_under_another_name(site: Site, host: str | None) -> None:
    for path in ("/", f"/{SLUG_2021}/", f"/{SLUG_2021}/program", "/sign-in"):
        answer = await ask(site.app, path, host=host)
        assert answer.status == 421, path
        assert b"evil" not in answer.body


async def test_two_host_headers_are_no_request(site: Site) -> None:
    """RFC 9112, section 3.2. Otherwise one part of us believes the first, another the second."""
    path = f"/{SLUG_2021}/program"
    for second in ("evil.example", HOST):
        assert (await ask(site.app, path, headers={"host": second})).status in (400, 421)
    assert (await ask(site.app, path, host="evil.example")).status == 421, "nothing was kept under the second name"


@pytest.mark.parametrize(
    "path", ["http://evil.example/", "//evil.example/", "/\\evil.example", "/@evil.example", "/.//evil.example"]
)
async def test_strange_targets_lead_nowhere(site: Site, path: str) -> None:
    answer = await ask(site.app, path)
    assert 400 <= answer.status < 500 or answer.get("location").startswith(f"http://{HOST}/")


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": f"http://{HOST}.evil.example"},
    {"origin": f"http://evil.example/http://{HOST}"},
    {"origin": f"https://{HOST}"},
    {"origin": "http://127.0.0.1"},
    {"origin": "http://127.0.0.1:8001"},
    {"origin": f"http://{HOST}/"},
    {"origin": f"http://{HOST} http://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "", "origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site", "origin": f"http://{HOST}"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
async def test_no_foreign_page_can_act_for_somebody(site: Site, headers: dict[str, str]) -> None:
    cookie = {"cookie": "meetingpoint=whoever", "content-type": FORM}
    for path in ("/language", "/sign-in", "/sign-out", f"/desk/{SLUG_2021}/closing", f"/{SLUG_2021}/sessions/forum-1/whip"):
        answer = await ask(site.app, path, method="POST", headers={**headers, **cookie}, body=b"lang=en")
        assert answer.status == 403, path
    for method in ("PUT", "DELETE", "PATCH", "QUERY", "get"):
        assert (await ask(site.app, "/language", method=method, headers={**headers, **cookie})).status == 403, method


@pytest.mark.parametrize("headers", [{"origin": f"http://{HOST}"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}])
async def test_our_own_pages_may(site: Site, headers: dict[str, str]) -> None:
    told = {**headers, "content-type": FORM, "cookie": "meetingpoint=whoever"}
    assert (await ask(site.app, "/language", method="POST", headers=told, body=b"lang=en&next=/sign-in")).status == 303


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "/\n/evil",
        "javascript:alert(1)",
        "evil.example",
        "",
        "/a b",
        "///evil.example",
        "http:/evil.example",
        "/\x00",
        "/ä\r\nX-Evil: 1",
    ],
)
async def test_no_redirect_leads_away(site: Site, target: str) -> None:
    body = urlencode({"lang": "de", "next": target}).encode()
    answer = await ask(site.app, "/language", method="POST", headers=OWN, body=body)
    assert answer.status == 303
    assert answer.get("location") == "/"


# -- bodies


def endless(piece: bytes, most: int) -> Iterator[bytes]:
    for _ in range(most):
        yield piece


@pytest.mark.parametrize("path", ["/language", "/sign-in"])
async def test_a_body_without_end_is_cut_off(site: Site, path: str) -> None:
    memory = psutil.Process().memory_info().rss
    for kind in (FORM, "multipart/form-data; boundary=x"):
        body = endless(b"a=" + b"b" * 65534, 4000)
        with spent() as cost:
            answer = await ask(site.app, path, method="POST", headers={**OWN, "content-type": kind}, body=body)
        assert answer.status in (400, 413), kind
        assert cost.seconds < 2
    assert psutil.Process().memory_info().rss - memory < 50 * 1024 * 1024


async def test_a_million_fields_cost_nothing(site: Site) -> None:
    for body, kind in (
        (b"a&" * 1_000_000, FORM),
        (b"a=1&" * 500_000, FORM),
        (
            b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(20_000)),
            "multipart/form-data; boundary=x",
        ),
        (b"--x\r\nContent-Disposition: form-data; name=" + b"a" * 1_000_000, "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../x"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b"x" * 100_000, "multipart/form-data"),
        (b"\xff\xfe" * 1000, FORM),
    ):
        with spent() as cost:
            answer = await ask(site.app, "/sign-in", method="POST", headers={**OWN, "content-type": kind}, body=body)
        assert 400 <= answer.status < 500, (kind, body[:40])
        assert cost.seconds < 1.5, (kind, body[:40])


async def test_a_body_that_stops_in_the_middle_is_no_fault_of_ours(site: Site) -> None:
    headers = {**OWN, "content-length": "500"}
    answer = await ask(site.app, "/sign-in", method="POST", headers=headers, body=iter([b"email=a%40ex"]), hangs_up=True)
    assert answer.status < 500


# -- characters and lengths


@pytest.mark.parametrize(
    "mean", ["\x00", "\x01", "\n", "\r", "\x7f", "\u202e", "\ud83d", "￿", "' OR 1=1 --", "${7*7}", "{{7*7}}", "../" * 30]
)
async def test_characters_that_break_things_elsewhere(site: Site, mean: str) -> None:
    raw = quote(mean.encode("utf-8", "surrogatepass"))
    path = mean.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    c = f"/{SLUG_2021}"
    asked = [
        await ask(site.app, f"{c}/sessions/{path}"),
        await ask(site.app, f"/{path}/program"),
        await ask(site.app, f"/sign-in/{path}"),
        await ask(site.app, f"{c}/cards", query=f"land={raw}".encode()),
        await ask(site.app, f"{c}/cards/rueckenwind-beispielkueste/media/{path}"),
        await ask(site.app, f"/objects/{path}", query=f"until={raw}&sig={raw}".encode()),
        await ask(site.app, f"{c}/", headers={"accept-language": raw, "cookie": f"language={raw}; meetingpoint={raw}"}),
        await ask(site.app, "/sign-in", method="POST", headers=OWN, body=f"email={raw}%40example.org".encode()),
        await ask(site.app, "/language", method="POST", headers=OWN, body=f"lang={raw}&next={raw}".encode()),
    ]
    assert [answer.status for answer in asked if answer.status >= 500] == []


async def test_stored_texts_hold_no_control_characters(site: Site) -> None:
    """PostgreSQL refuses NUL; terminals and logs obey the others."""
    browser = await site.signed_in("Olga Beispiel", Role.ORGANISER)
    answer = await browser.post(f"/desk/{SLUG_2021}/closing", data={"until": "2021-05-18T00:00", "reason": "a\x00b\x1b[31mc"})
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        text = (await browser.get(f"/desk/{SLUG_2021}/closing")).text
        assert "\x00" not in text
        assert "\x1b" not in text
    site.clock.jump_to(MOMENTS["doors"])
    guest = await site.browser().post(f"/{SLUG_2021}/sessions/panel/guest", data={"name": "a\x00b\u202e"})
    assert guest.status_code in (303, 422)


async def test_long_addresses_are_refused(site: Site) -> None:
    assert (await ask(site.app, "/" + "a" * 5000)).status == 400
    assert (await ask(site.app, "/", query=b"a=" + b"b" * 5000)).status == 400
    assert (await ask(site.app, "/sign-in/" + "a" * 4000)).status == 404


async def test_two_thousand_requests_of_a_fool(site: Site) -> None:
    """Any method, path, query, header and body: never a fault of ours."""
    dice = random.Random(2021)
    words = [
        SLUG_2021,
        "sessions",
        "forum-1",
        "room",
        "results",
        "forum-1.pdf",
        "cards",
        "media",
        "sign-in",
        "desk",
        "closing",
        "live",
        "objects",
        "static",
        "..",
        ".",
        "",
        "%2e%2e",
        "program.ics",
        "whip",
        "whep",
        "guest",
        "legal",
        "me",
        "\x00",
        "ä",
        "🙂",
        "a" * 300,
    ]
    names = [
        "accept",
        "accept-language",
        "cookie",
        "range",
        "if-none-match",
        "if-range",
        "content-type",
        "authorization",
        "x-forwarded-for",
        "origin",
        "sec-fetch-site",
        "content-length",
        "transfer-encoding",
        "expect",
        "upgrade",
        "accept-encoding",
    ]
    values = [
        "",
        "*/*",
        "bytes=0-",
        "bytes=9-1,2-3",
        "application/json",
        "application/sdp",
        FORM,
        "multipart/form-data; boundary=",
        "de;q=x",
        "Bearer x",
        "meetingpoint=\xff",
        "-1",
        "1e9",
        "null",
        f"http://{HOST}",
        "same-origin",
        '"',
        "W/*",
        "\xff" * 20,
    ]
    methods = ["GET"] * 8 + ["POST"] * 6 + ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"]
    failed = []
    for number in range(2000):
        path = "/" + "/".join(dice.choices(words, k=dice.randrange(5)))
        query = bytes(dice.choices(b"abc=&%+;\xff0", k=dice.randrange(30)))
        headers = [(dice.choice(names), dice.choice(values)) for _ in range(dice.randrange(5))]
        body = bytes(dice.choices(b"a=&%0-\r\n\x00\xff", k=dice.randrange(200)))
        asked = {"method": dice.choice(methods), "query": query, "headers": headers, "body": body}
        answer = await ask(site.app, path, client=f"10.0.{number // 250}.1", **asked)  # type: ignore[arg-type]
        if answer.status >= 500 or answer.status < 200:
            failed.append((answer.status, path, asked))
    assert failed == []
