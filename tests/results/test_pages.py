"""Results over HTTP: the sheet, the PDF with its ranges, the report, the legal texts; before, during and after closing."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from conference.access.model import State
from conference.program.model import Session
from conference.results.actions import publish_document, unpublish_document
from conference.results.model import ResultsDocument
from conference.results.publishing.actions import publish, unpublish
from conference.results.store import documents_of, what_remains
from tests.results.house import CLOSES, House, small_pdf

PDF = "/sessions/forum-1/results/ergebnisse.pdf"
SHEET = "/sessions/forum-1/results"


async def test_the_sheet_says_what_the_forum_brought_out(house: House) -> None:
    page = await house.get(SHEET)
    assert page.status_code == 200
    text = page.text
    size = -(-len(small_pdf("forum-1")) // 1024)
    assert f'href="/treffen{PDF}"' in text
    assert re.search(rf"Ergebnisse von Forum 1 <span class=\"facts\">\(PDF, {size} KB\)</span>", text)
    assert "Was hilft?" in text
    assert "Ada Beispiel" in text
    assert "Nähe &amp; &lt;b&gt;Ferne&lt;/b&gt;" in text
    assert text.count('class="starred"') == 1
    assert 'role="img" aria-label="' in text  # the star has a name, not only a colour
    assert "badge example" in text
    assert re.findall(r'<h2 id="(\w+)"', text) == ["topics", "ideas"]
    assert page.headers["cache-control"] == "private, no-cache"


async def test_rounds_are_told_apart(house: House) -> None:
    text = (await house.get("/sessions/raum-3/results", accept_language="en")).text
    assert re.findall(r"<h3>([^<]+)</h3>", text) == ["Round 1", "Round 2"]


async def test_the_session_links_them_in_every_phase_and_they_link_no_session_that_was_taken_out(house: House) -> None:
    own = "/sessions/forum-1"
    for later, gone in ((timedelta(), False), (timedelta(days=400), False), (timedelta(), True)):
        async with house.services.db.work() as work:
            row = await work.session.get_one(Session, (await house.session("forum-1")).id)
            row.starts, row.ends, row.hidden = row.starts + later, row.ends + later, work.now if gone else None
            work.session.add(row)
        await house.services.live.catch_up()
        page = await house.get(own, "attendee")
        assert (page.status_code, f'href="/treffen{SHEET}"' in page.text) == ((404, False) if gone else (200, True))
        crumbs = (await house.get(SHEET, "attendee")).text.split('class="crumbs"')[1].split("</nav>")[0]
        assert (f'href="/treffen{own}"' in crumbs) is not gone


async def test_english(house: House) -> None:
    text = (await house.get(SHEET, accept_language="en")).text
    assert "Results of forum 1" in text
    assert "One calendar" in text


async def test_the_pdf_comes_through_the_app(any_house: House) -> None:
    pdf = await any_house.get(PDF)
    assert (pdf.status_code, pdf.content) == (200, small_pdf("forum-1"))
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == 'inline; filename="treffen-forum-1-ergebnisse.pdf"'
    assert pdf.headers["x-content-type-options"] == "nosniff"
    assert pdf.headers["content-security-policy"].startswith("sandbox")
    assert pdf.headers["cache-control"] == "private, no-cache"
    assert re.fullmatch(r'"[^"]{16,}"', pdf.headers["etag"])
    assert pdf.headers["accept-ranges"] == "bytes"


async def test_head_says_the_same_without_the_bytes(any_house: House) -> None:
    head = await any_house.get(PDF, method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(small_pdf("forum-1")))


async def test_who_has_it_does_not_get_it_again(any_house: House) -> None:
    etag = (await any_house.get(PDF)).headers["etag"]
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = await any_house.get(PDF, if_none_match=sent)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    assert (await any_house.get(PDF, if_none_match='"other"')).status_code == 200


WHOLE = len(small_pdf("forum-1"))


@pytest.mark.parametrize(
    ("wanted", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=5-", 206, 5, WHOLE),
        ("bytes=-7", 206, WHOLE - 7, WHOLE),
        (f"bytes=0-{WHOLE * 3}", 206, 0, WHOLE),
        (f"bytes=-{WHOLE * 3}", 206, 0, WHOLE),
        (f"bytes={WHOLE - 1}-", 206, WHOLE - 1, WHOLE),
        (f"bytes={WHOLE}-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=9-3", 200, 0, WHOLE),
        ("bytes=0-1,3-4", 200, 0, WHOLE),
        ("bytes=" + ",".join(f"{n}-{n}" for n in range(300)), 200, 0, WHOLE),
        ("pages=1-2", 200, 0, WHOLE),
        ("bytes=a-b", 200, 0, WHOLE),
    ],
)
async def test_ranges(any_house: House, wanted: str, status: int, start: int, end: int) -> None:
    part = await any_house.get(PDF, range=wanted)
    assert part.status_code == status
    if status == 416:
        assert part.headers["content-range"] == f"bytes */{WHOLE}"
        return
    assert part.content == small_pdf("forum-1")[start:end]
    if status == 206:
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{WHOLE}"


async def test_a_range_of_another_version_gets_the_whole(any_house: House) -> None:
    etag = (await any_house.get(PDF)).headers["etag"]
    assert (await any_house.get(PDF, range="bytes=0-9", if_range=etag)).status_code == 206
    assert (await any_house.get(PDF, range="bytes=0-9", if_range='"older"')).status_code == 200


OTHER = "/sessions/forum-2/results/ergebnisse.pdf"
DRAFT = "/sessions/forum-2/results/entwurf.pdf"
STATUSES = {
    # path, who:                                      announced doors live archive closed purged
    (PDF, "stranger"): (404, 401, 401, 200, 200, 200),
    (PDF, "attendee"): (403, 403, 200, 200, 200, 200),
    (PDF, "organiser"): (200, 200, 200, 200, 200, 200),
    (OTHER, "stranger"): (404, 401, 401, 200, 410, 410),
    (OTHER, "attendee"): (403, 403, 200, 200, 410, 410),
    (OTHER, "organiser"): (200, 200, 200, 200, 200, 200),
    (DRAFT, "stranger"): (404, 401, 401, 404, 410, 410),
    (DRAFT, "attendee"): (403, 403, 404, 404, 410, 410),
    (DRAFT, "organiser"): (200, 200, 200, 200, 200, 200),
    (SHEET, "stranger"): (404, 401, 401, 200, 200, 200),
    ("/sessions/forum-2/results", "stranger"): (404, 401, 401, 200, 410, 410),
    ("/sessions/raum-3/results", "stranger"): (404, 401, 401, 200, 200, 200),
    ("/sessions/pause/results", "organiser"): (404, 404, 404, 404, 410, 410),
    ("/report", "stranger"): (404, 404, 404, 200, 200, 200),
    ("/report", "organiser"): (200, 200, 200, 200, 200, 200),
}
IN_ORDER = (State.ANNOUNCED, State.DOORS, State.LIVE, State.ARCHIVE, State.CLOSED, State.PURGED)


@pytest.mark.parametrize(("case", "expected"), STATUSES.items(), ids=str)
async def test_who_gets_what_when(house: House, case: tuple[str, str], expected: tuple[int, ...]) -> None:
    path, who = case
    found = []
    for state in IN_ORDER:
        house.at(state)
        found.append((await house.get(path, who)).status_code)
    # Before it is theirs, people learn that it is not there (404) or not for them yet (401, 403): never a byte of it.
    for status, wanted in zip(found, expected, strict=True):
        assert status == wanted or (wanted >= 400 and status in (401, 403, 404) and wanted in (401, 403, 404)), (found, expected)


async def test_a_range_after_closing_is_refused_unless_it_remains(any_house: House) -> None:
    any_house.clock.jump_to(CLOSES - timedelta(seconds=1))
    for path in (PDF, OTHER):
        assert (await any_house.get(path, range="bytes=0-9")).status_code == 206
    any_house.clock.jump_to(CLOSES)
    assert (await any_house.get(PDF, range="bytes=10-19")).status_code == 206
    refused = await any_house.get(OTHER, range="bytes=10-19")
    assert refused.status_code == 410
    assert b"%PDF" not in refused.content
    etag = '"' + "0" * 32 + '"'
    assert (await any_house.get(OTHER, if_none_match=f"*, {etag}")).status_code == 410


async def test_pages_that_stay_say_so(house: House) -> None:
    assert "bleibt öffentlich" not in (await house.get(SHEET)).text
    house.at(State.CLOSED)
    for path in (SHEET, "/report"):
        page = await house.get(path)
        assert "bleibt öffentlich" in page.text


async def test_unpublishing_holds_with_the_next_request(house: House) -> None:
    session = await house.session("forum-1")
    etag = (await house.get(PDF)).headers["etag"]
    async with house.services.db.work() as work:
        (document,) = await documents_of(work.session, session.id)
        await unpublish_document(house.services, work, document.id, by=None)
    assert (await house.get(PDF, if_none_match=etag)).status_code == 404
    assert (await house.get(PDF, range="bytes=0-3")).status_code == 404
    assert (await house.get(PDF, "organiser")).status_code == 200
    assert PDF not in (await house.get(SHEET)).text
    async with house.services.db.work() as work:
        await unpublish(house.services, work, session, by=None)
    assert (await house.get(SHEET)).status_code == 404
    assert "Noch nicht öffentlich" in (await house.get(SHEET, "organiser")).text
    async with house.services.db.work() as work:
        await publish_document(house.services, work, document.id, by=None)
    await publish(house.services, session, by=None)
    assert [(await house.get(path)).status_code for path in (PDF, SHEET)] == [200, 200]


@pytest.mark.parametrize(
    "path",
    [
        "/sessions/forum-1/results/Ergebnisse.pdf", "/sessions/FORUM-1/results/ergebnisse.pdf",
        "/sessions/forum-1/results/..%2fergebnisse.pdf", "/sessions/forum-1/results/%2e%2e%2f%2e%2e%2fconference.pdf",
        "/sessions/forum-2/results/ergebnisse%00.pdf", "/sessions/forum-1/results/ergebnisse.pdf.pdf",
        "/sessions/forum-1/results/entwurf.pdf", "/sessions/forum-1/results/%.pdf", "/sessions/forum-1/results/a'or'1'='1.pdf",
        "/sessions/%E2%80%AE/results/ergebnisse.pdf", "/sessions/forum-1/results/" + "x" * 3000 + ".pdf",
    ],
)  # fmt: skip
async def test_other_names_lead_nowhere(house: House, path: str) -> None:
    found = await house.get(path, "organiser")
    assert found.status_code in (400, 404)
    assert b"%PDF" not in found.content


async def test_keys_of_the_store_open_nothing(any_house: House) -> None:
    async with any_house.services.db.read() as db:
        keys = [row.object_key for row in await db.exec(select(ResultsDocument))]
    pages = [(await any_house.get(page, "organiser")).text for page in (SHEET, "/sessions/forum-1", "/report")]
    assert len(keys) == 3
    for key in keys:
        assert re.fullmatch(r"results/[A-Za-z0-9_-]{43}\.pdf", key)
        assert (await any_house.get(f"//objects/{key}")).status_code in (403, 404)
    assert not any(key in page for key in keys for page in pages)


async def test_the_report_shows_key_findings_and_documents(house: House) -> None:
    text = (await house.get("/report")).text
    assert "<p>Zweiter Absatz.</p>" in text
    assert "Foto: Ada" in text
    assert text.count("Ein gemeinsamer Kalender") == 3
    assert f'href="/treffen{PDF}"' in text
    assert "Entwurf" not in text


async def test_what_remains_for_the_farewell_page(house: House) -> None:
    async with house.services.db.read() as db:
        outcomes, report = await what_remains(db, house.conference, State.CLOSED, CLOSES)
    assert [(one.session.slug, one.sheet is not None, len(one.documents)) for one in outcomes] == [
        ("forum-1", True, 1),
        ("raum-3", True, 0),
    ]
    assert report is not None
    house.at(State.CLOSED)
    farewell = await house.get("/")
    assert farewell.status_code == 410
    assert f"/treffen{PDF}" in farewell.text
    assert f"/treffen{OTHER}" not in farewell.text


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/legal/imprint", "<p>Stelle &lt;script&gt;alert(1)&lt;/script&gt;</p>"), ("/legal/privacy", "<p>Keine Cookies.</p>"),
        ("/legal/accessibility", "Ziel ist WCAG."), ("/easy", "Das ist leicht."), ("/signed", "Noch kein Film."),
    ],
)  # fmt: skip
async def test_legal_texts_are_there_as_long_as_the_address_is(house: House, path: str, part: str) -> None:
    for state in IN_ORDER:
        house.at(state)
        page = await house.get(path)
        assert page.status_code == 200
        assert part in page.text
    house.at(State.DRAFT)
    assert (await house.get(path)).status_code == 404


async def test_other_legal_texts_are_not_there(house: House) -> None:
    for what in ("imprint2", "..%2fimprint", "easy"):
        assert (await house.get(f"/legal/{what}")).status_code == 404
