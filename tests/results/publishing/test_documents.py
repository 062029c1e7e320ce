"""PDFs that are brought: judged by content, described for those who cannot read them, in place of the set one or beside it."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from conference.results.documents.rules import Lack, lacks_of, name_for
from conference.results.publishing.actions import publish
from tests.forums.slides import files
from tests.results.house import SLUG, House, small_pdf

PAGE = "/sessions/raum-3/sheet/document"
SET = "/sessions/raum-3/results/ergebnisse.pdf"
SHEET = "/sessions/raum-3/results"


def readable(title: str = "Ergebnisse") -> bytes:
    """A PDF with all that its readers need: tags, language, title."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        pdf.docinfo["/Title"] = title
        pdf.Root.Lang = String("de-DE")
        pdf.Root.MarkInfo = Dictionary(Marked=True)
        element = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document))
        pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([element])))
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


async def bring(house: House, data: bytes, **fields: str) -> tuple[int, str]:
    """Status and text of what the organiser's form gets."""
    said = {"do": "bring", "title": "Unser Papier", "place": "instead", **fields}
    answer = await house.post(PAGE, "organiser", {"file": ("papier.pdf", data, "application/pdf")}, **said)
    return answer.status_code, answer.text


def test_what_readers_may_miss() -> None:
    assert lacks_of({"tagged": True, "language": "de", "title": "x"}) == []
    assert lacks_of({"tagged": False, "language": "", "title": ""}) == [Lack.TAGS, Lack.LANGUAGE, Lack.TITLE]


def test_names_of_documents_are_plain() -> None:
    assert name_for("Größe & Übermut: ein Papier", set()) == "groesse-uebermut-ein-papier"
    assert name_for("Papier", {"papier", "papier-2"}) == "papier-3"
    assert name_for("日本", set()) == "dokument"


async def test_in_the_place_of_the_one_that_is_set(any_house: House) -> None:
    house = any_house
    version = await publish(house.services, await house.session("raum-3"), by=None)
    assert (await bring(house, readable()))[0] == 303
    assert len((await house.get(SET)).content) == version.size
    page = (await house.get(PAGE, "organiser")).text
    assert "Noch nicht öffentlich" in page
    assert "1 Seite" in page
    await house.post(PAGE, "organiser", do="publish", document="ergebnisse")
    assert (await house.get(SET)).content == readable()
    assert (await house.get(SHEET)).text.count("ergebnisse.pdf") == 1
    house.clock.advance(hours=1)
    assert (await bring(house, readable("Ergebnisse, neu")))[0] == 303
    assert (await house.get(SET)).content == readable("Ergebnisse, neu")
    assert "Korrigiert am 10. Mai 2021" in (await house.get(SHEET)).text
    await house.post(PAGE, "organiser", do="unpublish", document="ergebnisse")
    assert len((await house.get(SET)).content) == version.size
    await house.post(PAGE, "organiser", do="remove", document="ergebnisse")
    await house.work_off_jobs()
    assert len([key for key in await house.keys() if key.startswith("results/")]) == 4


async def test_beside_it_with_a_summary_for_all(house: House) -> None:
    status, text = await bring(house, small_pdf("Bilder"), place="beside")
    assert status == 422
    assert "Bitte ergänzen Sie eine Zusammenfassung" in text
    assert 'value="Unser Papier"' in text
    await bring(house, small_pdf("Bilder"), place="beside", summary="Drei Bilder.\n\nEine Zeile.")
    assert "Ihm fehlen Tags" in (await house.get(PAGE, "organiser")).text
    await house.post(PAGE, "organiser", do="publish", document="unser-papier")
    page = (await house.get(SHEET)).text
    assert f'href="/{SLUG}{SHEET}/unser-papier.pdf"' in page
    assert "<p>Drei Bilder.</p><p>Eine Zeile.</p>" in page


async def test_a_pdf_with_its_summary_is_a_page_of_its_own(house: House) -> None:
    """Also where there is no sheet."""
    house.clock.advance(minutes=1)
    answer = await house.post(
        "/sessions/pause/sheet/document", "organiser", {"file": ("a.pdf", readable(), "application/pdf")},
        do="bring", title="Speisekarte", summary="Suppe.", place="beside",
    )  # fmt: skip
    assert answer.status_code == 303
    assert (await house.get("/sessions/pause/results")).status_code == 404
    await house.post("/sessions/pause/sheet/document", "organiser", do="publish", document="speisekarte")
    assert "<p>Suppe.</p>" in (await house.get("/sessions/pause/results")).text


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"<html>", "nicht als PDF lesen"),
        (b"%PDF-1.7\n" + bytes(5000) + b"\n%%EOF", "nicht als PDF lesen"),
        (files.encrypted(), "Passwort"),
        (files.acting("script"), "Skripte"),
        (files.acting("attached"), "Anhänge"),
        (files.acting("later"), "Skripte"),
        (b"%PDF-1.7\n" + bytes(20 * 1024 * 1024) + b"\n%%EOF", "größer als 20 MB"),
    ],
    ids=["html", "broken", "encrypted", "script", "attached", "later", "large"],
)
async def test_what_is_refused_leaves_nothing(house: House, data: bytes, sentence: str) -> None:
    keys = await house.keys()
    status, text = await bring(house, data, summary="Etwas.")
    assert status == 422
    assert sentence in text
    assert await house.keys() == keys


async def test_who_may_bring(house: House) -> None:
    for who, status in (("stranger", 401), ("attendee", 403)):
        answer = await house.post(PAGE, who, {"file": ("a.pdf", readable(), "application/pdf")}, do="bring", title="x")
        assert answer.status_code == status
    assert (await house.post(PAGE, "organiser", do="bring", title="x")).status_code == 422
    assert (await house.post(PAGE, "organiser", do="publish", document="nichts")).status_code == 404


async def test_a_file_that_nobody_could_keep(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database fails after the object was put: it goes again."""
    from conference.results.documents import actions

    keys = await house.keys()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(actions, "_record", broken)
    path = tmp_path / "a.pdf"
    path.write_bytes(readable())
    brought = actions.Brought(path, {"de": "x"}, {}, True)
    with pytest.raises(RuntimeError):
        await actions.bring(house.services, await house.session("raum-3"), brought, by=None)
    assert await house.keys() == keys


async def test_two_pdfs_are_never_called_the_same(house: House) -> None:
    """One that stands beside the set one has a title of its own; and the page says that a file has come."""
    same = {"title": "Ergebnisse von Themenraum 3", "place": "beside"}
    status, text = await bring(house, readable(), **same)
    assert status == 422
    assert "heißt schon so" in text
    await bring(house, readable(), place="beside")
    assert "heißt schon so" in (await bring(house, readable(), place="beside"))[1]
    file = {"file": ("papier.pdf", readable("Statt"), "application/pdf")}
    answer = await house.post(PAGE, "organiser", file, do="bring", place="instead", title=same["title"])
    page = (await house.get("//" + answer.headers["location"].partition("#")[0].lstrip("/"), "organiser")).text
    assert "Die Datei ist eingestellt." in page
    await publish(house.services, await house.session("raum-3"), by=None)
    for address in (PAGE.replace("document", "publish"), f"//desk/{SLUG}/results"):
        assert (await house.get(address, "organiser")).text.count(f"{same['title']} <span") == 1
